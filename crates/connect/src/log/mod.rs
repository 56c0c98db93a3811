//! `log`: topics as tables, and how a job's progress is kept beside what it writes.

mod block;
mod changes;
mod commit;
mod key;
mod latest;
mod lookup;
mod metadata;
mod options;
mod queue;
mod sink;
mod source;
mod store;

pub(crate) use sink::LogSink;
pub use store::LogStore;

pub(crate) use lookup::lookup;
pub(crate) use options::is_bounded;
pub(crate) use source::{describe, sources};

use millstream_engine::{Error, ErrorKind};

/// An error of the log, as one of a job.
pub fn log_error(error: millstream_log::Error) -> Error {
    use millstream_log::ErrorKind as Log;
    let kind = match error.kind {
        Log::InvalidInput => ErrorKind::Invalid,
        Log::Unsupported => ErrorKind::Unsupported,
        Log::Unavailable | Log::Corrupt => ErrorKind::Unavailable,
        Log::Full => ErrorKind::Full,
        Log::Internal => ErrorKind::Internal,
    };
    Error::new(kind, error.message)
}
