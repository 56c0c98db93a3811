//! The page of the reference that is made from the code: configuration keys. (Those of the functions are made in `expr`; their
//! examples that are whole queries run here.)
//!
//! `UPDATE_DOCS=1 cargo test -p millstream-cli --test reference` writes it anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use millstream_expr::functions::{Example, FORMS};
use millstream_sql::config::{KEYS, ValueKind};

/// Compares a page with what it should be, or writes it.
fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == text,
        "docs/{name} is not what the code says: UPDATE_DOCS=1 cargo test -p millstream-cli --test reference"
    );
}

#[test]
fn configuration_keys_are_listed() {
    let mut page = String::from(
        "# Configuration\n\n\
         Keys that `SET 'key' = 'value'` and `--set key=value` take. Any other key is kept and shown by `SET`, and has no effect.\n\n\
         | key | values | default | meaning |\n|---|---|---|---|\n",
    );
    for known in KEYS {
        let values = match known.kind {
            ValueKind::Boolean => "`true`, `false`".to_owned(),
            ValueKind::Integer { min } => format!("a whole number from {min}"),
            ValueKind::Duration => "a duration, such as `10 s`".to_owned(),
            ValueKind::Bytes => "a size, such as `16 mb`".to_owned(),
            ValueKind::Word(words) | ValueKind::WordOf { taken: words, .. } => {
                words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
            }
            ValueKind::TimeZone => "a time zone, such as `UTC`, `Europe/Berlin`, `GMT+01:00`".to_owned(),
            ValueKind::Text => "text".to_owned(),
        };
        let default = known.default.map_or("none".to_owned(), |d| format!("`{d}`"));
        writeln!(page, "| `{}` | {values} | {default} | {} |", known.key, known.meaning).unwrap();
    }
    check("configuration.md", &page);
}

#[test]
fn the_examples_that_are_queries_give_what_they_say() {
    let mut ran = 0;
    for Example(query, expected) in FORMS.iter().flat_map(|form| form.examples) {
        if !query.starts_with("SELECT ") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("example.sql");
        std::fs::write(&script, format!("SELECT CAST(v AS STRING) FROM ({query}) AS q(v)")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
        let output = command.arg("run").arg(&script).args(["--output", "csv"]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().last(), Some(*expected), "{query}");
        ran += 1;
    }
    assert!(ran > 4);
}
