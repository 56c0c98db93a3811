//! Delimited text, as Jackson's CSV reader and writer have it.
//!
//! [`reader`] finds the fields of records by their delimiters, sixty-four bytes at a time; [`field`] undoes quotes and
//! escapes and converts values, when they are asked for.

mod encode;
mod field;
mod reader;

use std::ops::Range;

use millstream_expr::types::{DataType, Field, Kind};

pub(crate) use encode::CsvEncoder;

use crate::decoder::{Decoded, Paused, Wanted};
use crate::error::{Error, Result};
use crate::fill::Selected;
use crate::options::CsvOptions;
use crate::rows::Rows;
use field::Conversion;
use reader::Reader;

/// The characters that structure records.
#[derive(Clone, Copy, Debug)]
struct Marks {
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
}

impl Marks {
    fn new(options: &CsvOptions) -> Result<Self> {
        let ascii = |key: &str, character: char| match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(byte),
            _ => Err(Error::unsupported(format!(
                "option 'csv.{key}' is '{}'; only ASCII characters other than line ends are supported",
                character.escape_default()
            ))),
        };
        Ok(Self {
            delimiter: ascii("field-delimiter", options.field_delimiter)?,
            quote: options.quote.map(|quote| ascii("quote-character", quote)).transpose()?,
            escape: options.escape.map(|escape| ascii("escape-character", escape)).transpose()?,
        })
    }
}

/// Reads wanted fields of CSV records.
#[derive(Debug)]
pub(crate) struct CsvDecoder {
    reader: Reader,
    conversion: Conversion,
    /// For each wanted field its type, its slot in the rows and, in a ROW, its place.
    fields: Vec<(DataType, usize, Option<usize>)>,
    width: usize,
}

impl CsvDecoder {
    pub(crate) fn new(options: &CsvOptions, record: &[Field], wanted: &[Wanted]) -> Result<Self> {
        let marks = Marks::new(options)?;
        check_types(record)?;
        // Slot by column.
        let mut slots: Vec<Option<usize>> = vec![None; record.len()];
        let mut width = 0;
        let mut fields = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let Some(slot) = slots.get_mut(wanted.column) else {
                return Err(Error::internal("a wanted field is not in the record"));
            };
            let slot = *slot.get_or_insert_with(|| {
                width += 1;
                width - 1
            });
            fields.push((wanted.data_type.clone(), slot, wanted.path.first().copied()));
        }
        Ok(Self {
            reader: Reader::new(options, marks, slots),
            conversion: Conversion::new(options, marks),
            fields,
            width,
        })
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn start(&mut self, range: Range<usize>, position: u64) {
        self.reader.start(range, position);
    }

    #[inline]
    pub(crate) fn read(&mut self, bytes: &[u8], rows_max: usize, rows: &mut Rows) -> Paused {
        self.reader.read(bytes, rows_max, rows)
    }

    pub(crate) fn records(&self) -> u64 {
        self.reader.records
    }

    pub(crate) fn decode(
        &self,
        field: usize,
        bytes: &[u8],
        rows: &Rows,
        selection: Option<&[u32]>,
    ) -> Result<Decoded> {
        let Some((data_type, slot, element)) = self.fields.get(field) else {
            return Err(Error::internal("a field that was not wanted is decoded"));
        };
        self.conversion.column(data_type, *element, Selected { bytes, rows, slot: *slot, selection })
    }
}

/// Flink's CSV holds simple types, and arrays and rows of simple types.
fn check_types(record: &[Field]) -> Result<()> {
    for field in record {
        let inner: Vec<&DataType> = match &field.data_type.kind {
            Kind::Array(element) => vec![element],
            Kind::Row(fields) => fields.iter().map(|f| &f.data_type).collect(),
            _ => vec![&field.data_type],
        };
        if let Some(refused) = inner.into_iter().find(|t| t.kind.is_nested() || t.kind == Kind::Variant) {
            let inside = if *refused == field.data_type { "" } else { " inside of another type" };
            return Err(Error::invalid(format!(
                "format 'csv' does not hold {refused}{inside}, as column '{}' has it",
                field.name
            )));
        }
    }
    Ok(())
}
