//! A reader of one queue.

use std::sync::Arc;

use super::locate::{Part, Place};
use super::window::Window;
use crate::log::Log;
use crate::record::{Batch, Damage, Head};
use crate::shared::Shared;
use crate::{Error, Offset, QueueId, Result, TopicId};

/// Reads a queue batch by batch. It holds no lock and no file of its own, and may be kept for as long as its reader lives.
pub struct Cursor {
    log: Log,
    topic: TopicId,
    queue: QueueId,
    next: Offset,
    part: Part,
    window: Window,
    /// The batch that was read last, if it is in a sealed segment: the next one is beside it.
    last: Option<Place>,
}

impl Log {
    /// Reads a queue from `offset` on. What retention took is skipped.
    pub fn cursor(&self, topic: TopicId, queue: QueueId, offset: Offset) -> Cursor {
        let part = self.resolve(topic, queue, offset);
        let window = Window::default();
        Cursor { log: self.clone(), topic, queue, next: offset.max(part.start), part, window, last: None }
    }

    /// The batches of a queue from `offset` on, of about `bytes_max` bytes (at least one batch if there is one).
    ///
    /// # Errors
    /// See [`Cursor::next_batch`].
    pub fn read(
        &self,
        topic: TopicId,
        queue: QueueId,
        offset: Offset,
        bytes_max: usize,
    ) -> Result<Vec<Batch>> {
        let mut cursor = self.cursor(topic, queue, offset);
        let mut batches = Vec::new();
        let mut bytes = 0;
        while bytes < bytes_max || batches.is_empty() {
            let Some(batch) = cursor.next_batch()? else { break };
            bytes += batch.bodies().len();
            batches.push(batch);
        }
        Ok(batches)
    }
}

impl Cursor {
    /// Reads the queue itself, even if others' messages stand for it.
    pub(crate) fn read_physical(&mut self) {
        self.part = Part { topic: self.topic, queue: self.queue, shift: 0, start: 0, end: Offset::MAX };
    }

    /// The offset of the message that is read next.
    pub fn offset(&self) -> Offset {
        self.next
    }

    /// The queue that is read.
    pub fn queue(&self) -> (TopicId, QueueId) {
        (self.topic, self.queue)
    }

    /// Goes on at `offset`.
    pub fn seek(&mut self, offset: Offset) {
        self.part = self.log.resolve(self.topic, self.queue, offset);
        self.next = offset.max(self.part.start);
        self.last = None;
    }

    /// The next batch; `None` if there is nothing (yet). Its [`Batch::messages`] begin at the offset that
    /// was asked for; [`Batch::bodies`] may begin in front of it, see [`Batch::wanted`].
    ///
    /// # Errors
    /// `InvalidInput`: the queue is not there (any more). `Corrupt`: the batch's record is damaged; a seek behind it goes
    /// on. `Unavailable`: the disk failed.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        loop {
            let physical = self.next.wrapping_sub(self.part.shift);
            let (place, begin) = match self.beside(physical) {
                Some(place) => (Some(place), 0),
                None => self.log.inner.locate(self.part.topic, self.part.queue, physical)?,
            };
            let Some(place) = place else {
                let begin = physical.max(begin).wrapping_add(self.part.shift);
                self.next = self.next.max(begin.min(self.part.end));
                if !self.next_part() {
                    return Ok(None);
                }
                continue;
            };
            let batch = self.fetch(&place)?;
            let batch = batch.seen_as(self.topic, self.queue, self.part.shift);
            self.last = place.list.is_some().then_some(place);
            let end = batch.end_offset();
            if end <= self.next {
                // Compaction left a gap in which the offset lies: the next batch is beside this one, or in a later segment.
                let list = self.last.as_ref().and_then(|place| place.list.as_ref());
                let is_last = list.is_some_and(|(list, index)| index + 1 >= list.batches.len());
                if let Some((list, _)) = list.filter(|_| is_last) {
                    self.next = self.next.max(list.end.wrapping_add(self.part.shift));
                    self.last = None;
                } else if list.is_none() {
                    // In the newest segment only a repair leaves gaps.
                    let next = self.log.inner.batch_behind(self.part.topic, self.part.queue, physical)?;
                    let Some(next) = next else { return Ok(None) };
                    self.next = next.wrapping_add(self.part.shift);
                }
                continue;
            }
            if batch.base_offset() >= self.part.end {
                self.next = self.part.end;
                if !self.next_part() {
                    return Ok(None);
                }
                continue;
            }
            let from = physical.max(begin).wrapping_add(self.part.shift);
            self.next = from.max(end).min(self.part.end);
            return Ok(Some(batch.wanting(from..self.part.end)));
        }
    }

    /// Goes to the next part of a logical queue once this one is read; gives whether it did.
    fn next_part(&mut self) -> bool {
        let part = self.log.resolve(self.topic, self.queue, self.next);
        let moved =
            part.start != self.part.start || (part.topic, part.queue) != (self.part.topic, self.part.queue);
        self.part = part;
        if moved {
            self.last = None;
        }
        moved
    }

    fn beside(&self, offset: Offset) -> Option<Place> {
        let last = self.last.as_ref()?;
        let (list, index) = last.list.as_ref()?;
        // A seek may have gone further; in a compacted segment the next batch may begin behind the offset.
        let skipped = list.batches.get(index + 2).map(|after| list.start + u64::from(after.offset()));
        if offset < list.start || skipped.is_some_and(|after| after <= offset) || list.end <= offset {
            return None;
        }
        self.log.inner.place_in_list(Arc::clone(&last.segment), list, index + 1, last.limit)
    }

    fn fetch(&mut self, place: &Place) -> Result<Batch> {
        let Some(record) = &place.record else {
            return self.window.batch(&place.segment, place.position, place.section, place.limit);
        };
        parse_recent(record, place.position, place.section)
    }
}

/// A batch of a record that is still in memory, whose checksum was computed a moment ago.
pub(super) fn parse_recent(record: &Arc<Vec<u8>>, position: crate::Position, section: u32) -> Result<Batch> {
    let broken =
        |damage: Damage| Error::internal(format!("the record at position {position} in memory: {damage}"));
    let head = Head::read(record, position).map_err(broken)?;
    let entry = head.section(section).map_err(broken)?;
    let start = entry.at as usize;
    let content = Shared::whole(Arc::clone(record)).part(start..start + entry.length as usize);
    let content = content.ok_or_else(|| broken(Damage::Cut))?;
    Batch::parse(content, entry, position, head.header.store_time)
        .map_err(|malformed| broken(malformed.into()))
}
