//! Lines, or messages, as they stand: one column, whose value is the line.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use millstream_expr::types::{DataType, Field, Kind};

use crate::cells::{Cell, Cells};
use crate::column::{Column, Values};
use crate::decoder::{Decoded, Paused, Wanted};
use crate::error::{Error, Result};
use crate::fill::{Problems, Selected, add};
use crate::options::{RawCharset, RawOptions};
use crate::problem::Problem;
use crate::rows::{Place, Rows, Span};

/// Reads lines.
#[derive(Debug)]
pub(crate) struct RawDecoder {
    options: RawOptions,
    types: Vec<DataType>,
    next: usize,
    end: usize,
    records: u64,
    /// Where each record begins, if line ends do not tell.
    starts: Option<Arc<[u32]>>,
}

impl RawDecoder {
    pub(crate) fn new(options: &RawOptions, record: &[Field], wanted: &[Wanted]) -> Result<Self> {
        check_columns(record)?;
        let types = wanted.iter().map(|wanted| wanted.data_type.clone()).collect();
        Ok(Self { options: options.clone(), types, next: 0, end: 0, records: 0, starts: None })
    }

    pub(crate) fn start(&mut self, range: Range<usize>) {
        self.next = range.start;
        self.end = range.end;
    }

    pub(crate) fn set_starts(&mut self, starts: Option<Arc<[u32]>>) {
        self.starts = starts;
    }

    /// The bytes of the record at `start`, and where the next one begins.
    fn record<'b>(&self, bytes: &'b [u8], start: usize) -> (&'b [u8], usize) {
        let rest = bytes.get(start..).unwrap_or(&[]);
        let Some(starts) = &self.starts else {
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or(rest);
            return (line.strip_suffix(b"\r").unwrap_or(line), start + length + 1);
        };
        let next = starts.get(starts.partition_point(|other| *other as usize <= start));
        let next = next.map_or(bytes.len(), |next| *next as usize).max(start + 1);
        (rest.get(..next - 1 - start).unwrap_or(rest), next)
    }

    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    pub(crate) fn read(&mut self, bytes: &[u8], rows_max: usize, rows: &mut Rows) -> Paused {
        let bytes = bytes.get(..self.end).unwrap_or(bytes);
        while self.next < bytes.len() {
            if rows.len() >= rows_max {
                return Paused::Full;
            }
            let start = self.next;
            let (text, next) = self.record(bytes, start);
            self.next = next;
            #[allow(clippy::cast_possible_truncation, reason = "blocks are at most 4 GiB")]
            let (from, to) = (start as u32, (start + text.len()) as u32);
            rows.push(from).fill(Span::new(from, to));
            rows.end_record(rows.len() - 1, to);
            self.records += 1;
        }
        Paused::End
    }

    pub(crate) fn decode(
        &self,
        field: usize,
        bytes: &[u8],
        rows: &Rows,
        selection: Option<&[u32]>,
    ) -> Result<Decoded> {
        let Some(data_type) = self.types.get(field) else {
            return Err(Error::internal("a field that was not wanted is decoded"));
        };
        let selected = Selected { bytes, rows, slot: field, selection };
        let mut column = Column::new(data_type, selected.len());
        let mut problems = Problems::new(false, false);
        selected.each(|row, place| {
            let Place::Text(text) = place else {
                column.push_null();
                return;
            };
            match self.value(text, &mut column) {
                Some(()) => column.nulls.append_non_null(),
                None => {
                    problems.add(row, Problem::Value("the line has another length than the type"));
                    column.push_null();
                }
            }
        });
        Ok(Decoded { array: column.finish()?, problems: problems.found })
    }

    fn value(&self, text: &[u8], column: &mut Column) -> Option<()> {
        let little = self.options.little_endian;
        /// The number that the bytes of the line are.
        macro_rules! number {
            ($values:expr, $type:ty) => {{
                let bytes = text.try_into().ok()?;
                let value =
                    if little { <$type>::from_le_bytes(bytes) } else { <$type>::from_be_bytes(bytes) };
                add($values, Some(value));
            }};
        }
        match &mut column.values {
            Values::Text(views) => {
                let text = self.options.charset.decode(text);
                views.push(text.as_bytes());
            }
            Values::Binary(views) => views.push(text),
            Values::Boolean(values) => {
                let [byte] = text else { return None };
                values.append(*byte != 0);
            }
            Values::Int8(values) => number!(values, i8),
            Values::Int16(values) => number!(values, i16),
            Values::Int32(values) => number!(values, i32),
            Values::Int64(values) => number!(values, i64),
            Values::Float32(values) => number!(values, f32),
            Values::Float64(values) => number!(values, f64),
            _ => return None,
        }
        Some(())
    }
}

