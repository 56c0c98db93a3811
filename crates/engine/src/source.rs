//! Where rows come from: the contract between the engine and connectors.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, RecordBatch};
use millstream_expr::EvalContext;
use millstream_sql::catalog::Table;
use millstream_sql::plan::Scan;

use crate::batch::ChangeBatch;
use crate::commit::Commit;
use crate::context::JobContext;
use crate::error::{Error, ErrorKind, Result};
use crate::sink::Sink;

/// Makes the sources and sinks that tables name by their `connector` option.
pub trait Connectors: Send + Sync {
    /// The sources of a scan, one for each lane that it can feed: between 1 and `context.lanes` of
    /// them, which share the rows among themselves. Wrong options are errors that list the valid ones.
    fn sources(&self, scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>>;

    /// The sink of a table, for a query whose rows come to an end or, without `is_bounded`, do not.
    fn sink(
        &self,
        table: &Arc<Table>,
        overwrite: bool,
        is_bounded: bool,
        context: &JobContext,
    ) -> Result<Box<dyn Sink>>;

    /// The table of a scan, to look up rows by its PRIMARY KEY.
    fn lookup(&self, scan: &Scan, _context: &JobContext) -> Result<Box<dyn LookupTable>> {
        let table = &scan.table.path.name;
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("table '{table}' cannot be looked up in: its connector does not do that"),
        ))
    }

    /// Whether the rows of a scan come to an end.
    fn is_bounded(&self, scan: &Scan, context: &JobContext) -> Result<bool>;

    /// How a scan will read: lines for EXPLAIN (literals searched raw, columns decoded first and later).
    fn describe(&self, scan: &Scan, context: &JobContext) -> Result<Vec<String>>;
}

/// Rows of a scan, filtered by its predicate and cut down to its output fields.
pub trait Source: Send {
    /// The next rows. It may wait for input up to `wait`, then it answers [`Polled::Pending`]; when much
    /// of what it reads does not pass the predicate, it answers [`Polled::Again`] from time to time.
    fn poll(&mut self, context: &EvalContext, wait: Duration) -> Result<Polled>;

    /// Whether everything that it has read was given out, so that its position says exactly where to go on. A source
    /// comes to rest again and again, after a bounded number of polls.
    fn is_at_rest(&self) -> bool {
        true
    }

    /// Puts where it goes on into a commit; called at rest. A source that cannot go on somewhere puts nothing.
    fn stage(&mut self, _commit: &mut dyn Commit) -> Result<()> {
        Ok(())
    }

    /// Records, bytes and skipped records so far.
    fn progress(&self) -> SourceProgress;
}

/// A table in which rows are looked up, for one lane.
pub trait LookupTable: Send {
    /// The rows that the table has now for keys: `keys` are the columns of its PRIMARY KEY, in its order, with `rows` values each.
    fn look_up(&mut self, keys: &[ArrayRef], rows: usize, context: &EvalContext) -> Result<Found>;
}

/// What was looked up.
#[derive(Debug)]
pub struct Found {
    /// The rows that there are, each once: the output of the scan.
    pub rows: RecordBatch,
    /// For each key the place of its row among them, if there is one.
    pub places: Vec<Option<u32>>,
}

/// What a source has for its lane.
#[derive(Debug)]
pub enum Polled {
    /// Rows.
    Batch(ChangeBatch),
    /// Nothing of what was read so far; there is more to read at once.
    Again,
    /// Nothing has come in.
    Pending,
    /// Nothing any more.
    End,
}

/// How far a source has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceProgress {
    /// Records read, those that did not pass the predicate included.
    pub records: u64,
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// Bytes that the whole scan has to read, before decompression, where that is known: the same for
    /// each of its sources.
    pub bytes_total: Option<u64>,
    /// Malformed records passed over under `ignore-parse-errors`.
    pub malformed: u64,
}
