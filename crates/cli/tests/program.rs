//! The program as users and scripts see it: arguments, output, exit statuses, signals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const VALUES: &str = "SELECT * FROM (VALUES (1, 'a'), (2, CAST(NULL AS STRING))) AS t(n, s)";

/// A source without end: a row now and then.
const ENDLESS: &str = "CREATE TABLE random (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50'); \
     CREATE VIEW endless AS SELECT 1 AS n FROM random;";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program().arg("run").args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn rows_come_in_each_form() {
    let jsonl = run(&["-e", VALUES]);
    assert_eq!(stdout(&jsonl), "{\"n\":1,\"s\":\"a\"}\n{\"n\":2,\"s\":null}\n");
    let csv = run(&["--output", "csv", "-e", VALUES]);
    assert_eq!(stdout(&csv), "n,s\n1,a\n2,\n");
    let table = stdout(&run(&["--output", "table", "-e", VALUES]));
    assert_eq!(
        table.lines().take(6).collect::<Vec<_>>().join("\n"),
        "+----+-------------+--------------------------------+\n\
         | op |           n |                              s |\n\
         +----+-------------+--------------------------------+\n\
         | +I |           1 |                              a |\n\
         | +I |           2 |                         <NULL> |\n\
         +----+-------------+--------------------------------+"
    );
    assert!(table.contains("Received a total of 2 rows ("), "{table}");
    let changelog = stdout(&run(&["--output", "changelog", "-e", VALUES]));
    let lines: Vec<&str> = changelog.lines().collect();
    assert_eq!(
        lines[..3],
        [
            r#"{"stmt":1,"columns":[{"name":"n","type":"INT NOT NULL"},{"name":"s","type":"STRING"}]}"#,
            r#"{"op":"+I","row":{"n":1,"s":"a"}}"#,
            r#"{"op":"+I","row":{"n":2,"s":null}}"#
        ]
    );
    assert!(lines[3].starts_with(r#"{"stmt":1,"end":true,"rows":2,"ms":"#), "{}", lines[3]);
}

#[test]
fn batch_mode_draws_tables_by_content() {
    let table = run(&["--output", "table", "--set", "execution.runtime-mode=batch", "-e", VALUES]);
    assert_eq!(
        stdout(&table).lines().take(6).collect::<Vec<_>>().join("\n"),
        "+---+--------+\n| n |      s |\n+---+--------+\n| 1 |      a |\n| 2 | <NULL> |\n+---+--------+"
    );
}

#[test]
fn statements_come_from_files_standard_input_and_arguments_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.sql"), folder.path().join("two.sql"));
    // A byte order mark and line ends of Windows are no part of the SQL.
    std::fs::write(&one, "\u{feff}CREATE VIEW v AS\r\n  SELECT 1 AS n;\r\n").unwrap();
    std::fs::write(&two, "SELECT * FROM v; -- the last one needs no ;\nVALUES (2)").unwrap();
    let mut child = program()
        .arg("run")
        .args([one.as_os_str(), "-".as_ref(), two.as_os_str(), "-e".as_ref(), "VALUES (4)".as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"VALUES (0)").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "{\"EXPR$0\":0}\n{\"n\":1}\n{\"EXPR$0\":2}\n{\"EXPR$0\":4}\n");
    assert!(output.status.success());
}

#[test]
fn a_failing_statement_ends_the_run() {
    let output = run(&["-e", "VALUES (1); SELECT nope FROM (VALUES (1)) AS t(a); VALUES (3)"]);
    assert_eq!(stdout(&output), "{\"EXPR$0\":1}\n");
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("error: "), "{told}");
    assert!(told.contains("nope") && told.contains("1 | ") && told.contains("^^^^"), "{told}");
}

