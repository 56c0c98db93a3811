//! An index made again from its segment.

use std::collections::BTreeMap;

use super::{IndexBuilder, KeyEntry, QueueBatches};
use crate::catalog::BatchRef;
use crate::record::{Batch, Head, RecordKind, SectionKind, key_hash};
use crate::segment::{Scan, Segment};
use crate::shared::Shared;
use crate::{Error, Position, QueueId, Result, TopicId};

/// Reads the sealed segment from front to end and gives its index.
///
/// # Errors
/// `Corrupt`: a record in it is damaged; `Unavailable`: the disk failed.
pub(crate) fn build_from_segment(segment: &Segment, end: Position) -> Result<IndexBuilder> {
    let name = segment.name();
    let mut queues: BTreeMap<(TopicId, QueueId), QueueBatches> = BTreeMap::new();
    let mut keys = Vec::new();
    let mut commit_bytes = 0;
    let mut scan = Scan::new(segment.file.clone(), segment.base, segment.base, end);
    loop {
        let scanned = scan.next().map_err(|stopped| stopped.into_error(&name))?;
        let Some(scanned) = scanned else { break };
        let header = scanned.head.header;
        if header.kind != RecordKind::Commit {
            continue;
        }
        commit_bytes += u64::from(header.length);
        let damaged = |damage: crate::record::Damage| damage.at(header.position, &name);
        let at = u32::try_from((header.position.0 - segment.base.0) / 8)
            .map_err(|_| Error::internal(format!("segment {name} is over 32 GiB long")))?;
        for (number, section) in (0..).zip(scanned.head.sections()) {
            let section = section.map_err(damaged)?;
            if section.kind != SectionKind::Messages || section.is_held() {
                continue;
            }
            let content = Head::content(scanned.bytes, number, &section).map_err(damaged)?;
            let batch = Batch::parse(
                Shared::from(content.to_vec()),
                section,
                header.committed_at(),
                header.store_time,
            )
            .map_err(|malformed| damaged(malformed.into()))?;
            let queue = queues.entry((section.topic, section.queue)).or_insert_with(|| QueueBatches {
                start: batch.base_offset(),
                end: batch.base_offset(),
                bytes: 0,
                batches: Vec::new(),
            });
            let offset = u32::try_from(batch.base_offset().saturating_sub(queue.start)).map_err(|_| {
                Error::internal(format!("segment {name} has over 2^32 messages of one queue"))
            })?;
            queue.batches.push(BatchRef::new(offset, at, number));
            queue.end = batch.end_offset();
            queue.bytes += u64::from(section.length);
            for (index, message) in (0..).zip(batch.messages()) {
                let names =
                    message.keys().chain((!message.unique_id().is_empty()).then(|| message.unique_id()));
                keys.extend(names.map(|name| KeyEntry { hash: key_hash(name), at, section: number, index }));
            }
        }
    }
    keys.sort_unstable();
    let queues = queues.into_iter().map(|((topic, queue), batches)| (topic, queue, batches)).collect();
    Ok(IndexBuilder::new(segment.base, commit_bytes, queues, keys))
}
