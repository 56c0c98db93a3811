//! Where the messages of a queue stand.

use std::sync::Arc;

use crate::index::QueueBatches;
use crate::log::{Inner, Log};
use crate::segment::Segment;
use crate::{Offset, Position, QueueId, Result, TopicId};

/// Where a batch stands.
#[derive(Clone)]
pub(super) struct Place {
    pub segment: Arc<Segment>,
    pub position: Position,
    pub section: u32,
    /// What may be read of the segment.
    pub limit: Position,
    /// The record, if it is among the newest.
    pub record: Option<Arc<Vec<u8>>>,
    /// In a sealed segment, the queue's batches there, and which of them this is.
    pub list: Option<(Arc<QueueBatches>, usize)>,
}

impl Inner {
    /// The batch with the message at `offset` of the physical queue, or the first behind it; `None` if it cannot be seen yet. With it,
    /// the first offset that retention left.
    pub(super) fn locate(
        &self,
        topic: TopicId,
        queue: QueueId,
        offset: Offset,
    ) -> Result<(Option<Place>, Offset)> {
        let (older, visible, segment_start, begin) = {
            let core = self.core();
            let (_, found) = core.catalog.queue(topic, queue)?;
            let offset = offset.max(found.begin);
            if offset >= found.end {
                return Ok((None, found.begin));
            }
            if offset >= found.segment_start {
                let segment = core.active().cloned();
                let base = core.active_base();
                let place =
                    found.find(offset, base).zip(segment).and_then(|((batch, _, position), segment)| {
                        let record = core.recent.get(position);
                        let limit = core.visible;
                        let section = batch.section;
                        (position < limit).then_some(Place {
                            segment,
                            position,
                            section,
                            limit,
                            record,
                            list: None,
                        })
                    });
                return Ok((place, found.begin));
            }
            let older = core.segments.len().saturating_sub(1);
            let older: Vec<Arc<Segment>> = core.segments.iter().take(older).cloned().collect();
            (older, core.visible, found.segment_start, found.begin)
        };
        let offset = offset.max(begin);
        let found = self.first_behind(&older, topic, queue, offset)?;
        let Some((segment, batches)) = found else {
            // Compaction left nothing of it in the older segments.
            return self.locate(topic, queue, segment_start);
        };
        let index = batches.find(offset).unwrap_or(0);
        let list = Arc::new(batches);
        Ok((self.place_in_list(segment, &list, index, visible), begin))
    }

    /// The first of the sealed segments in which the queue ends behind `offset`, and what of the queue it holds.
    ///
    /// Where each segment holds something of the queue, few indexes are looked at: those that are missing take long to make again.
    fn first_behind(
        &self,
        sealed: &[Arc<Segment>],
        topic: TopicId,
        queue: QueueId,
        offset: Offset,
    ) -> Result<Option<(Arc<Segment>, QueueBatches)>> {
        let mut found = None;
        let (mut low, mut high) = (0, sealed.len());
        while low < high {
            let middle = low + (high - low) / 2;
            // The nearest one in front that holds something of the queue; those behind it up to the middle hold nothing.
            let mut holds = None;
            for (place, segment) in sealed.iter().enumerate().take(middle + 1).skip(low).rev() {
                if let Some(batches) = self.ask_index(segment, |index| index.queue(topic, queue))? {
                    holds = Some((place, segment, batches));
                    break;
                }
            }
            match holds {
                Some((place, segment, batches)) if batches.end > offset => {
                    high = place;
                    found = Some((Arc::clone(segment), batches));
                }
                _ => low = middle + 1,
            }
        }
        Ok(found)
    }

    /// Where the batch behind the one that would hold `offset` begins, in the newest segment.
    pub(super) fn batch_behind(
        &self,
        topic: TopicId,
        queue: QueueId,
        offset: Offset,
    ) -> Result<Option<Offset>> {
        let core = self.core();
        let (_, found) = core.catalog.queue(topic, queue)?;
        // When the segment was sealed in between, the same place is looked for again.
        Ok(if offset < found.segment_start { Some(offset) } else { found.next_batch(offset) })
    }

    /// The batch at `index` of a queue's list in a sealed segment.
    pub(super) fn place_in_list(
        &self,
        segment: Arc<Segment>,
        list: &Arc<QueueBatches>,
        index: usize,
        visible: Position,
    ) -> Option<Place> {
        let batch = list.batches.get(index)?;
        let position = batch.position(segment.base);
        let limit = segment.sealed.get().copied().unwrap_or(visible).min(visible);
        if position >= visible {
            return None;
        }
        // What was sealed a moment ago may not be written yet: visible says what was.
        let list = Some((Arc::clone(list), index));
        Some(Place { segment, position, section: batch.section, limit, record: None, list })
    }

    /// The offset behind the last message of the physical queue that may be seen.
    pub(super) fn visible_end(&self, topic: TopicId, queue: QueueId) -> Result<Offset> {
        let (older, visible, mut end) = {
            let core = self.core();
            let (_, found) = core.catalog.queue(topic, queue)?;
            let base = core.active_base();
            if core.visible >= base {
                return Ok(found.visible_end(base, core.visible));
            }
            (core.segments.clone(), core.visible, found.segment_start)
        };
        // The newest segment was begun, but the end of the one in front of it is still on its way to the disk.
        for segment in older.iter().rev().filter(|segment| segment.sealed.get().is_some()) {
            if let Some(batches) = self.ask_index(segment, |index| index.queue(topic, queue))? {
                let seen = batches.batches.partition_point(|batch| batch.position(segment.base) < visible);
                end = match batches.batches.get(seen) {
                    Some(unseen) => batches.start + u64::from(unseen.offset()),
                    None => batches.end,
                };
            }
            if segment.base <= visible {
                break;
            }
        }
        Ok(end)
    }
}

impl Log {
    /// The parts of a logical queue that hold `offset` and what follows: the physical queue, what is added to its offsets, and
    /// the logical offset at which the part ends.
    pub(super) fn resolve(&self, topic: TopicId, queue: QueueId, offset: Offset) -> Part {
        let spans = self.view(|view| view.spans(topic, queue));
        if spans.is_empty() {
            return Part { topic, queue, shift: 0, start: 0, end: Offset::MAX };
        }
        let after = spans.partition_point(|span| span.start <= offset).max(1);
        let end = spans.get(after).map_or(Offset::MAX, |next| next.start);
        match spans.get(after - 1) {
            Some(span) => {
                Part { topic: span.topic, queue: span.queue, shift: span.shift(), start: span.start, end }
            }
            None => Part { topic, queue, shift: 0, start: 0, end },
        }
    }
}

/// A part of a logical queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub topic: TopicId,
    pub queue: QueueId,
    pub shift: u64,
    pub start: Offset,
    pub end: Offset,
}
