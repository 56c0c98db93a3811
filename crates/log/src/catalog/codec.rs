//! The catalog in the snapshot at the start of a segment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{decode_spans, encode_spans};
use super::queue::Queue;
use super::spec::{decode_attributes, encode_attributes};
use super::{Catalog, Group, Topic, TopicSpec};
use crate::wire::{Malformed, Reader, put_bytes16};
use crate::{GroupId, QueueId, TopicId};

/// Appends the whole catalog, with where each queue begins and ends.
pub(crate) fn encode_snapshot(catalog: &Catalog, out: &mut Vec<u8>) {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
    out.extend_from_slice(&catalog.next_topic().0.to_le_bytes());
    out.extend_from_slice(&count(catalog.topics().count()));
    for (id, topic) in catalog.topics() {
        out.extend_from_slice(&id.0.to_le_bytes());
        put_bytes16(out, topic.name.as_bytes());
        topic.spec.encode(out);
        out.extend_from_slice(&count(topic.queues.len()));
        for queue in &topic.queues {
            out.extend_from_slice(&queue.begin.to_le_bytes());
            out.extend_from_slice(&queue.end.to_le_bytes());
        }
        out.extend_from_slice(&count(topic.spans.len()));
        for (queue, spans) in &topic.spans {
            out.extend_from_slice(&queue.0.to_le_bytes());
            encode_spans(out, spans);
        }
    }
    out.extend_from_slice(&catalog.next_group().0.to_le_bytes());
    out.extend_from_slice(&count(catalog.groups().count()));
    for (id, group) in catalog.groups() {
        out.extend_from_slice(&id.0.to_le_bytes());
        put_bytes16(out, group.name.as_bytes());
        encode_attributes(out, &group.attributes);
    }
    out.extend_from_slice(&count(catalog.offsets().count()));
    for (group, topic, queue, offset) in catalog.offsets() {
        for id in [group.0, topic.0, queue.0] {
            out.extend_from_slice(&id.to_le_bytes());
        }
        out.extend_from_slice(&offset.to_le_bytes());
    }
}

/// Reads what [`encode_snapshot`] wrote. Queues start the segment at their ends.
pub(crate) fn decode_snapshot(reader: &mut Reader<'_>) -> Result<Catalog, Malformed> {
    let mut catalog = Catalog::default();
    let next_topic = reader.u32()?;
    if next_topic > super::IDS_MAX {
        return Err(Malformed("the id of a topic is out of bounds"));
    }
    for _ in 0..reader.u32()? {
        let id = TopicId(reader.u32()?);
        if id.0 >= next_topic {
            return Err(Malformed("the id of a topic is out of bounds"));
        }
        let name = Arc::from(reader.text16()?);
        let spec = Arc::new(TopicSpec::decode(reader)?);
        let queues = reader.u32()?;
        if queues > super::QUEUES_MAX {
            return Err(Malformed("the number of queues of a topic is out of bounds"));
        }
        let mut topic = Topic { name, spec, queues: Vec::new(), spans: BTreeMap::new() };
        for _ in 0..queues {
            let (begin, end) = (reader.u64()?, reader.u64()?);
            if begin > end {
                return Err(Malformed("a queue begins behind its end"));
            }
            topic.queues.push(Queue::starting(begin, end));
        }
        for _ in 0..reader.u32()? {
            let queue = QueueId(reader.u32()?);
            topic.spans.insert(queue, decode_spans(reader)?);
        }
        topic.queues.shrink_to_fit();
        catalog.insert_topic(id, topic);
    }
    let next_group = reader.u32()?;
    if next_group > super::IDS_MAX {
        return Err(Malformed("the id of a group is out of bounds"));
    }
    for _ in 0..reader.u32()? {
        let id = GroupId(reader.u32()?);
        if id.0 >= next_group {
            return Err(Malformed("the id of a group is out of bounds"));
        }
        let name = Arc::from(reader.text16()?);
        catalog.insert_group(id, Group { name, attributes: decode_attributes(reader)? });
    }
    for _ in 0..reader.u32()? {
        let (group, topic, queue) = (GroupId(reader.u32()?), TopicId(reader.u32()?), QueueId(reader.u32()?));
        catalog.set_offset(group, topic, queue, reader.u64()?);
    }
    // Ids of the deleted are not given again.
    catalog.topics.resize_with(next_topic as usize, || None);
    catalog.groups.resize_with(next_group as usize, || None);
    Ok(catalog)
}
