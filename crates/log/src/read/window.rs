//! A piece of a segment in memory, out of which batches are cut without copying them.

use std::sync::Arc;

use crate::record::{Batch, Damage, HEADER_BYTES, Head, Header, SECTION_BYTES, Section};
use crate::segment::Segment;
use crate::shared::Shared;
use crate::{Error, Position, Result};

/// How much is read at once: little after a jump, more while going on.
const AHEAD_BYTES_MIN: usize = 16 << 10;
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// The piece that was read last. Its buffer is used again when nobody holds a batch of it any more.
#[derive(Default)]
pub(super) struct Window {
    buffer: Arc<Vec<u8>>,
    base: Position,
    from: Position,
    filled: usize,
    ahead: usize,
}

impl Window {
    /// The section `number` of the record at `position`. Nothing is read behind `limit`, which is not behind what may be seen.
    pub(super) fn section(
        &mut self,
        segment: &Segment,
        position: Position,
        number: u32,
        limit: Position,
    ) -> Result<(Header, Section, Shared)> {
        let damaged = |damage: Damage| damage.at(position, &segment.name());
        let mut length = HEADER_BYTES + SECTION_BYTES;
        loop {
            self.bring(segment, position, length, limit)?;
            let bytes = self.at(position);
            let header = Header::read(bytes, position).map_err(damaged)?;
            if header.head_length() <= bytes.len() {
                break;
            }
            length = header.head_length();
        }
        let head = Head::read(self.at(position), position).map_err(damaged)?;
        let (header, section) = (head.header, head.section(number).map_err(damaged)?);
        let start = Position(position.0 + u64::from(section.at));
        self.bring(segment, start, section.length as usize, limit)?;
        let place = crate::ids::size(start.0 - self.from.0);
        let content = Shared::whole(Arc::clone(&self.buffer)).part(place..place + section.length as usize);
        let content = content.ok_or_else(|| damaged(Damage::Cut))?;
        if crc32c::crc32c(&content) != section.checksum {
            return Err(damaged(Damage::SectionChecksum(number)));
        }
        Ok((header, section, content))
    }

    /// The batch in section `number` of the record at `position`.
    pub(super) fn batch(
        &mut self,
        segment: &Segment,
        position: Position,
        number: u32,
        limit: Position,
    ) -> Result<Batch> {
        let (header, section, content) = self.section(segment, position, number, limit)?;
        Batch::parse(content, section, header.committed_at(), header.store_time)
            .map_err(|malformed| Damage::from(malformed).at(position, &segment.name()))
    }

    /// The header of the record at `position`.
    pub(super) fn header(
        &mut self,
        segment: &Segment,
        position: Position,
        limit: Position,
    ) -> Result<Header> {
        self.bring(segment, position, HEADER_BYTES, limit)?;
        Header::read(self.at(position), position).map_err(|damage| damage.at(position, &segment.name()))
    }

    fn at(&self, position: Position) -> &[u8] {
        let start = crate::ids::size(position.0 - self.from.0);
        self.buffer.get(start..self.filled).unwrap_or_default()
    }

    /// Has `length` bytes from `position` on in the buffer, fewer only at the limit.
    fn bring(&mut self, segment: &Segment, position: Position, length: usize, limit: Position) -> Result<()> {
        let end = Position(self.from.0 + self.filled as u64);
        let same = self.base == segment.base && position >= self.from && self.filled > 0;
        let left = crate::ids::size(limit.0.saturating_sub(position.0));
        let length = length.min(left);
        if same && position.0 + length as u64 <= end.0 {
            return Ok(());
        }
        self.ahead =
            if same && position <= end { (self.ahead * 2).min(AHEAD_BYTES_MAX) } else { AHEAD_BYTES_MIN };
        let wanted = length.max(self.ahead).min(left);
        if wanted < HEADER_BYTES {
            return Err(Error::internal(format!(
                "position {position} was read although it cannot be seen yet"
            )));
        }
        self.filled = 0;
        match Arc::get_mut(&mut self.buffer) {
            Some(buffer) if buffer.len() >= wanted => {}
            Some(buffer) => buffer.resize(wanted.next_multiple_of(AHEAD_BYTES_MIN), 0),
            None => self.buffer = Arc::new(vec![0; wanted.next_multiple_of(AHEAD_BYTES_MIN)]),
        }
        let buffer =
            Arc::get_mut(&mut self.buffer).ok_or_else(|| Error::internal("a new buffer is shared"))?;
        segment.read(buffer.get_mut(..wanted).unwrap_or_default(), position)?;
        (self.base, self.from, self.filled) = (segment.base, position, wanted);
        Ok(())
    }
}