#[test]
fn keep_going_runs_the_next_statement() {
    let output = run(&["--keep-going", "-e", "VALUES (1); SELEC 2; VALUES (3)"]);
    assert_eq!(stdout(&output), "{\"EXPR$0\":1}\n{\"EXPR$0\":3}\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn programs_are_told_of_failures_in_json() {
    let output =
        run(&["--keep-going", "--output", "changelog", "-e", "SELEC 1;\nSELECT\n  nope;\nSET 'a' = 'b'"]);
    let text = stdout(&output);
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["stmt"], &lines[0]["phase"], &lines[0]["line"]),
        (&1.into(), &"parse".into(), &1.into())
    );
    assert_eq!((&lines[1]["stmt"], &lines[1]["phase"]), (&2.into(), &"validation".into()));
    assert_eq!((&lines[1]["line"], &lines[1]["column"]), (&3.into(), &3.into()));
    assert_eq!(text.lines().nth(2), Some(r#"{"stmt":3,"ok":true}"#));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn wrong_usage_has_a_status_of_its_own() {
    for arguments in
        [&["serve"][..], &["run"], &["run", "--output", "xml", "-e", "VALUES (1)"], &["run", "/no/such.sql"]]
    {
        let output = program().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
    let output = run(&["--set", "execution.runtime-mode=sometimes", "-e", "VALUES (1)"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("STREAMING"), "{}", stderr(&output));
}

#[test]
fn settings_come_from_the_command_line() {
    let output = run(&["--set", "table.local-time-zone=Europe/Berlin", "-e", "SET"]);
    assert_eq!(stdout(&output), "{\"key\":\"table.local-time-zone\",\"value\":\"Europe/Berlin\"}\n");
}

#[test]
fn syntax_is_checked_without_running() {
    let output = program()
        .args(["explain", "--syntax", "-e", "SELECT 1; SELECT FROM; DROP TABLE x"])
        .output()
        .unwrap();
    let lines: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], r#"{"stmt":1,"ok":true}"#);
    assert!(lines[1].starts_with(r#"{"stmt":2,"error":"syntax error: found 'FROM'"#), "{}", lines[1]);
    assert_eq!(lines[2], r#"{"stmt":3,"ok":true}"#);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn plans_are_shown_without_running() {
    let script = "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = '/no/such', 'format' = 'json');\n\
                  SELECT a FROM t WHERE a > 1;";
    let output = program().args(["explain", "-e", script]).output().unwrap();
    let text = stdout(&output);
    assert!(
        text.starts_with("-- SELECT a FROM t WHERE a > 1\n== Abstract Syntax Tree ==\n"),
        "{text}{}",
        stderr(&output)
    );
    assert!(text.contains("== Optimized Physical Plan =="), "{text}");
    assert!(output.status.success());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = program()
        .args(["run", "-e", &format!("{ENDLESS} SELECT n FROM endless")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "{\"n\":1}");
    drop(lines);
    let status = wait(&mut child);
    assert_eq!(status, Some(0));
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}

#[test]
fn an_interrupt_stops_a_query_and_the_run() {
    let mut child = program()
        .args(["run", "--output", "changelog", "-e", &format!("{ENDLESS} SELECT n FROM endless; VALUES (1)")])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.by_ref().find(|line| line.contains("\"op\"")).unwrap(), r#"{"op":"+I","row":{"n":1}}"#);
    signal(&child, "INT");
    let last = lines.last().unwrap();
    assert!(last.starts_with(r#"{"stmt":3,"end":false,"rows":"#), "{last}");
    assert_eq!(wait(&mut child), Some(130));
}

#[test]
fn an_endless_insert_runs_beside_the_next_statements_until_it_is_stopped() {
    let script = format!(
        "{ENDLESS} CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');
         INSERT INTO nowhere SELECT n FROM endless;
         VALUES (7);"
    );
    let mut child = program()
        .args(["run", "--output", "changelog", "-e", &script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line == r#"{"op":"+I","row":{"EXPR$0":7}}"#));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(child.try_wait().unwrap(), None, "the run waits for its jobs");
    signal(&child, "TERM");
    let last = lines.last().unwrap();
    assert!(last.starts_with(r#"{"stmt":4,"job":"CANCELED","ms":"#), "{last}");
    assert_eq!(wait(&mut child), Some(130));
}

#[test]
fn an_endless_query_needs_an_output_that_shows_changes() {
    let script = format!("{ENDLESS} SELECT COUNT(*) FROM endless");
    for form in ["jsonl", "csv", "table"] {
        let output = run(&["--output", form, "-e", &script]);
        assert_eq!(output.status.code(), Some(1), "{form}");
        assert!(stdout(&output).is_empty(), "{form}: {}", stdout(&output));
    }
}

#[test]
fn the_prompt_takes_statements_of_many_lines_and_commands() {
    let home = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["sql", "--output", "changelog"])
        .env("XDG_DATA_HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let typed = "VALUES (1,\n 2);\nSELECT nope;\nhelp\nVALUES (';');\nquit\nVALUES (3);\n";
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = stdout(&output);
    assert!(text.contains(r#"{"op":"+I","row":{"EXPR$0":1,"EXPR$1":2}}"#), "{text}");
    assert!(text.contains(r#"{"stmt":2,"error":"#), "{text}");
    assert!(text.contains(r#"{"op":"+I","row":{"EXPR$0":";"}}"#), "{text}");
    assert!(!text.contains(r#"{"EXPR$0":3}"#), "{text}");
    assert!(stderr(&output).contains("Ctrl-C stops it"), "{}", stderr(&output));
    assert!(output.status.success());
    assert!(home.path().join("millstream/history").exists());
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The exit status; a program that does not end within ten seconds is killed.
fn wait(child: &mut Child) -> Option<i32> {
    for _ in 0..1000 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("it does not end");
}

/// A topic in memory, as a table of which `columns` are metadata.
fn topic(columns: &str, options: &str) -> String {
    format!(
        "CREATE TABLE logins (id INT, name STRING{columns}) WITH \
         ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'{options});"
    )
}

#[test]
fn rows_go_through_a_topic_with_what_stands_beside_them() {
    let columns = ", `queue` INT METADATA VIRTUAL, `offset` BIGINT METADATA VIRTUAL, tag STRING METADATA, \
                   `keys` ARRAY<STRING> METADATA, properties MAP<STRING, STRING> METADATA";
    let insert = "INSERT INTO logins VALUES (1, 'ada', 't', ARRAY['k'], MAP['a', 'b']), \
                  (2, 'bob', CAST(NULL AS STRING), CAST(NULL AS ARRAY<STRING>), CAST(NULL AS MAP<STRING, STRING>));";
    let read = "SELECT * FROM logins; SELECT id FROM logins WHERE tag = 't'; SELECT id FROM logins WHERE name = 'bob'";
    let output = run(&["-e", &topic(columns, ""), "-e", insert, "-e", read]);
    assert_eq!(
        stdout(&output),
        concat!(
            r#"{"id":1,"name":"ada","queue":0,"offset":0,"tag":"t","keys":["k"],"properties":{"a":"b"}}"#,
            "\n",
            r#"{"id":2,"name":"bob","queue":0,"offset":1,"tag":null,"keys":[],"properties":{}}"#,
            "\n{\"id\":1}\n{\"id\":2}\n"
        ),
        "{}",
        stderr(&output)
    );
}

#[test]
fn reading_a_topic_begins_and_ends_where_it_is_told() {
    let script = format!(
        "{} INSERT INTO logins VALUES (0, 'a'), (1, 'b'), (2, 'c'), (3, 'd'); \
         SELECT id FROM logins /*+ OPTIONS('scan.startup.mode' = 'specific-offsets', \
         'scan.startup.specific-offsets' = 'queue:0,offset:1', 'scan.bounded.mode' = 'specific-offsets', \
         'scan.bounded.specific-offsets' = 'queue:0,offset:3') */; \
         SELECT id FROM logins /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */",
        topic("", "")
    );
    let output = run(&["-e", &script]);
    assert_eq!(stdout(&output), "{\"id\":1}\n{\"id\":2}\n", "{}", stderr(&output));
}

#[test]
fn wrong_options_of_a_topic_are_refused_with_the_valid_ones() {
    for (columns, options, part) in [
        ("", ", 'scan.startup.mod' = 'x'", "did you mean 'scan.startup.mode'?"),
        ("", ", 'scan.startup.mode' = 'group-offsets'", "only with the option 'properties.group.id'"),
        ("", ", 'key.format' = 'json'", "needs a PRIMARY KEY"),
        (", PRIMARY KEY (id) NOT ENFORCED", ", 'key.format' = 'jsn'", "unknown format 'jsn'"),
        (
            ", PRIMARY KEY (id) NOT ENFORCED",
            ", 'sink.partitioner' = 'fixed'",
            "leave the option 'sink.partitioner' out",
        ),
        (", t STRING METADATA FROM 'tags' VIRTUAL", "", "unknown metadata 'tags'"),
        (", `offset` INT METADATA VIRTUAL", "", "the metadata 'offset' is BIGINT"),
    ] {
        let output = run(&["-e", &topic(columns, options), "-e", "SELECT * FROM logins"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
    let read_only = topic(", `offset` BIGINT METADATA", "");
    let output = run(&["-e", &read_only, "-e", "INSERT INTO logins VALUES (1, 'a', 5)"]);
    assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
}
