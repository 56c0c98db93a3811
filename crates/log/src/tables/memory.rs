//! Rows in memory, for logs without a folder for tables.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::row::Row;
use super::rows::{KeyBound, KeyedRow};
use crate::{Position, Result, TopicId};

/// What a key was set to, oldest first, each from a sequence number on.
type Versions = Vec<(u64, Option<Row>)>;
type Key = (TopicId, Vec<u8>);

#[derive(Default)]
pub(super) struct MemoryRows {
    rows: RwLock<BTreeMap<Key, Versions>>,
}

/// How many rows a scan takes at a time.
const CHUNK_ROWS: usize = 256;

impl MemoryRows {
    /// Sets a row. Of this key, what nobody can see who reads at `floor` or later goes.
    pub(super) fn put(&self, table: TopicId, key: &[u8], sequence: u64, row: Option<Row>, floor: Position) {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        match rows.entry((table, key.to_vec())) {
            Entry::Vacant(place) => {
                if row.is_some() {
                    place.insert(vec![(sequence, row)]);
                }
            }
            Entry::Occupied(mut place) => {
                let versions = place.get_mut();
                let after = versions.partition_point(|(other, _)| *other <= sequence);
                versions.insert(after, (sequence, row));
                let seen = versions.partition_point(|(other, _)| *other < floor.0);
                versions.drain(..seen.saturating_sub(1));
                if versions.iter().all(|(other, row)| row.is_none() && *other < floor.0) {
                    place.remove();
                }
            }
        }
    }

    pub(super) fn get(&self, table: TopicId, key: &[u8], at: Position) -> Option<Row> {
        seen(self.read().get(&(table, key.to_vec()))?, at)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Key, Versions>> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows between two keys, as of `at`.
    pub(super) fn scan(self: &Arc<Self>, from: Bound<Key>, to: Bound<Key>, at: Position) -> MemoryScan {
        MemoryScan {
            rows: Arc::clone(self),
            at,
            from,
            to,
            front: Vec::new().into_iter(),
            back: Vec::new().into_iter(),
        }
    }
}

fn seen(versions: &Versions, at: Position) -> Option<Row> {
    let seen = versions.partition_point(|(sequence, _)| *sequence < at.0);
    versions.get(seen.checked_sub(1)?)?.1.clone()
}

/// The rows between two keys, taken out a chunk at a time.
pub(super) struct MemoryScan {
    rows: Arc<MemoryRows>,
    at: Position,
    /// What neither end has taken yet.
    from: Bound<Key>,
    to: Bound<Key>,
    front: std::vec::IntoIter<(Key, Row)>,
    /// Downwards.
    back: std::vec::IntoIter<(Key, Row)>,
}

impl MemoryScan {
    /// Takes keys from one end until there are some rows, or no more keys.
    fn fill(&mut self, back: bool) {
        let rows = Arc::clone(&self.rows);
        let rows = rows.read();
        while !super::rows::is_empty(&self.from, &self.to) {
            let mut range = rows.range((self.from.clone(), self.to.clone()));
            let mut chunk = Vec::new();
            let mut last = None;
            for _ in 0..CHUNK_ROWS {
                let Some((key, versions)) = (if back { range.next_back() } else { range.next() }) else {
                    break;
                };
                chunk.extend(seen(versions, self.at).map(|row| (key.clone(), row)));
                last = Some(key);
            }
            let Some(last) = last else { return };
            if back {
                self.to = Bound::Excluded(last.clone());
                self.back = chunk.into_iter();
            } else {
                self.from = Bound::Excluded(last.clone());
                self.front = chunk.into_iter();
            }
            let taken = if back { &self.back } else { &self.front };
            if taken.len() > 0 {
                return;
            }
        }
    }
}

impl Iterator for MemoryScan {
    type Item = Result<KeyedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.front.len() == 0 {
            self.fill(false);
        }
        // What the other end has taken already comes after everything else.
        self.front.next().or_else(|| self.back.next_back()).map(Ok)
    }
}

impl DoubleEndedIterator for MemoryScan {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.back.len() == 0 {
            self.fill(true);
        }
        self.back.next().or_else(|| self.front.next_back()).map(Ok)
    }
}

/// A bound of keys as one of the map.
pub(super) fn bound(bound: KeyBound<'_>) -> Bound<Key> {
    bound.map(|(table, key)| (table, key.to_vec()))
}
