//! Expressions compiled once and run over batches of columns.

use arrow_array::ArrayRef;

/// A column of results: one value for each row, or one value that stands for all.
#[derive(Clone, Debug)]
pub enum Column {
    /// A value for each row.
    Array(ArrayRef),
    /// An array of length 1 whose value stands for every row.
    Constant(ArrayRef),
}

/// What evaluation may depend on besides the columns.
#[derive(Clone, Debug)]
pub struct EvalContext {
    /// The clock for CURRENT_TIMESTAMP and its kind: microseconds since 1970-01-01 UTC.
    pub now_micros: i64,
    /// The seed from which RAND, RAND_INTEGER and UUID draw for this batch.
    pub seed: u64,
}

/// A compiled expression.
pub struct Evaluator {}
