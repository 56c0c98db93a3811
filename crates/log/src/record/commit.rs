//! What is committed together, and its bytes.

use std::collections::HashMap;

use super::messages::{BatchBuilder, Compression};
use super::section::{HELD, Section, SectionKind};
use super::{HEADER_BYTES, Header, Message, RECORD_BYTES_MAX, RecordKind, SECTION_BYTES};
use crate::catalog::Change;
use crate::wire::pad8;
use crate::{Error, GroupId, Offset, Position, QueueId, Result, Timestamp, TopicId};

/// When a commit is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// When it would survive a loss of power.
    #[default]
    Fsync,
    /// When the operating system has it, which survives the death of the process; the disk gets it at the next
    /// [`Log::flush`](crate::Log::flush), which the caller calls at an interval.
    FlushInterval,
}

/// The most sections of one commit: queues written to, and three more.
const SECTIONS_MAX: usize = 1 << 20;

/// Messages, offsets, table rows, changes of the catalog and entries of state machines that become durable and visible
/// together, or not at all.
#[derive(Default)]
pub struct Commit {
    batches: Vec<(Target, BatchBuilder)>,
    /// Which batch is a target's, once there are several.
    places: HashMap<Target, usize>,
    offsets: Vec<(GroupId, TopicId, QueueId, Offset)>,
    changes: Vec<Change>,
    states: Vec<u8>,
    state_ranges: Vec<(u16, std::ops::Range<usize>)>,
    held: u32,
    relaxed: bool,
    urgent: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Target {
    topic: TopicId,
    queue: QueueId,
    held: bool,
}

impl Commit {
    /// An empty commit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a message to a queue.
    ///
    /// # Errors
    /// `InvalidInput`: a part of the message is too long; nothing of it was taken.
    pub fn message(&mut self, topic: TopicId, queue: QueueId, message: &Message<'_>) -> Result<()> {
        self.batch(Target { topic, queue, held: false })?.push(message)
    }

    /// Keeps a message for a state machine: it is in no queue, and can be read by this commit's position and the answered
    /// index as long as the machine says that it needs it. `topic` and `queue` (or [`QueueId::ANY`]) tell where it is meant to go.
    ///
    /// # Errors
    /// `InvalidInput`: a part of the message is too long; nothing of it was taken.
    pub fn hold(&mut self, topic: TopicId, queue: QueueId, message: &Message<'_>) -> Result<u32> {
        // Held messages are counted through the record, so each goes to a batch of its own unless its target is the last one's.
        let target = Target { topic, queue, held: true };
        if self.batches.last().is_none_or(|(last, _)| *last != target) {
            self.batches.push((target, BatchBuilder::default()));
        }
        if let Some((_, batch)) = self.batches.last_mut() {
            batch.push(message)?;
        }
        self.held += 1;
        Ok(self.held - 1)
    }

    /// Sets a row of a table: the message that is its latest for `key`.
    ///
    /// # Errors
    /// `InvalidInput`: the key or value is too long.
    pub fn put(&mut self, table: TopicId, queue: QueueId, key: &[u8], value: &[u8]) -> Result<()> {
        self.message(table, queue, &Message { body: Some(value), keys: &[key], ..Message::default() })
    }

    /// Takes a row out of a table.
    ///
    /// # Errors
    /// `InvalidInput`: the key is too long.
    pub fn delete(&mut self, table: TopicId, queue: QueueId, key: &[u8]) -> Result<()> {
        self.message(table, queue, &Message { body: None, keys: &[key], ..Message::default() })
    }

    /// Says that `group` has consumed everything of the queue in front of `next`.
    pub fn offset(&mut self, group: GroupId, topic: TopicId, queue: QueueId, next: Offset) {
        self.offsets.push((group, topic, queue, next));
    }

    /// Changes topics, queues or groups.
    pub fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// An entry for the state machine of this kind.
    pub fn state(&mut self, kind: u16, entry: &[u8]) {
        let start = self.states.len();
        self.states.extend_from_slice(entry);
        self.state_ranges.push((kind, start..self.states.len()));
    }

    /// Does not wait for the disk, whatever the topics and sections ask for.
    pub fn relax(&mut self) {
        self.relaxed = true;
    }

    /// Takes the space that is kept in reserve if there is no other: for commits that free some.
    pub(crate) fn take_reserve(&mut self) {
        self.urgent = true;
    }

