//! Literals that every match must hold, searched in the raw bytes before anything is decoded.
//!
//! What can be known of a record without reading it: [`require`] turns a predicate into a condition on bytes
//! ([`Condition`]), [`needle`] says how a value can stand in a record of a format, [`clause`] searches, and
//! [`RawFilter`] decides, chunk by chunk and learning as it goes, which searches are worth their time.
//!
//! A raw filter may pass too much, never too little. What a record may write in more than one way is
//! dealt with in two manners: characters that always or often are escaped are left out of the needles, and a record that
//! holds an escape by which it might hide the others is passed on.

mod clause;
mod needle;
mod rate;
mod require;

use memchr::{memchr, memchr_iter, memrchr};
use millstream_expr::Expr;
use millstream_format::Format;

use clause::{Clause, Escape};
use rate::Rate;
pub(crate) use require::Strings;

/// Bytes searched at a time: what stays in the cache while several searches go over it.
const CHUNK_BYTES: usize = 128 << 10;
/// A search that passes more than this share of the records costs more than it saves.
const WORTHWHILE: f64 = 0.8;
/// Chunks that are passed on unsearched before a search that was not worthwhile is tried again.
const REST_CHUNKS: u32 = 64;
/// Clauses that are searched at the most; the others add little.
const CLAUSES_MAX: usize = 4;

/// A record of a block: the positions of its first byte and behind its last, without the line feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRange {
    /// The first byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

/// What a search over a chunk of lines found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Searched {
    /// Where the chunk ends: behind a line feed, or at the end of the block.
    pub end: usize,
    /// Records in the chunk, if they were searched; absent: every record must be read.
    pub records: Option<u64>,
}

/// A predicate as far as raw bytes can decide it.
pub(crate) struct RawFilter {
    /// Every match satisfies each of them.
    clauses: Vec<Clause>,
    /// What a record may hold that hides needles.
    escape: Option<Escape>,
    /// Records of which the escape was found.
    escaped: Vec<RecordRange>,
    /// Chunks still to be passed on unsearched.
    resting: u32,
    /// Which clause is searched over whole chunks.
    primary: usize,
}

impl RawFilter {
    /// What raw bytes can say about `predicate`; `strings` tells for each of its columns whether it is read from the
    /// record. `None`: nothing.
    pub fn new(predicate: &Expr, strings: &Strings<'_>, format: &Format) -> Option<Self> {
        let style = needle::Style::of(format)?;
        let mut clauses: Vec<Clause> = require::condition(predicate, strings)
            .clauses(&style)
            .into_iter()
            .filter_map(Clause::new)
            .collect();
        clauses.sort_by_key(|clause| std::cmp::Reverse(clause.weight()));
        clauses.truncate(CLAUSES_MAX);
        if clauses.is_empty() {
            return None;
        }
        let escape = style.escape(clauses.iter().all(Clause::is_ascii));
        Some(Self { clauses, escape, escaped: Vec::new(), resting: 0, primary: 0 })
    }

    /// Searches the lines of `bytes` from `start`, a chunk of them. Records that may match are added to `found`, in order,
    /// unless [`Searched::records`] is absent: then all of the chunk's must be read.
    pub fn search_lines(&mut self, bytes: &[u8], start: usize, found: &mut Vec<RecordRange>) -> Searched {
        let end = chunk_end(bytes, start);
        if self.resting > 0 {
            self.resting -= 1;
            return Searched { end, records: None };
        }
        let Some(chunk) = bytes.get(start..end) else { return Searched { end, records: None } };
        let first = found.len();
        if let Some(clause) = self.clauses.get(self.primary) {
            lines_with(chunk, start, |from| clause.find(chunk, from), found);
        }
        let hits = found.len() - first;
        let records = memchr_iter(b'\n', chunk).count() as u64 + u64::from(!chunk.ends_with(b"\n"));
        self.check_others(bytes, first, found);
        self.add_escaped(chunk, start, first, found);
        self.learn(hits as u64, records);
        Searched { end, records: Some(records) }
    }

    /// Whether one record may match: for records whose ends are not plain line ends.
    pub fn may_match(&self, record: &[u8]) -> bool {
        self.clauses.iter().all(|clause| clause.find(record, 0).is_some())
            || self.escape.as_ref().is_some_and(|escape| escape.find(record, 0).is_some())
    }

    /// The needles, for EXPLAIN: a line for each clause, the one searched first.
    pub fn describe(&self) -> Vec<String> {
        self.clauses.iter().map(Clause::describe).collect()
    }

    /// Leaves those of `found[first..]` that hold no needle of another clause out.
    fn check_others(&mut self, bytes: &[u8], first: usize, found: &mut Vec<RecordRange>) {
        for (index, clause) in self.clauses.iter_mut().enumerate() {
            if index == self.primary || !clause.rate.is_below(WORTHWHILE) && !clause.rate.is_due() {
                continue;
            }
            let before = found.len() - first;
            let mut at = 0;
            found.retain(|record| {
                at += 1;
                at <= first
                    || bytes.get(record.start..record.end).is_none_or(|line| clause.find(line, 0).is_some())
            });
            clause.rate.add((found.len() - first) as u64, before as u64);
        }
    }

