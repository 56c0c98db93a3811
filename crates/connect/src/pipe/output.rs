//! Standard output and standard error as byte streams that several lanes write to.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use millstream_engine::Result;

use crate::failure::io_error;

/// One write at a time, so that the records of lanes do not mix.
static WRITING: Mutex<()> = Mutex::new(());

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Output,
    Error,
}

impl Stream {
    /// The stream without the standard library's buffer, which looks for line ends.
    pub fn open(self) -> Result<File> {
        let fd = match self {
            Self::Output => {
                // What the program wrote before comes first.
                io::stdout().flush().map_err(|e| io_error(&e, "cannot write to standard output"))?;
                io::stdout().as_fd().try_clone_to_owned()
            }
            Self::Error => io::stderr().as_fd().try_clone_to_owned(),
        };
        fd.map(File::from).map_err(|e| io_error(&e, &format!("cannot open {}", self.name())))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Output => "standard output",
            Self::Error => "standard error",
        }
    }
}

/// Writes whole records.
pub(crate) fn write_all(file: &mut File, bytes: &[u8], name: &str) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    file.write_all(bytes).map_err(|e| io_error(&e, &format!("cannot write to {name}")))
}
