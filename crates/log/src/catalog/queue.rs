//! A queue: the offsets it holds, and where the messages of the newest segment stand.

use crate::{Offset, Position, QueueId, TopicId};

/// Where messages of a queue stand in the newest segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchRef {
    /// From [`Queue::segment_start`].
    offset: u32,
    /// From the segment's base, in units of eight bytes.
    at: u32,
    /// The section of the record.
    pub section: u32,
}

/// A queue's offsets, and its batches in the newest segment. Older batches are found in the segments' indexes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// The first offset that was not taken away by retention.
    pub begin: Offset,
    /// The offset that the next message gets.
    pub end: Offset,
    /// [`Queue::end`] when the newest segment began.
    pub segment_start: Offset,
    batches: Vec<BatchRef>,
    /// How many bytes the messages in the newest segment have.
    bytes: u64,
}

impl Queue {
    /// A queue at the start of a segment.
    pub(super) fn starting(begin: Offset, end: Offset) -> Self {
        Self { begin, end, segment_start: end, ..Self::default() }
    }

    /// Takes up `count` messages of `bytes` bytes in section `section` of the record at `position` of the segment at `base`. Gives `None` if
    /// the numbers do not fit, which a segment under 32 GiB cannot cause.
    pub(crate) fn push(
        &mut self,
        count: u32,
        bytes: u32,
        base: Position,
        position: Position,
        section: u32,
    ) -> Option<()> {
        let offset = u32::try_from(self.end - self.segment_start).ok()?;
        let at = u32::try_from((position.0 - base.0) / 8).ok()?;
        self.batches.push(BatchRef { offset, at, section });
        self.bytes += u64::from(bytes);
        self.end = self.end.checked_add(u64::from(count))?;
        Some(())
    }

    /// How many bytes its messages have in the newest segment.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Leaves out the offsets up to `offset`, which were damaged and are lost.
    pub(crate) fn skip_to(&mut self, offset: Offset) {
        self.end = offset;
        if self.batches.is_empty() {
            self.segment_start = offset;
        }
    }

    /// The first offset of the batch behind the one that would hold `offset`, in the newest segment.
    pub(crate) fn next_batch(&self, offset: Offset) -> Option<Offset> {
        let wanted = offset.checked_sub(self.segment_start)?;
        let after = self.batches.partition_point(|batch| u64::from(batch.offset) <= wanted);
        self.batches.get(after).map(|batch| self.segment_start + u64::from(batch.offset))
    }

    /// A new segment begins: the batches so far, and their bytes, are the old one's index.
    pub(crate) fn start_segment(&mut self) -> (Vec<BatchRef>, u64) {
        self.segment_start = self.end;
        (std::mem::take(&mut self.batches), std::mem::take(&mut self.bytes))
    }

    /// The batch of the newest segment that holds `offset`, its first offset and position.
    pub(crate) fn find(&self, offset: Offset, base: Position) -> Option<(BatchRef, Offset, Position)> {
        let wanted = offset.checked_sub(self.segment_start)?;
        let after = self.batches.partition_point(|batch| u64::from(batch.offset) <= wanted);
        let batch = *self.batches.get(after.checked_sub(1)?)?;
        Some((batch, self.segment_start + u64::from(batch.offset), batch.position(base)))
    }

    /// The end of what stands before `visible`: the offset behind the last message that readers may see.
    pub(crate) fn visible_end(&self, base: Position, visible: Position) -> Offset {
        let seen = self.batches.partition_point(|batch| batch.position(base) < visible);
        self.batches.get(seen).map_or(self.end, |batch| self.segment_start + u64::from(batch.offset))
    }
}

impl BatchRef {
    /// Where the record begins, in the segment at `base`.
    pub(crate) fn position(self, base: Position) -> Position {
        Position(base.0 + u64::from(self.at) * 8)
    }

    /// The first offset, counted from the queue's end at the segment's start.
    pub(crate) fn offset(self) -> u32 {
        self.offset
    }

    /// The three numbers as they stand in a segment's index.
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        for (place, number) in bytes.chunks_exact_mut(4).zip([self.offset, self.at, self.section]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`BatchRef::to_bytes`] gave.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = crate::wire::Reader::new(bytes);
        Some(Self { offset: reader.u32().ok()?, at: reader.u32().ok()?, section: reader.u32().ok()? })
    }

    /// A reference from parts, for indexes that are built from a segment.
    pub(crate) fn new(offset: u32, at: u32, section: u32) -> Self {
        Self { offset, at, section }
    }
}

/// A part of a logical queue: from its offset `start` on, its messages are those of another queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first offset of the logical queue in this part; it ends where the next part starts.
    pub start: Offset,
    /// The topic whose queue holds the messages.
    pub topic: TopicId,
    /// The queue that holds the messages.
    pub queue: QueueId,
    /// The offset in that queue of the message at `start`.
    pub at: Offset,
}

impl Span {
    /// What is added to an offset of the physical queue, modulo 2^64, to give the logical one.
    pub(crate) fn shift(&self) -> u64 {
        self.start.wrapping_sub(self.at)
    }
}
