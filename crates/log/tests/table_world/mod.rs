//! A log with tables, and the maps that they should be.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use millstream_log::{
    Change, Commit, Log, Machines, Message, Options, QueueId, TableSnapshot, Timestamp, TopicId, TopicSpec,
};
use proptest::prelude::*;

const Q: QueueId = QueueId(0);
/// The tables at the start; the last one has a time to live.
const TABLES: u32 = 3;
const TTL_MS: i64 = 1000;

/// A table, a key, and its new value or none.
type Put = (u32, Vec<u8>, Option<Vec<u8>>);

/// What happens.
#[derive(Clone, Debug)]
pub enum Op {
    /// Rows of several tables are put, or deleted, by one commit.
    Commit(Vec<Put>),
    /// Many rows at once, so that memory becomes files.
    Many {
        table: u32,
        seed: u8,
    },
    /// Messages that are no rows.
    Noise(u16),
    Wait(i64),
    Tend,
    Retain,
    Check,
    Snapshot,
    CloseSnapshot(usize),
    Close,
    Kill,
    /// A byte of a file of tables is flipped while the log is closed.
    Flip {
        file: usize,
        at: u64,
        bit: u8,
    },
    Truncate {
        file: usize,
        to: u64,
    },
    Remove {
        file: usize,
    },
    /// A part of a file is zeros, as a file system leaves it after a loss of power.
    Zero {
        file: usize,
        at: u64,
        bytes: u16,
    },
    /// There is something behind the end of a file.
    Append {
        file: usize,
        bytes: u16,
    },
    /// A folder stands where a file was.
    Folder {
        file: usize,
    },
    /// Something foreign stands among the files, or in the place of all of them.
    Foreign {
        alone: bool,
    },
    /// Several of them at once.
    Several(Vec<(usize, u64, u8)>),
    /// A file takes the place of another.
    Copy {
        from: usize,
        to: usize,
    },
    /// A byte is flipped while the log is open.
    FlipOpen {
        file: usize,
        at: u64,
        bit: u8,
    },
    /// The folder as it is now is kept.
    Keep,
    /// What was kept takes the folder's place: stale.
    Restore,
    /// What was kept of the log is opened with the tables of now: they are ahead of it.
    Ahead,
    DeleteTable(u32),
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0..30_u8).prop_map(|number| format!("k{number:02}").into_bytes()),
        proptest::collection::vec(prop_oneof![Just(0_u8), Just(7), Just(255)], 0..4),
    ]
}

fn change() -> impl Strategy<Value = Put> {
    let value = proptest::option::weighted(0.8, proptest::collection::vec(any::<u8>(), 0..60));
    (0..TABLES, key(), value)
}

pub fn op() -> impl Strategy<Value = Op> {
    let file = 0..64_usize;
    prop_oneof![
        30 => proptest::collection::vec(change(), 1..8).prop_map(Op::Commit),
        12 => (0..TABLES, any::<u8>()).prop_map(|(table, seed)| Op::Many { table, seed }),
        4 => (1..40_u16).prop_map(Op::Noise),
        6 => (1..800_i64).prop_map(Op::Wait),
        10 => Just(Op::Tend),
        4 => Just(Op::Retain),
        6 => Just(Op::Check),
        5 => Just(Op::Snapshot),
        3 => (0..8_usize).prop_map(Op::CloseSnapshot),
        4 => Just(Op::Close),
        4 => Just(Op::Kill),
        3 => (file.clone(), any::<u64>(), 0..8_u8).prop_map(|(file, at, bit)| Op::Flip { file, at, bit }),
        2 => (file.clone(), any::<u64>()).prop_map(|(file, to)| Op::Truncate { file, to }),
        1 => file.clone().prop_map(|file| Op::Remove { file }),
        2 => (file.clone(), any::<u64>(), 1..5000_u16).prop_map(|(file, at, bytes)| Op::Zero { file, at, bytes }),
        1 => (file.clone(), 1..5000_u16).prop_map(|(file, bytes)| Op::Append { file, bytes }),
        1 => file.clone().prop_map(|file| Op::Folder { file }),
        1 => any::<bool>().prop_map(|alone| Op::Foreign { alone }),
        2 => proptest::collection::vec((file.clone(), any::<u64>(), 0..8_u8), 2..6).prop_map(Op::Several),
        2 => (file.clone(), file.clone()).prop_map(|(from, to)| Op::Copy { from, to }),
        2 => (file, any::<u64>(), 0..8_u8).prop_map(|(file, at, bit)| Op::FlipOpen { file, at, bit }),
        3 => Just(Op::Keep),
        2 => Just(Op::Restore),
        3 => Just(Op::Ahead),
        1 => (0..TABLES).prop_map(Op::DeleteTable),
    ]
}

