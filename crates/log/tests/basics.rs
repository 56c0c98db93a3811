//! What is committed can be read, now and after reopening.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap)]

use std::sync::Arc;
use std::time::Duration;

use millstream_log::{
    Change, Commit, Compression, Durability, ErrorKind, Log, Machines, Message, Options, Position, QueueId,
    Result, Start, StateMachine, Storage as _, Timestamp, TopicId, TopicSpec,
};

const Q: QueueId = QueueId(0);

fn small() -> Options {
    Options { segment_bytes: 4096, ..Options::default() }
}

fn open(folder: &std::path::Path) -> Log {
    Log::open(folder, small(), Machines::new(), Timestamp(1)).unwrap()
}

fn bodies(log: &Log, topic: TopicId, from: u64) -> Vec<(u64, String)> {
    let mut cursor = log.cursor(topic, Q, from);
    let mut found = Vec::new();
    while let Some(batch) = cursor.next_batch().unwrap() {
        for message in batch.messages() {
            let body = message.body().map(|body| String::from_utf8_lossy(body).into_owned());
            found.push((message.offset, body.unwrap_or_default()));
        }
    }
    found
}

fn send(log: &Log, topic: TopicId, body: &str, now: i64) -> u64 {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(body.as_bytes())).unwrap();
    log.commit(&commit, Timestamp(now)).unwrap().queues[0].offset
}

#[test]
fn messages_are_there_after_reopening_across_segments() {
    let folder = tempfile::tempdir().unwrap();
    let open = || open(folder.path());
    let log = open();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    let expected: Vec<(u64, String)> = (0..300).map(|n| (n, format!("body {n}"))).collect();
    for (n, body) in &expected {
        assert_eq!(send(&log, topic, body, 10 + *n as i64), *n);
    }
    assert_eq!(bodies(&log, topic, 0), expected);
    assert_eq!(bodies(&log, topic, 123), expected[123..]);
    drop(log);
    let log = open();
    let topic = log.view(|view| view.topic_named("t")).unwrap().id;
    assert_eq!(bodies(&log, topic, 0), expected);
    assert_eq!(bodies(&log, topic, 299), expected[299..]);
    assert_eq!(send(&log, topic, "more", 0), 300);
    assert_eq!(log.latest(topic, Q).unwrap(), 301);
    assert!(
        std::fs::read_dir(folder.path().join("log")).unwrap().count() > 4,
        "several segments and indexes"
    );
    assert_eq!(log.start_offset(topic, Q, Start::Time(Timestamp(10 + 77))).unwrap(), 77);
    assert_eq!(log.start_offset(topic, Q, Start::Time(Timestamp(i64::MAX))).unwrap(), 301);
    assert_eq!(log.start_offset(topic, Q, Start::Time(Timestamp(0))).unwrap(), 0);
}

#[test]
fn old_segments_have_their_indexes_without_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let open = || open(folder.path());
    let names = |suffix: &str| -> Vec<String> {
        let entries = std::fs::read_dir(folder.path().join("log")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut bases: Vec<_> =
            names.filter_map(|name| name.strip_suffix(suffix).map(ToOwned::to_owned)).collect();
        bases.sort();
        bases
    };
    let log = open();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    for n in 0..300 {
        send(&log, topic, &format!("body {n}"), 10);
    }
    // As after a crash.
    drop(log);
    let segments = names(".log");
    assert!(segments.len() > 5, "{segments:?}");
    assert_eq!(names(".index"), segments[..segments.len() - 2]);

    // All of them are lost: a look at an old message makes a few again.
    for base in names(".index") {
        std::fs::remove_file(folder.path().join("log").join(base + ".index")).unwrap();
    }
    let log = open();
    let topic = log.view(|view| view.topic_named("t")).unwrap().id;
    assert_eq!(log.read(topic, Q, 150, 1).unwrap()[0].base_offset(), 150);
    let made = names(".index").len();
    assert!((1..=segments.len().ilog2() as usize + 1).contains(&made), "{made} of {}", segments.len());
    assert_eq!(bodies(&log, topic, 0).len(), 300);
}

#[test]
fn the_index_of_a_segment_that_is_open_again_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let open = || open(folder.path());
    let log = open();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    send(&log, topic, "a", 1);
    drop(log);
    let index = folder.path().join("log").join("00000000000000000000.index");
    std::fs::write(&index, b"of what a crash took back").unwrap();
    assert_eq!(bodies(&open(), topic, 0), [(0, "a".to_owned())]);
    assert!(!index.exists());
}

