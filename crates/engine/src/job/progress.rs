//! How far a job has come.

use std::sync::atomic::{AtomicU64, Ordering};

use super::task::{Input, Task};

/// Counters that lanes add to and anybody may read.
#[derive(Debug, Default)]
pub struct JobProgress {
    records: AtomicU64,
    bytes: AtomicU64,
    malformed: AtomicU64,
    /// For each scan the bytes that it has to read, plus one; 0 where that is unknown.
    totals: Vec<AtomicU64>,
    /// For each query the rows written.
    written: Vec<AtomicU64>,
}

/// The figures of a job at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressFigures {
    /// Records read, those that did not pass a predicate included.
    pub records: u64,
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// Bytes there are to read in all, where that is known.
    pub bytes_total: Option<u64>,
    /// Malformed records passed over under `ignore-parse-errors`.
    pub malformed: u64,
    /// Rows written, for each query of the job.
    pub written: Vec<u64>,
}

impl JobProgress {
    pub(super) fn new(scans: usize, queries: usize) -> Self {
        let counters = |n| std::iter::repeat_with(AtomicU64::default).take(n).collect();
        Self { totals: counters(scans), written: counters(queries), ..Self::default() }
    }

    /// The figures now.
    pub fn figures(&self) -> ProgressFigures {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ProgressFigures {
            records: load(&self.records),
            bytes: load(&self.bytes),
            bytes_total: self.totals.iter().map(|t| load(t).checked_sub(1)).sum(),
            malformed: load(&self.malformed),
            written: self.written.iter().map(load).collect(),
        }
    }

    /// Adds what a task's source has read since the last report.
    pub(super) fn report(&self, task: &mut Task) {
        let Input::Source { source, scan } = &task.input else { return };
        let now = source.progress();
        let before = std::mem::replace(&mut task.reported, now);
        let add = |counter: &AtomicU64, now: u64, before: u64| {
            if now > before {
                counter.fetch_add(now - before, Ordering::Relaxed);
            }
        };
        add(&self.records, now.records, before.records);
        add(&self.bytes, now.bytes, before.bytes);
        add(&self.malformed, now.malformed, before.malformed);
        if let (Some(total), Some(counter)) = (now.bytes_total, self.totals.get(*scan)) {
            counter.fetch_max(total.saturating_add(1), Ordering::Relaxed);
        }
    }

    pub(super) fn count_written(&self, query: usize, rows: usize) {
        if let Some(counter) = self.written.get(query) {
            counter.fetch_add(rows as u64, Ordering::Relaxed);
        }
    }
}
