//! Damage found, told, and taken out.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use millstream_log::inspect::{DumpedSection, FindingKind, dump_of, repair_of, verify_of};
use millstream_log::{
    Commit, ErrorKind, Faults, Log, Machines, Message, Offset, Options, QueueId, SimulatedDisk, Storage as _,
    Timestamp, TopicId, TopicSpec,
};
use proptest::prelude::*;

const QUEUES: u32 = 2;

fn options() -> Options {
    Options { segment_bytes: 8192, ..Options::default() }
}

fn open(disk: &SimulatedDisk) -> millstream_log::Result<Log> {
    Log::open_on(Arc::new(disk.clone()), options(), Machines::standard(), Timestamp(1))
}

/// A closed log of `commits` commits to two queues of topic `t`, with what each message says.
fn filled(commits: u32) -> (SimulatedDisk, TopicId, BTreeMap<(u32, Offset), String>) {
    let disk = SimulatedDisk::new(1, Faults::default());
    let log = open(&disk).unwrap();
    let topic =
        log.create_topic("t", TopicSpec { queues: QUEUES, ..TopicSpec::default() }, Timestamp(1)).unwrap();
    let group = log.create_group("g", Vec::new(), Timestamp(1)).unwrap();
    let mut written = BTreeMap::new();
    for number in 0..commits {
        let queue = number % QUEUES;
        let body = format!("message {number} {}", "x".repeat(100));
        let mut commit = Commit::new();
        let message = Message { keys: &[b"k"], ..Message::of(body.as_bytes()) };
        commit.message(topic, QueueId(queue), &message).unwrap();
        commit.offset(group, topic, QueueId(queue), u64::from(number));
        let receipt = log.commit(&commit, Timestamp(i64::from(number))).unwrap();
        written.insert((queue, receipt.queues[0].offset), body);
    }
    log.close().unwrap();
    (disk, topic, written)
}

/// A record: its file, where it stands there, and its messages.
type Placed = (String, Range<u64>, Vec<(u32, Offset)>);

fn records(disk: &SimulatedDisk) -> Vec<Placed> {
    let mut records = Vec::new();
    dump_of(disk, &mut |record| {
        let record = record.unwrap();
        let base: u64 = record.file.trim_end_matches(".log").parse().unwrap();
        let mut messages = Vec::new();
        for section in &record.sections {
            if let DumpedSection::Messages { batch, .. } = section {
                messages.extend(batch.messages().map(|message| (batch.queue().0, message.offset)));
            }
        }
        let start = record.position.0 - base;
        records.push((record.file, start..start + record.bytes, messages));
        true
    })
    .unwrap();
    records
}

fn read_all(log: &Log, topic: TopicId) -> BTreeMap<(u32, Offset), String> {
    let mut read = BTreeMap::new();
    for queue in 0..QUEUES {
        let mut cursor = log.cursor(topic, QueueId(queue), 0);
        while let Some(batch) = cursor.next_batch().unwrap() {
            for message in batch.messages() {
                let body = String::from_utf8(message.body().unwrap().to_vec()).unwrap();
                assert!(read.insert((queue, message.offset), body).is_none(), "read twice");
            }
        }
    }
    read
}

#[test]
fn a_whole_log_is_whole() {
    let (disk, topic, written) = filled(100);
    let verified = verify_of(&disk).unwrap();
    assert!(verified.is_whole());
    assert_eq!(verified.messages, 100);
    assert!(verified.segments > 1);
    assert_eq!(repair_of(&disk).unwrap().taken_out, []);
    assert_eq!(read_all(&open(&disk).unwrap(), topic), written);
}

#[test]
fn damage_in_the_newest_segment_stops_the_start_and_is_named() {
    let (disk, topic, written) = filled(100);
    let (file, range, lost) =
        records(&disk).into_iter().rev().find(|(_, _, messages)| !messages.is_empty()).unwrap();
    disk.flip(&file, range.end - 20, 3);
    let error = open(&disk).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert!(error.message.contains(&file) && error.message.contains("millstream log repair"), "{error}");
    let verified = verify_of(&disk).unwrap();
    assert!(!verified.is_whole());
    let finding = verified.findings.iter().find(|finding| finding.kind == FindingKind::Damage).unwrap();
    assert_eq!((&finding.file, finding.bytes), (&file, range.end - range.start));
    assert_eq!(Some(finding.position), error.position);

    assert_eq!(repair_of(&disk).unwrap().taken_out.len(), 1);
    let log = open(&disk).unwrap();
    let mut left = written;
    for place in lost {
        left.remove(&place);
    }
    assert_eq!(read_all(&log, topic), left);
}

