//! What the documentation shows is what happens.
//!
//! In README.md and docs/*.md, the statements of `sql` blocks are run, file by file, in the order in which they stand; none may
//! fail, but those of blocks tagged `sql error` must. In `console` blocks each `$ ` line is run by the shell, and what it prints must be what
//! stands below it. All of it happens in an empty folder that has the project's `examples`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod markdown;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use markdown::{Block, blocks};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// README.md and docs/*.md.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// An empty folder with the project's examples.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join("examples").join(path.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn the_statements_of_the_pages_run() {
    let mut ran = 0;
    let mut failures = Vec::new();
    for page in pages() {
        let sql: Vec<Block> = blocks(&page).into_iter().filter(|b| b.tag.starts_with("sql")).collect();
        let folder = folder();
        let mut script = String::new();
        let mut expected = Vec::new();
        for block in &sql {
            script.push_str(&block.text);
            script.push('\n');
            let statements = millstream_sql::syntax::statements(&block.text).count();
            expected.extend(std::iter::repeat_n((block.tag == "sql error", block.line), statements));
        }
        std::fs::write(folder.path().join("page.sql"), &script).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(["run", "--output", "changelog", "--keep-going", "page.sql"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut answered = 0;
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            let ends = ["ok", "job", "end", "error"].iter().any(|key| entry.get(key).is_some());
            if !ends {
                continue;
            }
            let (fails, block) = expected.get(answered).copied().unwrap_or((false, 0));
            if entry.get("error").is_some() != fails {
                failures.push(format!("{}, block of line {block}: {line}", page.display()));
            }
            answered += 1;
        }
        if answered != expected.len() {
            failures.push(format!("{}: {} statements, {answered} answers", page.display(), expected.len()));
        }
        ran += answered;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran > 20, "only {ran} statements in all pages");
}

#[test]
fn the_commands_of_the_pages_print_what_they_show() {
    let program = Path::new(env!("CARGO_BIN_EXE_millstream")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    let mut failures = Vec::new();
    for page in pages() {
        let folder = folder();
        for block in blocks(&page).into_iter().filter(|b| b.tag == "console") {
            for (command, expected) in commands(&block.text) {
                ran += 1;
                let script =
                    format!("{{ {}\n}} 2>&1", command.replace("cargo run --release -- ", "millstream "));
                let output = Command::new("sh")
                    .args(["-c", &script])
                    .env("PATH", &path)
                    .current_dir(folder.path())
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                let given = String::from_utf8(output.stdout).unwrap();
                if !matches(&expected, &given) {
                    failures.push(format!(
                        "{}, block of line {}: {command}\nprints\n{given}\nbut is shown as\n{expected}",
                        page.display(),
                        block.line
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(ran > 5, "only {ran} commands in all pages");
}

/// The commands of a block, each with what is shown below it. A command goes on while a quote, a here-document
/// (`<<'END'`) or a line's `\` is open.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (_, Some((command, _))) if open => {
                command.push('\n');
                command.push_str(line);
            }
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, shown))) => {
                shown.push_str(line);
                shown.push('\n');
                continue;
            }
            (None, None) => panic!("a block begins with a command: {line}"),
        }
        open = commands.last().is_some_and(|(command, _)| is_open(command));
    }
    commands
}

fn is_open(command: &str) -> bool {
    if let Some((_, document)) = command.split_once("<<'END'") {
        return !document.ends_with("\nEND");
    }
    let mut quote = None;
    for c in command.chars() {
        match quote {
            Some(q) if q == c => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    quote.is_some() || command.ends_with('\\')
}

/// Times differ from run to run; a line `…` stands for any lines that follow.
fn matches(shown: &str, given: &str) -> bool {
    let timeless = |line: &str| match line.rsplit_once('(') {
        Some((before, after)) if after.ends_with(" seconds)") => format!("{before}(… seconds)"),
        _ => line.trim_end().to_owned(),
    };
    let shown: Vec<String> = shown.lines().map(timeless).collect();
    let given: Vec<String> = given.lines().map(timeless).collect();
    match shown.iter().position(|line| line == "…") {
        Some(at) => given.len() > at && given[..at] == shown[..at],
        None => given == shown,
    }
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut pages = pages();
    pages.extend(["ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for (_, rest) in text.match_indices("](").map(|(at, m)| text.split_at(at + m.len())) {
            let target = rest.split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.starts_with("http") || rest.starts_with('\n') {
                continue;
            }
            if !page.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
