//! Group commit: whoever waits first writes, or syncs, for all.

use std::io::IoSlice;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::Pending;
use crate::log::Inner;
use crate::segment::Segment;
use crate::{Error, Position, Result};

/// How far the disk has come. Writing and syncing are two roles, each taken by one waiting thread at a time, so that records are
/// written while others are synced.
pub(crate) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    written: Position,
    durable: Position,
    writing: bool,
    syncing: bool,
    /// The segment that was written to last.
    segment: Option<Arc<Segment>>,
    /// After a failed write or sync nobody knows what is on disk: nothing is acknowledged any more.
    failed: Option<Error>,
    syncs: u64,
}

impl Progress {
    /// Everything in front of `at` is written and durable.
    pub(crate) fn new(at: Position, segment: Option<Arc<Segment>>) -> Self {
        let state = State {
            written: at,
            durable: at,
            writing: false,
            syncing: false,
            segment,
            failed: None,
            syncs: 0,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Why the writer gave up, if it did.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed.clone()
    }

    /// How many times the disk was synced.
    pub(crate) fn syncs(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).syncs
    }

    /// Gives up: `error` is answered to everybody from now on.
    pub(crate) fn fail(&self, error: &Error) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed.get_or_insert_with(|| poisoned(error));
        self.changed.notify_all();
    }

    /// Waits until everything in front of `end` is written and, if `strict`, durable; does the work if nobody does.
    pub(crate) fn settle(&self, inner: &Inner, end: Position, strict: bool) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.durable >= end || (!strict && state.written >= end) {
                return Ok(());
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if state.written < end {
                if !state.writing {
                    state.writing = true;
                    let last = state.segment.clone();
                    drop(state);
                    let wrote = write(inner, last);
                    state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.writing = false;
                    match wrote {
                        Ok(Wrote { segment, written, durable, syncs }) => {
                            state.segment = segment;
                            state.written = state.written.max(written);
                            state.durable = state.durable.max(durable);
                            state.syncs += syncs;
                        }
                        Err(error) => state.failed = Some(poisoned(&error)),
                    }
                    self.changed.notify_all();
                    continue;
                }
            } else if !state.syncing {
                state.syncing = true;
                let (target, segment) = (state.written, state.segment.clone());
                drop(state);
                let synced = sync(inner, segment.as_deref(), target);
                state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.syncing = false;
                match synced {
                    Ok(()) => {
                        state.durable = state.durable.max(target);
                        state.syncs += 1;
                    }
                    Err(error) => state.failed = Some(poisoned(&error)),
                }
                self.changed.notify_all();
                continue;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn poisoned(error: &Error) -> Error {
    Error::unavailable(format!(
        "{error}; the log takes no commits until it is opened again, so that none is lost unseen"
    ))
}

struct Wrote {
    segment: Option<Arc<Segment>>,
    written: Position,
    durable: Position,
    syncs: u64,
}

/// Writes what is pending. Before the first byte goes to a new segment the old one is synced, so that damage in it is never a
/// torn write, and so are the names.
fn write(inner: &Inner, mut last: Option<Arc<Segment>>) -> Result<Wrote> {
    let pending = std::mem::take(&mut inner.core().pending);
    let mut durable = Position(0);
    let mut written = Position(0);
    let mut syncs = 0;
    for group in pending.chunk_by(|a, b| a.segment.base == b.segment.base) {
        let Some(Pending { segment, position, .. }) = group.first() else { continue };
        if last.as_ref().is_none_or(|old| old.base != segment.base) {
            if let Some(old) = &last {
                sync_file(old)?;
                syncs += 1;
            }
            inner.storage.sync_names().map_err(|error| Error::io("sync the folder of the log", &error))?;
            durable = *position;
            syncs += 1;
        }
        let mut pieces: Vec<IoSlice<'_>> =
            group.iter().map(|pending| IoSlice::new(&pending.record)).collect();
        let at = position.0 - segment.base.0;
        segment
            .file
            .write_at(&mut pieces, at)
            .map_err(|error| Error::io(&format!("write segment {}", segment.name()), &error))?;
        written = group.last().map_or(written, |last| Position(last.position.0 + last.record.len() as u64));
        last = Some(Arc::clone(segment));
    }
    inner.core().advance(written, durable);
    Ok(Wrote { segment: last, written, durable, syncs })
}

fn sync(inner: &Inner, segment: Option<&Segment>, target: Position) -> Result<()> {
    if let Some(segment) = segment {
        sync_file(segment)?;
    }
    inner.core().advance(target, target);
    Ok(())
}

fn sync_file(segment: &Segment) -> Result<()> {
    segment.file.sync().map_err(|error| Error::io(&format!("sync segment {}", segment.name()), &error))
}