    pub(crate) fn takes_reserve(&self) -> bool {
        self.urgent
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
            && self.offsets.is_empty()
            && self.changes.is_empty()
            && self.state_ranges.is_empty()
    }

    /// About how many bytes its record will have; at most [`RECORD_BYTES_MAX`] may be committed.
    pub fn bytes(&self) -> usize {
        let batches: usize = self.batches.iter().map(|(_, batch)| batch.bytes() + SECTION_BYTES).sum();
        batches + self.states.len() + self.state_ranges.len() * 8 + self.offsets.len() * 24 + HEADER_BYTES
    }

    fn batch(&mut self, target: Target) -> Result<&mut BatchBuilder> {
        let last = self.batches.len().saturating_sub(1);
        let place = match self.batches.last() {
            Some((other, _)) if *other == target => last,
            Some(_) => *self.places.entry(target).or_insert(self.batches.len()),
            None => *self.places.entry(target).or_insert(0),
        };
        if place >= self.batches.len() {
            self.batches.push((target, BatchBuilder::default()));
        }
        let (_, batch) =
            self.batches.get_mut(place).ok_or_else(|| Error::internal("a batch of a commit is gone"))?;
        Ok(batch)
    }

    /// The topics that messages go to, and whether as held ones.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (TopicId, QueueId, bool)> {
        self.filled().map(|(target, _)| (target.topic, target.queue, target.held))
    }

    /// How long the longest first key is that a message to each topic has.
    pub(crate) fn longest_keys(&self) -> impl Iterator<Item = (TopicId, usize)> {
        self.filled().map(|(target, batch)| (target.topic, batch.key_bytes))
    }

    /// The batches that a message got into: one that was refused may leave an empty batch.
    fn filled(&self) -> impl Iterator<Item = &(Target, BatchBuilder)> {
        self.batches.iter().filter(|(_, batch)| batch.count > 0)
    }

    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(crate) fn group_offsets(&self) -> &[(GroupId, TopicId, QueueId, Offset)] {
        &self.offsets
    }

    pub(crate) fn states(&self) -> impl Iterator<Item = (u16, &[u8])> {
        self.state_ranges
            .iter()
            .map(|(kind, range)| (*kind, self.states.get(range.clone()).unwrap_or_default()))
    }

    /// Whether it has to wait for the disk, apart from what its topics ask for. State alone does.
    pub(crate) fn is_relaxed(&self) -> bool {
        self.relaxed
    }

    /// The most that can be encoded without knowing where the commit will stand.
    pub(crate) fn encode(&self, compression: impl Fn(TopicId) -> Compression) -> Result<Encoded> {
        let extra = [!self.offsets.is_empty(), !self.changes.is_empty(), !self.state_ranges.is_empty()];
        let count = self.filled().count() + extra.iter().filter(|there| **there).count();
        if count > SECTIONS_MAX || self.bytes() > RECORD_BYTES_MAX {
            return Err(Error::invalid(format!(
                "a commit of {} bytes to {} queues is too large; at most {RECORD_BYTES_MAX} bytes to {SECTIONS_MAX} \
                 queues are allowed, commit in smaller parts",
                self.bytes(),
                self.batches.len()
            )));
        }
        let mut encoded = Encoded {
            record: Vec::with_capacity(self.bytes()),
            sections: Vec::with_capacity(count),
            names: Vec::new(),
        };
        let record = &mut encoded.record;
        record.resize(HEADER_BYTES + count * SECTION_BYTES, 0);
        let mut held = 0;
        for (target, batch) in self.filled() {
            let mut section = batch.finish(record, compression(target.topic));
            (section.topic, section.queue) = (target.topic, target.queue);
            if !target.held {
                let number = u32::try_from(encoded.sections.len()).unwrap_or(u32::MAX);
                encoded.names.extend(batch.names.iter().map(|&(hash, index)| (hash, number, index)));
            }
            if target.held {
                section.flags |= HELD;
                section.base_offset = held;
                held += u64::from(section.count);
            }
            encoded.sections.push(section);
        }
        encoded.plain(SectionKind::Offsets, self.offsets.len(), |out| {
            for (group, topic, queue, offset) in &self.offsets {
                for id in [group.0, topic.0, queue.0, 0] {
                    out.extend_from_slice(&id.to_le_bytes());
                }
                out.extend_from_slice(&offset.to_le_bytes());
            }
        });
        encoded.plain(SectionKind::Catalog, self.changes.len(), |out| {
            for change in &self.changes {
                change.encode(out);
            }
        });
        encoded.plain(SectionKind::State, self.state_ranges.len(), |out| {
            for (kind, entry) in self.states() {
                out.extend_from_slice(&kind.to_le_bytes());
                crate::wire::put_bytes32(out, entry);
            }
        });
        if encoded.record.len() > RECORD_BYTES_MAX {
            return Err(Error::invalid(format!(
                "a commit of {} bytes is too large; at most {RECORD_BYTES_MAX} are allowed, commit in smaller parts",
                encoded.record.len()
            )));
        }
        Ok(encoded)
    }
}

