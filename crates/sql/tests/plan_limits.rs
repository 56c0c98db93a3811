//! Statements that grow without bound when views and WITH are written out, or that nest deep: refused, not overflowing.

use millstream_sql::config::Configuration;
use millstream_sql::plan::Scan;
use millstream_sql::session::{Action, Environment, Session};
use millstream_sql::syntax::parse;
use millstream_sql::{Error, Result};

struct Files;

impl Environment for Files {
    fn is_bounded(&self, _: &Scan, _: &Configuration) -> Result<bool> {
        Ok(true)
    }

    fn describe(&self, _: &Scan, _: &Configuration) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

fn run(session: &mut Session, sql: &str) -> Result<Option<Action>> {
    let statements = parse(sql).map_err(|error| Error::invalid(error.to_string()))?;
    let mut last = None;
    for statement in &statements {
        last = Some(session.plan(statement, &Files)?);
    }
    Ok(last)
}

fn session() -> Session {
    let mut session = Session::new();
    assert!(run(&mut session, "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'file')").is_ok());
    session
}

#[test]
fn with_cannot_double_itself_for_ever() {
    let mut sql = "WITH w0 AS (SELECT a FROM t)".to_owned();
    for i in 1..40 {
        let before = i - 1;
        sql.push_str(&format!(", w{i} AS (SELECT a FROM w{before} UNION ALL SELECT a FROM w{before})"));
    }
    let error = run(&mut session(), &format!("{sql} SELECT a FROM w39")).unwrap_err();
    assert!(error.message.contains("too big"), "{error}");
}

#[test]
fn expressions_do_not_double_through_views() {
    let mut session = session();
    run(&mut session, "CREATE VIEW v0 AS SELECT a FROM t").unwrap();
    for i in 1..30 {
        let before = i - 1;
        run(&mut session, &format!("CREATE VIEW v{i} AS SELECT a + a AS a FROM v{before}")).unwrap();
    }
    let Some(Action::Query(plan)) = run(&mut session, "SELECT a FROM v29 WHERE a > 1").unwrap() else {
        panic!("no query");
    };
    assert!(plan.node_count() < 100);
    let error = run(
        &mut session,
        &(30..60).map(|i| format!("CREATE VIEW v{i} AS SELECT a FROM v{};", i - 1)).collect::<String>(),
    )
    .unwrap_err();
    assert!(error.message.contains("views read views"), "{error}");
}

/// A sub-query as high as can be: each of its clauses is a node.
fn nested(depth: usize) -> String {
    let before = "SELECT DISTINCT a + 1 AS a FROM (".repeat(depth);
    let after = ") AS q WHERE a > 1 GROUP BY a HAVING COUNT(*) > 1 ORDER BY a LIMIT 3".repeat(depth);
    format!("{before}SELECT a FROM t{after}")
}

#[test]
fn sub_queries_nest_only_so_deep() {
    assert!(run(&mut session(), &nested(20)).is_ok());
    let error = run(&mut session(), &nested(45)).unwrap_err();
    assert!(error.message.contains("too big"), "{error}");
    let error = run(&mut session(), &nested(60)).unwrap_err();
    assert!(error.message.contains("nested"), "{error}");
}

#[test]
fn views_on_views_stay_in_bounds() {
    let mut session = session();
    run(&mut session, "CREATE VIEW v0 AS SELECT a FROM t").unwrap();
    let mut refused = None;
    for i in 1..40 {
        let inner = nested(4).replace("FROM t", &format!("FROM v{}", i - 1));
        if let Err(error) = run(&mut session, &format!("CREATE VIEW v{i} AS {inner}")) {
            refused = Some(error);
            break;
        }
    }
    assert!(refused.is_some_and(|error| error.message.contains("too big")));
}

#[test]
fn long_lists_are_no_depth() {
    let many = vec!["SELECT a FROM t"; 2000].join(" UNION ALL ");
    assert!(run(&mut session(), &many).is_ok());
    let terms: Vec<String> = (0..5000).map(|i| format!("a = {i}")).collect();
    assert!(run(&mut session(), &format!("SELECT a FROM t WHERE {}", terms.join(" OR "))).is_ok());
    let rows: Vec<String> = (0..20_000).map(|i| format!("({i}, 'x')")).collect();
    assert!(run(&mut session(), &format!("SELECT * FROM (VALUES {}) AS v(a, b)", rows.join(", "))).is_ok());
}
