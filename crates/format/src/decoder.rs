//! Bytes to columns, in any format: records are found, then columns of their values decoded.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use millstream_expr::types::{DataType, Field};

use crate::csv::CsvDecoder;
use crate::error::{Error, Result};
use crate::json::JsonDecoder;
use crate::options::Format;
use crate::problem::{Malformed, Problem, RowProblem, excerpt};
use crate::raw::RawDecoder;
use crate::rows::Rows;

/// A field of a record that is to be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The column of the record.
    pub column: usize,
    /// From there down: positions of fields of ROWs. Empty: the whole column.
    pub path: Vec<usize>,
    /// The type of what is read.
    pub data_type: DataType,
}

/// Why reading has paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paused {
    /// The bytes are read to the end.
    End,
    /// There are as many rows as were asked for.
    Full,
    /// A record cannot be read. Reading may go on behind it.
    Malformed(Malformed),
}

/// A column that has been decoded.
#[derive(Debug)]
pub struct Decoded {
    /// The values. Where one could not be decoded there is NULL.
    pub array: ArrayRef,
    /// Where it could not, by row. Under `ignore-parse-errors` only malformed records, which are to be passed over.
    pub(crate) problems: Vec<RowProblem>,
}

impl Decoded {
    /// The rows that have no value because their record is malformed or, unless such errors are ignored, because the
    /// value does not convert; ascending.
    pub fn bad_rows(&self) -> impl Iterator<Item = usize> {
        self.problems.iter().map(|problem| problem.row)
    }
}

/// Reads the wanted fields of the records of blocks.
#[derive(Debug)]
pub struct Decoder {
    format: FormatDecoder,
    name: &'static str,
    labels: Vec<String>,
    fields: usize,
}

#[derive(Debug)]
enum FormatDecoder {
    Json(Box<JsonDecoder>),
    Csv(Box<CsvDecoder>),
    Raw(RawDecoder),
}

impl Decoder {
    /// The decoder of the `wanted` fields of records whose columns are `record`. Types that the format cannot hold are
    /// errors.
    pub fn new(format: &Format, record: &[Field], wanted: &[Wanted]) -> Result<Self> {
        let paths = wanted.iter().map(|wanted| path_names(record, wanted)).collect::<Result<Vec<_>>>()?;
        let labels = paths.iter().map(|path| path.join(".")).collect();
        let decoder = match format {
            Format::Json(options) => {
                FormatDecoder::Json(Box::new(JsonDecoder::new(options, record, wanted, &paths)?))
            }
            Format::Csv(options) => FormatDecoder::Csv(Box::new(CsvDecoder::new(options, record, wanted)?)),
            Format::Raw(options) => FormatDecoder::Raw(RawDecoder::new(options, record, wanted)?),
        };
        Ok(Self { format: decoder, name: format.name(), labels, fields: wanted.len() })
    }

    /// An empty set of rows for this decoder.
    pub fn rows(&self) -> Rows {
        Rows::new(match &self.format {
            FormatDecoder::Json(json) => json.width(),
            FormatDecoder::Csv(csv) => csv.width(),
            FormatDecoder::Raw(_) => self.fields,
        })
    }

    /// Says where each record of the block that is read next begins, ascending; one byte, which is no part of it, stands behind each. Only
    /// `raw` needs to know: line ends may stand in its records. None: each line is a record.
    pub fn set_starts(&mut self, starts: Option<Arc<[u32]>>) {
        if let FormatDecoder::Raw(raw) = &mut self.format {
            raw.set_starts(starts);
        }
    }

    /// Starts to read the records in `range` of a block whose first byte is at `position` of its file.
    pub fn start(&mut self, range: Range<usize>, position: u64) {
        match &mut self.format {
            FormatDecoder::Json(json) => json.start(range),
            FormatDecoder::Csv(csv) => csv.start(range, position),
            FormatDecoder::Raw(raw) => raw.start(range),
        }
    }

    /// Adds the rows of the records that follow, until there are `rows_max` or a few more.
    #[inline]
    pub fn read(&mut self, bytes: &[u8], rows_max: usize, rows: &mut Rows) -> Paused {
        match &mut self.format {
            FormatDecoder::Json(json) => json.read(bytes, rows_max, rows),
            FormatDecoder::Csv(csv) => csv.read(bytes, rows_max, rows),
            FormatDecoder::Raw(raw) => raw.read(bytes, rows_max, rows),
        }
    }

    /// The values of field `field` of all `rows`, or of those selected.
    pub fn decode(
        &self,
        field: usize,
        bytes: &[u8],
        rows: &Rows,
        selection: Option<&[u32]>,
    ) -> Result<Decoded> {
        match &self.format {
            FormatDecoder::Json(json) => json.decode(field, bytes, rows, selection),
            FormatDecoder::Csv(csv) => csv.decode(field, bytes, rows, selection),
            FormatDecoder::Raw(raw) => raw.decode(field, bytes, rows, selection),
        }
    }

    /// The error for the bad row number `index` ([`Decoded::bad_rows`]) of field `field`.
    pub fn error(&self, field: usize, index: usize, bytes: &[u8], rows: &Rows, decoded: &Decoded) -> Error {
        let Some(bad) = decoded.problems.get(index) else {
            return Error::internal("a column without problems has no error");
        };
        let range = rows.record(bad.row);
        let start = range.start;
        let label = self.labels.get(field).map_or("", String::as_str);
        let name = self.name;
        let shown = excerpt(bytes.get(range).unwrap_or(&[]));
        Error::malformed(
            start,
            match bad.problem {
                Problem::Malformed(what) => {
                    format!("malformed {name} record: {what} in field '{label}' of {shown}")
                }
                Problem::Value(what) => format!(
                    "field '{label}' of the {name} record {shown} does not fit its type: {what}; \
                     set '{name}.ignore-parse-errors' to make it NULL"
                ),
                Problem::Missing => format!("field '{label}' is missing in the {name} record {shown}"),
            },
        )
    }

    /// How many records have been read, malformed ones included.
    pub fn records(&self) -> u64 {
        match &self.format {
            FormatDecoder::Json(json) => json.records(),
            FormatDecoder::Csv(csv) => csv.records(),
            FormatDecoder::Raw(raw) => raw.records(),
        }
    }
}

/// The names from the record's column down to the wanted field.
fn path_names<'r>(record: &'r [Field], wanted: &Wanted) -> Result<Vec<&'r str>> {
    use millstream_expr::types::Kind;

    let outside = || Error::internal("a wanted field is not in the record");
    let mut field = record.get(wanted.column).ok_or_else(outside)?;
    let mut names = vec![field.name.as_ref()];
    for index in &wanted.path {
        let Kind::Row(fields) = &field.data_type.kind else { return Err(outside()) };
        field = fields.get(*index).ok_or_else(outside)?;
        names.push(field.name.as_ref());
    }
    if !field.data_type.same_kind(&wanted.data_type) {
        return Err(Error::internal(format!(
            "field '{}' is {}, not {}",
            names.join("."),
            field.data_type,
            wanted.data_type
        )));
    }
    Ok(names)
}
