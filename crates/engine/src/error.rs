//! Errors of running jobs.

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a job could not be built or failed.
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
    /// A wrong option, or a query that does not fit the table: nothing has run.
    Invalid,
    /// Known to Flink, not to this program (yet): nothing has run.
    Unsupported,
    /// The data or the computation is wrong: a malformed record, a failing CAST.
    Data,
    /// A file, a pipe or a disk said no.
    Unavailable,
    /// A limit of memory or size was reached.
    Full,
    /// The reader of our output is gone (`| head`): the job ends quietly.
    Closed,
    /// A defect of this program.
    Internal,
}

impl Error {
    /// An error of `kind`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<millstream_expr::Error> for Error {
    fn from(error: millstream_expr::Error) -> Self {
        use millstream_expr::ErrorKind as Expr;
        let kind = match error.kind {
            Expr::Invalid => ErrorKind::Invalid,
            Expr::Unsupported => ErrorKind::Unsupported,
            Expr::Runtime => ErrorKind::Data,
            Expr::Internal => ErrorKind::Internal,
        };
        Self { kind, message: error.message }
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::new(ErrorKind::Internal, format!("columnar kernel: {error}"))
    }
}
