//! The chapters as pages of Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use millstream_expr::functions::{Example, REFUSED};

use super::chapters::{self, Chapter, Entry};

/// The name of the page that lists all others: what opens with the folder.
const INDEX: &str = "README.md";

const INTRODUCTION: &str = "# Functions and operators

Each entry shows how the function is called, what it does and what it gives. The results are those that `CAST(… AS STRING)` \
prints; a test runs every example. A function gives NULL where an argument is NULL, if its entry does not say otherwise.

These pages are made from the program's own registry: `UPDATE_DOCS=1 cargo test -p millstream-expr --test reference`.
";

/// Every page, by its name.
pub fn all() -> BTreeMap<String, String> {
    let chapters = chapters::all();
    let mut pages: BTreeMap<String, String> =
        chapters.iter().map(|chapter| (chapter.file.to_owned(), page(chapter))).collect();
    pages.insert("refused.md".to_owned(), refused());
    pages.insert(INDEX.to_owned(), index(&chapters));
    pages
}

fn index(chapters: &[Chapter]) -> String {
    let mut page = format!("{INTRODUCTION}\n| chapter | functions and operators |\n|---|---|\n");
    for chapter in chapters {
        let links: Vec<String> = chapter
            .entries
            .iter()
            .flat_map(|entry| {
                std::iter::once(&entry.name).chain(entry.aliases).map(move |name| (name, entry.name))
            })
            .map(|(name, heading)| format!("[{}]({}{})", cell(name), chapter.file, anchor(heading)))
            .collect();
        writeln!(page, "| [{}]({}) | {} |", chapter.title, chapter.file, links.join(" ")).unwrap();
    }
    writeln!(page, "| [Not supported](refused.md) | what Flink has besides, with the reason |").unwrap();
    page
}

fn page(chapter: &Chapter) -> String {
    let mut page = format!("# {}\n\n[All functions](README.md)\n", chapter.title);
    if !chapter.introduction.is_empty() {
        writeln!(page, "\n{}", chapter.introduction).unwrap();
    }
    for entry in &chapter.entries {
        write_entry(entry, &mut page);
    }
    page
}

fn write_entry(entry: &Entry, page: &mut String) {
    writeln!(page, "\n## {}\n", heading(entry.name)).unwrap();
    for signature in entry.signatures {
        writeln!(page, "- `{signature}`").unwrap();
    }
    write!(page, "\n{}", entry.summary).unwrap();
    if !entry.aliases.is_empty() {
        write!(page, " Also called {}.", entry.aliases.join(", ")).unwrap();
    }
    writeln!(page, "\n\n| call | result |\n|---|---|").unwrap();
    for Example(call, result) in entry.examples {
        writeln!(page, "| {} | {} |", cell(call), cell(result)).unwrap();
    }
}

fn refused() -> String {
    let mut page = "# Not supported\n\n[All functions](README.md)\n\nFunctions of Flink 2.1 that are refused by their names before \
                    anything runs.\n\n| names | each of them |\n|---|---|\n"
        .to_owned();
    for refused in REFUSED {
        let names: Vec<String> = refused.names.iter().map(|name| cell(name)).collect();
        writeln!(page, "| {} | {} |", names.join(" "), refused.reason).unwrap();
    }
    page
}

/// Symbols are set as code, so that Markdown leaves them alone.
fn heading(name: &str) -> String {
    if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ' ') {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}

/// The anchor that a heading gets: lower case, spaces as hyphens, symbols left out; none for a heading of symbols alone.
fn anchor(name: &str) -> String {
    let kept = name.to_lowercase().replace(' ', "-");
    let kept: String = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    if kept.chars().any(char::is_alphanumeric) { format!("#{kept}") } else { String::new() }
}

/// In a cell of a table, `|` would end the cell.
fn cell(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { format!("`{}`", text.replace('|', "\\|")) }
}
