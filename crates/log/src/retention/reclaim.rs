//! Segments go.

use std::io;
use std::sync::Arc;

use super::Sealed;
use crate::delay::Delay;
use crate::hold::Hold;
use crate::index::remove_index_file;
use crate::{Error, Log, Position, Result, Storage, Timestamp};

impl Log {
    /// Removes the oldest segment, and gives how many bytes its file had.
    pub(super) fn drop_oldest(&self, oldest: &Sealed, now: Timestamp) -> Result<u64> {
        self.carry_held(oldest.next, now)?;
        let segment = &oldest.segment;
        let storage = self.inner.storage.as_ref();
        let bytes = self.inner.ask_index(segment, |index| Ok(index.commit_bytes()))?;
        self.make_reasons_durable()?;
        {
            // No index is written for it from here on.
            let _place = segment.index.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            segment.retired.store(true, std::sync::atomic::Ordering::Release);
            remove_index(storage, segment.base)?;
        }
        storage.remove(&segment.name()).map_err(|error| io_error("remove", segment.base, &error))?;
        self.inner.core().segments.retain(|other| !Arc::ptr_eq(other, segment));
        // The next one must not go in front of this one, or there is a hole.
        storage.sync_names().map_err(|error| io_error("remove", segment.base, &error))?;
        Ok(bytes)
    }

    /// What made messages dead (a beginning that moved, a row that took another's place, a topic that was deleted) must not be lost by a
    /// crash once they are gone.
    pub(super) fn make_reasons_durable(&self) -> Result<()> {
        let end = self.inner.core().tail;
        self.inner.progress.settle(&self.inner, end, true)
    }

    /// Brings held messages that stand before `end` to the log's end.
    pub(super) fn carry_held(&self, end: Position, now: Timestamp) -> Result<()> {
        let held = |log: &Log| {
            let oldest = log.inner.core().machines.iter().filter_map(crate::StateMachine::oldest_held).min();
            oldest.is_some_and(|oldest| oldest < end)
        };
        // Whether machines hold anything there is known roughly; whether they gave anything, exactly.
        while held(self) && self.carry_delayed(end, now)? + self.carry_prepared(end, now)? > 0 {}
        Ok(())
    }

    /// Whether a machine whose messages nobody here can bring elsewhere needs one that stands before `end`.
    pub(super) fn is_pinned(&self, end: Position) -> bool {
        let core = self.inner.core();
        let mut others =
            core.machines.iter().filter(|machine| ![Delay::KIND, Hold::KIND].contains(&machine.kind()));
        others.any(|machine| machine.oldest_held().is_some_and(|oldest| oldest < end))
    }
}

/// Removes the index of a segment, and makes sure that it does not come back after a crash.
pub(super) fn remove_index(storage: &dyn Storage, base: Position) -> Result<()> {
    let removed = remove_index_file(storage, base).and_then(|()| storage.sync_names());
    removed.map_err(|error| io_error("remove the index of", base, &error))
}

pub(super) fn io_error(doing: &str, base: Position, error: &io::Error) -> Error {
    Error::io(&format!("{doing} segment {}", crate::segment::file_name(base)), error)
}
