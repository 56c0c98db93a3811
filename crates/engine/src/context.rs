//! What a job tells its operators, sources and sinks.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use millstream_sql::config::Configuration;

use crate::commit::Committer;
use crate::memory::STATE_MEMORY;

/// Rows of a batch at the most, unless something else is asked for.
const BATCH_ROWS: usize = 8192;

/// The setting that says how long rows may wait for their commit.
const COMMIT_INTERVAL: &str = "millstream.commit.interval";

/// The settings of one job.
#[derive(Clone, Debug)]
pub struct JobContext {
    /// Lanes of the job: parallel instances of its operators (`parallelism.default`).
    pub lanes: usize,
    /// Rows in a batch at the most.
    pub batch_rows: usize,
    /// The session's time zone.
    pub time_zone: TimeZone,
    /// Bytes that stateful operators may hold together (`millstream.memory.state`).
    pub state_memory: usize,
    /// The seed of RAND, UUID and generators without one of their own; the same seed gives the same rows.
    pub seed: u64,
    /// The session's configuration.
    pub config: Configuration,
    /// Where the job's progress is kept; absent for queries whose rows are only shown.
    pub committer: Option<Arc<dyn Committer>>,
    /// How long a lane's rows may wait for their commit.
    pub commit_interval: Duration,
    /// The number of the scan that a source is made for: its progress is saved under it.
    pub scan: usize,
    /// Whether the job has operators that need all rows: it commits once, at its end.
    pub whole: bool,
}

impl JobContext {
    /// The settings that a session's configuration gives.
    pub fn new(config: &Configuration, seed: u64) -> Self {
        Self {
            lanes: config.parallelism(),
            batch_rows: BATCH_ROWS,
            time_zone: config.time_zone(),
            state_memory: config.bytes(STATE_MEMORY),
            seed,
            config: config.clone(),
            committer: None,
            commit_interval: config.duration(COMMIT_INTERVAL).unwrap_or_default(),
            scan: 0,
            whole: false,
        }
    }
}
