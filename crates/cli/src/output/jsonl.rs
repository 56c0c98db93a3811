//! `--output jsonl`: an object a row, values as Flink's `json` format writes them.

use std::sync::Arc;

use millstream_engine::{ChangeBatch, Error, ErrorKind, Result};
use millstream_expr::Field;
use millstream_format::{Encoder, Format, JsonOptions};

use super::lines::{LineRenderer, RendererFactory};

/// Makes renderers for rows of `schema`.
pub fn renderer(schema: &Arc<[Field]>) -> RendererFactory {
    let schema = Arc::clone(schema);
    Box::new(move || {
        let format = Format::Json(JsonOptions { decimal_as_plain_number: true, ..JsonOptions::default() });
        Ok(Box::new(Jsonl { encoder: Encoder::new(&format, &schema).map_err(encoding_error)? }))
    })
}

struct Jsonl {
    encoder: Encoder,
}

impl LineRenderer for Jsonl {
    fn render(&mut self, batch: &ChangeBatch, out: &mut Vec<u8>) -> Result<()> {
        self.encoder.encode(&batch.rows, out).map_err(encoding_error)
    }
}

/// A format's refusal, as an error of the job.
pub fn encoding_error(error: millstream_format::Error) -> Error {
    use millstream_format::ErrorKind as Format;
    let kind = match error.kind {
        Format::Invalid => ErrorKind::Invalid,
        Format::Unsupported => ErrorKind::Unsupported,
        Format::Malformed | Format::Runtime => ErrorKind::Data,
        Format::Internal => ErrorKind::Internal,
    };
    Error::new(kind, error.message)
}
