//! A commit takes its turn.

use std::sync::Arc;

use super::{Core, Pending};
use crate::catalog::{check_all, no_topic};
use crate::index::KeyEntry;
use crate::log::Inner;
use crate::record::{
    Batch, Commit, Durability, Encoded, HEADER_BYTES, Placement, RecordKind, Section, SectionKind,
};
use crate::segment::unknown_kind;
use crate::shared::Shared;
use crate::tables::TABLE_KEY_BYTES_MAX;
use crate::{Error, Offset, Position, QueueId, Result, Timestamp, TopicId};

/// Where a commit went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Where its record stands.
    pub position: Position,
    /// Where the next one will stand: what a reader may see includes this commit once it has come so far.
    pub end: Position,
    /// Its time in the log: what the caller gave, or the time of the commit in front of it if that was later.
    pub store_time: Timestamp,
    /// The queues that got messages: the first offset and how many, in the order in which they were first written to.
    pub queues: Vec<Appended>,
}

/// What a queue got by a commit. A queue's messages of a commit have consecutive offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The topic.
    pub topic: TopicId,
    /// The queue.
    pub queue: QueueId,
    /// The offset of the first message.
    pub offset: Offset,
    /// How many messages.
    pub count: u32,
}

/// The commit's turn came: it has its place, and whoever comes next sees it.
pub(crate) struct Placed {
    pub receipt: Receipt,
    /// Whether it has to wait for the disk.
    pub strict: bool,
}

impl Core {
    /// Gives the commit its place, and takes up all of it. After an error nothing of it was taken up, but if that was
    /// [`crate::ErrorKind::Internal`]: then the caller has to stop the writer.
    pub(crate) fn append(
        &mut self,
        inner: &Inner,
        commit: &Commit,
        mut encoded: Encoded,
        now: Timestamp,
    ) -> Result<Placed> {
        if self.closed {
            return Err(Error::unavailable("the log was closed; open it again"));
        }
        let strict = self.check(commit)?;
        self.make_room(inner, encoded.length(), commit.takes_reserve(), now)?;
        let segment = self.active().cloned().ok_or_else(|| Error::internal("the log has no segment"))?;
        let position = self.tail;
        let store_time = now.max(self.last_time);

        let queues = self.place_messages(&mut encoded.sections, segment.base, position)?;
        let names = std::mem::take(&mut encoded.names);
        let end = Position(position.0 + encoded.length() as u64);
        let at = self.next_place(store_time);
        let (record, checksum, sections) = encoded.place(RecordKind::Commit, 0, at);
        let record = Arc::new(record);

        let unit = u32::try_from((position.0 - segment.base.0) / 8).unwrap_or(u32::MAX);
        for (hash, section, index) in names {
            self.keys.push(KeyEntry { hash, at: unit, section, index });
        }
        for change in commit.changes() {
            change.apply(&mut self.catalog);
            self.machines.catalog_changed(change);
        }
        for (group, topic, queue, offset) in commit.group_offsets() {
            self.catalog.set_offset(*group, *topic, *queue, *offset);
        }
        for (kind, entry) in commit.states() {
            let machine = self.machines.of_kind_mut(kind).ok_or_else(|| unknown_kind(kind))?;
            machine.apply(position, store_time, entry).map_err(|error| Error::internal(error.message))?;
        }
        self.put_rows(inner, &record, &sections, position, store_time)?;

        self.push_record(&segment, position, record, checksum, store_time);
        if strict {
            self.strict.push_back((position, end));
        }
        Ok(Placed { receipt: Receipt { position, end, store_time, queues }, strict })
    }

    /// Where the next record goes, and what it has to say of those in front of it.
    pub(crate) fn next_place(&self, store_time: Timestamp) -> Placement {
        Placement {
            position: self.tail,
            durable: self.durable,
            store_time,
            previous: self.previous,
            origin: Position(0),
        }
    }

    pub(crate) fn push_record(
        &mut self,
        segment: &Arc<crate::segment::Segment>,
        position: Position,
        record: Arc<Vec<u8>>,
        checksum: u32,
        store_time: Timestamp,
    ) {
        self.tail = Position(position.0 + record.len() as u64);
        self.previous = checksum;
        self.last_time = store_time;
        self.recent.push(position, Arc::clone(&record));
        self.pending.push(Pending { segment: Arc::clone(segment), position, record });
    }

