//! The log: what callers hold.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catalog::{Attributes, Catalog, Change, TopicSpec};
use crate::index::Unwritten;
use crate::record::{Commit, Compression, Encoded, RecordKind};
use crate::recovery::{Recovered, recover};
use crate::retention::Examined;
use crate::state::Machines;
use crate::storage::{DiskStorage, SimulatedDisk, Storage};
use crate::tables::Tables;
use crate::view::View;
use crate::watch::Watches;
use crate::writer::{Core, Placed, Progress, Receipt, Recent};
use crate::{Error, ErrorKind, GroupId, Offset, Options, QueueId, Result, Timestamp, TopicId};

/// A log. Clones are the same log; all of it may be used from many threads.
#[derive(Clone)]
pub struct Log {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub storage: Arc<dyn Storage>,
    pub options: Options,
    core: Mutex<Core>,
    pub progress: Progress,
    pub watches: Watches,
    pub tables: Tables,
    pub unwritten_indexes: Unwritten,
    pub retention: Mutex<Examined>,
    _lock: Box<dyn Send + Sync>,
}

impl Inner {
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Opens the log in `folder`, or begins one there.
    ///
    /// # Errors
    /// `Unavailable`: another process has it open, or the disk failed. `Corrupt`: a record in front of the last ones is damaged.
    /// `Unsupported`: a later version wrote it, or it holds state of a machine that is not among `machines`.
    pub fn open(folder: &Path, options: Options, machines: Machines, now: Timestamp) -> Result<Self> {
        let storage = DiskStorage::create(folder).map_err(|error| {
            Error::io(&format!("use {} as the folder of a log", folder.display()), &error)
        })?;
        Self::open_on(Arc::new(storage), options, machines, now)
    }

    /// A log in memory, gone with its last clone.
    ///
    /// # Errors
    /// None that a disk would not give.
    pub fn in_memory(options: Options, machines: Machines, now: Timestamp) -> Result<Self> {
        Self::open_on(Arc::new(SimulatedDisk::default()), options, machines, now)
    }

    /// Opens the log on any storage.
    ///
    /// # Errors
    /// See [`Log::open`].
    pub fn open_on(
        storage: Arc<dyn Storage>,
        options: Options,
        machines: Machines,
        now: Timestamp,
    ) -> Result<Self> {
        let allowed = Options::SEGMENT_BYTES_MIN..=Options::SEGMENT_BYTES_MAX;
        if !allowed.contains(&options.segment_bytes) {
            return Err(Error::invalid(format!(
                "segments cannot have {} bytes; give {} to {}",
                options.segment_bytes,
                allowed.start(),
                allowed.end()
            )));
        }
        let lock = storage.lock().map_err(|error| match error.kind() {
            std::io::ErrorKind::WouldBlock => Error::unavailable(format!(
                "the log in {} is open in another process; stop that one first, or talk to it",
                storage.describe()
            )),
            _ => Error::io(&format!("lock the log in {}", storage.describe()), &error),
        })?;
        let Recovered { replay, segments, tail, previous } = recover(storage.as_ref(), machines)?;
        let active = segments.last().cloned();
        let tables = Tables::new(storage.as_ref(), &options, now);
        let core = Core {
            catalog: replay.catalog,
            machines: replay.machines,
            segments,
            tail,
            previous,
            last_time: replay.last_time,
            pending: Vec::new(),
            strict: std::collections::VecDeque::new(),
            written: tail,
            visible: tail,
            durable: tail,
            keys: replay.keys,
            recent: Recent::new(options.tail_cache_bytes),
            closed: false,
        };
        let inner = Inner {
            storage,
            options,
            core: Mutex::new(core),
            progress: Progress::new(tail, active),
            watches: Watches::default(),
            tables,
            unwritten_indexes: Unwritten::default(),
            retention: Mutex::default(),
            _lock: lock,
        };
        let log = Self { inner: Arc::new(inner) };
        log.open_tables()?;
        Ok(log)
    }

    /// Commits, and answers when the commit is as durable as its topics ask for.
    ///
    /// # Errors
    /// `InvalidInput`: it names what is not there, or is too large; nothing of it happened. `Full`: there is no space; nothing
    /// of it happened. `Unavailable`: the disk failed; whether it is kept is known only after the log was opened again, and no
    /// further commit is taken until then.
    pub fn commit(&self, commit: &Commit, now: Timestamp) -> Result<Receipt> {
        let placed = self.place(commit, now)?;
        self.finish(placed)
    }

    /// Gives a commit its place.
    pub(crate) fn place(&self, commit: &Commit, now: Timestamp) -> Result<Placed> {
        let encoded = self.encode(commit)?;
        let mut core = self.inner.core();
        self.refuse_after_failure()?;
        let placed = core.append(&self.inner, commit, encoded, now);
        drop(core);
        self.unless_broken(placed)
    }

