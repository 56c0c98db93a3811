//! Rows in the files of a sorted tree.
//!
//! The tree is `lsm-tree`'s. It has no journal, which the log is, and no threads: whoever holds [`FileRows`] says when memory becomes
//! files and when files are merged. With the rows of each such step goes a [`Mark`] of how far they follow the log, in the
//! same step: after a crash the tree holds what an earlier mark says, never more or less.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use lsm_tree::compaction::Leveled;
use lsm_tree::config::{PinningPolicy, RestartIntervalPolicy};
use lsm_tree::{AbstractTree as _, AnyTree, Cache, Config, Guard as _, SequenceNumberCounter};

use super::hot::HotRows;
use super::row::{self, Row};
use super::rows::{KeyBound, RowsBetween};
use super::sound;
use crate::wire::Reader;
use crate::{Error, ErrorKind, Position, Result, TopicId};

/// How long files are, about.
const FILE_BYTES: u64 = 16 << 20;
/// How many merges one call does.
const MERGES_MAX: usize = 8;
/// The version of what stands in the trees.
const VERSION: u8 = 1;
/// No table has this id.
const NO_TABLE: TopicId = TopicId(u32::MAX);

/// How far the rows follow the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Everything in front of it has been applied, nothing behind.
    pub applied: Position,
    /// The head checksum of the record that ends there, by which another log is told.
    pub previous: u32,
}

impl Mark {
    fn encode(self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.applied.0.to_le_bytes());
        bytes.extend_from_slice(&self.previous.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8().ok()?;
        let mark = Self { applied: Position(reader.u64().ok()?), previous: reader.u32().ok()? };
        (version == VERSION && bytes.len() == 13).then_some(mark)
    }

    fn key() -> Vec<u8> {
        row::tree_key(NO_TABLE, b"applied")
    }
}

pub(super) struct FileRows {
    tree: AnyTree,
    folder: PathBuf,
    /// The number that the tree gives to its next set of files: who reads at or in front of it sees the set before.
    next_set: SequenceNumberCounter,
    /// Where the floor was when all files were merged last: before it moves, merging them again changes nothing.
    emptied_at: AtomicU64,
    hot: HotRows,
}

impl FileRows {
    /// Opens the tree in `folder`, or begins one there.
    ///
    /// # Errors
    /// `Corrupt`: what is there is not whole. `Unavailable`, `Full`: the disk failed.
    pub(super) fn open(folder: &Path, cache: Arc<Cache>, hot: HotRows) -> Result<Self> {
        let begun = folder.join("current").exists();
        if begun && !sound::is_sound(folder) {
            return Err(damaged(folder, "its list of files, or one of them, is not whole"));
        }
        let next_set = SequenceNumberCounter::default();
        // Lists of blocks and filters of all levels go through the cache but for the upper ones, so that memory stays bounded.
        let config = Config::new(folder, next_set.clone(), SequenceNumberCounter::default())
            .use_cache(cache)
            .data_block_restart_interval_policy(RestartIntervalPolicy::all(4))
            .index_block_pinning_policy(PinningPolicy::new([true, true, false]))
            .filter_block_pinning_policy(PinningPolicy::new([true, false]));
        let tree = config.open().map_err(|error| trouble(folder, "open", &error))?;
        Ok(Self { tree, folder: folder.to_owned(), next_set, emptied_at: AtomicU64::new(0), hot })
    }

    /// How far the files follow the log; `None` in an empty tree.
    pub(super) fn mark(&self) -> Result<Option<Mark>> {
        let found = self.tree.get(Mark::key(), u64::MAX >> 1);
        let Some(bytes) = found.map_err(|error| trouble(&self.folder, "read", &error))? else {
            return Ok(None);
        };
        Mark::decode(&bytes).map(Some).ok_or_else(|| damaged(&self.folder, "its mark cannot be read"))
    }

    pub(super) fn put(&self, table: TopicId, key: &[u8], sequence: u64, row: Option<&Row>) -> u64 {
        // Checked when it was committed; the tree would not take it.
        if key.len() > row::TABLE_KEY_BYTES_MAX {
            return 0;
        }
        let key = row::tree_key(table, key);
        self.hot.put(&key, sequence);
        let (bytes, _) = match row {
            Some(row) => self.tree.insert(key, row::encode(row), sequence),
            None => self.tree.remove(key, sequence),
        };
        bytes
    }

    /// The row of a key as of `at`, up to where everybody sees just now.
    pub(super) fn get_now(&self, table: TopicId, key: &[u8], at: Position) -> Result<Option<Row>> {
        if at.0 == 0 || key.len() > row::TABLE_KEY_BYTES_MAX {
            return Ok(None);
        }
        let key = row::tree_key(table, key);
        if let Some(row) = self.hot.get(&key) {
            return Ok(row);
        }
        let row = self.look_up(&key, at)?;
        self.hot.found(key, row.as_ref(), at);
        Ok(row)
    }

    pub(super) fn get(&self, table: TopicId, key: &[u8], at: Position) -> Result<Option<Row>> {
        if at.0 == 0 || key.len() > row::TABLE_KEY_BYTES_MAX {
            return Ok(None);
        }
        self.look_up(&row::tree_key(table, key), at)
    }

