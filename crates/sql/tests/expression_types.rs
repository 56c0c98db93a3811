//! The types of expressions, as Flink derives them: `expressions/types.txt` has a line for each, `expression | type`, with what
//! Apache Flink 2.1 answered; `refused` stands for what it does not validate.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::path::Path;

use millstream_expr::types::DataType;
use millstream_sql::bind::expression::{BindContext, ExpressionBinder, Scope, fold_constants};
use millstream_sql::syntax::ast::{Expr, QueryBody, SelectItem, StatementKind};
use millstream_sql::syntax::parse;

fn context() -> BindContext {
    BindContext {
        time_zone: jiff::tz::TimeZone::UTC,
        database: "default_database".into(),
        modules: [millstream_expr::functions::Module::Core].into(),
    }
}

fn expression(text: &str) -> Result<Expr, String> {
    let statements = parse(&format!("SELECT {text}")).map_err(|error| error.to_string())?;
    let [statement] = statements.as_slice() else { return Err("not one statement".to_owned()) };
    let StatementKind::Query(query) = &statement.kind else { return Err("no query".to_owned()) };
    let QueryBody::Select(select) = &query.body else { return Err("no SELECT".to_owned()) };
    match select.items.as_slice() {
        [SelectItem::Expr { expr, .. }] => Ok(expr.clone()),
        _ => Err("not one expression".to_owned()),
    }
}

fn type_of(text: &str) -> Result<DataType, String> {
    let scope = Scope::empty();
    let context = context();
    let expr = expression(text)?;
    let bound =
        ExpressionBinder::new(&scope, &context, "SELECT").bind_typed(&expr).map_err(|error| error.message)?;
    let folded = fold_constants(bound.clone(), &context.time_zone);
    assert_eq!(folded.data_type, bound.data_type, "folding changed the type of {text}");
    Ok(bound.data_type.as_result())
}

#[test]
fn expressions_have_the_types_of_flink() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expressions/types.txt");
    let cases = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for (number, line) in cases.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (text, wanted) =
            line.rsplit_once(" | ").unwrap_or_else(|| panic!("line {}: no type", number + 1));
        let found = type_of(text.trim_end());
        let agrees = match &found {
            Ok(data_type) => data_type.to_string() == wanted,
            Err(_) => wanted == "refused",
        };
        if !agrees {
            wrong.push(format!("line {}: {text}: {found:?}, in Flink {wanted}", number + 1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
