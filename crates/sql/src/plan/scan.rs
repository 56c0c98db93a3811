//! Reading a table: which fields, under which predicate.

use std::sync::Arc;

use millstream_expr::Expr;
use millstream_expr::types::DataType;

use crate::catalog::Table;

/// Rows of a table that satisfy a predicate, cut down to the fields that are wanted.
///
/// The source decides the predicate exactly: what it gives out needs no further filter. It
/// may decode the fields of the predicate first, and the others for the rows that pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The table.
    pub table: Arc<Table>,
    /// OPTIONS hint merged over the table's own options.
    pub options: std::collections::BTreeMap<String, String>,
    /// What is read of each row.
    pub fields: Vec<ScanField>,
    /// BOOLEAN over `fields`; absent: every row passes.
    pub predicate: Option<Expr>,
    /// The scan's output columns: positions in `fields`. Fields that only the predicate reads are not among them.
    pub output: Vec<usize>,
    /// No more than this many rows are needed.
    pub limit: Option<u64>,
}

/// A column of the table, or a field somewhere inside of a ROW column.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanField {
    /// The position in [`Table::columns`] (a physical or metadata column).
    pub column: usize,
    /// From there down: positions of fields of ROWs. Empty: the whole column.
    pub path: Vec<usize>,
    /// The type of what is read; nullable where any ROW on the way is.
    pub data_type: DataType,
}
