//! The log that a program's tables are topics of.

use std::sync::{Arc, Mutex, PoisonError};

use millstream_engine::{Committer, Error, ErrorKind, Result};
use millstream_log::{Change, Commit, GroupId, Log, Machines, Options, Timestamp, TopicInfo, TopicSpec};

use super::commit::LogCommitter;
use super::log_error;

/// How long a segment of a log in memory is.
const MEMORY_SEGMENT_BYTES: u64 = 8 << 20;

/// The longest name of a job, in bytes; the rest of a group's name is for the number of a scan.
const JOB_NAME_BYTES_MAX: usize = 200;

/// The log that tables of the connector `log` are topics of: one in a folder, or one in memory that begins with its first use.
/// Clones are the same.
#[derive(Clone, Default)]
pub struct LogStore {
    log: Arc<Mutex<Option<Log>>>,
}

impl std::fmt::Debug for LogStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogStore").finish_non_exhaustive()
    }
}

impl LogStore {
    /// Over a log that is open.
    pub fn on(log: Log) -> Self {
        Self { log: Arc::new(Mutex::new(Some(log))) }
    }

    /// The log.
    pub(crate) fn log(&self) -> Result<Log> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = log.as_ref() {
            return Ok(log.clone());
        }
        let options = Options { segment_bytes: MEMORY_SEGMENT_BYTES, ..Options::default() };
        let opened = Log::in_memory(options, Machines::standard(), Timestamp(0)).map_err(log_error)?;
        Ok(log.insert(opened).clone())
    }

    /// Where the progress of the job called `name` is kept. What cannot stand in a group's name is replaced by `_`.
    pub fn committer(&self, name: &str) -> Arc<dyn Committer> {
        let fits = |c: char| if c.is_control() || c.is_whitespace() || c == '/' { '_' } else { c };
        let mut job: String = name.chars().map(fits).collect();
        while job.len() > JOB_NAME_BYTES_MAX {
            job.pop();
        }
        Arc::new(LogCommitter::new(self.clone(), job))
    }
}

/// The topic of this name; it is made if it is not there.
pub(super) fn topic(log: &Log, name: &str, queues: u32) -> Result<TopicInfo> {
    if let Some(topic) = log.view(|view| view.topic_named(name)) {
        return Ok(topic);
    }
    let spec = TopicSpec { queues, ..TopicSpec::default() };
    // Another job may have made it meanwhile.
    let made = log.transact(last_time(log), |view| {
        let mut commit = Commit::new();
        if view.topic_named(name).is_none() {
            commit.change(Change::CreateTopic { id: view.next_topic(), name: name.to_owned(), spec });
        }
        Ok((commit, ()))
    });
    made.map_err(log_error)?;
    log.view(|view| view.topic_named(name)).ok_or_else(|| gone("topic", name))
}

/// The group of this name; it is made if it is not there.
pub(super) fn group(log: &Log, name: &str) -> Result<GroupId> {
    let made = log.transact(last_time(log), |view| {
        let mut commit = Commit::new();
        if let Some(group) = view.group_named(name) {
            return Ok((commit, group.id));
        }
        let id = view.next_group();
        commit.change(Change::CreateGroup { id, name: name.to_owned(), attributes: Vec::new() });
        Ok((commit, id))
    });
    made.map(|(_, id)| id).map_err(log_error)
}

/// Catalog changes of jobs that are being built have no clock at hand: they happen when the last commit did.
fn last_time(log: &Log) -> Timestamp {
    log.view(|view| view.last_time())
}

fn gone(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{what} '{name}' was deleted while a job was being started"))
}
