//! The search of a block for records that may match.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use millstream_format::{CsvOptions, Error, Format, Result};

use super::Clause;
use super::spell::escape_of;

/// The clauses that are tried, rarest first.
const TRIED_MAX: usize = 3;

/// Blocks after which all of them are tried again.
const ROUND: u32 = 64;

/// Where more than this part of the bytes is left, searching costs more than it saves.
const WORTH_MAX: f32 = 0.75;

/// What is left of a block.
#[derive(Debug, PartialEq)]
pub(crate) enum Candidates {
    /// All of it: the search was not worth it.
    All,
    /// The records in the ranges that were given.
    Some,
}

/// Finds the records of a block that hold what every match must hold.
///
/// It measures what each clause leaves, searches for the one that leaves least, and does not search at all for a
/// while when that is almost everything.
#[derive(Debug)]
pub(crate) struct RawFilter {
    clauses: Vec<Searched>,
    escape: Option<Finder<'static>>,
    /// Bytes with which line ends may not be record ends.
    opaque: Vec<u8>,
    blocks: u32,
}

#[derive(Debug)]
struct Searched {
    literals: Literals,
    clause: Clause,
    /// The part of the bytes that was left when the clause was last searched for.
    left: f32,
}

#[derive(Debug)]
enum Literals {
    One(Box<Finder<'static>>),
    Many(AhoCorasick),
}

impl Literals {
    fn new(clause: &Clause) -> Result<Self> {
        if let [literal] = clause.literals.as_slice() {
            return Ok(Self::One(Box::new(Finder::new(literal).into_owned())));
        }
        let many = AhoCorasick::new(&clause.literals);
        many.map(Self::Many).map_err(|error| Error::internal(format!("literals to search for: {error}")))
    }

    /// The first place at or behind `from` where one of the literals starts.
    #[inline]
    fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let found = match self {
            Self::One(finder) => finder.find(rest),
            Self::Many(many) => many.find(rest).map(|found| found.start()),
        };
        found.map(|at| from + at)
    }
}

impl RawFilter {
    /// The filter for `clauses`; `None` where there are none.
    pub(crate) fn new(format: &Format, clauses: Vec<Clause>) -> Result<Option<Self>> {
        if clauses.is_empty() {
            return Ok(None);
        }
        let searched =
            |clause: Clause| Ok(Searched { literals: Literals::new(&clause)?, clause, left: f32::MAX });
        let opaque = match format {
            Format::Csv(CsvOptions { quote, escape, .. }) => {
                quote.iter().chain(escape).filter_map(|c| u8::try_from(*c).ok()).collect()
            }
            Format::Json(_) | Format::Raw(_) => Vec::new(),
        };
        Ok(Some(Self {
            clauses: clauses.into_iter().map(searched).collect::<Result<_>>()?,
            escape: escape_of(format).map(|escape| Finder::new(&escape).into_owned()),
            opaque,
            blocks: 0,
        }))
    }

    /// The clauses, the one tried first at the front.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().map(|searched| &searched.clause)
    }

    /// Adds to `ranges` those of the records of `bytes` that may match, ascending, neighbours in one.
    pub(crate) fn candidates(&mut self, bytes: &[u8], ranges: &mut Vec<Range<usize>>) -> Candidates {
        if self.opaque.iter().any(|byte| memchr::memchr(*byte, bytes).is_some()) {
            return Candidates::All;
        }
        let tried = u32::try_from(self.clauses.len().min(TRIED_MAX)).unwrap_or(0);
        let round = self.blocks % ROUND;
        self.blocks = self.blocks.wrapping_add(1);
        let best = |a: &&mut Searched, b: &&mut Searched| a.left.total_cmp(&b.left);
        let chosen = if round < tried {
            self.clauses.get_mut(round as usize)
        } else {
            self.clauses.iter_mut().take(tried as usize).min_by(best).filter(|best| best.left <= WORTH_MAX)
        };
        let Some(chosen) = chosen else { return Candidates::All };
        search(&chosen.literals, self.escape.as_ref(), bytes, ranges);
        let left: usize = ranges.iter().map(Range::len).sum();
        #[allow(clippy::cast_precision_loss, reason = "a rough measure")]
        {
            chosen.left = left as f32 / bytes.len().max(1) as f32;
        }
        Candidates::Some
    }

    /// Whether a record may match: every clause has a literal in it, or an escape hides what it holds.
    pub(crate) fn may_match(&self, record: &[u8]) -> bool {
        let escaped = self.escape.as_ref().is_some_and(|escape| escape.find(record).is_some());
        escaped || self.clauses.iter().all(|searched| searched.literals.find(record, 0).is_some())
    }
}

