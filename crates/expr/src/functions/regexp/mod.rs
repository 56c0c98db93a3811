//! Regular expressions, with Java's syntax and meaning.

mod class;
mod functions;
pub(super) mod halves;
mod java;
mod matcher;
mod property;
mod similar;

pub(super) use matcher::JavaRegex;

pub(super) use functions::FUNCTIONS;
pub(super) use similar::FUNCTIONS as SIMILAR_FUNCTIONS;
