//! Commits whose callers do not block: thousands of producers on a few threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker, ready};

use super::Receipt;
use crate::{Commit, Log, Result, Timestamp};

/// A commit that has its place: whoever commits next comes behind it. It counts once [`Log::poll_submitted`] or [`Log::wait_submitted`] say
/// so; dropped before, it may be kept or lost.
#[derive(Debug)]
#[must_use = "it is not known to be durable before it was waited for"]
pub struct Submitted {
    receipt: Receipt,
    strict: bool,
}

impl Log {
    /// Gives a commit its place, without waiting for the disk.
    ///
    /// # Errors
    /// See [`Log::commit`].
    pub fn submit(&self, commit: &Commit, now: Timestamp) -> Result<Submitted> {
        let placed = self.place(commit, now)?;
        Ok(Submitted { receipt: placed.receipt, strict: placed.strict })
    }

    /// The receipt once the commit is as durable as its topics ask for; until then `waker` is called when it is worth asking again. While no
    /// thread is in [`Log::write_for_tasks`], it does the work, and so blocks.
    ///
    /// # Errors
    /// `Unavailable`: the disk failed; see [`Log::commit`].
    pub fn poll_submitted(&self, submitted: &Submitted, waker: &Waker) -> Poll<Result<Receipt>> {
        let Submitted { receipt, strict } = submitted;
        let settled = ready!(self.inner.progress.poll(&self.inner, receipt.end, *strict, waker));
        Poll::Ready(settled.map(|()| {
            self.settled(receipt);
            receipt.clone()
        }))
    }

    /// Waits until the commit is as durable as its topics ask for.
    ///
    /// # Errors
    /// `Unavailable`: the disk failed; see [`Log::commit`].
    pub fn wait_submitted(&self, submitted: Submitted) -> Result<Receipt> {
        let Submitted { receipt, strict } = submitted;
        self.inner.progress.settle(&self.inner, receipt.end, strict)?;
        self.settled(&receipt);
        Ok(receipt)
    }

    /// Writes and syncs for tasks that wait in [`Log::poll_submitted`], until `stop` is set and [`Log::stop_writing_for_tasks`] called. For a
    /// thread of its own; one at a time.
    ///
    /// # Errors
    /// `InvalidInput`: another thread does it. `Unavailable`: the disk failed.
    pub fn write_for_tasks(&self, stop: &AtomicBool) -> Result<()> {
        self.inner.progress.drive(&self.inner, &|| stop.load(Ordering::Acquire))
    }

    /// Has the thread in [`Log::write_for_tasks`] look whether it is to stop.
    pub fn stop_writing_for_tasks(&self, stop: &AtomicBool) {
        stop.store(true, Ordering::Release);
        self.inner.progress.nudge_driver();
    }
}
