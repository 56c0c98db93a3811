//! Where the wanted values of records stand in a block.

/// Where a value stands in a block, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

/// What a [`Span`] says.
pub(crate) enum Place<'a> {
    /// The bytes of the value, blanks around it included.
    Text(&'a [u8]),
    /// The record does not have the field.
    Missing,
    /// It stands inside of a ROW that is NULL.
    Null,
    /// It would stand inside of a ROW, but something else is there.
    NoRow,
}

impl Span {
    pub(crate) const MISSING: Self = Self { start: u32::MAX, end: 0 };
    pub(crate) const NULL: Self = Self { start: u32::MAX, end: 1 };
    pub(crate) const NO_ROW: Self = Self { start: u32::MAX, end: 2 };

    #[inline]
    pub(crate) fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    #[inline]
    pub(crate) fn place(self, bytes: &[u8]) -> Place<'_> {
        if self.start == u32::MAX {
            return match self.end {
                0 => Place::Missing,
                1 => Place::Null,
                _ => Place::NoRow,
            };
        }
        Place::Text(bytes.get(self.start as usize..self.end as usize).unwrap_or(&[]))
    }
}

/// Rows that have been found in a block, with the places of the values of each.
///
/// Values may be decoded for some of the rows and not for others, and later for these.
#[derive(Debug)]
pub struct Rows {
    width: usize,
    spans: Vec<Span>,
    /// Where the record of each row starts and ends.
    records: Vec<(u32, u32)>,
}

impl Rows {
    /// No rows, for records with `width` wanted fields.
    pub(crate) fn new(width: usize) -> Self {
        Self { width, spans: Vec::new(), records: Vec::new() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Takes all rows away.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.records.clear();
    }

    /// Keeps the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        self.records.truncate(rows);
        self.spans.truncate(rows * self.width);
    }

    /// Where the record stands that row `row` comes from. The rows of a record follow each other.
    pub fn record(&self, row: usize) -> std::ops::Range<usize> {
        let (start, end) = self.records.get(row).copied().unwrap_or((0, 0));
        start as usize..end as usize
    }

    /// The number of row `row` among the rows of its record, from 0.
    pub fn number_in_record(&self, row: usize) -> usize {
        let before = self.records.get(..row).unwrap_or(&[]);
        let own = self.records.get(row);
        before.iter().rev().take_while(|record| Some(*record) == own).count()
    }

    /// Says where the record of the rows from `row` on ends.
    #[inline]
    pub(crate) fn end_record(&mut self, row: usize, end: u32) {
        for record in self.records.iter_mut().skip(row) {
            record.1 = end;
        }
    }

    /// Adds a row of the record at `record`, whose values are all missing, and gives its spans to be filled.
    #[inline]
    pub(crate) fn push(&mut self, record: u32) -> &mut [Span] {
        let start = self.spans.len();
        self.records.push((record, record));
        self.spans.resize(start + self.width, Span::MISSING);
        self.spans.get_mut(start..).unwrap_or(&mut [])
    }

    /// Takes the last row away.
    pub(crate) fn pop(&mut self) {
        self.truncate(self.len().saturating_sub(1));
    }

    /// The place of field `field` of row `row`.
    #[inline]
    pub(crate) fn span(&self, row: usize, field: usize) -> Span {
        self.spans.get(row * self.width + field).copied().unwrap_or(Span::MISSING)
    }
}
