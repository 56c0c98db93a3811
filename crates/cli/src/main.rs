//! The millstream program: commands and terminal output.
//!
//! What it is: the commands ([`args`]), a [`session`] that executes statements in order, what it gives
//! printed in several forms ([`output`]), a [`prompt`], and the project's own benchmarks (`bench`).
//!
//! What it is not: it knows no SQL and no formats; these it asks of the crates below.
//!
//! Invariants:
//! - Results go to standard output, all else to standard error.
//! - `session` reads no terminal and prints nothing: it tells an observer.
//! - The only threads, clocks and random numbers of the program come from here.

mod args;
mod bench;
mod clock;
mod data;
mod exit;
mod explain;
mod interrupts;
mod output;
mod prompt;
mod report;
mod run;
mod script;
mod session;
mod statements;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Sql(args) => prompt::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Topic(command) => data::topic::run(&command),
        Command::Group(command) => data::group::run(&command),
        Command::Consume(args) => data::consume::run(&args),
        Command::Log(command) => data::inspect::run(&command),
        Command::Produce(args) => data::produce::run(&args),
        Command::Bench(args) => bench::run(&args),
    }
    .into()
}
