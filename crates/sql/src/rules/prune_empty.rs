//! What can give no rows is taken away: filters that are never TRUE, LIMIT 0, and what stands over them.
//!
//! A global aggregation of nothing stays: over a finished table it gives a row.

use super::RuleContext;
use super::expression::{conjuncts, is_boolean, is_null};
use crate::error::Result;
use crate::plan::{Node, Plan};

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |plan| Ok(prune(plan)))
}

fn prune(plan: Plan) -> Plan {
    match &plan.node {
        Node::Filter { input, predicate } => {
            let never = conjuncts(predicate.clone()).iter().any(|t| is_boolean(t, false) || is_null(t));
            if never || is_empty(input) {
                return empty(plan);
            }
        }
        Node::Scan(scan) => {
            let terms = scan.predicate.clone().map(conjuncts).unwrap_or_default();
            if scan.limit == Some(0) || terms.iter().any(|t| is_boolean(t, false) || is_null(t)) {
                return empty(plan);
            }
        }
        Node::Project { input, .. } | Node::Correlate { input, .. } | Node::Lookup { input, .. }
            if is_empty(input) =>
        {
            return empty(plan);
        }
        Node::Aggregate { input, keys, .. } if is_empty(input) && !keys.is_empty() => return empty(plan),
        Node::Sort { input, fetch, .. } if is_empty(input) || *fetch == Some(0) => return empty(plan),
        Node::UnionAll { inputs } if inputs.iter().any(is_empty) => return without_empty(plan),
        _ => {}
    }
    plan
}

fn is_empty(plan: &Plan) -> bool {
    matches!(&plan.node, Node::Values(rows) if rows.is_empty())
}

fn empty(plan: Plan) -> Plan {
    Plan { node: Node::Values(Vec::new()), schema: plan.schema }
}

/// A union of the inputs that are not empty. A single one goes on under the union's column names.
fn without_empty(plan: Plan) -> Plan {
    let Plan { node: Node::UnionAll { inputs }, schema } = plan else { return plan };
    let mut left: Vec<Plan> = inputs.into_iter().filter(|input| !is_empty(input)).collect();
    match (left.len(), left.pop()) {
        (1, Some(only)) => {
            let columns: Vec<_> = schema
                .iter()
                .enumerate()
                .filter_map(|(index, field)| Some((field.name.clone(), only.column(index)?)))
                .collect();
            Plan { schema, ..Plan::project(only, columns) }
        }
        (_, Some(last)) => {
            left.push(last);
            Plan { node: Node::UnionAll { inputs: left }, schema }
        }
        (_, None) => Plan { node: Node::Values(Vec::new()), schema },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn nothing_gives_nothing() {
        assert_tree(
            "SELECT b, COUNT(*) FROM t WHERE 1 = 2 GROUP BY b",
            &["fold_constants", "prune_empty"],
            &["Values(tuples=[[]])"],
        );
        assert_tree("SELECT a FROM t LIMIT 0", &["fold_constants", "prune_empty"], &["Values(tuples=[[]])"]);
        assert_tree(
            "SELECT a FROM t UNION ALL SELECT a FROM u WHERE FALSE",
            &["fold_constants", "prune_empty"],
            &[
                "Calc(select=[a])",
                "+- Calc(select=[a])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn a_global_count_of_nothing_stays() {
        assert_tree(
            "SELECT COUNT(*) FROM t WHERE 1 = 2",
            &["fold_constants", "prune_empty"],
            &[
                "Calc(select=[EXPR$0])",
                "+- GroupAggregate(select=[COUNT(*) AS EXPR$0])",
                "   +- Values(tuples=[[]])",
            ],
        );
    }
}
