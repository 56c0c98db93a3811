//! Where one record ends and the next begins.

use std::ops::Range;

use memchr::{memchr, memrchr};

/// What may stand before the first record of UTF-8 text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes that several searches go over one after another while they stay in the nearest cache.
const PIECE_BYTES: usize = 32 << 10;

/// `range`, which holds whole lines, in pieces of whole lines that are small enough to be searched several times at
/// the cost of once.
pub fn pieces(bytes: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..range.end).filter(|rest| !rest.is_empty())?;
        let piece = rest.get(..PIECE_BYTES).unwrap_or(rest);
        let length = if piece.len() == rest.len() {
            rest.len()
        } else {
            let behind = rest.get(PIECE_BYTES..).unwrap_or(&[]);
            let line_end = memrchr(b'\n', piece).or_else(|| memchr(b'\n', behind).map(|at| PIECE_BYTES + at));
            line_end.map_or(rest.len(), |at| at + 1)
        };
        start += length;
        Some(start - length..start)
    })
}

/// How records are told apart in a stream of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A record a line: LF, or CR LF.
    Lines,
    /// CSV: a line, but a line end inside of quotes or behind an escape belongs to the field.
    Csv {
        /// What stands between fields; only behind it, or at a record's start, does a quote open.
        delimiter: u8,
        /// The quote character.
        quote: Option<u8>,
        /// The escape character.
        escape: Option<u8>,
        /// Whether lines that start with `#` are comments, in which quotes mean nothing.
        comments: bool,
    },
}

impl Framing {
    /// Whether reading may start anywhere: the next record starts behind the next line end.
    pub fn is_splittable(&self) -> bool {
        matches!(self, Self::Lines)
    }

    /// The length of the longest prefix of `bytes` that is made of whole records, line ends
    /// included; 0 when the first record has not ended yet. `bytes` starts with a record, at `position` of its
    /// file or stream: only at 0 may a byte order mark stand before it.
    pub fn whole_records(&self, bytes: &[u8], position: u64) -> usize {
        match self {
            Self::Lines => memrchr(b'\n', bytes).map_or(0, |at| at + 1),
            Self::Csv { delimiter, quote, escape, comments } => {
                let quoted = quote.is_some_and(|quote| memchr(quote, bytes).is_some());
                if !quoted && escape.is_none() {
                    return Self::Lines.whole_records(bytes, position);
                }
                let marked = if position == 0 { bytes.strip_prefix(BYTE_ORDER_MARK) } else { None };
                let quote = quote.unwrap_or(b'\n');
                let escape = escape.unwrap_or(b'\n');
                let whole = csv_records(marked.unwrap_or(bytes), *delimiter, quote, escape, *comments);
                if marked.is_some() && whole > 0 { BYTE_ORDER_MARK.len() + whole } else { whole }
            }
        }
    }
}

/// As [`Framing::whole_records`]. A quote or escape that is not there is given as LF.
fn csv_records(bytes: &[u8], delimiter: u8, quote: u8, escape: u8, comments: bool) -> usize {
    let mut quoted = false;
    // Behind the last record that ended with LF; where the present line starts, if behind LF or a comment; behind the
    // last byte that stands for itself alone.
    let (mut end, mut start, mut literal) = (0, 0, 0);
    let mut at = 0;
    // Behind the last quote, escaped byte or line end: from here to `at` there are none.
    let mut plain = 0;
    loop {
        if comments && at == start && is_comment(bytes.get(at..).unwrap_or(&[])) {
            let Some(behind) = behind_comment(bytes, at) else { return end };
            at = behind;
            (start, plain) = (at, at);
            if bytes.get(at - 1) == Some(&b'\n') {
                end = at;
            }
            continue;
        }
        match memchr::memchr3(quote, escape, b'\n', bytes.get(at..).unwrap_or(&[])) {
            Some(found) => at += found,
            None => return end,
        }
        // A CR ends a line, too, and what stands behind it may be a comment.
        if comments
            && !quoted
            && let Some(comment) = comment_behind_return(bytes, plain, at)
        {
            (at, start) = (comment, comment);
            continue;
        }
        match bytes.get(at) {
            Some(b'\n') if !quoted => {
                at += 1;
                (end, start) = (at, at);
            }
            Some(b'\n') => at += 1,
            Some(byte) if *byte == quote && quoted && bytes.get(at + 1) == Some(&quote) => at += 2,
            Some(byte) if *byte == quote && quoted => {
                quoted = false;
                at += 1;
            }
            Some(byte) if *byte == quote => {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                quoted =
                    at == start || (at != literal && before.is_some_and(|b| *b == delimiter || *b == b'\r'));
                at += 1;
            }
            _ => {
                at += 2;
                literal = at;
            }
        }
        plain = at;
    }
}

