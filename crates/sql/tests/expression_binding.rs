//! What binding makes of expressions: their errors with places, groups, folding, and sizes without bound.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

use millstream_expr::types::{DataType, Field, Kind};
use millstream_expr::{Expr, ExprKind, Value};
use millstream_sql::bind::expression::{Aggregates, BindContext, ExpressionBinder, Scope, fold_constants};
use millstream_sql::syntax::ast::{self, QueryBody, SelectItem, StatementKind};
use millstream_sql::syntax::parse;
use millstream_sql::{Error, ErrorKind};

fn context() -> BindContext {
    BindContext {
        time_zone: jiff::tz::TimeZone::UTC,
        database: "default_database".into(),
        modules: [millstream_expr::functions::Module::Core].into(),
    }
}

fn scope() -> Scope {
    let location = DataType::row([
        Field::new("city", DataType::string()),
        Field::new("zip", DataType::not_null(Kind::Int)),
    ]);
    Scope::relation(
        vec!["logins".into()],
        &[
            Field::new("user", DataType::not_null(Kind::VarChar { length: 20 })),
            Field::new("tries", DataType::new(Kind::Int)),
            Field::new("price", DataType::new(Kind::Decimal { precision: 10, scale: 2 })),
            Field::new("born", DataType::not_null(Kind::Date)),
            Field::new("location", location),
        ],
    )
}

fn syntax(sql: &str) -> ast::Expr {
    let statements = parse(sql).unwrap();
    let StatementKind::Query(query) = &statements[0].kind else { panic!("no query") };
    let QueryBody::Select(select) = &query.body else { panic!("no SELECT") };
    let SelectItem::Expr { expr, .. } = &select.items[0] else { panic!("no expression") };
    expr.clone()
}

fn bind(text: &str) -> Result<Expr, Error> {
    ExpressionBinder::new(&scope(), &context(), "SELECT").bind(&syntax(&format!("SELECT {text}")))
}

/// The message of the error and what it marks.
fn refused(text: &str) -> (String, String) {
    let sql = format!("SELECT {text}");
    let error = bind(text).unwrap_err();
    (error.message.clone(), error.span.map(|span| span.slice(&sql).to_owned()).unwrap_or_default())
}

#[test]
fn errors_name_the_thing_and_mark_its_place() {
    let cases = [
        ("1 + usr", "column 'usr' not found in table 'logins'; did you mean 'user'?", "usr"),
        ("REGEX(`user`)", "function 'REGEX' not found; did you mean 'REGEXP'?", "REGEX"),
        ("tries = `user`", "operator = does not take (INT, VARCHAR(20) NOT NULL)", "tries = `user`"),
        (
            "1 + location.cty",
            "field 'cty' not found in ROW<`city` STRING, `zip` INT NOT NULL>; did you mean 'city'?",
            "cty",
        ),
        ("tries AND TRUE", "AND joins BOOLEANs, not INT", "tries"),
        ("CAST(born AS INT)", "a value of type DATE NOT NULL cannot be cast to INT", "CAST(born AS INT)"),
        (
            "CAST(tries AS TIMESTAMP)",
            "use TO_TIMESTAMP(FROM_UNIXTIME(n)), where n counts seconds",
            "CAST(tries AS TIMESTAMP)",
        ),
        ("COUNT(*) + 1", "aggregate function COUNT cannot stand in SELECT", "COUNT(*)"),
        (
            "DATE '2024-02-30'",
            "'2024-02-30' is no DATE; it is written like DATE '2024-01-31'",
            "DATE '2024-02-30'",
        ),
        ("CASE WHEN tries THEN 1 END", "a condition of CASE must be a BOOLEAN, not INT", "tries"),
        ("tries IN (SELECT 1)", "a sub-query in an expression cannot run yet", "tries IN (SELECT 1)"),
    ];
    for (text, message, place) in cases {
        let (found, marked) = refused(text);
        assert!(found.contains(message), "{text}: {found}");
        assert_eq!(marked, place, "{text}");
    }
}

