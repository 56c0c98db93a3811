//! Reading `filesystem` tables: what is there, how it is compressed, what is wrong with it.

mod support;

use std::fs;

use millstream_engine::ErrorKind;
use proptest::prelude::*;
use support::*;

const TABLE: &str =
    "CREATE TABLE t (a INT, b STRING) WITH ('connector'='filesystem', 'path'='$D/in', 'format'='json')";

fn json() -> Files {
    let mut files = Files::new();
    files.rows(TABLE);
    files
}

#[test]
fn directories_are_read_in_the_order_of_names_without_hidden_files() {
    let mut files = json();
    files.write("in/b.json", "{\"a\":2}\n");
    files.write("in/a.json", "{\"a\":1}\n");
    files.write("in/sub/c.json", "{\"a\":3}\n");
    files.write("in/_hidden/x.json", "{\"a\":9}\n");
    files.write("in/.part.inprogress", "{\"a\":9}\n");
    files.write("in/empty.json", "");
    assert_eq!(files.rows("SELECT a FROM t"), ["1", "2", "3"]);
    assert_eq!(files.rows("SELECT a FROM t /*+ OPTIONS('path'='$D/in/b.json') */"), ["2"]);
    assert_eq!(files.rows("SELECT a FROM t /*+ OPTIONS('path'='file://$D/in/*.json') */"), ["1", "2"]);
    assert_eq!(files.rows("SELECT a FROM t /*+ OPTIONS('source.path.regex-pattern'='.*/sub/.*') */"), ["3"]);
}

