//! `stdout`: rows as records on standard output.

use std::fs::File;

use millstream_engine::{ChangeBatch, ChangeKind, Error, ErrorKind, Result, Sink, SinkWriter, Visibility};
use millstream_expr::types::Field;
use millstream_format::{Encoder, Format};

use super::output::{self, Stream};
use crate::failure::format_error;
use crate::options::{KnownOptions, Options};

pub(crate) const OPTIONS: KnownOptions =
    KnownOptions { connector: "stdout", required: &[], optional: &[], unsupported: &[], has_format: true };

/// Records are handed on when there is this much of them.
const BUFFER_BYTES: usize = 64 << 10;

/// Rows encoded at a time, so that a batch of wide rows does not make the buffer grow far beyond its bound.
const ROWS_AT_ONCE: usize = 256;

pub(crate) struct Stdout {
    table: String,
    format: Format,
    fields: Vec<Field>,
}

struct StdoutWriter {
    table: String,
    encoder: Encoder,
    file: File,
    bytes: Vec<u8>,
}

impl Stdout {
    /// For rows of `fields`.
    pub fn new(table: &str, options: &Options<'_>, fields: Vec<Field>) -> Result<Self> {
        let sink = Self { table: table.to_owned(), format: options.format()?, fields };
        sink.encoder()?;
        Ok(sink)
    }

    fn encoder(&self) -> Result<Encoder> {
        Encoder::new(&self.format, &self.fields)
            .map_err(|e| format_error(e, &format!("table '{}'", self.table)))
    }
}

impl Sink for Stdout {
    fn writer(&mut self, _: usize) -> Result<Box<dyn SinkWriter>> {
        let (table, encoder) = (self.table.clone(), self.encoder()?);
        Ok(Box::new(StdoutWriter { table, encoder, file: Stream::Output.open()?, bytes: Vec::new() }))
    }

    fn visibility(&self) -> Visibility {
        Visibility::AtOnce
    }

    fn takes_changes(&self) -> bool {
        false
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl SinkWriter for StdoutWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        refuse_changes(batch, &self.table)?;
        let rows = batch.rows.num_rows();
        for start in (0..rows).step_by(ROWS_AT_ONCE) {
            let part = batch.rows.slice(start, ROWS_AT_ONCE.min(rows - start));
            self.encoder
                .encode(&part, &mut self.bytes)
                .map_err(|e| format_error(e, &format!("table '{}'", self.table)))?;
            if self.bytes.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        output::write_all(&mut self.file, &self.bytes, Stream::Output.name())?;
        self.bytes.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.flush()
    }
}

/// Bytes of plain rows cannot say that a row has changed or is gone.
pub(crate) fn refuse_changes(batch: &ChangeBatch, table: &str) -> Result<()> {
    let changes = batch.kinds.as_ref().and_then(|kinds| kinds.iter().find(|k| **k != ChangeKind::Insert));
    match changes {
        None => Ok(()),
        Some(kind) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("table '{table}' takes new rows only, but the query gives changes ({})", kind.short()),
        )),
    }
}
