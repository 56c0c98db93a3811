//! What the parser takes and what it refuses, by example; and that a printed tree parses to itself.
//!
//! The examples are in `syntax/`: a statement a line. Flink 2.1's own parser takes and refuses the same ones.

#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use millstream_sql::syntax::ast::Statement;
use millstream_sql::syntax::{SyntaxProblem, parse};

const ACCEPTED: &[&str] = &[
    include_str!("syntax/expressions_accepted.txt"),
    include_str!("syntax/queries_accepted.txt"),
    include_str!("syntax/literals_and_functions_accepted.txt"),
    include_str!("syntax/definitions_accepted.txt"),
    include_str!("syntax/statements_accepted.txt"),
];

const REFUSED: &[&str] = &[
    include_str!("syntax/expressions_refused.txt"),
    include_str!("syntax/queries_refused.txt"),
    include_str!("syntax/literals_and_functions_refused.txt"),
    include_str!("syntax/definitions_refused.txt"),
    include_str!("syntax/statements_refused.txt"),
];

fn lines(files: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    files.iter().flat_map(|file| file.lines())
}

/// The tree without the places of its nodes.
fn without_spans(statements: &[Statement]) -> String {
    let text = format!("{statements:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('@') {
        let (before, span) = rest.split_at(at);
        out.push_str(before);
        let length = 1 + span[1..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(span.len() - 1);
        if !span[..length].contains("..") {
            out.push_str(&span[..length]);
        }
        rest = &span[length..];
    }
    out + rest
}

#[test]
fn what_flink_takes_is_taken() {
    for text in lines(ACCEPTED) {
        let statements = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(statements.len(), 1, "{text}");
    }
}

#[test]
fn what_flink_refuses_is_refused() {
    for text in lines(REFUSED) {
        let error = parse(text).expect_err(text);
        assert!(
            error.span.start as usize <= text.len() && error.span.end as usize <= text.len(),
            "{text}: {error:?}"
        );
        assert!(!matches!(error.problem, SyntaxProblem::Limit(_)), "{text}: {error}");
    }
}

#[test]
fn a_printed_tree_parses_to_itself() {
    for text in lines(ACCEPTED) {
        let statements = parse(text).expect(text);
        let printed = statements.iter().map(|statement| format!("{statement};\n")).collect::<String>();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{text}\n{printed}{error}"));
        assert_eq!(without_spans(&again), without_spans(&statements), "{text}\n{printed}");
        let printed_again = again.iter().map(|statement| format!("{statement};\n")).collect::<String>();
        assert_eq!(printed, printed_again);
    }
}

#[test]
fn statements_know_their_place() {
    for text in lines(ACCEPTED) {
        let script = format!("  -- before\n{text} ; -- behind\n");
        let statements = parse(&script).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert_eq!(statements[0].span.slice(&script), text, "{text}");
    }
}
