//! Predicates move towards the scans, and into them.
//!
//! Through a projection a predicate goes with the projection's expressions in the place of its columns; through a
//! UNION ALL into every input; through an aggregation if it reads the grouping keys alone; through ORDER BY
//! without a limit; through UNNEST if it reads the left side alone. What arrives at a scan and depends on nothing
//! but the row becomes part of the scan's predicate.

use std::sync::Arc;

use millstream_expr::{Expr, Field};

use super::RuleContext;
use super::expression::{can_fail, conjunction, conjuncts, has_random, is_pure, size, substitute};
use crate::error::Result;
use crate::plan::{Node, Plan, Scan};

/// Terms that would grow beyond this many nodes by substitution stay where they are.
const TERM_SIZE_MAX: usize = 500;

pub(super) fn apply(plan: Plan, _: &RuleContext) -> Result<Plan> {
    Ok(push(plan, Vec::new()))
}

/// The plan with the terms, which are over its output columns, applied in their order as deep as can be.
fn push(plan: Plan, terms: Vec<Expr>) -> Plan {
    match plan.node {
        Node::Filter { input, predicate } => {
            let mut all = conjuncts(predicate);
            all.extend(terms);
            push(*input, all)
        }
        Node::Scan(scan) => push_into_scan(scan, plan.schema, terms),
        Node::Values(_) => filtered(plan, terms),
        Node::UnionAll { inputs } => push_into_union(inputs, plan.schema, terms),
        node => {
            let (below, above) = divided(&node, terms);
            filtered(push_into_input(Plan { node, schema: plan.schema }, below), above)
        }
    }
}

/// The terms that can go below a node with one input, over that input, and those that stay above it.
fn divided(node: &Node, terms: Vec<Expr>) -> (Vec<Expr>, Vec<Expr>) {
    match node {
        Node::Project { expressions, .. } => split(terms, |term| moved(term, expressions)),
        Node::Aggregate { keys, .. } => split(terms, |term| {
            // A term without columns says something about the groups, of which there may be one without rows.
            let columns = term.columns();
            let of_keys = !columns.is_empty() && columns.iter().all(|column| *column < keys.len());
            of_keys.then(|| moved(term, keys)).flatten()
        }),
        Node::Sort { offset: 0, fetch: None, .. } => {
            split(terms, |term| (!has_random(term)).then(|| term.clone()))
        }
        Node::Correlate { input, left, .. } => split(terms, |term| {
            let width = input.schema.len();
            let of_left = term.columns().iter().all(|column| *column < width) && !has_random(term);
            // Without LEFT a row of which nothing is made would not have been seen.
            (of_left && (*left || !can_fail(term))).then(|| term.clone())
        }),
        Node::Lookup { input, lookup } => split(terms, |term| {
            let width = input.schema.len();
            let of_left = term.columns().iter().all(|column| *column < width) && !has_random(term);
            (of_left && (lookup.left || !can_fail(term))).then(|| term.clone())
        }),
        _ => (Vec::new(), terms),
    }
}

/// The term with the expressions in the place of its columns, unless that draws by chance or grows too big.
fn moved(term: &Expr, columns: &[Expr]) -> Option<Expr> {
    let moved = substitute(term.clone(), columns);
    (!has_random(&moved) && size(&moved) <= TERM_SIZE_MAX).then_some(moved)
}

fn push_into_input(mut plan: Plan, terms: Vec<Expr>) -> Plan {
    if let Node::Project { input, .. }
    | Node::Aggregate { input, .. }
    | Node::Sort { input, .. }
    | Node::Correlate { input, .. }
    | Node::Lookup { input, .. } = &mut plan.node
    {
        let taken = std::mem::replace(input.as_mut(), Plan::single_row());
        **input = push(taken, terms);
    }
    plan
}

fn push_into_union(inputs: Vec<Plan>, schema: Arc<[Field]>, terms: Vec<Expr>) -> Plan {
    let (below, above) = split(terms, |term| (!has_random(term)).then(|| term.clone()));
    let inputs = inputs.into_iter().map(|input| push(input, below.clone())).collect();
    filtered(Plan { node: Node::UnionAll { inputs }, schema }, above)
}

fn push_into_scan(mut scan: Scan, schema: Arc<[Field]>, terms: Vec<Expr>) -> Plan {
    // A row that changes must be seen whole: what is left out in its new form would stay in its old one.
    if scan.limit.is_some() || scan.table.gives_changes() {
        return filtered(Plan { node: Node::Scan(scan), schema }, terms);
    }
    let output: Option<Vec<Expr>> = scan
        .output
        .iter()
        .map(|position| {
            let field = scan.fields.get(*position)?;
            Some(Expr::column(*position, field.data_type.clone()))
        })
        .collect();
    let (below, above) = split(terms, |term| {
        let moved = output.as_ref().map(|output| substitute(term.clone(), output));
        moved.filter(is_pure)
    });
    let mut all = scan.predicate.take().map(conjuncts).unwrap_or_default();
    all.extend(below);
    scan.predicate = conjunction(all);
    filtered(Plan { node: Node::Scan(scan), schema }, above)
}

