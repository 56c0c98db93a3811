//! Errors of formats.

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a format could not be set up, or bytes not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Whose move it is.
    pub kind: ErrorKind,
    /// In lower case: the thing, the place in the record, the mend. The caller adds the file.
    pub message: String,
    /// For [`ErrorKind::Malformed`]: the position in the block's bytes at which the record starts.
    pub record: Option<usize>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A wrong option, or a type that the format cannot hold.
    Invalid,
    /// Known to Flink, not to this program (yet).
    Unsupported,
    /// A record that is not what the format or the table's types say.
    Malformed,
    /// A row for which the predicate cannot be computed.
    Runtime,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// A wrong option, or a type that the format cannot hold.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Invalid, message: message.into(), record: None }
    }

    /// Known to Flink, not to this program.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Unsupported, message: message.into(), record: None }
    }

    /// A malformed record that starts at `record` in the block.
    pub fn malformed(record: usize, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Malformed, message: message.into(), record: Some(record) }
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Internal, message: message.into(), record: None }
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::internal(format!("columnar kernel: {error}"))
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
        Self { kind, message: error.message, record: None }
    }
}
