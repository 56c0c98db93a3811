//! What retention and compaction let go, what they leave, and that the space comes back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_wrap)]

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use millstream_log::delay::Later;
use millstream_log::inspect::verify;
use millstream_log::{
    Change, Commit, ErrorKind, Faults, Log, Machines, Message, Options, QueueId, Retained, SimulatedDisk,
    Timestamp, TopicId, TopicSpec,
};

const Q: QueueId = QueueId(0);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn options() -> Options {
    Options { segment_bytes: 64 << 10, ..Options::default() }
}

fn open(folder: &Path) -> Log {
    Log::open(folder, options(), Machines::standard(), Timestamp(1)).unwrap()
}

/// Sends a message of about a kilobyte.
fn send(log: &Log, topic: TopicId, number: u64, now: i64) {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(body(number).as_bytes())).unwrap();
    commit.relax();
    log.commit(&commit, Timestamp(now)).unwrap();
}

fn body(number: u64) -> String {
    format!("{number} {}", "x".repeat(1000))
}

/// The numbers of the messages that can be read.
fn numbers(log: &Log, topic: TopicId) -> Vec<u64> {
    let mut cursor = log.cursor(topic, Q, 0);
    let mut found = Vec::new();
    while let Some(batch) = cursor.next_batch().unwrap() {
        for message in batch.messages() {
            let text = String::from_utf8_lossy(message.body().unwrap()).into_owned();
            let (number, _) = text.split_once(' ').unwrap();
            assert_eq!(message.offset.to_string(), number);
            found.push(message.offset);
        }
    }
    found
}

/// How much of the disk the segments take.
fn disk_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder.join("log")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().blocks() * 512).sum()
}

#[test]
fn messages_go_when_their_time_is_over_segment_by_segment() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let spec = TopicSpec { retention_ms: Some(1000), ..TopicSpec::default() };
    let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
    for number in 0..1000 {
        send(&log, topic, number, 1000 + number as i64);
    }
    assert_eq!(log.retain(Timestamp(2000)).unwrap(), Retained::default());
    let retained = log.retain(Timestamp(2500)).unwrap();
    let left = numbers(&log, topic);
    let first = left[0];
    // What was stored at 1500 or later stays; a segment holds some 60 messages.
    assert!((400..=500).contains(&first), "begins at {first}");
    assert_eq!(left, (first..1000).collect::<Vec<_>>());
    assert_eq!((retained.messages, retained.rewritten), (first, 0));
    assert_eq!(log.earliest(topic, Q).unwrap(), first);
    let before = disk_bytes(folder.path());
    log.retain(Timestamp(1_000_000)).unwrap();
    // The newest segment, and the two in front of it, stay.
    assert!(disk_bytes(folder.path()) < before / 2);
    assert!(numbers(&log, topic).len() < 70);
    drop(log);
    log = open(folder.path());
    assert!(numbers(&log, topic).len() < 70);
    send(&log, topic, 1000, 1_000_001);
    assert_eq!(numbers(&log, topic).last(), Some(&1000));
    drop(log);
    assert!(verify(folder.path()).unwrap().is_whole());
}

#[test]
fn messages_go_when_there_are_too_many_bytes_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let spec = TopicSpec { retention_bytes: Some(300_000), ..TopicSpec::default() };
    let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
    for number in 0..1000 {
        send(&log, topic, number, 1);
    }
    log.retain(Timestamp(2)).unwrap();
    let left = numbers(&log, topic).len();
    assert!((300..400).contains(&left), "{left} messages of about 1 kB are left");
}

#[test]
fn what_one_topic_keeps_does_not_keep_what_another_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let kept = log.create_topic("kept", TopicSpec::default(), Timestamp(1)).unwrap();
    let gone = log.create_topic("gone", TopicSpec::default(), Timestamp(1)).unwrap();
    for number in 0..3000 {
        send(&log, gone, number, 1);
        if number % 10 == 0 {
            send(&log, kept, number / 10, 1);
        }
    }
    let before = disk_bytes(folder.path());
    // A reader that is in the middle of a file that is about to be replaced.
    let mut reader = log.cursor(kept, Q, 0);
    let first = reader.next_batch().unwrap().unwrap();
    log.change(Change::DeleteTopic { id: gone }, Timestamp(2)).unwrap();
    let retained = log.retain(Timestamp(3)).unwrap();
    assert!(retained.rewritten > 40, "{retained:?}");
    assert_eq!(numbers(&log, kept), (0..300).collect::<Vec<_>>());
    let mut read = first.len();
    while let Some(batch) = reader.next_batch().unwrap() {
        read += batch.len();
    }
    assert_eq!(read, 300);
    drop((first, reader));
    let after = disk_bytes(folder.path());
    assert!(after < before / 3, "{after} of {before} bytes are still in use");
    assert_eq!(log.retain(Timestamp(4)).unwrap(), Retained::default(), "a second look finds nothing to do");
    drop(log);
    log = open(folder.path());
    assert_eq!(log.retain(Timestamp(4)).unwrap(), Retained::default(), "nor does one after opening");
    assert_eq!(numbers(&log, kept), (0..300).collect::<Vec<_>>());
    drop(log);
    let verified = verify(folder.path()).unwrap();
    assert!(verified.is_whole() && verified.gap_bytes == 0, "{verified:?}");
    assert!(verified.reclaimed_bytes > 2_000_000, "{verified:?}");
}

