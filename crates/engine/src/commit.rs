//! How the progress and the output of a job become durable together.
//!
//! Lanes are stepped, so between two steps of a lane nothing is on its way: what its sources have given out has gone into its
//! writers. So a lane commits by itself: what its writers hold, and how far its sources have read, in one [`Commit`]. Jobs with operators that must
//! see all rows, or count them, commit once, at their end.

use std::any::Any;
use std::fmt::Debug;

use crate::error::Result;

/// Where a job's progress is kept, beside the output that it belongs to.
pub trait Committer: Any + Debug + Send + Sync {
    /// An empty commit.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn begin(&self) -> Result<Box<dyn Commit>>;

    /// The committer itself, for sources of its store, which ask it where they go on.
    fn as_any(&self) -> &dyn Any;
}

/// Output and positions that become durable and visible together, or not at all.
pub trait Commit: Any + Send {
    /// The commit itself, for sources and sinks of the store that made it.
    fn as_any(&mut self) -> &mut dyn Any;

    /// Makes all of it durable. An empty commit does nothing.
    ///
    /// # Errors
    /// When it cannot be kept: then none of it happened, or the job must not go on.
    fn settle(self: Box<Self>, now_micros: i64) -> Result<()>;
}

/// When what was written to a sink can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// When the commit that it was staged into is settled.
    WithCommit,
    /// As soon as it is flushed.
    AtOnce,
    /// When the job has ended and the sink is committed.
    AtEnd,
}