#[test]
fn what_is_open_is_not_looked_at() {
    let (disk, ..) = filled(3);
    let _log = open(&disk).unwrap();
    let error = verify_of(&disk).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.message.contains("open in another process"), "{error}");
}

#[derive(Clone, Debug)]
enum Harm {
    Flip { file: prop::sample::Index, at: prop::sample::Index, bit: u8 },
    Zero { file: prop::sample::Index, at: prop::sample::Index, length: u64 },
    Cut { file: prop::sample::Index, at: prop::sample::Index },
    Remove { file: prop::sample::Index },
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (place(), place(), any::<u8>()).prop_map(|(file, at, bit)| Harm::Flip { file, at, bit }),
        3 => (place(), place(), 1..2000_u64).prop_map(|(file, at, length)| Harm::Zero { file, at, length }),
        1 => (place(), place()).prop_map(|(file, at)| Harm::Cut { file, at }),
        1 => place().prop_map(|file| Harm::Remove { file }),
    ]
}

impl Harm {
    /// Does it, and gives which bytes of which file were touched.
    fn work(&self, disk: &SimulatedDisk, files: &[String]) -> (String, Range<u64>) {
        // All but the first and the newest file may be missing and be found to be.
        let pick = |index: &prop::sample::Index| files[index.index(files.len())].clone();
        let length = |name: &str| disk.open(name).unwrap().length().unwrap();
        match self {
            Self::Flip { file, at, bit } => {
                let name = pick(file);
                let at = at.index(length(&name) as usize) as u64;
                disk.flip(&name, at, *bit);
                (name, at..at + 1)
            }
            Self::Zero { file, at, length: count } => {
                let name = pick(file);
                let length = length(&name);
                let at = at.index(length as usize) as u64;
                let count = (*count).min(length - at);
                let zeros = vec![0; count as usize];
                disk.open(&name).unwrap().write_at(&mut [std::io::IoSlice::new(&zeros)], at).unwrap();
                (name, at..at + count)
            }
            Self::Cut { file, at } => {
                let name = pick(file);
                let at = at.index(length(&name) as usize) as u64;
                disk.open(&name).unwrap().truncate(at).unwrap();
                (name, at..u64::MAX)
            }
            Self::Remove { file } => {
                let name = files[1 + file.index(files.len() - 2)].clone();
                disk.remove(&name).unwrap();
                (name, 0..u64::MAX)
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(150),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever was not touched is read again at its offset after a repair, and the log goes on.
    #[test]
    fn what_is_whole_survives_a_repair(harms in prop::collection::vec(harm(), 1..4)) {
        let (disk, topic, written) = filled(200);
        let records = records(&disk);
        let mut files: Vec<String> = records.iter().map(|(file, ..)| file.clone()).collect();
        files.dedup();
        let newest = files.last().cloned().unwrap();
        let mut touched: Vec<(String, Range<u64>)> = Vec::new();
        for harm in &harms {
            if disk.list().unwrap().len() < 4 { continue }
            let there = files.iter().filter(|name| disk.open(name).is_ok_and(|file| file.length().unwrap() > 0));
            let there: Vec<String> = there.cloned().collect();
            touched.push(harm.work(&disk, &there));
        }
        let harmed = |file: &str, range: &Range<u64>| touched.iter().any(|(name, at)| {
            // A cut or missing part of the newest file is a torn tail: nothing tells how long it was.
            name == file && at.start < range.end && range.start < at.end
        });
        repair_of(&disk).unwrap();
        let log = open(&disk).unwrap();
        let read = read_all(&log, topic);
        let mut torn = false;
        for (file, range, messages) in &records {
            torn |= file == &newest && harmed(file, range);
            for place in messages {
                let found = read.get(place);
                if let Some(found) = found {
                    prop_assert_eq!(found, &written[place]);
                } else {
                    // Behind a hurt record at the very end nothing may tell that it was durable.
                    prop_assert!(harmed(file, range) || torn, "{:?} is lost", place);
                }
            }
        }
        let mut commit = Commit::new();
        commit.message(topic, QueueId(0), &Message::of(b"on")).unwrap();
        let receipt = log.commit(&commit, Timestamp(1_000_000)).unwrap();
        let again = log.read(topic, QueueId(0), receipt.queues[0].offset, 1).unwrap();
        prop_assert_eq!(again[0].messages().next().unwrap().body(), Some(&b"on"[..]));
        log.close().unwrap();
        drop(log);
        prop_assert!(verify_of(&disk).unwrap().is_whole());
    }
}
