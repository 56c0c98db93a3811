//! Errors of the operating system and of formats, as errors of a job.

use std::io;

use millstream_engine::{Error, ErrorKind};

/// An error of a format; `place` is the table, or the file with line and byte.
pub(crate) fn format_error(error: millstream_format::Error, place: &str) -> Error {
    use millstream_format::ErrorKind as Format;
    let kind = match error.kind {
        Format::Invalid => ErrorKind::Invalid,
        Format::Unsupported => ErrorKind::Unsupported,
        Format::Malformed | Format::Runtime => ErrorKind::Data,
        Format::Internal => ErrorKind::Internal,
    };
    Error::new(kind, format!("{} ({place})", error.message))
}

/// An error of reading or writing; `doing` says what was done, as in `cannot read file 'x'`.
pub(crate) fn io_error(error: &io::Error, doing: &str) -> Error {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space is left on the device; make room and run again".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up; make room and run again".to_owned(),
        io::ErrorKind::BrokenPipe => {
            return Error::new(ErrorKind::Closed, format!("{doing}: the reader has closed the pipe"));
        }
        _ => {
            // The operating system's own words, without the number that Rust adds.
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    };
    Error::new(ErrorKind::Unavailable, format!("{doing}: {reason}"))
}
