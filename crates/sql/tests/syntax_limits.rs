//! Nothing that is written can overflow the stack: neither while it is parsed nor while its tree is used.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::thread::Builder;

use millstream_sql::syntax::{MAX_NESTING, MAX_TEXT_BYTES, MAX_TREE_HEIGHT, SyntaxProblem, parse};

/// The stack of a spawned thread, unless somebody asks for more.
const STACK: usize = 2 * 1024 * 1024;

/// Parses a text, and uses its tree in every way that recurses, all on a small stack.
fn parse_and_use(text: String) -> Result<(), SyntaxProblem> {
    let worker = Builder::new().stack_size(STACK).spawn(move || {
        let statements = parse(&text).map_err(|error| error.problem)?;
        let copy = statements.clone();
        assert!(copy == statements);
        // What can be read can be printed and read again: printing adds no levels.
        let printed: String = statements.iter().map(|statement| format!("{statement};")).collect();
        assert!(parse(&printed).is_ok());
        assert!(!format!("{copy:?}").is_empty());
        drop((copy, statements));
        Ok(())
    });
    worker.unwrap().join().unwrap()
}

/// Ways to nest something in itself: the text before, the innermost, the text behind.
const NESTS: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("- ", "1", ""),
    ("NOT ", "TRUE", ""),
    ("f(", "1", ")"),
    ("f(x => ", "1", ")"),
    ("CAST(", "1", " AS INT)"),
    ("CASE WHEN ", "a", " THEN 1 END"),
    ("CASE a WHEN 1 THEN ", "a", " END"),
    ("ARRAY[", "1", "]"),
    ("MAP['k', ", "1", "]"),
    ("ROW(", "1", ")"),
    ("a[", "1", "]"),
    ("(SELECT ", "1", ")"),
    ("(SELECT * FROM t WHERE a = ", "1", ")"),
    ("(SELECT * FROM (SELECT a FROM t WHERE ", "a", ") AS s)"),
    ("EXISTS (SELECT * FROM s JOIN u ON ", "a", ")"),
    ("a IN (", "1", ")"),
    ("a IN (SELECT ", "1", ")"),
    ("a BETWEEN ", "1", " AND 2"),
    ("a BETWEEN 1 AND ", "2", ""),
    ("a LIKE ", "b", ""),
    ("a = ", "b", ""),
    ("a OR (", "b", ")"),
    ("a + ", "b", ""),
    ("JSON_OBJECT(KEY 'k' VALUE ", "1", ")"),
    ("JSON_VALUE(", "a", ", '$')"),
    ("JSON_ARRAY(", "1", ")"),
    ("TRIM(", "a", ")"),
    ("POSITION(", "a", " IN b)"),
    ("SUBSTRING(", "a", " FROM 1)"),
    ("SUM(a) OVER (ORDER BY ", "a", ")"),
    ("COUNT(*) FILTER (WHERE ", "a", ")"),
    ("{fn abs(", "1", ")}"),
    ("INTERVAL (", "1", ") DAY"),
    ("CAST(1 AS ARRAY<", "INT", ">)"),
    ("CAST(1 AS MAP<INT, ", "INT", ">)"),
    ("CAST(1 AS ROW<a ", "INT", ">)"),
];

fn nested((before, inner, behind): (&str, &str, &str), depth: usize) -> String {
    let close = match before {
        // Only the innermost part of a type nests.
        _ if before.starts_with("CAST(1 AS ") => {
            let (head, open) = before.split_at("CAST(1 AS ".len());
            return format!("SELECT {head}{}{inner}{})", open.repeat(depth), ">".repeat(depth));
        }
        _ => behind.repeat(depth),
    };
    format!("SELECT {}{inner}{close}", before.repeat(depth))
}

#[test]
fn deep_nesting_is_refused_not_overflowed() {
    for nest in NESTS {
        for depth in [1_000, 10_000] {
            let problem = parse_and_use(nested(*nest, depth)).expect_err(nest.0);
            assert!(matches!(problem, SyntaxProblem::Limit(_)), "{nest:?}: {problem}");
        }
    }
}

