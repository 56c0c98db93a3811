//! The typed expression tree: what the binder builds and the evaluator runs.

use std::fmt;
use std::sync::Arc;

use crate::functions::{Function, Overload};
use crate::types::{DataType, Kind};
use crate::value::Value;

/// An expression with its type. Every implicit cast is written out: the arguments of a call
/// have exactly the types its overload asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The type of its values.
    pub data_type: DataType,
}

/// The forms of [`Expr`]. Only what decides which rows its parts are evaluated for has a form
/// of its own; all else is a [`Call`].
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A column of the input, by position.
    Column(usize),
    /// A constant.
    Literal(Value),
    /// A function or an operator over its arguments.
    Call(Call),
    /// Three-valued AND of two or more; a later one is evaluated where no earlier one is FALSE.
    And(Vec<Expr>),
    /// Three-valued OR of two or more; a later one is evaluated where no earlier one is TRUE.
    Or(Vec<Expr>),
    /// The value of the first branch whose condition is TRUE. COALESCE, NULLIF and IF are this, too.
    Case {
        /// Condition and value, in order.
        branches: Vec<(Expr, Expr)>,
        /// The value where no condition is TRUE.
        otherwise: Box<Expr>,
    },
    /// A conversion to the expression's type.
    Cast {
        /// What is converted.
        input: Box<Expr>,
        /// What a failing conversion does.
        mode: CastMode,
    },
    /// A field of a ROW by position; NULL where the row is.
    Field {
        /// The row.
        input: Box<Expr>,
        /// Which field.
        index: usize,
    },
}

/// What a conversion does with a value that does not convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastMode {
    /// CAST: the query fails.
    Fail,
    /// TRY_CAST: the value is NULL.
    Null,
    /// A cast the planner wrote: as [`CastMode::Fail`], but left out when expressions are printed.
    Implicit,
    /// A text that the planner reads as a time for a comparison: as [`CastMode::Null`], but left out when expressions are printed.
    Read,
}

impl CastMode {
    /// Whether what does not convert is NULL, and not an error.
    #[must_use]
    pub fn gives_null(self) -> bool {
        matches!(self, Self::Null | Self::Read)
    }

    /// Whether the user did not write the cast.
    #[must_use]
    pub fn is_implicit(self) -> bool {
        matches!(self, Self::Implicit | Self::Read)
    }
}

/// A call of a function whose overload has been chosen.
#[derive(Clone)]
pub struct Call {
    /// The registry entry.
    pub function: &'static Function,
    /// The overload chosen for the arguments.
    pub overload: Arc<Overload>,
    /// The arguments, of exactly the overload's types.
    pub arguments: Vec<Expr>,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        // The overload follows from the function and the argument types, which the arguments carry.
        std::ptr::eq(self.function, other.function)
            && self.overload.returns == other.overload.returns
            && self.arguments == other.arguments
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("function", &self.function.name)
            .field("arguments", &self.arguments)
            .finish()
    }
}

impl Expr {
    /// The column at `index`.
    pub fn column(index: usize, data_type: DataType) -> Self {
        Self { kind: ExprKind::Column(index), data_type }
    }

    /// A constant. Its type's nullability is set from the value.
    pub fn literal(value: Value, kind: Kind) -> Self {
        let nullable = value == Value::Null;
        Self { kind: ExprKind::Literal(value), data_type: DataType { kind, nullable } }
    }

    /// A conversion of `input` to `data_type`.
    pub fn cast(input: Expr, data_type: DataType, mode: CastMode) -> Self {
        Self { kind: ExprKind::Cast { input: Box::new(input), mode }, data_type }
    }

    /// The constant, if this is one.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Its direct parts, in order of evaluation.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Column(_) | ExprKind::Literal(_) => Vec::new(),
            ExprKind::Call(call) => call.arguments.iter().collect(),
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().collect(),
            ExprKind::Case { branches, otherwise } => {
                branches.iter().flat_map(|(c, v)| [c, v]).chain([otherwise.as_ref()]).collect()
            }
            ExprKind::Cast { input, .. } | ExprKind::Field { input, .. } => vec![input],
        }
    }

    /// Rebuilt from the leaves up: `rewrite` sees each node after its parts have been rewritten.
    pub fn transform<E>(self, rewrite: &mut impl FnMut(Expr) -> Result<Expr, E>) -> Result<Expr, E> {
        let inner = self.map_children(&mut |child| child.transform(rewrite))?;
        rewrite(inner)
    }

    /// The same node over rewritten parts, which must keep their kinds.
    pub fn map_children<E>(self, rewrite: &mut impl FnMut(Expr) -> Result<Expr, E>) -> Result<Expr, E> {
        let Expr { kind, data_type } = self;
        let kind = match kind {
            leaf @ (ExprKind::Column(_) | ExprKind::Literal(_)) => leaf,
            ExprKind::Call(Call { function, overload, arguments }) => {
                let arguments = arguments.into_iter().map(rewrite).collect::<Result<_, E>>()?;
                ExprKind::Call(Call { function, overload, arguments })
            }
            ExprKind::And(parts) => ExprKind::And(parts.into_iter().map(rewrite).collect::<Result<_, E>>()?),
            ExprKind::Or(parts) => ExprKind::Or(parts.into_iter().map(rewrite).collect::<Result<_, E>>()?),
            ExprKind::Case { branches, otherwise } => ExprKind::Case {
                branches: branches
                    .into_iter()
                    .map(|(c, v)| Ok((rewrite(c)?, rewrite(v)?)))
                    .collect::<Result<_, E>>()?,
                otherwise: Box::new(rewrite(*otherwise)?),
            },
            ExprKind::Cast { input, mode } => ExprKind::Cast { input: Box::new(rewrite(*input)?), mode },
            ExprKind::Field { input, index } => ExprKind::Field { input: Box::new(rewrite(*input)?), index },
        };
        Ok(Expr { kind, data_type })
    }

    /// The positions of the columns it reads, ascending, each once.
    pub fn columns(&self) -> Vec<usize> {
        fn visit(expr: &Expr, found: &mut Vec<usize>) {
            if let ExprKind::Column(index) = expr.kind {
                found.push(index);
            }
            for child in expr.children() {
                visit(child, found);
            }
        }
        let mut found = Vec::new();
        visit(self, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }
}
