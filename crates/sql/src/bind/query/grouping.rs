//! GROUP BY: the keys, and GROUPING SETS, ROLLUP and CUBE.

use millstream_expr::Expr;

use super::QueryBinder;
use crate::bind::expression::{ExpressionBinder, Scope};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::syntax::ast::{self, ExprKind, GroupBy, GroupingElement};

/// What is grouped, and by what.
pub(super) struct Grouping {
    /// The rows.
    pub(super) plan: Plan,
    /// The names of their columns.
    pub(super) scope: Scope,
    /// The keys, each once.
    pub(super) keys: Vec<Expr>,
}

impl QueryBinder<'_> {
    pub(super) fn bind_grouping(
        &self,
        group_by: Option<&GroupBy>,
        plan: Plan,
        scope: Scope,
    ) -> Result<Grouping> {
        let mut keys: Vec<Expr> = Vec::new();
        for element in group_by.iter().flat_map(|group_by| &group_by.elements) {
            match element {
                GroupingElement::Empty(_) => {}
                GroupingElement::Expr(expr) => self.bind_key(expr, &scope, &mut keys)?,
                GroupingElement::GroupingSets(_) | GroupingElement::Rollup(_) | GroupingElement::Cube(_) => {
                    let place = group_by.map(|group_by| group_by.span).unwrap_or_default();
                    return Err(Error::unsupported("GROUPING SETS, ROLLUP and CUBE cannot run yet").at(place));
                }
            }
        }
        Ok(Grouping { plan, scope, keys })
    }

    /// A key; a row in parentheses stands for all its values.
    fn bind_key(&self, expr: &ast::Expr, scope: &Scope, keys: &mut Vec<Expr>) -> Result<()> {
        if let ExprKind::Row(parts) = &expr.kind {
            return parts.iter().try_for_each(|part| self.bind_key(part, scope, keys));
        }
        let key = ExpressionBinder::new(scope, &self.context, "GROUP BY").bind_typed(expr)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
        Ok(())
    }
}
