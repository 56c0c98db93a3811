//! `bench`: the project's own benchmarks, for users too.

mod bids;
mod filter;
mod usage;

use crate::args::{BenchArgs, BenchName};
use crate::exit::{self, Exit};

/// Runs a benchmark and prints its table.
pub fn run(args: &BenchArgs) -> Exit {
    match args.name {
        BenchName::Filter => match filter::run(args) {
            Ok(()) => Exit::Success,
            Err(message) => exit::failure(&message),
        },
    }
}
