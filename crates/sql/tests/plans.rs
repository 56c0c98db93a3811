//! Statements and what the planner makes of them: each file of `plans/` is a script whose statements are
//! followed by what they give.
//!
//! A block is the SQL, a line `----`, and the text: rows, the text of EXPLAIN, `ok`, or an error with its place. Blocks are
//! parted by an empty line and a line `====`. `MILLSTREAM_WRITE_PLANS=1 cargo test` writes the texts anew; read the difference.

use std::fmt::Write;
use std::path::Path;

use millstream_expr::Value;
use millstream_sql::config::Configuration;
use millstream_sql::plan::Scan;
use millstream_sql::session::{Action, Environment, Session};
use millstream_sql::syntax::ast::LineColumn;
use millstream_sql::syntax::parse;
use millstream_sql::{Error, Result};

/// Tables whose connector is `endless` have no end; connector `unknown` is refused.
struct Outside;

impl Environment for Outside {
    fn is_bounded(&self, scan: &Scan, _: &Configuration) -> Result<bool> {
        match scan.options.get("connector").map(String::as_str) {
            Some("unknown") => Err(Error::invalid("there is no connector 'unknown'")),
            other => Ok(other != Some("endless")),
        }
    }

    fn describe(&self, scan: &Scan, _: &Configuration) -> Result<Vec<String>> {
        let read: Vec<String> = scan.fields.iter().map(|field| scan.field_name(field)).collect();
        Ok(vec![format!("reads {}", read.join(", "))])
    }
}

fn run(session: &mut Session, sql: &str) -> String {
    let statements = match parse(sql) {
        Ok(statements) => statements,
        Err(error) => return format!("syntax error: {error}\n"),
    };
    let mut out = String::new();
    for statement in &statements {
        match session.explain(statement, &Outside) {
            Ok(action) => out.push_str(&shown(&action)),
            Err(error) => {
                let place = error.span.map(|span| LineColumn::of(sql, span.start).to_string());
                let kind = format!("{:?}", error.kind).to_lowercase();
                let _ = writeln!(out, "{kind} error at {}: {error}", place.as_deref().unwrap_or("no place"));
            }
        }
    }
    out
}

fn shown(action: &Action) -> String {
    match action {
        Action::Done => "ok\n".to_owned(),
        Action::Explain(text) => text.clone(),
        Action::Rows(rows) => {
            let names: Vec<&str> = rows.schema.iter().map(|field| field.name.as_ref()).collect();
            let mut out = format!("{}\n", names.join(" | "));
            for row in &rows.rows {
                let cells: Vec<String> = row.iter().map(cell).collect();
                let _ = writeln!(out, "{}", cells.join(" | "));
            }
            out
        }
        other => format!("{other:?}\n"),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::String(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn plans_are_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let rewrite = std::env::var_os("MILLSTREAM_WRITE_PLANS").is_some();
    let mut wrong = String::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut session = Session::new();
        let mut written = Vec::new();
        for block in text.split("\n====\n") {
            let (sql, expected) = block.split_once("\n----\n").unwrap_or((block, ""));
            let given = run(&mut session, sql);
            if given.trim_end() != expected.trim_end() {
                let _ = writeln!(
                    wrong,
                    "{}:\n{sql}\n---- expected\n{expected}\n---- given\n{given}",
                    path.display()
                );
            }
            written.push(format!("{}\n----\n{}\n", sql.trim_end(), given.trim_end()));
        }
        if rewrite {
            std::fs::write(&path, written.join("\n====\n")).unwrap();
        }
    }
    assert!(rewrite || wrong.is_empty(), "{wrong}");
}
