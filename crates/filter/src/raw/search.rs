//! The search of a block for records that may match: by literals, then by the values behind keys.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use jiff::tz::TimeZone;
use memchr::memmem::Finder;
use millstream_format::{CsvOptions, Error, EscapeSearch, Format, Result, pieces};

use super::choice::Choice;
use super::probe::Probe;
use super::require::required;
use super::{Clause, add};
use crate::ladder::{LadderSpec, SourceField};

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
/// Of the clauses, and then of the probes, one is used for a block: the one that has left least.
#[derive(Debug)]
pub(crate) struct RawFilter {
    /// Rarest first.
    clauses: Vec<Searched>,
    clause: Choice,
    probes: Vec<Probe>,
    probe: Choice,
    escape: Option<EscapeSearch>,
    /// Bytes with which line ends may not be record ends.
    opaque: Vec<u8>,
}

#[derive(Debug)]
struct Searched {
    literals: Literals,
    clause: Clause,
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
    /// The filter for a predicate; `None` where nothing can be searched for.
    pub(crate) fn new(spec: &LadderSpec, time_zone: &TimeZone) -> Result<Option<Self>> {
        let Some(predicate) = &spec.predicate else { return Ok(None) };
        let from_record = |field: usize| matches!(spec.fields.get(field), Some(SourceField::Record { .. }));
        let clauses = required(&spec.format, predicate, &from_record);
        let probes = Probe::of(spec, time_zone)?;
        Self::of(&spec.format, clauses, probes)
    }

    fn of(format: &Format, clauses: Vec<Clause>, probes: Vec<Probe>) -> Result<Option<Self>> {
        if clauses.is_empty() && probes.is_empty() {
            return Ok(None);
        }
        let searched = |clause: Clause| Ok(Searched { literals: Literals::new(&clause)?, clause });
        let opaque = match format {
            Format::Csv(CsvOptions { quote, escape, .. }) => {
                quote.iter().chain(escape).filter_map(|c| u8::try_from(*c).ok()).collect()
            }
            Format::Json(_) | Format::Raw(_) => Vec::new(),
        };
        Ok(Some(Self {
            clause: Choice::among(clauses.len()),
            clauses: clauses.into_iter().map(searched).collect::<Result<_>>()?,
            probe: Choice::among(probes.len()),
            probes,
            escape: EscapeSearch::of(format),
            opaque,
        }))
    }

    /// The clauses, the one tried first at the front.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.clauses.iter().map(|searched| &searched.clause)
    }

    /// The fields whose values are looked at behind their keys.
    pub(crate) fn probed(&self) -> impl Iterator<Item = &str> {
        self.probes.iter().map(Probe::label)
    }

    /// Adds to `ranges`, which is empty, those of the records of `bytes` that may match, ascending, neighbours in one.
    pub(crate) fn candidates(&mut self, bytes: &[u8], ranges: &mut Vec<Range<usize>>) -> Candidates {
        if self.opaque.iter().any(|byte| memchr::memchr(*byte, bytes).is_some()) {
            return Candidates::All;
        }
        let length = |ranges: &[Range<usize>]| ranges.iter().map(Range::len).sum::<usize>();
        let clause = self.clause.next();
        if let Some((number, chosen)) = clause.and_then(|number| Some((number, self.clauses.get(number)?))) {
            for piece in pieces(bytes, 0..bytes.len()) {
                search(&chosen.literals, self.escape.as_ref(), bytes, piece, ranges);
            }
            self.clause.note(number, length(ranges), bytes.len());
        }
        let probe = self.probe.next();
        if let Some((number, probe)) = probe.and_then(|number| Some((number, self.probes.get_mut(number)?))) {
            if clause.is_none() {
                ranges.push(0..bytes.len());
            }
            let before = length(ranges);
            probe.narrow(bytes, ranges);
            self.probe.note(number, length(ranges), before);
        }
        if clause.is_some() || probe.is_some() { Candidates::Some } else { Candidates::All }
    }

    /// Whether a record may match: every clause has a literal in it and no probe excludes it, or an escape hides
    /// what it holds.
    pub(crate) fn may_match(&self, record: &[u8]) -> bool {
        let escaped = self.escape.as_ref().is_some_and(|escape| escape.find(record, 0).is_some());
        escaped
            || (self.clauses.iter().all(|searched| searched.literals.find(record, 0).is_some())
                && self.probes.iter().all(|probe| probe.may_match(record)))
    }
}

/// Adds to `ranges` the lines of a piece of `bytes` in which one of the literals or an escape stands.
fn search(
    literals: &Literals,
    escape: Option<&EscapeSearch>,
    bytes: &[u8],
    piece: Range<usize>,
    ranges: &mut Vec<Range<usize>>,
) {
    let bytes = bytes.get(..piece.end).unwrap_or(bytes);
    let find_escape = |from: usize| escape.and_then(|escape| escape.find(bytes, from)).unwrap_or(usize::MAX);
    let find_literal = |from: usize| literals.find(bytes, from).unwrap_or(usize::MAX);
    let mut from = piece.start;
    let (mut literal, mut escape) = (find_literal(from), find_escape(from));
    loop {
        let hit = literal.min(escape);
        if hit == usize::MAX {
            return;
        }
        let before = bytes.get(from..hit).unwrap_or(&[]);
        let start = memchr::memrchr(b'\n', before).map_or(from, |at| from + at + 1);
        let behind = bytes.get(hit..).unwrap_or(&[]);
        let end = memchr::memchr(b'\n', behind).map_or(bytes.len(), |at| hit + at + 1);
        add(ranges, start..end);
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
        RawFilter::of(&Format::Json(JsonOptions::default()), clauses, Vec::new()).unwrap().unwrap()
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
