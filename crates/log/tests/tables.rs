//! Tables against a plain map: random schedules of commits, ticks, reopenings, damage, stale and foreign folders, retention.
//!
//! `SCHEDULES=10000 cargo test -p millstream-log --test tables` runs more of them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod table_world;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use millstream_log::{
    Change, Commit, ErrorKind, Log, Machines, Message, Options, QueueId, Timestamp, TopicId, TopicSpec,
};
use proptest::prelude::*;

use table_world::{World, op};

const Q: QueueId = QueueId(0);

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(24),
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn tables_are_what_a_map_is(ops in proptest::collection::vec(op(), 1..80)) {
        let mut world = World::new();
        for op in ops {
            world.apply(&op);
        }
        world.finish();
    }
}

fn options() -> Options {
    Options { segment_bytes: 64 << 10, table_memory_bytes: 64 << 10, ..Options::default() }
}

fn open(folder: &Path) -> Log {
    Log::open(folder, options(), Machines::new(), Timestamp(1)).unwrap()
}

fn put(log: &Log, table: TopicId, key: &[u8], value: &[u8], now: i64) {
    let mut commit = Commit::new();
    commit.put(table, Q, key, value).unwrap();
    commit.relax();
    log.commit(&commit, Timestamp(now)).unwrap();
}

fn value(log: &Log, table: TopicId, key: &[u8], now: i64) -> Option<Vec<u8>> {
    log.get(table, key, Timestamp(now)).unwrap().map(|row| row.value)
}

fn table_folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("tables")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn rows_on_disk_are_taken_up_and_not_read_from_the_log_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
    for number in 0..3000_u32 {
        put(&log, table, &(number % 700).to_be_bytes(), &number.to_le_bytes(), 1);
    }
    let (files, memory) = log.table_bytes();
    assert!(files > 0, "rows over the bound of memory are written without a tick");
    assert!(memory <= 2 * options().table_memory_bytes, "{memory} bytes are in memory");
    log.close().unwrap();
    drop(log);
    for close in [true, false] {
        let log = open(folder.path());
        assert_eq!(table_folders(folder.path()), ["1"], "the folder that was left is used");
        for number in 2300..3000_u32 {
            assert_eq!(
                value(&log, table, &(number % 700).to_be_bytes(), 1),
                Some(number.to_le_bytes().to_vec())
            );
        }
        if close {
            log.close().unwrap();
        } else {
            put(&log, table, b"later", b"1", 1);
        }
    }
    // The process died: what the files lack is read from the log.
    assert_eq!(value(&open(folder.path()), table, b"later", 1), Some(b"1".to_vec()));
}

#[test]
fn a_lost_or_foreign_folder_is_made_again() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (folder, text) in [(&one, "one"), (&other, "other")] {
        let log = open(folder.path());
        let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
        put(&log, table, b"key", text.as_bytes(), 1);
        put(&log, table, text.as_bytes(), b"", 1);
        log.close().unwrap();
    }
    let tables = one.path().join("tables");
    std::fs::remove_dir_all(&tables).unwrap();
    std::fs::rename(other.path().join("tables"), &tables).unwrap();
    for _ in 0..2 {
        let log = open(one.path());
        assert_eq!(value(&log, TopicId(0), b"key", 1), Some(b"one".to_vec()));
        assert_eq!(value(&log, TopicId(0), b"other", 1), None, "a row of the other log");
        drop(log);
        std::fs::remove_dir_all(&tables).unwrap();
    }
}

#[test]
fn damage_in_the_log_is_told_to_who_needs_it_and_can_be_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
    let plain = log.create_topic("plain", TopicSpec::default(), Timestamp(1)).unwrap();
    for number in 0..2000_u32 {
        put(&log, table, &number.to_be_bytes(), &[7; 100], 1);
    }
    let mut commit = Commit::new();
    commit.message(plain, Q, &Message::of(b"whole")).unwrap();
    log.commit(&commit, Timestamp(1)).unwrap();
    log.close().unwrap();
    drop(log);
    let segment = folder.path().join(format!("log/{:020}.log", 0));
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[30_000] ^= 1;
    std::fs::write(&segment, bytes).unwrap();

    // The tables have what they need of it already.
    let count = |log: &Log| log.scan_table(table, .., Timestamp(1)).map(Iterator::count);
    assert_eq!(count(&open(folder.path())).unwrap(), 2000);
    std::fs::remove_dir_all(folder.path().join("tables")).unwrap();
    let log = open(folder.path());
    let refused = count(&log).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Corrupt);
    assert!(refused.message.contains("00000000000000000000.log"), "{refused}");
    let batch = log.cursor(plain, Q, 0).next_batch().unwrap().unwrap();
    assert_eq!(batch.message(0).unwrap().body(), Some(&b"whole"[..]), "the log serves meanwhile");
    put(&log, table, b"new", b"1", 1);
    drop(log);
    millstream_log::inspect::repair(folder.path()).unwrap();
    let log = open(folder.path());
    assert_eq!(count(&log).unwrap(), 2000, "one row was lost, one is new");
    assert_eq!(value(&log, table, b"new", 1), Some(b"1".to_vec()));
}

