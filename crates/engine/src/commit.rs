//! How the progress and the output of a job become durable together.
//!
//! Lanes are stepped, so between two steps of a lane nothing is on its way: what its sources have given out has gone into its
//! writers. So a lane commits by itself: what its writers hold, and how far its sources have read, in one [`Commit`]. Jobs with operators that must
//! see all rows, or count them, commit once, at their end.

use std::any::Any;
use std::fmt::Debug;

use crate::error::Result;

/// Where a job's progress is kept, beside the output that it belongs to.
pub trait Committer: Debug + Send + Sync {
    /// Whether what is saved outlives the program, so that sources should be read in a way that can be resumed.
    fn keeps(&self) -> bool;

    /// What [`Commit::save`] was told last under this name, by this run of the job or an earlier one.
    ///
    /// # Errors
    /// When it cannot be read.
    fn saved(&self, source: &str) -> Result<Option<Vec<u8>>>;

    /// An empty commit.
    fn begin(&self) -> Box<dyn Commit>;
}

/// Output and positions that become durable and visible together, or not at all.
pub trait Commit: Any + Send {
    /// Saves where a source goes on, under a name that is the same whenever the job runs.
    fn save(&mut self, source: &str, position: Vec<u8>);

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
