//! The data folder: a log on disk, and the commands that work on it.

mod flusher;

use std::path::Path;

use millstream_engine::Result;
use millstream_log::{Log, Machines, Options};

use crate::clock;
use crate::exit::{self, Exit};
use flusher::Flusher;

/// The log of a data folder, open for one command. No other process can open it meanwhile.
pub struct DataFolder {
    log: Log,
    flusher: Flusher,
}

impl DataFolder {
    /// Opens the log in `folder`, or begins one there.
    ///
    /// # Errors
    /// Those of [`Log::open`]; and `Unavailable` when there is no thread to flush it.
    pub fn open(folder: &Path) -> Result<Self> {
        let opened = Log::open(folder, Options::default(), Machines::standard(), clock::now());
        let log = opened.map_err(millstream_connect::log_error)?;
        let flusher = Flusher::start(log.clone())?;
        Ok(Self { log, flusher })
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Makes everything durable, and leaves the mark of a log that was closed. Gives how the program ends: as `exit` says, if that goes well.
    pub fn close(self, exit: Exit) -> Exit {
        self.flusher.stop();
        match self.log.close() {
            Ok(()) => exit,
            Err(error) => exit::failure(&format!("the log was not closed: {error}")),
        }
    }
}
