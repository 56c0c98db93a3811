//! The module `blink`: functions of Alibaba's Blink and of RocketMQ's rsqldb that Flink does not have. They are found once
//! `LOAD MODULE blink` has been said.

mod bits;
mod days;
mod key_value;
mod tables;

use super::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::error::Result;

/// The scalar functions, file by file.
pub(super) static FUNCTIONS: [&[Function]; 3] = [bits::FUNCTIONS, days::FUNCTIONS, key_value::FUNCTIONS];

/// The table functions: what they give is an ARRAY, of which each element is a row.
pub(super) static TABLE_FUNCTIONS: &[Function] = tables::FUNCTIONS;

const fn function(
    name: &'static str,
    category: Category,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    Function {
        name,
        aliases: &[],
        category,
        signatures,
        summary,
        examples,
        determinism: Determinism::Pure,
        resolve,
    }
}
