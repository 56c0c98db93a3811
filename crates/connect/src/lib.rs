//! Sources and sinks: files, pipes, generators.
