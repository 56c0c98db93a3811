//! Bytes to Arrow columns and back: the `json`, `csv` and `raw` formats, with Flink's options and meaning.
//!
//! What it is: [`Format`] (a format with its options, checked), [`Framing`] (where one record ends and the
//! next begins), decoders that read only the wanted fields of a record, and [`Encoder`] (rows to bytes).
//!
//! What it is not: it reads no files and writes none, knows no predicates and no plans. Which records are
//! decoded, and when, is decided by the `filter` crate.
//!
//! Invariants:
//! - Whatever bytes come in, a decoder answers with values or an error that gives the byte; it never panics
//!   and never reads past the record.
//! - Memory and recursion are bounded by the record and by [`MAX_DEPTH`].
//! - What a field decodes to does not depend on which other fields are wanted.

mod block;
mod cells;
mod column;
mod csv;
mod decoder;
mod encoder;
mod error;
mod escape;
mod fill;
mod framing;
mod json;
mod options;
mod problem;
mod raw;
mod rows;
mod simd;
mod text;

pub use block::Block;
pub use decoder::{Decoded, Decoder, Paused, Wanted};
pub use encoder::Encoder;
pub use error::{Error, ErrorKind, Result};
pub use escape::EscapeSearch;
pub use framing::{Framing, pieces};
pub use json::{KeySearch, Sighting, Sightings};
pub use options::{
    CsvOptions, Format, JsonOptions, MalformedCheck, MapNullKey, RawCharset, RawOptions, TimestampStandard,
};
pub use problem::Malformed;
pub use rows::Rows;

/// The deepest nesting of arrays and objects in a record.
pub const MAX_DEPTH: usize = 1000;
