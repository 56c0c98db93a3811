//! Held messages on their way: read where they are kept, put where they are meant to go.

use super::copy::copied;
use crate::{Batch, Commit, Durability, ErrorKind, Log, Position, QueueId, Result, TopicId, View};

/// Reads held messages one after the other. Those of one batch are read together.
pub(crate) struct HeldReader<'a> {
    log: &'a Log,
    last: Option<Batch>,
}

/// A message that was held, as it is read.
#[derive(Clone, Debug)]
pub(crate) struct HeldMessage {
    pub batch: Batch,
    pub index: usize,
}

impl<'a> HeldReader<'a> {
    pub(crate) fn new(log: &'a Log) -> Self {
        Self { log, last: None }
    }

    /// The message at this place.
    pub(crate) fn read(&mut self, position: Position, index: u32) -> Result<HeldMessage> {
        if let Some(batch) = self.last.as_ref().filter(|batch| batch.position() == position)
            && let Some(place) = u64::from(index).checked_sub(batch.base_offset())
            && let Ok(place) = usize::try_from(place)
            && place < batch.len()
        {
            return Ok(HeldMessage { batch: batch.clone(), index: place });
        }
        let (batch, index) = self.log.read_held(position, index)?;
        self.last = Some(batch.clone());
        Ok(HeldMessage { batch, index })
    }

    /// The message at this place; `None` when nobody will ever be able to read it.
    pub(crate) fn read_if_whole(&mut self, position: Position, index: u32) -> Result<Option<HeldMessage>> {
        match self.read(position, index) {
            Ok(held) => Ok(Some(held)),
            Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::InvalidInput) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl HeldMessage {
    /// How long its body is.
    pub(crate) fn bytes(&self) -> usize {
        self.batch.body_range(self.index).len()
    }

    /// Puts the message into the queue that it is meant for; with [`QueueId::ANY`], into its ordering group's, or the one that `turn`
    /// falls on. Does nothing when the topic is gone. Gives whether the commit has to wait for the disk because of it.
    pub(crate) fn deliver(&self, commit: &mut Commit, view: &View<'_>, turn: u64) -> Result<bool> {
        let Some(topic) = view.topic(self.batch.topic()) else { return Ok(false) };
        let Some(message) = self.batch.message(self.index) else { return Ok(false) };
        let mut queue = self.batch.queue();
        if queue == QueueId::ANY {
            let chosen = if message.ordering().is_empty() { turn } else { message.ordering_hash() };
            queue = QueueId(u32::try_from(chosen % u64::from(topic.queues.max(1))).unwrap_or(0));
        }
        copied(&message, &[], |message| commit.message(topic.id, queue, message))?;
        Ok(topic.spec.durability == Durability::Fsync)
    }

    /// Holds the message anew, and gives its place among the commit's held messages.
    pub(crate) fn hold(&self, commit: &mut Commit) -> Result<u32> {
        let (topic, queue) = (self.batch.topic(), self.batch.queue());
        let message = self.batch.message(self.index);
        let message = message.ok_or_else(|| crate::Error::internal("a held message is not in its batch"))?;
        copied(&message, &[], |message| commit.hold(topic, queue, message))
    }

    /// Where it is meant to go.
    pub(crate) fn topic(&self) -> TopicId {
        self.batch.topic()
    }
}
