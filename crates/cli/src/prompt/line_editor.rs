//! The line editor: when a statement is complete, what the Tab key proposes.

use millstream_sql::syntax::{self, Completeness};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::words::Words;

/// Words that need no `;` behind them.
const COMMANDS: &[&str] = &["quit", "exit", "help", "clear"];

/// What the editor knows of SQL.
#[derive(Default)]
pub struct SqlHelper {
    /// What Tab proposes.
    pub words: Words,
}

/// Whether what is typed can be run: it is a command, or ends with a `;` that ends a statement.
pub fn is_complete(text: &str) -> bool {
    is_command(text) || syntax::completeness(text) != Completeness::Incomplete
}

fn is_command(text: &str) -> bool {
    COMMANDS.iter().any(|command| text.trim().eq_ignore_ascii_case(command))
}

/// What is typed, as statements.
pub fn as_statements(text: &str) -> String {
    if is_command(text) { format!("{};", text.trim()) } else { text.to_owned() }
}

impl Completer for SqlHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _ctx: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.words.complete(line, pos))
    }
}

impl Validator for SqlHelper {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(ctx.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Hinter for SqlHelper {
    type Hint = String;
}

impl Highlighter for SqlHelper {}

impl Helper for SqlHelper {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_with_a_semicolon_that_is_no_part_of_a_string() {
        for complete in
            ["SELECT 1;", "quit", " HELP ", "", "SELECT ';';", "SELECT 1; -- done", "SELECT 1;\nSELECT 2;"]
        {
            assert!(is_complete(complete), "{complete}");
        }
        for open in
            ["SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT 1; SELECT 2", "SELECT /* ;", "quit now"]
        {
            assert!(!is_complete(open), "{open}");
        }
    }

    #[test]
    fn a_statement_set_ends_with_its_end() {
        assert!(!is_complete("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;"));
        assert!(is_complete("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;"));
    }
}
