//! Rows to bytes, in any format.

use arrow_array::RecordBatch;
use millstream_expr::types::Field;

use crate::error::{Error, Result};
use crate::options::Format;

/// Writes rows as records, a line end behind each.
pub struct Encoder {}

impl Encoder {
    /// The encoder for rows of `fields`. Types that the format cannot hold are errors.
    pub fn new(format: &Format, fields: &[Field]) -> Result<Self> {
        let _ = (format, fields);
        Err(Error::unsupported("the encoders are being built"))
    }

    /// Appends all rows of `batch`, whose columns are the fields of the encoder.
    pub fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let _ = (batch, out);
        Ok(())
    }
}
