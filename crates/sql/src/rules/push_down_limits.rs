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
        Node::Scan(scan) => scan.limit = Some(scan.limit.map_or(rows, |limit| limit.min(rows))),
        Node::Project { input, .. } | Node::Correlate { input, left: true, .. } => limit(input, rows),
        Node::UnionAll { inputs } => inputs.iter_mut().for_each(|input| limit(input, rows)),
        Node::Sort { .. }
        | Node::Filter { .. }
        | Node::Aggregate { .. }
        | Node::Correlate { .. }
        | Node::Values(_) => {}
    }
}
