//! Segments: the files that the log is cut into.
//!
//! A segment begins with a snapshot of the catalog and of all state machines, so that it and those behind it stand alone:
//! recovery reads only the newest, and old ones can go whole.

mod scan;
mod snapshot;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

pub(crate) use scan::{Scan, Scanned, Stopped};
pub(crate) use snapshot::{SnapshotReader, encode_snapshot, restore_snapshot, unknown_kind};

use crate::index::SegmentIndex;
use crate::storage::StoredFile;
use crate::{Error, Position, Result, Timestamp};

/// The name of the file of the segment at `base`.
pub(crate) fn file_name(base: Position) -> String {
    format!("{base:020}.log")
}

/// How files end in which segments are written anew; leftovers of a crash go when the log is opened.
pub(crate) const REWRITE_SUFFIX: &str = ".rewrite";

/// The base of the segment in the file `name`, if it is one.
pub(crate) fn base_of(name: &str) -> Option<Position> {
    let digits = name.strip_suffix(".log")?;
    if digits.len() != 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().map(Position)
}

/// An open segment.
pub(crate) struct Segment {
    /// The position of its first record.
    pub base: Position,
    pub file: Arc<dyn StoredFile>,
    /// How many bytes may be written to it.
    pub capacity: u64,
    /// The store time of its snapshot; nothing in it is older.
    pub first_time: Timestamp,
    /// Where its last record ends, once it is sealed.
    pub sealed: OnceLock<Position>,
    /// Where its messages stand, once it is sealed and somebody asked.
    pub index: Mutex<Option<Arc<SegmentIndex>>>,
    /// Set once another file has taken its place: readers go on with this one, but its index is not written any more.
    pub retired: AtomicBool,
}

impl Segment {
    pub(crate) fn new(
        base: Position,
        file: Arc<dyn StoredFile>,
        capacity: u64,
        first_time: Timestamp,
    ) -> Self {
        Self {
            base,
            file,
            capacity,
            first_time,
            sealed: OnceLock::new(),
            index: Mutex::new(None),
            retired: AtomicBool::new(false),
        }
    }

    /// The name of the file in which it is written anew.
    pub(crate) fn rewrite_name(&self) -> String {
        format!("{:020}{REWRITE_SUFFIX}", self.base)
    }

    /// The name of its file.
    pub(crate) fn name(&self) -> String {
        file_name(self.base)
    }

    /// Fills `into` with the bytes at `at`.
    ///
    /// # Errors
    /// `Unavailable` when the disk fails, `Corrupt` when the file is shorter.
    pub(crate) fn read(&self, into: &mut [u8], at: Position) -> Result<()> {
        let read = self.file.read_at(into, at.0.saturating_sub(self.base.0));
        let read = read.map_err(|error| Error::io(&format!("read segment {}", self.name()), &error))?;
        if read < into.len() {
            return Err(Error::corrupt(
                at,
                format!("segment {} ends at byte {} of the record at position {at}", self.name(), read),
            ));
        }
        Ok(())
    }
}
