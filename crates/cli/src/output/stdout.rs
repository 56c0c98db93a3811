//! Standard output, shared by the lanes that write rows.

use std::io::{ErrorKind as Io, Write};
use std::sync::Arc;

use millstream_engine::{Error, ErrorKind, Result};

use super::progress::ProgressLine;

/// Bytes of rows that are gathered before they are written.
pub const CHUNK_BYTES: usize = 128 << 10;

/// Standard output. Each write is a number of whole lines, so that those of several lanes do not mix.
#[derive(Clone, Debug)]
pub struct Stdout {
    progress: Arc<ProgressLine>,
}

impl Stdout {
    /// The standard output; the progress line is taken off the terminal before anything is written.
    pub fn new(progress: Arc<ProgressLine>) -> Self {
        Self { progress }
    }

    /// Writes whole lines.
    ///
    /// # Errors
    /// Closed, when nobody reads them any more; Unavailable, when they cannot be written.
    pub fn write(&self, lines: &[u8]) -> Result<()> {
        let _hidden = self.progress.hide();
        let mut out = std::io::stdout().lock();
        out.write_all(lines).and_then(|()| out.flush()).map_err(|error| match error.kind() {
            Io::BrokenPipe => Error::new(ErrorKind::Closed, "standard output was closed"),
            _ => Error::new(ErrorKind::Unavailable, format!("cannot write to standard output: {error}")),
        })
    }
}

impl Default for Stdout {
    /// The standard output of a command without a progress line.
    fn default() -> Self {
        Self::new(Arc::default())
    }
}
