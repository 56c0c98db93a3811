//! Blocks of raw records to batches of the rows that pass: the ladder.
//!
//! What it is: [`Ladder`], the one path by which every byte source reads. It searches the literals that every
//! match must hold in the raw bytes, decodes the predicate's fields of what is left, evaluates the predicate
//! exactly, and decodes the other fields of the rows that pass.
//!
//! What it is not: it does no I/O and starts no threads; it knows no plans and no SQL text.
//!
//! Invariants:
//! - The rows are those of decoding every record and filtering after. Only malformed records may differ, by the
//!   rule of [`MalformedCheck`](millstream_format::MalformedCheck): one that lacks a literal that every match
//!   must hold is not judged, and what is not decoded of a record is judged by its brackets alone.
//! - What has been learned from earlier blocks changes the speed, never the rows, nor which records are judged.

mod ladder;
mod raw;

pub use ladder::{Counts, Ladder, LadderSpec, SourceField};
