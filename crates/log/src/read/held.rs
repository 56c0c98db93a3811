//! Messages that are in no queue.

use super::cursor::parse_recent;
use super::window::Window;
use crate::log::Log;
use crate::record::{Batch, Head, SectionKind};
use crate::{Error, Position, Result};

/// A held message: its batch, which tells where it is meant to go, and its index in it.
pub type Held = (Batch, usize);

impl Log {
    /// The held message that [`Commit::hold`](crate::Commit::hold) answered `index` for, of the commit at `position`.
    ///
    /// # Errors
    /// `InvalidInput`: there is none, or its segment is gone. `Corrupt`, `Unavailable`: its record could not be read.
    pub fn read_held(&self, position: Position, index: u32) -> Result<Held> {
        let missing =
            || Error::invalid(format!("the commit at position {position} holds no message {index}"));
        let (segment, visible) = {
            let core = self.inner.core();
            let after = core.segments.partition_point(|segment| segment.base <= position);
            let segment = after.checked_sub(1).and_then(|before| core.segments.get(before)).cloned();
            (segment.ok_or_else(missing)?, core.visible)
        };
        let limit = segment.sealed.get().copied().unwrap_or(visible).min(visible);
        if position >= limit {
            return Err(missing());
        }
        let recent = self.recent(position);
        let mut window = Window::default();
        let mut head_of = |number: u32| match &recent {
            Some(record) => Ok(parse_recent(record, position, number)),
            None => Ok::<_, Error>(window.batch(&segment, position, number, limit)),
        };
        let number = self.held_section(&segment, position, index, recent.as_deref())?.ok_or_else(missing)?;
        let batch = head_of(number)??;
        let place = u64::from(index).checked_sub(batch.base_offset()).ok_or_else(missing)?;
        Ok((batch, crate::ids::size(place)))
    }

    /// Which section of the record holds the message.
    fn held_section(
        &self,
        segment: &crate::segment::Segment,
        position: Position,
        index: u32,
        recent: Option<&Vec<u8>>,
    ) -> Result<Option<u32>> {
        let damaged = |damage: crate::record::Damage| damage.at(position, &segment.name());
        let mut bytes = vec![0; crate::record::HEADER_BYTES];
        let head = match recent {
            Some(record) => Head::read(record, position).map_err(damaged)?,
            None => {
                segment.read(&mut bytes, position)?;
                let header = crate::record::Header::read(&bytes, position).map_err(damaged)?;
                bytes.resize(header.head_length(), 0);
                segment.read(&mut bytes, position)?;
                Head::read(&bytes, position).map_err(damaged)?
            }
        };
        for (number, section) in (0..).zip(head.sections()) {
            let section = section.map_err(damaged)?;
            let holds = section.base_offset..section.base_offset + u64::from(section.count);
            if section.kind == SectionKind::Messages && section.is_held() && holds.contains(&u64::from(index))
            {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}
