//! OFFSET and FETCH in arrival order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use millstream_expr::EvalContext;

use super::Operator;
use crate::batch::{ChangeBatch, Event};
use crate::error::Result;

/// How many rows have come to a LIMIT, over all lanes.
#[derive(Debug)]
pub(crate) struct LimitCount {
    offset: u64,
    /// First row that is left out again: offset plus fetch.
    end: u64,
    seen: AtomicU64,
}

/// Passes the rows numbered `offset` to `offset + fetch` of all that come to it and its siblings.
pub(crate) struct Limit {
    count: Arc<LimitCount>,
    held: Option<Event>,
}

impl LimitCount {
    pub fn new(offset: u64, fetch: Option<u64>) -> Arc<Self> {
        let end = fetch.map_or(u64::MAX, |fetch| offset.saturating_add(fetch));
        Arc::new(Self { offset, end, seen: AtomicU64::new(0) })
    }

    /// Whether it lets only so many rows pass: an OFFSET alone does not.
    pub fn is_finite(&self) -> bool {
        self.end < u64::MAX
    }

    /// Counts `rows` more and gives the part of them that passes.
    fn take(&self, rows: usize) -> (usize, usize) {
        let rows = rows as u64;
        let first = self.seen.fetch_add(rows, Ordering::Relaxed);
        let from = self.offset.clamp(first, first + rows) - first;
        let to = self.end.clamp(first, first + rows) - first;
        let small = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        (small(from), small(to.saturating_sub(from)))
    }

    fn is_exhausted(&self) -> bool {
        self.seen.load(Ordering::Relaxed) >= self.end
    }
}

impl Limit {
    pub fn new(count: Arc<LimitCount>) -> Self {
        Self { count, held: None }
    }
}

impl Operator for Limit {
    fn push(&mut self, event: Event, _: &EvalContext) -> Result<()> {
        self.held = match event {
            Event::Batch(_) if self.count.is_exhausted() => None,
            Event::Batch(batch) => {
                let (from, length) = self.count.take(batch.rows.num_rows());
                (length > 0).then(|| Event::Batch(batch.slice(from, length)))
            }
            Event::End => Some(Event::End),
        };
        Ok(())
    }

    fn next(&mut self, _: &EvalContext) -> Result<Option<Event>> {
        Ok(self.held.take())
    }

    fn is_done(&self) -> bool {
        self.count.is_exhausted()
    }
}

impl ChangeBatch {
    /// The rows from `offset` on, `length` of them.
    pub(crate) fn slice(&self, offset: usize, length: usize) -> Self {
        let kinds = self.kinds.as_ref().map(|k| k.iter().skip(offset).take(length).copied().collect());
        Self { rows: self.rows.slice(offset, length), kinds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_and_fetch_over_uneven_batches() {
        for sizes in [vec![10], vec![1; 10], vec![3, 4, 3], vec![0, 9, 1]] {
            let count = LimitCount::new(2, Some(5));
            let mut passed = Vec::new();
            let mut row = 0;
            for size in sizes {
                let (from, length) = count.take(size);
                passed.extend((row + from)..(row + from + length));
                row += size;
            }
            assert_eq!(passed, [2, 3, 4, 5, 6]);
            assert!(count.is_exhausted());
        }
    }

    #[test]
    fn without_fetch_it_never_ends() {
        let count = LimitCount::new(3, None);
        assert_eq!(count.take(2), (2, 0));
        assert_eq!(count.take(5), (1, 4));
        assert!(!count.is_exhausted());
    }
}
