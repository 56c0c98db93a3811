//! What stands in FROM.

use super::{
    DataType, Expr, FunctionCall, Ident, MatchRecognize, NumberLiteral, ObjectName, Query, Span,
    StringLiteral, TableOption,
};

/// A table and what is joined to it, from left to right: `a JOIN b ON … JOIN c ON …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromItem {
    /// The leftmost table.
    pub first: TableFactor,
    /// The joins; each has all before it as its left side.
    pub joins: Vec<Join>,
}

/// One join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Which.
    pub kind: JoinKind,
    /// `NATURAL`.
    pub natural: bool,
    /// The right side.
    pub right: TableFactor,
    /// `ON`, `USING`.
    pub constraint: Option<JoinConstraint>,
    /// From the join's first word to its end.
    pub span: Span,
}

/// Kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

/// On what tables are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JoinConstraint {
    /// `ON condition`.
    On(Expr),
    /// `USING (columns)`.
    Using(Vec<Ident>),
}

/// A table with what may follow it, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFactor {
    /// `LATERAL`.
    pub lateral: bool,
    /// Where its rows come from.
    pub source: TableSource,
    /// `MATCH_RECOGNIZE`.
    pub match_recognize: Option<Box<MatchRecognize>>,
    /// `PIVOT`.
    pub pivot: Option<Box<Pivot>>,
    /// `UNPIVOT`.
    pub unpivot: Option<Box<Unpivot>>,
    /// `[AS] name [(columns)]`.
    pub alias: Option<TableAlias>,
    /// `TABLESAMPLE`.
    pub sample: Option<Sample>,
    /// Where it stands.
    pub span: Span,
}

/// Where a table's rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableSource {
    /// A table or view by name.
    Named {
        /// Its name, hints and additional columns.
        table: TableTarget,
        /// `FOR SYSTEM_TIME AS OF …`.
        system_time: Option<Box<Expr>>,
    },
    /// `TABLE(f(…))`, `f(…)`.
    Function(TableFunction),
    /// `(query)`.
    Query(Box<Query>),
    /// `UNNEST(a, …) [WITH ORDINALITY]`.
    Unnest {
        /// The arrays, maps or multisets.
        collections: Vec<Expr>,
        /// `WITH ORDINALITY`.
        with_ordinality: bool,
    },
    /// `(a JOIN b …)`.
    Join(Box<FromItem>),
}

/// A table by name, with what may follow the name in queries and in statements that write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableTarget {
    /// Its name.
    pub name: ObjectName,
    /// `/*+ OPTIONS(…) */`.
    pub hints: Vec<Hint>,
    /// `[EXTEND] (column type, …)`: columns beside the declared ones.
    pub extend: Vec<ExtendColumn>,
}

/// A column of EXTEND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendColumn {
    /// Its name.
    pub name: ObjectName,
    /// Its type.
    pub data_type: DataType,
}

/// A table function in FROM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFunction {
    /// The call.
    pub call: Box<FunctionCall>,
    /// Written as `TABLE(f(…))`, not as `f(…)`.
    pub wrapped: bool,
}

/// `AS name (columns)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableAlias {
    /// The table's new name.
    pub name: Ident,
    /// Its columns' new names; empty keeps them.
    pub columns: Vec<Ident>,
}

/// A hint: `OPTIONS('k' = 'v')`, `BROADCAST(t)`, `STATE_TTL('t' = '1d')`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Its name.
    pub name: Ident,
    /// Its arguments.
    pub arguments: HintArguments,
    /// Where it stands.
    pub span: Span,
}

/// What a hint holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HintArguments {
    /// Nothing.
    None,
    /// Keys and values.
    Options(Vec<TableOption>),
    /// Names.
    Names(Vec<Ident>),
    /// Literals.
    Literals(Vec<Expr>),
}

/// `TABLESAMPLE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// `TABLESAMPLE SUBSTITUTE('name')`.
    Substitute(StringLiteral),
    /// `TABLESAMPLE BERNOULLI(p)`, `TABLESAMPLE SYSTEM(p)`.
    Percentage {
        /// `SYSTEM`.
        system: bool,
        /// Of each hundred rows.
        percentage: NumberLiteral,
        /// `REPEATABLE(seed)`.
        repeatable: Option<i32>,
    },
}

/// `PIVOT (aggregates FOR axes IN (values))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// The aggregates.
    pub aggregates: Vec<PivotAggregate>,
    /// The axes.
    pub axes: Vec<Ident>,
    /// The values that become columns.
    pub values: Vec<PivotValue>,
}

/// An aggregate of PIVOT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotAggregate {
    /// The call.
    pub call: Expr,
    /// Its name.
    pub alias: Option<Ident>,
}

/// A value of PIVOT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotValue {
    /// One value for each axis.
    pub row: Vec<Expr>,
    /// Its name.
    pub alias: Option<Ident>,
}

/// `UNPIVOT (measures FOR axes IN (columns [AS values]))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpivot {
    /// `INCLUDE NULLS` is true, `EXCLUDE NULLS` false.
    pub include_nulls: Option<bool>,
    /// The new measures.
    pub measures: Vec<Ident>,
    /// The new axes.
    pub axes: Vec<Ident>,
    /// The columns that become rows.
    pub values: Vec<UnpivotValue>,
}

/// Columns of UNPIVOT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpivotValue {
    /// The columns.
    pub columns: Vec<Ident>,
    /// What the axes hold for them.
    pub row: Option<Vec<Expr>>,
}
