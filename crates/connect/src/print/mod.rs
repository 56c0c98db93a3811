//! `print`: rows on standard output or standard error, as Flink prints them.

mod render;

use std::fs::File;

use millstream_engine::{ChangeBatch, Result, Sink, SinkWriter, Visibility};
use millstream_expr::types::Field;

use crate::options::{KnownOptions, Options};
use crate::pipe::output::{self, Stream};
pub(crate) use render::Rendering;
use render::write_row;

pub(crate) const OPTIONS: KnownOptions = KnownOptions {
    connector: "print",
    required: &[],
    optional: &["print-identifier", "standard-error"],
    unsupported: &["sink.parallelism"],
    has_format: false,
};

/// Text is handed on when there is this much of it.
const BUFFER_BYTES: usize = 64 << 10;

pub(crate) struct Print {
    identifier: String,
    stream: Stream,
    lanes: usize,
    fields: Vec<Field>,
}

struct PrintWriter {
    prefix: String,
    columns: Vec<Rendering>,
    file: File,
    name: &'static str,
    text: String,
}

impl Print {
    /// For rows of `fields`, printed by `lanes` lanes.
    pub fn new(options: &Options<'_>, fields: Vec<Field>, lanes: usize) -> Result<Self> {
        Rendering::of_fields(&fields)?;
        let to_error = options.truth("standard-error")?.unwrap_or(false);
        Ok(Self {
            identifier: options.text("print-identifier").unwrap_or_default().to_owned(),
            stream: if to_error { Stream::Error } else { Stream::Output },
            lanes,
            fields,
        })
    }
}

impl Sink for Print {
    fn writer(&mut self, lane: usize) -> Result<Box<dyn SinkWriter>> {
        // Flink's prefix: the identifier, and the number of the lane, from 1, where there are several.
        let prefix = match (self.identifier.as_str(), self.lanes > 1) {
            ("", false) => String::new(),
            ("", true) => format!("{}> ", lane + 1),
            (identifier, false) => format!("{identifier}> "),
            (identifier, true) => format!("{identifier}:{}> ", lane + 1),
        };
        Ok(Box::new(PrintWriter {
            prefix,
            columns: Rendering::of_fields(&self.fields)?,
            file: self.stream.open()?,
            name: self.stream.name(),
            text: String::new(),
        }))
    }

    fn visibility(&self) -> Visibility {
        Visibility::AtOnce
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl SinkWriter for PrintWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        let columns = (self.columns.iter().zip(batch.rows.columns()))
            .map(|(rendering, array)| rendering.column(array))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..batch.rows.num_rows() {
            self.text.push_str(&self.prefix);
            write_row(batch.kind(row).short(), &columns, row, &mut self.text);
            self.text.push('\n');
            if self.text.len() >= BUFFER_BYTES {
                output::write_all(&mut self.file, self.text.as_bytes(), self.name)?;
                self.text.clear();
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        output::write_all(&mut self.file, self.text.as_bytes(), self.name)?;
        self.text.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.flush()
    }
}
