//! Jobs over a data folder, as users see them: what survives a run, and what a folder refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

const TABLES: &str = "CREATE TABLE events (n INT, s STRING) WITH ('connector' = 'log', 'format' = 'json', \
     'scan.bounded.mode' = 'latest-offset'); \
     CREATE TABLE hits (n INT) WITH ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');";

fn run(data: &Path, sql: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.arg("run").arg("--data").arg(data).args(["-e", TABLES, "-e", sql]);
    command.stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
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
    let mut first = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(["run", "--data"])
        .arg(data.path())
        .args(["-e", endless])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
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
