//! Jobs over a data folder, as users see them: what survives a run, and what a folder refuses.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::{command, stderr, stdout};

const TABLES: &str = "CREATE TABLE events (n INT, s STRING) WITH ('connector' = 'log', 'format' = 'json', \
     'scan.bounded.mode' = 'latest-offset'); \
     CREATE TABLE hits (n INT) WITH ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');";

fn run(data: &Path, sql: &str) -> Output {
    command(data, &["run", "-e", TABLES, "-e", sql]).output().unwrap()
}

#[test]
fn a_job_goes_on_where_it_stopped() {
    let data = tempfile::tempdir().unwrap();
    let filter = "INSERT INTO hits SELECT n FROM events WHERE s = 'x'; SELECT * FROM hits";
    stdout(&run(data.path(), "INSERT INTO events VALUES (1, 'x'), (2, 'y'), (3, 'x')"));
    assert_eq!(stdout(&run(data.path(), filter)), "{\"n\":1}\n{\"n\":3}\n");
    assert_eq!(stdout(&run(data.path(), filter)), "{\"n\":1}\n{\"n\":3}\n");
    stdout(&run(data.path(), "INSERT INTO events VALUES (4, 'x')"));
    assert_eq!(stdout(&run(data.path(), filter)), "{\"n\":1}\n{\"n\":3}\n{\"n\":4}\n");
    let other = format!("SET 'pipeline.name' = 'anew'; {filter}");
    assert_eq!(stdout(&run(data.path(), &other)).lines().count(), 6);
}

#[test]
fn statements_do_not_share_a_jobs_name() {
    let data = tempfile::tempdir().unwrap();
    stdout(&run(data.path(), "INSERT INTO events VALUES (1, 'x'), (2, 'y')"));
    let one = "INSERT INTO hits SELECT n FROM events WHERE s = 'x';";
    let other = "INSERT INTO hits SELECT n FROM events WHERE s = 'y';";
    stdout(&run(data.path(), &format!("{one} {one}")));
    let refused = run(data.path(), &format!("{one} {other}"));
    assert!(
        stderr(&refused).contains("is that of another statement; give it one of its own"),
        "{}",
        stderr(&refused)
    );
    let named = format!("{one} SET 'pipeline.name' = 'other'; {other} SELECT * FROM hits");
    assert_eq!(stdout(&run(data.path(), &named)), "{\"n\":1}\n{\"n\":2}\n");
}

#[test]
fn a_topic_that_is_not_there_is_not_made_by_reading_it() {
    let data = tempfile::tempdir().unwrap();
    let refused = run(data.path(), "SELECT * FROM events");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("there is no topic 'events'; make it with"), "{}", stderr(&refused));
}

#[test]
fn a_folder_is_open_in_one_process() {
    let data = tempfile::tempdir().unwrap();
    let endless = "CREATE TABLE random (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50'); SELECT * FROM random";
    let mut first = command(data.path(), &["run", "-e", endless]).stdout(Stdio::piped()).spawn().unwrap();
    // It runs once it prints.
    std::io::Read::read_exact(first.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    let refused = run(data.path(), "SELECT 1");
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("is open in another process; stop that one first"),
        "{}",
        stderr(&refused)
    );
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(stdout(&run(data.path(), "SELECT 1 AS n")), "{\"n\":1}\n");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let refused = run(&file, "SELECT 1");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains(&file.display().to_string()), "{}", stderr(&refused));
}

#[test]
fn a_job_commits_while_it_reads() {
    let data = tempfile::tempdir().unwrap();
    let numbers = "CREATE TABLE numbers (n INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '200000', 'rows-per-second' = '100000000', \
         'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '200000', 'fields.s.length' = '20');";
    stdout(&run(data.path(), &format!("{numbers} INSERT INTO events SELECT n, s FROM numbers")));
    let commits = || {
        let mut dump = Command::new(env!("CARGO_BIN_EXE_millstream"));
        let dump = stdout(&dump.args(["log", "dump"]).arg(data.path()).output().unwrap());
        dump.lines().filter(|line| line.contains("\"offsets\":[{")).count()
    };
    let before = commits();
    let job =
        "SET 'millstream.commit.interval' = '0 ms'; INSERT INTO hits SELECT n FROM events WHERE n > 10;";
    stdout(&run(data.path(), job));
    // Between any two blocks it can.
    assert!(commits() - before > 10, "{} commits", commits() - before);
    let count = "SELECT COUNT(*) AS n FROM hits";
    let counted = stdout(&run(data.path(), &format!("SET 'execution.runtime-mode' = 'batch'; {count}")));
    assert_eq!(counted, "{\"n\":199990}\n");
}

