//! Errors of the log.

use crate::Position;

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done. The message is in lower case and names the thing, the place and the mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Whose move it is.
    pub kind: ErrorKind,
    /// The thing, the place, the mend.
    pub message: String,
    /// For [`ErrorKind::Corrupt`]: the position of the damaged record.
    pub position: Option<Position>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A name, size or value that the log cannot take, or a thing that does not exist. The caller's to change.
    InvalidInput,
    /// A later version's format, or something that this program does not do.
    Unsupported,
    /// Another process holds the log, the disk failed, or the log was closed. Try again after reopening.
    Unavailable,
    /// Bytes on disk that are not what was written.
    Corrupt,
    /// The disk is (nearly) full. Reads go on; writes do again when there is space.
    Full,
    /// A defect of this program.
    Internal,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), position: None }
    }

    /// A name, size or value that the log cannot take.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// Something that this program does not do.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The disk failed, or the log is not there for this process.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// Bytes on disk that are not what was written, in the record at `position`.
    pub fn corrupt(position: Position, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Corrupt, message: message.into(), position: Some(position) }
    }

    /// The disk is (nearly) full.
    pub fn full(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Full, message)
    }

    /// A defect of this program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// What the operating system answered when `doing` something ("write segment …").
    pub(crate) fn io(doing: &str, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::full(format!("cannot {doing}: the disk is full; free some space, writes then go on"))
            }
            _ => Self::unavailable(format!("cannot {doing}: {error}")),
        }
    }
}