    /// Adds the records that may hide a needle behind an escape.
    fn add_escaped(&mut self, chunk: &[u8], start: usize, first: usize, found: &mut Vec<RecordRange>) {
        let Some(escape) = &self.escape else { return };
        self.escaped.clear();
        lines_with(chunk, start, |from| escape.find(chunk, from), &mut self.escaped);
        if !self.escaped.is_empty() {
            found.extend_from_slice(&self.escaped);
            if let Some(added) = found.get_mut(first..) {
                added.sort_unstable_by_key(|record| record.start);
            }
            found.dedup_by_key(|record| record.start);
        }
    }

    /// Takes the share of records that passed into account: the search that passes fewest goes first, and
    /// one that is not worthwhile rests.
    fn learn(&mut self, hits: u64, records: u64) {
        let escaped = self.escaped.len() as u64;
        let Some(clause) = self.clauses.get_mut(self.primary) else { return };
        clause.rate.add(hits, records);
        let all = Rate::share(hits + escaped, records);
        if all > WORTHWHILE {
            // Another clause may do better; when none is left to try, all rest.
            let next = self.clauses.iter().position(|clause| clause.rate.is_below(WORTHWHILE));
            match next {
                Some(next) if escaped < hits => self.primary = next,
                _ => self.resting = REST_CHUNKS,
            }
        }
    }
}

/// The end of the chunk that starts at `start`: behind the last line feed within [`CHUNK_BYTES`], or behind the first one
/// after them, or the end of the block.
fn chunk_end(bytes: &[u8], start: usize) -> usize {
    let far = start.saturating_add(CHUNK_BYTES);
    if far >= bytes.len() {
        return bytes.len();
    }
    if let Some(at) = bytes.get(start..far).and_then(|chunk| memrchr(b'\n', chunk)) {
        return start + at + 1;
    }
    bytes.get(far..).and_then(|rest| memchr(b'\n', rest)).map_or(bytes.len(), |at| far + at + 1)
}

/// The lines of `chunk`, which stands at `start` of its block, in which `find` finds something.
fn lines_with(
    chunk: &[u8],
    start: usize,
    find: impl Fn(usize) -> Option<usize>,
    found: &mut Vec<RecordRange>,
) {
    let mut from = 0;
    while let Some(hit) = find(from) {
        let begin =
            chunk.get(from..hit).and_then(|before| memrchr(b'\n', before)).map_or(from, |at| from + at + 1);
        let end = chunk.get(hit..).and_then(|rest| memchr(b'\n', rest)).map_or(chunk.len(), |at| hit + at);
        found.push(RecordRange { start: start + begin, end: start + end });
        from = end + 1;
        if from >= chunk.len() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(clauses: &[&[&str]], escape: Option<Escape>) -> RawFilter {
        let clauses = clauses
            .iter()
            .map(|needles| Clause::new(needles.iter().map(|n| n.as_bytes().to_vec()).collect()).unwrap())
            .collect();
        RawFilter { clauses, escape, escaped: Vec::new(), resting: 0, primary: 0 }
    }

    /// The lines that a filter passes on, chunk after chunk; unsearched chunks give all of theirs.
    fn passed(filter: &mut RawFilter, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let mut found = Vec::new();
            let searched = filter.search_lines(bytes, start, &mut found);
            let chunk = &bytes[start..searched.end];
            let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
            match searched.records {
                Some(records) => {
                    assert_eq!(records as usize, text(chunk).lines().count());
                    lines.extend(found.iter().map(|r| text(&bytes[r.start..r.end])));
                }
                None => lines.extend(text(chunk).lines().map(str::to_owned)),
            }
            start = searched.end;
        }
        lines
    }

    #[test]
    fn escapes_that_could_hide_a_needle_are_passed_on() {
        let mut filter = filter(&[&["abc"]], Some(Escape::json_ascii()));
        let lines = "abc\n{\"x\":\"\\u0061bc\"}\n{\"x\":\"\\u000a\"}\nnone\n\\u00";
        assert_eq!(passed(&mut filter, lines.as_bytes()), ["abc", "{\"x\":\"\\u0061bc\"}", "\\u00"]);
        assert!(filter.may_match(br"\u0061bc") && !filter.may_match(b"none"));
    }

    #[test]
    fn a_search_that_passes_nearly_all_rests_and_is_tried_again() {
        let mut filter = filter(&[&["ab"]], None);
        let common = "xx ab xx\n".repeat(CHUNK_BYTES / 9 * 3);
        let mut found = Vec::new();
        let first = filter.search_lines(common.as_bytes(), 0, &mut found);
        assert!(first.records.is_some());
        assert_eq!(filter.search_lines(common.as_bytes(), first.end, &mut found).records, None);
        filter.resting = 0;
        assert!(filter.search_lines(common.as_bytes(), first.end, &mut found).records.is_some());
    }

    proptest! {
        /// Every line that holds a needle of each clause is passed on, and as long as all chunks are searched no other.
        #[test]
        fn lines_with_all_clauses_are_found(
            lines in prop::collection::vec("[abc ]{0,12}", 0..60),
            ends_with_feed: bool,
        ) {
            let mut bytes = lines.join("\n").into_bytes();
            if ends_with_feed && !bytes.is_empty() {
                bytes.push(b'\n');
            }
            let clauses: &[&[&str]] = &[&["ab", "cc"], &["ba"]];
            let expected: Vec<String> = String::from_utf8_lossy(&bytes)
                .lines()
                .filter(|l| clauses.iter().all(|c| c.iter().any(|n| l.contains(n))))
                .map(str::to_owned)
                .collect();
            prop_assert_eq!(passed(&mut filter(clauses, None), &bytes), expected);
        }
    }
}