#[test]
fn a_message_keeps_all_its_parts() {
    for compression in [Compression::None, Compression::Lz4, Compression::Zstd] {
        let log = Log::in_memory(small(), Machines::new(), Timestamp(1)).unwrap();
        let spec = TopicSpec { compression, ..TopicSpec::default() };
        let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
        let body = vec![b'x'; 1000];
        let message = Message {
            body: Some(&body),
            keys: &[b"k1", b"k2"],
            tag: b"tag",
            unique_id: b"id-1",
            ordering: b"group",
            properties: &[("a", "1"), ("b", "")],
            born: Timestamp(5),
        };
        let mut commit = Commit::new();
        commit.message(topic, Q, &Message::of(b"")).unwrap();
        commit.message(topic, Q, &message).unwrap();
        commit.message(topic, Q, &Message { keys: &[b"gone"], ..Message::default() }).unwrap();
        log.commit(&commit, Timestamp(9)).unwrap();
        let batch = log.cursor(topic, Q, 0).next_batch().unwrap().unwrap();
        assert_eq!(batch.len(), 3);
        assert_eq!(batch.bodies(), body);
        assert_eq!(batch.body_range(1), 0..1000);
        let seen: Vec<_> = batch.messages().collect();
        assert_eq!(seen[0].body(), Some(&b""[..]));
        assert_eq!(seen[1].body(), Some(&body[..]));
        assert_eq!(seen[1].keys().collect::<Vec<_>>(), [b"k1", b"k2"]);
        assert_eq!(seen[1].tag(), b"tag");
        assert_eq!(seen[1].unique_id(), b"id-1");
        assert_eq!(seen[1].ordering(), b"group");
        assert_eq!(seen[1].properties().collect::<Vec<_>>(), [("a", "1"), ("b", "")]);
        assert_eq!((seen[1].born(), seen[1].store_time), (Timestamp(5), Timestamp(9)));
        assert_eq!(seen[1].tag_hash(), millstream_log::tag_hash(b"tag"));
        assert_eq!((seen[2].body(), seen[2].key()), (None, Some(&b"gone"[..])));
        let (batch, index) = log.find_key(topic, b"k2", 10).unwrap().remove(0);
        assert_eq!(batch.message(index).unwrap().offset, 1);
        let (batch, index) = log.find_unique_id(topic, b"id-1").unwrap().unwrap();
        assert_eq!(batch.message(index).unwrap().offset, 1);
        assert!(log.find_unique_id(topic, b"k1").unwrap().is_none(), "a key is no unique id");
    }
}

#[test]
fn one_commit_is_seen_whole_and_offsets_survive() {
    let folder = tempfile::tempdir().unwrap();
    let open = || open(folder.path());
    let log = open();
    let a = log.create_topic("a", TopicSpec { queues: 2, ..TopicSpec::default() }, Timestamp(1)).unwrap();
    let table = log.create_topic("table", TopicSpec::table(), Timestamp(1)).unwrap();
    let group = log.create_group("g", vec![("order".into(), "free".into())], Timestamp(1)).unwrap();
    let mut commit = Commit::new();
    commit.message(a, QueueId(0), &Message::of(b"0")).unwrap();
    commit.message(a, QueueId(1), &Message::of(b"1")).unwrap();
    commit.message(a, QueueId(0), &Message::of(b"2")).unwrap();
    commit.put(table, Q, b"key", b"old").unwrap();
    commit.put(table, Q, b"key", b"new").unwrap();
    commit.put(table, Q, b"other", b"x").unwrap();
    commit.delete(table, Q, b"other").unwrap();
    commit.offset(group, a, QueueId(1), 1);
    let receipt = log.commit(&commit, Timestamp(2)).unwrap();
    assert_eq!(receipt.queues.len(), 3);
    let check = |log: &Log| {
        assert_eq!(log.committed(group, a, QueueId(1)), Some(1));
        assert_eq!(log.committed(group, a, QueueId(0)), None);
        assert_eq!(log.get(table, b"key", Timestamp(2)).unwrap().unwrap().value, b"new");
        assert_eq!(log.get(table, b"other", Timestamp(2)).unwrap(), None);
        assert_eq!(bodies(log, a, 0).len(), 2);
        assert_eq!(log.view(|view| view.group_named("g")).unwrap().attributes[0].1, "free");
    };
    check(&log);
    drop(log);
    check(&open());
}

