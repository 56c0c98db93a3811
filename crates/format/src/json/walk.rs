//! From the structure of a record to the places of its wanted values.
//!
//! Brackets, colons and commas are checked all the way; what stands between them is looked at only where it is wanted.

use super::keys::{Key, Node};
use super::lex::{self, is_blank};
use super::strict::{ENDS_EARLY, Fault, NO_COLON, NO_COMMA, NO_KEY, Nesting, TOO_DEEP, WRONG_BRACKET};
use crate::rows::Span;

/// A record's bytes, and where its structure stands in them.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub(super) bytes: &'a [u8],
    /// The operators outside of strings, and at the end the line end.
    pub(super) positions: &'a [u32],
    /// Whether there may be escapes in keys.
    pub(super) escapes: bool,
}

impl Walk<'_> {
    /// The place of structure number `index`, and the byte there; behind the last one, a line end.
    #[inline]
    pub(super) fn at(&self, index: usize) -> (usize, u8) {
        let Some(position) = self.positions.get(index) else { return (self.bytes.len(), b'\n') };
        let position = *position as usize;
        (position, self.bytes.get(position).copied().unwrap_or(b'\n'))
    }

    /// Walks through the object that opens at structure number `open`, and gives the number behind its end.
    pub(super) fn object(&self, node: &Node, open: usize, spans: &mut [Span]) -> Result<usize, Fault> {
        let (mut before, _) = self.at(open);
        let mut index = open + 1;
        if let (end, b'}') = self.at(index)
            && self.blank(before + 1, end)
        {
            return Ok(index + 1);
        }
        loop {
            let (colon, byte) = self.at(index);
            if byte != b':' {
                return Err((colon, if byte == b'\n' { ENDS_EARLY } else { NO_COLON }));
            }
            let key = self.key(node, before + 1, colon)?;
            let (mut stop, mut byte) = self.at(index + 1);
            index += 2;
            match byte {
                b',' | b'}' => {
                    if stop == colon + 1 {
                        return Err((stop, lex::BAD_TOKEN));
                    }
                    if let Some(key) = key {
                        self.scalar(key, colon + 1, stop, spans);
                    }
                }
                b'{' | b'[' => {
                    if !self.blank(colon + 1, stop) {
                        return Err((colon + 1, lex::BAD_TOKEN));
                    }
                    let start = stop;
                    index = self.container(key, index - 1, byte, spans)?;
                    let (close, _) = self.at(index - 1);
                    if let Some(slot) = key.and_then(|key| key.slot) {
                        set(spans, slot, span(start, close + 1));
                    }
                    (stop, byte) = self.at(index);
                    index += 1;
                    if !self.blank(close + 1, stop) {
                        return Err((close + 1, NO_COMMA));
                    }
                }
                _ => {}
            }
            match byte {
                b',' => before = stop,
                b'}' => return Ok(index),
                b'\n' => return Err((stop, ENDS_EARLY)),
                _ => return Err((stop, NO_COMMA)),
            }
        }
    }

    /// The wanted key that stands in quotes between `start` and `colon`.
    #[inline]
    fn key<'n>(&self, node: &'n Node, start: usize, colon: usize) -> Result<Option<&'n Key>, Fault> {
        let quoted = |from: usize, to: usize| {
            from + 1 < to && self.bytes.get(from) == Some(&b'"') && self.bytes.get(to - 1) == Some(&b'"')
        };
        let (mut from, mut to) = (start, colon);
        if !quoted(from, to) {
            while from < to && self.bytes.get(from).is_some_and(|b| is_blank(*b)) {
                from += 1;
            }
            while from < to && self.bytes.get(to - 1).is_some_and(|b| is_blank(*b)) {
                to -= 1;
            }
            if !quoted(from, to) {
                return Err((from, NO_KEY));
            }
        }
        let found = node.find(self.bytes, from + 1..to - 1);
        if self.escapes && (found.is_none() || node.backslashes) {
            return self.escaped_key(node, from + 1, to - 1, found);
        }
        Ok(found)
    }

    #[cold]
    fn escaped_key<'n>(
        &self,
        node: &'n Node,
        start: usize,
        end: usize,
        found: Option<&'n Key>,
    ) -> Result<Option<&'n Key>, Fault> {
        let raw = self.bytes.get(start..end).unwrap_or(&[]);
        if memchr::memchr(b'\\', raw).is_none() {
            return Ok(found);
        }
        let mut name = Vec::with_capacity(raw.len());
        lex::unescape(raw, &mut name).map_err(|problem| (start, problem))?;
        Ok(node.find_name(&name))
    }

    /// A wanted key whose value is no container.
    #[inline]
    fn scalar(&self, key: &Key, start: usize, end: usize, spans: &mut [Span]) {
        if let Some(slot) = key.slot {
            set(spans, slot, span(start, end));
        }
        if let Some(child) = &key.child {
            let text = lex::trim(self.bytes.get(start..end).unwrap_or(&[]));
            let place = if text == b"null" { Span::NULL } else { Span::NO_ROW };
            child.slots.iter().for_each(|slot| set(spans, *slot, place));
        }
    }

    /// Walks through the container that opens with `byte` at structure number `open`.
    fn container(
        &self,
        key: Option<&Key>,
        open: usize,
        byte: u8,
        spans: &mut [Span],
    ) -> Result<usize, Fault> {
        let Some(child) = key.and_then(|key| key.child.as_ref()) else { return self.skip(open) };
        // What an earlier field of the same name has left is gone: the last one counts.
        let place = if byte == b'{' { Span::MISSING } else { Span::NO_ROW };
        child.slots.iter().for_each(|slot| set(spans, *slot, place));
        if byte == b'{' { self.object(child, open, spans) } else { self.skip(open) }
    }

    /// The number behind the bracket that closes the one at structure number `open`.
    fn skip(&self, open: usize) -> Result<usize, Fault> {
        let mut nesting = Nesting::default();
        let mut index = open;
        loop {
            let (position, byte) = self.at(index);
            match byte {
                b'{' | b'[' => nesting.open(byte).ok_or((position, TOO_DEEP))?,
                b'}' | b']' => {
                    nesting.close(byte).ok_or((position, WRONG_BRACKET))?;
                    if nesting.depth() == 0 {
                        return Ok(index + 1);
                    }
                }
                b'\n' => return Err((position, ENDS_EARLY)),
                _ => {}
            }
            index += 1;
        }
    }

    /// Whether nothing but white space stands from `start` to `end`.
    #[inline]
    pub(super) fn blank(&self, start: usize, end: usize) -> bool {
        start == end || self.bytes.get(start..end).is_some_and(|text| text.iter().all(|b| is_blank(*b)))
    }
}

#[inline]
fn set(spans: &mut [Span], slot: usize, span: Span) {
    if let Some(place) = spans.get_mut(slot) {
        *place = span;
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}
