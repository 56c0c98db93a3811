//! How the program ends.

use std::io::Write;
use std::process::ExitCode;

/// The exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success,
    /// A statement failed.
    Failure,
    /// The command line, or a script it names, is wrong: nothing has run.
    Usage,
    /// Ctrl-C.
    Interrupted,
}

/// The exit status after Ctrl-C.
pub const INTERRUPTED: u8 = 130;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Interrupted => INTERRUPTED,
        })
    }
}

/// Something failed that is no statement.
pub fn failure(message: &str) -> Exit {
    tell(message);
    Exit::Failure
}

/// The command line is wrong.
pub fn usage(message: &str) -> Exit {
    tell(message);
    Exit::Usage
}

fn tell(message: &str) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "error: {message}");
}
