//! The latest message of each key, by which the messages of a table with a PRIMARY KEY become changes of its rows.
//!
//! It is kept in memory, as bodies. What a job knows is kept in the log as well, in a topic of its own that is a table, by the commit
//! that says how far the job has read: so that it goes on with what it knew, whatever compaction and retention have taken meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{Log, MessageView, Offset, QueueId, TopicId, TopicSpec};

use super::commit::{Attributes, LogCommit, Staged, StagedMessage};
use super::log_error;
use super::store::{last_time, topic_as};

/// What a key costs beside its bytes and those of its body.
const KEY_BYTES: usize = 96;

/// The attribute of a topic that keeps the state of a job: the job's name.
const STATE_OF: &str = "millstream.state-of";

/// The first byte of a key in the topic that keeps what a job knows: a row; the queue's number (4), then the body.
const ROW: u8 = 0;

/// Up to where a queue was read: its number (4), then the offset (8).
const POSITION: u8 = 1;

/// What a message changes.
pub(super) enum Changed<'a> {
    Nothing,
    New(&'a [u8]),
    Replaced { former: Arc<[u8]>, body: &'a [u8] },
    Gone { former: Arc<[u8]> },
}

/// Bytes that the sources of a scan hold together.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    table: Arc<str>,
    limit: usize,
    used: Arc<AtomicUsize>,
}

/// A body, and the queue that it came from.
struct Body {
    queue: QueueId,
    bytes: Arc<[u8]>,
}

/// The latest bodies by key, of the queues of one lane.
pub(super) struct Latest {
    bodies: HashMap<Box<[u8]>, Body>,
    bound: Bound,
    held: usize,
    /// Where they are kept, for a job that keeps its progress.
    kept: Option<TopicId>,
    /// The keys whose bodies are not kept yet.
    unkept: HashSet<Box<[u8]>>,
    /// Up to where the queues were read for what is kept.
    positions: HashMap<QueueId, Offset>,
}

impl Bound {
    pub fn new(table: &str, limit: usize) -> Self {
        Self { table: table.into(), limit, used: Arc::default() }
    }

    fn add(&self, more: usize) -> Result<()> {
        let total = self.used.fetch_add(more, Ordering::Relaxed).saturating_add(more);
        if total <= self.limit {
            return Ok(());
        }
        let mb = self.limit >> 20;
        Err(Error::new(
            ErrorKind::Full,
            format!(
                "the latest rows of table '{}' by its PRIMARY KEY need more memory than 'millstream.memory.state' allows ({mb} MB): \
                 raise it, as in SET 'millstream.memory.state' = '{} mb'",
                self.table,
                mb.max(1) * 4
            ),
        ))
    }
}

impl Latest {
    /// Nothing is known. `kept` is where it is kept.
    pub fn new(bound: Bound, kept: Option<TopicId>) -> Self {
        Self {
            bodies: HashMap::new(),
            bound,
            held: 0,
            kept,
            unkept: HashSet::new(),
            positions: HashMap::new(),
        }
    }

    /// What a message changes, without taking it in.
    pub fn change<'a>(&self, message: &MessageView<'a>) -> Changed<'a> {
        // As in a table of the log, a message without a key is no row.
        let Some(key) = message.key() else { return Changed::Nothing };
        let former = self.bodies.get(key).map(|body| &body.bytes);
        match (former, message.body()) {
            (None, None) => Changed::Nothing,
            (None, Some(body)) => Changed::New(body),
            (Some(former), Some(body)) if **former == *body => Changed::Nothing,
            (Some(former), Some(body)) => Changed::Replaced { former: Arc::clone(former), body },
            (Some(former), None) => Changed::Gone { former: Arc::clone(former) },
        }
    }

    /// Takes in a message that changes something.
    pub fn take(&mut self, queue: QueueId, message: &MessageView<'_>) -> Result<()> {
        let Some(key) = message.key() else { return Ok(()) };
        match message.body() {
            Some(body) => self.put(key.into(), queue, body.into())?,
            None => self.remove(key),
        }
        if self.kept.is_some() { self.note(key.into()) } else { Ok(()) }
    }

    /// What there is of a key has to be kept with the next commit.
    fn note(&mut self, key: Box<[u8]>) -> Result<()> {
        let bytes = key.len() + KEY_BYTES;
        if self.unkept.insert(key) {
            self.held += bytes;
            self.bound.add(bytes)?;
        }
        Ok(())
    }

    fn put(&mut self, key: Box<[u8]>, queue: QueueId, body: Arc<[u8]>) -> Result<()> {
        let more = key.len() + body.len() + KEY_BYTES;
        self.held += more;
        self.bound.add(more)?;
        let key_bytes = key.len();
        if let Some(former) = self.bodies.insert(key, Body { queue, bytes: body }) {
            self.give_back(key_bytes + former.bytes.len() + KEY_BYTES);
        }
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(former) = self.bodies.remove(key) {
            self.give_back(key.len() + former.bytes.len() + KEY_BYTES);
        }
    }

    fn give_back(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
        self.bound.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Puts what has changed since the last time into a commit, and up to where the queues were read for it.
    pub fn stage(&mut self, commit: &mut LogCommit, positions: &[(QueueId, Offset)]) {
        let Some(topic) = self.kept else { return };
        let mut staged = Staged { topic, ..Staged::default() };
        for key in std::mem::take(&mut self.unkept) {
            self.give_back(key.len() + KEY_BYTES);
            let body = self.bodies.get(&key);
            if let Some(body) = body {
                staged.bodies.extend_from_slice(&body.queue.0.to_le_bytes());
                staged.bodies.extend_from_slice(&body.bytes);
            }
            push(&mut staged, ROW, &key, body.is_none());
        }
        for (queue, next) in positions {
            if self.positions.insert(*queue, *next) == Some(*next) {
                continue;
            }
            staged.bodies.extend_from_slice(&queue.0.to_le_bytes());
            staged.bodies.extend_from_slice(&next.to_le_bytes());
            push(&mut staged, POSITION, &queue.0.to_le_bytes(), false);
        }
        if !staged.messages.is_empty() {
            commit.stage(staged);
        }
    }
}

