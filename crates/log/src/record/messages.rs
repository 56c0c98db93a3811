//! The messages of one queue in a commit: entries, then attributes, then bodies, each contiguous.

use std::ops::Range;

use super::message::{ENTRY_BYTES, Entry, Message, MessageView, key_hash};
use super::section::{SPARSE, Section};
use crate::shared::Shared;
use crate::wire::{Malformed, pad8};
use crate::{Offset, Position, QueueId, Result, Timestamp, TopicId};

/// How the bodies of a batch are compressed, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// LZ4 (block format): fast.
    Lz4,
    /// Zstandard, level 1: smaller.
    Zstd,
}

impl Compression {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Lz4 => 1,
            Self::Zstd => 2,
        }
    }

    pub(crate) fn of(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Lz4),
            2 => Some(Self::Zstd),
            _ => None,
        }
    }

    fn compress(self, bodies: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Lz4 => Some(lz4_flex::block::compress(bodies)),
            Self::Zstd => zstd::bulk::compress(bodies, 1).ok(),
        }
    }

    fn decompress(self, stored: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
        let bodies = match self {
            Self::None => return Ok(stored.to_vec()),
            Self::Lz4 => lz4_flex::block::decompress(stored, length).ok(),
            Self::Zstd => zstd::bulk::decompress(stored, length).ok(),
        };
        bodies.filter(|bodies| bodies.len() == length).ok_or(Malformed("compressed bodies cannot be read"))
    }
}

/// Messages that will be a section.
#[derive(Default)]
pub(crate) struct BatchBuilder {
    entries: Vec<u8>,
    /// For a compacted batch: how far each message's offset is from the first one's.
    gaps: Option<Vec<u32>>,
    attributes: Vec<u8>,
    bodies: Vec<u8>,
    /// The hash of each key and unique id, and whose it is.
    pub(crate) names: Vec<(u64, u32)>,
    pub(crate) count: u32,
    /// How long the longest first key is.
    pub(crate) key_bytes: usize,
}

impl BatchBuilder {
    pub(crate) fn push(&mut self, message: &Message<'_>) -> Result<()> {
        let entry = message.encode(&mut self.attributes, &mut self.bodies)?;
        self.entries.extend_from_slice(&entry);
        self.names.extend(message.keys.iter().map(|key| (key_hash(key), self.count)));
        if !message.unique_id.is_empty() {
            self.names.push((key_hash(message.unique_id), self.count));
        }
        self.key_bytes = self.key_bytes.max(message.keys.first().map_or(0, |key| key.len()));
        self.count += 1;
        Ok(())
    }

    /// Appends a message whose offset is `gap` behind the batch's first one.
    pub(crate) fn push_sparse(&mut self, message: &Message<'_>, gap: u32) -> Result<()> {
        self.push(message)?;
        self.gaps.get_or_insert_default().push(gap);
        Ok(())
    }

    /// An upper bound of the bytes of the section.
    pub(crate) fn bytes(&self) -> usize {
        let gaps = self.gaps.as_ref().map_or(0, |gaps| gaps.len() * 4);
        self.entries.len() + gaps + self.attributes.len() + self.bodies.len() + 24
    }

    /// Appends the section's content to `record`, and gives its entry of the directory without place and offsets.
    pub(crate) fn finish(&self, record: &mut Vec<u8>, compression: Compression) -> Section {
        let start = record.len();
        record.extend_from_slice(&self.entries);
        let mut flags = 0;
        if let Some(gaps) = &self.gaps {
            flags |= SPARSE;
            record.extend(gaps.iter().flat_map(|gap| gap.to_le_bytes()));
            pad8(record);
        }
        record.extend_from_slice(&self.attributes);
        pad8(record);
        let compressed = compression.compress(&self.bodies).filter(|bytes| bytes.len() < self.bodies.len());
        let encoding = compressed.as_ref().map_or(Compression::None, |_| compression).code();
        let bodies = compressed.as_deref().unwrap_or(&self.bodies);
        record.extend_from_slice(bodies);
        pad8(record);
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let mut section = Section::plain(
            super::SectionKind::Messages,
            self.count,
            length(start),
            length(record.len() - start),
            crc32c::crc32c(record.get(start..).unwrap_or_default()),
        );
        section.encoding = encoding;
        section.flags = flags;
        section.attributes_length = length(self.attributes.len());
        section.bodies_length = length(bodies.len());
        section.bodies_raw_length = length(self.bodies.len());
        section
    }
}

