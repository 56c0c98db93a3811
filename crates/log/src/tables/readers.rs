//! Who reads the tables as they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Position, Timestamp};

/// The snapshots that are open: what they see stays.
#[derive(Default)]
pub(super) struct Readers {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    readers: BTreeMap<u64, (Position, Timestamp)>,
}

impl Readers {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what can be seen at `at`, when it is `now`, for as long as the answer lives.
    pub(super) fn enter(self: &Arc<Self>, at: Position, now: Timestamp) -> Reading {
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        open.readers.insert(id, (at, now));
        Reading { readers: Arc::clone(self), id, at, now }
    }

    /// The first position that somebody reads at, at most `visible`, at which the next reader will.
    pub(super) fn floor(&self, visible: Position) -> Position {
        self.open().readers.values().map(|(at, _)| *at).min().map_or(visible, |at| at.min(visible))
    }

    /// The earliest time that somebody goes by, at most `now`.
    pub(super) fn earliest(&self, now: Timestamp) -> Timestamp {
        self.open().readers.values().map(|(_, now)| *now).min().map_or(now, |earliest| earliest.min(now))
    }
}

/// A reader; dropping it lets go of what it saw.
pub(super) struct Reading {
    readers: Arc<Readers>,
    id: u64,
    pub at: Position,
    pub now: Timestamp,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.readers.open().readers.remove(&self.id);
    }
}
