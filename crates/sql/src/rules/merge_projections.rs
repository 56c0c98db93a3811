//! A projection of a projection becomes one, unless that would compute something twice.

use millstream_expr::{Expr, ExprKind};

use super::RuleContext;
use super::expression::{has_random, is_trivial, size, substitute};
use crate::error::Result;
use crate::plan::{Node, Plan};

/// Expressions are not merged beyond this many nodes.
const EXPRESSION_SIZE_MAX: usize = 1000;

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |plan| Ok(merge(plan)))
}

fn merge(plan: Plan) -> Plan {
    let Plan { node: Node::Project { input, expressions }, schema } = plan else { return plan };
    match input.node {
        Node::Project { input: inner_input, expressions: inner } if may_merge(&expressions, &inner) => {
            let merged: Vec<Expr> =
                expressions.iter().map(|expression| substitute(expression.clone(), &inner)).collect();
            if merged.iter().map(size).sum::<usize>() > EXPRESSION_SIZE_MAX {
                let inner = Node::Project { input: inner_input, expressions: inner };
                let input = Box::new(Plan { node: inner, schema: input.schema });
                return Plan { node: Node::Project { input, expressions }, schema };
            }
            Plan { node: Node::Project { input: inner_input, expressions: merged }, schema }
        }
        _ => Plan { node: Node::Project { input, expressions }, schema },
    }
}

/// Whether each inner expression that is work is used at most once, and none that is drawn by chance would come to be
/// computed for fewer rows.
fn may_merge(outer: &[Expr], inner: &[Expr]) -> bool {
    let mut uses = vec![0_usize; inner.len()];
    for expression in outer {
        count_columns(expression, &mut uses);
    }
    inner.iter().zip(&uses).all(|(expression, count)| {
        is_trivial(expression)
            || (*count <= 1 && (!has_random(expression) || is_moved_whole(outer, inner, expression)))
    })
}

/// Whether an outer expression is nothing but the column of this inner one.
fn is_moved_whole(outer: &[Expr], inner: &[Expr], expression: &Expr) -> bool {
    outer.iter().any(|e| match e.kind {
        ExprKind::Column(index) => inner.get(index).is_some_and(|found| std::ptr::eq(found, expression)),
        _ => false,
    })
}

fn count_columns(expression: &Expr, uses: &mut [usize]) {
    if let ExprKind::Column(index) = expression.kind
        && let Some(count) = uses.get_mut(index)
    {
        *count += 1;
    }
    for child in expression.children() {
        count_columns(child, uses);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn two_become_one() {
        assert_tree(
            "SELECT x + 1 AS y FROM (SELECT a * 2 AS x, b FROM t)",
            &["merge_projections"],
            &[
                "Calc(select=[a * 2 + 1 AS y])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn work_is_not_done_twice() {
        assert_tree(
            "SELECT x + x FROM (SELECT a * 2 AS x FROM t)",
            &["merge_projections"],
            &[
                "Calc(select=[x + x AS EXPR$0])",
                "+- Calc(select=[a * 2 AS x])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT x, x FROM (SELECT RAND() AS x FROM t)",
            &["merge_projections"],
            &[
                "Calc(select=[x, x AS x0])",
                "+- Calc(select=[RAND() AS x])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT x FROM (SELECT RAND() AS x FROM t)",
            &["merge_projections"],
            &[
                "Calc(select=[RAND() AS x])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }
}