/// A commit in bytes, but for what is known only when its turn comes.
pub(crate) struct Encoded {
    record: Vec<u8>,
    pub(crate) sections: Vec<Section>,
    /// The hash of each key and unique id of messages in queues, with their section and index.
    pub(crate) names: Vec<(u64, u32, u32)>,
}

/// Where, when and behind what a record stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    pub position: Position,
    pub durable: Position,
    pub store_time: Timestamp,
    pub previous: u32,
    /// See [`Header::origin`].
    pub origin: Position,
}

impl Encoded {
    /// A record with a single section, for snapshots, or none, for ends.
    pub(crate) fn single(kind: SectionKind, content: &[u8]) -> Self {
        let mut encoded =
            Self { record: vec![0; HEADER_BYTES + SECTION_BYTES], sections: Vec::new(), names: Vec::new() };
        encoded.plain(kind, 1, |out| out.extend_from_slice(content));
        encoded
    }

    /// A record without sections.
    pub(crate) fn bare() -> Self {
        Self { record: vec![0; HEADER_BYTES], sections: Vec::new(), names: Vec::new() }
    }

    /// A record of batches that were built one by one, for compaction.
    pub(crate) fn of_batches(batches: &[(Section, BatchBuilder)]) -> Self {
        let head = HEADER_BYTES + batches.len() * SECTION_BYTES;
        let mut encoded = Self { record: vec![0; head], sections: Vec::new(), names: Vec::new() };
        for (like, batch) in batches {
            let compression = Compression::of(like.encoding).unwrap_or_default();
            let mut section = batch.finish(&mut encoded.record, compression);
            (section.topic, section.queue, section.base_offset) = (like.topic, like.queue, like.base_offset);
            encoded.sections.push(section);
        }
        encoded
    }

    /// The length of the record.
    pub(crate) fn length(&self) -> usize {
        self.record.len()
    }

    fn plain(&mut self, kind: SectionKind, count: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if count == 0 {
            return;
        }
        let start = self.record.len();
        write(&mut self.record);
        let unpadded = self.record.len() - start;
        pad8(&mut self.record);
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let content = self.record.get(start..).unwrap_or_default();
        let length = number(content.len());
        let mut section = Section::plain(kind, number(count), number(start), length, crc32c::crc32c(content));
        // So that a snapshot's part ends where it ends, and not at its padding.
        section.bodies_raw_length = number(unpadded);
        self.sections.push(section);
    }

    /// Writes header and directory; gives the record and its head's checksum.
    pub(crate) fn place(
        mut self,
        kind: RecordKind,
        flags: u16,
        at: Placement,
    ) -> (Vec<u8>, u32, Vec<Section>) {
        let header = Header {
            kind,
            flags,
            length: u32::try_from(self.record.len()).unwrap_or(u32::MAX),
            position: at.position,
            durable: at.durable,
            store_time: at.store_time,
            previous: at.previous,
            origin: at.origin,
            sections: u32::try_from(self.sections.len()).unwrap_or(u32::MAX),
        };
        let head = self.record.get_mut(..header.head_length()).unwrap_or_default();
        let directory = head.get_mut(HEADER_BYTES..).unwrap_or_default();
        for (place, section) in directory.chunks_exact_mut(SECTION_BYTES).zip(&self.sections) {
            place.copy_from_slice(&section.to_bytes());
        }
        let checksum = header.write(head);
        (self.record, checksum, self.sections)
    }
}