#[test]
fn what_is_not_there_is_refused_and_nothing_happens() {
    let log = Log::in_memory(small(), Machines::new(), Timestamp(1)).unwrap();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(b"good")).unwrap();
    commit.message(topic, QueueId(7), &Message::of(b"bad")).unwrap();
    let error = log.commit(&commit, Timestamp(2)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    assert_eq!(error.message, "topic 't' has no queue 7; its queues are 0 to 0");
    assert_eq!(log.latest(topic, Q).unwrap(), 0);
    assert_eq!(
        log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap_err().kind,
        ErrorKind::InvalidInput
    );
    assert_eq!(
        log.create_topic("a b", TopicSpec::default(), Timestamp(1)).unwrap_err().kind,
        ErrorKind::InvalidInput
    );
    let mut state = Commit::new();
    state.state(99, b"x");
    assert_eq!(log.commit(&state, Timestamp(2)).unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(send(&log, topic, "fine", 3), 0);
}

#[test]
fn a_second_process_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).unwrap();
    let second = Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).err().unwrap();
    assert_eq!(second.kind, ErrorKind::Unavailable);
    assert!(second.message.contains("is open in another process"), "{second}");
    drop(log);
    Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).unwrap();
}

/// Counts, and remembers the sum of its entries.
#[derive(Default)]
struct Sum(u64);

impl StateMachine for Sum {
    fn kind(&self) -> u16 {
        7
    }

    fn check(&self, entry: &[u8]) -> Result<()> {
        if entry.len() == 1 { Ok(()) } else { Err(millstream_log::Error::invalid("one byte is wanted")) }
    }

    fn apply(&mut self, _: Position, _: Timestamp, entry: &[u8]) -> Result<()> {
        self.0 += u64::from(entry[0]);
        Ok(())
    }

    fn snapshot(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        self.0 = u64::from_le_bytes(snapshot.try_into().unwrap());
        Ok(())
    }
}

#[test]
fn state_machines_come_back_from_snapshots_and_entries() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        || Log::open(folder.path(), small(), Machines::new().with(Sum::default()), Timestamp(1)).unwrap();
    let log = open();
    for n in 0..200_u64 {
        let decided = log.transact(Timestamp(1), |view| {
            let sum = view.machine::<Sum>().unwrap().0;
            assert_eq!(sum, n);
            let mut commit = Commit::new();
            commit.state(7, &[1]);
            Ok((commit, sum))
        });
        assert_eq!(decided.unwrap().1, n);
    }
    let mut bad = Commit::new();
    bad.state(7, b"too long");
    assert_eq!(log.commit(&bad, Timestamp(1)).unwrap_err().kind, ErrorKind::InvalidInput);
    drop(log);
    assert_eq!(open().view(|view| view.machine::<Sum>().unwrap().0), 200);
    let without = Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).err().unwrap();
    assert_eq!(without.kind, ErrorKind::Unsupported);
}

#[test]
fn held_messages_are_in_no_queue() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).unwrap();
    let a = log.create_topic("a", TopicSpec::default(), Timestamp(1)).unwrap();
    let b = log.create_topic("b", TopicSpec::default(), Timestamp(1)).unwrap();
    let mut commit = Commit::new();
    assert_eq!(commit.hold(a, QueueId::ANY, &Message::of(b"first")).unwrap(), 0);
    commit.message(a, Q, &Message::of(b"seen")).unwrap();
    assert_eq!(commit.hold(b, Q, &Message::of(b"second")).unwrap(), 1);
    assert_eq!(commit.hold(b, Q, &Message::of(b"third")).unwrap(), 2);
    let at = log.commit(&commit, Timestamp(2)).unwrap().position;
    drop(log);
    let log = Log::open(folder.path(), small(), Machines::new(), Timestamp(1)).unwrap();
    assert_eq!(bodies(&log, a, 0), [(0, "seen".to_owned())]);
    assert_eq!(log.latest(b, Q).unwrap(), 0);
    let held: Vec<_> = (0..3).map(|index| log.read_held(at, index).unwrap()).collect();
    let body = |(batch, index): &(millstream_log::Batch, usize)| {
        batch.message(*index).unwrap().body().unwrap().to_vec()
    };
    assert_eq!(held.iter().map(body).collect::<Vec<_>>(), [&b"first"[..], b"second", b"third"]);
    assert_eq!((held[0].0.topic(), held[0].0.queue()), (a, QueueId::ANY));
    assert_eq!((held[2].0.topic(), held[2].0.queue()), (b, Q));
    assert_eq!(log.read_held(at, 3).unwrap_err().kind, ErrorKind::InvalidInput);
}

