//! Predicates over raw records: what every match must hold, looked for before anything is decoded.
//!
//! [`require`] finds in a predicate what text its fields must hold, [`spell`] how each format writes such text, and
//! [`search`] the records of a block that hold it. Of those, [`probe`] leaves the ones in which the value behind a key
//! satisfies a condition on one field. All of it may let too much pass, never too little.

mod choice;
mod probe;
mod rarity;
mod require;
mod search;
mod spell;

use std::ops::Range;

pub(crate) use search::{Candidates, RawFilter};

/// Adds a range behind others, to the last one if that ends where it starts.
fn add(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// A part of a predicate that every match must satisfy: one of its literals stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// As they stand in the record's bytes. None of them is empty.
    pub(crate) literals: Vec<Vec<u8>>,
}

impl Clause {
    /// How seldom a literal of the clause is likely to be found, in bits; more is better.
    fn rarity(&self) -> u32 {
        self.literals.iter().map(|literal| rarity::bits(literal)).min().unwrap_or(0)
    }
}
