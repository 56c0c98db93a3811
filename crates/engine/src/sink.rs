//! Where rows go: the contract between the engine and connectors.

use crate::batch::ChangeBatch;
use crate::commit::{Commit, Visibility};
use crate::error::Result;

/// A table that is written to by the lanes of one job.
pub trait Sink: Send {
    /// The writer of a lane.
    fn writer(&mut self, lane: usize) -> Result<Box<dyn SinkWriter>>;

    /// When what is written can be seen.
    fn visibility(&self) -> Visibility {
        Visibility::AtEnd
    }

    /// Whether it takes rows that are replaced or gone. One that does not is only given rows that stay.
    fn takes_changes(&self) -> bool {
        true
    }

    /// All writers have finished: what they wrote becomes visible.
    fn commit(&mut self) -> Result<()>;

    /// The job failed or was stopped before its end: what was not committed is taken away.
    fn abort(&mut self);
}

/// A lane's way into a sink.
pub trait SinkWriter: Send {
    /// Takes rows. It may keep them in a bounded buffer until [`SinkWriter::flush`].
    fn write(&mut self, batch: &ChangeBatch) -> Result<()>;

    /// Hands what it holds to the operating system: called when the input pauses, and at the end.
    fn flush(&mut self) -> Result<()>;

    /// Hands what it holds to a commit, and holds nothing of it any more. Sinks that are [`Visibility::WithCommit`] do
    /// this instead of flushing.
    fn stage(&mut self, _commit: &mut dyn Commit) -> Result<()> {
        self.flush()
    }

    /// Bytes that it holds for the next commit.
    fn staged_bytes(&self) -> usize {
        0
    }

    /// The input has ended.
    fn finish(&mut self) -> Result<()>;
}