fn produce(data: &Path, topic: &str, lines: &str) {
    let mut producer =
        command(data, &["produce", topic]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut producer.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    stdout(&producer.wait_with_output().unwrap());
}

#[test]
fn reading_begins_and_ends_at_times_queues_and_groups() {
    let data = tempfile::tempdir().unwrap();
    stdout(&command(data.path(), &["topic", "create", "events", "--queues", "2"]).output().unwrap());
    produce(data.path(), "events", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n");
    let rows = |options: &str| {
        let select = format!("SELECT n FROM events /*+ OPTIONS({options}) */");
        stdout(&run(data.path(), &select)).lines().map(|line| line[5..6].to_owned()).collect::<String>()
    };
    assert_eq!(rows("'scan.queues' = '1'"), "24");
    assert_eq!(rows("'scan.startup.mode' = 'timestamp', 'scan.startup.timestamp-millis' = '0'").len(), 4);
    let future = "'scan.startup.timestamp-millis' = '99999999999999'";
    assert_eq!(rows(&format!("'scan.startup.mode' = 'timestamp', {future}")), "");
    assert_eq!(rows("'scan.bounded.mode' = 'timestamp', 'scan.bounded.timestamp-millis' = '0'"), "");

    let one = "INSERT INTO hits SELECT n FROM events /*+ OPTIONS('properties.group.id' = 'readers', 'scan.queues' = '0') */";
    stdout(&run(data.path(), one));
    assert_eq!(rows("'scan.startup.mode' = 'group-offsets', 'properties.group.id' = 'readers'"), "24");
    let before = "'scan.bounded.mode' = 'group-offsets', 'properties.group.id' = 'readers'";
    assert_eq!(rows(&format!("'scan.startup.mode' = 'earliest-offset', {before}")), "13");

    let refused = run(data.path(), "SELECT n FROM events /*+ OPTIONS('scan.queues' = '2') */");
    assert!(stderr(&refused).contains("topic 'events' has queues 0 to 1"), "{}", stderr(&refused));
}

#[test]
fn a_malformed_message_is_named_by_its_offset() {
    let data = tempfile::tempdir().unwrap();
    stdout(&command(data.path(), &["topic", "create", "events"]).output().unwrap());
    produce(data.path(), "events", "{\"n\":1}\nnothing\n{\"n\":3}\n");
    let failed = run(data.path(), "INSERT INTO hits SELECT n FROM events");
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr(&failed).contains("topic 'events', queue 0, offset 1"), "{}", stderr(&failed));
    let passed_over = "INSERT INTO hits SELECT n FROM events /*+ OPTIONS('json.ignore-parse-errors' = 'true') */; SELECT * FROM hits";
    assert_eq!(stdout(&run(data.path(), passed_over)), "{\"n\":1}\n{\"n\":3}\n");
}

/// A job over input without end, once it has begun.
fn endless(data: &Path) -> Child {
    let job = "INSERT INTO hits SELECT n FROM events /*+ OPTIONS('scan.bounded.mode' = 'unbounded') */; SELECT 'started' AS s";
    let mut child = command(data, &["run", "-e", TABLES, "-e", job]).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    child
}

#[test]
fn ctrl_c_commits_and_the_job_goes_on_later() {
    let data = tempfile::tempdir().unwrap();
    stdout(&command(data.path(), &["topic", "create", "events"]).output().unwrap());
    let lines: String = (0..5000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    for part in [1, 2] {
        produce(data.path(), "events", &lines);
        let mut job = endless(data.path());
        assert!(Command::new("kill").args(["-INT", &job.id().to_string()]).status().unwrap().success());
        assert_eq!(job.wait().unwrap().code(), Some(130), "part {part}");
    }
    let rest = "INSERT INTO hits SELECT n FROM events; SET 'execution.runtime-mode' = 'batch'; SELECT COUNT(*) AS n FROM hits";
    assert_eq!(stdout(&run(data.path(), rest)), "{\"n\":10000}\n");
}
