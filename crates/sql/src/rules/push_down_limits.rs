//! A scan stops once a LIMIT has its rows: through projections, unions, and UNNEST that keeps every row.

use super::RuleContext;
use crate::error::Result;
use crate::plan::{Node, Plan};

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    plan.transform_up(&mut |mut plan| {
        if let Node::Sort { input, keys, offset, fetch: Some(fetch) } = &mut plan.node
            && keys.is_empty()
        {
            limit(input, offset.saturating_add(*fetch));
        }
        Ok(plan)
    })
}

/// No more than `rows` rows of the plan are wanted.
fn limit(plan: &mut Plan, rows: u64) {
    match &mut plan.node {
        // The last change of a row may come last of all.
        Node::Scan(scan) if scan.table.gives_changes() => {}
        Node::Scan(scan) => scan.limit = Some(scan.limit.map_or(rows, |limit| limit.min(rows))),
        Node::Project { input, .. } | Node::Correlate { input, left: true, .. } => limit(input, rows),
        Node::Lookup { input, lookup } if lookup.left => limit(input, rows),
        Node::UnionAll { inputs } => inputs.iter_mut().for_each(|input| limit(input, rows)),
        Node::Sort { .. }
        | Node::Filter { .. }
        | Node::Aggregate { .. }
        | Node::Correlate { .. }
        | Node::Lookup { .. }
        | Node::Values(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn a_scan_stops() {
        assert_tree(
            "SELECT a + 1 FROM t LIMIT 5 OFFSET 2",
            &["push_down_projections", "collapse_nodes", "push_down_limits"],
            &[
                "Limit(offset=[2], fetch=[5])",
                "+- Calc(select=[a + 1 AS EXPR$0])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t, limit=[7]]], fields=[a])",
            ],
        );
        assert_tree(
            "SELECT a FROM t UNION ALL SELECT a FROM u LIMIT 3",
            &["push_down_projections", "collapse_nodes", "push_down_limits"],
            &[
                "Limit(offset=[0], fetch=[3])",
                "+- Union(all=[true], union=[a])",
                "   :- TableSourceScan(table=[[default_catalog, default_database, t, limit=[3]]], fields=[a])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, u, limit=[3]]], fields=[a])",
            ],
        );
        assert_tree(
            "SELECT e FROM t LEFT JOIN UNNEST(ar) AS q(e) ON TRUE LIMIT 4",
            &["push_down_projections", "collapse_nodes", "push_down_limits"],
            &[
                "Limit(offset=[0], fetch=[4])",
                "+- Calc(select=[e])",
                "   +- Correlate(invocation=[UNNEST(ar)], select=[ar, e], joinType=[LEFT])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t, limit=[4]]], fields=[ar])",
            ],
        );
    }

    #[test]
    fn not_past_what_drops_rows() {
        assert_tree(
            "SELECT e FROM t, UNNEST(ar) AS q(e) LIMIT 4",
            &["push_down_projections", "collapse_nodes", "push_down_limits"],
            &[
                "Limit(offset=[0], fetch=[4])",
                "+- Calc(select=[e])",
                "   +- Correlate(invocation=[UNNEST(ar)], select=[ar, e], joinType=[INNER])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[ar])",
            ],
        );
        assert_tree(
            "SELECT a FROM t ORDER BY a LIMIT 4",
            &["push_down_projections", "collapse_nodes", "push_down_limits"],
            &[
                "SortLimit(orderBy=[a ASC], offset=[0], fetch=[4])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a])",
            ],
        );
    }
}
