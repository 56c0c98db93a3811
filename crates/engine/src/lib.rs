//! Operators and jobs: a stream plan, lowered to operators and driven batch by batch.
//!
//! What it is: the [`Source`] and [`Sink`] contracts, the operators between them, and jobs made of lanes.
//!
//! What it is not: it knows no wire protocols and no file formats; it owns no threads and reads no clock.
//! Lanes are stepped by the caller, who says what time it is.
//!
//! Invariants:
//! - Only sources and sinks do I/O; operators are functions of what they are given.
//! - Results do not depend on how rows fall into batches.
//! - Every buffer has a bound; what does not fit is an error that names the operator.

mod batch;
mod collect;
mod commit;
mod compact;
mod context;
mod error;
mod job;
mod memory;
mod operator;
mod sink;
mod source;
mod stop;

pub use batch::{ChangeBatch, ChangeKind};
pub use commit::{Commit, Committer, Visibility};
pub use context::JobContext;
pub use error::{Error, ErrorKind, Result};
pub use job::{
    Job, JobProgress, JobReport, Lane, LaneState, Output, ProgressFigures, Settle, Target, Threads,
};
pub use sink::{Sink, SinkWriter};
pub use source::{Connectors, Found, LookupTable, Polled, Source, SourceProgress};
pub use stop::Stop;
