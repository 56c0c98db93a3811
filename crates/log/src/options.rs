//! Sizes that a log is opened with.

/// Sizes that a log is opened with. None of them stands in the files: each opening may use others.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a segment is before the next one begins, in bytes.
    pub segment_bytes: u64,
    /// How many bytes of the newest records are kept in memory for readers at the tail.
    pub tail_cache_bytes: usize,
    /// How many bytes of the disk stay free: commits that need a new segment are refused when there would be fewer.
    pub reserve_bytes: u64,
    /// How many bytes of rows of tables are kept in memory before they are written to their files.
    pub table_memory_bytes: u64,
    /// How many bytes of the tables' files are cached.
    pub table_cache_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 256 << 20,
            tail_cache_bytes: 8 << 20,
            reserve_bytes: 64 << 20,
            table_memory_bytes: 16 << 20,
            table_cache_bytes: 32 << 20,
        }
    }
}

impl Options {
    /// The smallest segment: a header, a small snapshot and some records fit.
    pub(crate) const SEGMENT_BYTES_MIN: u64 = 4096;
    /// The largest: places in it are counted in units of eight bytes with 32 bits.
    pub(crate) const SEGMENT_BYTES_MAX: u64 = 16 << 30;
}