/// The terms that `translate` can express below, and those that stay. A term that can fail goes
/// only if none before it stays.
fn split(terms: Vec<Expr>, translate: impl Fn(&Expr) -> Option<Expr>) -> (Vec<Expr>, Vec<Expr>) {
    let (mut below, mut above) = (Vec::new(), Vec::new());
    for term in terms {
        match translate(&term) {
            Some(moved) if above.is_empty() || !can_fail(&moved) => below.push(moved),
            _ => above.push(term),
        }
    }
    (below, above)
}

fn filtered(plan: Plan, terms: Vec<Expr>) -> Plan {
    match conjunction(terms) {
        Some(predicate) => Plan::filter(plan, predicate),
        None => plan,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_tree;

    #[test]
    fn through_projections_into_the_scan() {
        assert_tree(
            "SELECT x FROM (SELECT a + 1 AS x, b FROM t WHERE b <> '') WHERE x > 3",
            &["push_down_filters"],
            &[
                "Calc(select=[x])",
                "+- Calc(select=[a + 1 AS x, b])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t, filter=[b <> '' AND a + 1 > 3]]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn into_every_input_of_a_union() {
        assert_tree(
            "SELECT * FROM (SELECT a FROM t UNION ALL SELECT a FROM u) WHERE a > 3",
            &["push_down_filters"],
            &[
                "Calc(select=[a])",
                "+- Union(all=[true], union=[a])",
                "   :- Calc(select=[a])",
                "   :  +- TableSourceScan(table=[[default_catalog, default_database, t, filter=[a > 3]]], fields=[a, b, r, ar])",
                "   +- Calc(select=[a])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, u, filter=[a > 3]]], fields=[a, b])",
            ],
        );
    }

    #[test]
    fn keys_of_groups_only() {
        assert_tree(
            "SELECT * FROM (SELECT b, COUNT(*) AS n FROM t GROUP BY b) WHERE n > 1 AND b = 'k'",
            &["push_down_filters"],
            &[
                "Calc(select=[b, n])",
                "+- Calc(select=[b, n], where=[n > 1])",
                "   +- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS n])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t, filter=[b = 'k']]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn what_can_fail_stays_behind_its_guard() {
        assert_tree(
            "SELECT a FROM t, UNNEST(ar) AS e(x) WHERE x > 0 AND a > 1 AND 10 / a > 2",
            &["push_down_filters"],
            &[
                "Calc(select=[a], where=[x > 0 AND 10 / a > 2])",
                "+- Correlate(invocation=[UNNEST(ar)], select=[a, b, r, ar, x], joinType=[INNER])",
                "   +- TableSourceScan(table=[[default_catalog, default_database, t, filter=[a > 1]]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT * FROM (SELECT b, COUNT(*) AS n FROM t GROUP BY b) WHERE n > 1 AND CAST(b AS INT) > 1",
            &["push_down_filters"],
            &[
                "Calc(select=[b, n])",
                "+- Calc(select=[b, n], where=[n > 1 AND CAST(b AS INT) > 1])",
                "   +- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS n])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT * FROM (SELECT b, COUNT(*) AS n FROM t GROUP BY b) WHERE CAST(b AS INT) > 1 AND n > 1",
            &["push_down_filters"],
            &[
                "Calc(select=[b, n])",
                "+- Calc(select=[b, n], where=[n > 1])",
                "   +- GroupAggregate(groupBy=[b], select=[b, COUNT(*) AS n])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t, filter=[CAST(b AS INT) > 1]]], fields=[a, b, r, ar])",
            ],
        );
    }

    #[test]
    fn chance_and_limits_stop_it() {
        assert_tree(
            "SELECT a FROM t WHERE RAND() > 0.5 AND a > 1",
            &["push_down_filters"],
            &[
                "Calc(select=[a], where=[RAND() > 5E-1])",
                "+- TableSourceScan(table=[[default_catalog, default_database, t, filter=[a > 1]]], fields=[a, b, r, ar])",
            ],
        );
        assert_tree(
            "SELECT * FROM (SELECT a FROM t LIMIT 5) WHERE a > 1",
            &["push_down_filters"],
            &[
                "Calc(select=[a], where=[a > 1])",
                "+- Limit(offset=[0], fetch=[5])",
                "   +- Calc(select=[a])",
                "      +- TableSourceScan(table=[[default_catalog, default_database, t]], fields=[a, b, r, ar])",
            ],
        );
    }
}
