//! Every scalar function and operator, in one registry.
//!
//! To add a function, add one [`Function`] entry to the list of its room (`string.rs`, `math.rs`,
//! …): its names, its signatures as a user writes them, what it does, examples that a test runs, and
//! `resolve`, which looks at the argument types and answers with an [`Overload`]: the types the
//! arguments are cast to, the type of the result, and how the kernel is made. Nothing else needs
//! to be told: the binder, constant folding, EXPLAIN, completion and the reference pages read the registry.
//!
//! # What the binder asks for
//!
//! SQL has forms that are no calls. The binder turns them into calls of registry entries by these
//! names; `'UNIT'` and other words in quotes are constant STRING arguments, in upper case.
//!
//! | SQL | call |
//! |---|---|
//! | `a = b`, `<>`, `<`, `<=`, `>`, `>=` | `=`(a, b) … |
//! | `a IS [NOT] DISTINCT FROM b` | `IS DISTINCT FROM`(a, b), `IS NOT DISTINCT FROM`(a, b) |
//! | `a IS NULL`, `IS NOT NULL` (and `IS [NOT] UNKNOWN`) | `IS NULL`(a), `IS NOT NULL`(a) |
//! | `a IS TRUE`, `IS NOT TRUE`, `IS FALSE`, `IS NOT FALSE` | `IS TRUE`(a) … |
//! | `NOT a` | `NOT`(a); AND and OR are forms of [`Expr`](crate::Expr) itself |
//! | `a IN (1, 2, NULL)` | `IN`(a, v…) where every v is a literal of the kind of a, perhaps thousands, perhaps NULL; a list with other members is an OR of `=` |
//! | `a BETWEEN b AND c` | `>=` and `<=` under an AND |
//! | `a [NOT] LIKE p [ESCAPE e]`, `SIMILAR TO` | `LIKE`(a, p[, e]), `SIMILAR TO`(a, p[, e]), under `NOT` |
//! | `a + b`, `-`, `*`, `/`, `%` | `+`(a, b) …; `%` is an alias of `MOD`; datetimes and intervals are overloads |
//! | `-a` | `-`(a): the overload with one argument; `+a` is a |
//! | `a \|\| b` | `\|\|`(a, b) |
//! | `CASE`, `COALESCE`, `NULLIF`, `IF`, `IFNULL`, `CAST`, `TRY_CAST`, `TYPEOF` | none: forms of [`Expr`](crate::Expr), or a literal |
//! | `EXTRACT(u FROM t)`, `FLOOR(t TO u)`, `CEIL(t TO u)` | `EXTRACT`('UNIT', t), `FLOOR`(t, 'UNIT'), `CEIL`(t, 'UNIT') |
//! | `TIMESTAMPADD(u, n, t)`, `TIMESTAMPDIFF(u, a, b)` | `TIMESTAMPADD`('UNIT', n, t), `TIMESTAMPDIFF`('UNIT', a, b) |
//! | `TRIM([BOTH] [c] FROM s)` | `TRIM`('BOTH', c, s); 'LEADING', 'TRAILING'; c is `' '` where it is left out |
//! | `OVERLAY(s PLACING r FROM i [FOR n])` | `OVERLAY`(s, r, i[, n]) |
//! | `SUBSTRING(s FROM i [FOR n])`, `POSITION(a IN b)` | `SUBSTRING`(s, i[, n]), `POSITION`(a, b) |
//! | `ROW(a, b)`, `(a, b)`; `ARRAY[a, b]`; `MAP[k, v]` | `ROW`(a, b) with fields EXPR$0, …; `ARRAY`(a, b); `MAP`(k, v, …) |
//! | `a[i]`, `m[k]` | `ITEM`(a, i), `ITEM`(m, k); `r['f']` and `r.f` are [`ExprKind::Field`](crate::ExprKind::Field) |
//! | `s IS [NOT] JSON [VALUE]`, `OBJECT`, `ARRAY`, `SCALAR` | `IS JSON VALUE`(s) …, never NULL; under `NOT` |
//! | `JSON_EXISTS(s, p [b ON ERROR])` | `JSON_EXISTS`(s, p, b): b of 'TRUE', 'FALSE', 'UNKNOWN', 'ERROR' |
//! | `JSON_VALUE(s, p [RETURNING t] [e ON EMPTY] [f ON ERROR])` | `JSON_VALUE`(s, p, n, e, x, f, y): n is a NULL of the type t; e and f of 'NULL', 'ERROR', 'DEFAULT'; x and y the defaults, else NULL |
//! | `JSON_QUERY(s, p [RETURNING t] [wrapper] [e ON EMPTY] [f ON ERROR])` | `JSON_QUERY`(s, p, n, w, e, f): n as above; w of 'WITHOUT', 'CONDITIONAL', 'UNCONDITIONAL'; e and f of 'NULL', 'EMPTY ARRAY', 'EMPTY OBJECT', 'ERROR' |
//! | `JSON_OBJECT([KEY] k VALUE v, … [b ON NULL])` | `JSON_OBJECT`(b, how, k, v, …): b of 'NULL', 'ABSENT'; `how` has a letter for each v: `v` for a value, `j` for JSON text put in as it is (nested JSON_OBJECT, JSON_ARRAY; the argument of JSON(…), which may be no JSON: an error) |
//! | `JSON_ARRAY(v, … [b ON NULL])` | `JSON_ARRAY`(b, how, v, …), likewise |
//! | `JSON_OBJECTAGG([KEY] k VALUE v [b ON NULL])`, `JSON_ARRAYAGG(v [b ON NULL])` | the aggregates `JSON_OBJECTAGG`(b, how, k, v), `JSON_ARRAYAGG`(b, how, v); b and `how` as above |
//! | `CURRENT_TIMESTAMP`, `LOCALTIME`, … without parentheses | calls without arguments |
//!
//! All else is the call that the user writes. The binder looks names up without regard to case, casts every argument
//! whose [`Kind`](crate::Kind) differs from the overload's ([`DataType::same_kind`]; nullability needs no cast), and
//! folds calls of [`Determinism::Pure`] functions over literals. So an overload should ask for the types given where its
//! kernel does not care (the length of a string, the nullability of an argument), and leave NULL-typed arguments to be
//! cast to what it asks for. `returns` carries the exact result type, nullability included, as Flink's planner derives it.

mod arithmetic;
mod base64;
mod blink;
mod choose;
mod collection;
mod comparison;
mod conditional;
mod forms;
mod hash;
pub(crate) mod json;
mod kernel;
mod like;
mod logical;
mod refused;
mod regexp;
mod registry;
pub(crate) mod signature;
mod string;
mod temporal;
mod url;
pub(crate) mod variant;
mod vector;

use std::fmt;

use crate::error::{Error, Result};
use crate::eval::{Column, EvalContext};
use crate::types::DataType;
use crate::value::Value;

pub use forms::{FORMS, Form};
pub use refused::{REFUSED, Refused, refused};
pub use registry::{Module, all, lookup};
pub use variant::{NoVariant, shown_variant, write_variant};

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
#[derive(Clone, Copy, Debug)]
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
    Variant,
    ValueConstruction,
    Hash,
    Bitwise,
    Table,
    Grouping,
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
        self.mismatch_with(function.name, function.signatures)
    }

    pub(crate) fn mismatch_with(&self, name: &str, signatures: &[&str]) -> Error {
        let given = self.types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains(' ');
        let what = if is_word { "function" } else { "operator" };
        Error::invalid(format!(
            "{what} {name} does not take ({given}); it is written as {}",
            signatures.join(" or "),
        ))
    }
}
