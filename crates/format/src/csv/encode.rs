//! Rows to CSV, as Jackson's writer does it for Flink.

use arrow_array::RecordBatch;
use millstream_expr::types::{DataType, Field, Kind};

use super::{Marks, check_types};
use crate::cells::{Cell, Cells};
use crate::error::{Error, Result};
use crate::options::CsvOptions;
use crate::text::temporal::{self, Style};
use crate::text::{base64, decimal, float, integer};

/// Texts longer than this are quoted without a look.
const LOOKED_AT_MAX: usize = 24;

/// Writes rows as CSV, a line each.
#[derive(Debug)]
pub(crate) struct CsvEncoder {
    marks: Marks,
    null_literal: Vec<u8>,
    separator: Vec<u8>,
    scientific: bool,
    types: Vec<DataType>,
    /// Bytes that make a text need quotes.
    quoted: [bool; 256],
}

impl CsvEncoder {
    pub(crate) fn new(options: &CsvOptions, fields: &[Field]) -> Result<Self> {
        let marks = Marks::new(options)?;
        check_types(fields)?;
        // Jackson quotes whatever comes before the greater of delimiter and quote, and what might be an escape.
        let safe = marks.delimiter.max(marks.quote.unwrap_or(0)).max(b'\r') + 1;
        let escape = marks.escape.unwrap_or(b'\\');
        let mut quoted = [false; 256];
        for (byte, quoted) in (0..=u8::MAX).zip(&mut quoted) {
            *quoted = byte < safe || byte == escape;
        }
        Ok(Self {
            marks,
            null_literal: options.null_literal.clone().unwrap_or_default().into_bytes(),
            separator: options.array_element_delimiter.clone().into_bytes(),
            scientific: options.decimal_in_scientific_notation,
            types: fields.iter().map(|f| f.data_type.clone()).collect(),
            quoted,
        })
    }

    /// Appends the rows of `batch`.
    pub(crate) fn encode(
        &self,
        batch: &RecordBatch,
        out: &mut Vec<u8>,
        ended: &mut dyn FnMut(usize),
    ) -> Result<()> {
        if batch.num_columns() != self.types.len() {
            return Err(Error::internal("a batch has other columns than its encoder"));
        }
        let cells = batch.columns().iter().zip(&self.types).map(|(c, t)| Cells::new(c, t));
        let cells = cells.collect::<Result<Vec<_>>>()?;
        let mut scratch = Vec::new();
        for row in 0..batch.num_rows() {
            for (index, (cells, data_type)) in cells.iter().zip(&self.types).enumerate() {
                if index > 0 {
                    out.push(self.marks.delimiter);
                }
                match cells.get(row) {
                    Cell::Null => out.extend_from_slice(&self.null_literal),
                    Cell::Text(text) => self.text(text.as_bytes(), out),
                    Cell::Integer(value) => integer::write(out, value),
                    Cell::Boolean(_) | Cell::Float(_) | Cell::Double(_) | Cell::Decimal(..) => {
                        self.plain(&cells.get(row), data_type, out);
                    }
                    cell => {
                        scratch.clear();
                        self.plain(&cell, data_type, &mut scratch);
                        self.text(&scratch, out);
                    }
                }
            }
            out.push(b'\n');
            ended(out.len());
        }
        Ok(())
    }

    /// Appends a value without quotes.
    fn plain(&self, cell: &Cell<'_, '_>, data_type: &DataType, out: &mut Vec<u8>) {
        match cell {
            // Inside of an array or row.
            Cell::Null => out.extend_from_slice(&self.null_literal),
            Cell::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Cell::Integer(value) => integer::write(out, *value),
            Cell::Float(value) => float::write_float(out, *value),
            Cell::Double(value) => float::write_double(out, *value),
            Cell::Decimal(unscaled, scale) if self.scientific => {
                decimal::write_stripped(out, *unscaled, i32::from(*scale));
            }
            Cell::Decimal(unscaled, scale) => {
                decimal::write_plain_stripped(out, *unscaled, u32::from(*scale));
            }
            Cell::Text(text) | Cell::Variant(text) => out.extend_from_slice(text.as_bytes()),
            Cell::Bytes(bytes) => base64::encode(bytes, out),
            Cell::Date(days) => temporal::write_date(out, i64::from(*days)),
            Cell::Time(millis) => {
                let millis = u32::try_from(*millis).unwrap_or(0);
                temporal::write_time(out, millis / 1000, millis % 1000 * 1_000_000);
            }
            Cell::Timestamp(instant, utc) => temporal::write_timestamp(out, *instant, Style::Sql, *utc),
            Cell::Array(elements, range) => {
                let Kind::Array(element) = &data_type.kind else { return };
                for index in range.clone() {
                    if index > range.start {
                        out.extend_from_slice(&self.separator);
                    }
                    self.plain(&elements.get(index), element, out);
                }
            }
            Cell::Row(columns, row) => {
                let Kind::Row(fields) = &data_type.kind else { return };
                for (index, (cells, field)) in columns.iter().zip(fields.iter()).enumerate() {
                    if index > 0 {
                        out.extend_from_slice(&self.separator);
                    }
                    self.plain(&cells.get(*row), &field.data_type, out);
                }
            }
            // Refused when the encoder was made.
            Cell::Map(..) => {}
        }
    }

    /// Appends a text, in quotes if it needs them.
    fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        let Some(quote) = self.marks.quote else {
            self.escaped(text, None, out);
            return;
        };
        let special = |byte: &u8| self.quoted.get(usize::from(*byte)).copied().unwrap_or(true);
        if text.len() <= LOOKED_AT_MAX && !text.iter().any(special) {
            out.extend_from_slice(text);
            return;
        }
        out.push(quote);
        self.escaped(text, Some(quote), out);
        out.push(quote);
    }

    /// Appends a text with quotes and escape characters in it doubled.
    fn escaped(&self, text: &[u8], quote: Option<u8>, out: &mut Vec<u8>) {
        let escape = self.marks.escape;
        let mut rest = text;
        while let Some(at) = rest.iter().position(|b| Some(*b) == quote || Some(*b) == escape) {
            let (before, behind) = rest.split_at(at + 1);
            out.extend_from_slice(before);
            out.extend(before.last());
            rest = behind;
        }
        out.extend_from_slice(rest);
    }
}
