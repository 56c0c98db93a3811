//! Tables: the latest row of each key of a topic that is a table.
//!
//! Derived from the log: a row is put when its message is committed, under the commit's position, so that reading "at a position" sees
//! whole commits only. What was lost is made again from the log.

mod memory;

use crate::log::Log;
use crate::record::Batch;
use crate::segment::Scan;
use crate::storage::Storage;
use crate::{Offset, Options, Position, QueueId, Result, Timestamp, TopicId};

use memory::MemoryRows;

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was put.
    pub value: Vec<u8>,
    /// The queue of the message that put it.
    pub queue: QueueId,
    /// The offset of the message that put it.
    pub offset: Offset,
    /// When it was put.
    pub store_time: Timestamp,
}

pub(crate) struct Tables {
    rows: MemoryRows,
}

impl Tables {
    pub(crate) fn open(_storage: &dyn Storage, _options: &Options, _now: Timestamp) -> Result<Self> {
        Ok(Self { rows: MemoryRows::default() })
    }

    /// Puts the rows of a batch of a table. `sequence` goes up by one for each.
    pub(crate) fn put_batch(&self, batch: &Batch, sequence: &mut u64) {
        for message in batch.messages() {
            let Some(key) = message.key() else { continue };
            let row = message.body().map(|body| Row {
                value: body.to_vec(),
                queue: batch.queue(),
                offset: message.offset,
                store_time: batch.store_time(),
            });
            self.rows.put(batch.topic(), key, *sequence, row);
            *sequence += 1;
        }
    }

    /// Everything in front of it is in the tables' files.
    pub(crate) fn applied(&self) -> Position {
        Position(0)
    }
}

impl Log {
    /// The row of a key, as of the commits that can be seen.
    ///
    /// # Errors
    /// `InvalidInput`: the topic is no table. `Unavailable`: the disk failed.
    pub fn get(&self, table: TopicId, key: &[u8]) -> Result<Option<Row>> {
        let visible = self.table_visible(table)?;
        Ok(self.inner.tables.rows.get(table, key, visible))
    }

    fn table_visible(&self, table: TopicId) -> Result<Position> {
        let core = self.inner.core();
        let topic = core.catalog.topic(table).ok_or_else(|| crate::catalog::no_topic(table))?;
        if !topic.spec.table {
            return Err(crate::Error::invalid(format!(
                "topic '{}' is no table; make it one when creating it",
                topic.name
            )));
        }
        Ok(core.visible)
    }

    pub(crate) fn flush_tables(&self) -> Result<()> {
        Ok(())
    }

    /// Puts what the tables' files lack.
    pub(crate) fn catch_up_tables(&self) -> Result<()> {
        let (segments, tables, tail) = {
            let core = self.inner.core();
            let tables: std::collections::HashSet<TopicId> =
                core.catalog.topics().filter(|(_, topic)| topic.spec.table).map(|(id, _)| id).collect();
            (core.segments.clone(), tables, core.tail)
        };
        if tables.is_empty() {
            return Ok(());
        }
        let applied = self.inner.tables.applied();
        let nexts = segments.iter().skip(1).map(|next| next.base).chain([tail]);
        for (segment, next) in segments.iter().zip(nexts) {
            if next <= applied {
                continue;
            }
            let end = segment.sealed.get().copied().unwrap_or(tail);
            let name = segment.name();
            let mut scan = Scan::new(segment.file.clone(), segment.base, segment.base, end);
            while let Some(scanned) = scan.next().map_err(|stopped| stopped.into_error(&name))? {
                let header = scanned.head.header;
                let mut sequence = header.committed_at().0;
                for (number, section) in (0..).zip(scanned.head.sections()) {
                    let damaged = |damage: crate::record::Damage| damage.at(header.position, &name);
                    let section = section.map_err(damaged)?;
                    if section.kind != crate::record::SectionKind::Messages
                        || section.is_held()
                        || !tables.contains(&section.topic)
                    {
                        continue;
                    }
                    let content =
                        crate::record::Head::content(scanned.bytes, number, &section).map_err(damaged)?;
                    let content = crate::shared::Shared::from(content.to_vec());
                    let batch = Batch::parse(content, section, header.committed_at(), header.store_time)
                        .map_err(|malformed| damaged(malformed.into()))?;
                    self.inner.tables.put_batch(&batch, &mut sequence);
                }
            }
        }
        Ok(())
    }
}