/// Messages of one queue that were committed together. Holding it holds the bytes of its record.
#[derive(Clone)]
pub struct Batch {
    section: Section,
    content: Shared,
    attributes_at: usize,
    /// Where the bodies stand in `content`, or the bodies themselves if they were compressed.
    bodies: Shared,
    position: Position,
    store_time: Timestamp,
    /// What logical queues add to offsets.
    shift: u64,
    /// Of the messages, those that the reader asked for.
    wanted: (usize, usize),
}

impl Batch {
    /// Reads a section whose checksum was compared.
    pub(crate) fn parse(
        content: Shared,
        section: Section,
        position: Position,
        store_time: Timestamp,
    ) -> Result<Self, Malformed> {
        let count = section.count as usize;
        let gaps = if section.flags & SPARSE == 0 { 0 } else { (count * 4).next_multiple_of(8) };
        let attributes_at = count * ENTRY_BYTES + gaps;
        let bodies_at = (attributes_at + section.attributes_length as usize).next_multiple_of(8);
        let bodies_end = bodies_at + section.bodies_length as usize;
        let stored = content.part(bodies_at..bodies_end).ok_or(Malformed("a batch ends early"))?;
        let raw_length = section.bodies_raw_length as usize;
        let bodies = match Compression::of(section.encoding) {
            Some(Compression::None) => stored,
            // The bodies of one queue in a commit are bounded by what a commit may hold.
            Some(_) if raw_length > super::RECORD_BYTES_MAX => {
                return Err(Malformed("compressed bodies say that they are over 64 MiB long"));
            }
            Some(compression) => Shared::from(compression.decompress(&stored, raw_length)?),
            None => return Err(Malformed("the compression of a batch is unknown")),
        };
        let batch = Self {
            section,
            content,
            attributes_at,
            bodies,
            position,
            store_time,
            shift: 0,
            wanted: (0, count),
        };
        batch.check()?;
        Ok(batch)
    }

    /// Ends of bodies and attributes only grow and stay inside, so that what follows needs no errors.
    fn check(&self) -> Result<(), Malformed> {
        let (mut body, mut attributes) = (0, 0);
        let entries = self.content.get(..self.section.count as usize * ENTRY_BYTES).unwrap_or_default();
        for entry in entries.chunks_exact(ENTRY_BYTES) {
            let Some((ends, _)) = entry.split_first_chunk::<8>() else { continue };
            let ends = u64::from_le_bytes(*ends);
            let (body_end, attributes_end) = (ends & 0xFFFF_FFFF, ends >> 32);
            if body_end < body || attributes_end < attributes {
                return Err(Malformed("the messages of a batch overlap"));
            }
            (body, attributes) = (body_end, attributes_end);
        }
        if body > self.bodies.len() as u64 || attributes > u64::from(self.section.attributes_length) {
            return Err(Malformed("a message ends behind its batch"));
        }
        Ok(())
    }

    /// The same messages with `shift` added to their offsets, and in another queue.
    pub(crate) fn seen_as(mut self, topic: TopicId, queue: QueueId, shift: u64) -> Self {
        (self.section.topic, self.section.queue, self.shift) = (topic, queue, shift);
        self
    }

    /// The same messages, of which those with offsets in `offsets` are meant.
    pub(crate) fn wanting(mut self, offsets: Range<Offset>) -> Self {
        self.wanted = (self.index_of(offsets.start), self.index_of(offsets.end));
        self
    }

