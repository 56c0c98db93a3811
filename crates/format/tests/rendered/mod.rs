//! Records decoded whole and rendered as JSON, to be compared as text.
#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use millstream_expr::types::{DataType, Field, Kind, physical_schema};
use millstream_format::{Decoder, Encoder, Format, JsonOptions, Paused, Wanted};

/// A format with options, as a table has them.
pub fn format(name: &str, options: &[(&str, &str)]) -> Format {
    let options: BTreeMap<String, String> =
        options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Format::from_options(name, &options).unwrap()
}

/// Columns by short names of types: `a INT, b STRING`.
pub fn columns(text: &[(&str, DataType)]) -> Vec<Field> {
    text.iter().map(|(name, data_type)| Field::new(*name, data_type.clone())).collect()
}

pub fn int() -> DataType {
    DataType::new(Kind::Int)
}

pub fn long() -> DataType {
    DataType::new(Kind::BigInt)
}

pub fn string() -> DataType {
    DataType::string()
}

pub fn timestamp(precision: u8) -> DataType {
    DataType::new(Kind::Timestamp { precision })
}

pub fn decimal(precision: u8, scale: u8) -> DataType {
    DataType::new(Kind::Decimal { precision, scale })
}

pub fn row(fields: &[(&str, DataType)]) -> DataType {
    DataType::row(columns(fields))
}

/// What reading gives: rows as JSON, and what stopped it or was passed over.
#[derive(Debug, PartialEq)]
pub struct Read {
    pub rows: Vec<String>,
    /// Malformed records passed over.
    pub malformed: usize,
    pub error: Option<String>,
}

/// All columns of the records of `bytes`.
pub fn read(format: &Format, record: &[Field], bytes: &[u8]) -> Read {
    let wanted: Vec<Wanted> = record
        .iter()
        .enumerate()
        .map(|(column, f)| Wanted { column, path: Vec::new(), data_type: f.data_type.clone() })
        .collect();
    read_wanted(format, record, &wanted, record, bytes)
}

/// Some fields of the records of `bytes`, rendered under the names of `shown`.
pub fn read_wanted(
    format: &Format,
    record: &[Field],
    wanted: &[Wanted],
    shown: &[Field],
    bytes: &[u8],
) -> Read {
    let mut decoder = Decoder::new(format, record, wanted).unwrap();
    let mut rows = decoder.rows();
    let mut read = Read { rows: Vec::new(), malformed: 0, error: None };
    decoder.start(0..bytes.len(), 0);
    loop {
        match decoder.read(bytes, usize::MAX, &mut rows) {
            Paused::Malformed(malformed) if format.ignores_parse_errors() => {
                assert!(malformed.start <= malformed.at && malformed.at <= bytes.len());
                read.malformed += 1;
            }
            Paused::Malformed(malformed) => {
                read.error = Some(malformed.error(bytes, format.name()).message);
                break;
            }
            Paused::End => break,
            Paused::Full => panic!("more rows than there are"),
        }
    }
    let mut good = rows.len();
    let mut bad = Vec::new();
    let mut arrays = Vec::new();
    for field in 0..wanted.len() {
        let decoded = decoder.decode(field, bytes, &rows, None).unwrap();
        if let Some(first) = decoded.bad_rows().next() {
            if format.ignores_parse_errors() {
                bad.extend(decoded.bad_rows());
            } else if first < good {
                good = first;
                read.error = Some(decoder.error(field, 0, bytes, &rows, &decoded).message);
            }
        }
        arrays.push(decoded.array);
    }
    bad.sort_unstable();
    bad.dedup();
    read.malformed += bad.len();
    let batch = RecordBatch::try_new(Arc::new(physical_schema(shown)), arrays).unwrap();
    let options = JsonOptions { decimal_as_plain_number: true, ..JsonOptions::default() };
    let mut out = Vec::new();
    Encoder::new(&Format::Json(options), shown).unwrap().encode(&batch, &mut out).unwrap();
    let lines = String::from_utf8(out).unwrap();
    let lines = lines.split_terminator('\n').enumerate().take(good);
    read.rows = lines.filter(|(row, _)| !bad.contains(row)).map(|(_, line)| line.to_owned()).collect();
    read
}