#[test]
fn rows_are_gone_after_their_time_and_give_back_their_space() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let spec = TopicSpec { ttl_ms: Some(1000), ..TopicSpec::table() };
    let table = log.create_topic("t", spec.clone(), Timestamp(1)).unwrap();
    for number in 0..2000_u32 {
        put(&log, table, &number.to_be_bytes(), &[7; 500], 1000);
    }
    put(&log, table, b"young", b"1", 1500);
    while log.tend_tables(Timestamp(1500)).unwrap() {}
    assert_eq!(value(&log, table, &5_u32.to_be_bytes(), 1999), Some(vec![7; 500]));
    assert_eq!(value(&log, table, &5_u32.to_be_bytes(), 2000), None, "seen after its time");
    assert_eq!(log.scan_table(table, .., Timestamp(2000)).unwrap().count(), 1);
    let before = log.table_bytes().0;
    for now in (10_000..200_000).step_by(1000) {
        put(&log, table, b"young", b"1", now);
        while log.tend_tables(Timestamp(now)).unwrap() {}
    }
    log.close().unwrap();
    drop(log);
    let log = open(folder.path());
    while log.tend_tables(Timestamp(200_000)).unwrap() {}
    assert!(log.table_bytes().0 < before / 4, "{} of {before} bytes are still there", log.table_bytes().0);
    // The time to live is the topic's; a shorter one counts for rows that are there.
    put(&log, table, b"key", b"1", 200_000);
    log.change(
        Change::AlterTopic { id: table, spec: TopicSpec { ttl_ms: Some(10), ..spec } },
        Timestamp(200_000),
    )
    .unwrap();
    assert_eq!(value(&log, table, b"key", 200_010), None);
}

#[test]
fn a_snapshot_stays_while_writes_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let (a, b) =
        ["a", "b"].map(|name| log.create_topic(name, TopicSpec::table(), Timestamp(1)).unwrap()).into();
    let set = |round: u32| {
        let mut commit = Commit::new();
        for key in 0..50_u32 {
            commit.put(a, Q, &key.to_be_bytes(), &round.to_le_bytes()).unwrap();
            commit.put(b, Q, &key.to_be_bytes(), &round.to_le_bytes()).unwrap();
        }
        commit.relax();
        log.commit(&commit, Timestamp(1)).unwrap();
    };
    set(0);
    let snapshot = log.table_snapshot(Timestamp(1)).unwrap();
    let mut scan = log.scan_table(a, .., Timestamp(1)).unwrap();
    scan.next().unwrap().unwrap();
    std::thread::scope(|scope| {
        // Readers see whole commits: what one table has, the other has, too.
        let reader = scope.spawn(|| {
            let mut last = 0;
            while last < 400 {
                let seen = log.table_snapshot(Timestamp(1)).unwrap();
                let of = |table, key: u32| {
                    let row = seen.get(table, &key.to_be_bytes()).unwrap().unwrap();
                    u32::from_le_bytes(row.value.try_into().unwrap())
                };
                last = of(a, 0);
                assert!([of(a, 49), of(b, 0), of(b, 49)].iter().all(|round| *round == last), "half a commit");
            }
        });
        for round in 1..=400 {
            set(round);
            log.tend_tables(Timestamp(1)).unwrap();
        }
        reader.join().unwrap();
    });
    for key in 0..50_u32 {
        assert_eq!(snapshot.get(a, &key.to_be_bytes()).unwrap().unwrap().value, 0_u32.to_le_bytes());
    }
    assert_eq!(snapshot.scan(b, ..).unwrap().rev().count(), 50);
    assert!(scan.all(|row| row.unwrap().1.value == 0_u32.to_le_bytes()));
    assert_eq!(value(&log, b, &7_u32.to_be_bytes(), 1), Some(400_u32.to_le_bytes().to_vec()));
}

