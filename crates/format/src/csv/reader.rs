//! A block, record by record: which field stands where.

use std::ops::Range;

use super::Marks;
use crate::decoder::Paused;
use crate::framing::BYTE_ORDER_MARK;
use crate::options::{CsvOptions, MalformedCheck};
use crate::problem::Malformed;
use crate::rows::{Rows, Span};
use crate::simd::{CsvScan, CsvSpecials, Level, Positions};

/// Bytes whose special characters are found in one go: as many as stay in the nearest cache beside it.
const WINDOW: usize = 16 << 10;

/// Finds the wanted fields of the records of a block.
#[derive(Debug)]
pub(super) struct Reader {
    level: Level,
    marks: Marks,
    comments: bool,
    /// Whether a record may have fewer fields than the table has columns.
    lenient: bool,
    /// Whether records are checked whole.
    strict: bool,
    /// For each column its slot, if it is wanted.
    slots: Vec<Option<usize>>,
    scan: CsvScan,
    positions: Positions,
    /// The first of `positions` that belongs to the next record.
    next: usize,
    /// Where the next record starts.
    start: usize,
    /// Where reading ends.
    end: usize,
    /// Whether a byte order mark may stand at `start`.
    mark_expected: bool,
    /// Records seen, comments left out.
    pub(super) records: u64,
}

/// What has been found of a record.
enum Found {
    /// All of it: how many positions belong to it, where the next record starts, and what is wrong with it.
    Record { positions: usize, next: usize, fault: Option<Fault> },
    /// A part: more positions are needed.
    Torn,
}

/// What is wrong with a record, and where.
#[derive(Clone, Copy)]
struct Fault {
    at: usize,
    what: &'static str,
}

/// Why a field has no end.
enum NoEnd {
    /// More positions are needed.
    Torn,
    /// It does not end as it should. It goes on without quotes, from position number `index`.
    Fault { index: usize, fault: Fault },
}

/// The end of a field: the number of the position behind it, its place, and the byte there; at the end of the
/// bytes, a line end.
struct FieldEnd {
    index: usize,
    at: usize,
    byte: u8,
}

impl Reader {
    pub(super) fn new(options: &CsvOptions, marks: Marks, slots: Vec<Option<usize>>) -> Self {
        Self {
            level: Level::detect(),
            marks,
            comments: options.allow_comments,
            lenient: options.ignore_parse_errors,
            strict: options.malformed_check == MalformedCheck::All,
            slots,
            scan: CsvScan::default(),
            positions: Positions::default(),
            next: 0,
            start: 0,
            end: 0,
            mark_expected: false,
            records: 0,
        }
    }

    /// Starts to read the records in `range` of a block whose first byte is at `position` of its file.
    pub(super) fn start(&mut self, range: Range<usize>, position: u64) {
        self.scan = CsvScan { at: range.start, ..CsvScan::default() };
        self.positions.clear();
        self.next = 0;
        self.start = range.start;
        self.end = range.end;
        self.mark_expected = position == 0 && range.start == 0;
    }

    /// Adds rows until there are `rows_max`.
    pub(super) fn read(&mut self, bytes: &[u8], rows_max: usize, rows: &mut Rows) -> Paused {
        let bytes = bytes.get(..self.end).unwrap_or(bytes);
        if std::mem::take(&mut self.mark_expected) && bytes.starts_with(BYTE_ORDER_MARK) {
            self.resume(BYTE_ORDER_MARK.len());
        }
        let mut window = WINDOW;
        while self.start < bytes.len() {
            if rows.len() >= rows_max {
                return Paused::Full;
            }
            if self.comments && self.is_comment(bytes) {
                self.resume(behind_line(bytes, self.start));
                continue;
            }
            #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
            let spans = rows.push(self.start as u32);
            match self.record(bytes, spans) {
                Found::Record { positions, next, fault } => {
                    let start = self.start;
                    self.records += 1;
                    self.next += positions;
                    self.start = next;
                    if let Some(Fault { at, what }) = fault {
                        rows.pop();
                        return Paused::Malformed(Malformed { start, end: next, at, what });
                    }
                    #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
                    rows.end_record(rows.len() - 1, next as u32);
                    window = WINDOW;
                }
                Found::Torn => {
                    rows.pop();
                    self.advance(bytes, window);
                    // A record that spans many windows is not looked at anew for each.
                    window *= 2;
                }
            }
        }
        Paused::End
    }

