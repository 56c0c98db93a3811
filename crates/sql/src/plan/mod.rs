//! The stream plan: typed relational nodes, as EXPLAIN prints them and the engine lowers them.
//!
//! Expressions refer to the columns of a node's input by position. Every node knows its output
//! columns, so that a plan can be read and checked from any node down.

mod build;
mod scan;
mod walk;

use std::sync::Arc;

use millstream_expr::aggregate::AggregateCall;
use millstream_expr::types::Field;
use millstream_expr::{Expr, Value};

pub use scan::{Scan, ScanField};

use crate::catalog::Table;

/// A relational node with its output columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What it does.
    pub node: Node,
    /// Its output columns.
    pub schema: Arc<[Field]>,
}

/// The relational operators.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Rows of a table.
    Scan(Scan),
    /// Constant rows.
    Values(Vec<Vec<Value>>),
    /// Each output column is an expression over the input's columns.
    Project {
        /// Where the rows come from.
        input: Box<Plan>,
        /// One for each output column.
        expressions: Vec<Expr>,
    },
    /// The rows for which the predicate is TRUE.
    Filter {
        /// Where the rows come from.
        input: Box<Plan>,
        /// BOOLEAN over the input's columns.
        predicate: Expr,
    },
    /// The rows of all inputs, which have equal types.
    UnionAll {
        /// Two or more.
        inputs: Vec<Plan>,
    },
    /// One row for each group: the keys, then the aggregates. DISTINCT is this without aggregates.
    Aggregate {
        /// Where the rows come from.
        input: Box<Plan>,
        /// Over the input's columns; empty for one global group.
        keys: Vec<Expr>,
        /// Over the input's columns.
        aggregates: Vec<AggregateCall>,
    },
    /// The rows in order, then OFFSET and FETCH.
    Sort {
        /// Where the rows come from.
        input: Box<Plan>,
        /// The first key counts most. Empty: arrival order.
        keys: Vec<SortKey>,
        /// Rows left out at the start.
        offset: u64,
        /// Rows given out at the most.
        fetch: Option<u64>,
    },
    /// For each input row, the input's columns beside those of the row that a table has for its key at that time.
    Lookup {
        /// Where the rows come from.
        input: Box<Plan>,
        /// What is looked up.
        lookup: Box<Lookup>,
    },
    /// For each input row, the input's columns beside each row that a table function makes of it.
    Correlate {
        /// Where the rows come from.
        input: Box<Plan>,
        /// What is made of each row.
        function: TableFunction,
        /// Whether a row of which nothing is made stands once, beside NULLs (LEFT JOIN … ON TRUE).
        left: bool,
    },
}

/// A look-up by PRIMARY KEY.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The table, and what is read of its row; without a predicate.
    pub scan: Scan,
    /// For each column of the primary key, in its order, the value that is looked up: over the input's columns, of the column's type.
    pub keys: Vec<Expr>,
    /// What must hold besides: BOOLEAN over the input's columns and those of the scan behind them.
    pub condition: Option<Expr>,
    /// Whether a row for which there is none stands beside NULLs (LEFT JOIN).
    pub left: bool,
}

/// What makes rows of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum TableFunction {
    /// A row for each element of an ARRAY, entry of a MAP, or occurrence in a MULTISET.
    Unnest {
        /// Over the input's columns.
        collection: Expr,
        /// Whether a position, from 1, is added as a last column.
        with_ordinality: bool,
    },
}

/// One key of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// Over the input's columns.
    pub expression: Expr,
    /// DESC
    pub descending: bool,
    /// Whether NULLs come before all values. Flink's default: NULLs are lowest.
    pub nulls_first: bool,
}

/// INSERT INTO a table: a query whose columns have the types of the columns written.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Where the rows go.
    pub table: Arc<Table>,
    /// INSERT OVERWRITE
    pub overwrite: bool,
    /// The rows: one column for each persisted column of the table, in its order.
    pub query: Plan,
}
