//! Where the value of a key stands, found by the bytes of the key alone.
//!
//! The structure of a record is not looked at. So a key that is found may belong to an object inside of the record,
//! or stand in what comes behind it; but if the record has the field at all, and no escape hides its key, then the field is
//! among those that are found. A line with one such key has that value, or none.

use std::ops::Range;

use memchr::memmem::Finder;

use super::lex::is_blank;
use crate::escape::EscapeSearch;
use crate::framing::pieces;
use crate::rows::{Rows, Span};

/// The search for one key in lines of JSON.
#[derive(Debug)]
pub struct KeySearch {
    /// The key in its quotes.
    key: Finder<'static>,
    /// What the key may be hidden by.
    escape: EscapeSearch,
}

/// A line in which the key was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// A byte of the line.
    pub at: usize,
    /// Behind the line's end.
    pub end: usize,
    /// Whether the value that was found is the only one that the field can have.
    pub certain: bool,
}

/// The lines in which a key was seen, in order, and where its values stand.
///
/// A line that is not listed does not have the key, nor an escape that might hide it.
#[derive(Debug)]
pub struct Sightings {
    lines: Vec<Sighting>,
    rows: Rows,
}

impl Default for Sightings {
    fn default() -> Self {
        Self { lines: Vec::new(), rows: Rows::new(1) }
    }
}

impl Sightings {
    /// The lines.
    pub fn lines(&self) -> &[Sighting] {
        &self.lines
    }

    /// The values, a row for each line, to be decoded by a [`Decoder`](crate::Decoder) of this field alone. Where the line is not
    /// certain it is missing.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.rows.clear();
    }

    #[inline]
    fn add(&mut self, at: usize, end: usize, value: Option<Range<usize>>) {
        self.lines.push(Sighting { at, end, certain: value.is_some() });
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        if let ([place], Some(value)) = (self.rows.push(at as u32), value) {
            *place = Span::new(value.start as u32, value.end as u32);
        }
    }
}

/// What is known of the field in the line at hand.
enum Seen {
    Nothing,
    Value(Range<usize>),
    /// A container, a string with escapes, what is no value, or more than one.
    Unclear,
}

impl KeySearch {
    /// The search for the key `name`; `None` if it can be written in several ways without `\u`.
    pub fn new(name: &str) -> Option<Self> {
        let plain = |byte: u8| !matches!(byte, b'"' | b'\\' | b'/') && !byte.is_ascii_control();
        if !name.bytes().all(plain) {
            return None;
        }
        Some(Self {
            key: Finder::new(format!("\"{name}\"").as_bytes()).into_owned(),
            escape: EscapeSearch::json(),
        })
    }

    /// Adds to `seen` the lines of `range`, which holds whole lines, in which the key or an escape stands.
    pub fn search(&self, bytes: &[u8], range: Range<usize>, seen: &mut Sightings) {
        pieces(bytes, range).for_each(|piece| self.search_piece(bytes, piece, seen));
    }

    fn search_piece(&self, bytes: &[u8], range: Range<usize>, seen: &mut Sightings) {
        let text = bytes.get(..range.end).unwrap_or(bytes);
        let find_key = |from: usize| {
            let found = text.get(from..).and_then(|rest| self.key.find(rest));
            found.map_or(usize::MAX, |at| from + at)
        };
        let find_escape = |from: usize| self.escape.find(text, from).unwrap_or(usize::MAX);
        let mut key = find_key(range.start);
        let mut escape = find_escape(range.start);
        loop {
            let first = key.min(escape);
            if first == usize::MAX {
                return;
            }
            let rest = text.get(first..).unwrap_or(&[]);
            let end = memchr::memchr(b'\n', rest).map_or(text.len(), |at| first + at + 1);
            if escape < end {
                seen.add(first, end, None);
                escape = find_escape(end);
                if key < end {
                    key = find_key(end);
                }
                continue;
            }
            let mut field = Seen::Nothing;
            while key < end {
                let behind = key + self.key.needle().len();
                if let Some(start) = behind_colon(text, behind) {
                    field = match field {
                        Seen::Nothing => value(text, start).map_or(Seen::Unclear, Seen::Value),
                        _ => Seen::Unclear,
                    };
                }
                key = find_key(behind);
            }
            match field {
                Seen::Nothing => {}
                Seen::Value(value) => seen.add(first, end, Some(value)),
                Seen::Unclear => seen.add(first, end, None),
            }
        }
    }
}