#[test]
fn scans_go_both_ways_between_any_bounds() {
    let folder = tempfile::tempdir().unwrap();
    for log in [open(folder.path()), Log::in_memory(options(), Machines::new(), Timestamp(1)).unwrap()] {
        let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
        let next = log.create_topic("u", TopicSpec::table(), Timestamp(1)).unwrap();
        let keys: Vec<Vec<u8>> = (0..600_u16).map(|number| number.to_be_bytes().to_vec()).collect();
        for key in &keys {
            put(&log, table, key, key, 1);
            put(&log, next, key, b"", 1);
        }
        let scan = |from: Bound<Vec<u8>>, to: Bound<Vec<u8>>| {
            let rows = log.scan_table(table, (from, to), Timestamp(1)).unwrap();
            rows.map(|row| row.unwrap().0).collect::<Vec<_>>()
        };
        assert_eq!(scan(Bound::Unbounded, Bound::Unbounded), keys);
        let of = |number: u16| number.to_be_bytes().to_vec();
        assert_eq!(scan(Bound::Included(of(5)), Bound::Excluded(of(8))), keys[5..8]);
        assert_eq!(scan(Bound::Excluded(of(5)), Bound::Included(of(8))), keys[6..=8]);
        assert!(scan(Bound::Included(of(8)), Bound::Included(of(5))).is_empty(), "upside down");
        assert!(scan(Bound::Excluded(of(5)), Bound::Excluded(of(5))).is_empty());
        assert_eq!(scan(Bound::Included(vec![0; 70_000]), Bound::Excluded(of(2))), keys[1..2]);
        assert_eq!(scan(Bound::Unbounded, Bound::Excluded(vec![0; 70_000])), keys[..1]);
        let prefixed = log.scan_prefix(table, &[1], Timestamp(1)).unwrap();
        assert_eq!(prefixed.map(|row| row.unwrap().0).collect::<Vec<_>>(), keys[256..512]);
        // From both ends at once, each row comes once.
        let mut rows = log.scan_table(table, .., Timestamp(1)).unwrap();
        let (mut front, mut back) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next() {
            front.push(row.unwrap().0);
            back.extend(rows.next_back().map(|row| row.unwrap().0));
        }
        front.extend(back.into_iter().rev());
        assert_eq!(front, keys);
    }
}

#[test]
fn what_a_table_cannot_take_is_refused() {
    let log = Log::in_memory(options(), Machines::new(), Timestamp(1)).unwrap();
    let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
    let plain = log.create_topic("plain", TopicSpec::default(), Timestamp(1)).unwrap();
    let key = vec![1; millstream_log::TABLE_KEY_BYTES_MAX];
    put(&log, table, &key, b"1", 1);
    assert_eq!(value(&log, table, &key, 1), Some(b"1".to_vec()));
    let longer = [&key[..], b"1"].concat();
    let mut commit = Commit::new();
    commit.put(table, Q, &longer, b"").unwrap();
    assert_eq!(log.commit(&commit, Timestamp(1)).unwrap_err().kind, ErrorKind::InvalidInput);
    assert_eq!(value(&log, table, &longer, 1), None);
    let mut commit = Commit::new();
    commit.message(plain, Q, &Message { keys: &[&longer], ..Message::of(b"") }).unwrap();
    log.commit(&commit, Timestamp(1)).unwrap();
    assert_eq!(log.get(plain, b"", Timestamp(1)).unwrap_err().kind, ErrorKind::InvalidInput);
    let spans = vec![millstream_log::Span { start: 0, topic: plain, queue: Q, at: 0 }];
    let mapped = log.change(Change::MapQueue { topic: table, queue: Q, spans }, Timestamp(1));
    assert_eq!(mapped.unwrap_err().kind, ErrorKind::InvalidInput);
}

/// A rebuild is bounded by what the log holds, and goes in parts while the log takes commits.
#[test]
fn many_rows_come_back_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { segment_bytes: 16 << 20, ..Options::default() };
    let open = || Log::open(folder.path(), options(), Machines::new(), Timestamp(1)).unwrap();
    let log = open();
    let table = log.create_topic("t", TopicSpec::table(), Timestamp(1)).unwrap();
    let mut expected = BTreeMap::new();
    for chunk in 0..100_u32 {
        let mut commit = Commit::new();
        for number in 0..10_000_u32 {
            let key = (chunk * 10_000 + number).wrapping_mul(0x9E37_79B1).to_be_bytes();
            commit.put(table, Q, &key, &key).unwrap();
            if number % 1000 == 0 {
                expected.insert(key, key.to_vec());
            }
        }
        commit.relax();
        log.commit(&commit, Timestamp(1)).unwrap();
    }
    log.close().unwrap();
    drop(log);
    std::fs::remove_dir_all(folder.path().join("tables")).unwrap();
    let log = open();
    let mut ticks = 0;
    while log.tend_tables(Timestamp(1)).unwrap() {
        ticks += 1;
        put(&log, table, b"while", b"1", 1);
        expected.insert(*b"whil", b"2".to_vec());
        put(&log, table, b"whil", b"2", 1);
        assert!(ticks < 100, "no end in sight");
    }
    let (_, memory) = log.table_bytes();
    assert!(memory <= 2 * options().table_memory_bytes, "{memory} bytes are in memory");
    for (key, expected) in expected {
        assert_eq!(value(&log, table, &key, 1), Some(expected));
    }
    assert_eq!(
        log.scan_table(table, .., Timestamp(1)).unwrap().count(),
        1_000_000 + 2 * usize::from(ticks > 0)
    );
}
