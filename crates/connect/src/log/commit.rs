//! Commits of jobs: offsets of sources and messages of sinks in one record.

use std::any::Any;
use std::sync::Arc;

use millstream_engine::{Commit, Committer, Error, ErrorKind, Result};
use millstream_log::{GroupId, Log, Message, Offset, QueueId, Timestamp, TopicId};

use super::log_error;
use super::store::{self, LogStore};

/// A record takes 64 MiB; output that is longer becomes several, the last of which has the offsets.
const COMMIT_BYTES_MAX: usize = 48 << 20;

/// Keeps the progress of one job, as offsets of a group that has its name.
#[derive(Debug)]
pub(super) struct LogCommitter {
    store: LogStore,
    job: String,
    /// A number for what the job does.
    statement: u64,
    /// Lives as long as the job does.
    runs: Arc<()>,
}

impl LogCommitter {
    pub fn new(store: LogStore, job: String, statement: u64) -> Self {
        Self { store, job, statement, runs: Arc::default() }
    }

    /// The group whose offsets say where the scan of this number goes on.
    pub fn group(&self, scan: usize) -> Result<GroupId> {
        self.store.take_name(&self.job, self.statement, &self.runs)?;
        store::group(&self.store.log()?, &self.group_name(scan))
    }

    /// The name of that group.
    pub fn group_name(&self, scan: usize) -> String {
        match scan {
            0 => self.job.clone(),
            _ => format!("{}.scan-{scan}", self.job),
        }
    }
}

impl Committer for LogCommitter {
    fn begin(&self) -> Result<Box<dyn Commit>> {
        Ok(Box::new(LogCommit { log: self.store.log()?, staged: Vec::new(), offsets: Vec::new() }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The committer of a job, if it is one of the log.
pub(super) fn committer_of(committer: Option<&Arc<dyn Committer>>) -> Option<&LogCommitter> {
    committer?.as_any().downcast_ref()
}

/// What will be one commit.
pub(super) struct LogCommit {
    log: Log,
    staged: Vec<Staged>,
    offsets: Vec<(GroupId, TopicId, QueueId, Offset)>,
}

/// Messages for a topic.
#[derive(Default)]
pub(super) struct Staged {
    pub topic: TopicId,
    pub bodies: Vec<u8>,
    pub messages: Vec<StagedMessage>,
}

/// A message whose body ends at `body_end` of [`Staged::bodies`] and begins where the one before ended.
pub(super) struct StagedMessage {
    pub queue: QueueId,
    pub body_end: usize,
    /// Whether it has no body, and deletes the row of its key.
    pub deletes: bool,
    /// Attributes, for tables that write some.
    pub attributes: Option<Box<Attributes>>,
}

/// What metadata columns say of a message.
#[derive(Default)]
pub(super) struct Attributes {
    pub keys: Vec<Vec<u8>>,
    pub tag: Vec<u8>,
    pub properties: Vec<(String, String)>,
}

impl LogCommit {
    /// The commit of a job that writes to a log.
    pub fn of(commit: &mut dyn Commit) -> Result<&mut Self> {
        commit
            .as_any()
            .downcast_mut()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a topic's rows in a commit of another store"))
    }

    pub fn stage(&mut self, staged: Staged) {
        self.staged.push(staged);
    }

    pub fn offset(&mut self, group: GroupId, topic: TopicId, queue: QueueId, next: Offset) {
        self.offsets.push((group, topic, queue, next));
    }
}

impl Commit for LogCommit {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn settle(self: Box<Self>, now_micros: i64) -> Result<()> {
        let now = Timestamp(now_micros.div_euclid(1000));
        let mut commit = millstream_log::Commit::new();
        for Staged { topic, bodies, messages } in &self.staged {
            let mut start = 0;
            for staged in messages {
                if commit.bytes() > COMMIT_BYTES_MAX {
                    self.log.commit(&std::mem::take(&mut commit), now).map_err(log_error)?;
                }
                let body = bodies.get(start..staged.body_end).unwrap_or_default();
                start = staged.body_end;
                add(&mut commit, *topic, staged, body, now)?;
            }
        }
        for (group, topic, queue, next) in self.offsets {
            commit.offset(group, topic, queue, next);
        }
        if !commit.is_empty() {
            self.log.commit(&commit, now).map_err(log_error)?;
        }
        Ok(())
    }
}

fn add(
    commit: &mut millstream_log::Commit,
    topic: TopicId,
    staged: &StagedMessage,
    body: &[u8],
    now: Timestamp,
) -> Result<()> {
    let mut message = Message { body: (!staged.deletes).then_some(body), born: now, ..Message::default() };
    let added = match &staged.attributes {
        None => commit.message(topic, staged.queue, &message),
        Some(attributes) => {
            let keys: Vec<&[u8]> = attributes.keys.iter().map(Vec::as_slice).collect();
            let properties: Vec<(&str, &str)> =
                attributes.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            message.keys = &keys;
            message.tag = &attributes.tag;
            message.properties = &properties;
            commit.message(topic, staged.queue, &message)
        }
    };
    added.map_err(log_error)
}
