//! The rows that are asked for most, ready to be given.
//!
//! A row here is the latest one of its key for everybody who reads now: a put takes it out before it can be seen, and a reader brings a row
//! in only if it sees everything that was put to the same shard. Each key has one place; another key that has the same takes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

use super::row::Row;
use crate::Position;

const SHARDS: usize = 64;
/// The longest key and value that are kept, together.
const ROW_BYTES_MAX: usize = 1024;

pub(super) struct HotRows {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    /// The largest sequence number that was put here.
    last_put: u64,
    places: Vec<Option<(Vec<u8>, Option<Row>)>>,
}

impl HotRows {
    /// Room for rows of at most about `bytes` bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let places = usize::try_from(bytes).unwrap_or(usize::MAX) / ROW_BYTES_MAX / SHARDS;
        let shard = || Shard { last_put: 0, places: vec![None; places.max(1)] };
        Self { shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect() }
    }

    /// The shard of a key, and the key's place in it.
    fn shard(&self, key: &[u8]) -> Option<(MutexGuard<'_, Shard>, usize)> {
        let hash = crate::ids::size(xxh3_64(key));
        let shard = self.shards.get(hash % SHARDS)?.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (hash / SHARDS) % shard.places.len().max(1);
        Some((shard, place))
    }

    /// What a key of the tree was found to have; the outer `None`: nothing is known.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<Row>> {
        let (shard, place) = self.shard(key)?;
        let (other, row) = shard.places.get(place)?.as_ref()?;
        (other == key).then(|| row.clone())
    }

    /// A key is put.
    pub(super) fn put(&self, key: &[u8], sequence: u64) {
        let Some((mut shard, place)) = self.shard(key) else { return };
        shard.last_put = shard.last_put.max(sequence);
        if let Some(place) = shard.places.get_mut(place)
            && place.as_ref().is_some_and(|(other, _)| other == key)
        {
            *place = None;
        }
    }

    /// A key was found to have this row by who reads at `at`.
    pub(super) fn found(&self, key: Vec<u8>, row: Option<&Row>, at: Position) {
        if key.len() + row.map_or(0, |row| row.value.len()) > ROW_BYTES_MAX {
            return;
        }
        let Some((mut shard, place)) = self.shard(&key) else { return };
        // What was put since, or cannot be seen yet, may be this key's.
        if shard.last_put < at.0
            && let Some(place) = shard.places.get_mut(place)
        {
            *place = Some((key, row.cloned()));
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
    fn large_rows_are_not_kept() {
        let hot = HotRows::new(1 << 20);
        let large = Row { value: vec![0; ROW_BYTES_MAX], ..row(1) };
        hot.found(b"key".to_vec(), Some(&large), Position(1));
        assert_eq!(hot.get(b"key"), None);
    }
}
