//! The next segment begins.

use std::sync::Arc;

use super::Core;
use crate::index::{IndexBuilder, QueueBatches};
use crate::log::Inner;
use crate::record::{END_SEALED, Encoded, HEADER_BYTES, RecordKind, SNAPSHOT_LAST};
use crate::segment::{Segment, encode_snapshot, file_name};
use crate::{Error, ErrorKind, Position, Result, Timestamp};

/// File systems give space in blocks.
const BLOCK_BYTES: u64 = 4096;
/// Room for further urgent records in a segment that was begun for one.
const URGENT_BYTES: u64 = 64 << 10;

impl Core {
    /// Sees to it that a record of `length` bytes fits into the segment.
    pub(super) fn make_room(
        &mut self,
        inner: &Inner,
        length: usize,
        urgent: bool,
        now: Timestamp,
    ) -> Result<()> {
        if self.fits(length) { Ok(()) } else { self.roll(inner, length, urgent, now) }
    }

    /// Seals the segment and begins the next one, which has room for a record of `length` bytes. After an error nothing has changed.
    ///
    /// An urgent record gets a small segment out of the reserve if there is no place for a whole one.
    pub(crate) fn roll(&mut self, inner: &Inner, length: usize, urgent: bool, now: Timestamp) -> Result<()> {
        let snapshot = encode_snapshot(&self.catalog, &self.machines);
        let snapshot_length: usize = snapshot.iter().map(Encoded::length).sum();
        let needed = (snapshot_length + length + 2 * HEADER_BYTES) as u64;
        let whole = inner.options.segment_bytes.max(needed).next_multiple_of(BLOCK_BYTES);
        let open = self.active().filter(|segment| segment.sealed.get().is_none()).cloned();
        let base = Position(self.tail.0 + open.as_ref().map_or(0, |_| HEADER_BYTES as u64));
        let (file, capacity) = match reserve(inner, base, whole, inner.options.reserve_bytes) {
            Err(error) if urgent && error.kind == ErrorKind::Full => {
                let small = needed.saturating_add(URGENT_BYTES).next_multiple_of(BLOCK_BYTES).min(whole);
                (reserve(inner, base, small, 0)?, small)
            }
            file => (file?, whole),
        };

        let store_time = now.max(self.last_time);
        // A segment that was found sealed, because the crash came before the next one was there, has its index still to be taken.
        if let Some(segment) = self.active().cloned() {
            self.seal(inner, &segment, store_time);
        }
        let segment = Arc::new(Segment::new(base, file, capacity, store_time));
        self.segments.push(Arc::clone(&segment));
        self.previous = 0;
        let last = snapshot.len().saturating_sub(1);
        for (index, part) in snapshot.into_iter().enumerate() {
            let flags = if index == last { SNAPSHOT_LAST } else { 0 };
            let position = self.tail;
            let at = self.next_place(store_time);
            let (record, checksum, _) = part.place(RecordKind::Snapshot, flags, at);
            self.push_record(&segment, position, Arc::new(record), checksum, store_time);
        }
        Ok(())
    }

    /// Ends the segment; its index in memory becomes one to be written.
    fn seal(&mut self, inner: &Inner, segment: &Arc<Segment>, store_time: Timestamp) {
        if segment.sealed.get().is_none() {
            let position = self.tail;
            let at = self.next_place(store_time);
            let (record, checksum, _) = Encoded::bare().place(RecordKind::End, END_SEALED, at);
            self.push_record(segment, position, Arc::new(record), checksum, store_time);
        }
        let end = self.tail;
        let mut queues = Vec::new();
        for (id, topic) in self.catalog.topics_mut() {
            for (number, queue) in (0..).zip(&mut topic.queues) {
                let (start, end) = (queue.segment_start, queue.end);
                let (batches, bytes) = queue.start_segment();
                if !batches.is_empty() {
                    queues.push((id, crate::QueueId(number), QueueBatches { start, end, bytes, batches }));
                }
            }
        }
        // A little too many: the snapshot counts. It is only for telling how much of a segment is in use.
        let commit_bytes = end.0 - segment.base.0;
        let index = IndexBuilder::new(segment.base, commit_bytes, queues, self.keys.take());
        inner.unwritten_indexes.push(segment.base, index);
        // Set last: whoever sees the end may ask for the index.
        let _ = segment.sealed.set(end);
    }
}

/// Makes the file of a segment and reserves its space, as long as enough stays free beside it.
fn reserve(
    inner: &Inner,
    base: Position,
    capacity: u64,
    reserve_bytes: u64,
) -> Result<Arc<dyn crate::storage::StoredFile>> {
    let doing = format!("begin segment {}", file_name(base));
    let io = |error: std::io::Error| Error::io(&doing, &error);
    let available = inner.storage.available_bytes().map_err(io)?;
    let wanted = capacity.saturating_add(reserve_bytes);
    if available < wanted {
        return Err(Error::full(format!(
            "cannot {doing}: {available} bytes are free on the disk of {}, {wanted} are needed ({} of them as a reserve); \
             free some space, or shorten the retention of topics, and commits go on",
            inner.storage.describe(),
            reserve_bytes
        )));
    }
    let file = inner.storage.create(&file_name(base)).map_err(io)?;
    if let Err(error) = file.allocate(capacity) {
        // An empty file in the folder does no harm, but the name is needed at the next try.
        let _ = inner.storage.remove(&file_name(base));
        return Err(io(error));
    }
    Ok(file)
}
