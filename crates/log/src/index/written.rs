//! The indexes of sealed segments: from memory into files, and open for who asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{IndexBuilder, SegmentIndex, build_from_segment, file};
use crate::log::Inner;
use crate::segment::Segment;
use crate::{Error, ErrorKind, Position, Result};

/// How many indexes may wait in memory before a commit writes them. The newest one can wait: its segment may not be durable yet.
const WAITING_MAX: usize = 1;

/// Indexes of sealed segments that are not written yet.
#[derive(Default)]
pub(crate) struct Unwritten {
    indexes: Mutex<Vec<(Position, IndexBuilder)>>,
    count: AtomicUsize,
}

impl Unwritten {
    pub(crate) fn push(&self, base: Position, index: IndexBuilder) {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.push((base, index));
        self.count.store(indexes.len(), Ordering::Relaxed);
    }

    fn take(&self, base: Position) -> Option<IndexBuilder> {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let at = indexes.iter().position(|(waiting, _)| *waiting == base)?;
        self.count.store(indexes.len() - 1, Ordering::Relaxed);
        Some(indexes.remove(at).1)
    }

    /// The segments whose indexes wait, but for the `newest` ones; oldest first.
    fn bases(&self, newest: usize) -> Vec<Position> {
        let indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        indexes.iter().rev().skip(newest).rev().map(|(base, _)| *base).collect()
    }
}

impl Inner {
    /// Asks the index of a sealed segment. It is written if it was not yet, and made again from the segment if its file is missing or
    /// turns out to be damaged.
    pub(crate) fn ask_index<T>(
        &self,
        segment: &Segment,
        ask: impl Fn(&SegmentIndex) -> Result<T>,
    ) -> Result<T> {
        match ask(&*self.index(segment)?) {
            Err(error) if error.kind == ErrorKind::Corrupt => {
                let end = sealed_end(segment)?;
                let mut place = segment.index.lock().unwrap_or_else(PoisonError::into_inner);
                let index = Arc::new(self.store_index(segment, &build_from_segment(segment, end)?, end)?);
                *place = Some(Arc::clone(&index));
                drop(place);
                ask(&index)
            }
            answer => answer,
        }
    }

    fn index(&self, segment: &Segment) -> Result<Arc<SegmentIndex>> {
        // Held meanwhile, so that an index is made once.
        let mut place = segment.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = place.as_ref() {
            return Ok(Arc::clone(index));
        }
        let end = sealed_end(segment)?;
        let index = match self.unwritten_indexes.take(segment.base) {
            Some(built) => self.store_index(segment, &built, end)?,
            None => match SegmentIndex::open(self.storage.as_ref(), segment.base, end) {
                Some(index) => index,
                None => self.store_index(segment, &build_from_segment(segment, end)?, end)?,
            },
        };
        Ok(Arc::clone(place.insert(Arc::new(index))))
    }

    /// Writes an index, under the lock of its place; with a full or failing disk it is kept in memory instead, and so is that of a
    /// file that another one has replaced. What is kept free for records is not used up.
    fn store_index(&self, segment: &Segment, built: &IndexBuilder, end: Position) -> Result<SegmentIndex> {
        let bytes = built.encode(end);
        let wanted = self.options.reserve_bytes.saturating_add(bytes.len() as u64);
        let has_room = self.storage.available_bytes().is_ok_and(|available| available >= wanted);
        let opened = if has_room && !segment.retired.load(Ordering::Acquire) {
            let written = file::write(self.storage.as_ref(), segment.base, &bytes);
            written.ok().and_then(|()| SegmentIndex::open(self.storage.as_ref(), segment.base, end))
        } else {
            None
        };
        match opened {
            Some(index) => Ok(index),
            None => SegmentIndex::in_memory(bytes, segment.base, end),
        }
    }

    /// Writes the indexes of segments that were sealed since the last time.
    pub(crate) fn write_indexes(&self) -> Result<()> {
        self.write_waiting(0)
    }

    /// Sees to it that few indexes wait in memory, also when nobody calls [`crate::Log::flush`]: the commit that finds too many writes
    /// them. An error is told to those who ask for the index.
    pub(crate) fn relieve_indexes(&self) {
        if self.unwritten_indexes.count.load(Ordering::Relaxed) > WAITING_MAX {
            let _ = self.write_waiting(WAITING_MAX);
        }
    }

    /// Writes the indexes that wait, but for the `newest` ones.
    fn write_waiting(&self, newest: usize) -> Result<()> {
        for base in self.unwritten_indexes.bases(newest) {
            let segment = self.core().segments.iter().find(|segment| segment.base == base).cloned();
            match segment {
                Some(segment) => drop(self.index(&segment)?),
                // Retention was faster.
                None => drop(self.unwritten_indexes.take(base)),
            }
        }
        Ok(())
    }
}

fn sealed_end(segment: &Segment) -> Result<Position> {
    segment.sealed.get().copied().ok_or_else(|| Error::internal("an open segment has no index file"))
}
