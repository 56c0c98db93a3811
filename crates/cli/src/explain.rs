//! `explain`: the plan of each query; nothing runs.

use std::io::Write;

use millstream_connect::StandardConnectors;
use millstream_sql::session::{Action, Session};

use crate::args::ExplainArgs;
use crate::exit::{self, Exit};
use crate::output::{done_line, failed_line};
use crate::session::{ConnectorEnvironment, Failure};
use crate::statements;
use crate::{report, script};

/// Explains the scripts of the command line.
pub fn run(args: &ExplainArgs) -> Exit {
    let scripts = match script::read(&args.script) {
        Ok(scripts) => scripts,
        Err(error) => return exit::usage(&error.to_string()),
    };
    let texts: Vec<&str> = scripts.iter().map(|script| script.text.as_str()).collect();
    if args.syntax { syntax(&texts) } else { plans(args, &texts) }
}

/// A line of JSON for each statement: whether it parses.
fn syntax(texts: &[&str]) -> Exit {
    let mut lines = String::new();
    let mut all_well = true;
    let mut number = 0;
    for text in texts {
        for statement in statements::of(text) {
            number += 1;
            match statement {
                Ok(_) => lines.push_str(&done_line(number)),
                Err(failure) => {
                    all_well = false;
                    lines.push_str(&failed_line(number, &failure, text));
                }
            }
        }
    }
    print(&lines, all_well)
}

/// The plan of each query. Definitions before it are carried out, so that it finds its tables.
fn plans(args: &ExplainArgs, texts: &[&str]) -> Exit {
    let connectors = StandardConnectors::default();
    let environment = ConnectorEnvironment { connectors: &connectors };
    let mut session = Session::new();
    for (key, value) in &args.session.set {
        if let Err(error) = session.config.set(key, value) {
            return exit::usage(&format!("--set {key}: {}", error.message));
        }
    }
    let mut told = String::new();
    for text in texts {
        for statement in statements::of(text) {
            let explained = statement.and_then(|statement| {
                let sql = statement.span.slice(text).to_owned();
                Ok((sql, session.explain(&statement, &environment).map_err(Failure::from)?))
            });
            match explained {
                Ok((sql, Action::Explain(plan))) => {
                    if !told.is_empty() {
                        told.push('\n');
                    }
                    told.push_str(&format!("-- {}\n{}\n", sql.replace('\n', "\n-- "), plan.trim_end()));
                }
                Ok(_) => {}
                Err(failure) => {
                    let shown = print(&told, false);
                    // Without standard error there is nobody to tell.
                    let _ = std::io::stderr().lock().write_all(report::describe(&failure, text).as_bytes());
                    return shown;
                }
            }
        }
    }
    print(&told, true)
}

fn print(text: &str, all_well: bool) -> Exit {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            exit::failure(&format!("cannot write to standard output: {error}"))
        }
        _ if all_well => Exit::Success,
        _ => Exit::Failure,
    }
}
