//! Projections that hand on their input as it is, sorts of no keys and no limit, and unions of unions.

use millstream_expr::{Expr, ExprKind};

use super::RuleContext;
use crate::error::Result;
use crate::plan::{Node, Plan};

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |plan| Ok(collapse(plan)))
}

fn collapse(plan: Plan) -> Plan {
    let Plan { node, schema } = plan;
    match node {
        Node::Project { input, expressions }
            if is_identity(&expressions, input.schema.len()) && same_names(&schema, &input.schema) =>
        {
            *input
        }
        Node::Sort { input, keys, offset: 0, fetch: None } if keys.is_empty() => *input,
        Node::UnionAll { inputs } if inputs.iter().any(|i| matches!(i.node, Node::UnionAll { .. })) => {
            let inputs = inputs
                .into_iter()
                .flat_map(|input| match input.node {
                    Node::UnionAll { inputs } => inputs,
                    _ => vec![input],
                })
                .collect();
            Plan { node: Node::UnionAll { inputs }, schema }
        }
        node => Plan { node, schema },
    }
}

fn is_identity(expressions: &[Expr], width: usize) -> bool {
    expressions.len() == width
        && expressions.iter().enumerate().all(|(i, e)| matches!(e.kind, ExprKind::Column(c) if c == i))
}

fn same_names(a: &[millstream_expr::Field], b: &[millstream_expr::Field]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.name == y.name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn what_changes_nothing_goes() {
        assert_tree(
            "SELECT a, b FROM (SELECT a, b FROM t)",
            &["push_down_projections", "collapse_nodes"],
            &["TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b])"],
        );
        assert_tree(
            "SELECT a FROM t UNION ALL (SELECT a FROM u UNION ALL SELECT a FROM t)",
            &["push_down_projections", "collapse_nodes"],
            &[
                "Union(all=[true], union=[a])",
                ":- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a])",
                ":- TableSourceScan(table=[[default_catalog, default_database, u]], fields=[a])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a])",
            ],
        );
    }

    #[test]
    fn names_count() {
        assert_tree(
            "SELECT a AS b, b AS a FROM u",
            &["collapse_nodes"],
            &[
                "Calc(select=[a AS b, b AS a])",
                "+- TableSourceScan(table=[[default_catalog, default_database, u]], fields=[a, b])",
            ],
        );
    }
}
