//! INSERTs whose input has no end run beside the statements that follow.

use std::sync::Arc;
use std::thread::JoinHandle;

use millstream_engine::{Error, ErrorKind, Job, JobReport, Result, Stop};

use super::failure::Failure;
use super::lanes::LaneThreads;
use super::observer::Observer;
use crate::clock::{self, Stopwatch};

/// The jobs that run beside.
#[derive(Default)]
pub struct Background {
    jobs: Vec<Running>,
}

struct Running {
    statement: usize,
    /// The script it stands in.
    text: String,
    watch: Stopwatch,
    thread: JoinHandle<Result<JobReport>>,
}

impl Background {
    /// Runs a job beside what follows.
    ///
    /// # Errors
    /// Unavailable, when there is no thread for it.
    pub fn start(
        &mut self,
        statement: usize,
        text: &str,
        job: Job,
        watched: Arc<Stop>,
        watch: Stopwatch,
    ) -> Result<()> {
        let run = move || {
            let _watched = watched;
            job.run(&clock::now_micros, &LaneThreads)
        };
        let thread = std::thread::Builder::new()
            .name(format!("statement {statement}"))
            .spawn(run)
            .map_err(|e| Error::new(ErrorKind::Unavailable, format!("no thread for the job: {e}")))?;
        self.jobs.push(Running { statement, text: text.to_owned(), watch, thread });
        Ok(())
    }

    /// Waits for all of them, in the order of their statements. Says whether all went well.
    ///
    /// # Errors
    /// Those of the observer.
    pub fn wait(&mut self, observer: &mut dyn Observer) -> Result<bool> {
        let mut all_well = true;
        for Running { statement, text, watch, thread } in self.jobs.drain(..) {
            let report = thread.join().unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Internal, "the job's thread ended without an answer"))
            });
            match report {
                Ok(report) => observer.insert_ended(statement, super::ended(&report, watch))?,
                // The reader of a table written to standard output has gone.
                Err(error) if error.kind == ErrorKind::Closed => {}
                Err(error) => {
                    all_well = false;
                    observer.failed(statement, &Failure::from(error), &text)?;
                }
            }
        }
        Ok(all_well)
    }
}