    /// Whether everything that the commit names is there; and whether it has to wait for the disk.
    fn check(&self, commit: &Commit) -> Result<bool> {
        let mut strict = false;
        for (topic, queue, held) in commit.targets() {
            let found = if held && queue == QueueId::ANY {
                self.catalog.topic(topic).ok_or_else(|| no_topic(topic))?
            } else {
                self.catalog.queue(topic, queue)?.0
            };
            strict |= found.spec.durability == Durability::Fsync;
        }
        for (topic, bytes) in commit.longest_keys() {
            let table = self.catalog.topic(topic).filter(|topic| topic.spec.table);
            if let Some(table) = table.filter(|_| bytes > TABLE_KEY_BYTES_MAX) {
                return Err(Error::invalid(format!(
                    "a key of {bytes} bytes is too long for table '{}'; at most {TABLE_KEY_BYTES_MAX} are allowed",
                    table.name
                )));
            }
        }
        for (group, topic, queue, _) in commit.group_offsets() {
            self.catalog.group(*group).ok_or_else(|| {
                Error::invalid(format!(
                    "there is no group with id {}; it was deleted, or never made",
                    group.0
                ))
            })?;
            let (found, _) = self.catalog.queue(*topic, *queue)?;
            strict |= found.spec.durability == Durability::Fsync;
        }
        if !commit.changes().is_empty() {
            check_all(commit.changes(), &self.catalog)?;
            strict = true;
        }
        for (kind, entry) in commit.states() {
            self.machines.of_kind(kind).ok_or_else(|| unknown_kind(kind))?.check(entry)?;
            strict = true;
        }
        Ok(strict && !commit.is_relaxed())
    }

    /// Gives messages their offsets.
    fn place_messages(
        &mut self,
        sections: &mut [Section],
        base: Position,
        position: Position,
    ) -> Result<Vec<Appended>> {
        let mut queues = Vec::new();
        for (number, section) in (0..).zip(sections) {
            if section.kind != SectionKind::Messages || section.is_held() {
                continue;
            }
            let mut appended =
                Appended { topic: section.topic, queue: section.queue, offset: 0, count: section.count };
            let topic = self.catalog.topic(section.topic);
            let spans = topic.and_then(|topic| topic.spans.get(&section.queue));
            let span = spans.and_then(|spans| spans.last()).copied();
            if let Some(span) = span {
                (section.topic, section.queue) = (span.topic, span.queue);
            }
            let queue = self.catalog.queue_mut(section.topic, section.queue);
            let queue = queue.ok_or_else(|| Error::internal("a queue that was checked is gone"))?;
            section.base_offset = queue.end;
            appended.offset = queue.end.wrapping_add(span.map_or(0, |span| span.shift()));
            queue
                .push(section.count, section.length, base, position, number)
                .ok_or_else(|| Error::internal("a segment is too long for its index"))?;
            queues.push(appended);
        }
        Ok(queues)
    }

    /// Puts the rows of tables.
    fn put_rows(
        &self,
        inner: &Inner,
        record: &Arc<Vec<u8>>,
        sections: &[Section],
        position: Position,
        store_time: Timestamp,
    ) -> Result<()> {
        let tables = sections.iter().filter(|section| {
            let topic = self.catalog.topic(section.topic);
            section.kind == SectionKind::Messages
                && !section.is_held()
                && topic.is_some_and(|topic| topic.spec.table)
        });
        let mut sequence = position.0;
        for section in tables {
            let start = section.at as usize;
            let content = Shared::whole(Arc::clone(record)).part(start..start + section.length as usize);
            let content = content.ok_or_else(|| Error::internal("a section lies outside of its record"))?;
            let batch = Batch::parse(content, *section, position, store_time)
                .map_err(|malformed| Error::internal(malformed.0))?;
            inner.tables.put_batch(&batch, &mut sequence, self.visible);
        }
        Ok(())
    }

    /// Whether a record of this length, and an end behind it, fit into the segment.
    pub(super) fn fits(&self, length: usize) -> bool {
        self.active().is_some_and(|segment| {
            segment.sealed.get().is_none()
                && self.tail.0 - segment.base.0 + (length + HEADER_BYTES) as u64 <= segment.capacity
        })
    }
}
