//! The data folder: a log on disk, and the commands that work on it.

pub mod consume;
pub mod group;
pub mod inspect;
mod listing;
mod named;
pub mod produce;
mod settings;
pub mod topic;
mod upkeep;

use std::path::Path;

use millstream_engine::{ErrorKind, Result};
use millstream_log::{Log, Machines, Options, Position, Start, Timestamp};

use crate::args::{PlaceArgs, Position as Place};
use crate::clock;
use crate::exit::{self, Exit};
use upkeep::{Ticker, Upkeep};

/// The log of a data folder, open for one command. No other process can open it meanwhile.
pub struct DataFolder {
    log: Log,
    upkeep: Upkeep,
    /// Where the log ended when it was opened.
    opened_at: Position,
}

impl DataFolder {
    /// Opens the log in `folder`, or begins one there.
    ///
    /// # Errors
    /// Those of [`Log::open`]; and `Unavailable` when there is no thread to look after it.
    pub fn open(folder: &Path) -> Result<Self> {
        let opened = Log::open(folder, Options::default(), Machines::standard(), clock::now());
        let log = opened.map_err(millstream_connect::log_error)?;
        let opened_at = log.view(|view| view.tail());
        // What became due while nobody had the folder open is there for the command.
        let ticker = Ticker::now(&log);
        let upkeep = Upkeep::start(log.clone(), ticker)?;
        Ok(Self { log, upkeep, opened_at })
    }

    /// Does the work of a command on the log of a folder; the error is told.
    pub fn with(place: &PlaceArgs, work: impl FnOnce(&Log) -> Result<()>) -> Exit {
        Self::with_exit(place, |log| work(log).map(|()| Exit::Success))
    }

    /// As [`DataFolder::with`], for a command that ends in several ways.
    pub fn with_exit(place: &PlaceArgs, work: impl FnOnce(&Log) -> Result<Exit>) -> Exit {
        let folder = match (&place.data, &place.server) {
            (Some(folder), _) => folder,
            (None, Some(_)) => {
                return exit::usage("a running node cannot be reached yet: give the data folder, --data DIR");
            }
            (None, None) => return exit::usage("where is the data? give its folder, --data DIR"),
        };
        let data = match Self::open(folder) {
            Ok(data) => data,
            Err(error) => return exit::failure(&error.message),
        };
        let exit = match work(data.log()) {
            Ok(exit) => exit,
            // The reader of what is printed has seen enough.
            Err(error) if error.kind == ErrorKind::Closed => Exit::Success,
            Err(error) => exit::failure(&error.message),
        };
        data.close(exit)
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Makes everything durable, and leaves the mark of a log that was closed. Gives how the program ends: as `exit` says, if that goes well.
    pub fn close(self, exit: Exit) -> Exit {
        self.upkeep.stop();
        if self.log.view(|view| view.tail()) == self.opened_at {
            // Who has only looked leaves no mark.
            return exit;
        }
        upkeep::let_go(&self.log);
        match self.log.close() {
            Ok(()) => exit,
            Err(error) => exit::failure(&format!("the log was not closed: {error}")),
        }
    }
}

/// A place, as the log calls it.
fn start_of(place: Place) -> Start {
    match place {
        Place::Earliest => Start::Earliest,
        Place::Latest => Start::Latest,
        Place::Offset(offset) => Start::Offset(offset),
        Place::Time(millis) => Start::Time(Timestamp(millis)),
    }
}
