//! The table that every expression is evaluated over: a row for each kind of edge, a column for each type.
//!
//! Expressions read columns, not literals, so that neither side folds them when it plans.

use std::path::Path;

/// The rows; the SQL suite reads the same file.
pub const ROWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slt/data/edge.json");

/// The columns and options, with `$EDGE` where the file's path belongs.
const DEFINITION: &str = include_str!("edge.sql");

/// How many rows there are; `id` counts them from 1.
pub const ROW_COUNT: usize = 6;

/// CREATE TABLE, reading the rows from `path`.
pub fn definition(path: &Path) -> String {
    DEFINITION.trim_end().trim_end_matches(';').replace("$EDGE", &path.display().to_string())
}
