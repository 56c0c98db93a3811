//! `+`, `-`, `*`, `/`, MOD, and the functions over numbers.

mod datetime;
mod decimals;
mod hyperbolic;
mod integers;
mod log10;
mod notation;
mod operators;
mod random;
mod real;
mod rounding;
mod sign;

pub(super) use datetime::add_months;

use super::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::error::Result;

/// The lists of the files here.
pub(super) static ROOMS: [&[Function]; 6] = [
    notation::FUNCTIONS,
    operators::FUNCTIONS,
    sign::FUNCTIONS,
    rounding::FUNCTIONS,
    real::FUNCTIONS,
    random::FUNCTIONS,
];

/// An entry of a pure function.
const fn function(
    name: &'static str,
    aliases: &'static [&'static str],
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    Function {
        name,
        aliases,
        category: Category::Arithmetic,
        signatures,
        summary,
        examples,
        determinism: Determinism::Pure,
        resolve,
    }
}
