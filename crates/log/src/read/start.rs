//! Where readers begin.

use super::window::Window;
use crate::log::Log;
use crate::{GroupId, Offset, QueueId, Result, Timestamp, TopicId};

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest message that is still there.
    Earliest,
    /// Behind the newest message.
    Latest,
    /// At this offset.
    Offset(Offset),
    /// At the first message that was stored at this time or later.
    Time(Timestamp),
    /// Where the group goes on; at the oldest message if it never said.
    Committed(GroupId),
}

impl Log {
    /// The oldest offset of the queue that is still there.
    ///
    /// # Errors
    /// `InvalidInput`: the queue is not there.
    pub fn earliest(&self, topic: TopicId, queue: QueueId) -> Result<Offset> {
        self.view(|view| {
            view.core.catalog.queue(topic, queue)?;
            Ok(view.queue(topic, queue).unwrap_or_default().begin)
        })
    }

    /// The offset behind the newest message that can be read.
    ///
    /// # Errors
    /// `InvalidInput`: the queue is not there. `Unavailable`: the disk failed.
    pub fn latest(&self, topic: TopicId, queue: QueueId) -> Result<Offset> {
        let part = self.resolve(topic, queue, Offset::MAX);
        let end = self.inner.visible_end(part.topic, part.queue)?;
        Ok(end.wrapping_add(part.shift).max(part.start))
    }

    /// The offset at which a reader that starts so begins.
    ///
    /// # Errors
    /// `InvalidInput`: the queue is not there. `Corrupt`, `Unavailable`: an index could not be read.
    pub fn start_offset(&self, topic: TopicId, queue: QueueId, start: Start) -> Result<Offset> {
        match start {
            Start::Earliest => self.earliest(topic, queue),
            Start::Latest => self.latest(topic, queue),
            Start::Offset(offset) => Ok(offset),
            Start::Time(time) => self.offset_at(topic, queue, time),
            Start::Committed(group) => match self.committed(group, topic, queue) {
                Some(offset) => Ok(offset),
                None => self.earliest(topic, queue),
            },
        }
    }

    /// The offset of the first message that was stored at `time` or later; [`Log::latest`] if there is none. Store times do not go
    /// back, so it is found by halving.
    fn offset_at(&self, topic: TopicId, queue: QueueId, time: Timestamp) -> Result<Offset> {
        let (mut low, mut high) = (self.earliest(topic, queue)?, self.latest(topic, queue)?);
        let mut window = Window::default();
        while low < high {
            let middle = low.midpoint(high);
            let part = self.resolve(topic, queue, middle);
            let (place, _) = self.inner.locate(part.topic, part.queue, middle.wrapping_sub(part.shift))?;
            let Some(place) = place else {
                high = middle;
                continue;
            };
            let batch = match &place.record {
                Some(record) => super::cursor::parse_recent(record, place.position, place.section)?,
                None => {
                    let header = window.header(&place.segment, place.position, place.limit)?;
                    if header.store_time >= time {
                        high = middle;
                        continue;
                    }
                    window.batch(&place.segment, place.position, place.section, place.limit)?
                }
            };
            if batch.store_time() >= time {
                high = middle;
            } else {
                low = batch.end_offset().wrapping_add(part.shift).max(middle + 1);
            }
        }
        Ok(low)
    }
}
