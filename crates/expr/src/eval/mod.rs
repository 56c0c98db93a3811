//! Expressions compiled once and run over batches of columns.
//!
//! [`Evaluator::new`] turns trees into a program: equal pure parts become one node, constant
//! parts become their value, kernels are made. [`Evaluator::evaluate`] runs it over a batch.
//!
//! What is evaluated for which rows is decided by frames ([`run`]): the batch is one frame, and
//! the rows that reach a branch of CASE or a right side of AND or OR are another, whose columns
//! are the outer one's, filtered when first asked for. A part that several places share is kept
//! by the frame that first needs it, so sharing never evaluates anything for rows that do not reach it.

mod case;
mod column;
mod compile;
mod logic;
mod program;
mod run;

use arrow_array::{ArrayRef, BooleanArray};
use jiff::tz::TimeZone;

pub use column::Column;
pub(crate) use column::{Primitives, primitives_from, valid_in_all};

use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::types::DataType;
use program::Program;

/// What evaluation may depend on besides the columns.
#[derive(Clone, Debug)]
pub struct EvalContext {
    /// The clock for CURRENT_TIMESTAMP and its kind: microseconds since 1970-01-01 UTC.
    pub now_micros: i64,
    /// The seed from which RAND, RAND_INTEGER and UUID draw for this batch.
    pub seed: u64,
}

/// Expressions compiled together. It holds no state of a run: one may serve several lanes.
pub struct Evaluator {
    program: Program,
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator").field("expressions", &self.program.roots.len()).finish_non_exhaustive()
    }
}

impl Evaluator {
    /// Compiles `expressions`, which may share parts; `time_zone` is the session's (`table.local-time-zone`).
    ///
    /// # Errors
    /// What the kernels refuse (a constant pattern that does not parse); Unsupported for expressions nested too deeply.
    pub fn new(expressions: &[Expr], time_zone: &TimeZone) -> Result<Self> {
        Ok(Self { program: compile::compile(expressions, time_zone)? })
    }

    /// The results, a column for each expression, over `columns` of `rows` rows.
    ///
    /// # Errors
    /// Runtime, when a row's value cannot be computed. No error arises when there are no rows.
    pub fn evaluate(&self, context: &EvalContext, columns: &[ArrayRef], rows: usize) -> Result<Vec<Column>> {
        run::evaluate(&self.program, context, columns, rows)
    }

    /// For which rows the first expression, a condition, is TRUE. The result has no NULLs.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    pub fn predicate(
        &self,
        context: &EvalContext,
        columns: &[ArrayRef],
        rows: usize,
    ) -> Result<BooleanArray> {
        let Some(first) = self.evaluate(context, columns, rows)?.into_iter().next() else {
            return Err(Error::internal("a predicate without an expression"));
        };
        let truth = logic::Truth::of(&first, rows)?;
        Ok(BooleanArray::new(truth.trues(), None))
    }

    /// The types of the results.
    pub fn types(&self) -> impl Iterator<Item = &DataType> {
        self.program.types.iter()
    }
}