/// A table as it should be: values, and when they were put.
type Rows = BTreeMap<Vec<u8>, (Vec<u8>, i64)>;

#[derive(Clone, Default)]
struct Model {
    tables: BTreeMap<TopicId, Rows>,
    ids: Vec<TopicId>,
}

struct Kept {
    folder: tempfile::TempDir,
    model: Model,
}

pub struct World {
    folder: tempfile::TempDir,
    log: Option<Log>,
    model: Model,
    noise: TopicId,
    now: i64,
    made: u32,
    snapshots: Vec<(TableSnapshot, Model, i64)>,
    kept: Option<Kept>,
}

fn options() -> Options {
    Options { segment_bytes: 32 << 10, table_memory_bytes: 16 << 10, ..Options::default() }
}

fn open(folder: &Path, now: i64) -> Log {
    Log::open(folder, options(), Machines::new(), Timestamp(now)).unwrap()
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path(), 1);
        let noise = log.create_topic("noise", TopicSpec::default(), Timestamp(1)).unwrap();
        let mut world = Self {
            folder,
            log: Some(log),
            model: Model::default(),
            noise,
            now: 1,
            made: 0,
            snapshots: Vec::new(),
            kept: None,
        };
        for number in 0..TABLES {
            let id = world.make_table(number);
            world.model.ids.push(id);
        }
        world
    }

    fn log(&self) -> &Log {
        self.log.as_ref().unwrap()
    }

    fn make_table(&mut self, number: u32) -> TopicId {
        let ttl_ms = (number == TABLES - 1).then(|| TTL_MS.unsigned_abs());
        let spec = TopicSpec { ttl_ms, ..TopicSpec::table() };
        self.made += 1;
        let id = self.log().create_topic(&format!("t{}", self.made), spec, Timestamp(self.now)).unwrap();
        self.model.tables.insert(id, Rows::new());
        id
    }

    fn put(&mut self, changes: &[Put]) {
        let mut commit = Commit::new();
        for (table, key, value) in changes {
            let id = self.model.ids[*table as usize];
            let rows = self.model.tables.get_mut(&id).unwrap();
            match value {
                Some(value) => {
                    commit.put(id, Q, key, value).unwrap();
                    rows.insert(key.clone(), (value.clone(), self.now));
                }
                None => {
                    commit.delete(id, Q, key).unwrap();
                    rows.remove(key);
                }
            }
        }
        commit.relax();
        self.log().commit(&commit, Timestamp(self.now)).unwrap();
    }

    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Commit(changes) => self.put(changes),
            Op::Many { table, seed } => {
                let rows: Vec<_> = (0..60_u8)
                    .map(|number| {
                        let key = format!("m{:03}", number.wrapping_mul(7).wrapping_add(*seed) % 120);
                        (*table, key.into_bytes(), Some(vec![*seed; 100]))
                    })
                    .collect();
                for rows in rows.chunks(20) {
                    self.put(rows);
                }
            }
            Op::Noise(count) => {
                let mut commit = Commit::new();
                for _ in 0..*count {
                    commit.message(self.noise, Q, &Message::of(&[1; 300])).unwrap();
                }
                commit.relax();
                self.log().commit(&commit, Timestamp(self.now)).unwrap();
            }
            Op::Wait(ms) => self.now += ms,
            Op::Tend => while self.log().tend_tables(Timestamp(self.now)).unwrap() {},
            Op::Retain => {
                self.log().retain(Timestamp(self.now)).unwrap();
            }
            Op::Check => self.check(),
            Op::Snapshot => {
                let snapshot = self.log().table_snapshot(Timestamp(self.now)).unwrap();
                self.snapshots.push((snapshot, self.model.clone(), self.now));
            }
            Op::CloseSnapshot(index) => {
                if *index < self.snapshots.len() {
                    self.snapshots.swap_remove(*index);
                }
            }
            Op::Close => self.reopened(true, |_| {}),
            Op::Kill => self.reopened(false, |_| {}),
            Op::Flip { file, at, bit } => self.damaged(*file, |path| flip(path, *at, *bit)),
            Op::Truncate { file, to } => self.damaged(*file, |path| {
                let length = fs::metadata(path).unwrap().len();
                fs::OpenOptions::new().write(true).open(path).unwrap().set_len(to % (length + 1)).unwrap();
            }),
            Op::Remove { file } => self.damaged(*file, |path| fs::remove_file(path).unwrap()),
            Op::Zero { file, at, bytes } => self.damaged(*file, |path| {
                let mut whole = fs::read(path).unwrap();
                let at = usize::try_from(at % (whole.len() as u64 + 1)).unwrap();
                whole.iter_mut().skip(at).take(usize::from(*bytes)).for_each(|byte| *byte = 0);
                fs::write(path, whole).unwrap();
            }),
            Op::Append { file, bytes } => self.damaged(*file, |path| {
                let mut whole = fs::read(path).unwrap();
                whole.resize(whole.len() + usize::from(*bytes), 7);
                fs::write(path, whole).unwrap();
            }),
            Op::Folder { file } => self.damaged(*file, |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            }),
            Op::Foreign { alone } => {
                let now = self.now;
                self.reopened(false, |folder| {
                    let tables = folder.join("tables");
                    if *alone {
                        fs::remove_dir_all(&tables).unwrap();
                        fs::write(&tables, b"not a folder").unwrap();
                        let opened = Log::open(folder, options(), Machines::new(), Timestamp(now));
                        let error = opened.err().unwrap().to_string();
                        assert!(error.contains("is no folder; remove it"), "{error}");
                        fs::remove_file(tables).unwrap();
                        return;
                    }
                    let numbered = |entry: fs::DirEntry| entry.file_name().to_str()?.parse::<u64>().ok();
                    let newest = fs::read_dir(&tables)
                        .unwrap()
                        .filter_map(|entry| numbered(entry.unwrap()))
                        .filter(|number| *number < u64::MAX)
                        .max();
                    let newest = newest.unwrap_or_default();
                    fs::write(tables.join((newest + 1).to_string()), b"foreign").unwrap();
                    fs::write(tables.join("foreign"), b"foreign").unwrap();
                    fs::write(tables.join(u64::MAX.to_string()), b"foreign").unwrap();
                    let of_newest = tables.join(newest.to_string());
                    if of_newest.is_dir() {
                        fs::write(of_newest.join("v99999"), b"foreign").unwrap();
                        fs::create_dir_all(of_newest.join("tables").join("99999")).unwrap();
                    }
                });
            }
            Op::Several(flips) => self.reopened(false, |folder| {
                let files = files_of(&folder.join("tables"));
                for (file, at, bit) in flips {
                    if let Some(path) = files.get(file % files.len().max(1)) {
                        flip(path, *at, *bit);
                    }
                }
            }),
            Op::Copy { from, to } => {
                let from = *from;
                self.reopened(false, |folder| {
                    let files = files_of(&folder.join("tables"));
                    if let (Some(from), Some(to)) = (files.get(from), files.get(*to))
                        && from != to
                    {
                        fs::copy(from, to).unwrap();
                    }
                });
            }
            Op::FlipOpen { file, at, bit } => {
                // A snapshot of damaged rows is lost, which it says; the tables are not.
                self.snapshots.clear();
                let files = files_of(&self.folder.path().join("tables"));
                if let Some(path) = files.get(*file) {
                    flip(path, *at, *bit);
                }
                self.check();
                // What was not read yet may be found by merging.
                while self.log().tend_tables(Timestamp(self.now)).unwrap() {}
                self.check();
            }
            Op::Keep => {
                let folder = tempfile::tempdir().unwrap();
                copy_folder(self.folder.path(), folder.path());
                self.kept = Some(Kept { folder, model: self.model.clone() });
            }
            Op::Restore => {
                let Some(kept) = self.kept.take() else { return };
                self.reopened(false, |folder| {
                    fs::remove_dir_all(folder.join("tables")).unwrap();
                    copy_folder(&kept.folder.path().join("tables"), &folder.join("tables"));
                });
                self.kept = Some(kept);
            }
            Op::Ahead => {
                let Some(kept) = self.kept.take() else { return };
                fs::remove_dir_all(kept.folder.path().join("tables")).unwrap();
                copy_folder(&self.folder.path().join("tables"), &kept.folder.path().join("tables"));
                let log = open(kept.folder.path(), self.now);
                for (id, rows) in &kept.model.tables {
                    check_table(&log, *id, rows, self.now);
                }
            }
            Op::DeleteTable(table) => {
                self.snapshots.clear();
                let id = self.model.ids[*table as usize];
                self.log().change(Change::DeleteTopic { id }, Timestamp(self.now)).unwrap();
                self.model.tables.remove(&id);
                assert!(self.log().get(id, b"k01", Timestamp(self.now)).is_err(), "a table that is gone");
                let id = self.make_table(*table);
                self.model.ids[*table as usize] = id;
            }
        }
    }

    pub fn finish(mut self) {
        self.check();
        self.reopened(true, |_| {});
        self.check();
    }

    fn reopened(&mut self, close: bool, meanwhile: impl FnOnce(&Path)) {
        self.check_snapshots();
        self.snapshots.clear();
        if close {
            self.log().close().unwrap();
        }
        self.log = None;
        meanwhile(self.folder.path());
        self.log = Some(open(self.folder.path(), self.now));
        self.check();
    }

    fn damaged(&mut self, file: usize, damage: impl FnOnce(&Path)) {
        self.reopened(file.is_multiple_of(2), |folder| {
            if let Some(path) = files_of(&folder.join("tables")).get(file) {
                damage(path);
            }
        });
    }

    fn check_snapshots(&self) {
        for (snapshot, model, now) in &self.snapshots {
            for (id, rows) in &model.tables {
                let expected = living(rows, ttl(self.log(), *id), *now);
                let found: Vec<_> = snapshot
                    .scan(*id, ..)
                    .unwrap()
                    .map(|row| row.map(|(key, row)| (key, row.value)).unwrap())
                    .collect();
                assert_eq!(found, expected, "table {id:?} as it was");
                for (key, value) in expected.iter().take(3) {
                    assert_eq!(&snapshot.get(*id, key).unwrap().unwrap().value, value);
                }
            }
        }
    }

    fn check(&self) {
        self.check_snapshots();
        for (id, rows) in &self.model.tables {
            check_table(self.log(), *id, rows, self.now);
        }
    }
}

