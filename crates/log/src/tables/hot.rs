//! The rows that are asked for most, ready to be given.
//!
//! A row here is the latest one of its key for everybody who reads now: a put takes it out before it can be seen, and a reader brings a row
//! in only if it sees everything that was put to the same shard. Where there is no more room, those that have been here longest go.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

use super::row::Row;
use crate::Position;

const SHARDS: usize = 64;
/// The longest key and value that are kept, together.
const ROW_BYTES_MAX: usize = 1024;
/// What a row takes beside its value and its key, which stands twice.
const ROW_BYTES_BESIDE: usize = 144;

pub(super) struct HotRows {
    shards: Vec<Mutex<Shard>>,
    /// What the rows of a shard may take.
    shard_bytes: usize,
}

#[derive(Default)]
struct Shard {
    /// The largest sequence number that was put here.
    last_put: u64,
    rows: HashMap<Vec<u8>, Option<Row>>,
    /// The keys in the order in which they came; some are gone again.
    came: VecDeque<Vec<u8>>,
    bytes: usize,
}

fn bytes_of(key: &[u8], row: Option<&Row>) -> usize {
    2 * key.len() + row.map_or(0, |row| row.value.len()) + ROW_BYTES_BESIDE
}

impl Shard {
    fn remove(&mut self, key: &[u8]) {
        if let Some(row) = self.rows.remove(key) {
            self.bytes = self.bytes.saturating_sub(bytes_of(key, row.as_ref()));
        }
    }

    fn insert(&mut self, key: Vec<u8>, row: Option<Row>, limit: usize) {
        self.remove(&key);
        let bytes = bytes_of(&key, row.as_ref());
        while self.bytes + bytes > limit {
            let Some(oldest) = self.came.pop_front() else { return };
            self.remove(&oldest);
        }
        // Keys that are gone are forgotten when they are as many as those that are here.
        if self.came.len() > 2 * self.rows.len() + 16 {
            let rows = &self.rows;
            self.came.retain(|key| rows.contains_key(key));
        }
        self.bytes += bytes;
        self.came.push_back(key.clone());
        self.rows.insert(key, row);
    }
}

impl HotRows {
    /// Room for rows of at most about `bytes` bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let shard_bytes = usize::try_from(bytes).unwrap_or(usize::MAX) / SHARDS;
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), shard_bytes }
    }

    /// The shard of a key.
    fn shard(&self, key: &[u8]) -> Option<MutexGuard<'_, Shard>> {
        let hash = crate::ids::size(xxh3_64(key));
        Some(self.shards.get(hash % SHARDS)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a key of the tree was found to have; the outer `None`: nothing is known.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<Row>> {
        self.shard(key)?.rows.get(key).cloned()
    }

    /// A key is put.
    pub(super) fn put(&self, key: &[u8], sequence: u64) {
        let Some(mut shard) = self.shard(key) else { return };
        shard.last_put = shard.last_put.max(sequence);
        shard.remove(key);
    }

    /// A key was found to have this row by who reads at `at`.
    pub(super) fn found(&self, key: Vec<u8>, row: Option<&Row>, at: Position) {
        if key.len() + row.map_or(0, |row| row.value.len()) > ROW_BYTES_MAX {
            return;
        }
        let Some(mut shard) = self.shard(&key) else { return };
        // What was put since, or cannot be seen yet, may be this key's.
        if shard.last_put < at.0 {
            shard.insert(key, row.cloned(), self.shard_bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{QueueId, Timestamp};

    fn row(offset: u64) -> Row {
        Row { value: vec![1], queue: QueueId(0), offset, store_time: Timestamp(0) }
    }

    #[test]
    fn a_row_that_is_put_again_is_forgotten_before_it_can_be_seen() {
        let hot = HotRows::new(1 << 20);
        assert_eq!(hot.get(b"key"), None);
        hot.put(b"key", 10);
        hot.found(b"key".to_vec(), Some(&row(1)), Position(10));
        assert_eq!(hot.get(b"key"), None, "the put cannot be seen at its own position");
        hot.found(b"key".to_vec(), Some(&row(1)), Position(11));
        assert_eq!(hot.get(b"key"), Some(Some(row(1))));
        hot.put(b"key", 20);
        assert_eq!(hot.get(b"key"), None);
        // Somebody who read in front of the put is late.
        hot.found(b"key".to_vec(), Some(&row(1)), Position(15));
        assert_eq!(hot.get(b"key"), None);
        hot.found(b"key".to_vec(), None, Position(30));
        assert_eq!(hot.get(b"key"), Some(None), "that there is no row is known, too");
    }

    #[test]
    fn the_oldest_rows_make_room() {
        let hot = HotRows::new(64 << 10);
        for number in 0..10_000_u32 {
            hot.found(number.to_be_bytes().to_vec(), Some(&row(1)), Position(1));
            if number % 3 == 0 {
                hot.put(&number.to_be_bytes(), 0);
            }
        }
        let known = (0..10_000_u32).filter(|number| hot.get(&number.to_be_bytes()).is_some());
        assert!((100..(64 << 10) / ROW_BYTES_BESIDE).contains(&known.count()));
        assert!(hot.get(&0_u32.to_be_bytes()).is_none());
        assert!(hot.get(&9_998_u32.to_be_bytes()).is_some());
        for shard in &hot.shards {
            let shard = shard.lock().unwrap();
            assert!(shard.bytes <= hot.shard_bytes && shard.came.len() <= 2 * shard.rows.len() + 17);
        }
    }

    #[test]
    fn large_rows_are_not_kept() {
        let hot = HotRows::new(1 << 20);
        let large = Row { value: vec![0; ROW_BYTES_MAX], ..row(1) };
        hot.found(b"key".to_vec(), Some(&large), Position(1));
        assert_eq!(hot.get(b"key"), None);
    }
}
