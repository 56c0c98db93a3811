//! The records of a segment, one after the other.

use std::sync::Arc;

use crate::record::{Damage, HEADER_BYTES, Head, Header, RecordKind, head_length_of_any, is_intact};
use crate::storage::StoredFile;
use crate::{Error, Position};

/// How much is read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Reads records from the front of a segment, or from any record on.
pub(crate) struct Scan {
    file: Arc<dyn StoredFile>,
    base: Position,
    at: Position,
    /// No record reaches over it.
    limit: Position,
    previous: Option<u32>,
    buffer: Vec<u8>,
    /// Where in `buffer` the record at `at` begins, and how much of it is filled.
    start: usize,
    filled: usize,
}

/// A whole record; its head was checked, its sections were not.
pub(crate) struct Scanned<'a> {
    pub head: Head<'a>,
    pub bytes: &'a [u8],
}

/// Why there is no further record.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The bytes at this position are no record, or a damaged one.
    Damage(Position, Damage),
    /// The disk failed.
    Io(Error),
}

impl Stopped {
    /// As an error of the segment `name`.
    pub(crate) fn into_error(self, name: &str) -> Error {
        match self {
            Self::Damage(position, damage) => damage.at(position, name),
            Self::Io(error) => error,
        }
    }
}

impl Scan {
    /// Reads the segment at `base` from `at` to `limit`. From the base on, each record must follow the one in front of it; from
    /// another record on, the first one is taken as it is.
    pub(crate) fn new(file: Arc<dyn StoredFile>, base: Position, at: Position, limit: Position) -> Self {
        let previous = (at == base).then_some(0);
        Self { file, base, at, limit, previous, buffer: Vec::new(), start: 0, filled: 0 }
    }

    /// Where the next record begins.
    pub(crate) fn position(&self) -> Position {
        self.at
    }

    /// The head checksum of the record that was read last.
    pub(crate) fn previous(&self) -> u32 {
        self.previous.unwrap_or(0)
    }

    /// The next record; `None` at the limit.
    pub(crate) fn next(&mut self) -> Result<Option<Scanned<'_>>, Stopped> {
        if self.at >= self.limit {
            return Ok(None);
        }
        let at = self.at;
        let damage = |damage| Stopped::Damage(at, damage);
        self.fill(HEADER_BYTES)?;
        let header = match Header::read(self.available(), at) {
            Err(Damage::Version(version)) => {
                // Or a flipped bit.
                let length = head_length_of_any(self.available());
                self.fill(length)?;
                let head = self.available().get(..length).unwrap_or_default();
                let what = if is_intact(head) { Damage::Version(version) } else { Damage::HeadChecksum };
                return Err(damage(what));
            }
            header => header.map_err(damage)?,
        };
        self.fill(header.head_length())?;
        Head::read(self.available(), at).map_err(damage)?;
        let length = header.length as usize;
        self.fill(length)?;
        let start = self.start;
        let bytes = self.buffer.get(start..self.filled).unwrap_or_default().get(..length);
        let bytes = bytes.ok_or(Stopped::Damage(at, Damage::Cut))?;
        let head = Head::read(bytes, at).map_err(damage)?;
        if self.previous.is_some_and(|previous| previous != header.previous) {
            return Err(Stopped::Damage(at, Damage::Chain));
        }
        self.previous = (header.kind != RecordKind::Gap).then_some(head.checksum);
        self.at = Position(at.0 + length as u64);
        self.start += length;
        Ok(Some(Scanned { head, bytes }))
    }

    fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.filled).unwrap_or_default()
    }

    /// Makes at least `length` bytes from the record's start available, or [`Damage::Cut`].
    fn fill(&mut self, length: usize) -> Result<(), Stopped> {
        if self.filled - self.start >= length {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        let from = self.at.0 - self.base.0 + self.filled as u64;
        let left = crate::ids::size((self.limit.0 - self.base.0).saturating_sub(from));
        let wanted = length.max(CHUNK_BYTES).min(self.filled + left);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let into = self.buffer.get_mut(self.filled..wanted).unwrap_or_default();
        let read = self.file.read_at(into, from);
        let read = read.map_err(|error| {
            Stopped::Io(Error::io(&format!("read segment {}", super::file_name(self.base)), &error))
        })?;
        self.filled += read;
        if self.filled < length {
            return Err(Stopped::Damage(self.at, Damage::Cut));
        }
        Ok(())
    }
}