fn ttl(log: &Log, id: TopicId) -> Option<i64> {
    let topic = log.view(|view| view.topic(id));
    topic.and_then(|topic| topic.spec.ttl_ms).map(u64::cast_signed)
}

fn living(rows: &Rows, ttl: Option<i64>, now: i64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let lives = |put: i64| ttl.is_none_or(|ttl| put + ttl > now);
    rows.iter()
        .filter(|(_, (_, put))| lives(*put))
        .map(|(key, (value, _))| (key.clone(), value.clone()))
        .collect()
}

fn check_table(log: &Log, id: TopicId, rows: &Rows, now: i64) {
    let expected = living(rows, ttl(log, id), now);
    let now = Timestamp(now);
    let collect = |scan: &mut dyn Iterator<Item = millstream_log::Result<(Vec<u8>, millstream_log::Row)>>| {
        scan.map(|row| row.map(|(key, row)| (key, row.value))).collect::<millstream_log::Result<Vec<_>>>()
    };
    // Damage that is met while scanning ends the scan; the next one finds the rows made again.
    let scan = |backwards: bool| {
        for _ in 0..4 {
            let mut scan = log.scan_table(id, .., now).unwrap();
            let found = if backwards { collect(&mut scan.rev()) } else { collect(&mut scan) };
            if let Ok(found) = found {
                return found;
            }
        }
        panic!("damaged again and again");
    };
    for key in
        (0..30_u8).map(|number| format!("k{number:02}").into_bytes()).chain([vec![], vec![255], vec![7, 0]])
    {
        let row = log.get(id, &key, now).unwrap().map(|row| row.value);
        let expected = expected.iter().find(|(other, _)| *other == key).map(|(_, value)| value.clone());
        assert_eq!(row, expected, "row {key:?} of table {id:?}");
    }
    assert_eq!(scan(false), expected, "rows of table {id:?}");
    let mut upwards = scan(true);
    upwards.reverse();
    assert_eq!(upwards, expected, "rows of table {id:?}, backwards");
    let keys: Vec<&[u8]> = rows.keys().map(Vec::as_slice).collect();
    let several = log.multi_get(id, &keys, now).unwrap();
    let several: Vec<_> =
        keys.iter().zip(several).filter_map(|(key, row)| Some((key.to_vec(), row?.value))).collect();
    assert_eq!(several, expected, "several rows of table {id:?}");
    let prefixed = collect(&mut log.scan_prefix(id, b"k1", now).unwrap()).unwrap();
    let expect: Vec<_> = expected.iter().filter(|(key, _)| key.starts_with(b"k1")).cloned().collect();
    assert_eq!(prefixed, expect, "rows with a prefix of table {id:?}");
    let range = (Bound::Excluded(b"k05".to_vec()), Bound::Included(b"m050".to_vec()));
    let between = collect(&mut log.scan_table(id, range.clone(), now).unwrap()).unwrap();
    let expect: Vec<_> = expected
        .iter()
        .filter(|(key, _)| std::ops::RangeBounds::<Vec<u8>>::contains(&range, key))
        .cloned()
        .collect();
    assert_eq!(between, expect, "a range of table {id:?}");
}

fn flip(path: &Path, at: u64, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    if bytes.is_empty() {
        return;
    }
    let at = usize::try_from(at % bytes.len() as u64).unwrap();
    bytes[at] ^= 1 << bit;
    // In place, as failing media do: a process that has the file open sees it.
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes[at..=at], at as u64).unwrap();
}

/// The files in a folder and those in it, in their order.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
