//! Indexes: where the messages of a queue stand, and those with a key. All derived from the segments.
//!
//! The newest segment's indexes are in memory (see [`crate::catalog::Queue`] and [`KeyRuns`]). When it is sealed they become a file
//! beside it, of which only what is looked for is read. A file that is missing or damaged is made again from its segment.

mod build;
mod file;
mod keys;
mod written;

pub(crate) use build::build_from_segment;
pub(crate) use file::{
    Extent, INDEX_SUFFIX, IndexBuilder, QueueBatches, SegmentIndex, file_name as index_name,
    remove as remove_index_file,
};
pub(crate) use keys::{KeyEntry, KeyRuns};
pub(crate) use written::Unwritten;
