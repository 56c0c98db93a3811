//! Tables with a PRIMARY KEY over topics, as users see them.

use std::path::Path;
use std::process::{Output, Stdio};

use crate::{command, stderr, stdout};

fn run(data: &Path, sql: &str) -> Output {
    command(data, &["run", "-e", sql]).output().unwrap()
}

/// A table with a key, and its topic as a table of messages.
fn table(columns: &str, key: &str, options: &str) -> String {
    format!(
        "CREATE TABLE prices ({columns}, PRIMARY KEY ({key}) NOT ENFORCED) WITH \
         ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'{options}); \
         CREATE TABLE messages ({columns}, `queue` INT METADATA VIRTUAL, `keys` ARRAY<STRING> METADATA VIRTUAL) WITH \
         ('connector' = 'log', 'topic' = 'prices', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');"
    )
}

#[test]
fn rows_are_put_under_their_key() {
    for (columns, key, options, row, written) in [
        ("k STRING, v INT", "k", "", "('a b', 1)", r#"["a b"]"#),
        ("k BIGINT, v INT", "k", "", "(12, 1)", r#"["12"]"#),
        ("k STRING, v INT", "v, k", "", "('a', 1)", r#"["{\"v\":1,\"k\":\"a\"}"]"#),
        ("k STRING, v INT", "k", ", 'key.format' = 'json'", "('a', 1)", r#"["{\"k\":\"a\"}"]"#),
        (
            "k STRING, v INT",
            "k, v",
            ", 'key.format' = 'csv', 'key.csv.field-delimiter' = '/'",
            "('a', 1)",
            r#"["a/1"]"#,
        ),
        (
            "k TIMESTAMP(3), v INT",
            "k",
            "",
            "(TIMESTAMP '2024-01-02 03:04:05.678', 1)",
            r#"["2024-01-02 03:04:05.678"]"#,
        ),
    ] {
        let data = tempfile::tempdir().unwrap();
        let script = format!(
            "{} INSERT INTO prices VALUES {row}; SELECT `keys` FROM messages",
            table(columns, key, options)
        );
        assert_eq!(stdout(&run(data.path(), &script)), format!("{{\"keys\":{written}}}\n"), "{row}");
    }
}

#[test]
fn a_key_stays_in_its_queue() {
    let data = tempfile::tempdir().unwrap();
    let numbers = "CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000', \
         'rows-per-second' = '100000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000');";
    let script = format!(
        "{} {numbers} SET 'parallelism.default' = '2'; INSERT INTO prices SELECT MOD(n, 10), n FROM numbers; \
         SET 'execution.runtime-mode' = 'batch'; \
         SELECT k, COUNT(DISTINCT `queue`) AS queues, COUNT(*) AS n FROM messages GROUP BY k ORDER BY k",
        table("k INT, v INT", "k", ", 'queues' = '4'")
    );
    let expected: String = (0..10).map(|k| format!("{{\"k\":{k},\"queues\":1,\"n\":100}}\n")).collect();
    assert_eq!(stdout(&run(data.path(), &script)), expected);
}

#[test]
fn a_grouping_goes_into_a_table_with_a_key() {
    let data = tempfile::tempdir().unwrap();
    let script = format!(
        "{} INSERT INTO prices SELECT k, MAX(v) FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t(k, v) GROUP BY k; \
         SELECT k, v, `keys` FROM messages ORDER BY k",
        table("k STRING, v INT", "k", "")
    );
    assert_eq!(
        stdout(&run(data.path(), &script)),
        "{\"k\":\"a\",\"v\":3,\"keys\":[\"a\"]}\n{\"k\":\"b\",\"v\":2,\"keys\":[\"b\"]}\n"
    );
}

/// What prints the changes of a query.
const PRINT: &str = "CREATE TABLE shown (k STRING, v INT) WITH ('connector' = 'print');";

fn produce(data: &Path, lines: &str) {
    let mut producer = command(data, &["produce", "prices", "--key-field", "k"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut producer.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    stdout(&producer.wait_with_output().unwrap());
}

/// Deletes rows by writing changes of a table in which they are none.
fn changes_of(data: &Path, select: &str) -> String {
    let script = format!("{} {PRINT} INSERT INTO shown {select}", table("k STRING, v INT", "k", ""));
    stdout(&run(data, &script))
}

#[test]
fn messages_are_changes_of_rows() {
    let data = tempfile::tempdir().unwrap();
    let tables = table("k STRING, v INT", "k", "");
    stdout(&run(data.path(), &format!("{tables} INSERT INTO prices VALUES ('a', 1), ('b', 1), ('a', 2)")));
    produce(data.path(), "{\"k\":\"b\", \"v\": 1}\n{\"k\":\"a\",\"v\":3}\n");
    let all = "+I[a, 1]\n+I[b, 1]\n-U[a, 1]\n+U[a, 2]\n-U[a, 2]\n+U[a, 3]\n";
    assert_eq!(changes_of(data.path(), "SELECT * FROM prices"), all);
    // The job goes on where it stopped, with what it knew.
    assert_eq!(changes_of(data.path(), "SELECT * FROM prices"), "");
    produce(data.path(), "{\"k\":\"a\",\"v\":4}\n{\"k\":\"c\",\"v\":5}\n");
    assert_eq!(changes_of(data.path(), "SELECT * FROM prices"), "-U[a, 3]\n+U[a, 4]\n+I[c, 5]\n");
    // Set back, it begins anew, and then goes on.
    let job = "insert-into_default_catalog.default_database.shown";
    let alter = ["group", "alter", job, "--topic", "prices", "--to", "earliest"];
    stdout(&command(data.path(), &alter).output().unwrap());
    let anew = format!("{all}-U[a, 3]\n+U[a, 4]\n+I[c, 5]\n");
    assert_eq!(changes_of(data.path(), "SELECT * FROM prices"), anew);
    produce(data.path(), "{\"k\":\"b\",\"v\":9}\n");
    assert_eq!(changes_of(data.path(), "SELECT * FROM prices"), "-U[b, 1]\n+U[b, 9]\n");
}

#[test]
fn deletions_go_through() {
    let data = tempfile::tempdir().unwrap();
    let tables = format!(
        "{} CREATE TABLE cheap (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH \
         ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'); {PRINT}",
        table("k STRING, v INT", "k", "")
    );
    let steps = [
        ("{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n", "+I[a, 1]\n+I[b, 2]\n"),
        // What is filtered out by its new form is deleted.
        ("{\"k\":\"a\",\"v\":30}\n{\"k\":\"b\",\"v\":3}\n", "-D[a, 1]\n-U[b, 2]\n+U[b, 3]\n"),
        // It was not there: nothing changes.
        ("{\"k\":\"a\",\"v\":40}\n", ""),
        ("{\"k\":\"a\",\"v\":4}\n", "+I[a, 4]\n"),
    ];
    for (lines, changes) in steps {
        produce_or_create(data.path(), lines);
        let script = format!(
            "{tables} INSERT INTO cheap SELECT * FROM prices WHERE v < 10; INSERT INTO shown SELECT * FROM cheap"
        );
        assert_eq!(stdout(&run(data.path(), &script)), changes, "{lines}");
    }
}

/// Lines for the topic, which is made by the first of them.
fn produce_or_create(data: &Path, lines: &str) {
    // It may be there.
    command(data, &["topic", "create", "prices", "--set", "table=true"]).output().unwrap();
    produce(data, lines);
}

#[test]
fn what_needs_all_rows_gets_each_in_its_last_form() {
    let data = tempfile::tempdir().unwrap();
    produce_or_create(
        data.path(),
        "{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n{\"k\":\"c\",\"v\":2}\n{\"k\":\"a\",\"v\":5}\n",
    );
    let tables = format!(
        "{} CREATE TABLE sums (v INT, n BIGINT, PRIMARY KEY (v) NOT ENFORCED) WITH \
         ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'); ",
        table("k STRING, v INT", "k", "")
    );
    let queries = "SELECT v, COUNT(*) AS n FROM prices GROUP BY v ORDER BY v; SELECT k FROM prices ORDER BY v DESC LIMIT 1; \
                   SELECT COUNT(*) AS n FROM (SELECT * FROM prices LIMIT 2); SELECT COUNT(*) AS n FROM prices WHERE v = 1";
    assert_eq!(
        stdout(&run(data.path(), &format!("SET 'execution.runtime-mode' = 'batch'; {tables} {queries}"))),
        "{\"v\":2,\"n\":2}\n{\"v\":5,\"n\":1}\n{\"k\":\"a\"}\n{\"n\":2}\n{\"n\":0}\n"
    );
    // Such a job sees the whole table in each run.
    let insert = "INSERT INTO sums SELECT v, COUNT(*) FROM prices GROUP BY v; SELECT * FROM sums ORDER BY v";
    for (lines, rows) in [
        ("", "{\"v\":2,\"n\":2}\n{\"v\":5,\"n\":1}\n"),
        ("{\"k\":\"d\",\"v\":5}\n", "{\"v\":2,\"n\":2}\n{\"v\":5,\"n\":2}\n"),
    ] {
        produce(data.path(), lines);
        assert_eq!(stdout(&run(data.path(), &format!("{tables} {insert}"))), rows);
    }
}

const DIM: &str = "CREATE TABLE towns (id INT, name STRING, people INT, PRIMARY KEY (id) NOT ENFORCED) WITH \
     ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'); \
     CREATE TABLE visits (n INT, town INT, seen AS PROCTIME()) WITH \
     ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');";

#[test]
fn rows_are_looked_up_by_key() {
    let data = tempfile::tempdir().unwrap();
    let script = format!(
        "{DIM} INSERT INTO towns VALUES (1, 'Ulm', 120), (2, 'Bonn', 330), (1, 'Ulm', 126); \
         INSERT INTO visits VALUES (1, 1), (2, 2), (3, 9), (4, CAST(NULL AS INT)), (5, 1)"
    );
    stdout(&run(data.path(), &script));
    for (join, rows) in [
        (
            "n, name, people FROM visits AS v JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.town = t.id",
            "{\"n\":1,\"name\":\"Ulm\",\"people\":126}\n{\"n\":2,\"name\":\"Bonn\",\"people\":330}\n{\"n\":5,\"name\":\"Ulm\",\"people\":126}\n",
        ),
        (
            "n, t.name FROM visits AS v LEFT JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON t.id = v.town AND t.people > 200 AND v.n < 5",
            "{\"n\":1,\"name\":null}\n{\"n\":2,\"name\":\"Bonn\"}\n{\"n\":3,\"name\":null}\n{\"n\":4,\"name\":null}\n{\"n\":5,\"name\":null}\n",
        ),
        (
            "n FROM visits AS v JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.town = t.id WHERE t.name <> 'Bonn' AND v.n > 1",
            "{\"n\":5}\n",
        ),
        (
            "COUNT(*) AS n FROM visits AS v JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.town = t.id",
            "{\"n\":3}\n",
        ),
        (
            "n, towns.name FROM (SELECT n, seen AS p FROM visits) AS v LEFT JOIN towns FOR SYSTEM_TIME AS OF p ON towns.id = 2 LIMIT 1",
            "{\"n\":1,\"name\":\"Bonn\"}\n",
        ),
    ] {
        assert_eq!(stdout(&run(data.path(), &format!("{DIM} SELECT {join}"))), rows, "{join}");
    }
}

#[test]
fn what_is_no_look_up_is_refused() {
    let data = tempfile::tempdir().unwrap();
    for (query, part) in [
        (
            "visits AS v JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.n = t.people",
            "the PRIMARY KEY (id) of table 'towns' must be included",
        ),
        (
            "visits AS v JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.town > t.id",
            "there is none on 'id'",
        ),
        (
            "visits AS v JOIN visits FOR SYSTEM_TIME AS OF v.seen AS t ON v.n = t.n",
            "only tables of connector 'log' with a PRIMARY KEY",
        ),
        (
            "visits AS v JOIN towns FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP AS t ON v.n = t.id",
            "declared AS PROCTIME()",
        ),
        (
            "visits AS v RIGHT JOIN towns FOR SYSTEM_TIME AS OF v.seen AS t ON v.n = t.id",
            "goes with JOIN or LEFT JOIN",
        ),
        ("towns FOR SYSTEM_TIME AS OF PROCTIME()", "only behind JOIN"),
        ("visits AS v JOIN towns AS t ON v.n = t.id", "of two tables cannot run yet"),
    ] {
        let refused = run(data.path(), &format!("{DIM} SELECT * FROM {query}"));
        assert!(stderr(&refused).contains(part), "{part}: {}", stderr(&refused));
    }
}

/// Prices that change with each line, and what they are in the end.
fn price_lines(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("{{\"k\":\"k{}\",\"v\":{n}}}\n", n * 7 % 50)).collect()
}

#[test]
fn a_job_that_is_killed_goes_on_with_what_it_knew() {
    const PART: usize = 2000;
    let data = tempfile::tempdir().unwrap();
    let bounded = "'connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset'";
    let tables = format!(
        "CREATE TABLE prices (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'log', 'format' = 'json'); \
         CREATE TABLE mirror (k STRING, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ({bounded}); \
         CREATE TABLE mirrored (k STRING, v INT) WITH ({bounded}, 'topic' = 'mirror'); \
         SET 'millstream.commit.interval' = '1 ms'; SET 'pipeline.name' = 'mirror';"
    );
    for part in 0..4 {
        produce_or_create(data.path(), &price_lines(part * PART, (part + 1) * PART));
        let copy = format!("{tables} INSERT INTO mirror SELECT * FROM prices");
        let mut job = command(data.path(), &["run", "-e", &copy]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60 * u64::try_from(part + 1).unwrap()));
        job.kill().unwrap();
        job.wait().unwrap();
    }
    let rest = "INSERT INTO mirror SELECT * FROM prices /*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */; \
                SET 'execution.runtime-mode' = 'batch'; SELECT COUNT(*) AS n FROM mirrored; \
                SELECT COUNT(*) AS n, SUM(v) AS s FROM mirror";
    let mut last = std::collections::HashMap::new();
    (0..4 * PART).for_each(|n| {
        last.insert(n * 7 % 50, n);
    });
    // A message for each change, none twice.
    let expected = format!("{{\"n\":{}}}\n{{\"n\":50,\"s\":{}}}\n", 4 * PART, last.values().sum::<usize>());
    assert_eq!(stdout(&run(data.path(), &format!("{tables} {rest}"))), expected);
}

#[test]
fn what_is_known_has_a_limit_and_an_end() {
    let data = tempfile::tempdir().unwrap();
    produce_or_create(data.path(), &price_lines(0, 2000));
    let tables = format!("{} {PRINT}", table("k STRING, v INT", "k", ""));
    let small = "SET 'millstream.memory.state' = '2 kb';";
    let full = run(data.path(), &format!("{tables} {small} INSERT INTO shown SELECT * FROM prices"));
    assert!(
        stderr(&full).contains("the latest rows of table 'prices' by its PRIMARY KEY"),
        "{}",
        stderr(&full)
    );
    // Where reading begins decides what is known.
    let late = "SELECT * FROM prices /*+ OPTIONS('scan.startup.mode' = 'specific-offsets', \
                'scan.startup.specific-offsets' = 'queue:0,offset:1949') */ WHERE v IN (1949, 1999)";
    assert_eq!(
        stdout(&run(data.path(), &format!("{tables} INSERT INTO shown {late}"))),
        "+I[k43, 1949]\n-U[k43, 1949]\n+U[k43, 1999]\n"
    );
}

#[test]
fn lanes_share_the_queues_of_a_table() {
    let data = tempfile::tempdir().unwrap();
    let create = ["topic", "create", "prices", "--set", "table=true", "--queues", "4"];
    stdout(&command(data.path(), &create).output().unwrap());
    let tables = format!("{} {PRINT} SET 'parallelism.default' = '2';", table("k STRING, v INT", "k", ""));
    let mut all = std::collections::HashMap::new();
    for part in 0..2 {
        produce(data.path(), &price_lines(part * 100, (part + 1) * 100));
        // The second run has another number of lanes.
        let lanes = part + 1;
        let script =
            format!("{tables} SET 'parallelism.default' = '{lanes}'; INSERT INTO shown SELECT * FROM prices");
        for line in stdout(&run(data.path(), &script)).lines() {
            let line = line.split_once("> ").map_or(line, |(_, line)| line);
            *all.entry(line.get(..2).unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    let counts: std::collections::HashMap<String, i32> =
        [("+I", 50), ("-U", 150), ("+U", 150)].map(|(kind, n)| (kind.to_owned(), n)).into();
    assert_eq!(all, counts);
}

#[test]
fn rows_that_change_are_shown_as_changes_or_once() {
    let data = tempfile::tempdir().unwrap();
    produce_or_create(data.path(), "{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n{\"k\":\"a\",\"v\":5}\n");
    let tables = table("k STRING, v INT", "k", "");
    let query = "SELECT k, v FROM prices WHERE v > 1";
    assert_eq!(
        stdout(&run(data.path(), &format!("{tables} {query}"))),
        "{\"k\":\"b\",\"v\":2}\n{\"k\":\"a\",\"v\":5}\n"
    );
    let as_table = ["run", "--output", "table", "-e", &format!("{tables} {query}")];
    let shown = stdout(&command(data.path(), &as_table).output().unwrap());
    let kinds: Vec<&str> =
        shown.lines().filter_map(|line| line.get(1..5)).filter(|c| c.contains(['+', '-'])).collect();
    assert!(shown.contains("| +I |") && shown.contains("| +U |"), "{kinds:?}: {shown}");
    let endless = format!("{tables} SELECT k FROM prices /*+ OPTIONS('scan.bounded.mode' = 'unbounded') */");
    let refused = run(data.path(), &endless);
    assert!(stderr(&refused).contains("bound the table, as with"), "{}", stderr(&refused));
    let plain = format!(
        "{tables} CREATE TABLE plain (k STRING) WITH ('connector' = 'log', 'format' = 'json'); INSERT INTO plain SELECT k FROM prices"
    );
    let refused = run(data.path(), &plain);
    assert!(
        stderr(&refused).contains("'plain' takes new rows only, but those of table 'prices' change"),
        "{}",
        stderr(&refused)
    );
}
