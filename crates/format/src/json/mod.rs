//! JSON objects, one a line.
//!
//! Reading is on demand: [`reader`] finds the structure of records sixty-four bytes at a time, [`walk`] goes
//! along it and notes where the wanted values stand, and [`decode`] turns those of one field into a column, when they
//! are asked for. What is wrong with a value is found when it is decoded; what is wrong with one that nobody
//! asks for is not, unless every record is to be checked whole ([`strict`]). Without any structure, [`sighting`] finds
//! the values that a key may have.

mod compact;
mod decode;
mod encode;
mod keys;
mod lex;
mod nested;
mod reader;
mod scalar;
mod sighting;
mod strict;
mod walk;

use std::ops::Range;

use millstream_expr::types::{DataType, Field, Kind};

pub(crate) use encode::JsonEncoder;
pub use sighting::{KeySearch, Sighting, Sightings};

use crate::decoder::{Decoded, Paused, Wanted};
use crate::error::{Error, Result};
use crate::fill::Selected;
use crate::options::{JsonOptions, MalformedCheck};
use crate::rows::Rows;
use compact::Fractions;
use decode::Conversion;
use keys::Node;
use reader::Reader;

/// Reads wanted fields of JSON records.
#[derive(Debug)]
pub(crate) struct JsonDecoder {
    reader: Reader,
    conversion: Conversion,
    /// For each wanted field its type and its slot in the rows.
    fields: Vec<(DataType, usize)>,
    width: usize,
}

impl JsonDecoder {
    /// `paths` are the names of the `wanted` fields from the record down.
    pub(crate) fn new(
        options: &JsonOptions,
        record: &[Field],
        wanted: &[Wanted],
        paths: &[Vec<&str>],
    ) -> Result<Self> {
        let mut slots: Vec<Vec<&str>> = Vec::new();
        let mut fields = Vec::with_capacity(wanted.len());
        for (wanted, path) in wanted.iter().zip(paths) {
            check_type(&path.join("."), &wanted.data_type)?;
            let slot = slots.iter().position(|slot| slot == path).unwrap_or(slots.len());
            if slot == slots.len() {
                slots.push(path.clone());
            }
            fields.push((wanted.data_type.clone(), slot));
        }
        let fractions = if record.iter().any(|f| has_decimal(&f.data_type)) {
            Fractions::Decimal
        } else {
            Fractions::Double
        };
        Ok(Self {
            reader: Reader::new(Node::new(&slots), options.malformed_check == MalformedCheck::All),
            conversion: Conversion::new(options, fractions),
            fields,
            width: slots.len(),
        })
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn start(&mut self, range: Range<usize>) {
        self.reader.start(range);
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
        let Some((data_type, slot)) = self.fields.get(field) else {
            return Err(Error::internal("a field that was not wanted is decoded"));
        };
        self.conversion.column(data_type, Selected { bytes, rows, slot: *slot, selection })
    }
}

/// Whether a DECIMAL stands anywhere in the type: it decides how numbers inside of STRING columns are printed.
fn has_decimal(data_type: &DataType) -> bool {
    match &data_type.kind {
        Kind::Decimal { .. } => true,
        Kind::Array(element) | Kind::Multiset(element) => has_decimal(element),
        Kind::Map(key, value) => has_decimal(key) || has_decimal(value),
        Kind::Row(fields) => fields.iter().any(|f| has_decimal(&f.data_type)),
        _ => false,
    }
}

fn check_type(label: &str, data_type: &DataType) -> Result<()> {
    match &data_type.kind {
        Kind::Map(key, value) => {
            if !key.kind.is_character() {
                return Err(encode::no_such_key(label, data_type));
            }
            check_type(label, value)
        }
        Kind::Multiset(element) if !element.kind.is_character() => Err(encode::no_such_key(label, data_type)),
        Kind::Array(element) => check_type(label, element),
        Kind::Row(fields) => fields.iter().try_for_each(|f| check_type(label, &f.data_type)),
        _ => Ok(()),
    }
}
