//! Rows, and how they stand in the trees' files.

use crate::record::MessageView;
use crate::wire::Reader;
use crate::{Offset, QueueId, Timestamp, TopicId};

/// The longest key of a row: the trees take 65,535 bytes, of which four name the table.
pub const TABLE_KEY_BYTES_MAX: usize = 65_531;

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was put.
    pub value: Vec<u8>,
    /// The queue of the message that the row stands in.
    pub queue: QueueId,
    /// The offset of that message.
    pub offset: Offset,
    /// When it was put.
    pub store_time: Timestamp,
}

impl Row {
    /// The row that a message puts.
    pub(super) fn of(message: &MessageView<'_>, queue: QueueId) -> Option<Self> {
        let value = message.body()?.to_vec();
        Some(Self { value, queue, offset: message.offset, store_time: message.store_time })
    }

    /// Whether it is gone by `now`.
    pub(super) fn is_expired(&self, ttl_ms: Option<u64>, now: Timestamp) -> bool {
        ttl_ms.is_some_and(|ttl| {
            let ttl = i64::try_from(ttl).unwrap_or(i64::MAX);
            self.store_time.0.saturating_add(ttl) <= now.0
        })
    }
}

/// The key in a tree: the table's id, so that rows of one table stand together, then the row's key.
pub(super) fn tree_key(table: TopicId, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + key.len());
    bytes.extend_from_slice(&table.0.to_be_bytes());
    bytes.extend_from_slice(key);
    bytes
}

/// The table and key that [`tree_key`] was made of.
pub(super) fn split_tree_key(bytes: &[u8]) -> Option<(TopicId, &[u8])> {
    let (table, key) = bytes.split_first_chunk()?;
    Some((TopicId(u32::from_be_bytes(*table)), key))
}

/// A row in a tree: offset (8), time (8), queue (4), value.
pub(super) fn encode(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(20 + row.value.len());
    bytes.extend_from_slice(&row.offset.to_le_bytes());
    bytes.extend_from_slice(&row.store_time.0.to_le_bytes());
    bytes.extend_from_slice(&row.queue.0.to_le_bytes());
    bytes.extend_from_slice(&row.value);
    bytes
}

/// What [`encode`] gave.
pub(super) fn decode(bytes: &[u8]) -> Option<Row> {
    let mut reader = Reader::new(bytes);
    let (offset, store_time, queue) = (reader.u64().ok()?, reader.i64().ok()?, reader.u32().ok()?);
    let value = bytes.get(20..)?.to_vec();
    Some(Row { value, queue: QueueId(queue), offset, store_time: Timestamp(store_time) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_keys_come_back() {
        let row = Row { value: b"v".to_vec(), queue: QueueId(3), offset: 1 << 40, store_time: Timestamp(-5) };
        assert_eq!(decode(&encode(&row)), Some(row));
        assert_eq!(decode(&[0; 19]), None);
        assert_eq!(split_tree_key(&tree_key(TopicId(258), b"k")), Some((TopicId(258), &b"k"[..])));
        assert!(
            tree_key(TopicId(1), b"\xff\xff") < tree_key(TopicId(2), b""),
            "tables stand one behind the other"
        );
    }

    #[test]
    fn a_row_lives_for_its_time() {
        let row = Row { value: Vec::new(), queue: QueueId(0), offset: 0, store_time: Timestamp(1000) };
        assert!(!row.is_expired(None, Timestamp(i64::MAX)));
        assert!(!row.is_expired(Some(500), Timestamp(1499)));
        assert!(row.is_expired(Some(500), Timestamp(1500)));
        assert!(!row.is_expired(Some(u64::MAX), Timestamp(i64::MAX - 1)));
    }
}
