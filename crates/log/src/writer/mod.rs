//! Writing: one core that places commits one after the other, and groups that bring them to disk together.
//!
//! A commit takes its turn under the core's lock: offsets are given, its record is finished, and catalog, machines, tables and
//! indexes take it up. Only then is it written and synced, outside of the lock, together with all others that came
//! meanwhile ([`Progress`]). What is not yet safe is not yet visible: readers see up to [`Core::visible`].

mod append;
mod progress;
mod roll;
mod submit;
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) use append::Placed;
pub use append::{Appended, Receipt};
pub(crate) use progress::Progress;
pub use submit::Submitted;

use crate::catalog::Catalog;
use crate::index::KeyRuns;
use crate::segment::Segment;
use crate::state::Machines;
use crate::{Position, Timestamp};

/// What the log is in memory. Changed under its lock, in the order of positions.
pub(crate) struct Core {
    pub catalog: Catalog,
    pub machines: Machines,
    /// Oldest first; the last one is written to.
    pub segments: Vec<Arc<Segment>>,
    /// Where the next record goes.
    pub tail: Position,
    /// The head checksum of the last record of the segment.
    pub previous: u32,
    /// The store time of the last record; they do not go back.
    pub last_time: Timestamp,
    /// Placed, not yet written.
    pub pending: Vec<Pending>,
    /// Where the records that must be synced before anybody sees them begin and end, in so far as they are not.
    pub strict: VecDeque<(Position, Position)>,
    /// Everything in front of it was given to the operating system.
    pub written: Position,
    /// Everything in front of it may be seen.
    pub visible: Position,
    /// Everything in front of it is durable.
    pub durable: Position,
    /// Keys and unique ids in the newest segment.
    pub keys: KeyRuns,
    /// The newest records, for readers at the tail.
    pub recent: Recent,
    /// Set once no further commit can be taken.
    pub closed: bool,
}

/// A record on its way to the disk.
#[derive(Clone)]
pub(crate) struct Pending {
    pub segment: Arc<Segment>,
    pub position: Position,
    pub record: Arc<Vec<u8>>,
}

impl Core {
    /// The segment that is written to, if the log has one yet.
    pub(crate) fn active(&self) -> Option<&Arc<Segment>> {
        self.segments.last()
    }

    /// The base of the segment that is written to.
    pub(crate) fn active_base(&self) -> Position {
        self.active().map_or(Position(0), |segment| segment.base)
    }

    /// Takes up how far the disk has come, and so what may be seen.
    pub(crate) fn advance(&mut self, written: Position, durable: Position) {
        self.durable = self.durable.max(durable);
        self.written = self.written.max(written).max(durable);
        while self.strict.front().is_some_and(|(_, end)| *end <= self.durable) {
            self.strict.pop_front();
        }
        let limit = self.strict.front().map_or(self.written, |(start, _)| self.written.min(*start));
        self.visible = self.visible.max(limit);
    }
}

/// The newest records, up to a number of bytes.
pub(crate) struct Recent {
    records: VecDeque<(Position, Arc<Vec<u8>>)>,
    bytes: usize,
    bytes_max: usize,
}

impl Recent {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { records: VecDeque::new(), bytes: 0, bytes_max }
    }

    fn push(&mut self, position: Position, record: Arc<Vec<u8>>) {
        self.bytes += record.len();
        self.records.push_back((position, record));
        while self.bytes > self.bytes_max {
            let Some((_, oldest)) = self.records.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    /// The record at `position`, if it is still here.
    pub(crate) fn get(&self, position: Position) -> Option<Arc<Vec<u8>>> {
        let (oldest, _) = self.records.front()?;
        if position < *oldest {
            return None;
        }
        let at = self.records.partition_point(|(other, _)| *other < position);
        self.records.get(at).filter(|(other, _)| *other == position).map(|(_, record)| Arc::clone(record))
    }
}
