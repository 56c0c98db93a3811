//! What a job tells its operators, sources and sinks.

use jiff::tz::TimeZone;
use millstream_sql::config::Configuration;

use crate::memory::STATE_MEMORY;

/// Rows of a batch at the most, unless something else is asked for.
const BATCH_ROWS: usize = 8192;

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
        }
    }
}