    /// Finds the special characters of the next `window` bytes.
    fn advance(&mut self, bytes: &[u8], window: usize) {
        self.positions.drop_front(self.next);
        self.next = 0;
        let Marks { delimiter, quote, escape } = self.marks;
        let until = self.scan.at + window;
        self.level.csv(
            CsvSpecials { delimiter, quote, escape },
            bytes,
            &mut self.scan,
            until,
            &mut self.positions,
        );
    }

    /// Goes on with the record at `start`.
    fn resume(&mut self, start: usize) {
        self.start = start;
        if self.scan.at < start {
            self.scan.at = start;
            self.positions.clear();
            self.next = 0;
        } else {
            let positions = self.positions.as_slice().get(self.next..).unwrap_or(&[]);
            self.next += positions.iter().take_while(|p| (**p as usize) < start).count();
        }
    }

    fn is_comment(&self, bytes: &[u8]) -> bool {
        let line = bytes.iter().skip(self.start);
        line.copied().find(|b| *b != b' ' && *b != b'\t') == Some(b'#')
    }

    /// Finds the fields of the record at `start`. A record with a fault ends where
    /// [`Framing`](crate::framing::Framing) has it end, so that what comes behind does not depend on blocks.
    #[inline]
    fn record(&self, bytes: &[u8], spans: &mut [Span]) -> Found {
        let positions = self.positions.as_slice().get(self.next..).unwrap_or(&[]);
        let is_last = self.scan.at >= bytes.len();
        let (mut index, mut from, mut column) = (0, self.start, 0);
        let mut fault = None;
        // The LF of a CR LF may have been found after its record.
        while positions.get(index).is_some_and(|p| (*p as usize) < from) {
            index += 1;
        }
        loop {
            let quoted = self.marks.quote.is_some() && bytes.get(from).copied() == self.marks.quote;
            let end = if quoted {
                self.quoted_end(bytes, positions, index, is_last)
            } else {
                self.plain_end(bytes, positions, index, is_last)
            };
            let FieldEnd { index: behind, at, byte } = match end {
                Ok(end) => end,
                Err(NoEnd::Torn) => return Found::Torn,
                Err(NoEnd::Fault { index, fault: found }) => {
                    fault = fault.or(Some(found));
                    match self.plain_end(bytes, positions, index, is_last) {
                        Ok(end) => end,
                        Err(_) => return Found::Torn,
                    }
                }
            };
            index = behind;
            match self.slots.get(column) {
                Some(None) => {}
                Some(Some(slot)) => {
                    if let Some(span) = spans.get_mut(*slot) {
                        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
                        let place = Span::new(from as u32, at as u32);
                        *span = place;
                    }
                }
                // Behind the last column one empty field may stand.
                None if column == self.slots.len() && at == from && byte != self.marks.delimiter => {}
                None => {
                    fault = fault.or(Some(Fault { at: from, what: "there are more fields than columns" }));
                }
            }
            if byte == self.marks.delimiter {
                column += 1;
                from = at + 1;
                continue;
            }
            if column + 1 < self.slots.len() && !self.lenient {
                fault = fault.or(Some(Fault { at, what: "there are fewer fields than columns" }));
            }
            let crlf = byte == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            if crlf && positions.get(index).is_some_and(|p| *p as usize == at + 1) {
                index += 1;
            }
            if self.strict
                && bytes.get(self.start..at).is_some_and(|record| std::str::from_utf8(record).is_err())
            {
                fault = fault.or(Some(Fault { at: self.start, what: "the text is not UTF-8" }));
            }
            let next = (at + 1 + usize::from(crlf)).min(bytes.len());
            return Found::Record { positions: index, next, fault };
        }
    }

