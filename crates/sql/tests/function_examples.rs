//! Every example in the function registry gives the result that stands beside it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use jiff::tz::TimeZone;
use millstream_expr::functions::{Example, FORMS, Function, Module, REFUSED};
use millstream_expr::{CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Kind, Value};
use millstream_sql::bind::expression::{BindContext, ExpressionBinder, Scope, fold_constants};
use millstream_sql::syntax::ast::{ExprKind as Syntax, QueryBody, SelectItem, StatementKind};
use millstream_sql::syntax::parse;

/// 2024-02-29 12:34:56.789 UTC.
const CONTEXT: EvalContext = EvalContext { now_micros: 1_709_210_096_789_000, seed: 1 };

fn bound(text: &str) -> Result<Expr, String> {
    let statements = parse(&format!("SELECT {text}")).map_err(|error| error.to_string())?;
    let [statement] = statements.as_slice() else { return Err("not one statement".to_owned()) };
    let StatementKind::Query(query) = &statement.kind else { return Err("no query".to_owned()) };
    let QueryBody::Select(select) = &query.body else { return Err("no SELECT".to_owned()) };
    let [SelectItem::Expr { expr, .. }] = select.items.as_slice() else {
        return Err("not one expression".to_owned());
    };
    let context = BindContext {
        time_zone: TimeZone::UTC,
        database: "default_database".into(),
        modules: Module::ALL.into(),
    };
    let scope = Scope::empty();
    let mut binder = ExpressionBinder::new(&scope, &context, "SELECT");
    if let Syntax::Call(call) = &expr.kind
        && let Some(function) = Module::Blink.table_function(&call.name.last().value)
    {
        return binder.bind_table_function(function, call).map_err(|error| error.message);
    }
    binder.bind_typed(expr).map_err(|error| error.message)
}

/// What CAST to STRING prints for each of three rows, which must agree unless chance is in play.
fn printed(expr: Expr, columns: &[(Value, DataType)]) -> Result<String, String> {
    let arrays: Vec<_> = columns.iter().map(|(v, t)| v.to_array(t, 3).unwrap()).collect();
    let text = Expr::cast(expr, DataType::string(), CastMode::Fail);
    let evaluator = Evaluator::new(&[text], &TimeZone::UTC).map_err(|e| e.message)?;
    let column = evaluator.evaluate(&CONTEXT, &arrays, 3).map_err(|e| e.message)?.remove(0);
    let array = column.into_array(3).map_err(|e| e.message)?;
    match Value::from_array(&array, 0, &DataType::string()).map_err(|e| e.message)? {
        Value::String(text) => Ok(text.to_string()),
        _ => Ok("NULL".to_owned()),
    }
}

/// The expression with the constants of its calls made columns where the registry lets it: what is not folded must
/// come to the same.
fn over_columns(expr: &Expr) -> (Expr, Vec<(Value, DataType)>) {
    let mut columns = Vec::new();
    let lifted = expr.clone().transform(&mut |e| {
        Ok::<_, ()>(match e.kind {
            // Bare NULLs and words such as units stay: they are part of the form.
            ExprKind::Literal(value) if e.data_type.kind.is_numeric() || e.data_type.kind.is_datetime() => {
                columns.push((value, e.data_type.clone()));
                Expr::column(columns.len() - 1, e.data_type)
            }
            _ => e,
        })
    });
    (lifted.unwrap(), columns)
}

/// Every function of every module.
fn every() -> impl Iterator<Item = &'static Function> {
    Module::ALL.into_iter().flat_map(|module| module.functions().chain(module.table_functions()))
}

/// The examples of every entry of the registry and of every form that are no queries of their own: the cli runs those.
fn examples() -> impl Iterator<Item = &'static Example> {
    let forms = FORMS.iter().flat_map(|form| form.examples);
    every().flat_map(|function| function.examples).chain(forms).filter(|e| !e.0.starts_with("SELECT "))
}

#[test]
fn examples_give_what_they_say() {
    let mut failures = Vec::new();
    for example in examples() {
        let mut expect = |how: &str, found: Result<String, String>| {
            if found.as_deref() != Ok(example.1) {
                failures.push(format!("{} {how} gives {found:?}, not {}", example.0, example.1));
            }
        };
        let expr = match bound(example.0) {
            Ok(expr) => expr,
            Err(message) => {
                expect("bound", Err(message));
                continue;
            }
        };
        expect("folded", printed(fold_constants(expr.clone(), &TimeZone::UTC), &[]));
        let (lifted, columns) = over_columns(&expr);
        // A pattern or a count that must be a constant is refused as a column: that is no failure of the example.
        if let Ok(found) = printed(lifted, &columns) {
            expect("over columns", Ok(found));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_is_refused_is_refused_by_its_name() {
    let mut checked = 0;
    for (name, reason) in REFUSED.iter().flat_map(|refused| refused.names.iter().map(|n| (n, refused.reason)))
    {
        if !name.contains(' ') {
            assert_eq!(bound(&format!("`{name}`(1)")).err(), Some(format!("{name} {reason}")));
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} were refused");
}

#[test]
fn results_have_the_types_they_claim() {
    for example in examples() {
        let Ok(expr) = bound(example.0) else { continue };
        let evaluator = Evaluator::new(std::slice::from_ref(&expr), &TimeZone::UTC).unwrap();
        let column = evaluator.evaluate(&CONTEXT, &[], 2).unwrap().remove(0).into_array(2).unwrap();
        let claimed = expr.data_type.physical();
        assert_eq!(column.data_type(), &claimed, "{}", example.0);
        let nullable = expr.data_type.nullable || expr.data_type.kind == Kind::Null;
        assert!(nullable || column.null_count() == 0, "{} is NULL, and NOT NULL by its type", example.0);
    }
}
