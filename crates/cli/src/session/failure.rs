//! Why a statement failed, as users and programs are told.

use millstream_sql::syntax::ast::Span;

/// A statement's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it failed.
    pub phase: Phase,
    /// Whose move it is, in a word.
    pub kind: &'static str,
    /// In lower case: the thing, the place, the mend.
    pub message: String,
    /// Where in the script's text, if it has a place.
    pub place: Option<Span>,
}

/// When a statement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The text is not SQL.
    Parse,
    /// The statement cannot be planned; nothing has run.
    Validation,
    /// While it ran.
    Runtime,
}

impl Phase {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Validation => "validation",
            Self::Runtime => "runtime",
        }
    }
}

impl From<millstream_sql::Error> for Failure {
    fn from(error: millstream_sql::Error) -> Self {
        use millstream_sql::ErrorKind;
        let (phase, kind) = match error.kind {
            ErrorKind::Invalid => (Phase::Validation, "invalid"),
            ErrorKind::Unsupported => (Phase::Validation, "unsupported"),
            ErrorKind::Runtime => (Phase::Runtime, "data"),
            ErrorKind::Internal => (Phase::Validation, "internal"),
        };
        Self { phase, kind, message: error.message, place: error.span }
    }
}

impl From<millstream_engine::Error> for Failure {
    fn from(error: millstream_engine::Error) -> Self {
        use millstream_engine::ErrorKind;
        let (phase, kind) = match error.kind {
            ErrorKind::Invalid => (Phase::Validation, "invalid"),
            ErrorKind::Unsupported => (Phase::Validation, "unsupported"),
            ErrorKind::Data => (Phase::Runtime, "data"),
            ErrorKind::Unavailable => (Phase::Runtime, "unavailable"),
            ErrorKind::Full => (Phase::Runtime, "full"),
            ErrorKind::Closed => (Phase::Runtime, "closed"),
            ErrorKind::Internal => (Phase::Runtime, "internal"),
        };
        Self { phase, kind, message: error.message, place: None }
    }
}
