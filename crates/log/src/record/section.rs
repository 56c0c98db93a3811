//! The directory of a record: an entry of 48 bytes for each section.

use crate::wire::{Malformed, Reader};
use crate::{Offset, QueueId, TopicId};

/// The length of an entry of the directory.
pub(crate) const SECTION_BYTES: usize = 48;
/// On messages: they are in no queue; a state machine keeps them until they are due or committed.
pub(crate) const HELD: u8 = 1;
/// On messages: the offsets have gaps and stand in the entries, as compaction left them.
pub(crate) const SPARSE: u8 = 2;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionKind {
    /// Messages of one queue: entries, attributes, bodies.
    Messages,
    /// How far groups have read.
    Offsets,
    /// Changes of topics, queues and groups.
    Catalog,
    /// Entries of state machines.
    State,
    /// A part of a snapshot.
    Snapshot,
}

impl SectionKind {
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Messages => 1,
            Self::Offsets => 2,
            Self::Catalog => 3,
            Self::State => 4,
            Self::Snapshot => 5,
        }
    }

    fn of(code: u16) -> Option<Self> {
        match code {
            1 => Some(Self::Messages),
            2 => Some(Self::Offsets),
            3 => Some(Self::Catalog),
            4 => Some(Self::State),
            5 => Some(Self::Snapshot),
            _ => None,
        }
    }
}

/// An entry of the directory. Of `topic` on, only messages have fields; the others' are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub kind: SectionKind,
    /// How the bodies are compressed: 0 not, 1 LZ4, 2 Zstandard.
    pub encoding: u8,
    pub flags: u8,
    /// Of messages, offsets, changes or entries.
    pub count: u32,
    /// From the start of the record.
    pub at: u32,
    /// With padding.
    pub length: u32,
    pub checksum: u32,
    pub topic: TopicId,
    pub queue: QueueId,
    pub attributes_length: u32,
    /// Of the first message; for held messages, how many of them stand before these in the record.
    pub base_offset: Offset,
    /// As they stand in the record.
    pub bodies_length: u32,
    /// Before they were compressed.
    pub bodies_raw_length: u32,
}

impl Section {
    /// A section that holds no messages.
    pub(crate) fn plain(kind: SectionKind, count: u32, at: u32, length: u32, checksum: u32) -> Self {
        Self {
            kind,
            encoding: 0,
            flags: 0,
            count,
            at,
            length,
            checksum,
            topic: TopicId(0),
            queue: QueueId(0),
            attributes_length: 0,
            base_offset: 0,
            bodies_length: 0,
            bodies_raw_length: 0,
        }
    }

    /// Whether the messages are in no queue.
    pub(crate) fn is_held(&self) -> bool {
        self.flags & HELD != 0
    }

    pub(crate) fn to_bytes(self) -> [u8; SECTION_BYTES] {
        let mut bytes = [0; SECTION_BYTES];
        let fields: [&[u8]; 12] = [
            &self.kind.code().to_le_bytes(),
            &[self.encoding, self.flags],
            &self.count.to_le_bytes(),
            &self.at.to_le_bytes(),
            &self.length.to_le_bytes(),
            &self.checksum.to_le_bytes(),
            &self.topic.0.to_le_bytes(),
            &self.queue.0.to_le_bytes(),
            &self.attributes_length.to_le_bytes(),
            &self.base_offset.to_le_bytes(),
            &self.bodies_length.to_le_bytes(),
            &self.bodies_raw_length.to_le_bytes(),
        ];
        let mut at = 0;
        for field in fields {
            if let Some(place) = bytes.get_mut(at..at + field.len()) {
                place.copy_from_slice(field);
            }
            at += field.len();
        }
        bytes
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let kind = SectionKind::of(reader.u16()?).ok_or(Malformed("the kind of a section is unknown"))?;
        Ok(Self {
            kind,
            encoding: reader.u8()?,
            flags: reader.u8()?,
            count: reader.u32()?,
            at: reader.u32()?,
            length: reader.u32()?,
            checksum: reader.u32()?,
            topic: TopicId(reader.u32()?),
            queue: QueueId(reader.u32()?),
            attributes_length: reader.u32()?,
            base_offset: reader.u64()?,
            bodies_length: reader.u32()?,
            bodies_raw_length: reader.u32()?,
        })
    }
}
