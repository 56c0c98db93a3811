//! Every scalar function and operator, in one registry.
//!
//! To add a function, add one [`Function`] entry to the list of its room (`string.rs`, `math.rs`,
//! …): its names, its signatures as a user writes them, what it does, examples that a test runs, and
//! `resolve`, which looks at the argument types and answers with an [`Overload`]: the types the
//! arguments are cast to, the type of the result, and how the kernel is made. Nothing else needs
//! to be told: the binder, constant folding, EXPLAIN, completion and the reference pages read the registry.

use std::fmt;

use crate::error::{Error, Result};
use crate::eval::{Column, EvalContext};
use crate::types::DataType;
use crate::value::Value;

/// A function or operator.
pub struct Function {
    /// The canonical name in upper case, or the symbol of an operator (`+`, `LIKE`, `IS NULL`).
    pub name: &'static str,
    /// Other names it answers to, in upper case.
    pub aliases: &'static [&'static str],
    /// Where it stands in the reference.
    pub category: Category,
    /// How it is called, a line each, as Flink's reference writes it: `SUBSTRING(string, start[, length])`.
    pub signatures: &'static [&'static str],
    /// What it does, NULLs and errors included, in a few sentences.
    pub summary: &'static str,
    /// Calls with their results; a test runs them.
    pub examples: &'static [Example],
    /// Whether equal arguments give equal results.
    pub determinism: Determinism,
    /// Chooses the overload for the arguments; an error names the types and what would fit.
    pub resolve: fn(&Arguments<'_>) -> Result<Overload>,
}

/// A call with its result, both as SQL text: `("UPPER('ab')", "'AB'")`. The result is compared
/// as `CAST(… AS STRING)` would print it, NULL as `NULL`.
pub struct Example(pub &'static str, pub &'static str);

/// Whether equal arguments give equal results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Determinism {
    /// Always: it may be folded and shared.
    Pure,
    /// Within one statement, or for one row: clocks such as CURRENT_TIMESTAMP. Shared, never folded.
    Clock,
    /// Never: RAND, UUID. Neither folded nor shared.
    Random,
}

/// The chapters of the function reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the meaning")]
pub enum Category {
    Comparison,
    Logical,
    Arithmetic,
    String,
    Temporal,
    Conditional,
    Conversion,
    Collection,
    Json,
    ValueConstruction,
    Hash,
    Bitwise,
    Auxiliary,
}

/// What is known of a call's arguments when its overload is chosen.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    /// The types, before any implicit cast.
    pub types: &'a [DataType],
    /// For each argument its value, where it is a literal: some result types depend on it (`ROUND(x, 2)`).
    pub literals: &'a [Option<Value>],
}

/// An overload: what a call means for given argument types.
pub struct Overload {
    /// The types that the arguments are cast to, one for each argument given.
    pub arguments: Vec<DataType>,
    /// The type of the result.
    pub returns: DataType,
    /// Whether a row's value can fail to be computed. What cannot fail may be evaluated for rows that do not need it.
    pub fallible: bool,
    /// Makes the kernel, once for each place in a query. Constant patterns, formats and paths are compiled here.
    pub kernel: KernelFactory,
}

/// Makes a kernel for a call.
pub type KernelFactory = Box<dyn Fn(&KernelArguments<'_>) -> Result<Kernel> + Send + Sync>;

/// Computes a column of results. The arguments all stand for `rows` rows; constants come as
/// [`Column::Constant`]. A result that is the same for all rows may be given as a constant, too.
pub type Kernel = Box<dyn Fn(&EvalContext, &[Column], usize) -> Result<Column> + Send + Sync>;

/// What is known when the kernel is made: the types after implicit casts, and constant arguments.
#[derive(Clone, Copy)]
pub struct KernelArguments<'a> {
    /// The argument types, as in [`Overload::arguments`].
    pub types: &'a [DataType],
    /// The constant arguments.
    pub constants: &'a [Option<Value>],
    /// The type of the result.
    pub returns: &'a DataType,
    /// The session's time zone (`table.local-time-zone`), for TIMESTAMP_LTZ.
    pub time_zone: &'a jiff::tz::TimeZone,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Arguments<'_> {
    /// The error for arguments that fit no overload of `function`: it lists the types given and the signatures.
    pub fn mismatch(&self, function: &Function) -> Error {
        let given = self.types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Error::invalid(format!(
            "function {}({given}) does not exist; it is called as {}",
            function.name,
            function.signatures.join(" or "),
        ))
    }
}
