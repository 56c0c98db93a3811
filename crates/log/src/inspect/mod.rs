//! Looking at a log that is closed, and mending one that is damaged.
//!
//! [`verify`] reads every byte and lists what is wrong, [`dump`] gives the records one by one, [`repair`] takes damaged
//! bytes out so that the log opens again: in their place it writes records that say "nothing is here" (gaps).
//! Nothing moves, so positions, offsets and what refers to them stay as they are.

mod dump;
mod forge;
mod repair;
mod verify;
mod walk;

pub use dump::{DumpedRecord, DumpedSection, dump, dump_of};
#[doc(hidden)]
pub use forge::forge;
pub use repair::{Repaired, repair, repair_of};
pub use verify::{Verified, verify, verify_of};

use std::path::Path;

use crate::storage::DiskStorage;
use crate::{Error, Position, Result, Storage};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// The last writes before a crash, which nobody was told had happened. Opening the log cuts them off.
    TornTail,
    /// Bytes that are not what was written. A log with damage in the newest segment does not open; in an older one, reads
    /// of what stands there fail.
    Damage,
    /// An index is missing or damaged. It is made again when it is needed.
    Index,
}

/// Something that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The file.
    pub file: String,
    /// Where it begins.
    pub position: Position,
    /// How many bytes, up to the next whole record.
    pub bytes: u64,
    /// What was found there.
    pub message: String,
}

/// The storage of the log in `folder`.
fn storage_of(folder: &Path) -> Result<DiskStorage> {
    DiskStorage::existing(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::invalid(format!(
            "there is no log in {}: {error}; give the folder that was given as --data",
            folder.display()
        )),
        _ => Error::io(&format!("use {} as the folder of a log", folder.display()), &error),
    })
}

/// Keeps others out while the log is looked at: what is being written looks like damage.
fn lock(storage: &dyn Storage) -> Result<Box<dyn Send + Sync>> {
    storage.lock().map_err(|error| match error.kind() {
        std::io::ErrorKind::WouldBlock => Error::unavailable(format!(
            "the log in {} is open in another process; stop that one first",
            storage.describe()
        )),
        _ => Error::io(&format!("lock the log in {}", storage.describe()), &error),
    })
}
