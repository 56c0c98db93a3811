//! Errors of planning: what is wrong with a statement, and where in its text.

use crate::syntax::ast::Span;

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
