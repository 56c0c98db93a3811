//! Rows that are past their time, or whose table is gone, are taken out.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::Arc;

use super::row::Row;
use super::rows::{EVERYTHING, KeyedRow, Rows};
use super::{State, Tending};
use crate::log::Log;
use crate::{Result, Timestamp, TopicId};

/// How many rows one call looks at.
const ROWS_MAX: usize = 16_384;
/// How many rows are taken out while commits wait.
const OUT_MAX: usize = 64;
/// How long, in milliseconds, a round waits for the next one, at least and at most.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 1000..=3_600_000;

/// How far a round has come.
pub(super) struct Sweep {
    /// The next key to look at.
    at: Option<(TopicId, Vec<u8>)>,
    /// Whether this round took out rows.
    took: bool,
    /// When the next round begins.
    due: Option<Timestamp>,
}

impl Sweep {
    /// The first round begins a little after the log was opened, at `now`.
    pub(super) fn first_after(now: Timestamp) -> Self {
        Self { at: None, took: false, due: Some(later(now, *PAUSE_MS.start())) }
    }
}

fn later(now: Timestamp, pause_ms: u64) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(pause_ms).unwrap_or(i64::MAX)))
}

impl Log {
    /// Goes on with a round through the rows of tables with a time to live, and of tables that are gone. Answers whether it has not
    /// come to its end.
    pub(super) fn sweep_rows(&self, tending: &mut Tending, now: Timestamp) -> Result<bool> {
        if tending.sweep.due.is_some_and(|due| now < due) {
            return Ok(false);
        }
        let Some(rows) = tending.rows.clone() else { return Ok(false) };
        let now_or_earlier = self.inner.tables.readers.earliest(now);
        let ttls: HashMap<TopicId, Option<u64>> = {
            let core = self.inner.core();
            let topics = core.catalog.topics().filter(|(_, topic)| topic.spec.table);
            topics.map(|(id, topic)| (id, topic.spec.ttl_ms)).collect()
        };
        let mut left = ROWS_MAX;
        let mut from = tending.sweep.at.take().unwrap_or_default();
        loop {
            let mut out: Vec<KeyedRow> = Vec::new();
            let mut next = None;
            for found in rows.scan(Bound::Included((from.0, &from.1)), Bound::Unbounded, EVERYTHING) {
                let ((table, key), row) = found?;
                if left == 0 {
                    next = Some((table, key));
                    break;
                }
                left -= 1;
                match ttls.get(&table) {
                    Some(None) => {
                        next = table.0.checked_add(1).map(|after| (TopicId(after), Vec::new()));
                        break;
                    }
                    Some(ttl_ms) if !row.is_expired(*ttl_ms, now_or_earlier) => {}
                    _ => out.push(((table, key), row)),
                }
            }
            for out in out.chunks(OUT_MAX) {
                self.take_out(&rows, out, now_or_earlier)?;
                tending.sweep.took = true;
            }
            match next {
                Some(next) if left > 0 => from = next,
                Some(next) => {
                    tending.sweep.at = Some(next);
                    return Ok(true);
                }
                None => break,
            }
        }
        // Their space comes back when files are merged.
        if std::mem::take(&mut tending.sweep.took) {
            self.write_rows(tending)?;
        }
        let shortest = ttls.values().flatten().min().copied().unwrap_or(*PAUSE_MS.end());
        let pause = (shortest / 4).clamp(*PAUSE_MS.start(), *PAUSE_MS.end());
        tending.sweep.due = Some(later(now, pause));
        Ok(false)
    }

    /// Takes out those of the rows that are still the latest of their keys.
    fn take_out(&self, rows: &Arc<Rows>, out: &[KeyedRow], now: Timestamp) -> Result<()> {
        let tables = &self.inner.tables;
        let core = self.inner.core();
        let state = tables.state();
        let State::Current { rows: current, .. } = &*state else { return Ok(()) };
        if !Arc::ptr_eq(rows, current) || core.tail.0 == 0 {
            return Ok(());
        }
        // Behind everything that was committed, in front of what will be.
        let sequence = core.tail.0 - 1;
        let mut bytes = 0;
        for ((table, key), row) in out {
            let gone = core.catalog.topic(*table).is_none_or(|topic| row.is_expired(topic.spec.ttl_ms, now));
            let place = |row: &Row| (row.queue, row.offset);
            let latest = rows.get(*table, key, EVERYTHING)?;
            if gone && latest.as_ref().map(place) == Some(place(row)) {
                let floor = tables.floor_now(rows, core.visible);
                bytes += rows.put(*table, key, sequence, None, floor);
            }
        }
        tables.unwritten_bytes.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}
