//! A run of whole records, as bytes.

use arrow_buffer::Buffer;

/// Whole records, one after another: what a source has read. At most 4 GiB.
///
/// The first byte is the first of a record; the last record may lack its line end. String columns may
/// refer to these bytes, so the buffer is free to be filled again only when no batch holds it
/// (`Buffer::into_mutable` tells).
#[derive(Clone, Debug)]
pub struct Block {
    /// The bytes.
    pub bytes: Buffer,
    /// The position of the first byte in the (decompressed) file or pipe. A byte order mark is looked for at 0.
    pub position: u64,
}
