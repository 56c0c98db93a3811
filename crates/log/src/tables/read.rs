//! Reading rows.

use std::ops::RangeBounds;
use std::sync::{Arc, PoisonError};

use super::files::is_damage;
use super::row::Row;
use super::rows::Rows;
use super::snapshot::{RowScan, TableSnapshot};
use crate::log::{Inner, Log};
use crate::{Error, Position, Result, Timestamp, TopicId};

/// How often rows are made again for one call.
const ATTEMPTS: usize = 4;

impl Inner {
    /// Up to where a table can be seen, and how long its rows live.
    pub(super) fn seen_of_table(&self, table: TopicId) -> Result<(Position, Option<u64>)> {
        let core = self.core();
        let topic = core.catalog.topic(table).ok_or_else(|| crate::catalog::no_topic(table))?;
        if !topic.spec.table {
            return Err(Error::invalid(format!(
                "topic '{}' is no table; make it one when creating it",
                topic.name
            )));
        }
        Ok((core.visible, topic.spec.ttl_ms))
    }
}

impl Log {
    /// The row of a key, as of the commits that can be seen. A row is gone when it is older than the table's time to live by `now`.
    ///
    /// Rows that are missing because the folder of tables was lost or damaged are read from the log first, which may take a while;
    /// [`Log::tend_tables`] does it in parts.
    ///
    /// # Errors
    /// `InvalidInput`: the topic is no table. `Unavailable`: the disk failed. `Corrupt`: rows are missing, and the log is damaged where
    /// they have to be read from it.
    pub fn get(&self, table: TopicId, key: &[u8], now: Timestamp) -> Result<Option<Row>> {
        self.with_rows(|rows| {
            let (at, ttl_ms) = self.inner.seen_of_table(table)?;
            Ok(rows.get(table, key, at)?.filter(|row| !row.is_expired(ttl_ms, now)))
        })
    }

    /// The rows of several keys, all as of the same commits; in the order of the keys.
    ///
    /// # Errors
    /// See [`Log::get`].
    pub fn multi_get(&self, table: TopicId, keys: &[&[u8]], now: Timestamp) -> Result<Vec<Option<Row>>> {
        self.with_rows(|rows| {
            let (at, ttl_ms) = self.inner.seen_of_table(table)?;
            let row =
                |key: &&[u8]| Ok(rows.get(table, key, at)?.filter(|row: &Row| !row.is_expired(ttl_ms, now)));
            keys.iter().map(row).collect()
        })
    }

    /// The rows between two keys, in the order of the keys, from either end; all as of the commits that can be seen now, whatever is
    /// committed while they are read.
    ///
    /// # Errors
    /// See [`Log::get`].
    pub fn scan_table(
        &self,
        table: TopicId,
        keys: impl RangeBounds<Vec<u8>>,
        now: Timestamp,
    ) -> Result<RowScan> {
        self.table_snapshot(now)?.scan(table, keys)
    }

    /// The rows whose keys begin with `prefix`, as [`Log::scan_table`] gives them.
    ///
    /// # Errors
    /// See [`Log::get`].
    pub fn scan_prefix(&self, table: TopicId, prefix: &[u8], now: Timestamp) -> Result<RowScan> {
        self.table_snapshot(now)?.scan_prefix(table, prefix)
    }

    /// All tables as of the commits that can be seen now. As long as it, or a scan of it, is held, what it sees takes space.
    ///
    /// # Errors
    /// See [`Log::get`].
    pub fn table_snapshot(&self, now: Timestamp) -> Result<TableSnapshot> {
        self.with_rows(|rows| {
            let visible = self.inner.core().visible;
            let reading = self.inner.tables.readers.enter(visible, now);
            Ok(TableSnapshot::new(self.clone(), Arc::clone(rows), reading))
        })
    }

    /// Reads with all rows there; makes them again if they turn out to be damaged.
    fn with_rows<T>(&self, read: impl Fn(&Arc<Rows>) -> Result<T>) -> Result<T> {
        let tables = &self.inner.tables;
        for _ in 0..ATTEMPTS {
            self.follow(u64::MAX)?;
            let gate = tables.gate.read().unwrap_or_else(PoisonError::into_inner);
            let Some(rows) = gate.as_ref() else { continue };
            match read(rows) {
                Err(error) if is_damage(&error) => {
                    let rows = Arc::clone(rows);
                    drop(gate);
                    self.forget_rows(&rows);
                }
                answer => return answer,
            }
        }
        Err(Error::unavailable(format!(
            "the rows of tables in {} were damaged {ATTEMPTS} times while they were read; check the disk",
            self.inner.storage.describe()
        )))
    }
}