/// Where the value starts of a key that ends before `at`; `None` if no colon follows, so that it is no key.
#[inline]
fn behind_colon(text: &[u8], at: usize) -> Option<usize> {
    let colon = skip_blanks(text, at);
    (text.get(colon) == Some(&b':')).then(|| skip_blanks(text, colon + 1))
}

/// The text of the scalar that starts at `start`, if it is plain and ends as a field ends.
#[inline]
fn value(text: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let length = match rest.first()? {
        b'{' | b'[' => return None,
        b'"' => {
            let inside = rest.get(1..)?;
            let end = memchr::memchr3(b'"', b'\\', b'\n', inside)?;
            (inside.get(end) == Some(&b'"')).then_some(end + 2)?
        }
        _ => rest.iter().position(|byte| matches!(byte, b',' | b'}') || is_blank(*byte))?,
    };
    let end = start + length;
    matches!(text.get(skip_blanks(text, end)), Some(b',' | b'}')).then_some(start..end)
}

/// The first place from `at` on that holds no blank. A line end is none: values do not reach over it.
#[inline]
fn skip_blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or(&[]);
    at + rest.iter().take_while(|byte| is_blank(**byte) && **byte != b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each line that is listed its number, and the value if it is certain.
    fn seen(text: &str) -> Vec<(usize, Option<&str>)> {
        let mut seen = Sightings::default();
        KeySearch::new("k").unwrap().search(text.as_bytes(), 0..text.len(), &mut seen);
        let value = |row: usize| match seen.rows().span(row, 0).place(text.as_bytes()) {
            crate::rows::Place::Text(text) => std::str::from_utf8(text).ok(),
            _ => None,
        };
        let lines = seen.lines().iter().enumerate();
        lines
            .map(|(row, line)| {
                assert_eq!(line.certain, value(row).is_some());
                assert!(line.end == text.len() || text.as_bytes()[line.end - 1] == b'\n');
                (text[..line.at].matches('\n').count(), value(row))
            })
            .collect()
    }

    #[test]
    fn plain_values_are_certain() {
        assert_eq!(
            seen("{\"k\":1}\n{\"a\":2}\n{\"a\":{\"k\" : -2.5 ,\"b\":1}}\n"),
            [(0, Some("1")), (2, Some("-2.5"))]
        );
        assert_eq!(seen("{\"k\":\"a b\"}\r\n{\"k\":null}"), [(0, Some("\"a b\"")), (1, Some("null"))]);
        assert_eq!(seen("{\"kk\":1,\"a\":\"k\"}\n"), []);
    }

    #[test]
    fn what_is_not_plain_is_uncertain() {
        for line in [
            "{\"k\":{}}",
            "{\"k\":[1]}",
            "{\"k\":\"a\\n\"}",
            "{\"k\":1,\"k\":2}",
            "{\"a\":{\"k\":1},\"k\":2}",
            "{\"\\u006b\":1}",
            "{\"k\":1 2}",
            "{\"k\":1",
            "{\"k\":\"a",
            "{\"k\":",
        ] {
            assert_eq!(seen(&format!("{line}\n{{\"k\":7}}\n")), [(0, None), (1, Some("7"))], "{line}");
        }
    }

    #[test]
    fn keys_with_several_spellings_are_not_searched_for() {
        assert!(KeySearch::new("a/b").is_none());
        assert!(KeySearch::new("a\"b").is_none());
        assert!(KeySearch::new("a b-é").is_some());
    }

    #[test]
    fn only_the_range_is_searched() {
        let text = b"{\"k\":1}\n{\"k\":2}\n{\"k\":3}\n";
        let mut seen = Sightings::default();
        KeySearch::new("k").unwrap().search(text, 8..16, &mut seen);
        assert_eq!(seen.lines(), [Sighting { at: 9, end: 16, certain: true }]);
    }
}
