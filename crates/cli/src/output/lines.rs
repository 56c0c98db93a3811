//! Results that are a line a row: each lane renders its own rows and writes whole lines.

use millstream_engine::{ChangeBatch, Result, Sink, SinkWriter};

use super::stdout::{CHUNK_BYTES, Stdout};

/// Rows rendered between two looks at how many bytes there are.
const ROWS_AT_ONCE: usize = 512;

/// Renders rows as lines.
pub trait LineRenderer: Send {
    /// Appends a line for each row.
    ///
    /// # Errors
    /// When a value cannot be rendered.
    fn render(&mut self, batch: &ChangeBatch, out: &mut Vec<u8>) -> Result<()>;
}

/// Makes the renderer of a lane.
pub type RendererFactory = Box<dyn Fn() -> Result<Box<dyn LineRenderer>> + Send>;

/// A sink that prints a line for each row.
pub struct LineSink {
    stdout: Stdout,
    renderer: RendererFactory,
    shows_changes: bool,
}

impl LineSink {
    /// Each lane renders with what `renderer` makes, which says of each row what it changes, or does not.
    pub fn new(stdout: Stdout, renderer: RendererFactory, shows_changes: bool) -> Self {
        Self { stdout, renderer, shows_changes }
    }
}

impl Sink for LineSink {
    fn writer(&mut self, _lane: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(LineWriter {
            stdout: self.stdout.clone(),
            renderer: (self.renderer)()?,
            out: Vec::new(),
        }))
    }

    fn takes_changes(&self) -> bool {
        self.shows_changes
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

struct LineWriter {
    stdout: Stdout,
    renderer: Box<dyn LineRenderer>,
    out: Vec<u8>,
}

impl LineWriter {
    fn write_out(&mut self) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let written = self.stdout.write(&self.out);
        self.out.clear();
        written
    }
}

impl SinkWriter for LineWriter {
    fn write(&mut self, batch: &ChangeBatch) -> Result<()> {
        let rows = batch.rows.num_rows();
        for start in (0..rows).step_by(ROWS_AT_ONCE) {
            let length = ROWS_AT_ONCE.min(rows - start);
            if length == rows {
                self.renderer.render(batch, &mut self.out)?;
            } else {
                let kinds =
                    batch.kinds.as_ref().and_then(|k| k.get(start..start + length)).map(<[_]>::to_vec);
                let part = ChangeBatch { rows: batch.rows.slice(start, length), kinds };
                self.renderer.render(&part, &mut self.out)?;
            }
            if self.out.len() >= CHUNK_BYTES {
                self.write_out()?;
            }
        }
        // What matches is shown when it is found, however long the next match takes.
        self.write_out()
    }

    fn flush(&mut self) -> Result<()> {
        self.write_out()
    }

    fn finish(&mut self) -> Result<()> {
        self.write_out()
    }
}
