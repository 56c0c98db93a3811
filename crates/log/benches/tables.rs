//! How fast tables are: `cargo bench -p millstream-log --bench tables`.
//!
//! Cold means that nothing of the row is in this process's cache; the operating system may have it.
#![allow(clippy::disallowed_methods)] // It measures time.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]

use std::path::Path;
use std::time::Instant;

use millstream_log::{Commit, Log, Machines, Options, QueueId, Timestamp, TopicId, TopicSpec};

const ROWS: u64 = 1_000_000;
const NOW: Timestamp = Timestamp(1);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path(), Options::default());
    let table = log.create_topic("t", TopicSpec::table(), NOW).unwrap();
    let start = Instant::now();
    for chunk in 0..ROWS / 1000 {
        let mut commit = Commit::new();
        for number in chunk * 1000..(chunk + 1) * 1000 {
            commit.put(table, QueueId(0), &key(number), &[7; 100]).unwrap();
        }
        commit.relax();
        log.commit(&commit, NOW).unwrap();
        if chunk % 10 == 0 {
            log.tend_tables(NOW).unwrap();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    say(
        "put, 1 M rows of 100 bytes, 1,000 a commit",
        &format!("{:.2} M rows/s", ROWS as f64 / seconds / 1e6),
    );
    log.flush().unwrap();
    while log.tend_tables(NOW).unwrap() {}
    let (files, memory) = log.table_bytes();
    say("space", &format!("{:.1} MiB in files, {:.1} MiB in memory", mib(files), mib(memory)));
    gets(&log, table, "get, hot: 1,000 rows again and again", 2_000_000, |number| number % 1000);
    gets(&log, table, "get, any of 1 M rows, cache of 32 MiB", 1_000_000, |number| number * 7919 % ROWS);
    gets(&log, table, "get, hot: no such row", 1_000_000, |number| ROWS + number % 1000);
    let start = Instant::now();
    assert_eq!(log.scan_table(table, .., NOW).unwrap().count() as u64, ROWS);
    say("scan", &format!("{:.2} M rows/s", ROWS as f64 / start.elapsed().as_secs_f64() / 1e6));
    log.close().unwrap();
    drop(log);

    let start = Instant::now();
    let log = open(folder.path(), Options { table_cache_bytes: 64 << 10, ..Options::default() });
    say("open, closed before", &format!("{:.0} ms", start.elapsed().as_secs_f64() * 1e3));
    gets(&log, table, "get, cold: any of 1 M rows, no cache", 300_000, |number| number * 7919 % ROWS);
    drop(log);

    std::fs::remove_dir_all(folder.path().join("tables")).unwrap();
    let start = Instant::now();
    let log = open(folder.path(), Options::default());
    let opened = start.elapsed().as_secs_f64();
    let mut longest = 0.0_f64;
    let mut more = true;
    while more {
        let tick = Instant::now();
        more = log.tend_tables(NOW).unwrap();
        longest = longest.max(tick.elapsed().as_secs_f64());
    }
    let all = start.elapsed().as_secs_f64();
    say(
        "made again from the log, 1 M rows",
        &format!(
            "{:.0} ms, of them {:.0} ms to open; the longest tick {:.0} ms",
            all * 1e3,
            opened * 1e3,
            longest * 1e3
        ),
    );
    assert_eq!(log.get(table, &key(7), NOW).unwrap().unwrap().value, [7; 100]);
}

fn open(folder: &Path, options: Options) -> Log {
    Log::open(folder, options, Machines::new(), NOW).unwrap()
}

fn key(number: u64) -> [u8; 16] {
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&spread.to_be_bytes());
    key[8..].copy_from_slice(&number.to_be_bytes());
    key
}

fn gets(log: &Log, table: TopicId, what: &str, count: u64, which: impl Fn(u64) -> u64) {
    let run = |count: u64| {
        let start = Instant::now();
        for number in 0..count {
            std::hint::black_box(log.get(table, &key(which(number)), NOW).unwrap());
        }
        start.elapsed().as_secs_f64() / count as f64 * 1e6
    };
    run(count / 10);
    let micros = (0..3).map(|_| run(count)).fold(f64::INFINITY, f64::min);
    say(what, &format!("{micros:.2} µs"));
}

fn say(what: &str, figures: &str) {
    println!("{what:<45} {figures}");
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
