//! Errors of planning: what is wrong with a statement, and where in its text.

use std::fmt;

use crate::syntax::ast::{LineColumn, Span};

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement could not be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Whose move it is.
    pub kind: ErrorKind,
    /// In lower case: the thing and the mend. The place is [`Error::span`].
    pub message: String,
    /// Where in the statement's text, if it has a place.
    pub span: Option<Span>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The statement is wrong: a name that does not exist, types that do not fit.
    Invalid,
    /// Flink knows it, this program does not (yet).
    Unsupported,
    /// A constant part of the statement cannot be computed: a failing CAST, a division by zero.
    Runtime,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// The statement is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Invalid, message: message.into(), span: None }
    }

    /// Flink knows it, this program does not.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unsupported, message: message.into(), span: None }
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Internal, message: message.into(), span: None }
    }

    /// The same error with a place, unless it has one already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// The error for a reader of `text`, the text that was parsed: the message, then the line of the place with the place marked.
    ///
    /// ```text
    /// error: column 'usr' not found in table 'logins'; did you mean 'user'?
    ///   --> line 3, column 8
    ///    |
    ///  3 | SELECT usr FROM logins
    ///    |        ^^^
    /// ```
    pub fn render(&self, text: &str) -> String {
        let headline = format!("error: {self}");
        match self.span {
            Some(span) => format!("{headline}\n{}", mark(text, span)),
            None => headline,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::Runtime => "runtime",
            Self::Internal => "internal",
        })
    }
}

impl From<millstream_expr::Error> for Error {
    fn from(error: millstream_expr::Error) -> Self {
        use millstream_expr::ErrorKind as Expr;
        let kind = match error.kind {
            Expr::Invalid => ErrorKind::Invalid,
            Expr::Unsupported => ErrorKind::Unsupported,
            Expr::Runtime => ErrorKind::Runtime,
            Expr::Internal => ErrorKind::Internal,
        };
        Self { kind, message: error.message, span: None }
    }
}

/// How much of a line is shown on either side of the marked place, in characters.
const CONTEXT_CHARS: usize = 60;

/// The line of `text` in which `span` begins, with the place marked beneath.
pub(crate) fn mark(text: &str, span: Span) -> String {
    let place = LineColumn::of(text, span.start);
    let start = boundary(text, span.start);
    let end = boundary(text, span.end).max(start);
    let (before, rest) = text.split_at(start);
    let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let line_end = rest.find(['\n', '\r']).map_or(text.len(), |at| start + at);
    let marked_end = end.min(line_end);
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or("").replace('\t', " ");

    // A very long line is shown around the place only.
    let head = piece(line_start, start);
    let skipped = head.chars().count().saturating_sub(CONTEXT_CHARS);
    let head: String =
        if skipped > 0 { format!("…{}", head.chars().skip(skipped).collect::<String>()) } else { head };
    let marked = piece(start, marked_end);
    let tail_whole = piece(marked_end, line_end);
    let tail: String = tail_whole.chars().take(CONTEXT_CHARS).collect();
    let more = if tail.len() < tail_whole.len() { "…" } else { "" };

    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(head.chars().count());
    let carets = "^".repeat(marked.chars().count().max(1));
    format!(
        "{margin} --> {place}\n{margin}  |\n {number} | {head}{marked}{tail}{more}\n{margin}  | {indent}{carets}"
    )
}

/// The character boundary at or before an offset.
fn boundary(text: &str, offset: u32) -> usize {
    let mut at = (offset as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_marked_under_its_line() {
        let text = "SELECT a,\n  usr\nFROM logins";
        let error = Error::invalid("column 'usr' not found; did you mean 'user'?").at(Span::new(12, 15));
        assert_eq!(
            error.render(text),
            "error: column 'usr' not found; did you mean 'user'?\n  --> line 2, column 3\n   |\n 2 |   usr\n   |   ^^^"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("SELECT {}x{} FROM t", "1 + ".repeat(100), " + 1".repeat(100));
        let rendered = Error::invalid("no x").at(Span::new(407, 408)).render(&text);
        let lines: Vec<&str> = rendered.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() < 140), "{rendered}");
        let column = lines[4].find('^').unwrap();
        let shown: Vec<char> = lines[3].chars().collect();
        assert_eq!(shown[column], 'x', "{rendered}");
    }

    #[test]
    fn a_place_past_the_end_does_no_harm() {
        let rendered = Error::invalid("x").at(Span::new(90, 95)).render("SELECT é");
        assert!(rendered.ends_with("         ^"), "{rendered}");
    }
}
