//! Texts of many statements.

use super::MAX_TEXT_BYTES;
use super::ast::{LineColumn, Span, Statement};
use super::error::{SyntaxError, SyntaxProblem};
use super::lexer::Lexer;
use super::parser::Parser;
use super::token::{Symbol, TokenKind};

/// Parses a text of statements, each but the last ended by `;`.
///
/// # Errors
/// The first error of the text.
///
/// ```
/// let statements = millstream_sql::syntax::parse("SET 'a' = 'b'; SELECT 1").unwrap();
/// assert_eq!(statements.len(), 2);
/// ```
pub fn parse(text: &str) -> Result<Vec<Statement>, SyntaxError> {
    statements(text).collect()
}

/// The statements of a text, one after another. After an error the next statement is that behind the next `;`.
///
/// ```
/// let results: Vec<_> = millstream_sql::syntax::statements("SELEC 1; SELECT 2;").map(|r| r.is_ok()).collect();
/// assert_eq!(results, [false, true]);
/// ```
pub fn statements(text: &str) -> Statements<'_> {
    if text.len() > MAX_TEXT_BYTES {
        let span = Span::new(0, 0);
        let problem = SyntaxProblem::Limit(format!("a text of more than {MAX_TEXT_BYTES} bytes"));
        let place = LineColumn::of(text, 0);
        return Statements {
            parser: None,
            refused: Some(SyntaxError { problem, span, place, mend: None, incomplete: false }),
        };
    }
    Statements { parser: Some(Parser::new(text)), refused: None }
}

/// Gives each statement of a text, or what is wrong with it.
pub struct Statements<'a> {
    parser: Option<Parser<'a>>,
    refused: Option<SyntaxError>,
}

impl Iterator for Statements<'_> {
    type Item = Result<Statement, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.refused.take() {
            return Some(Err(error));
        }
        let statement = self.parser.as_mut()?.next_statement()?;
        Some(statement.map_err(|error| *error))
    }
}

/// Whether what has been typed so far can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing but blanks and comments.
    Empty,
    /// The last statement has its `;` (or what is there is wrong, and more text would not mend it).
    Complete,
    /// A quote, a comment, a statement set or a statement is still open.
    Incomplete,
}

/// Tells a prompt whether to run what has been typed, or to wait for more lines.
///
/// ```
/// use millstream_sql::syntax::{Completeness, completeness};
/// assert_eq!(completeness("SELECT 1"), Completeness::Incomplete);
/// assert_eq!(completeness("SELECT ';"), Completeness::Incomplete);
/// assert_eq!(completeness("SELECT ';';"), Completeness::Complete);
/// ```
pub fn completeness(text: &str) -> Completeness {
    let mut lexer = Lexer::new(text.get(..MAX_TEXT_BYTES).unwrap_or(text));
    let mut last = None;
    loop {
        match lexer.next_token().kind {
            TokenKind::End => break,
            TokenKind::Invalid(problem) if problem.is_unterminated() => return Completeness::Incomplete,
            kind => last = Some(kind),
        }
    }
    match last {
        None => Completeness::Empty,
        Some(TokenKind::Symbol(Symbol::Semicolon)) => {
            // A `;` within STATEMENT SET BEGIN … END does not end it.
            match statements(text).find_map(Result::err) {
                Some(error) if error.incomplete => Completeness::Incomplete,
                _ => Completeness::Complete,
            }
        }
        Some(_) => Completeness::Incomplete,
    }
}