#[test]
fn what_cannot_run_yet_is_not_called_wrong() {
    assert_eq!(bind("EXISTS (SELECT 1)").unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(bind("SUM(tries) OVER ()").unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(bind("tries = nothing").unwrap_err().kind, ErrorKind::Invalid);
}

#[test]
fn aggregates_are_collected_once_and_stand_behind_the_keys() {
    let (scope, context) = (scope(), context());
    let mut aggregates = Aggregates::new(scope.width(), true);
    let mut bound = |text: &str| {
        ExpressionBinder::with_aggregates(&scope, &context, &mut aggregates, "SELECT")
            .bind(&syntax(&format!("SELECT {text}")))
            .unwrap()
    };
    let key = bound("CASE WHEN tries > 3 THEN 'many' ELSE 'few' END");
    let item =
        bound("CASE WHEN tries > 3 THEN 'many' ELSE 'few' END IS NULL AND COUNT(*) > 1 AND COUNT(*) < 9");
    let sum = bound("SUM(tries) FILTER (WHERE price > 1)");
    let column = bound("tries IS NULL");
    assert_eq!(aggregates.calls().len(), 2, "COUNT(*) is collected once");
    assert_eq!(sum.data_type.to_string(), "INT", "a filter may leave nothing to sum");

    let keys = [key];
    let item = aggregates.over_groups(item, &keys, &scope).unwrap();
    assert_eq!(item.columns(), [0, 1]);
    assert_eq!(aggregates.over_groups(sum, &keys, &scope).unwrap().kind, ExprKind::Column(2));
    let error = aggregates.over_groups(column, &keys, &scope).unwrap_err();
    assert_eq!(error.message, "column 'tries' must be in GROUP BY or inside an aggregate function");
}

#[test]
fn an_aggregate_over_no_rows_may_be_null() {
    let (scope, context) = (scope(), context());
    let mut global = Aggregates::new(scope.width(), false);
    let mut bound = |text: &str| {
        ExpressionBinder::with_aggregates(&scope, &context, &mut global, "SELECT")
            .bind(&syntax(&format!("SELECT {text}")))
            .map(|expr| expr.data_type.to_string())
    };
    assert_eq!(bound("COUNT(*)").unwrap(), "BIGINT NOT NULL");
    assert_eq!(bound("MAX(born)").unwrap(), "DATE");
    assert!(bound("MAX(COUNT(*))").unwrap_err().message.contains("cannot stand in an aggregate function"));
}

#[test]
fn constants_fold_and_failing_ones_wait_for_a_row() {
    let folded = |text: &str| fold_constants(bind(text).unwrap(), &context().time_zone);
    assert_eq!(folded("CAST('12' AS INT)").as_literal(), Some(&Value::Int(12)));
    assert_eq!(folded("1 = 2 AND tries > 3").as_literal(), Some(&Value::Boolean(false)));
    assert_eq!(folded("1 = 1 AND tries > 3"), folded("tries > 3"));
    assert_eq!(folded("CASE WHEN 1 = 2 THEN `user` ELSE 'x' END").as_literal(), Some(&Value::from("x")));
    assert!(matches!(folded("CAST('x' AS INT)").kind, ExprKind::Cast { .. }));
}

#[test]
fn a_string_compared_with_a_date_is_read_as_one() {
    assert!(bind("born = '2024-01-31'").unwrap().children()[1].as_literal() == Some(&Value::Date(19_753)));
    let nullable = bind("born = `user`").unwrap();
    assert_eq!(nullable.data_type.to_string(), "BOOLEAN NOT NULL");
}

#[test]
fn long_lists_and_chains_do_not_nest() {
    let members: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let list = bind(&format!("tries IN ({}, NULL)", members.join(", "))).unwrap();
    assert_eq!(list.children().len(), 10_002);
    assert_eq!(list.data_type.to_string(), "BOOLEAN");

    let chain: Vec<String> = (0..10_000).map(|n| format!("tries = {n}")).collect();
    let chain = bind(&chain.join(" OR ")).unwrap();
    assert_eq!(chain.children().len(), 10_000);
    assert_eq!(fold_constants(chain, &context().time_zone).children().len(), 10_000);
}

#[test]
fn the_deepest_expression_the_parser_takes_binds() {
    let deepest = (1..400)
        .rev()
        .find(|depth| parse(&format!("SELECT {}TRUE{}", "NOT (".repeat(*depth), ")".repeat(*depth))).is_ok())
        .unwrap();
    assert!(deepest > 50);
    let bound = bind(&format!("{}TRUE{}", "NOT (".repeat(deepest), ")".repeat(deepest))).unwrap();
    assert_eq!(bound.data_type.to_string(), "BOOLEAN NOT NULL");
}
