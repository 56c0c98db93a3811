//! Function calls and what may stand in and behind them: arguments, quantifiers, FILTER, WITHIN GROUP, OVER.

use super::{Expr, Ident, ObjectName, OrderItem, Query, Span, StringLiteral};

/// A call of a function by its name: scalar, aggregate, window or table function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCall {
    /// The name. Built-in functions whose name is a reserved word have it here as written.
    pub name: ObjectName,
    /// `SPECIFIC` before the name.
    pub specific: bool,
    /// `DISTINCT` or `ALL` before the arguments.
    pub quantifier: Option<SetQuantifier>,
    /// `f(*)`; then there are no arguments.
    pub star: bool,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// `ORDER BY` inside the parentheses (`ARRAY_AGG`, `STRING_AGG`, `GROUP_CONCAT` …).
    pub order_by: Vec<OrderItem>,
    /// `SEPARATOR '…'` inside the parentheses.
    pub separator: Option<StringLiteral>,
    /// `IGNORE NULLS`, `RESPECT NULLS`.
    pub nulls: Option<NullTreatment>,
    /// `WITHIN DISTINCT (…)`.
    pub within_distinct: Vec<Expr>,
    /// `WITHIN GROUP (ORDER BY …)`.
    pub within_group: Vec<OrderItem>,
    /// `FILTER (WHERE …)`.
    pub filter: Option<Box<Expr>>,
    /// `OVER …`.
    pub over: Option<Box<Over>>,
    /// Where it stands.
    pub span: Span,
}

/// `DISTINCT` or `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetQuantifier {
    /// `ALL`.
    All,
    /// `DISTINCT`.
    Distinct,
}

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `name =>`.
    pub name: Option<Ident>,
    /// What is passed.
    pub value: ArgumentValue,
}

/// What can be passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentValue {
    /// A value; `DESCRIPTOR(…)`, `MODEL m` and `DEFAULT` are expressions, too, and so is a query without further clauses.
    Expr(Expr),
    /// A table.
    Table(Box<TableArgument>),
}

/// `TABLE t [PARTITION BY …] [ORDER BY …]`, `(query) PARTITION BY …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableArgument {
    /// The rows; `TABLE t` is a query of that form.
    pub query: Query,
    /// `PARTITION BY`.
    pub partition_by: Vec<Ident>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// Where it stands.
    pub span: Span,
}

/// What happens to NULLs before aggregation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullTreatment {
    /// `IGNORE NULLS`.
    Ignore,
    /// `RESPECT NULLS`.
    Respect,
}

/// Behind `OVER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// `OVER w`: a window of the WINDOW clause.
    Named(Ident),
    /// `OVER (…)`.
    Spec(WindowSpec),
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSpec {
    /// The window it extends.
    pub base: Option<Ident>,
    /// `PARTITION BY`.
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`.
    pub order_by: Vec<OrderItem>,
    /// `ROWS …`, `RANGE …`.
    pub frame: Option<WindowFrame>,
    /// `ALLOW PARTIAL`, `DISALLOW PARTIAL`.
    pub partial: Option<PartialWindow>,
    /// Where it stands, parentheses included.
    pub span: Span,
}

/// The frame of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowFrame {
    /// Rows or values.
    pub units: FrameUnits,
    /// The first row.
    pub start: FrameBound,
    /// The last row, with `BETWEEN`.
    pub end: Option<FrameBound>,
}

/// `ROWS` or `RANGE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameUnits {
    /// Rows are counted.
    Rows,
    /// Values of the order are compared.
    Range,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// `CURRENT ROW`.
    CurrentRow,
    /// `UNBOUNDED PRECEDING`.
    UnboundedPreceding,
    /// `UNBOUNDED FOLLOWING`.
    UnboundedFollowing,
    /// `x PRECEDING`.
    Preceding(Box<Expr>),
    /// `x FOLLOWING`.
    Following(Box<Expr>),
}

/// Whether a window that is not full yet counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartialWindow {
    /// `ALLOW PARTIAL`.
    Allow,
    /// `DISALLOW PARTIAL`.
    Disallow,
}
