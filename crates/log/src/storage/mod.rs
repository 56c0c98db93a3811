//! Where bytes are kept: real files, or a simulated disk that fails and forgets as disks do.
//!
//! The log does all its reading and writing through [`Storage`], so that every schedule of crashes and errors can be
//! replayed from a seed. What the trait promises is what POSIX promises: bytes are durable after
//! [`StoredFile::sync`], names after [`Storage::sync_names`], and nothing is before.

mod disk;
mod simulated;

use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use disk::DiskStorage;
pub use simulated::{Faults, SimulatedDisk};

/// A folder of files.
pub trait Storage: Send + Sync {
    /// Keeps other processes out for as long as the answer lives. [`io::ErrorKind::WouldBlock`]: another has it.
    fn lock(&self) -> io::Result<Box<dyn Send + Sync>>;
    /// The names of the files of the log, in no order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes an empty file. The name is durable after [`Storage::sync_names`].
    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;
    /// Opens a file that is there.
    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>>;
    /// Removes a name. Whoever has the file open can go on reading it.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Gives a file another name, in place of the file that had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes the names durable.
    fn sync_names(&self) -> io::Result<()>;
    /// How many bytes can still be written.
    fn available_bytes(&self) -> io::Result<u64>;
    /// The folder in which tables keep their files; `None`: they are kept in memory and rebuilt.
    fn tables_folder(&self) -> Option<&Path>;
    /// How the folder is called in messages.
    fn describe(&self) -> String;
}

/// An open file.
pub trait StoredFile: Send + Sync {
    /// Its length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Fills `into` from `at`; gives how many bytes there were, less than asked for only at the file's end.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;
    /// From now on reads through this handle bring in what they ask for and nothing behind it: what was read ahead of reserved space
    /// counts as written for [`StoredFile::data_from`].
    fn read_no_further(&self) {}
    /// The next stretch of bytes, from `at` on, that may not be zero; empty if there is none. Space that was reserved and never written
    /// to need not be read.
    fn data_from(&self, at: u64) -> io::Result<Range<u64>> {
        Ok(at..self.length()?.max(at))
    }
    /// Writes all of `pieces`, one after the other, from `at` on.
    fn write_at(&self, pieces: &mut [IoSlice<'_>], at: u64) -> io::Result<()>;
    /// Makes what was written durable. After an error nobody knows what is on disk.
    fn sync(&self) -> io::Result<()>;
    /// Reserves space up to `length`; new bytes are zero.
    fn allocate(&self, length: u64) -> io::Result<()>;
    /// Cuts the file to `length`.
    fn truncate(&self, length: u64) -> io::Result<()>;
}
