//! Queries.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    Cte, Expr, ExprKind, GroupBy, GroupingElement, LimitCount, NamedWindow, NullsOrder, OrderItem, Query,
    QueryBody, Select, SelectItem, SetOperation, SetOperator, SetQuantifier, SortDirection, Values, With,
};
use super::expr::InParentheses;
use super::{Clause, Commas, Optional, Word};

impl Query {
    /// Whether the query is its body alone.
    pub(super) fn is_bare(&self) -> bool {
        self.with.is_none() && self.order_by.is_empty() && self.offset.is_none() && self.limit.is_none()
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(with) = &self.with {
            write!(f, "{with} ")?;
        }
        write!(f, "{}{}", self.body, Clause(" ORDER BY ", &self.order_by, ""))?;
        match (&self.offset, &self.limit) {
            // Parameters are numbered in the order of the text.
            (
                Some(LimitCount::Parameter { index: first, .. }),
                Some(LimitCount::Parameter { index: second, .. }),
            ) if first < second => f.write_str(" OFFSET ? ROWS FETCH NEXT ? ROWS ONLY"),
            (offset, limit) => write!(f, "{}{}", Optional(" LIMIT ", limit), Optional(" OFFSET ", offset)),
        }
    }
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "WITH {}", Commas(&self.ctes))
    }
}

impl Display for Cte {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} AS ({})", self.name, Clause(" (", &self.columns, ")"), self.query)
    }
}

impl Display for LimitCount {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { number, .. } => write!(f, "{number}"),
            Self::Parameter { .. } => f.write_str("?"),
        }
    }
}

impl Display for QueryBody {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select(select) => write!(f, "{select}"),
            Self::Values(values) => write!(f, "{values}"),
            Self::Table(name) => write!(f, "TABLE {name}"),
            Self::SetOperation(operation) => write!(f, "{operation}"),
            Self::Nested(query) => write!(f, "({query})"),
        }
    }
}

impl Display for SetOperation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.operator {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        };
        let all = Word(self.all, " ALL");
        for (at, operand) in self.operands.iter().enumerate() {
            if at > 0 {
                write!(f, " {word}{all} ")?;
            }
            write!(f, "{operand}")?;
        }
        Ok(())
    }
}

impl Display for Values {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows: Vec<Row<'_>> = self.rows.iter().map(|row| Row(row)).collect();
        write!(f, "VALUES {}", Commas(&rows))
    }
}

/// A row of VALUES.
pub(super) struct Row<'a>(pub &'a [Expr]);

impl Display for Row<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // `(ROW(a, b))` is the row (a, b), not a row of a row, and nothing may follow it.
        let begins_with_row = self.0.first().is_some_and(begins_with_row);
        write!(f, "{}({})", Word(begins_with_row, "ROW"), InParentheses(self.0))
    }
}

/// Whether the text of an expression begins with a row.
fn begins_with_row(mut expr: &Expr) -> bool {
    loop {
        expr = match &expr.kind {
            ExprKind::Row(_) => return true,
            ExprKind::Binary { left: first, .. }
            | ExprKind::Is { operand: first, .. }
            | ExprKind::InList { operand: first, .. }
            | ExprKind::InQuery { operand: first, .. }
            | ExprKind::Quantified { operand: first, .. }
            | ExprKind::Between { operand: first, .. }
            | ExprKind::Like { operand: first, .. }
            | ExprKind::Item { base: first, .. }
            | ExprKind::FormatJson(first) => first,
            ExprKind::And(operands) | ExprKind::Or(operands) => match operands.first() {
                Some(first) => first,
                None => return false,
            },
            _ => return false,
        };
    }
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let quantifier = match self.quantifier {
            Some(SetQuantifier::All) => "ALL ",
            Some(SetQuantifier::Distinct) => "DISTINCT ",
            None => "",
        };
        let hints = Clause("/*+ ", &self.hints, " */ ");
        let stream = Word(self.stream, "STREAM ");
        write!(f, "SELECT {hints}{stream}{quantifier}{}", Commas(&self.items))?;
        write!(f, "{}{}", Clause(" FROM ", &self.from, ""), Optional(" WHERE ", &self.filter))?;
        write!(f, "{}{}", Optional(" ", &self.group_by), Optional(" HAVING ", &self.having))?;
        write!(f, "{}{}", Clause(" WINDOW ", &self.windows, ""), Optional(" QUALIFY ", &self.qualify))
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wildcard(_) => f.write_str("*"),
            Self::QualifiedWildcard { qualifier, .. } => write!(f, "{qualifier}.*"),
            Self::Expr { expr, alias } => write!(f, "{expr}{}", Optional(" AS ", alias)),
        }
    }
}

impl Display for GroupBy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "GROUP BY {}{}", Word(self.distinct, "DISTINCT "), Commas(&self.elements))
    }
}

impl Display for GroupingElement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(_) => f.write_str("()"),
            Self::Expr(expr) => write!(f, "{expr}"),
            Self::GroupingSets(sets) => write!(f, "GROUPING SETS ({})", Commas(sets)),
            Self::Rollup(exprs) => write!(f, "ROLLUP({})", Commas(exprs)),
            Self::Cube(exprs) => write!(f, "CUBE({})", Commas(exprs)),
        }
    }
}

impl Display for NamedWindow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", self.name, self.spec)
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let nulls = match self.nulls {
            Some(NullsOrder::First) => " NULLS FIRST",
            Some(NullsOrder::Last) => " NULLS LAST",
            None => "",
        };
        write!(f, "{}{}{nulls}", self.expr, Word(self.direction == SortDirection::Descending, " DESC"))
    }
}
