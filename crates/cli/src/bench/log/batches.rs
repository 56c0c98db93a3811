//! Batches of small messages without fsync, and reading them.

use std::path::Path;

use millstream_log::{Commit, Message};

use super::{Q, line, open, rate, relaxed_topic, usage};
use crate::clock;

const MESSAGES: u64 = 10_000_000;
const BATCH: u64 = 1000;

pub(super) fn run(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = relaxed_topic(&log, "batches")?;
    let body = [b'x'; 100];
    let start = log.view(|view| view.tail());
    let cpu = usage::cpu();
    for _ in 0..MESSAGES / BATCH {
        let mut commit = Commit::new();
        for _ in 0..BATCH {
            commit.message(topic, Q, &Message::of(&body)).map_err(|e| e.message)?;
        }
        log.commit(&commit, clock::now()).map_err(|e| e.message)?;
    }
    let appended = rate(MESSAGES, usage::cpu().saturating_sub(cpu)) / 1e6;
    line(
        "batch append, 100 B messages, no fsync",
        &format!("{appended:.1} M msg per CPU-second"),
        "3 M msg per CPU-second",
        "",
    )?;
    let bytes = log.view(|view| view.tail()).0 - start.0;
    // The second time it is in the page cache.
    let mut read = 0.0;
    for _ in 0..2 {
        let cpu = usage::cpu();
        let mut cursor = log.cursor(topic, Q, 0);
        let mut messages = 0;
        while let Some(batch) = cursor.next_batch().map_err(|e| e.message)? {
            messages += batch.len() as u64;
        }
        if messages != MESSAGES {
            return Err(format!("{messages} of {MESSAGES} messages were read"));
        }
        read = rate(bytes, usage::cpu().saturating_sub(cpu)) / 1e9;
    }
    line(
        "sequential read with CRC check, page cache",
        &format!("{read:.1} GB per CPU-second"),
        "3 GB/s a core",
        "",
    )
}
