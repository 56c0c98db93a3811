//! The SQL suite: every statement of `tests/slt/**.slt` gives what Apache Flink gave.
//!
//! The form of the files is told in `tests/slt/README.md`; `tests/record.py` writes the answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod slt_runner;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use slt_runner::answer::{Answer, answers};
use slt_runner::file::{Expectation, Record, SortMode, records};

/// Mismatches told for one file at the most.
const TOLD_MAX: usize = 20;

#[test]
fn every_statement_answers_as_flink_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 10, "the suite is missing: {} files under {}", files.len(), root.display());
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let statements = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (total, told) = check(file, &root);
                    statements.fetch_add(total, Ordering::Relaxed);
                    failures.lock().unwrap().extend(told);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{} statements in {} files", statements.into_inner(), files.len());
    assert!(failures.is_empty(), "{} statements answer otherwise:\n{}", failures.len(), failures.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "slt") {
            files.push(path);
        }
    }
}

/// Runs a file; gives the number of its statements and what went otherwise.
fn check(file: &Path, root: &Path) -> (usize, Vec<String>) {
    let name = file.strip_prefix(root).unwrap().display().to_string();
    let records = records(&std::fs::read_to_string(file).unwrap());
    let temp = tempfile::tempdir().unwrap();
    let script = temp.path().join("script.sql");
    let scratch = temp.path().join("temp");
    std::fs::create_dir(&scratch).unwrap();
    let mut text = String::new();
    for record in &records {
        let sql = record
            .sql
            .replace("$DATA", root.join("data").to_str().unwrap())
            .replace("$TEMP", scratch.to_str().unwrap());
        write!(text, "{sql}\n;\n").unwrap();
    }
    std::fs::write(&script, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .args(["run", "--output", "changelog", "--keep-going"])
        .arg(&script)
        .output()
        .unwrap();
    let answers = answers(&String::from_utf8(output.stdout).unwrap());
    let mut told = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let difference = match answers.get(&(index + 1)) {
            Some(answer) => difference(record, answer),
            None => Some("no answer".to_owned()),
        };
        if let Some(difference) = difference
            && told.len() < TOLD_MAX
        {
            told.push(format!("{name}:{}: {}\n    {difference}", record.line, record.sql));
        }
    }
    if answers.len() > records.len() {
        told.push(format!("{name}: {} records, {} answers", records.len(), answers.len()));
    }
    (records.len(), told)
}

fn difference(record: &Record, answer: &Answer) -> Option<String> {
    match (&record.expectation, &answer.error) {
        (Expectation::Error(part), Some(error)) => {
            (!error.contains(part.as_str())).then(|| format!("the error '{error}' does not hold '{part}'"))
        }
        (Expectation::Error(_), None) => Some(format!("should fail, but gave {:?}", answer.rows)),
        (_, Some(error)) => Some(format!("error: {error}")),
        (Expectation::Ok, None) => None,
        (Expectation::Rows { sort, types, rows }, None) => {
            let given_types = answer.types.join(", ");
            if given_types != *types {
                return Some(format!("types\n      {given_types}\n    should be\n      {types}"));
            }
            let mut given = answer.rows.clone();
            if *sort == SortMode::Rows {
                given.sort();
            }
            (given != *rows).then(|| {
                format!(
                    "rows\n      {}\n    should be\n      {}",
                    given.join("\n      "),
                    rows.join("\n      ")
                )
            })
        }
    }
}
