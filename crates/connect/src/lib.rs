//! Sources and sinks: files, pipes, generators, topics.
//!
//! What it is: [`StandardConnectors`], which makes the sources and sinks that tables name by their `connector`
//! option, over the decoders of `format` and the ladder of `filter`.
//!
//! What it is not: it knows no operators and no plans beyond the scan that it is asked to make.
//!
//! Invariants:
//! - All input and output of the program's jobs happens here; clocks are read here only to pace generators and to roll files.
//! - Memory does not grow with the input: readers hold a block, writers a buffer, a directory its names.
//! - What a sink has written is visible when it is committed, and not before (pipes and `print` have no before).
//! - Every option is checked: what is unknown, missing or out of range is refused before anything runs.

mod blackhole;
mod bytes;
mod connectors;
mod failure;
mod file;
mod generate;
mod log;
pub mod mapped;
mod options;
mod pipe;
mod print;
mod select;

pub use connectors::StandardConnectors;
pub use log::{LogStore, log_error};
