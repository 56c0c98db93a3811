//! What is done for tables by the way: memory becomes files, files are merged, rows past their time go.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::files::{Mark, is_damage};
use super::{State, Tables, Tending};
use crate::log::Log;
use crate::{Position, Result, Timestamp};

/// How much of the log one call reads for rows that are missing.
const FOLLOW_BYTES: u64 = 32 << 20;
/// How far the log may be ahead of the files: so much is read when it is opened again.
const BEHIND_BYTES_MAX: u64 = 32 << 20;

impl Log {
    /// Does a part of what tables have to have done: reads rows that are missing after damage, writes rows that are in memory, merges
    /// files, and takes out rows that are past their time. Answers whether there is more to do at once. Whoever owns the log calls it
    /// every second or so, from a thread that may wait for the disk; with nothing to do it costs a look.
    ///
    /// # Errors
    /// `Unavailable`, `Full`: the disk. `Corrupt`: the log is damaged where rows have to be read from it. The next call goes on.
    pub fn tend_tables(&self, now: Timestamp) -> Result<bool> {
        if !self.follow(FOLLOW_BYTES)? {
            return Ok(true);
        }
        let mut tending = self.inner.tables.tending();
        if self.is_writing_due(&tending) {
            self.write_rows(&mut tending)?;
        }
        let swept = self.sweep_rows(&mut tending, now);
        Ok(self.inner.tables.unless_damaged(&mut tending, swept)?.unwrap_or(true))
    }

    /// How many bytes the files of tables have, and the rows that are still in memory.
    pub fn table_bytes(&self) -> (u64, u64) {
        let tables = &self.inner.tables;
        let rows = tables.gate.read().unwrap_or_else(PoisonError::into_inner).clone();
        let files =
            rows.as_deref().and_then(super::rows::Rows::files).map_or(0, super::files::FileRows::disk_bytes);
        (files, tables.unwritten_bytes.load(Ordering::Relaxed))
    }

    fn is_writing_due(&self, tending: &Tending) -> bool {
        let tables = &self.inner.tables;
        let unwritten = tables.unwritten_bytes.load(Ordering::Relaxed);
        let core = self.inner.core();
        let ahead = core.tail.0.saturating_sub(tending.written.0);
        unwritten > tables.memory_bytes_max / 2
            || (ahead > BEHIND_BYTES_MAX && core.catalog.tables().next().is_some())
    }

    /// Writes all rows, when the log is closed.
    pub(crate) fn flush_tables(&self) -> Result<()> {
        let mut tending = self.inner.tables.tending();
        let (tail, none) = {
            let core = self.inner.core();
            (core.tail, core.catalog.tables().next().is_none())
        };
        if none || tending.written == tail { Ok(()) } else { self.write_rows(&mut tending) }
    }

    /// Sees to it that rows in memory stay within their bound. The commit that comes to it does the work, or waits for who does
    /// if there are twice as many as allowed.
    pub(crate) fn relieve_tables(&self) {
        let tables = &self.inner.tables;
        let times = |times: u64| {
            tables.unwritten_bytes.load(Ordering::Relaxed) > tables.memory_bytes_max.saturating_mul(times)
        };
        if !times(1) || !tables.is_current() {
            return;
        }
        let tending = if times(2) { Some(tables.tending()) } else { tables.tending.try_lock().ok() };
        let Some(mut tending) = tending.filter(|_| times(1)) else { return };
        let written = self.write_rows(&mut tending);
        // They cannot be written, but the log goes on: what memory does not hold is read from it when the disk does its work again.
        if written.is_err() && times(4) {
            tables.forget(&mut tending);
        }
    }

    /// Makes the rows in memory files, and merges these where there are too many.
    pub(super) fn write_rows(&self, tending: &mut Tending) -> Result<()> {
        let tables = &self.inner.tables;
        let (rows, sealed, bytes) = {
            let core = self.inner.core();
            let mut state = tables.state();
            let State::Current { rows, sealed } = &mut *state else { return Ok(()) };
            let Some(files) = rows.files() else { return Ok(()) };
            let bytes = tables.unwritten_bytes.load(Ordering::Relaxed);
            if core.tail > *sealed || bytes > 0 {
                files.seal(Mark { applied: core.tail, previous: core.previous });
                *sealed = core.tail;
            }
            (std::sync::Arc::clone(rows), *sealed, bytes)
        };
        let Some(files) = rows.files() else { return Ok(()) };
        // What the files hold is never lost by the log.
        self.inner.progress.settle(&self.inner, sealed, true)?;
        let floor = tables.floor_after(|| self.inner.core().visible).min(sealed);
        let done = files.flush(sealed, floor).and_then(|()| {
            tables.unwritten_bytes.fetch_sub(bytes, Ordering::Relaxed);
            tending.written = sealed;
            files.merge(sealed, floor)
        });
        self.inner.tables.unless_damaged(tending, done).map(|_| ())
    }
}

impl Tables {
    /// In front of what nobody reads any more: who comes from here on reads at `visible` or later.
    pub(super) fn floor_after(&self, visible: impl FnOnce() -> Position) -> Position {
        // Whoever read at an earlier position and is not known as a reader is done by then.
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.readers.floor(visible())
    }

    /// What was done with the rows, or `None` if they turned out to be damaged: then they are thrown away.
    pub(super) fn unless_damaged<T>(&self, tending: &mut Tending, done: Result<T>) -> Result<Option<T>> {
        match done {
            Err(error) if is_damage(&error) => {
                self.forget(tending);
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    /// Throws the rows away; they are read from the log again.
    pub(super) fn forget(&self, tending: &mut Tending) {
        tending.rows = None;
        self.current.store(false, Ordering::Release);
        *self.gate.write().unwrap_or_else(PoisonError::into_inner) = None;
        *self.state() = State::Behind;
        self.unwritten_bytes.store(0, Ordering::Relaxed);
    }
}
