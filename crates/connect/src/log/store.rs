//! The log that a program's tables are topics of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use millstream_engine::{Committer, Error, ErrorKind, Result};
use millstream_log::{Change, Commit, GroupId, Log, Machines, Options, Timestamp, TopicInfo, TopicSpec};

use super::commit::LogCommitter;
use super::log_error;
use super::options::LogOptions;

/// How long a segment of a log in memory is.
const MEMORY_SEGMENT_BYTES: u64 = 8 << 20;

/// The longest name of a job, in bytes; the rest of a group's name is for the number of a scan.
const JOB_NAME_BYTES_MAX: usize = 200;

/// The log that tables of the connector `log` are topics of: one in a folder, or one in memory that begins with its first use.
/// Clones are the same.
#[derive(Clone, Default)]
pub struct LogStore {
    state: Arc<Mutex<State>>,
    is_durable: bool,
}

#[derive(Default)]
struct State {
    log: Option<Log>,
    /// The jobs that keep their progress here, by their names.
    jobs: HashMap<String, KnownJob>,
}

/// A job that was run, or runs.
struct KnownJob {
    /// A number for what it does.
    statement: u64,
    /// Lives as long as it runs.
    runs: Weak<()>,
}

impl std::fmt::Debug for LogStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogStore").field("is_durable", &self.is_durable).finish_non_exhaustive()
    }
}

impl LogStore {
    /// Over a log that is open, and is there again when the program is.
    pub fn on(log: Log) -> Self {
        Self { state: Arc::new(Mutex::new(State { log: Some(log), ..State::default() })), is_durable: true }
    }

    /// Whether jobs find what they did in earlier runs of the program, by their names.
    pub fn is_durable(&self) -> bool {
        self.is_durable
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log.
    pub(crate) fn log(&self) -> Result<Log> {
        let mut state = self.state();
        if let Some(log) = state.log.as_ref() {
            return Ok(log.clone());
        }
        let options = Options { segment_bytes: MEMORY_SEGMENT_BYTES, ..Options::default() };
        let opened = Log::in_memory(options, Machines::standard(), Timestamp(0)).map_err(log_error)?;
        Ok(state.log.insert(opened).clone())
    }

    /// Where the progress of the job called `name` is kept. What cannot stand in a group's name is replaced by `_`. `statement` is a number for what
    /// the job does: a job that does something else cannot take its name while this store lives, as it would go on where the first one stopped.
    pub fn committer(&self, name: &str, statement: u64) -> Arc<dyn Committer> {
        let fits = |c: char| if c.is_control() || c.is_whitespace() || c == '/' { '_' } else { c };
        let mut job: String = name.chars().map(fits).collect();
        while job.len() > JOB_NAME_BYTES_MAX {
            job.pop();
        }
        Arc::new(LogCommitter::new(self.clone(), job, statement))
    }

    /// Takes the name of a job for as long as `runs` lives.
    pub(super) fn take_name(&self, job: &str, statement: u64, runs: &Arc<()>) -> Result<()> {
        let mut state = self.state();
        let taken = |why: &str| {
            Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the name '{job}', under which the job's progress is kept, {why}; give it one of its own before it, as in \
                     SET 'pipeline.name' = 'my-job'"
                ),
            ))
        };
        match state.jobs.get(job) {
            Some(known) if known.runs.ptr_eq(&Arc::downgrade(runs)) => return Ok(()),
            Some(known) if known.statement != statement => return taken("is that of another statement"),
            Some(known) if known.runs.strong_count() > 0 => return taken("is that of a job which runs"),
            _ => {}
        }
        let known = KnownJob { statement, runs: Arc::downgrade(runs) };
        state.jobs.insert(job.to_owned(), known);
        Ok(())
    }
}

/// The topic of this name, to read it. In a log in memory it is made if it is not there.
pub(super) fn topic_to_read(store: &LogStore, options: &LogOptions) -> Result<TopicInfo> {
    let (log, name) = (store.log()?, &options.topic);
    if !store.is_durable {
        return topic(&log, options);
    }
    log.view(|view| view.topic_named(name)).ok_or_else(|| {
        Error::new(
            ErrorKind::Invalid,
            format!(
                "there is no topic '{name}'; make it with `millstream topic create`, or write to it first"
            ),
        )
    })
}

/// The topic of this name; it is made if it is not there.
pub(super) fn topic(log: &Log, options: &LogOptions) -> Result<TopicInfo> {
    // Of rows with a key only the latest counts: the topic is a table, and is compacted.
    let spec = TopicSpec { queues: options.queues, table: options.key.is_some(), ..TopicSpec::default() };
    topic_as(log, &options.topic, &spec)
}

/// The topic of this name; it is made as `spec` says if it is not there.
pub(super) fn topic_as(log: &Log, name: &str, spec: &TopicSpec) -> Result<TopicInfo> {
    if let Some(topic) = log.view(|view| view.topic_named(name)) {
        return Ok(topic);
    }
    // Another job may have made it meanwhile.
    let made = log.transact(last_time(log), |view| {
        let mut commit = Commit::new();
        if view.topic_named(name).is_none() {
            commit.change(Change::CreateTopic {
                id: view.next_topic(),
                name: name.to_owned(),
                spec: spec.clone(),
            });
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
pub(super) fn last_time(log: &Log) -> Timestamp {
    log.view(|view| view.last_time())
}

fn gone(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{what} '{name}' was deleted while a job was being started"))
}