#[test]
fn compressed_files_are_known_by_their_first_bytes() {
    let mut files = json();
    files.write("in/a.json.gz", [gzip(b"{\"a\":1}\n{\"a\":2}"), gzip(b"\n{\"a\":3}\n")].concat());
    files.write("in/b.json", gzip(b"{\"a\":4}\n"));
    files.write("in/c.json.zst", [zstd(b"{\"a\":5}\n"), zstd(b"{\"a\":6}\n")].concat());
    files.write("in/d.gz", "{\"a\":7, \"b\":\"plain text\"}\n");
    let error = files.error("SELECT a FROM t");
    assert!(error.starts_with("cannot read file 'in/d.gz': it is not valid gzip"), "{error}");
    fs::remove_file(files.path("in/d.gz")).unwrap();
    files.write("in/empty.gz", "");
    assert_eq!(files.rows("SELECT a FROM t"), ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn compressed_files_that_were_cut_short_are_errors() {
    let text: String = (0..10_000).map(|n| format!("{{\"a\":{n}}}\n")).collect();
    for (name, whole) in [("x.gz", gzip(text.as_bytes())), ("x.zst", zstd(text.as_bytes()))] {
        let kind = if name == "x.gz" { "gzip" } else { "zstd" };
        for part in [whole.len() - 1, whole.len() / 2, 5] {
            let mut files = json();
            files.write(&format!("in/{name}"), &whole[..part]);
            let error = files.error("SELECT COUNT(*) FROM t");
            let expected = format!(
                "cannot read file 'in/{name}': it ends in the middle of its {kind} data: it was cut short, or is still being written"
            );
            assert_eq!(error, expected, "cut to {part}");
        }
    }
}

#[test]
fn marks_line_ends_and_a_missing_last_one() {
    let mut files = json();
    files.write("in/x.json", "\u{feff}{\"a\":1}\r\n\r\n{\"a\":2}\r\n\n{\"a\":3}");
    assert_eq!(files.rows("SELECT a FROM t"), ["1", "2", "3"]);
}

#[test]
fn malformed_records_fail_with_file_line_and_byte_or_are_counted() {
    let mut files = json();
    files.write("in/a.json", "{\"a\":1}\n{\"a\":2}\n{\"a\":\n{\"a\":4}\n");
    let error = files.error("SELECT * FROM t");
    assert!(error.ends_with("(file 'in/a.json', line 3, byte 16)"), "{error}");
    let skip = "SELECT * FROM t /*+ OPTIONS('json.ignore-parse-errors'='true') */";
    let answer = files.run(skip).unwrap();
    assert_eq!(answer.rows, ["1|-", "2|-", "4|-"]);
    let figures = answer.report.unwrap().figures;
    assert_eq!((figures.records, figures.malformed), (4, 1));

    // The same in compressed files, and far into big ones, in which the lines before are counted anew.
    files.write("in/a.json", gzip(b"{\"a\":1}\n{\"a\":2}\n{\"a\":\n"));
    let error = files.error("SELECT * FROM t");
    assert!(error.ends_with("(file 'in/a.json', line 3, decompressed byte 16)"), "{error}");
    let good = "{\"a\":7, \"b\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n"
        .repeat(100_000);
    files.write("in/a.json", format!("{good}{{\"a\":1,}}\n"));
    for lanes in ["1", "2"] {
        files.run(&format!("SET 'parallelism.default' = '{lanes}'")).unwrap();
        let error = files.error("SELECT * FROM t");
        assert!(error.ends_with(&format!("(file 'in/a.json', line 100001, byte {})", good.len())), "{error}");
    }
}

#[test]
fn rows_before_a_malformed_record_come_out() {
    let mut files = json();
    files.write("in/a.json", "{\"a\":1}\n{\"a\":2}\nnonsense\n");
    let job = files.prepare("SELECT * FROM t");
    let progress = job.progress();
    job.run(&|| 0, &ScopedThreads).unwrap_err();
    assert_eq!(progress.figures().written, [2]);
}

#[test]
fn records_over_the_limit_are_errors() {
    let mut files = json();
    let long = format!("{{\"a\":1}}\n{{\"a\":2,\"b\":\"{}\"}}\n{{\"a\":3}}\n", "x".repeat(700_000));
    let plain = files.write("in/a.json", &long);
    assert_eq!(files.rows("SELECT a FROM t"), ["1", "2", "3"]);
    files.run("SET 'millstream.source.max-record-size' = '100 kb'").unwrap();
    let error = files.error("SELECT a FROM t");
    assert!(
        error.starts_with("a record is longer than 102400 bytes (file 'in/a.json', line 2, byte 8)"),
        "{error}"
    );
    fs::remove_file(plain).unwrap();
    files.write("in/a.gz", gzip(long.as_bytes()));
    let error = files.error("SELECT a FROM t");
    assert!(
        error.starts_with(
            "a record is longer than 102400 bytes (file 'in/a.gz', line 2, decompressed byte 8)"
        ),
        "{error}"
    );
    // Without an end at all.
    files.write("in/a.gz", gzip("x".repeat(20 << 20).as_bytes()));
    files.run("RESET 'millstream.source.max-record-size'").unwrap();
    let error = files.error("SELECT a FROM t");
    assert!(error.starts_with("a record is longer than 16777216 bytes"), "{error}");
}

#[test]
fn what_is_not_there_or_may_not_be_read() {
    let mut files = json();
    assert_eq!(files.error("SELECT * FROM t"), "cannot read 'in': it does not exist");
    files.write("in/a.json", "{}");
    let missing = "SELECT * FROM t /*+ OPTIONS('path'='$D/in/nothing/*.json') */";
    assert_eq!(
        files.error(missing),
        "no file matches 'in/nothing/*.json': the directory 'in/nothing' does not exist"
    );
    assert_eq!(files.rows("SELECT * FROM t /*+ OPTIONS('path'='$D/in/x*.json') */"), Vec::<String>::new());
    std::os::unix::fs::symlink(files.path("gone"), files.path("in/link.json")).unwrap();
    assert_eq!(files.error("SELECT * FROM t"), "cannot read file 'in/link.json': it does not exist");
    let scheme = "SELECT * FROM t /*+ OPTIONS('path'='s3://bucket/x') */";
    assert!(files.error(scheme).contains("the scheme 's3:'"));
}

#[test]
fn a_file_that_vanishes_is_named() {
    let mut files = json();
    files.write("in/a.json", "{\"a\":1}\n");
    files.write("in/b.json", "{\"a\":2}\n");
    let job = files.prepare("SELECT * FROM t");
    let (mut lanes, settle) = job.into_lanes();
    lanes[0].step(0, std::time::Duration::ZERO).unwrap();
    fs::remove_file(files.path("in/b.json")).unwrap();
    let error = loop {
        match lanes[0].step(0, std::time::Duration::ZERO) {
            Ok(state) => assert_ne!(state, millstream_engine::LaneState::Done),
            Err(error) => break error,
        }
    };
    assert!(error.message.ends_with("in/b.json': it does not exist"), "{error}");
    assert_eq!(error.kind, ErrorKind::Unavailable);
    drop(lanes);
    assert_eq!(settle.settle(0).unwrap_err(), error);
}

#[test]
fn a_file_that_is_cut_short_while_it_is_read_is_an_error() {
    let mut files = json();
    let line = format!("{{\"a\":1,\"b\":\"{}\"}}\n", "x".repeat(100));
    let path = files.write("in/a.json", line.repeat(200_000));
    let job = files.prepare("SELECT * FROM t");
    let (mut lanes, _) = job.into_lanes();
    lanes[0].step(0, std::time::Duration::ZERO).unwrap();
    fs::File::options().write(true).open(path).unwrap().set_len(5_000_000).unwrap();
    let error = loop {
        match lanes[0].step(0, std::time::Duration::ZERO) {
            Ok(state) => assert_ne!(state, millstream_engine::LaneState::Done),
            Err(error) => break error,
        }
    };
    assert!(error.message.ends_with("in/a.json': it was cut short while it was read"), "{error}");
}

#[test]
fn partitions_and_metadata_are_columns() {
    let mut files = Files::new();
    files.write("in/dt=2024-01-02/h=7/a.csv", "1\n2\n");
    files.write("in/dt=2024-01-03/h=__DEFAULT_PARTITION__/b.csv", "3\n");
    files.write("in/dt=2024-01-03/h=8/wrong.csv", "not a number\n");
    files
        .run(
            "CREATE TABLE t (dt DATE, a INT, h INT, f STRING METADATA FROM 'file.name', s BIGINT METADATA FROM 'file.size')
             PARTITIONED BY (dt, h) WITH ('connector'='filesystem', 'path'='$D/in', 'format'='csv')",
        )
        .unwrap();
    // The file of 8 o'clock is not read: its rows cannot pass.
    assert_eq!(files.rows("SELECT a, h, f, s FROM t WHERE h = 7"), ["1|7|a.csv|4", "2|7|a.csv|4"]);
    assert_eq!(files.rows("SELECT a, f FROM t WHERE h IS NULL AND dt = DATE '2024-01-03'"), ["3|b.csv"]);
    assert!(files.error("SELECT a FROM t").contains("file 'in/dt=2024-01-03/h=8/wrong.csv', line 1, byte 0"));
    files.write("in/dt=2024-01-03/h=nine/c.csv", "3\n");
    let error = files.error("SELECT a FROM t WHERE h = 9");
    assert!(
        error.starts_with("the directory 'h=…' of file 'in/dt=2024-01-03/h=nine/c.csv' is not a INT"),
        "{error}"
    );
    files.write("in/stray.csv", "1\n");
    let error = files.error("SELECT a FROM t WHERE dt = DATE '2023-01-01'");
    assert_eq!(error, "file 'in/stray.csv' is in no directory 'dt=…', but the table is partitioned by 'dt'");
    let wrong = "CREATE TABLE w (a INT, f STRING METADATA FROM 'file.nam') WITH ('connector'='filesystem', 'path'='$D/in', 'format'='csv')";
    files.run(wrong).unwrap();
    let error = files.error("SELECT * FROM w");
    assert!(
        error.contains("unknown metadata 'file.nam' (column 'f' of table 'w'); did you mean 'file.name'?"),
        "{error}"
    );
}

#[test]
fn a_hundred_thousand_files() {
    let mut files = json();
    fs::create_dir(files.path("in")).unwrap();
    // Links to one file: a directory entry each, without the cost of as many files.
    let first = files.write("one.json", "{\"a\":1}\n");
    for n in 0..100_000 {
        fs::hard_link(&first, files.path(&format!("in/{n}.json")))
            .or_else(|_| fs::write(files.path(&format!("in/{n}.json")), "{\"a\":1}\n"))
            .unwrap();
    }
    assert_eq!(files.rows("SELECT COUNT(*), SUM(a) FROM t"), ["100000|100000"]);
}

#[test]
fn lanes_share_files_and_ranges() {
    let mut files = Files::new();
    // Longer than a range of a lane.
    let json: String = (0..900_000).map(|n| format!("{{\"a\":{n},\"b\":\"some text\"}}\n")).collect();
    let csv: String = (0..900_000).map(|n| format!("{n},\"some\n\"\"text\"\"\"\n")).collect();
    files.write("json/big", &json);
    files.write("json/small", "{\"a\":1}\n");
    files.write("csv/big", &csv);
    for format in ["json", "csv"] {
        files
            .run(&format!(
                "CREATE TABLE {format} (a BIGINT, b STRING) WITH ('connector'='filesystem', 'path'='$D/{format}', 'format'='{format}')"
            ))
            .unwrap();
    }
    let sum: i64 = (0..900_000).sum();
    for lanes in ["1", "2", "3"] {
        files.run(&format!("SET 'parallelism.default' = '{lanes}'")).unwrap();
        assert_eq!(files.rows("SELECT COUNT(*), SUM(a) FROM json"), [format!("900001|{}", sum + 1)]);
        assert_eq!(
            files.rows("SELECT COUNT(*), SUM(a), MIN(b) FROM csv"),
            [format!("900000|{sum}|some\n\"text\"")]
        );
        assert_eq!(files.rows("SELECT a FROM json LIMIT 3").len(), 3);
    }
}

#[test]
fn wrong_options_are_refused_before_anything_runs() {
    let mut files = Files::new();
    let mut error = |options: &str| {
        files.run(&format!("CREATE OR REPLACE TEMPORARY TABLE e (a INT) WITH ({options})")).ok();
        files.run("DROP TEMPORARY TABLE IF EXISTS e").ok();
        files.run(&format!("CREATE TEMPORARY TABLE e (a INT) WITH ({options})")).unwrap();
        files.error("SELECT * FROM e")
    };
    let unknown = error("'connector'='filesytem'");
    assert_eq!(
        unknown,
        "unknown connector 'filesytem' of table 'e'; did you mean 'filesystem'?; the connectors that can be read are datagen, filesystem, log, nexmark, stdin"
    );
    let sink = error("'connector'='print'");
    assert!(sink.starts_with("table 'e' cannot be read: its connector is 'print'"), "{sink}");
    let format = error("'connector'='filesystem', 'path'='x', 'format'='jsn'");
    assert!(format.starts_with("unknown format 'jsn'; the formats are json, csv, raw"), "{format}");
    let path = error("'connector'='filesystem', 'format'='json'");
    assert!(
        path.starts_with("table 'e' lacks the option 'path', which connector 'filesystem' requires"),
        "{path}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn rows_do_not_depend_on_batches(values in prop::collection::vec(0i32..100, 0..50), batch_rows in 1usize..10) {
        let mut files = json();
        let text: String = values.iter().map(|n| format!("{{\"a\":{n}}}\n")).collect();
        files.write("in/a.json", text);
        files.batch_rows = Some(batch_rows);
        let expected: Vec<String> = values.iter().filter(|n| **n > 40).map(ToString::to_string).collect();
        prop_assert_eq!(files.rows("SELECT a FROM t WHERE a > 40"), expected);
    }
}
