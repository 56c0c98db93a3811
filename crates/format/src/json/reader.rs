//! A block, record by record.

use std::ops::Range;

use super::keys::Node;
use super::lex::is_blank;
use super::strict::{self, ENDS_EARLY, Fault, NO_COMMA};
use super::walk::Walk;
use crate::decoder::Paused;
use crate::framing::BYTE_ORDER_MARK;
use crate::problem::{Malformed, Problem};
use crate::rows::{Rows, Span};
use crate::simd::{JsonScan, Level, Positions};

/// Bytes whose structure is found in one go: as many as stay in the nearest cache beside it.
const WINDOW: usize = 16 << 10;

/// Finds the wanted values of the records of a block.
#[derive(Debug)]
pub(super) struct Reader {
    level: Level,
    node: Node,
    /// Whether records are checked whole.
    strict: bool,
    scan: JsonScan,
    positions: Positions,
    /// The first of `positions` that belongs to the next record.
    next: usize,
    /// How many of `positions` belong to records whose end is among them.
    whole: usize,
    /// Where the next record starts.
    start: usize,
    /// Where reading ends.
    end: usize,
    /// Whether a backslash may stand in one of the records that `positions` tell of.
    backslash: bool,
    /// Records seen, empty lines left out.
    pub(super) records: u64,
}

impl Reader {
    pub(super) fn new(node: Node, strict: bool) -> Self {
        Self {
            level: Level::detect(),
            node,
            strict,
            scan: JsonScan::default(),
            positions: Positions::default(),
            next: 0,
            whole: 0,
            start: 0,
            end: 0,
            backslash: false,
            records: 0,
        }
    }

    /// Starts to read the records in `range` of a block.
    pub(super) fn start(&mut self, range: Range<usize>) {
        self.scan = JsonScan::starting_at(range.start);
        self.positions.clear();
        self.next = 0;
        self.whole = 0;
        self.start = range.start;
        self.end = range.end;
        self.backslash = false;
    }

    /// Adds rows until there are `rows_max`. A record that is an array adds all of its rows.
    pub(super) fn read(&mut self, bytes: &[u8], rows_max: usize, rows: &mut Rows) -> Paused {
        let bytes = bytes.get(..self.end).unwrap_or(bytes);
        loop {
            while self.next < self.whole {
                if rows.len() >= rows_max {
                    return Paused::Full;
                }
                if let Err(malformed) = self.record(bytes, rows) {
                    return Paused::Malformed(malformed);
                }
            }
            if !self.advance(bytes) {
                return Paused::End;
            }
        }
    }

    /// Finds the structure of more records; false at the end.
    fn advance(&mut self, bytes: &[u8]) -> bool {
        let torn = self.positions.len() > self.next || self.scan.at > self.start;
        self.backslash = torn && self.backslash;
        self.positions.drop_front(self.next);
        (self.next, self.whole) = (0, 0);
        while self.scan.at < bytes.len() {
            self.scan.backslash = false;
            let until = self.scan.at + WINDOW;
            self.level.json(bytes, &mut self.scan, until, &mut self.positions);
            self.backslash |= self.scan.backslash;
            self.find_whole(bytes);
            if self.whole > 0 {
                return true;
            }
        }
        if self.start >= bytes.len() {
            return false;
        }
        // The last record has no line end: the end of the bytes stands for it.
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        self.positions.push(bytes.len() as u32);
        self.whole = self.positions.len();
        true
    }

    /// Counts the positions up to the last line end.
    fn find_whole(&mut self, bytes: &[u8]) {
        let last = self.positions.as_slice().iter().rposition(|p| bytes.get(*p as usize) == Some(&b'\n'));
        self.whole = last.map_or(0, |last| last + 1);
    }

