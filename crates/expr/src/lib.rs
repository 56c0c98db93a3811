//! Flink's types, and typed scalar expressions evaluated over Arrow columns.
//!
//! What it is: [`types`] (what a value is), [`Expr`] (a checked expression in which every
//! node knows its type), [`functions`] (one registry of every scalar function, with its
//! signatures, type rule, kernel and documented examples), [`aggregate`] (accumulators) and
//! [`Evaluator`] (an expression compiled once, run over batches).
//!
//! What it is not: it knows no SQL text, no names of tables or columns, no plans. Columns are
//! numbers here.
//!
//! Invariants:
//! - Evaluation is a function of the batch and the [`EvalContext`]: no clock, no chance, no threads.
//! - An expression yields the same rows however the rows are cut into batches.
//! - A row-level error (a failing CAST, a division by zero) arises only for rows for which SQL
//!   evaluates the expression: the branches of CASE and the right sides of AND and OR are
//!   evaluated for the rows that reach them.

pub mod aggregate;
mod cast;
mod decimal;
mod error;
mod eval;
mod expr;
pub mod functions;
pub mod text;
pub mod types;
mod value;
mod zone;

pub use error::{Error, ErrorKind, Result};
pub use eval::{Column, EvalContext, Evaluator};
pub use expr::{Call, CastMode, Expr, ExprKind};
pub use types::{DataType, Field, Kind};
pub use value::{MapColumn, Value, java_map};