    /// The indexes of the messages that the reader asked for: a batch may begin in front of the offset at which reading began,
    /// or hold messages that retention took.
    pub fn wanted(&self) -> Range<usize> {
        self.wanted.0..self.wanted.1
    }

    /// The topic.
    pub fn topic(&self) -> TopicId {
        self.section.topic
    }

    /// The queue.
    pub fn queue(&self) -> QueueId {
        self.section.queue
    }

    /// The offset of the first message.
    pub fn base_offset(&self) -> Offset {
        self.section.base_offset.wrapping_add(self.shift)
    }

    /// The offset behind the last message.
    pub fn end_offset(&self) -> Offset {
        match (self.section.count as usize).checked_sub(1) {
            Some(last) => self.offset(last).saturating_add(1),
            None => self.base_offset(),
        }
    }

    /// How many messages there are, those that nobody asked for included.
    pub fn len(&self) -> usize {
        self.section.count as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.section.count == 0
    }

    /// When it was committed.
    pub fn store_time(&self) -> Timestamp {
        self.store_time
    }

    /// Where its commit stands in the log.
    pub fn position(&self) -> Position {
        self.position
    }

    /// All bodies, one after the other without anything between them.
    pub fn bodies(&self) -> &[u8] {
        &self.bodies
    }

    /// Where the body of message `index` (counted in the batch) stands in [`Batch::bodies`].
    pub fn body_range(&self, index: usize) -> Range<usize> {
        let end = |index: usize| self.entry(index).map_or(0, |entry| entry.body_end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        start..end(index).max(start)
    }

    /// The message at `index` of the batch.
    pub fn message(&self, index: usize) -> Option<MessageView<'_>> {
        let entry = self.entry(index)?;
        let (body, attributes) = match index.checked_sub(1).and_then(|before| self.entry(before)) {
            Some(before) => (before.body_end, before.attributes_end),
            None => (0, 0),
        };
        let attributes =
            self.attributes_at + attributes as usize..self.attributes_at + entry.attributes_end as usize;
        Some(MessageView {
            offset: self.offset(index),
            body: self.bodies.get(body as usize..entry.body_end as usize)?,
            attributes: self.content.get(attributes)?,
            entry,
            store_time: self.store_time,
        })
    }

    /// The messages that the reader asked for, in the order of their offsets.
    pub fn messages(&self) -> impl Iterator<Item = MessageView<'_>> {
        self.wanted().map_while(|index| self.message(index))
    }

    /// The index of the first message with an offset of at least `offset`; [`Batch::len`] if there is none.
    pub fn index_of(&self, offset: Offset) -> usize {
        let wanted = offset.saturating_sub(self.base_offset());
        if self.section.flags & SPARSE == 0 {
            return self.len().min(crate::ids::size(wanted));
        }
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if u64::from(self.gap(middle)) < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn offset(&self, index: usize) -> Offset {
        let gap = if self.section.flags & SPARSE == 0 { index as u64 } else { u64::from(self.gap(index)) };
        self.base_offset().wrapping_add(gap)
    }

    fn gap(&self, index: usize) -> u32 {
        let at = self.section.count as usize * ENTRY_BYTES + index * 4;
        let gap = self.content.get(at..).and_then(<[u8]>::first_chunk).copied();
        gap.map_or(0, u32::from_le_bytes)
    }

    fn entry(&self, index: usize) -> Option<Entry> {
        let at = index.checked_mul(ENTRY_BYTES)?;
        if index >= self.section.count as usize {
            return None;
        }
        Entry::read(self.content.get(at..at + ENTRY_BYTES)?)
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("topic", &self.topic())
            .field("queue", &self.queue())
            .field("base_offset", &self.base_offset())
            .field("messages", &self.len())
            .field("position", &self.position)
            .finish()
    }
}
