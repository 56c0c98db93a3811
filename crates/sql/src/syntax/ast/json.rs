//! The clauses of the SQL/JSON functions.

use super::{DataType, Expr, Ident};

/// What `JSON_EXISTS`, `JSON_VALUE` and `JSON_QUERY` have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPathCall {
    /// The JSON text.
    pub input: Expr,
    /// The path.
    pub path: Expr,
    /// `PASSING value AS name, …`.
    pub passing: Vec<(Expr, Ident)>,
}

/// `RETURNING t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonReturning {
    /// The type.
    pub data_type: DataType,
}

/// `… ON ERROR` of `JSON_EXISTS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum JsonExistsBehavior {
    True,
    False,
    Unknown,
    Error,
}

/// `… ON EMPTY` and `… ON ERROR` of `JSON_VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonValueBehavior {
    /// `ERROR`.
    Error,
    /// `NULL`.
    Null,
    /// `DEFAULT value`.
    Default(Expr),
}

/// `… ON EMPTY` and `… ON ERROR` of `JSON_QUERY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum JsonQueryBehavior {
    Error,
    Null,
    EmptyArray,
    EmptyObject,
}

/// Whether `JSON_QUERY` wraps its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonQueryWrapper {
    /// `WITHOUT [ARRAY] WRAPPER`.
    Without,
    /// `WITH CONDITIONAL [ARRAY] WRAPPER`.
    Conditional,
    /// `WITH [UNCONDITIONAL] [ARRAY] WRAPPER`.
    Unconditional,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonEntry {
    /// The key.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// What becomes of NULLs in a constructed object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonConstructorNulls {
    /// `NULL ON NULL`.
    Null,
    /// `ABSENT ON NULL`.
    Absent,
}