/// Adds to `ranges` the lines of `bytes` in which one of the literals or an escape stands.
fn search(
    literals: &Literals,
    escape: Option<&Finder<'static>>,
    bytes: &[u8],
    ranges: &mut Vec<Range<usize>>,
) {
    let find_escape = |from: usize| {
        let found = bytes.get(from..).and_then(|rest| escape.and_then(|escape| escape.find(rest)));
        found.map_or(usize::MAX, |at| from + at)
    };
    let find_literal = |from: usize| literals.find(bytes, from).unwrap_or(usize::MAX);
    let mut from = 0;
    let (mut literal, mut escape) = (find_literal(0), find_escape(0));
    loop {
        let hit = literal.min(escape);
        if hit == usize::MAX {
            return;
        }
        let before = bytes.get(from..hit).unwrap_or(&[]);
        let start = memchr::memrchr(b'\n', before).map_or(from, |at| from + at + 1);
        let behind = bytes.get(hit..).unwrap_or(&[]);
        let end = memchr::memchr(b'\n', behind).map_or(bytes.len(), |at| hit + at + 1);
        match ranges.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => ranges.push(start..end),
        }
        from = end;
        if literal < end {
            literal = find_literal(end);
        }
        if escape < end {
            escape = find_escape(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use millstream_format::JsonOptions;
    use proptest::prelude::*;

    use super::*;

    fn filter(clauses: &[&[&str]]) -> RawFilter {
        let clauses = clauses
            .iter()
            .map(|literals| Clause { literals: literals.iter().map(|l| l.as_bytes().to_vec()).collect() })
            .collect();
        RawFilter::new(&Format::Json(JsonOptions::default()), clauses).unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn the_lines_that_hold_a_literal_or_an_escape_are_left(
            text in "(ab|abc|b|\n|x|\\\\u0041|\\\\){0,60}", many in any::<bool>(),
        ) {
            let mut filter = if many { filter(&[&["ab", "xx"]]) } else { filter(&[&["ab"]]) };
            let mut ranges = Vec::new();
            prop_assert_eq!(filter.candidates(text.as_bytes(), &mut ranges), Candidates::Some);
            let found: String = ranges.iter().map(|range| &text[range.clone()]).collect();
            let holds = |line: &&str| {
                line.contains("ab") || line.contains("\\u") || (many && line.contains("xx"))
            };
            let expected: String = text.split_inclusive('\n').filter(holds).collect();
            prop_assert_eq!(found, expected);
            for line in text.split_inclusive('\n') {
                prop_assert_eq!(filter.may_match(line.as_bytes()), holds(&line));
            }
        }
    }

    #[test]
    fn a_literal_in_every_line_is_not_searched_for() {
        let mut filter = filter(&[&["a"]]);
        let mut ranges = Vec::new();
        assert_eq!(filter.candidates(b"a\na\na\n", &mut ranges), Candidates::Some);
        assert_eq!(ranges.as_slice(), std::slice::from_ref(&(0..6)));
        assert_eq!(filter.candidates(b"a\na\na\n", &mut ranges), Candidates::All);
        // After a while it is tried again.
        let tries = (0..2 * ROUND).filter(|_| filter.candidates(b"b\n", &mut ranges) == Candidates::Some);
        assert!(tries.count() > 1);
    }

    #[test]
    fn the_clause_that_leaves_least_is_chosen() {
        let mut filter = filter(&[&["a"], &["b"]]);
        let mut left = Vec::new();
        for _ in 0..4 {
            let mut ranges = Vec::new();
            filter.candidates(b"a\nab\na\na\n", &mut ranges);
            left.push(ranges.iter().map(Range::len).sum::<usize>());
        }
        assert_eq!(left, [9, 3, 3, 3]);
    }
}
