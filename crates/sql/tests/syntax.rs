//! What the parser takes and what it refuses, by example; and that a printed tree parses to itself.
//!
//! The examples are in `syntax/`: a statement a line. Flink 2.1's own parser takes and refuses the same ones.

#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use millstream_sql::syntax::ast::Statement;
use millstream_sql::syntax::{Completeness, SyntaxProblem, completeness, parse, statements};
use proptest::prelude::*;

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

#[test]
fn a_script_goes_on_behind_an_error() {
    let script = "SELECT 1; SELEC 2; SELECT ';' AS `;`; -- ;\nSELECT /* ; */ 3;;\nEXECUTE STATEMENT SET BEGIN INSERT INTO t SELEC; INSERT INTO s SELECT 2; END; SELECT 'x";
    let results: Vec<bool> = statements(script).map(|result| result.is_ok()).collect();
    assert_eq!(results, [true, false, true, true, false, false]);
}

#[test]
fn errors_say_what_stood_there_and_what_could_have() {
    for (text, message) in [
        (
            "SELECT a b c",
            "found 'c', expected one of EXCEPT, FETCH, FROM, INTERSECT, LIMIT, OFFSET, ORDER, UNION, ',', ';' (line 1, column 12); is a comma missing before it?",
        ),
        (
            "SELECT\n  FROM t",
            "found 'FROM', expected one of an expression, ALL, DISTINCT, STREAM, '*' (line 2, column 3)",
        ),
        (
            "SELECT a, FROM t",
            "found 'FROM', expected one of an expression, '*' (line 1, column 11); remove the comma before it",
        ),
        (
            "CREATE TABLE t (user INT)",
            "found 'user', expected one of an identifier, CONSTRAINT, PRIMARY, UNIQUE, WATERMARK (line 1, column 17); USER is a reserved word; to use it as a name, quote it with backticks: `user`",
        ),
        (
            "SELECT \"a\" FROM t",
            "found '\"a\"', expected one of an expression, ALL, DISTINCT, STREAM, '*' (line 1, column 8); quote names with backticks and strings with single quotes",
        ),
        ("SELECT a != b", "Flink does not take != (line 1, column 10); use <>"),
        ("SELECT a == b", "found '=', expected an expression (line 1, column 11); equality is one ="),
        (
            "SELECT 'a",
            "found a string that does not end, expected one of an expression, ALL, DISTINCT, STREAM, '*' (line 1, column 8); end it with a single quote",
        ),
        (
            "SELECT a FROM t LIMIT 1, 2",
            "Flink does not take LIMIT start, count (line 1, column 17); write LIMIT count OFFSET start",
        ),
        (
            "SHOW",
            "found the end of the input, expected one of CATALOGS, COLUMNS, CREATE, CURRENT, DATABASES, FUNCTIONS, JARS, JOBS, MODELS, MODULES, PARTITIONS, PROCEDURES, … (line 1, column 5)",
        ),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.to_string(), format!("syntax error: {message}"), "{text}");
    }
}

#[test]
fn a_prompt_knows_when_to_run() {
    for (text, expected) in [
        ("", Completeness::Empty),
        ("  -- nothing\n", Completeness::Empty),
        ("SELECT 1", Completeness::Incomplete),
        ("SELECT 1;", Completeness::Complete),
        ("SELECT 1; SELECT", Completeness::Incomplete),
        ("SELECT ';", Completeness::Incomplete),
        ("SELECT 1; /* ;", Completeness::Incomplete),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;", Completeness::Incomplete),
        ("EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;", Completeness::Complete),
        ("SELEC 1;", Completeness::Complete),
    ] {
        assert_eq!(completeness(text), expected, "{text}");
    }
}

proptest! {
    /// Pieces of statements in any order: the parser answers, and what it takes it prints so that it takes it again.
    #[test]
    fn no_text_makes_the_parser_panic(picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12)) {
        let all: Vec<&str> = lines(ACCEPTED).chain(lines(REFUSED)).collect();
        let text: Vec<&str> = picks
            .iter()
            .map(|(line, word)| {
                let words: Vec<&str> = all[line.index(all.len())].split(' ').collect();
                words[word.index(words.len())]
            })
            .collect();
        let text = format!("SELECT {}", text.join(" "));
        let _ = completeness(&text);
        for statement in statements(&text).flatten() {
            prop_assert_eq!(parse(&statement.to_string()).map(|again| without_spans(&again)), Ok(without_spans(&[statement])));
        }
    }

    /// Any characters at all.
    #[test]
    fn no_characters_make_the_parser_panic(text in "(\\PC|[ '`\"/*;\\-\\\\])*") {
        let _ = completeness(&text);
        for result in statements(&text) {
            let span = result.map_or_else(|error| error.span, |statement| statement.span);
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
        }
    }
}