    /// Decides what to commit while no other commit can come in between, commits it, and gives the answer once that is durable.
    ///
    /// `decide` runs under the writer's lock: it sees everything that was committed before it, also what is not durable yet,
    /// and must be short. An empty commit is not written.
    ///
    /// # Errors
    /// What `decide` answers, and the errors of [`Log::commit`].
    pub fn transact<T>(
        &self,
        now: Timestamp,
        decide: impl FnOnce(&View<'_>) -> Result<(Commit, T)>,
    ) -> Result<(Option<Receipt>, T)> {
        let mut core = self.inner.core();
        self.refuse_after_failure()?;
        let (commit, answer) = decide(&View { core: &core })?;
        if commit.is_empty() {
            return Ok((None, answer));
        }
        let encoded = commit.encode(|topic| compression(&core.catalog, topic))?;
        let placed = core.append(&self.inner, &commit, encoded, now);
        drop(core);
        let placed = self.unless_broken(placed)?;
        Ok((Some(self.finish(placed)?), answer))
    }

    fn encode(&self, commit: &Commit) -> Result<Encoded> {
        let mut topics: Vec<TopicId> = commit.targets().map(|(topic, _, _)| topic).collect();
        topics.sort_unstable();
        topics.dedup();
        let compressions: Vec<Compression> = {
            let core = self.inner.core();
            topics.iter().map(|topic| compression(&core.catalog, *topic)).collect()
        };
        commit.encode(|topic| {
            let place = topics.binary_search(&topic).ok();
            place.and_then(|place| compressions.get(place)).copied().unwrap_or_default()
        })
    }

    pub(crate) fn refuse_after_failure(&self) -> Result<()> {
        self.inner.progress.failure().map_or(Ok(()), Err)
    }

    /// Stops the writer after an error half-way.
    fn unless_broken(&self, placed: Result<Placed>) -> Result<Placed> {
        placed.inspect_err(|error| {
            if error.kind == ErrorKind::Internal {
                self.inner.progress.fail(error);
            }
        })
    }

    fn finish(&self, placed: Placed) -> Result<Receipt> {
        self.inner.progress.settle(&self.inner, placed.receipt.end, placed.strict)?;
        self.settled(&placed.receipt);
        Ok(placed.receipt)
    }

    /// What a commit brings about once it can be seen.
    pub(crate) fn settled(&self, receipt: &Receipt) {
        self.inner.watches.wake(&self.inner, receipt);
        self.relieve_tables();
        self.inner.relieve_indexes();
    }

    /// Makes everything that was committed so far durable. Callers with topics of
    /// [`Durability::FlushInterval`](crate::Durability::FlushInterval) call it at that interval.
    ///
    /// # Errors
    /// `Unavailable`: the disk failed.
    pub fn flush(&self) -> Result<()> {
        let end = self.inner.core().tail;
        self.inner.progress.settle(&self.inner, end, true)?;
        self.inner.write_indexes()
    }

    /// Flushes, and leaves a mark that everything was, so that later damage cannot be taken for a torn write. Further commits are
    /// refused.
    ///
    /// # Errors
    /// `Unavailable`: the disk failed.
    pub fn close(&self) -> Result<()> {
        self.flush()?;
        self.flush_tables()?;
        {
            let mut core = self.inner.core();
            if std::mem::replace(&mut core.closed, true) {
                return Ok(());
            }
            core.mark_closed();
        }
        self.flush()
    }

    /// Makes a topic.
    ///
    /// # Errors
    /// `InvalidInput`: the name is taken or not allowed, or a value is out of bounds; and the errors of [`Log::commit`].
    pub fn create_topic(&self, name: &str, spec: TopicSpec, now: Timestamp) -> Result<TopicId> {
        let (_, id) = self.transact(now, |view| {
            let id = view.next_topic();
            let mut commit = Commit::new();
            commit.change(Change::CreateTopic { id, name: name.to_owned(), spec });
            Ok((commit, id))
        })?;
        Ok(id)
    }

    /// Makes a group.
    ///
    /// # Errors
    /// `InvalidInput`: the name is taken or not allowed; and the errors of [`Log::commit`].
    pub fn create_group(&self, name: &str, attributes: Attributes, now: Timestamp) -> Result<GroupId> {
        let (_, id) = self.transact(now, |view| {
            let id = view.next_group();
            let mut commit = Commit::new();
            commit.change(Change::CreateGroup { id, name: name.to_owned(), attributes });
            Ok((commit, id))
        })?;
        Ok(id)
    }

    /// Changes topics, queues or groups.
    ///
    /// # Errors
    /// `InvalidInput`: the change is not possible; and the errors of [`Log::commit`].
    pub fn change(&self, change: Change, now: Timestamp) -> Result<Receipt> {
        let mut commit = Commit::new();
        commit.change(change);
        self.commit(&commit, now)
    }

    /// Says what the log knows, as of the commits that were placed so far. `read` must be short: commits wait for it.
    pub fn view<T>(&self, read: impl FnOnce(&View<'_>) -> T) -> T {
        read(&View { core: &self.inner.core() })
    }

    /// Where the group goes on in the queue; `None` if it never said.
    pub fn committed(&self, group: GroupId, topic: TopicId, queue: QueueId) -> Option<Offset> {
        self.view(|view| view.offset(group, topic, queue))
    }

    /// How many times the disk was synced since the log was opened.
    pub fn syncs(&self) -> u64 {
        self.inner.progress.syncs()
    }
}

fn compression(catalog: &Catalog, topic: TopicId) -> Compression {
    catalog.topic(topic).map_or(Compression::None, |topic| topic.spec.compression)
}

impl Core {
    /// The mark of a closed log.
    fn mark_closed(&mut self) {
        let Some(segment) = self.active().filter(|segment| segment.sealed.get().is_none()).cloned() else {
            return;
        };
        let position = self.tail;
        let at = self.next_place(self.last_time);
        let (record, checksum, _) = Encoded::bare().place(RecordKind::End, 0, at);
        self.push_record(&segment, position, Arc::new(record), checksum, self.last_time);
    }
}
