//! Jobs: plans lowered to tasks, worked on by lanes that the caller steps.
//!
//! A job is cut into tasks. A task has one input (a share of a scan, constant rows, or the merged result of an
//! operator that had to see everything) and chains of operators that end at a sink or at such an operator. Bounded tasks
//! wait in one queue, in the order of the text; a lane takes the next one when it has finished the last. Unbounded ones are dealt out to the lanes for good.
//! With one lane, rows come out in the order of the inputs.

mod commits;
mod gather;
mod lane;
mod lower;
mod progress;
mod refused;
mod run;
mod share;
mod task;

pub use lane::{Lane, LaneState};
pub use progress::{JobProgress, ProgressFigures};
pub use run::{JobReport, Settle, Threads};

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use millstream_sql::catalog::Table;
use millstream_sql::plan::Plan;

use crate::context::JobContext;
use crate::error::{Error, Result};
use crate::sink::Sink;
use crate::source::Connectors;
use crate::stop::Stop;
use commits::Commits;
use task::Task;

/// A query and where its rows go.
pub struct Output {
    /// The query.
    pub plan: Plan,
    /// Where its rows go.
    pub target: Target,
}

/// Where the rows of a query go.
pub enum Target {
    /// Into a table: INSERT INTO, or INSERT OVERWRITE.
    Table {
        /// The table.
        table: Arc<Table>,
        /// Whether what the table (or the partitions written to) held is replaced.
        overwrite: bool,
    },
    /// To a sink of the caller, who shows them.
    Caller(Box<dyn Sink>),
}

/// One or more queries that run together.
pub struct Job {
    shared: Arc<Shared>,
    lanes: Vec<Lane>,
}

/// What the lanes of a job share.
pub(crate) struct Shared {
    /// Bounded tasks that no lane works on.
    queue: Mutex<VecDeque<Task>>,
    /// Told when a task comes into the queue, and when the job ends.
    changed: Condvar,
    /// Tasks that have not ended, those that wait for a gather included.
    unfinished: AtomicUsize,
    sinks: Mutex<Vec<SinkSlot>>,
    commits: Commits,
    error: Mutex<Option<Error>>,
    failed: AtomicBool,
    stop: Stop,
    progress: Arc<JobProgress>,
    seed: u64,
}

/// A sink of a job, and whether part of a result may be committed to it when the job is stopped.
pub(crate) struct SinkSlot {
    sink: Box<dyn Sink>,
    /// Every row is right by itself, so those written before a stop stand.
    partial_is_right: bool,
}

impl Job {
    /// Lowers the queries to tasks; opens sources and sinks.
    ///
    /// # Errors
    /// Invalid and Unsupported ones of plans, connectors and formats: nothing has run.
    pub fn new(outputs: Vec<Output>, connectors: &dyn Connectors, context: &JobContext) -> Result<Self> {
        lower::lower(outputs, connectors, context)
    }

    /// Ends the job early when asked to; may be kept by a signal handler.
    pub fn stop(&self) -> Stop {
        self.shared.stop.clone()
    }

    /// The figures of the job; may be read by another thread while it runs.
    pub fn progress(&self) -> Arc<JobProgress> {
        Arc::clone(&self.shared.progress)
    }
}

impl Shared {
    /// The first error wins; all lanes end.
    pub fn fail(&self, error: Error) {
        let mut first = lock(&self.error);
        if first.is_none() {
            *first = Some(error);
        }
        drop(first);
        self.failed.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub fn has_ended(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    pub fn is_over(&self) -> bool {
        self.has_failed() || self.stop.is_requested() || self.has_ended()
    }

    pub fn take_task(&self) -> Option<Task> {
        lock(&self.queue).pop_front()
    }

    /// A task that follows from others goes before those that have not started.
    pub fn free_task(&self, task: Task) {
        lock(&self.queue).push_front(task);
        self.changed.notify_all();
    }

    /// A task has ended for good.
    pub fn count_ended(&self) {
        if self.unfinished.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.changed.notify_all();
        }
    }

    /// Waits until there may be something to do, up to `wait`.
    pub fn wait(&self, wait: Duration) {
        let queue = lock(&self.queue);
        if queue.is_empty() && !self.is_over() && !wait.is_zero() {
            // Woken early or late makes no difference: the lane looks again.
            drop(self.changed.wait_timeout(queue, wait));
        }
    }
}

/// A lane that failed inside has failed the job: what it left behind is only dropped.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
