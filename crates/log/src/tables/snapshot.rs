//! All tables as they were at one position.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use super::bounds;
use super::files::is_damage;
use super::readers::Reading;
use super::row::Row;
use super::rows::{KeyBound, Rows, RowsBetween};
use crate::log::Log;
use crate::{Error, Position, Result, TopicId};

/// All tables as they were when it was taken. A row's time to live goes by the time at which it was taken.
pub struct TableSnapshot {
    log: Log,
    rows: Arc<Rows>,
    reading: Arc<Reading>,
}

impl TableSnapshot {
    pub(super) fn new(log: Log, rows: Arc<Rows>, reading: Reading) -> Self {
        Self { log, rows, reading: Arc::new(reading) }
    }

    /// What is seen is what was committed in front of it.
    pub fn position(&self) -> Position {
        self.reading.at
    }

    /// The row of a key.
    ///
    /// # Errors
    /// `InvalidInput`: the topic is no table. `Unavailable`: the disk failed, or rows were damaged and are made again: take a new
    /// snapshot.
    pub fn get(&self, table: TopicId, key: &[u8]) -> Result<Option<Row>> {
        let (_, ttl_ms) = self.log.inner.seen_of_table(table)?;
        let row = self.rows.get(table, key, self.reading.at).map_err(|error| self.lost(error))?;
        Ok(row.filter(|row| !row.is_expired(ttl_ms, self.reading.now)))
    }

    /// The rows of several keys, in the order of the keys.
    ///
    /// # Errors
    /// See [`TableSnapshot::get`].
    pub fn multi_get(&self, table: TopicId, keys: &[&[u8]]) -> Result<Vec<Option<Row>>> {
        keys.iter().map(|key| self.get(table, key)).collect()
    }

    /// The rows between two keys, in the order of the keys, from either end.
    ///
    /// # Errors
    /// See [`TableSnapshot::get`].
    pub fn scan(&self, table: TopicId, keys: impl RangeBounds<Vec<u8>>) -> Result<RowScan> {
        self.between(table, bounds::of_range(&keys))
    }

    /// The rows whose keys begin with `prefix`.
    ///
    /// # Errors
    /// See [`TableSnapshot::get`].
    pub fn scan_prefix(&self, table: TopicId, prefix: &[u8]) -> Result<RowScan> {
        self.between(table, bounds::of_prefix(prefix))
    }

    fn between(&self, table: TopicId, (from, to): (Bound<Vec<u8>>, Bound<Vec<u8>>)) -> Result<RowScan> {
        let (_, ttl_ms) = self.log.inner.seen_of_table(table)?;
        let from: KeyBound<'_> = match &from {
            Bound::Unbounded => Bound::Included((table, &[])),
            from => from.as_ref().map(|key| (table, key.as_slice())),
        };
        let to: KeyBound<'_> = match &to {
            Bound::Unbounded => Bound::Excluded((TopicId(table.0.saturating_add(1)), &[])),
            to => to.as_ref().map(|key| (table, key.as_slice())),
        };
        let between = self.rows.scan(from, to, self.reading.at);
        let snapshot =
            Self { log: self.log.clone(), rows: Arc::clone(&self.rows), reading: Arc::clone(&self.reading) };
        Ok(RowScan { between, snapshot, ttl_ms })
    }

    /// Damaged rows are thrown away; the snapshot is lost with them.
    fn lost(&self, error: Error) -> Error {
        if !is_damage(&error) {
            return error;
        }
        self.log.forget_rows(&self.rows);
        Error::unavailable(format!("{error}; take a new snapshot, or scan again"))
    }
}

/// Rows between two keys, with their keys; from either end.
pub struct RowScan {
    between: RowsBetween,
    snapshot: TableSnapshot,
    ttl_ms: Option<u64>,
}

impl RowScan {
    fn seen(&self, found: Result<super::rows::KeyedRow>) -> Option<Result<(Vec<u8>, Row)>> {
        match found {
            Ok((_, row)) if row.is_expired(self.ttl_ms, self.snapshot.reading.now) => None,
            Ok(((_, key), row)) => Some(Ok((key, row))),
            Err(error) => Some(Err(self.snapshot.lost(error))),
        }
    }
}

impl Iterator for RowScan {
    type Item = Result<(Vec<u8>, Row)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = self.between.next()?;
            if let Some(row) = self.seen(found) {
                return Some(row);
            }
        }
    }
}

impl DoubleEndedIterator for RowScan {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let found = self.between.next_back()?;
            if let Some(row) = self.seen(found) {
                return Some(row);
            }
        }
    }
}
