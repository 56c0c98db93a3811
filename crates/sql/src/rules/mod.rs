//! Rewriting: a short list of named rules that make a plan do less work for the same rows.
//!
//! Each rule is a function of the whole plan, in a file of its own. They run in the order of [`RULES`],
//! over and over until none changes anything (or [`ROUNDS_MAX`] is reached: each round leaves a
//! plan that is right).
//!
//! Invariants:
//! - The output columns keep their names, kinds and order.
//! - A predicate that can fail is never decided for a row that it would not have seen before: the order of AND is
//!   kept, and only what cannot fail moves past a predicate that stays.
//! - What is drawn by chance (RAND, UUID) is computed as often as before, and for the same rows.
//! - Each rule is idempotent, and none undoes another.

mod collapse_nodes;
mod expression;
mod fold_constants;
mod merge_projections;
mod prune_empty;
mod push_down_filters;
mod push_down_limits;
mod push_down_projections;
mod seen;
mod simplify_comparisons;
mod simplify_null_tests;
mod simplify_predicates;
#[cfg(test)]
mod testing;

use jiff::tz::TimeZone;

use crate::error::Result;
use crate::plan::Plan;

pub(crate) use expression::{call, conjunction, conjuncts, has_random, is_true};

/// What rules may depend on besides the plan.
#[derive(Clone, Debug)]
pub struct RuleContext {
    /// The session's time zone.
    pub time_zone: TimeZone,
}

/// A rule with its name.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its name, as the file that holds it.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    apply: fn(Plan, &RuleContext) -> Result<Plan>,
}

/// The rules in the order in which they run.
pub const RULES: &[Rule] = &[
    Rule {
        name: "fold_constants",
        summary: "expressions without columns are computed once",
        apply: fold_constants::apply,
    },
    Rule {
        name: "simplify_comparisons",
        summary: "what is compared with itself, and a sum with 0, is not computed",
        apply: simplify_comparisons::apply,
    },
    Rule {
        name: "simplify_predicates",
        summary: "TRUE, FALSE, repeated terms and chains of OR are made short",
        apply: simplify_predicates::apply,
    },
    Rule {
        name: "simplify_null_tests",
        summary: "what is NULL where its arguments are is not computed for IS NULL",
        apply: simplify_null_tests::apply,
    },
    Rule {
        name: "merge_projections",
        summary: "a projection of a projection becomes one",
        apply: merge_projections::apply,
    },
    Rule {
        name: "push_down_filters",
        summary: "predicates move towards the scans, and into them",
        apply: push_down_filters::apply,
    },
    Rule { name: "prune_empty", summary: "what can give no rows is taken away", apply: prune_empty::apply },
    Rule {
        name: "push_down_projections",
        summary: "only the columns and nested fields that are wanted are read",
        apply: push_down_projections::apply,
    },
    Rule {
        name: "collapse_nodes",
        summary: "projections and sorts that change nothing are taken away",
        apply: collapse_nodes::apply,
    },
    Rule {
        name: "push_down_limits",
        summary: "a scan stops once a LIMIT has its rows",
        apply: push_down_limits::apply,
    },
];

/// How often the list is gone through at the most.
pub const ROUNDS_MAX: usize = 10;

/// The plan with all rules applied.
///
/// # Errors
/// When a constant part of the plan cannot be computed.
pub fn optimize(plan: Plan, context: &RuleContext) -> Result<Plan> {
    let mut plan = plan;
    for _ in 0..ROUNDS_MAX {
        let before = plan.clone();
        for rule in RULES {
            plan = (rule.apply)(plan, context)?;
        }
        if plan == before {
            break;
        }
    }
    Ok(plan)
}
