//! Messages on their way out: counted, printed, and noted for a group.

use millstream_connect::log_error;
use millstream_engine::Result;
use millstream_log::{Commit, GroupId, Log, MessageView, Offset, QueueId, TopicInfo};

use super::message;
use crate::args::ConsumeForm;
use crate::clock::{self, Stopwatch};
use crate::output::Stdout;

/// Bytes that are gathered before they are printed.
const CHUNK_BYTES: usize = 128 << 10;

/// How long what was printed waits to be noted for its group while more is printed.
const NOTE_INTERVAL_MS: u128 = 500;

/// Takes messages.
pub struct Consumer {
    log: Log,
    topic: TopicInfo,
    form: ConsumeForm,
    /// Messages that may still be taken.
    left: u64,
    group: Option<GroupId>,
    /// Where the group goes on, for queues in which that has changed.
    next: Vec<(QueueId, Offset)>,
    noted: Stopwatch,
    out: Vec<u8>,
    stdout: Stdout,
}

impl Consumer {
    /// Takes at most `max` messages of a topic.
    pub fn new(log: &Log, topic: &TopicInfo, form: ConsumeForm, max: u64, group: Option<GroupId>) -> Self {
        Self {
            log: log.clone(),
            topic: topic.clone(),
            form,
            left: max,
            group,
            next: Vec::new(),
            noted: Stopwatch::start(),
            out: Vec::new(),
            stdout: Stdout::default(),
        }
    }

    /// Whether it has all that it may take.
    pub fn has_all(&self) -> bool {
        self.left == 0
    }

    /// Takes a message, unless it has all.
    ///
    /// # Errors
    /// Closed, when nobody reads what is printed.
    pub fn take(&mut self, queue: QueueId, message: &MessageView<'_>) -> Result<()> {
        if self.has_all() {
            return Ok(());
        }
        self.left -= 1;
        message::push(self.form, queue, message, &mut self.out);
        self.goes_on(queue, message.offset + 1);
        if self.out.len() >= CHUNK_BYTES {
            self.print()?;
            if self.noted.elapsed().as_millis() >= NOTE_INTERVAL_MS {
                self.note()?;
            }
        }
        Ok(())
    }

    /// Everything of the queue in front of `offset` was taken, or is not asked for.
    pub fn goes_on(&mut self, queue: QueueId, offset: Offset) {
        if self.group.is_none() {
            return;
        }
        match self.next.iter_mut().find(|(known, _)| *known == queue) {
            Some((_, next)) => *next = (*next).max(offset),
            None => self.next.push((queue, offset)),
        }
    }

    /// Prints what was taken, then notes it for the group: what is noted was printed.
    ///
    /// # Errors
    /// Closed, when nobody reads what is printed; those of the log.
    pub fn flush(&mut self) -> Result<()> {
        self.print()?;
        self.note()
    }

    fn print(&mut self) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let printed = self.stdout.write(&self.out);
        self.out.clear();
        printed
    }

    fn note(&mut self) -> Result<()> {
        let Some(group) = self.group else { return Ok(()) };
        if self.next.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new();
        for (queue, next) in self.next.drain(..) {
            commit.offset(group, self.topic.id, queue, next);
        }
        self.noted = Stopwatch::start();
        self.log.commit(&commit, clock::now()).map(|_| ()).map_err(log_error)
    }
}
