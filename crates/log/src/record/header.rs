//! The 64 bytes in front of every record.

use super::Damage;
use super::section::SECTION_BYTES;
use crate::wire::{Malformed, Reader};
use crate::{Position, Timestamp};

/// The length of a header.
pub(crate) const HEADER_BYTES: usize = 64;
/// "MSLR" as it stands in the file.
const MAGIC: [u8; 4] = *b"MSLR";
/// The version of the format that this program writes, and the newest that it reads.
const VERSION: u8 = 1;
/// On a snapshot record: no further one belongs to this snapshot.
pub(crate) const SNAPSHOT_LAST: u16 = 1;
/// On an end record: the segment is sealed. Without it, the log was closed here and may go on.
pub(crate) const END_SEALED: u16 = 1;
/// On an end record: the segment was written anew without what was dead in it, and is shorter than it was.
pub(crate) const END_PACKED: u16 = 2;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// Sections that become visible together.
    Commit,
    /// A part of the state at the start of a segment.
    Snapshot,
    /// Nothing; tells that all before it was made durable.
    End,
    /// Bytes that were damaged, and that a repair has taken out. What follows it need not continue what stands in front of it.
    Gap,
}

impl RecordKind {
    fn code(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Snapshot => 2,
            Self::End => 3,
            Self::Gap => 4,
        }
    }

    fn of(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Commit),
            2 => Some(Self::Snapshot),
            3 => Some(Self::End),
            4 => Some(Self::Gap),
            _ => None,
        }
    }
}

/// A header, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub kind: RecordKind,
    pub flags: u16,
    /// Of the whole record, a multiple of eight.
    pub length: u32,
    /// Where the record begins; a record found anywhere else is a leftover.
    pub position: Position,
    /// Everything before this position was durable when the record was written: damage there is no torn write.
    pub durable: Position,
    pub store_time: Timestamp,
    /// The head checksum of the record in front, so that no leftover is taken for its successor.
    pub previous: u32,
    pub sections: u32,
    /// Where the record stood when it was committed, if its segment was written anew since; 0 if it was not.
    pub origin: Position,
}

impl Header {
    /// The position that the commit was given.
    pub(crate) fn committed_at(&self) -> Position {
        if self.origin == Position(0) { self.position } else { self.origin }
    }

    /// The length of header and directory, which the head's checksum covers.
    pub(crate) fn head_length(&self) -> usize {
        HEADER_BYTES + self.sections as usize * SECTION_BYTES
    }

    /// Writes the header in front of the directory that already stands in `head`, and gives the checksum of both.
    pub(crate) fn write(&self, head: &mut [u8]) -> u32 {
        let head_length = u32::try_from(head.len()).unwrap_or(u32::MAX);
        let mut bytes = [0; HEADER_BYTES];
        let fields: [&[u8]; 10] = [
            &MAGIC,
            &[VERSION, self.kind.code()],
            &self.flags.to_le_bytes(),
            &self.length.to_le_bytes(),
            &head_length.to_le_bytes(),
            &self.position.0.to_le_bytes(),
            &self.durable.0.to_le_bytes(),
            &self.store_time.0.to_le_bytes(),
            &self.previous.to_le_bytes(),
            &self.sections.to_le_bytes(),
        ];
        let mut at = 0;
        for field in fields {
            if let Some(place) = bytes.get_mut(at..at + field.len()) {
                place.copy_from_slice(field);
            }
            at += field.len();
        }
        if let Some(place) = head.get_mut(..HEADER_BYTES) {
            place.copy_from_slice(&bytes);
        }
        if let Some(place) = head.get_mut(ORIGIN_AT..ORIGIN_AT + 8) {
            place.copy_from_slice(&self.origin.0.to_le_bytes());
        }
        let checksum = checksum(head);
        if let Some(place) = head.get_mut(CHECKSUM_AT..CHECKSUM_AT + 4) {
            place.copy_from_slice(&checksum.to_le_bytes());
        }
        checksum
    }

    /// Decodes the header at the front of `bytes`, which is to be the one at `position`. The checksum is not looked at.
    pub(crate) fn read(bytes: &[u8], position: Position) -> Result<Self, Damage> {
        let mut reader = Reader::new(bytes);
        if reader.bytes(4)? != MAGIC {
            return Err(Damage::NoRecord);
        }
        let version = reader.u8()?;
        if version == 0 {
            // No program writes it: the write was torn behind the magic bytes.
            return Err(Damage::NoRecord);
        }
        if version != VERSION {
            return Err(Damage::Version(version));
        }
        let kind = RecordKind::of(reader.u8()?).ok_or(Malformed("the kind of the record is unknown"))?;
        let flags = reader.u16()?;
        let length = reader.u32()?;
        let head_length = reader.u32()? as usize;
        let header = Self {
            kind,
            flags,
            length,
            position: Position(reader.u64()?),
            durable: Position(reader.u64()?),
            store_time: Timestamp(reader.i64()?),
            previous: reader.u32()?,
            sections: reader.u32()?,
            origin: {
                reader.u64()?;
                Position(reader.u64()?)
            },
        };
        if header.position != position {
            return Err(Damage::NoRecord);
        }
        let fits = (head_length..=super::RECORD_BYTES_MAX).contains(&(length as usize));
        if !fits || !length.is_multiple_of(8) || head_length != header.head_length() {
            return Err(Malformed("the lengths in the header do not fit together").into());
        }
        Ok(header)
    }
}

/// The length that a header of any version says its head has: its place, and that of the checksum, never change.
pub(crate) fn head_length_of_any(header: &[u8]) -> usize {
    let length = header.get(12..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes);
    (length as usize).clamp(HEADER_BYTES, super::RECORD_BYTES_MAX)
}

/// Whether the checksum in `head` is right.
pub(crate) fn is_intact(head: &[u8]) -> bool {
    let stored = head.get(CHECKSUM_AT..).and_then(<[u8]>::first_chunk).copied().map(u32::from_le_bytes);
    stored == Some(checksum(head))
}

/// Where the head's checksum stands in the header.
pub(crate) const CHECKSUM_AT: usize = 48;

/// Where the origin stands in the header, behind four bytes of the checksum and four that are zero.
const ORIGIN_AT: usize = 56;

/// The checksum of a head, which does not cover its own place.
pub(crate) fn checksum(head: &[u8]) -> u32 {
    let before = crc32c::crc32c(head.get(..CHECKSUM_AT).unwrap_or_default());
    crc32c::crc32c_append(before, head.get(CHECKSUM_AT + 4..).unwrap_or_default())
}
