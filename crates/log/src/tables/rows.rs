//! Where rows are kept: in files, or in memory.

use std::ops::Bound;
use std::sync::Arc;

use super::files::FileRows;
use super::memory::{self, MemoryRows};
use super::row::Row;
use crate::{Position, Result, TopicId};

/// A key with its row.
pub(super) type KeyedRow = ((TopicId, Vec<u8>), Row);
/// Where a scan begins or ends.
pub(super) type KeyBound<'a> = Bound<(TopicId, &'a [u8])>;
/// Rows one after the other, by table and key, from either end.
pub(super) type RowsBetween = Box<dyn DoubleEndedIterator<Item = Result<KeyedRow>> + Send>;

/// The rows of all tables. Each was set under a sequence number: the position of its commit, and the next ones for further rows of the
/// same commit. Reading "at" a position sees what has a smaller number, which is whole commits.
pub(super) enum Rows {
    Files(FileRows),
    Memory(Arc<MemoryRows>),
}

/// All that is there, also what readers may not see yet.
pub(super) const EVERYTHING: Position = Position(u64::MAX);

impl Rows {
    /// Sets a row, or takes it out. Nobody reads at a position in front of `floor` any more. Gives by how many bytes memory grew.
    pub(super) fn put(
        &self,
        table: TopicId,
        key: &[u8],
        sequence: u64,
        row: Option<Row>,
        floor: Position,
    ) -> u64 {
        match self {
            Self::Files(rows) => rows.put(table, key, sequence, row.as_ref()),
            Self::Memory(rows) => {
                rows.put(table, key, sequence, row, floor);
                0
            }
        }
    }

    /// The row of a key.
    pub(super) fn get(&self, table: TopicId, key: &[u8], at: Position) -> Result<Option<Row>> {
        match self {
            Self::Files(rows) => rows.get(table, key, at),
            Self::Memory(rows) => Ok(rows.get(table, key, at)),
        }
    }

    /// The rows between two keys.
    pub(super) fn scan(&self, from: KeyBound<'_>, to: KeyBound<'_>, at: Position) -> RowsBetween {
        if is_empty(&from, &to) || at.0 == 0 {
            return Box::new(std::iter::empty());
        }
        match self {
            Self::Files(rows) => rows.scan(from, to, at),
            Self::Memory(rows) => Box::new(rows.scan(memory::bound(from), memory::bound(to), at)),
        }
    }

    /// The files, if there are any.
    pub(super) fn files(&self) -> Option<&FileRows> {
        match self {
            Self::Files(rows) => Some(rows),
            Self::Memory(_) => None,
        }
    }
}

/// Whether no key lies between two bounds.
pub(super) fn is_empty<K: Ord>(from: &Bound<K>, to: &Bound<K>) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
        | (Bound::Excluded(from), Bound::Included(to)) => from >= to,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}
