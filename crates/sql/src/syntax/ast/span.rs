//! Places in the text.

use std::fmt;

/// A stretch of the text: byte offsets, the end excluded. The parser refuses texts longer than `u32::MAX`, so offsets always fit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte; never less than `start`.
    pub end: u32,
}

impl Span {
    /// The stretch from `start` up to, but not including, `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest stretch that covers both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text this stretch covers, or `""` where it does not lie in `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}..{}", self.start, self.end)
    }
}

/// Where an offset stands for a reader: line and column, both from 1. Lines end at `\n`, `\r` or `\r\n`; columns count UTF-16 units,
/// as Flink's messages do, and a tab is one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl LineColumn {
    /// The line and column of the character at byte `offset` of `text`; offsets past the end give the place after the last character.
    pub fn of(text: &str, offset: u32) -> Self {
        let (mut line, mut column) = (1, 1);
        let mut after_return = false;
        for (at, c) in text.char_indices() {
            if at >= offset as usize {
                break;
            }
            match c {
                '\n' if after_return => {}
                '\n' | '\r' => (line, column) = (line + 1, 1),
                _ => column += if c.len_utf16() == 1 { 1 } else { 2 },
            }
            after_return = c == '\r';
        }
        Self { line, column }
    }
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_every_line_terminator() {
        let text = "a\nb\r\nc\rd";
        let at = |offset| (LineColumn::of(text, offset).line, LineColumn::of(text, offset).column);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (2, 1));
        assert_eq!(at(5), (3, 1));
        assert_eq!(at(7), (4, 1));
        assert_eq!(at(99), (4, 2));
    }

    #[test]
    fn columns_count_utf16_units() {
        assert_eq!(LineColumn::of("é😀x", 6).column, 4);
    }
}
