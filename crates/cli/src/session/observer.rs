//! Who is told what statements do. The session itself prints nothing.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use millstream_engine::{JobProgress, Result, Sink};
use millstream_expr::Field;

use super::failure::Failure;

/// What is known of a result before its first row.
#[derive(Clone, Debug)]
pub struct ResultInfo {
    /// The statement's number in the run, from 1.
    pub statement: usize,
    /// The columns.
    pub schema: Arc<[Field]>,
    /// Whether rows come as changes of a growing result (`execution.runtime-mode` = STREAMING).
    pub streaming: bool,
    /// The session's time zone, in which TIMESTAMP_LTZ is shown.
    pub time_zone: TimeZone,
    /// `table.display.max-column-width`
    pub column_width_max: usize,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Rows written: of a SELECT, changes given out.
    pub rows: u64,
    /// From the start of the statement.
    pub elapsed: Duration,
    /// Whether it was stopped before its input had ended.
    pub stopped: bool,
    /// Malformed records passed over under `ignore-parse-errors`.
    pub malformed: u64,
}

/// Is told what statements do, in the order of the statements; only an unbounded INSERT ends later. What it does not say anything to, it
/// passes over.
///
/// An error from here is that of the output (`Closed` when its reader is gone); it ends the run.
pub trait Observer {
    /// A statement that has no rows is done.
    fn done(&mut self, _statement: usize) -> Result<()> {
        Ok(())
    }

    /// A result begins: its rows go to the sink that is given back.
    fn result_begins(&mut self, info: &ResultInfo) -> Result<Box<dyn Sink>>;

    /// A result has come to its end.
    fn result_ended(&mut self, _info: &ResultInfo, _ended: Ended) -> Result<()> {
        Ok(())
    }

    /// EXPLAIN has this to say.
    fn explained(&mut self, _info: &ResultInfo, _text: &str) -> Result<()> {
        Ok(())
    }

    /// A job starts to run; its figures may be read until it ends.
    fn job_begins(&mut self, _progress: Arc<JobProgress>) {}

    /// The job that began last, and is waited for, has ended in one way or another.
    fn job_is_over(&mut self) {}

    /// The INSERT, or the statement set, has ended.
    fn insert_ended(&mut self, _statement: usize, _ended: Ended) -> Result<()> {
        Ok(())
    }

    /// A statement failed. `text` is the script it stands in.
    fn failed(&mut self, statement: usize, failure: &Failure, text: &str) -> Result<()>;
}