#[test]
fn the_deepest_tree_that_is_taken_can_be_used() {
    for nest in NESTS {
        // The greatest depth that is taken; all lesser ones are.
        let (mut deepest, mut refused) = (1, 2 * MAX_TREE_HEIGHT as usize);
        while deepest + 1 < refused {
            let depth = deepest.midpoint(refused);
            match parse_and_use(nested(*nest, depth)) {
                Ok(()) => deepest = depth,
                Err(_) => refused = depth,
            }
        }
        let least = MAX_NESTING as usize / 4;
        assert!(deepest >= least, "{nest:?}: {deepest}");
    }
}

#[test]
fn long_chains_are_flat() {
    let and = format!("SELECT * FROM t WHERE a = 0{}", " AND a <> 1".repeat(10_000));
    let or = format!("SELECT * FROM t WHERE a = 0{}", " OR a = 1 AND b = 2".repeat(10_000));
    let union = format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(10_000));
    let join = format!("SELECT * FROM t{}", " JOIN s ON a = b".repeat(10_000));
    let list = format!("SELECT 1 IN (0{})", ", 1".repeat(100_000));
    let values = format!("VALUES (0){}", ", (1)".repeat(100_000));
    let when = format!("SELECT CASE{} END", " WHEN a THEN b".repeat(10_000));
    for text in [and, or, union, join, list, values, when] {
        assert!(parse_and_use(text).is_ok());
    }
}

#[test]
fn chains_of_other_operators_have_a_limit() {
    for step in [" + 1", " || 'a'", "[1]", ".f", " = 1", " IS NULL", " LIKE b"] {
        let (some, many) = (MAX_TREE_HEIGHT as usize / 2, MAX_TREE_HEIGHT as usize * 2);
        assert!(parse_and_use(format!("SELECT (a){}", step.repeat(some / 2))).is_ok(), "{step}");
        let problem = parse_and_use(format!("SELECT (a){}", step.repeat(many))).expect_err(step);
        assert!(matches!(problem, SyntaxProblem::Limit(_)), "{step}: {problem}");
    }
}

#[test]
fn mixed_set_operators_have_a_limit() {
    let chain = " UNION SELECT 1 EXCEPT SELECT 1";
    assert!(parse_and_use(format!("SELECT 1{}", chain.repeat(50))).is_ok());
    let problem = parse_and_use(format!("SELECT 1{}", chain.repeat(1_000))).expect_err("too high");
    assert!(matches!(problem, SyntaxProblem::Limit(_)));
}

#[test]
fn queries_patterns_and_grouping_sets_nest_within_limits() {
    let with =
        |depth: usize| format!("{}SELECT 1{}", "WITH a AS (".repeat(depth), ") SELECT 1".repeat(depth));
    let query = |depth: usize| format!("{}SELECT 1{}", "(".repeat(depth), ")".repeat(depth));
    let from = |depth: usize| format!("SELECT * FROM {}t JOIN s{}", "(".repeat(depth), ")".repeat(depth));
    let sets = |depth: usize| {
        format!("SELECT 1 FROM t GROUP BY {}a{}", "GROUPING SETS (".repeat(depth), ")".repeat(depth))
    };
    let pattern = |depth: usize| {
        let open = "(".repeat(depth);
        let close = ")".repeat(depth);
        format!("SELECT * FROM t MATCH_RECOGNIZE (PATTERN ({open}a{close}) DEFINE a AS TRUE)")
    };
    let make: [&dyn Fn(usize) -> String; 5] = [&with, &query, &from, &sets, &pattern];
    for (at, make) in make.iter().enumerate() {
        assert!(parse_and_use(make(MAX_NESTING as usize / 4)).is_ok(), "{at}");
        let problem = parse_and_use(make(10_000)).expect_err("too deep");
        assert!(matches!(problem, SyntaxProblem::Limit(_)), "{at}: {problem}");
    }
}

#[test]
fn long_texts_are_refused() {
    let text = format!("SELECT 1 -- {}", "x".repeat(MAX_TEXT_BYTES));
    assert!(matches!(parse_and_use(text), Err(SyntaxProblem::Limit(_))));
}