/// A message of the topic that keeps the state, whose body stands at the end of the bodies.
fn push(staged: &mut Staged, sort: u8, key: &[u8], deletes: bool) {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(sort);
    full.extend_from_slice(key);
    let attributes = Attributes { keys: vec![full], ..Attributes::default() };
    staged.messages.push(StagedMessage {
        queue: QueueId(0),
        body_end: staged.bodies.len(),
        deletes,
        attributes: Some(Box::new(attributes)),
    });
}

impl Drop for Latest {
    fn drop(&mut self) {
        self.bound.used.fetch_sub(self.held, Ordering::Relaxed);
    }
}

/// The topic that keeps what the scan whose group is called `group` knows; it is made if it is not there.
pub(super) fn kept(log: &Log, group: &str) -> Result<TopicId> {
    let attributes = vec![(STATE_OF.to_owned(), group.to_owned())];
    let spec = TopicSpec { attributes: attributes.clone(), ..TopicSpec::table() };
    let name = format!("{group}.state");
    let topic = topic_as(log, &name, &spec)?;
    if !topic.spec.table || topic.spec.attributes != attributes {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "the job '{group}' keeps the latest rows of a table in topic '{name}', but that name is taken by another topic: give \
                 the job another name, as in SET 'pipeline.name' = 'my-job'"
            ),
        ));
    }
    Ok(topic.id)
}

/// A queue that is read: by which lane, and where the job goes on with it, if it has begun.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub lane: usize,
    pub begun: Option<Offset>,
}

/// Gives the lanes what the job knew of the queues that they read. Where the job does not go on where it stopped, because its offsets were set
/// to another place or are gone, it begins anew: what it knew of the queue goes.
pub(super) fn restore(
    log: &Log,
    kept: TopicId,
    lanes: &mut [&mut Latest],
    queues: &HashMap<QueueId, Reading>,
) -> Result<()> {
    let damaged = || Error::new(ErrorKind::Unavailable, "a row that a job keeps in the log is damaged");
    let rows = |sort: u8| log.scan_prefix(kept, &[sort], last_time(log)).map_err(log_error);
    let mut known = HashSet::new();
    for row in rows(POSITION)? {
        let (_, row) = row.map_err(log_error)?;
        let (queue, next) = row.value.split_first_chunk().ok_or_else(damaged)?;
        let (queue, next) = (QueueId(u32::from_le_bytes(*queue)), *next.first_chunk().ok_or_else(damaged)?);
        let next = Offset::from_le_bytes(next);
        if queues.get(&queue).is_some_and(|reading| reading.begun == Some(next)) {
            known.insert(queue);
        }
    }
    for row in rows(ROW)? {
        let (key, row) = row.map_err(log_error)?;
        let key: Box<[u8]> = key.get(1..).ok_or_else(damaged)?.into();
        let (queue, body) = row.value.split_first_chunk().ok_or_else(damaged)?;
        let queue = QueueId(u32::from_le_bytes(*queue));
        let lane = queues.get(&queue).and_then(|reading| lanes.get_mut(reading.lane));
        match lane {
            Some(latest) if known.contains(&queue) => latest.put(key, queue, body.into())?,
            Some(latest) => latest.note(key)?,
            // Another job may read it by this name, which reads other queues.
            None => {}
        }
    }
    Ok(())
}
