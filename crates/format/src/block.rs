//! A run of whole records, as bytes.

use arrow_buffer::Buffer;

/// Whole records, one after another: what a source has read. At most 4 GiB.
///
/// The first byte is the first of a record; the last record may lack its line end. String columns may
/// refer to these bytes unless they are `volatile`, so the buffer is free to be filled again only when no batch
/// holds it (`Buffer::into_mutable` tells).
#[derive(Clone, Debug)]
pub struct Block {
    /// The bytes.
    pub bytes: Buffer,
    /// The position of the first byte in the (decompressed) file or pipe. A byte order mark is looked for at 0.
    pub position: u64,
    /// Whether the bytes are a window of a file that somebody else may write to meanwhile. Then nothing may refer to them once
    /// the block is given back: strings are copied out, and validated in the copy; and no reader relies on reading the same
    /// byte twice alike, other than by getting wrong values for that record.
    pub volatile: bool,
}
