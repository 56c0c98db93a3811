//! `docs/functions.md` says what the registry says. `UPDATE_DOCS=1 cargo test -p millstream-expr --test reference` writes
//! it anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;

use millstream_expr::functions::{Category, Example, Function};
use millstream_expr::{aggregate, functions};

/// The chapters in their order, with their titles.
const CHAPTERS: &[(Category, &str)] = &[
    (Category::Comparison, "Comparison"),
    (Category::Logical, "Logic"),
    (Category::Arithmetic, "Arithmetic"),
    (Category::String, "Strings"),
    (Category::Temporal, "Dates and times"),
    (Category::Conditional, "Conditions"),
    (Category::Conversion, "Conversions"),
    (Category::Collection, "Arrays and maps"),
    (Category::Json, "JSON"),
    (Category::Variant, "VARIANT"),
    (Category::ValueConstruction, "Constructors"),
    (Category::Hash, "Digests"),
    (Category::Bitwise, "Bits"),
    (Category::Table, "Tables"),
    (Category::Auxiliary, "Others"),
];

const INTRODUCTION: &str = "# Functions and operators

Each entry shows how the function is called, what it does and what it gives. The results are those that `CAST(… AS STRING)` \
prints; a test runs every example. A function gives NULL where an argument is NULL, if its entry does not say otherwise. CASE, \
COALESCE, NULLIF, IF, CAST and TRY_CAST, AND and OR belong to the language itself.

This page is made from the program's own registry: `UPDATE_DOCS=1 cargo test -p millstream-expr --test reference`.
";

/// In a cell of a table, `|` would end the cell.
fn cell(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { format!("`{}`", text.replace('|', "\\|")) }
}

fn entry(name: &str, signatures: &[&str], summary: &str, examples: &[Example], page: &mut String) {
    writeln!(page, "\n### `{name}`\n").unwrap();
    for signature in signatures {
        writeln!(page, "- `{signature}`").unwrap();
    }
    writeln!(page, "\n{summary}\n\n| call | result |\n|---|---|").unwrap();
    for Example(call, result) in examples {
        writeln!(page, "| {} | {} |", cell(call), cell(result)).unwrap();
    }
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (category, title) in CHAPTERS {
        let mut members: Vec<&Function> = functions::all().filter(|f| f.category == *category).collect();
        members.sort_by_key(|function| function.name);
        if !members.is_empty() {
            writeln!(page, "\n## {title}").unwrap();
        }
        for function in members {
            let mut summary = function.summary.to_owned();
            if !function.aliases.is_empty() {
                write!(summary, " Also called {}.", function.aliases.join(", ")).unwrap();
            }
            entry(function.name, function.signatures, &summary, function.examples, &mut page);
        }
    }
    writeln!(page, "\n## Aggregates\n\nThe examples are over a column `x` of 1, 3 and NULL.").unwrap();
    let mut members: Vec<_> = aggregate::all().collect();
    members.sort_by_key(|function| function.name);
    for function in members {
        entry(function.name, function.signatures, function.summary, function.examples, &mut page);
    }
    page
}

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/functions.md is not what the registry says; UPDATE_DOCS=1 writes it anew");
}

#[test]
fn every_function_stands_in_a_chapter() {
    for function in functions::all() {
        assert!(CHAPTERS.iter().any(|(category, _)| *category == function.category), "{}", function.name);
    }
}
