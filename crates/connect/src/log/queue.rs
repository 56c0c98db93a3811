//! The queues of a topic: where each is read from and to, and how far that has come.

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{Batch, Cursor, GroupId, Log, Offset, QueueId, Start, TopicId, TopicInfo};

use super::block::{BlockBuilder, Taken};
use super::latest::Latest;
use super::log_error;
use super::options::{End, LogOptions, QueueOffsets, Startup};

/// The queues that are read: all of them, or those that were asked for.
pub(super) fn scanned(topic: &TopicInfo, asked: Option<&[u32]>) -> Result<Vec<QueueId>> {
    let Some(asked) = asked else { return Ok((0..topic.queues).map(QueueId).collect()) };
    if let Some(unknown) = asked.iter().find(|queue| **queue >= topic.queues) {
        let (name, last) = (&topic.name, topic.queues.saturating_sub(1));
        let message = format!(
            "the option 'scan.queues' names queue {unknown}, but topic '{name}' has queues 0 to {last}"
        );
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let mut queues: Vec<QueueId> = asked.iter().copied().map(QueueId).collect();
    queues.sort_unstable();
    queues.dedup();
    Ok(queues)
}

/// Decides where queues are read from and to.
pub(super) struct Ranges<'a> {
    pub log: &'a Log,
    pub topic: &'a TopicInfo,
    /// The group that keeps the job's progress.
    pub job: Option<GroupId>,
    /// The group of the table's options.
    pub group: Option<GroupId>,
    pub options: &'a LogOptions,
}

impl Ranges<'_> {
    /// The reader of a queue.
    pub fn reader(&self, queue: QueueId) -> Result<QueueReader> {
        let (log, topic) = (self.log, self.topic.id);
        let start = match self.begun(queue) {
            Some(next) => Start::Offset(next),
            None => self.start(queue),
        };
        let next = log.start_offset(topic, queue, start).map_err(log_error)?;
        let end = self.end(queue)?;
        let cursor = log.cursor(topic, queue, next);
        Ok(QueueReader { queue, next: next.max(cursor.offset()), cursor, end, left: None })
    }

    /// Where the job goes on, if it has begun with the queue.
    pub fn begun(&self, queue: QueueId) -> Option<Offset> {
        self.job.and_then(|job| self.log.committed(job, self.topic.id, queue))
    }

    fn start(&self, queue: QueueId) -> Start {
        let without = |latest: bool| if latest { Start::Latest } else { Start::Earliest };
        match &self.options.startup {
            Startup::Earliest => Start::Earliest,
            Startup::Latest => Start::Latest,
            Startup::Time(time) => Start::Time(*time),
            Startup::Offsets(offsets) => offset_of(offsets, queue).map_or(Start::Earliest, Start::Offset),
            Startup::Group { latest_without } => match self.group {
                Some(group) if self.log.committed(group, self.topic.id, queue).is_some() => {
                    Start::Committed(group)
                }
                _ => without(*latest_without),
            },
        }
    }

    fn end(&self, queue: QueueId) -> Result<Option<Offset>> {
        let (log, topic) = (self.log, self.topic.id);
        let start = match &self.options.end {
            End::Unbounded => return Ok(None),
            End::Latest => Start::Latest,
            End::Group => match self.group {
                Some(group) => Start::Committed(group),
                None => Start::Earliest,
            },
            End::Time(time) => Start::Time(*time),
            End::Offsets(offsets) => offset_of(offsets, queue).map_or(Start::Latest, Start::Offset),
        };
        log.start_offset(topic, queue, start).map(Some).map_err(log_error)
    }
}

fn offset_of(offsets: &QueueOffsets, queue: QueueId) -> Option<Offset> {
    offsets.iter().find(|(number, _)| *number == queue.0).map(|(_, offset)| *offset)
}

/// How far a queue is read.
pub(super) struct QueueReader {
    pub queue: QueueId,
    pub cursor: Cursor,
    /// The next message that has not been given out.
    pub next: Offset,
    /// Where reading ends, if it does.
    end: Option<Offset>,
    /// A batch that did not go into a block whole, and the message that comes next of it.
    pub left: Option<(Batch, usize)>,
}

impl QueueReader {
    /// Whether there is nothing more to read, ever.
    pub fn is_done(&self, log: &Log, topic: TopicId) -> Result<bool> {
        let Some(end) = self.end else { return Ok(false) };
        if self.next >= end {
            return Ok(true);
        }
        // What is missing in front of the end was taken by retention.
        let nothing_left = self.left.is_none() && self.cursor.offset() >= end;
        Ok(nothing_left && log.latest(topic, self.queue).map_err(log_error)? >= end)
    }

    /// Fills a block with what there is: with messages, or with the changes that they are of what is the latest.
    pub fn fill(&mut self, mut block: BlockBuilder, mut latest: Option<&mut Latest>) -> Result<BlockBuilder> {
        loop {
            let (batch, from) = match self.left.take() {
                Some(left) => left,
                None => match self.cursor.next_batch().map_err(log_error)? {
                    Some(batch) => {
                        let from = batch.wanted().start;
                        (batch, from)
                    }
                    None => return Ok(block),
                },
            };
            for index in from..batch.wanted().end {
                let offset = batch.message(index).map(|message| message.offset);
                if offset.zip(self.end).is_some_and(|(offset, end)| offset >= end) {
                    // What is missing in front of the end was taken by retention.
                    block.skip_to(self.end.unwrap_or_default());
                    self.left = Some((batch, index));
                    return Ok(block);
                }
                let taken = match &mut latest {
                    _ if block.is_closed() => Taken::No,
                    Some(latest) => block.take_change(&batch, index, latest)?,
                    None => block.take(&batch, index),
                };
                if taken == Taken::No {
                    self.left = Some((batch, index));
                    return Ok(block);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_format::{Format, RawOptions};
    use millstream_log::{Change, Commit, Machines, Message, Options, Timestamp, TopicSpec};

    #[test]
    fn an_end_among_messages_that_are_gone_is_reached() {
        let now = Timestamp(0);
        let log = Log::in_memory(Options::default(), Machines::new(), now).unwrap();
        let topic = log.create_topic("t", TopicSpec::default(), now).unwrap();
        let queue = QueueId(0);
        let mut commit = Commit::new();
        for _ in 0..10 {
            commit.message(topic, queue, &Message::of(b"x")).unwrap();
        }
        log.commit(&commit, now).unwrap();
        log.change(Change::Truncate { topic, queue, begin: 5 }, now).unwrap();
        for (end, messages) in [(4, 0), (5, 0), (7, 2), (10, 5)] {
            let cursor = log.cursor(topic, queue, 1);
            let mut reader = QueueReader { queue, cursor, next: 1, end: Some(end), left: None };
            let block = BlockBuilder::new(&Format::Raw(RawOptions::default()), true, None, reader.next);
            let block = reader.fill(block, None).unwrap();
            reader.next = block.next();
            assert_eq!(block.finish().1.messages().count(), messages, "up to {end}");
            assert!(reader.is_done(&log, topic).unwrap(), "up to {end}");
        }
    }
}
