//! Errors of this crate: few kinds, each telling the caller whose move it is.

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an expression could not be built or evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Whose move it is.
    pub kind: ErrorKind,
    /// In lower case: the thing, the place, the mend.
    pub message: String,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The expression is wrong: types that do not fit, a pattern that does not parse.
    Invalid,
    /// Flink knows it, this program does not (yet).
    Unsupported,
    /// A row's value cannot be computed: a failing CAST, division by zero. Fails the query, as in Flink.
    Runtime,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// The expression is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Invalid, message: message.into() }
    }

    /// Flink knows it, this program does not.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unsupported, message: message.into() }
    }

    /// A row's value cannot be computed.
    pub fn runtime(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Runtime, message: message.into() }
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Internal, message: message.into() }
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::internal(format!("columnar kernel: {error}"))
    }
}
