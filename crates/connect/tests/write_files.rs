//! Writing `filesystem` tables: what appears, when, and what is taken back.

mod support;

use std::fs;
use std::time::Duration;

use support::*;

const ROWS: &str =
    "(VALUES (1, 'x', 10, 'a/b=c'), (2, 'y', 10, CAST(NULL AS STRING)), (3, 'z', 11, '')) AS v(a, b, p, q)";

#[test]
fn rows_appear_as_parts_and_come_back() {
    let mut files = Files::new();
    files.run("CREATE TABLE t (a INT, b STRING) WITH ('connector'='filesystem', 'path'='$D/new/out', 'format'='json')").unwrap();
    files.run(&format!("INSERT INTO t SELECT a, b FROM {ROWS}")).unwrap();
    files.run("INSERT INTO t VALUES (4, CAST(NULL AS STRING))").unwrap();
    let listing = files.listing("new/out");
    assert_eq!(listing.len(), 2, "{listing:?}");
    assert!(listing.iter().all(|(name, _)| name == "part-0-0"), "{listing:?}");
    let mut rows = files.rows("SELECT * FROM t");
    rows.sort();
    assert_eq!(rows, ["1|x", "2|y", "3|z", "4|-"]);
}

#[test]
fn partitions_are_directories_and_values_are_escaped() {
    let mut files = Files::new();
    let table = "CREATE TABLE t (a INT, b STRING, p INT, q STRING) PARTITIONED BY (p, q)
         WITH ('connector'='filesystem', 'path'='$D/out', 'format'='csv')";
    files.run(table).unwrap();
    files.run(&format!("INSERT INTO t SELECT * FROM {ROWS}")).unwrap();
    let part = |directory: &str, number: usize, text: &str| {
        (format!("{directory}/part-0-{number}"), text.to_owned())
    };
    let expected = [
        part("p=10/q=__DEFAULT_PARTITION__", 1, "2,y\n"),
        part("p=10/q=a%2Fb%3Dc", 0, "1,x\n"),
        part("p=11/q=__DEFAULT_PARTITION__", 2, "3,z\n"),
    ];
    assert_eq!(files.listing("out"), expected);
    assert_eq!(files.rows("SELECT * FROM t WHERE q = 'a/b=c'"), ["1|x|10|a/b=c"]);
    assert_eq!(files.rows("SELECT a, p FROM t WHERE q IS NULL AND p = 11"), ["3|11"]);
}

#[test]
fn overwriting_replaces_what_it_writes_to() {
    let mut files = Files::new();
    files
        .run(
            "CREATE TABLE t (a INT, p INT) PARTITIONED BY (p) WITH ('connector'='filesystem', 'path'='$D/parts', 'format'='csv');
             CREATE TABLE u (a INT) WITH ('connector'='filesystem', 'path'='$D/plain', 'format'='csv');
             INSERT INTO t VALUES (1, 1), (2, 2);
             INSERT INTO u VALUES (1), (2);
             INSERT OVERWRITE t VALUES (3, 2);
             INSERT OVERWRITE u SELECT a FROM u WHERE a = 2",
        )
        .unwrap();
    assert_eq!(files.rows("SELECT p, a FROM t ORDER BY p"), ["1|1", "2|3"]);
    assert_eq!(files.rows("SELECT a FROM u"), ["2"]);
    // A table without partitions is replaced by nothing, too.
    files.run("INSERT OVERWRITE u SELECT a FROM u WHERE a > 5").unwrap();
    assert_eq!(files.listing("plain"), []);
    let error = files
        .error("CREATE TABLE g (a INT) WITH ('connector'='datagen'); INSERT OVERWRITE u SELECT a FROM g");
    assert!(error.starts_with("INSERT OVERWRITE INTO 'u' needs a query that comes to an end"), "{error}");
}

#[test]
fn nothing_is_visible_before_the_commit_and_nothing_stays_after_a_failure() {
    let mut files = Files::new();
    files.write("in/a.json", "{\"a\":1}\n".repeat(100_000) + "nonsense\n");
    files
        .run(
            "CREATE TABLE i (a INT) WITH ('connector'='filesystem', 'path'='$D/in', 'format'='json');
             CREATE TABLE o (a INT, p INT) PARTITIONED BY (p) WITH ('connector'='filesystem', 'path'='$D/out', 'format'='json',
                'sink.rolling-policy.file-size'='100 kb')",
        )
        .unwrap();
    for lanes in ["1", "2"] {
        files.run(&format!("SET 'parallelism.default' = '{lanes}'")).unwrap();
        let error = files.error("INSERT INTO o SELECT a, 1 FROM i");
        assert!(error.ends_with("(file 'in/a.json', line 100001, byte 800000)"), "{error}");
        assert!(!files.path("out").exists());
    }
}

