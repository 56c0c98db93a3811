//! `bench`: the project's own benchmarks, for users too.

mod bids;
mod filter;
mod log;
mod usage;

use std::io::Write as _;

use crate::args::BenchCommand;
use crate::exit::{self, Exit};

/// Runs a benchmark and prints its table.
pub fn run(command: &BenchCommand) -> Exit {
    let ran = match command {
        BenchCommand::Filter(args) => filter::run(args),
        BenchCommand::Log(args) => log::run(args),
    };
    match ran {
        Ok(()) => Exit::Success,
        Err(message) => exit::failure(&message),
    }
}

fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| format!("cannot write to standard output: {e}"))
}
