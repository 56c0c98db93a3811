//! Tables: the latest row of each key of a topic that is a table.
//!
//! Derived from the log: a row is put when its message is committed, under the commit's position, so that reading "at a position" sees
//! whole commits only. Rows are kept in the files of one sorted tree for all tables (`files.rs`), or in memory where there is no
//! folder. What is missing, stale, foreign or damaged is thrown away and made again from the log (`follow.rs`), while the log serves.
//!
//! Invariants:
//! - No thread and no clock: files are written and merged, and rows past their time removed, in [`Log::tend_tables`]; a commit does it only
//!   when memory would go over its bound.
//! - Files never hold what is not durable in the log, and say in the same step how far they follow it.
//! - Locks are taken in this order: tending, gate, core, state.

mod bounds;
mod files;
mod follow;
mod memory;
mod read;
mod readers;
mod row;
mod rows;
mod snapshot;
mod sound;
mod store;
mod sweep;
mod tend;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use row::{Row, TABLE_KEY_BYTES_MAX};
pub use snapshot::{RowScan, TableSnapshot};

use crate::record::Batch;
use crate::storage::Storage;
use crate::{Options, Position, Timestamp};

use files::Mark;
use readers::Readers;
use rows::Rows;
use sweep::Sweep;

/// The most that is kept of commits that come while the last rows in front of them are read from the log.
const LATE_BYTES_MAX: usize = 16 << 20;

/// The tables of a log.
pub(crate) struct Tables {
    folder: Option<PathBuf>,
    cache: Arc<lsm_tree::Cache>,
    /// How many bytes of rows are kept in memory.
    memory_bytes_max: u64,
    /// What readers read, and hold this lock meanwhile; `None` while rows are missing.
    gate: RwLock<Option<Arc<Rows>>>,
    /// Who reads for longer.
    readers: Arc<Readers>,
    state: Mutex<State>,
    /// Whoever follows the log, writes files, merges them or removes rows.
    tending: Mutex<Tending>,
    /// Whether the rows are those of all commits.
    current: AtomicBool,
    /// How many bytes of rows are in memory.
    unwritten_bytes: AtomicU64,
}

/// What commits put their rows to.
enum State {
    /// Rows are missing: they are read from the log later, and so are those of new commits.
    Behind,
    /// The last missing rows are being read; those of new commits wait, each batch with its sequence number.
    Joining {
        late: Vec<(u64, Batch)>,
        bytes: usize,
    },
    Current {
        rows: Arc<Rows>,
        sealed: Position,
    },
}

struct Tending {
    /// While rows are missing: those that are there, and what they follow the log to.
    rows: Option<Arc<Rows>>,
    mark: Mark,
    /// What the files hold.
    written: Position,
    sweep: Sweep,
}

impl Tables {
    /// Tables of which nothing is read yet.
    pub(crate) fn new(storage: &dyn Storage, options: &Options, now: Timestamp) -> Self {
        Self {
            folder: storage.tables_folder().map(ToOwned::to_owned),
            cache: Arc::new(lsm_tree::Cache::with_capacity_bytes(options.table_cache_bytes)),
            memory_bytes_max: options.table_memory_bytes,
            gate: RwLock::new(None),
            readers: Arc::default(),
            state: Mutex::new(State::Behind),
            tending: Mutex::new(Tending {
                rows: None,
                mark: Mark::default(),
                written: Position(0),
                sweep: Sweep::first_after(now),
            }),
            current: AtomicBool::new(false),
            unwritten_bytes: AtomicU64::new(0),
        }
    }

    /// Puts the rows of a batch of a table, under the core's lock. `sequence` goes up by one for each. Readers see what stands in front of
    /// `visible`.
    pub(crate) fn put_batch(&self, batch: &Batch, sequence: &mut u64, visible: Position) {
        match &mut *self.state() {
            State::Behind => {}
            State::Joining { late, bytes } => {
                if *bytes <= LATE_BYTES_MAX {
                    *bytes += batch.bodies().len() + batch.len() * 128;
                    late.push((*sequence, batch.clone()));
                }
                *sequence += batch.len() as u64;
            }
            State::Current { rows, .. } => {
                let floor = self.floor_now(rows, visible);
                self.put_rows(rows, batch, sequence, floor);
            }
        }
    }

    fn put_rows(&self, rows: &Rows, batch: &Batch, sequence: &mut u64, floor: Position) {
        let mut bytes = 0;
        for message in batch.messages() {
            let at = *sequence;
            *sequence += 1;
            let Some(key) = message.key() else { continue };
            bytes += rows.put(batch.topic(), key, at, Row::of(&message, batch.queue()), floor);
        }
        self.unwritten_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// In front of what nobody reads any more. In memory alone this has to be known at each put; where somebody is reading just now, it
    /// is not.
    fn floor_now(&self, rows: &Rows, visible: Position) -> Position {
        if rows.files().is_some() {
            return Position(0);
        }
        let nobody = self.gate.try_write().is_ok();
        if nobody { self.readers.floor(visible) } else { Position(0) }
    }

    /// Whether the rows are those of all commits.
    fn is_current(&self) -> bool {
        self.current.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tending(&self) -> MutexGuard<'_, Tending> {
        self.tending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
