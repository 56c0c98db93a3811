//! How fast and how small the state of leases and delays is: `cargo bench -p millstream-log --bench state`.
//!
//! Everything but the disk: deciding, encoding the entries, taking them in.
#![allow(clippy::disallowed_methods)] // It measures time.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]
#![allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)]

use std::time::Instant;

use millstream_log::delay::Delay;
use millstream_log::groups::{Fresh, GroupPolicy, Handle, Leases, Order, QueueKey, Receive};
use millstream_log::{GroupId, Position, QueueId, StateMachine, Timestamp, TopicId};

const BATCH: usize = 32;

fn main() {
    delays();
    for (name, order, lanes, in_flight) in [
        ("leases, no order, acked at once", Order::Free, 1, 0),
        ("leases, no order, 50,000 in flight", Order::Free, 1, 50_000),
        ("leases, FIFO, 1 ordering group", Order::Fifo, 1, 0),
        ("leases, FIFO, 1,000 ordering groups", Order::Fifo, 1_000, 0),
        ("leases, FIFO, 1 M ordering groups, 50,000 in flight", Order::Fifo, 1_000_000, 50_000),
    ] {
        leases(name, order, lanes, in_flight);
    }
}

/// Receives and acknowledges batches of 32, the acknowledgement `in_flight` messages behind.
fn leases(name: &str, order: Order, lanes: u64, in_flight: usize) {
    let messages = 2_000_000_u64;
    let policy = GroupPolicy { order, ..GroupPolicy::default() };
    let key = QueueKey { group: GroupId(1), topic: TopicId(1), queue: QueueId(0) };
    let mut leases = Leases::default();
    let mut pending: std::collections::VecDeque<Vec<Handle>> = std::collections::VecDeque::new();
    let (mut open, mut acked, mut bytes, mut at) = (0, 0_u64, 0, 0);
    let start = Instant::now();
    while acked < messages {
        at += 1;
        let now = Timestamp(at as i64 / 10);
        let next = leases.next(key).unwrap_or(0);
        // What a scan of message entries gives; with order, a window that others may be parked in.
        let fresh: Vec<Fresh> = (next..next + BATCH as u64)
            .map(|offset| Fresh { offset, wanted: true, lane: offset * 7919 % lanes })
            .collect();
        let call = Receive {
            key,
            max: BATCH,
            invisible_ms: 60_000,
            attempt_id: None,
            start: 0,
            begin: 0,
            fresh: &fresh,
        };
        let received = leases.receive(call, &policy, now).unwrap();
        if let Some(entry) = received.entry {
            bytes += entry.len();
            leases.apply(Position(at), now, &entry).unwrap();
        }
        open += received.leased.len();
        pending.push_back(received.leased.iter().map(|leased| leased.handle).collect());
        while open > in_flight {
            let Some(handles) = pending.pop_front() else { break };
            open -= handles.len();
            let (answers, entries) = leases.ack(&handles, now);
            acked += answers.iter().filter(|answer| answer.is_ok()).count() as u64;
            for entry in entries {
                bytes += entry.len();
                leases.apply(Position(at), now, &entry).unwrap();
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = acked as f64 / seconds / 1e6;
    println!("{name:<55} {rate:>6.2} M msg/s   {:>5.2} B of entries a message", bytes as f64 / acked as f64);
}

/// A million messages, due at random in the next year.
fn delays() {
    const COUNT: u64 = 1_000_000;
    let before = resident_mib();
    let mut delay = Delay::default();
    let mut random = 1_u64;
    let start = Instant::now();
    for at in 0..COUNT {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let due = Timestamp(1_700_000_000_000 + (random >> 33) as i64 % 31_536_000_000);
        let (entry, _) = delay.schedule(&[(due, 0)]).unwrap();
        delay.apply(Position(at * 1100), Timestamp(0), &entry).unwrap();
    }
    let rate = COUNT as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!(
        "delay, 1 M in any order, one an entry {rate:>24.2} M msg/s   {:.1} MiB more resident",
        resident_mib() - before
    );
    let start = Instant::now();
    let mut snapshot = Vec::new();
    delay.snapshot(&mut snapshot);
    println!(
        "delay, snapshot of 1 M: {:.1} MiB in {:.0} ms, {:.1} MiB more resident",
        snapshot.len() as f64 / f64::from(1 << 20),
        start.elapsed().as_secs_f64() * 1e3,
        resident_mib() - before
    );
    let start = Instant::now();
    let mut restored = Delay::default();
    restored.restore(&snapshot).unwrap();
    println!("delay, restored {} in {:.0} ms", restored.len(), start.elapsed().as_secs_f64() * 1e3);
    drop(restored);
    let start = Instant::now();
    let mut fired = 0;
    while !delay.is_empty() {
        let due = delay.due(Timestamp(i64::MAX), 1024);
        fired += due.len();
        if let Some(entry) = delay.fired(&due) {
            delay.apply(Position(COUNT * 1100), Timestamp(0), &entry).unwrap();
        }
    }
    println!(
        "delay, fired in batches of 1,024 {:>29.2} M msg/s",
        fired as f64 / start.elapsed().as_secs_f64() / 1e6
    );
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}
