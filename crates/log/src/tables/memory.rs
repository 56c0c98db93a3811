//! Rows in memory, for logs without a folder for tables.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use super::Row;
use crate::{Position, TopicId};

type Versions = Vec<(u64, Option<Row>)>;

#[derive(Default)]
pub(super) struct MemoryRows {
    rows: RwLock<BTreeMap<(TopicId, Vec<u8>), Versions>>,
}

impl MemoryRows {
    pub(super) fn put(&self, table: TopicId, key: &[u8], sequence: u64, row: Option<Row>) {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        rows.entry((table, key.to_vec())).or_default().push((sequence, row));
    }

    pub(super) fn get(&self, table: TopicId, key: &[u8], at: Position) -> Option<Row> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let versions = rows.get(&(table, key.to_vec()))?;
        let seen = versions.partition_point(|(sequence, _)| *sequence < at.0);
        versions.get(seen.checked_sub(1)?)?.1.clone()
    }
}