#[test]
fn a_watch_is_woken_by_the_message_it_waits_for() {
    let log = Log::in_memory(small(), Machines::new(), Timestamp(1)).unwrap();
    let spec = TopicSpec { durability: Durability::FlushInterval, ..TopicSpec::default() };
    let topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
    let watch = log.watch();
    log.notify(&watch, topic, Q, 1).unwrap();
    assert!(!watch.wait(Duration::ZERO));
    send(&log, topic, "0", 1);
    assert!(!watch.wait(Duration::ZERO), "offset 0 is not what it waits for");
    send(&log, topic, "1", 1);
    assert!(watch.wait(Duration::ZERO));
    assert!(!watch.wait(Duration::ZERO), "a wake counts once");
    log.notify(&watch, topic, Q, 1).unwrap();
    assert!(watch.wait(Duration::ZERO), "what is there already wakes at once");
    log.notify(&watch, topic, Q, 2).unwrap();
    log.wake(topic, Q);
    assert!(watch.wait(Duration::ZERO));
}

#[test]
fn logical_queues_are_split_merged_and_moved() {
    let log = Log::in_memory(small(), Machines::new(), Timestamp(1)).unwrap();
    let old = log.create_topic("old", TopicSpec::default(), Timestamp(1)).unwrap();
    let new = log.create_topic("new", TopicSpec::default(), Timestamp(1)).unwrap();
    for n in 0..10 {
        send(&log, old, &n.to_string(), 1);
    }
    // The queue goes on in the other topic's queue, with the offsets of before.
    let spans = vec![
        millstream_log::Span { start: 0, topic: old, queue: Q, at: 0 },
        millstream_log::Span { start: 10, topic: new, queue: Q, at: 0 },
    ];
    log.change(Change::MapQueue { topic: old, queue: Q, spans }, Timestamp(2)).unwrap();
    for n in 10..20 {
        assert_eq!(send(&log, old, &n.to_string(), 3), n);
    }
    let expected: Vec<(u64, String)> = (0..20).map(|n| (n, n.to_string())).collect();
    assert_eq!(bodies(&log, old, 0), expected);
    assert_eq!(bodies(&log, old, 15), expected[15..]);
    assert_eq!(log.latest(old, Q).unwrap(), 20);
    assert_eq!(bodies(&log, new, 0).len(), 10);
    assert_eq!(log.start_offset(old, Q, Start::Time(Timestamp(3))).unwrap(), 10);
    let in_use = log.change(Change::DeleteTopic { id: new }, Timestamp(3)).unwrap_err();
    assert!(in_use.message.contains("move them first"), "{in_use}");
}

#[test]
fn producers_together_share_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), Options::default(), Machines::new(), Timestamp(1)).unwrap();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    let before = log.syncs();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..25).for_each(|_| _ = send(&log, topic, "x", 1)));
        }
    });
    assert_eq!(log.latest(topic, Q).unwrap(), 400);
    assert!(log.syncs() - before < 300, "{} syncs for 400 commits", log.syncs() - before);
    let offsets: Vec<u64> = bodies(&log, topic, 0).into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, (0..400).collect::<Vec<_>>());
}

#[test]
fn a_full_disk_refuses_writes_and_recovers() {
    let disk = millstream_log::SimulatedDisk::default();
    let options = Options { segment_bytes: 4096, reserve_bytes: 1000, ..Options::default() };
    let log = Log::open_on(Arc::new(disk.clone()), options, Machines::new(), Timestamp(1)).unwrap();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    disk.set_capacity(Some(3 * 4096 + 1000));
    let mut sent = 0;
    let error = loop {
        let mut commit = Commit::new();
        commit.message(topic, Q, &Message::of(&[7; 100])).unwrap();
        match log.commit(&commit, Timestamp(2)) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind, ErrorKind::Full);
    assert!(sent > 10, "{sent}");
    assert!(disk.available_bytes().unwrap() >= 1000, "the reserve is kept");
    assert_eq!(bodies(&log, topic, 0).len(), sent);
    disk.set_capacity(None);
    send(&log, topic, "again", 3);
    assert_eq!(bodies(&log, topic, 0).len(), sent + 1);
}