    fn look_up(&self, key: &[u8], at: Position) -> Result<Option<Row>> {
        let found = self.tree.get(key, at.0);
        match found.map_err(|error| trouble(&self.folder, "read", &error))? {
            None => Ok(None),
            Some(bytes) => row::decode(&bytes)
                .map(Some)
                .ok_or_else(|| damaged(&self.folder, "a row of it cannot be read")),
        }
    }

    pub(super) fn scan(&self, from: KeyBound<'_>, to: KeyBound<'_>, at: Position) -> RowsBetween {
        let to = match to {
            Bound::Unbounded => Bound::Excluded((NO_TABLE, &[][..])),
            to => to,
        };
        let (from, to) = (first(from), last(to));
        let folder = self.folder.clone();
        let between = self.tree.range::<Vec<u8>, _>((from, to), at.0, None);
        Box::new(between.map(move |guard| {
            let (key, value) = guard.into_inner().map_err(|error| trouble(&folder, "read", &error))?;
            let whole = row::split_tree_key(&key).zip(row::decode(&value));
            let ((table, key), row) = whole.ok_or_else(|| damaged(&folder, "a row of it cannot be read"))?;
            Ok(((table, key.to_vec()), row))
        }))
    }

    /// Begins a new memory: what was put so far becomes files at the next [`FileRows::flush`], with the mark. Called between two
    /// commits.
    pub(super) fn seal(&self, mark: Mark) {
        // Above the rows of the last commit, in front of those of the next.
        self.tree.insert(Mark::key(), mark.encode(), mark.applied.0.saturating_sub(1));
        self.tree.rotate_memtable();
    }

    /// Writes what was sealed. All of it stands in front of `published`, which every reader from now on can see; nobody reads in front
    /// of `floor` any more.
    pub(super) fn flush(&self, published: Position, floor: Position) -> Result<()> {
        self.next_set.set(published.0.saturating_sub(1));
        let lock = self.tree.get_flush_lock();
        let flushed = self.tree.flush(&lock, floor.0);
        flushed.map(|_| ()).map_err(|error| trouble(&self.folder, "write", &error))
    }

    /// Merges files where there are too many of them, a few times at most; all of them, if a quarter of what they hold says that
    /// rows are gone.
    pub(super) fn merge(&self, published: Position, floor: Position) -> Result<()> {
        for _ in 0..MERGES_MAX {
            let before = self.tree.current_version().id();
            self.next_set.set(published.0.saturating_sub(1));
            let strategy = Leveled::default().with_table_target_size(FILE_BYTES);
            let merged = self.tree.compact(Arc::new(strategy), floor.0);
            merged.map_err(|error| trouble(&self.folder, "merge", &error))?;
            if self.tree.current_version().id() == before {
                break;
            }
        }
        let deletions = self.tree.tombstone_count().saturating_mul(4);
        if deletions > self.tree.approximate_len() as u64
            && self.emptied_at.fetch_max(floor.0, Relaxed) < floor.0
        {
            self.next_set.set(published.0.saturating_sub(1));
            let merged = self.tree.major_compact(FILE_BYTES, floor.0);
            merged.map_err(|error| trouble(&self.folder, "merge", &error))?;
        }
        Ok(())
    }

    /// How many bytes the files have.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.tree.disk_space()
    }
}

/// Whether it tells of rows that are damaged, and not of the log, whose damage has a position.
pub(super) fn is_damage(error: &Error) -> bool {
    error.kind == ErrorKind::Corrupt && error.position.is_none()
}

/// A lower bound for the tree, which does not take one that is longer than any of its keys.
fn first(bound: KeyBound<'_>) -> Bound<Vec<u8>> {
    match bound {
        Bound::Included((table, key)) | Bound::Excluded((table, key))
            if key.len() > row::TABLE_KEY_BYTES_MAX =>
        {
            Bound::Excluded(row::tree_key(table, key.get(..row::TABLE_KEY_BYTES_MAX).unwrap_or_default()))
        }
        bound => bound.map(|(table, key)| row::tree_key(table, key)),
    }
}

/// An upper bound, likewise.
fn last(bound: KeyBound<'_>) -> Bound<Vec<u8>> {
    match bound {
        Bound::Included((table, key)) | Bound::Excluded((table, key))
            if key.len() > row::TABLE_KEY_BYTES_MAX =>
        {
            Bound::Included(row::tree_key(table, key.get(..row::TABLE_KEY_BYTES_MAX).unwrap_or_default()))
        }
        bound => bound.map(|(table, key)| row::tree_key(table, key)),
    }
}

fn damaged(folder: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the rows of tables in {} are damaged: {what}; they are made again from the log",
            folder.display()
        ),
    )
}

/// What the tree answered: a failing disk, or damage.
fn trouble(folder: &Path, doing: &str, error: &lsm_tree::Error) -> Error {
    match error {
        lsm_tree::Error::Io(io) if !is_damage_of_files(io.kind()) => {
            Error::io(&format!("{doing} the rows of tables in {}", folder.display()), io)
        }
        error => damaged(folder, &error.to_string()),
    }
}

/// Whether files that are not what they were answer so. It is not how a disk fails.
fn is_damage_of_files(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind;
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::UnexpectedEof
            | ErrorKind::InvalidData
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
    )
}
