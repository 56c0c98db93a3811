//! EXPLAIN: the plan as written, the plan as it runs, and the way of the data.

mod expression;
mod tree;
mod value;

use crate::config::Configuration;
use crate::error::{Error, Result};
use crate::plan::{Insert, Plan};
use crate::session::Environment;
use crate::syntax::ast::ExplainDetail;
use tree::{Details, Style, insert_tree, plan_tree};

/// What is explained, as written and optimised.
pub(crate) enum Explained {
    /// A query.
    Query {
        /// As written.
        written: Box<Plan>,
        /// As it runs.
        optimized: Box<Plan>,
    },
    /// The inserts of one job.
    Inserts {
        /// As written.
        written: Vec<Insert>,
        /// As they run.
        optimized: Vec<Insert>,
    },
}

/// A plan as it runs, as EXPLAIN prints it.
#[cfg(test)]
pub(crate) fn optimized_tree(plan: &Plan) -> String {
    plan_tree(plan, Style::Optimized, Details::default())
}

/// The text of EXPLAIN.
///
/// # Errors
/// When a detail is asked for that there is none of, or a connector refuses a scan.
pub(crate) fn explain(
    explained: &Explained,
    details: &[ExplainDetail],
    config: &Configuration,
    environment: &dyn Environment,
) -> Result<String> {
    let mut shown = Details::default();
    for detail in details {
        match detail {
            ExplainDetail::ChangelogMode => shown.changelog_mode = true,
            ExplainDetail::EstimatedCost => {
                return Err(Error::unsupported(
                    "EXPLAIN ESTIMATED_COST: there are no statistics, so costs are not estimated",
                ));
            }
            ExplainDetail::JsonExecutionPlan => {
                return Err(Error::unsupported("EXPLAIN JSON_EXECUTION_PLAN: there is no Flink job graph"));
            }
            ExplainDetail::PlanAdvice => {
                return Err(Error::unsupported("EXPLAIN PLAN_ADVICE: there is no advice to give"));
            }
        }
    }
    let mut out = String::from("== Abstract Syntax Tree ==\n");
    match explained {
        Explained::Query { written, .. } => {
            out.push_str(&plan_tree(written, Style::Written, Details::default()));
        }
        Explained::Inserts { written, .. } => {
            let trees = written.iter().map(|i| insert_tree(i, Style::Written, Details::default()));
            out.push_str(&trees.collect::<Vec<_>>().join("\n"));
        }
    }
    out.push_str("\n== Optimized Physical Plan ==\n");
    let plans: Vec<&Plan> = match explained {
        Explained::Query { optimized, .. } => {
            out.push_str(&plan_tree(optimized, Style::Optimized, shown));
            vec![optimized]
        }
        Explained::Inserts { optimized, .. } => {
            let trees = optimized.iter().map(|i| insert_tree(i, Style::Optimized, shown));
            out.push_str(&trees.collect::<Vec<_>>().join("\n"));
            optimized.iter().map(|insert| &insert.query).collect()
        }
    };
    let mut way = String::new();
    for scan in plans.iter().flat_map(|plan| plan.scans()) {
        way.push_str(&format!("{}\n", scan.table.path));
        for line in environment.describe(scan, config)? {
            way.push_str(&format!("  {line}\n"));
        }
    }
    if !way.is_empty() {
        out.push_str("\n== The Way of the Data ==\n");
        out.push_str(&way);
    }
    Ok(out)
}