    /// Reads the next record.
    #[inline]
    fn record(&mut self, bytes: &[u8], rows: &mut Rows) -> Result<(), Malformed> {
        let walk = Walk {
            bytes,
            positions: self.positions.as_slice().get(self.next..self.whole).unwrap_or(&[]),
            escapes: self.backslash,
        };
        let start = self.start;
        let rows_before = rows.len();
        let read = if bytes.get(start) == Some(&b'{') && !self.strict {
            Self::row(&self.node, walk, start, 0, rows)
        } else {
            self.unusual(walk, rows)
        };
        let mut index = *read.as_ref().unwrap_or(&0);
        // What stands behind the value does not count, up to the line end.
        let (mut end, mut byte) = walk.at(index);
        while byte != b'\n' {
            index += 1;
            (end, byte) = walk.at(index);
        }
        self.next += index + 1;
        self.start = end + 1;
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        rows.end_record(rows_before, end as u32);
        match read {
            Ok(_) => {
                self.records += u64::from(end > start && rows.len() > rows_before);
                Ok(())
            }
            Err((at, problem)) => {
                self.records += 1;
                let (Problem::Malformed(what) | Problem::Value(what)) = problem else {
                    return Ok(());
                };
                Err(Malformed { start, end, at, what })
            }
        }
    }

    /// Adds the row of the object that opens at structure number `open`, and gives the number behind its end.
    #[inline]
    fn row(node: &Node, walk: Walk<'_>, start: usize, open: usize, rows: &mut Rows) -> Result<usize, Fault> {
        #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
        let spans: &mut [Span] = rows.push(start as u32);
        let walked = walk.object(node, open, spans);
        if walked.is_err() {
            rows.pop();
        }
        walked
    }

    /// A record that does not start with its object, or is to be checked whole.
    #[cold]
    fn unusual(&self, walk: Walk<'_>, rows: &mut Rows) -> Result<usize, Fault> {
        let start = self.start;
        let line_end = walk.positions.iter().find(|p| walk.bytes.get(**p as usize) == Some(&b'\n'));
        let end = line_end.map_or(walk.bytes.len(), |p| *p as usize);
        let record = walk.bytes.get(start..end).unwrap_or(&[]);
        let marked = record.starts_with(BYTE_ORDER_MARK);
        let from = start + if marked { BYTE_ORDER_MARK.len() } else { 0 };
        let line = walk.bytes.get(from..end).unwrap_or(&[]);
        if line.is_empty() || line == b"\r" {
            return Ok(0);
        }
        let blanks = line.iter().take_while(|b| is_blank(**b)).count();
        let first = from + blanks;
        if self.strict && matches!(line.get(blanks), Some(b'{' | b'[')) {
            let text = walk.bytes.get(..end).unwrap_or(walk.bytes);
            strict::check_value(text, first)?;
        }
        let (position, byte) = walk.at(0);
        match byte {
            b'{' if position == first => Self::row(&self.node, walk, start, 0, rows),
            b'[' if position == first => self.array(walk, rows),
            _ => Err((first, Problem::Malformed("an object was expected"))),
        }
    }

    /// A record that is an array of objects: a row for each.
    fn array(&self, walk: Walk<'_>, rows: &mut Rows) -> Result<usize, Fault> {
        let (mut before, _) = walk.at(0);
        let mut index = 1;
        if let (end, b']') = walk.at(index)
            && walk.blank(before + 1, end)
        {
            return Ok(index + 1);
        }
        loop {
            let (position, byte) = walk.at(index);
            if byte != b'{' || !walk.blank(before + 1, position) {
                return Err((before + 1, Problem::Malformed("an object was expected")));
            }
            index = Self::row(&self.node, walk, self.start, index, rows)?;
            let (close, _) = walk.at(index - 1);
            let (stop, byte) = walk.at(index);
            index += 1;
            match byte {
                b',' | b']' if !walk.blank(close + 1, stop) => return Err((close + 1, NO_COMMA)),
                b',' => before = stop,
                b']' => return Ok(index),
                b'\n' => return Err((stop, ENDS_EARLY)),
                _ => return Err((stop, NO_COMMA)),
            }
        }
    }
}
