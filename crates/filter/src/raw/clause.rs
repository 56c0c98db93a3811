//! The searches: one needle of several in a haystack, and the escapes that may hide needles.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input};
use memchr::memchr;
use memchr::memmem::Finder;

use super::rate::Rate;

/// Needles of one clause at the most; with more of them the search is slower than reading.
const NEEDLES_MAX: usize = 4096;
/// A needle that is shorter is found everywhere.
const NEEDLE_BYTES_MIN: usize = 2;

/// Every match holds at least one of the needles.
pub(super) struct Clause {
    needles: Vec<Vec<u8>>,
    search: Search,
    /// The share of records that it passes.
    pub rate: Rate,
}

enum Search {
    One(Box<Finder<'static>>),
    Any(AhoCorasick),
}

impl Clause {
    /// A clause of these needles; `None` where searching them is of no use.
    pub fn new(mut needles: Vec<Vec<u8>>) -> Option<Self> {
        needles.sort_unstable();
        needles.dedup();
        // A needle within another one finds all that the other one finds.
        if needles.len() <= 64 {
            let all = needles.clone();
            needles.retain(|n| !all.iter().any(|o| o.len() < n.len() && Finder::new(o).find(n).is_some()));
        }
        if needles.is_empty()
            || needles.len() > NEEDLES_MAX
            || needles.iter().any(|n| n.len() < NEEDLE_BYTES_MIN)
        {
            return None;
        }
        let search = match needles.as_slice() {
            [one] => Search::One(Box::new(Finder::new(one).into_owned())),
            many => Search::Any(AhoCorasickBuilder::new().build(many).ok()?),
        };
        Some(Self { needles, search, rate: Rate::default() })
    }

    /// The position of the first needle in `bytes` at or behind `from`.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        match &self.search {
            Search::One(finder) => Some(from + finder.find(bytes.get(from..)?)?),
            Search::Any(automaton) => {
                if from > bytes.len() {
                    return None;
                }
                Some(automaton.find(Input::new(bytes).span(from..bytes.len()))?.start())
            }
        }
    }

    /// How promising it is before anything has been searched: long needles are rare, and few of them are.
    pub fn weight(&self) -> usize {
        let shortest = self.needles.iter().map(Vec::len).min().unwrap_or(0);
        shortest.min(32) * 64 / (self.needles.len() + 1)
    }

    /// Whether all needles are ASCII.
    pub fn is_ascii(&self) -> bool {
        self.needles.iter().all(|n| n.is_ascii())
    }

    /// `'abc' or 'def'`, with `…` for what is too long to show.
    pub fn describe(&self) -> String {
        const SHOWN: usize = 8;
        let mut text = self
            .needles
            .iter()
            .take(SHOWN)
            .map(|needle| format!("'{}'", String::from_utf8_lossy(needle)))
            .collect::<Vec<_>>()
            .join(" or ");
        if self.needles.len() > SHOWN {
            text.push_str(&format!(" or {} more", self.needles.len() - SHOWN));
        }
        text
    }
}

/// What may hide a needle in a record.
pub(super) enum Escape {
    /// JSON: `\u00XX` that stands for a printable ASCII character.
    JsonAscii(Box<Finder<'static>>),
    /// JSON: any `\u`.
    JsonAny(Box<Finder<'static>>),
    /// CSV: the escape character.
    Byte(u8),
}

impl Escape {
    pub fn json_ascii() -> Self {
        Self::JsonAscii(Box::new(Finder::new(br"\u00").into_owned()))
    }

    pub fn json_any() -> Self {
        Self::JsonAny(Box::new(Finder::new(br"\u").into_owned()))
    }

    /// The position of the first one in `bytes` at or behind `from`.
    pub fn find(&self, bytes: &[u8], mut from: usize) -> Option<usize> {
        match self {
            Self::Byte(byte) => Some(from + memchr(*byte, bytes.get(from..)?)?),
            Self::JsonAny(finder) => Some(from + finder.find(bytes.get(from..)?)?),
            Self::JsonAscii(finder) => loop {
                let at = from + finder.find(bytes.get(from..)?)?;
                // No needle has a control character, so `\u000a` and its like hide nothing.
                if bytes.get(at + 4).is_none_or(|digit| !matches!(digit, b'0' | b'1')) {
                    return Some(at);
                }
                from = at + 4;
            },
        }
    }
}
