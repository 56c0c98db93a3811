//! Producers that wait for the disk with each message.

use std::path::Path;
use std::time::Duration;

use millstream_log::{Commit, Log, Message, TopicId, TopicSpec};

use super::raw::Raw;
use super::{Q, line, micros, open, percentile, rate};
use crate::clock::{self, Stopwatch};

const BODY_BYTES: usize = 1024;
const PRODUCERS: u64 = 64;
const EACH: u64 = 2000;
const ALONE: usize = 4000;
/// The log and the bare disk take turns, so that what the machine does meanwhile meets both.
const TURN: usize = 100;

fn send(log: &Log, topic: TopicId) -> Result<(), String> {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(&[b'x'; BODY_BYTES])).map_err(|e| e.message)?;
    log.commit(&commit, clock::now()).map(|_| ()).map_err(|e| e.message)
}

pub(super) fn run_many(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = log.create_topic("many", TopicSpec::default(), clock::now()).map_err(|e| e.message)?;
    let (syncs, start) = (log.syncs(), log.view(|view| view.tail()));
    let watch = Stopwatch::start();
    std::thread::scope(|scope| {
        let producers: Vec<_> =
            (0..PRODUCERS).map(|_| scope.spawn(|| (0..EACH).try_for_each(|_| send(&log, topic)))).collect();
        let mut ended = producers.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.try_for_each(|ended| ended.unwrap_or_else(|_| Err("a producer panicked".to_owned())))
    })?;
    let time = watch.elapsed();
    let syncs = (log.syncs() - syncs).max(1);
    let bytes = log.view(|view| view.tail()).0 - start.0;

    let mut raw = Raw::new(folder, bytes)?;
    let mut raw_time = Duration::ZERO;
    let each = usize::try_from(bytes / syncs).unwrap_or(usize::MAX);
    for _ in 0..syncs {
        raw_time += raw.write(each)?;
    }
    line(
        "64 producers, 1 KiB, fsync: messages an fsync",
        &format!("{:.1}", rate(PRODUCERS * EACH, Duration::from_secs(syncs))),
        "32",
        "",
    )?;
    line(
        "64 producers, 1 KiB, fsync: throughput",
        &format!(
            "{:.1} MB/s, {:.2} × raw",
            rate(bytes, time) / 1e6,
            raw_time.as_secs_f64() / time.as_secs_f64()
        ),
        "0.8 × raw",
        &format!("pwrite + fdatasync of the same bytes {:.1} MB/s", rate(bytes, raw_time) / 1e6),
    )
}

pub(super) fn run_one(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = log.create_topic("one", TopicSpec::default(), clock::now()).map_err(|e| e.message)?;
    let start = log.view(|view| view.tail());
    send(&log, topic)?;
    let record = usize::try_from(log.view(|view| view.tail()).0 - start.0).unwrap_or(usize::MAX);
    let mut raw = Raw::new(folder, (record * ALONE) as u64)?;
    let (mut ours, mut bare) = (Vec::with_capacity(ALONE), Vec::with_capacity(ALONE));
    while ours.len() < ALONE {
        for _ in 0..TURN {
            let watch = Stopwatch::start();
            send(&log, topic)?;
            ours.push(watch.elapsed());
        }
        for _ in 0..TURN {
            bare.push(raw.write(record)?);
        }
    }
    ours.sort_unstable();
    bare.sort_unstable();
    for percent in [50, 99] {
        let (ours, bare) = (percentile(&ours, percent), percentile(&bare, percent));
        line(
            &format!("one producer, 1 KiB, fsync each: p{percent}"),
            &format!("{}, {:.2} × raw", micros(ours), ours.as_secs_f64() / bare.as_secs_f64()),
            "1.3 × raw at most",
            &format!("pwrite + fdatasync {}", micros(bare)),
        )?;
    }
    Ok(())
}
