//! Sending messages that are due later, and cancelling them.

use super::{Delay, DueId};
use crate::{Commit, Error, Log, Message, QueueId, Result, Timestamp, TopicId, View};

/// A message to be sent later.
#[derive(Clone, Copy, Debug)]
pub struct Later<'a> {
    /// When it is due.
    pub due: Timestamp,
    /// Its topic.
    pub topic: TopicId,
    /// Its queue; [`QueueId::ANY`]: that of its ordering group, or any.
    pub queue: QueueId,
    /// The message.
    pub message: Message<'a>,
}

impl Log {
    /// Sends messages that nobody sees before they are due. Gives the name of each, which [`Log::cancel_delayed`] takes, once they
    /// are durable. [`Log::tick`] brings them to their queues.
    ///
    /// # Errors
    /// `InvalidInput`: a topic or queue is not there, a message is too long, or due after the year 10000. `Full`: too many
    /// messages are delayed, or the disk is full. And the errors of [`Log::commit`].
    pub fn send_later(&self, messages: &[Later<'_>], now: Timestamp) -> Result<Vec<DueId>> {
        let mut commit = Commit::new();
        let mut due = Vec::with_capacity(messages.len());
        for later in messages {
            due.push((later.due, commit.hold(later.topic, later.queue, &later.message)?));
        }
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let (_, names) = self.transact(now, move |view| {
            let (entry, names) = delay(view)?.schedule(&due)?;
            commit.state(Delay::KIND, &entry);
            Ok((commit, names))
        })?;
        Ok(names)
    }

    /// Cancels a delayed message: it is never seen. False when it was cancelled before, or is in its queue already.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn cancel_delayed(&self, name: DueId, now: Timestamp) -> Result<bool> {
        let (receipt, ()) = self.transact(now, |view| {
            let mut commit = Commit::new();
            if let Some(entry) = delay(view)?.cancel(name) {
                commit.state(Delay::KIND, &entry);
            }
            Ok((commit, ()))
        })?;
        Ok(receipt.is_some())
    }
}

pub(super) fn delay<'a>(view: &View<'a>) -> Result<&'a Delay> {
    view.machine().ok_or_else(|| {
        Error::invalid(
            "the log was opened without delays; add delay::Delay to the machines that it is opened with",
        )
    })
}

impl Commit {
    /// Adds a message that nobody sees before it is due. What [`Log::send_later`] does, as a part of a larger commit; it
    /// cannot be cancelled.
    ///
    /// # Errors
    /// `InvalidInput`: a part of the message is too long, or the time is after the year 10000; nothing of it was taken.
    pub fn later(&mut self, later: &Later<'_>) -> Result<()> {
        let name = DueId::new(later.due, 0)?;
        let index = self.hold(later.topic, later.queue, &later.message)?;
        self.state(Delay::KIND, &super::entry::Entry::Schedule(vec![(name.due, index)]).encode());
        Ok(())
    }
}