/// Behind the line end of the comment at `from`.
fn behind_comment(bytes: &[u8], from: usize) -> Option<usize> {
    let end = from + memchr::memchr2(b'\n', b'\r', bytes.get(from..)?)?;
    match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(end + 2),
        (Some(b'\r'), None) => None,
        _ => Some(end + 1),
    }
}

/// Where the first comment behind a CR in `bytes[from..until]` starts.
fn comment_behind_return(bytes: &[u8], from: usize, until: usize) -> Option<usize> {
    let stretch = bytes.get(from..until)?;
    memchr::memchr_iter(b'\r', stretch)
        .map(|at| from + at + 1)
        .find(|behind| is_comment(bytes.get(*behind..until).unwrap_or(&[])))
}

fn is_comment(line: &[u8]) -> bool {
    line.iter().copied().find(|b| *b != b' ' && *b != b'\t') == Some(b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Framing = Framing::Csv { delimiter: b',', quote: Some(b'"'), escape: None, comments: false };

    #[test]
    fn pieces_are_whole_lines() {
        let long = "x".repeat(3 * PIECE_BYTES);
        let text =
            format!("{}{long}\n{}", "0123456\n".repeat(PIECE_BYTES / 6), "abc\n".repeat(PIECE_BYTES / 3));
        let found: Vec<_> = pieces(text.as_bytes(), 8..text.len() - 4).collect();
        assert_eq!((found[0].start, found.last().unwrap().end), (8, text.len() - 4));
        assert!(found.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!(found.iter().all(|piece| text.as_bytes()[piece.end - 1] == b'\n'));
        assert_eq!(found.iter().filter(|piece| piece.len() > PIECE_BYTES).count(), 1);
        assert_eq!(pieces(b"", 0..0).count(), 0);
    }

    #[test]
    fn lines_end_at_line_feeds() {
        assert_eq!(Framing::Lines.whole_records(b"a\nb\r\nc", 0), 5);
        assert_eq!(Framing::Lines.whole_records(b"abc", 0), 0);
    }

    #[test]
    fn quoted_line_ends_belong_to_their_record() {
        assert_eq!(CSV.whole_records(b"a,\"x\ny\"\nb", 0), 8);
        assert_eq!(CSV.whole_records(b"a,\"x\ny", 0), 0);
        assert_eq!(CSV.whole_records(b"\"x\"\"\n\"\nb\n", 0), 9);
        // In the midst of a field a quote means nothing.
        assert_eq!(CSV.whole_records(b"a\"b\nc", 0), 4);
        assert_eq!(CSV.whole_records(b" \"b\nc\n", 0), 6);
        // Behind a byte order mark a record starts, but only where the file does.
        assert_eq!(CSV.whole_records(b"\xef\xbb\xbf\"b\nc\"\nd", 0), 9);
        assert_eq!(CSV.whole_records(b"\xef\xbb\xbf\"b\nc\"\nd", 9), 9);
        assert_eq!(CSV.whole_records(b"\xef\xbb\xbf\"b\nc", 0), 0);
        assert_eq!(CSV.whole_records(b"\xef\xbb\xbf\"b\nc", 9), 6);
    }

    #[test]
    fn escapes_and_comments() {
        let escaping =
            Framing::Csv { delimiter: b',', quote: Some(b'"'), escape: Some(b'\\'), comments: true };
        assert_eq!(escaping.whole_records(b"a\\\nb\nc", 0), 5);
        assert_eq!(escaping.whole_records(b"\"a\\\"\nb\"\nc", 0), 8);
        assert_eq!(escaping.whole_records(b"a\\,\"b\nc\n", 0), 8);
        assert_eq!(escaping.whole_records(b" #\"\na\nb", 0), 6);
        // A CR ends a comment, and behind one a comment may start.
        assert_eq!(escaping.whole_records(b"# \r\"a\nb\nc", 0), 0);
        assert_eq!(escaping.whole_records(b"# \r\n\"a\"\nb", 0), 8);
        assert_eq!(escaping.whole_records(b"a\r#\"\nb\nc", 0), 7);
        assert_eq!(escaping.whole_records(b"a\r#b\r\"c\nd\"\ne", 0), 11);
    }
}