    /// The end of a field without quotes around it.
    #[inline]
    fn plain_end(
        &self,
        bytes: &[u8],
        positions: &[u32],
        mut index: usize,
        is_last: bool,
    ) -> Result<FieldEnd, NoEnd> {
        loop {
            let Some(position) = positions.get(index) else {
                return if is_last {
                    Ok(FieldEnd { index, at: bytes.len(), byte: b'\n' })
                } else {
                    Err(NoEnd::Torn)
                };
            };
            let at = *position as usize;
            let byte = bytes.get(at).copied().unwrap_or(b'\n');
            index += 1;
            if byte == self.marks.delimiter || byte == b'\n' || byte == b'\r' {
                return Ok(FieldEnd { index, at, byte });
            }
            if Some(byte) == self.marks.escape {
                index = self.behind_pair(positions, index, at, is_last)?;
            }
            // A quote inside of the field means nothing.
        }
    }

    /// The end of the field whose quote is at position number `index`.
    fn quoted_end(
        &self,
        bytes: &[u8],
        positions: &[u32],
        mut index: usize,
        is_last: bool,
    ) -> Result<FieldEnd, NoEnd> {
        index += 1;
        loop {
            let Some(position) = positions.get(index) else {
                let fault = Fault { at: bytes.len(), what: "the closing quote is missing" };
                return Err(if is_last { NoEnd::Fault { index, fault } } else { NoEnd::Torn });
            };
            let at = *position as usize;
            let byte = bytes.get(at).copied();
            index += 1;
            if byte == self.marks.quote {
                if bytes.get(at + 1).copied() == self.marks.quote {
                    index = self.behind_pair(positions, index, at, is_last)?;
                    continue;
                }
                return self.behind_quote(bytes, positions, index, at + 1, is_last);
            }
            if byte == self.marks.escape {
                index = self.behind_pair(positions, index, at, is_last)?;
            }
        }
    }

    /// The end of a field whose closing quote stands before `from`: blanks may stand between.
    fn behind_quote(
        &self,
        bytes: &[u8],
        positions: &[u32],
        index: usize,
        from: usize,
        is_last: bool,
    ) -> Result<FieldEnd, NoEnd> {
        let blank = |b: &&u8| matches!(**b, b' ' | b'\t') && **b != self.marks.delimiter;
        let at = from + bytes.iter().skip(from).take_while(blank).count();
        match bytes.get(at) {
            None => Ok(FieldEnd { index, at, byte: b'\n' }),
            Some(byte) if *byte == self.marks.delimiter || *byte == b'\n' || *byte == b'\r' => {
                match positions.get(index) {
                    Some(_) => Ok(FieldEnd { index: index + 1, at, byte: *byte }),
                    None if is_last => Ok(FieldEnd { index, at, byte: *byte }),
                    None => Err(NoEnd::Torn),
                }
            }
            Some(_) => {
                let what = "a delimiter or the line's end was expected behind the quote";
                Err(NoEnd::Fault { index, fault: Fault { at, what } })
            }
        }
    }

    /// The number behind the position of the byte that follows `at`, if that is a special one.
    fn behind_pair(&self, positions: &[u32], index: usize, at: usize, is_last: bool) -> Result<usize, NoEnd> {
        match positions.get(index) {
            Some(position) => Ok(index + usize::from(*position as usize == at + 1)),
            None if is_last || at + 1 < self.scan.at => Ok(index),
            None => Err(NoEnd::Torn),
        }
    }
}

/// Where the line behind the one at `from` starts.
fn behind_line(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    match memchr::memchr2(b'\n', b'\r', rest) {
        None => bytes.len(),
        Some(end) if rest.get(end..end + 2) == Some(b"\r\n") => from + end + 2,
        Some(end) => from + end + 1,
    }
}
