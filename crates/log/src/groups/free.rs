//! A queue without order: what is open, and when it becomes visible again.

use std::collections::{BTreeMap, BTreeSet};

use super::Delivery;
use super::entry::{Lease, Run};
use crate::Timestamp;

/// What a group without order has of one queue. Everything below `next` that is not open is done.
#[derive(Debug, Default)]
pub(super) struct Free {
    /// The first message never looked at.
    pub(super) next: u64,
    /// Messages in flight, or waiting for another attempt.
    pub(super) open: BTreeMap<u64, Delivery>,
    /// Those that will be delivered again, by when they become visible.
    pub(super) due: BTreeSet<(Timestamp, u64)>,
    /// Those on their last attempt, by when it ends. An open message stands in one of the two sets.
    pub(super) last: BTreeSet<(Timestamp, u64)>,
}

impl Free {
    pub(super) fn new(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    pub(super) fn floor(&self) -> u64 {
        self.open.first_key_value().map_or(self.next, |(offset, _)| *offset)
    }

    /// Takes in a delivery. False when the entry does not fit the state.
    pub(super) fn lease(&mut self, lease: &Lease, runs: &[Run]) -> bool {
        self.trim(lease.begin);
        if lease.from != self.next {
            return false;
        }
        for (offset, last) in lease.again() {
            let Some(delivery) = self.open.get_mut(&offset) else { return false };
            let attempts = delivery.attempts.saturating_add(1);
            let old = std::mem::replace(delivery, Delivery { until: lease.until, attempts, last });
            self.unlist(offset, old);
            self.list(offset, lease.until, last);
        }
        for run in runs {
            for offset in run.first..run.first + run.count {
                self.open
                    .insert(offset, Delivery { until: lease.until, attempts: 1, last: lease.fresh_last });
                self.list(offset, lease.until, lease.fresh_last);
            }
        }
        self.next = lease.next;
        true
    }

    /// A message is done. False when it is not open.
    pub(super) fn done(&mut self, offset: u64) -> bool {
        let Some(delivery) = self.open.remove(&offset) else { return false };
        self.unlist(offset, delivery);
        true
    }

    /// A message becomes visible at another time. False when it is not open.
    pub(super) fn until(&mut self, offset: u64, until: Timestamp) -> bool {
        let Some(delivery) = self.open.get_mut(&offset) else { return false };
        let old = *delivery;
        delivery.until = until;
        self.unlist(offset, old);
        self.list(offset, until, old.last);
        true
    }

    /// Messages before `begin` are gone from the queue.
    fn trim(&mut self, begin: u64) {
        while let Some((offset, _)) = self.open.first_key_value().filter(|(offset, _)| **offset < begin) {
            let offset = *offset;
            self.done(offset);
        }
        self.next = self.next.max(begin);
    }

    pub(super) fn list(&mut self, offset: u64, until: Timestamp, last: bool) {
        let set = if last { &mut self.last } else { &mut self.due };
        set.insert((until, offset));
    }

    fn unlist(&mut self, offset: u64, delivery: Delivery) {
        let set = if delivery.last { &mut self.last } else { &mut self.due };
        set.remove(&(delivery.until, offset));
    }
}