#[test]
fn a_table_keeps_the_latest_row_of_each_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
    let mut rows = BTreeMap::new();
    for number in 0..4000_u64 {
        // Most are put again and again; every hundredth has a key of its own; some are deleted.
        let key = if number % 100 == 0 { format!("own {number}") } else { format!("{}", number % 50) };
        let mut commit = Commit::new();
        if number % 50 == 7 {
            commit.delete(table, Q, key.as_bytes()).unwrap();
            rows.insert(key, None);
        } else {
            commit.put(table, Q, key.as_bytes(), body(number).as_bytes()).unwrap();
            rows.insert(key, Some(body(number)));
        }
        commit.relax();
        log.commit(&commit, Timestamp(1)).unwrap();
    }
    let before = disk_bytes(folder.path());
    let retained = log.retain(Timestamp(2)).unwrap();
    assert!(retained.rewritten > 40, "{retained:?}");
    let after = disk_bytes(folder.path());
    assert!(after < before / 4, "{after} of {before} bytes are still in use");
    for _ in 0..2 {
        for (key, value) in &rows {
            let row = log.get(table, key.as_bytes(), Timestamp(2)).unwrap().map(|row| row.value);
            assert_eq!(row.as_deref(), value.as_deref().map(str::as_bytes), "row {key}");
        }
        drop(log);
        log = open(folder.path());
    }
    // Those who read the table's messages see that rows were deleted for a day.
    let tombstones = |log: &Log| {
        let mut cursor = log.cursor(table, Q, 0);
        let mut found = 0;
        while let Some(batch) = cursor.next_batch().unwrap() {
            found += batch.messages().filter(|message| message.body().is_none()).count();
        }
        found
    };
    let (first, bytes) = (tombstones(&log), disk_bytes(folder.path()));
    assert!(first >= 1);
    log.retain(Timestamp(2 * DAY)).unwrap();
    assert!(tombstones(&log) <= first && disk_bytes(folder.path()) <= bytes);
    assert_eq!(log.get(table, b"7", Timestamp(2 * DAY)).unwrap(), None);
}

#[test]
fn delayed_messages_leave_their_segments_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let spec = TopicSpec { retention_ms: Some(1000), ..TopicSpec::default() };
    let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
    let alarm = log.create_topic("alarm", TopicSpec::default(), Timestamp(1)).unwrap();
    let due = Timestamp(3 * 365 * DAY);
    let message = Message::of(b"0 in three years");
    let later = Later { topic: alarm, queue: Q, message, due };
    log.send_later(&[later], Timestamp(1)).unwrap();
    for number in 0..1000 {
        send(&log, topic, number, 10);
    }
    let retained = log.retain(Timestamp(5000)).unwrap();
    assert!(retained.dropped > 10, "{retained:?}");
    drop(log);
    log = open(folder.path());
    assert_eq!(numbers(&log, alarm), [] as [u64; 0]);
    log.tick(due).unwrap();
    assert_eq!(numbers(&log, alarm), [0]);
}

#[test]
fn a_full_disk_refuses_commits_serves_readers_and_recovers_when_messages_expire() {
    let disk = SimulatedDisk::new(1, Faults::default());
    disk.set_capacity(Some(1 << 20));
    let options = Options { reserve_bytes: 128 << 10, ..options() };
    let log = Log::open_on(Arc::new(disk.clone()), options, Machines::new(), Timestamp(1)).unwrap();
    let spec = TopicSpec { retention_ms: Some(1000), ..TopicSpec::default() };
    let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
    let mut sent = 0;
    let refused = loop {
        let mut commit = Commit::new();
        commit.message(topic, Q, &Message::of(body(sent).as_bytes())).unwrap();
        match log.commit(&commit, Timestamp(10)) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 2000, "the disk is never full");
    };
    assert_eq!(refused.kind, ErrorKind::Full, "{refused}");
    assert!(refused.message.contains("free some space"), "{refused}");
    assert!(sent > 600);
    assert_eq!(numbers(&log, topic).len() as u64, sent);
    // Nothing has expired yet.
    log.retain(Timestamp(500)).unwrap();
    assert_eq!(log.commit(&one(topic, sent), Timestamp(500)).unwrap_err().kind, ErrorKind::Full);
    let retained = log.retain(Timestamp(5000)).unwrap();
    assert!(retained.dropped > 5, "{retained:?}");
    log.commit(&one(topic, sent), Timestamp(5000)).unwrap();
    assert_eq!(numbers(&log, topic).last(), Some(&sent));
}

fn one(topic: TopicId, number: u64) -> Commit {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(body(number).as_bytes())).unwrap();
    commit
}

#[test]
fn what_a_crash_left_half_written_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    send(&log, topic, 0, 1);
    drop(log);
    for name in ["00000000000000000000.rewrite", "00000000000000077777.index"] {
        std::fs::write(folder.path().join("log").join(name), b"half").unwrap();
    }
    let log = open(folder.path());
    assert_eq!(numbers(&log, topic), [0]);
    let names = std::fs::read_dir(folder.path().join("log")).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["00000000000000000000.log"]);
}

#[test]
fn a_table_has_no_retention() {
    let log = Log::in_memory(options(), Machines::new(), Timestamp(1)).unwrap();
    let spec = TopicSpec { retention_ms: Some(1000), ..TopicSpec::table() };
    let error = log.create_topic("t", spec, Timestamp(1)).unwrap_err();
    assert!(error.message.contains("time to live"), "{error}");
}
