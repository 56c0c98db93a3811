//! Rows of a table, from memory and from the disk.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use millstream_log::{Commit, Log, TopicId, TopicSpec};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

use super::{Q, line, micros, open, percentile};
use crate::clock::{self, Stopwatch};

const ROWS: u64 = 1_000_000;
const BATCH: u64 = 1000;
const STEP: usize = 1000;
const HOT: u64 = 10_000;
const COLD: u64 = 2000;

pub(super) fn run(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let table = log.create_topic("rows", TopicSpec::table(), clock::now()).map_err(|e| e.message)?;
    for first in (0..ROWS).step_by(STEP) {
        let mut commit = Commit::new();
        for row in first..first + BATCH {
            commit.put(table, Q, &key(row), &[b'x'; 100]).map_err(|e| e.message)?;
        }
        commit.relax();
        log.commit(&commit, clock::now()).map_err(|e| e.message)?;
    }
    log.close().map_err(|e| e.message)?;
    drop(log);
    let log = open(folder)?;
    // Spread over the whole table: few of them share a block of its files.
    let hot: Vec<u64> = (0..HOT).map(|row| row * (ROWS / HOT)).collect();
    get_all(&log, table, &hot)?;
    let watch = Stopwatch::start();
    for _ in 0..20 {
        get_all(&log, table, &hot)?;
    }
    let each = watch.elapsed() / u32::try_from(20 * HOT).unwrap_or(u32::MAX);
    line("table get, hot", &micros(each), "1 µs", "")?;
    drop(log);
    forget_pages(&folder.join("tables"));
    let log = open(folder)?;
    let mut times = Vec::new();
    for turn in 0..COLD {
        let row = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) % ROWS;
        let watch = Stopwatch::start();
        get_all(&log, table, &[row])?;
        times.push(watch.elapsed());
    }
    times.sort_unstable();
    let mean = times.iter().sum::<Duration>() / u32::try_from(COLD).unwrap_or(u32::MAX);
    line(
        "table get, cold (first reads of random rows; pages of the files forgotten)",
        &format!("p50 {}, mean {}", micros(percentile(&times, 50)), micros(mean)),
        "20 µs",
        "",
    )
}

fn key(row: u64) -> [u8; 16] {
    let mut key = [0; 16];
    let (name, number) = key.split_at_mut(8);
    name.copy_from_slice(b"account-");
    number.copy_from_slice(&row.to_be_bytes());
    key
}

fn get_all(log: &Log, table: TopicId, rows: &[u64]) -> Result<(), String> {
    for row in rows {
        let found = log.get(table, &key(*row), clock::now()).map_err(|e| e.message)?;
        if found.is_none_or(|found| found.value.len() != 100) {
            return Err(format!("row {row} is not there"));
        }
    }
    Ok(())
}

/// Asks the operating system to forget what it has of the files in `folder`.
fn forget_pages(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            forget_pages(&path);
        } else if let Ok(file) = File::open(&path) {
            // What is not on disk yet is not forgotten.
            let _ = file.sync_all();
            let _ = posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
        }
    }
}