impl RawCharset {
    /// The text that `bytes` are. What is no character becomes U+FFFD.
    fn decode(self, bytes: &[u8]) -> std::borrow::Cow<'_, str> {
        use std::borrow::Cow;

        let units = |unit: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let characters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
            let mut text: String = characters.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            if !rest.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
            Cow::Owned(text)
        };
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Ascii => {
                let character =
                    |b: &u8| if b.is_ascii() { char::from(*b) } else { char::REPLACEMENT_CHARACTER };
                Cow::Owned(bytes.iter().map(character).collect())
            }
            Self::Latin1 => Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
            Self::Utf16Be => units(u16::from_be_bytes),
            Self::Utf16Le => units(u16::from_le_bytes),
        }
    }

    /// Appends `text`. What the character set does not have becomes `?`.
    fn encode(self, text: &str, out: &mut Vec<u8>) {
        let below =
            |bound: u32| text.chars().map(move |c| if u32::from(c) < bound { u32::from(c) } else { 0x3f });
        match self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Ascii => out.extend(below(0x80).filter_map(|c| u8::try_from(c).ok())),
            Self::Latin1 => out.extend(below(0x100).filter_map(|c| u8::try_from(c).ok())),
            Self::Utf16Be => text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_be_bytes())),
            Self::Utf16Le => text.encode_utf16().for_each(|unit| out.extend_from_slice(&unit.to_le_bytes())),
        }
    }
}

/// Whether the format holds records of these columns.
fn check_columns(record: &[Field]) -> Result<()> {
    let [field] = record else {
        return Err(Error::invalid(format!(
            "format 'raw' holds tables of one column, not of {}",
            record.len()
        )));
    };
    match field.data_type.kind {
        Kind::Char { .. }
        | Kind::VarChar { .. }
        | Kind::Binary { .. }
        | Kind::VarBinary { .. }
        | Kind::Boolean
        | Kind::TinyInt
        | Kind::SmallInt
        | Kind::Int
        | Kind::BigInt
        | Kind::Float
        | Kind::Double => Ok(()),
        _ => Err(Error::invalid(format!(
            "format 'raw' does not hold {}, the type of column '{}'; it holds strings, bytes, BOOLEAN and numbers \
             other than DECIMAL",
            field.data_type, field.name
        ))),
    }
}

/// Writes values as lines.
#[derive(Debug)]
pub(crate) struct RawEncoder {
    options: RawOptions,
    data_type: DataType,
}

impl RawEncoder {
    pub(crate) fn new(options: &RawOptions, fields: &[Field]) -> Result<Self> {
        check_columns(fields)?;
        let Some(field) = fields.first() else { return Err(Error::internal("a record without columns")) };
        Ok(Self { options: options.clone(), data_type: field.data_type.clone() })
    }

    /// Appends the rows of `batch`. A NULL is an empty line.
    pub(crate) fn encode(
        &self,
        batch: &RecordBatch,
        out: &mut Vec<u8>,
        ended: &mut dyn FnMut(usize),
    ) -> Result<()> {
        let Some(column) = batch.columns().first() else {
            return Err(Error::internal("a batch has other columns than its encoder"));
        };
        let column = Arc::clone(column);
        let cells = Cells::new(&column, &self.data_type)?;
        for row in 0..batch.num_rows() {
            self.value(&cells.get(row), out);
            out.push(b'\n');
            ended(out.len());
        }
        Ok(())
    }

    fn value(&self, cell: &Cell<'_, '_>, out: &mut Vec<u8>) {
        let mut number = |mut big_endian: Vec<u8>| {
            if self.options.little_endian {
                big_endian.reverse();
            }
            out.extend_from_slice(&big_endian);
        };
        match cell {
            Cell::Text(text) => self.options.charset.encode(text, out),
            Cell::Bytes(bytes) => out.extend_from_slice(bytes),
            Cell::Boolean(value) => out.push(u8::from(*value)),
            Cell::Float(value) => number(value.to_be_bytes().to_vec()),
            Cell::Double(value) => number(value.to_be_bytes().to_vec()),
            Cell::Integer(value) => {
                let width = match self.data_type.kind {
                    Kind::TinyInt => 1,
                    Kind::SmallInt => 2,
                    Kind::Int => 4,
                    _ => 8,
                };
                number(value.to_be_bytes().get(8 - width..).unwrap_or(&[]).to_vec());
            }
            // NULL; other types have been refused.
            _ => {}
        }
    }
}
