//! Queries.

use super::{Expr, FromItem, Hint, Ident, NumberLiteral, ObjectName, SetQuantifier, Span, WindowSpec};

/// A query with what stands before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `WITH`.
    pub with: Option<With>,
    /// The rows.
    pub body: QueryBody,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `OFFSET n [ROWS]`.
    pub offset: Option<LimitCount>,
    /// `LIMIT n`, `FETCH FIRST n ROWS ONLY`; `LIMIT ALL` is none.
    pub limit: Option<LimitCount>,
    /// Where it stands; parentheses around it are not part of it.
    pub span: Span,
}

/// `WITH a AS (…), …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct With {
    /// The queries; at least one.
    pub ctes: Vec<Cte>,
}

/// `name [(columns)] AS (query)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Its columns' names.
    pub columns: Vec<Ident>,
    /// Its rows.
    pub query: Query,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryBody {
    /// `SELECT …`.
    Select(Box<Select>),
    /// `VALUES …`.
    Values(Values),
    /// `TABLE t`.
    Table(ObjectName),
    /// `a UNION b`, ….
    SetOperation(Box<SetOperation>),
    /// `(query)`.
    Nested(Box<Query>),
}

/// Operands joined by one operator. The result is that of a left fold: `a EXCEPT b EXCEPT c` is `(a EXCEPT b) EXCEPT c`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOperation {
    /// Which.
    pub operator: SetOperator,
    /// `ALL`; without it duplicates are removed.
    pub all: bool,
    /// The operands; at least two.
    pub operands: Vec<QueryBody>,
    /// Where it stands.
    pub span: Span,
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// `UNION`.
    Union,
    /// `INTERSECT`, which binds tighter than the others.
    Intersect,
    /// `EXCEPT`.
    Except,
}

/// `VALUES (…), (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// The rows; at least one. A bare value is a row of one.
    pub rows: Vec<Vec<Expr>>,
    /// Where it stands.
    pub span: Span,
}

/// `SELECT … FROM …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// `/*+ … */` behind SELECT.
    pub hints: Vec<Hint>,
    /// `STREAM`.
    pub stream: bool,
    /// `DISTINCT`, `ALL`.
    pub quantifier: Option<SetQuantifier>,
    /// What is selected; at least one.
    pub items: Vec<SelectItem>,
    /// From what: the items between top-level commas. None without FROM; then there are no other clauses either.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: Option<GroupBy>,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// `WINDOW`.
    pub windows: Vec<NamedWindow>,
    /// `QUALIFY`.
    pub qualify: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// One item of the select list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectItem {
    /// `*`.
    Wildcard(Span),
    /// `t.*`.
    QualifiedWildcard {
        /// Of what.
        qualifier: ObjectName,
        /// Where it stands.
        span: Span,
    },
    /// An expression.
    Expr {
        /// The value.
        expr: Expr,
        /// `AS name`.
        alias: Option<Ident>,
    },
}

/// `GROUP BY [DISTINCT] …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupBy {
    /// `DISTINCT`: equal grouping sets count once.
    pub distinct: bool,
    /// The elements; at least one.
    pub elements: Vec<GroupingElement>,
    /// Where it stands.
    pub span: Span,
}

/// An element of GROUP BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupingElement {
    /// `()`: all rows are one group.
    Empty(Span),
    /// An expression; a row stands for all its columns.
    Expr(Expr),
    /// `GROUPING SETS (…)`.
    GroupingSets(Vec<GroupingElement>),
    /// `ROLLUP (…)`.
    Rollup(Vec<Expr>),
    /// `CUBE (…)`.
    Cube(Vec<Expr>),
}

/// `name AS (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedWindow {
    /// Its name.
    pub name: Ident,
    /// What it is.
    pub spec: WindowSpec,
}

/// One item of ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderItem {
    /// The value, or an ordinal of the select list.
    pub expr: Expr,
    /// `ASC`, `DESC`; ascending if not written.
    pub direction: SortDirection,
    /// `NULLS FIRST`, `NULLS LAST`.
    pub nulls: Option<NullsOrder>,
}

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// Small ones first.
    Ascending,
    /// Great ones first.
    Descending,
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullsOrder {
    /// `NULLS FIRST`.
    First,
    /// `NULLS LAST`.
    Last,
}

/// The number in LIMIT, OFFSET and FETCH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitCount {
    /// A number.
    Number {
        /// As written.
        number: NumberLiteral,
        /// Where it stands.
        span: Span,
    },
    /// `?`, numbered as in [`ExprKind::Parameter`](super::ExprKind::Parameter).
    Parameter {
        /// Its number.
        index: u32,
        /// Where it stands.
        span: Span,
    },
}
