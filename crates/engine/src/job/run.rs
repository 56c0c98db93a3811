//! Running a job to its end on threads of the caller.

use std::sync::Arc;
use std::time::Duration;

use super::lane::{Lane, LaneState};
use super::progress::ProgressFigures;
use super::{Job, Shared, lock};
use crate::error::Result;

/// How long a lane without work waits for input before it looks whether the job was stopped.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// Runs closures side by side; the program at the top owns the threads.
pub trait Threads {
    /// Runs all of them at the same time, and comes back when all have ended.
    fn run_all<'a>(&self, parts: Vec<Box<dyn FnOnce() + Send + 'a>>);
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobReport {
    /// Whether it was stopped before its input had ended.
    pub stopped: bool,
    /// The figures at its end.
    pub figures: ProgressFigures,
}

impl Job {
    /// Runs all lanes to their end and commits the sinks: one lane on the calling thread, more of
    /// them on `threads`. `clock` gives microseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The first error of any lane or commit; nothing that was not committed is left behind.
    pub fn run(self, clock: &(dyn Fn() -> i64 + Sync), threads: &dyn Threads) -> Result<JobReport> {
        let Self { shared, mut lanes } = self;
        if let [lane] = lanes.as_mut_slice() {
            run_lane(lane, clock);
        } else {
            let parts = lanes.iter_mut().map(|lane| Box::new(move || run_lane(lane, clock)) as Box<_>);
            threads.run_all(parts.collect());
        }
        drop(lanes);
        shared.settle(clock())
    }

    /// The lanes, for a caller that steps them itself, and what ends the job when all of them are done and dropped.
    pub fn into_lanes(self) -> (Vec<Lane>, Settle) {
        (self.lanes, Settle { shared: self.shared })
    }
}

/// Ends a job whose lanes were stepped by hand.
pub struct Settle {
    shared: Arc<Shared>,
}

impl Settle {
    /// Commits the sinks, or takes back what was written. `now_micros` is the clock, since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The first error of any lane or commit.
    pub fn settle(self, now_micros: i64) -> Result<JobReport> {
        self.shared.settle(now_micros)
    }
}

fn run_lane(lane: &mut Lane, clock: &(dyn Fn() -> i64 + Sync)) {
    let mut wait = Duration::ZERO;
    loop {
        match lane.step(clock(), wait) {
            Ok(LaneState::Worked) => wait = Duration::ZERO,
            Ok(LaneState::Idle) => wait = IDLE_WAIT,
            // The error is kept with the job.
            Ok(LaneState::Done) | Err(_) => return,
        }
    }
}

impl Shared {
    /// All lanes have ended: commits or takes back what they wrote.
    fn settle(&self, now_micros: i64) -> Result<JobReport> {
        let stopped = !self.has_ended();
        let mut sinks = lock(&self.sinks);
        let mut outcome = match lock(&self.error).take() {
            Some(error) => Err(error),
            None if stopped => Ok(()),
            None => self.commits.settle_last(now_micros),
        };
        for slot in sinks.iter_mut() {
            if outcome.is_ok() && (!stopped || slot.partial_is_right) {
                outcome = slot.sink.commit();
                if outcome.is_err() {
                    slot.sink.abort();
                }
            } else {
                slot.sink.abort();
            }
        }
        outcome.map(|()| JobReport { stopped, figures: self.progress.figures() })
    }
}