#[test]
fn big_parts_are_rolled_and_compressed_ones_come_back() {
    let mut files = Files::new();
    files
        .run(
            "CREATE TABLE g (a BIGINT) WITH ('connector'='datagen', 'rows-per-second'='1000000000', 'fields.a.kind'='sequence', 'fields.a.start'='1', 'fields.a.end'='50000')",
        )
        .unwrap();
    for (name, compression, extension) in [("n", "none", ""), ("gz", "gzip", ".gz"), ("zst", "zstd", ".zst")]
    {
        files
            .run(&format!(
                "CREATE TABLE {name} (a BIGINT) WITH ('connector'='filesystem', 'path'='$D/{name}', 'format'='csv',
                   'sink.compression'='{compression}', 'sink.rolling-policy.file-size'='100 kb');
                 INSERT INTO {name} SELECT * FROM g"
            ))
            .unwrap();
        let listing = files.listing(name);
        assert!(listing.len() >= 2, "{}", listing.len());
        assert_eq!(listing[1].0, format!("part-0-1{extension}"));
        assert_eq!(files.rows(&format!("SELECT COUNT(*), SUM(a) FROM {name}")), ["50000|1250025000"]);
    }
}

#[test]
fn many_partitions_do_not_need_as_many_open_files() {
    let mut files = Files::new();
    let values: Vec<String> = (0..2000).map(|n| format!("({n}, {})", n % 500)).collect();
    files
        .run("CREATE TABLE t (a INT, p INT) PARTITIONED BY (p) WITH ('connector'='filesystem', 'path'='$D/out', 'format'='csv')")
        .unwrap();
    files.batch_rows = Some(100);
    files.run(&format!("INSERT INTO t VALUES {}", values.join(", "))).unwrap();
    assert_eq!(files.rows("SELECT COUNT(*), COUNT(DISTINCT p), SUM(a) FROM t"), ["2000|500|1999000"]);
}

#[test]
fn a_path_that_is_no_directory_is_refused() {
    let mut files = Files::new();
    files.write("file", "");
    let mut error = |path: &str| {
        files.run(&format!("CREATE TEMPORARY TABLE t (a INT) WITH ('connector'='filesystem', 'path'='{path}', 'format'='csv')")).unwrap();
        let error = files.error("INSERT INTO t VALUES (1)");
        files.run("DROP TEMPORARY TABLE t").unwrap();
        error
    };
    let file = error("$D/file");
    assert!(
        file.contains("its path 'file' is a file, and a table is written as a directory of files"),
        "{file}"
    );
    assert!(error("$D/*.json").contains("is a pattern, which is for reading"));
    assert!(error("/dev/null/x").starts_with("cannot make the directory '/dev/null/x'"));
}

#[test]
fn a_stopped_job_commits_what_it_has_written() {
    let mut files = Files::new();
    files
        .run(
            "CREATE TABLE g (a INT) WITH ('connector'='datagen', 'rows-per-second'='100000');
             CREATE TABLE t (a INT) WITH ('connector'='filesystem', 'path'='$D/out', 'format'='csv')",
        )
        .unwrap();
    let job = files.prepare_insert("INSERT INTO t SELECT * FROM g");
    let stop = job.stop();
    let (mut lanes, settle) = job.into_lanes();
    for second in 0..3 {
        lanes[0].step(second * 1_000_000, Duration::ZERO).unwrap();
    }
    let hidden = files.listing("out");
    assert!(hidden.iter().all(|(name, _)| name == ".part-0-0.inprogress"), "{hidden:?}");
    stop.request();
    while lanes[0].step(4_000_000, Duration::ZERO).unwrap() != millstream_engine::LaneState::Done {}
    drop(lanes);
    let report = settle.settle(0).unwrap();
    assert!(report.stopped);
    let rows = files.rows("SELECT COUNT(*) FROM t");
    assert_eq!(rows, [report.figures.written[0].to_string()]);
    assert!(report.figures.written[0] > 0);
}

#[test]
fn parts_of_an_endless_job_appear_when_they_are_full() {
    let mut files = Files::new();
    files
        .run(
            "CREATE TABLE g (a INT) WITH ('connector'='datagen', 'rows-per-second'='100000');
             CREATE TABLE t (a INT) WITH ('connector'='filesystem', 'path'='$D/out', 'format'='csv', 'sink.rolling-policy.file-size'='10 kb')",
        )
        .unwrap();
    let job = files.prepare_insert("INSERT INTO t SELECT * FROM g");
    let (mut lanes, _) = job.into_lanes();
    for second in 0..3 {
        lanes[0].step(second * 1_000_000, Duration::ZERO).unwrap();
    }
    assert!(files.listing("out").iter().any(|(name, _)| name == "part-0-0"));
}

#[test]
fn a_full_disk_is_named() {
    // A small file system can be mounted only with rights that tests may not have: then /dev/full stands in, below.
    let mut files = Files::new();
    fs::create_dir(files.path("disk")).unwrap();
    let disk = files.path("disk");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&disk)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        return;
    }
    files
        .run(
            "CREATE TABLE g (a STRING) WITH ('connector'='datagen', 'rows-per-second'='1000000000', 'number-of-rows'='100000');
             CREATE TABLE t (a STRING) WITH ('connector'='filesystem', 'path'='$D/disk/out', 'format'='csv')",
        )
        .unwrap();
    let error = files.error("INSERT INTO t SELECT * FROM g");
    let left = files.listing("disk");
    std::process::Command::new("umount").arg(&disk).status().unwrap();
    assert!(error.starts_with("cannot write file 'disk/out/part-"), "{error}");
    assert!(error.ends_with("no space is left on the device; make room and run again"), "{error}");
    assert_eq!(left, []);
}
