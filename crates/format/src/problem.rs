//! What is wrong with a record, before it is known whether anybody minds.

use crate::error::Error;

/// What is wrong with a value or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The bytes are not what the format asks for: the record is malformed.
    Malformed(&'static str),
    /// A value that does not convert to the field's type: the field is NULL under `ignore-parse-errors`.
    Value(&'static str),
    /// The record does not have the field, and must.
    Missing,
}

/// A [`Problem`] of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowProblem {
    /// The row, by its number in the rows that were decoded.
    pub(crate) row: usize,
    pub(crate) problem: Problem,
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where the record starts in the block.
    pub start: usize,
    /// Where it ends, its line end left out.
    pub end: usize,
    /// The byte that is wrong, in the block.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl Malformed {
    /// The error that it is when nobody passes over it.
    pub fn error(&self, bytes: &[u8], format: &str) -> Error {
        let record = bytes.get(self.start..self.end).unwrap_or(&[]);
        Error::malformed(
            self.start,
            format!(
                "malformed {format} record: {} at byte {} of {}",
                self.what,
                self.at.saturating_sub(self.start) + 1,
                excerpt(record),
            ),
        )
    }
}

/// The first characters of a record, for messages.
pub(crate) fn excerpt(record: &[u8]) -> String {
    const SHOWN: usize = 80;
    let record = record.trim_ascii_end();
    let shown = record.get(..SHOWN).unwrap_or(record);
    let text = String::from_utf8_lossy(shown);
    if shown.len() < record.len() { format!("'{text}…'") } else { format!("'{text}'") }
}
