//! Sources and sinks: files, pipes, generators.

pub mod mapped;
