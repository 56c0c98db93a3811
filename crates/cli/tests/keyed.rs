//! Tables with a PRIMARY KEY over topics, as users see them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn run(data: &Path, sql: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.arg("run").arg("--data").arg(data).args(["-e", sql]);
    command.stdin(Stdio::null()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
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
