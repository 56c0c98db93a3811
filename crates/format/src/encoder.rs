//! Rows to bytes, in any format.

use arrow_array::RecordBatch;
use millstream_expr::types::Field;

use crate::csv::CsvEncoder;
use crate::error::Result;
use crate::json::JsonEncoder;
use crate::options::Format;
use crate::raw::RawEncoder;

/// Writes rows as records, a line end behind each.
#[derive(Debug)]
pub struct Encoder {
    format: FormatEncoder,
}

#[derive(Debug)]
enum FormatEncoder {
    Json(JsonEncoder),
    Csv(Box<CsvEncoder>),
    Raw(RawEncoder),
}

impl Encoder {
    /// The encoder for rows of `fields`. Types that the format cannot hold are errors.
    pub fn new(format: &Format, fields: &[Field]) -> Result<Self> {
        Ok(Self {
            format: match format {
                Format::Json(options) => FormatEncoder::Json(JsonEncoder::new(options, fields)?),
                Format::Csv(options) => FormatEncoder::Csv(Box::new(CsvEncoder::new(options, fields)?)),
                Format::Raw(options) => FormatEncoder::Raw(RawEncoder::new(options, fields)?),
            },
        })
    }

    /// Appends all rows of `batch`, whose columns are the fields of the encoder.
    ///
    /// # Errors
    /// Runtime, for a NULL key of a MAP that the options do not allow. Then `out` holds a part of the rows.
    pub fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.encode_rows(batch, out, &mut |_| {})
    }

    /// As [`Encoder::encode`], and says after each row how long `out` is, the row's line end included: a record may hold line
    /// ends of its own.
    ///
    /// # Errors
    /// See [`Encoder::encode`].
    pub fn encode_rows(
        &mut self,
        batch: &RecordBatch,
        out: &mut Vec<u8>,
        ended: &mut dyn FnMut(usize),
    ) -> Result<()> {
        match &self.format {
            FormatEncoder::Json(json) => json.encode(batch, out, ended),
            FormatEncoder::Csv(csv) => csv.encode(batch, out, ended),
            FormatEncoder::Raw(raw) => raw.encode(batch, out, ended),
        }
    }
}
