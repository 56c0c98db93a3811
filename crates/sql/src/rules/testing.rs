//! What a rule makes of a query: for the tests of the rules.

use jiff::tz::TimeZone;

use super::{RULES, RuleContext};
use crate::explain::optimized_tree;
use crate::plan::Plan;
use crate::session::{Environment, Session};
use crate::syntax::ast::StatementKind;
use crate::syntax::parse;

const TABLES: &str = "
    CREATE TABLE t (a INT NOT NULL, b STRING, r ROW<x INT, y ROW<z STRING, w INT>>, ar ARRAY<INT>) WITH ('connector' = 'file');
    CREATE TABLE u (a INT, b STRING) WITH ('connector' = 'file')";

struct Nothing;

impl Environment for Nothing {
    fn is_bounded(&self, _: &crate::plan::Scan, _: &crate::config::Configuration) -> crate::Result<bool> {
        Ok(true)
    }

    fn describe(
        &self,
        _: &crate::plan::Scan,
        _: &crate::config::Configuration,
    ) -> crate::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// The plan of a query as written.
pub(super) fn plan(sql: &str) -> Plan {
    let mut session = Session::new();
    for statement in parse(TABLES).unwrap() {
        session.plan(&statement, &Nothing).unwrap();
    }
    match &parse(sql).unwrap()[0].kind {
        StatementKind::Query(query) => session.bind_definition(query).unwrap(),
        other => panic!("no query: {other:?}"),
    }
}

/// The plan with some rules applied, in this order.
pub(super) fn rewritten(plan: Plan, rules: &[&str]) -> Plan {
    let context = RuleContext { time_zone: TimeZone::UTC };
    rules.iter().fold(plan, |plan, name| {
        let rule = RULES.iter().find(|rule| rule.name == *name).unwrap();
        (rule.apply)(plan, &context).unwrap()
    })
}

/// Asserts what a query's tree is after some rules, in this order. The last one must be idempotent.
pub(super) fn assert_tree(sql: &str, rules: &[&str], lines: &[&str]) {
    let once = rewritten(plan(sql), rules);
    let twice = rewritten(once.clone(), &rules[rules.len() - 1..]);
    assert_eq!(once, twice, "{} is not idempotent", rules[rules.len() - 1]);
    let tree = optimized_tree(&once);
    assert_eq!(tree.lines().collect::<Vec<_>>(), lines, "{sql}");
}

/// A column of the table `u` is selected by one Calc that shows as `calc`.
pub(super) fn assert_calc(select: &str, rule: &str, calc: &str) {
    let scan = "+- TableSourceScan(table=[[default_catalog, default_database, u]], fields=[a, b])";
    assert_tree(&format!("SELECT {select} AS v FROM u"), &[rule], &[calc, scan]);
}
