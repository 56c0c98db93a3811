//! Expressions without columns are computed once; so are projections of constant rows.
//!
//! What cannot be computed stays as it is, and fails if a row ever reaches it.

use millstream_expr::{Expr, ExprKind, Value};

use super::RuleContext;
use super::expression::{is_pure, substitute};
use crate::bind::expression::fold_constants as fold;
use crate::error::{Error, Result};
use crate::plan::{Node, Plan};

/// Constant rows that are computed here; more are computed as they run.
const ROWS_MAX: usize = 1000;

pub(super) fn apply(plan: Plan, context: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |plan| {
        let folded =
            plan.map_expressions(&mut |expression| Ok::<_, Error>(fold(expression, &context.time_zone)))?;
        Ok(constant_rows(folded, context))
    })
}

/// A projection of constant rows is constant rows itself, where it can be computed.
fn constant_rows(plan: Plan, context: &RuleContext) -> Plan {
    let Node::Project { input, expressions } = &plan.node else { return plan };
    let Node::Values(rows) = &input.node else { return plan };
    if rows.len() > ROWS_MAX || expressions.iter().any(|e| !is_pure(e)) {
        return plan;
    }
    let compute = |row: &Vec<Value>| -> Option<Vec<Value>> {
        let columns: Vec<Expr> = row
            .iter()
            .zip(input.schema.iter())
            .map(|(value, field)| Expr {
                kind: ExprKind::Literal(value.clone()),
                data_type: field.data_type.clone(),
            })
            .collect();
        let computed = expressions.iter().map(|expression| {
            let folded = fold(substitute(expression.clone(), &columns), &context.time_zone);
            folded.as_literal().cloned()
        });
        computed.collect()
    };
    let computed: Option<Vec<Vec<Value>>> = rows.iter().map(compute).collect();
    match computed {
        Some(rows) => Plan { node: Node::Values(rows), schema: plan.schema },
        None => plan,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn constants_are_computed() {
        assert_tree(
            "SELECT a + (1 + 2), 'x' = 'y' FROM t WHERE a > 10 / 2",
            &["fold_constants"],
            &[
                "Calc(select=[a + 3 AS EXPR$0, FALSE AS EXPR$1], where=[a > 5])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn constant_rows_are_computed() {
        assert_tree(
            "SELECT x + 1, y FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y)",
            &["fold_constants"],
            &["Values(tuples=[[{ 2, 'a' }, { 3, 'b' }]])"],
        );
    }

    #[test]
    fn what_cannot_be_computed_stays() {
        assert_tree(
            "SELECT CAST('x' AS INT), RAND() FROM t",
            &["fold_constants"],
            &[
                "Calc(select=[CAST('x' AS INT) AS EXPR$0, RAND() AS EXPR$1])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }
}
