//! A queue with order: each ordering group is a lane that moves one delivery at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::Delivery;
use super::entry::{Lease, Scanned};
use crate::Timestamp;

/// What a group with order has of one queue. Everything below `next` that is not open is done.
#[derive(Debug, Default)]
pub(super) struct Fifo {
    /// The first message never looked at.
    pub(super) next: u64,
    /// Messages in flight, waiting for another attempt, or parked.
    pub(super) open: BTreeMap<u64, Turn>,
    /// The open messages by ordering group. No lane is empty.
    pub(super) lanes: HashMap<u64, Lane>,
    /// The lanes by (time from which they can move, first message, lane).
    pub(super) ready: BTreeSet<(Timestamp, u64, u64)>,
    /// Messages on their last attempt, by when it ends.
    pub(super) last: BTreeSet<(Timestamp, u64)>,
    /// The open messages that were last delivered under an attempt id (its hash), ascending.
    pub(super) attempts: HashMap<u64, Vec<u64>>,
}

/// An open message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) delivery: Delivery,
    pub(super) lane: u64,
    /// The hash of the attempt id of its last delivery, 0 without one.
    pub(super) attempt_id: u64,
}

/// One ordering group's open messages. Those that have been delivered stand before those that have not.
#[derive(Debug)]
pub(super) struct Lane {
    /// Ascending.
    pub(super) offsets: VecDeque<u64>,
    /// Its place in `ready`.
    place: (Timestamp, u64),
}

/// When a lane moves whose first message is on its last attempt: not before that one is done or dead.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// When a lane moves that has nothing in flight: at once.
const NOW: Timestamp = Timestamp(i64::MIN);

impl Fifo {
    pub(super) fn new(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    pub(super) fn floor(&self) -> u64 {
        self.open.first_key_value().map_or(self.next, |(offset, _)| *offset)
    }

    /// Takes in a delivery. False when the entry does not fit the state.
    pub(super) fn lease(&mut self, lease: &Lease, attempt_id: u64, scanned: &[Scanned]) -> bool {
        self.trim(lease.begin);
        if lease.from != self.next {
            return false;
        }
        let mut touched = BTreeSet::new();
        for (offset, last) in lease.again() {
            let Some(turn) = self.open.get_mut(&offset) else { return false };
            let attempts = turn.delivery.attempts.saturating_add(1);
            let old = std::mem::replace(&mut turn.delivery, Delivery { until: lease.until, attempts, last });
            let old_id = std::mem::replace(&mut turn.attempt_id, attempt_id);
            touched.insert(turn.lane);
            if old.last {
                self.last.remove(&(old.until, offset));
            }
            self.unname(offset, old_id);
            self.name(offset, attempt_id);
            if last {
                self.last.insert((lease.until, offset));
            }
        }
        for message in scanned {
            let delivery = if message.leased {
                Delivery { until: lease.until, attempts: 1, last: lease.fresh_last }
            } else {
                Delivery::PARKED
            };
            let attempt_id = if message.leased { attempt_id } else { 0 };
            self.add(message.offset, Turn { delivery, lane: message.lane, attempt_id });
            touched.insert(message.lane);
        }
        self.next = lease.next;
        for lane in touched {
            self.place(lane);
        }
        true
    }

    /// Puts an open message behind the others of its lane, which then has to be placed.
    pub(super) fn add(&mut self, offset: u64, turn: Turn) {
        if turn.delivery.last {
            self.last.insert((turn.delivery.until, offset));
        }
        self.name(offset, turn.attempt_id);
        self.open.insert(offset, turn);
        let lane = self.lanes.entry(turn.lane);
        lane.or_insert_with(|| Lane { offsets: VecDeque::new(), place: (NEVER, u64::MAX) })
            .offsets
            .push_back(offset);
    }

    /// Messages are done. False when one is not open.
    pub(super) fn done(&mut self, offsets: &[u64]) -> bool {
        let mut touched = BTreeSet::new();
        for offset in offsets {
            let Some(lane) = self.remove(*offset) else { return false };
            touched.insert(lane);
        }
        for lane in touched {
            self.place(lane);
        }
        true
    }

    /// Messages become visible at another time. False when one is not open.
    pub(super) fn until(&mut self, offsets: &[u64], until: Timestamp) -> bool {
        let mut touched = BTreeSet::new();
        for offset in offsets {
            let Some(turn) = self.open.get_mut(offset) else { return false };
            let old = std::mem::replace(&mut turn.delivery.until, until);
            touched.insert(turn.lane);
            if turn.delivery.last {
                self.last.remove(&(old, *offset));
                self.last.insert((until, *offset));
            }
        }
        for lane in touched {
            self.place(lane);
        }
        true
    }

    /// Messages before `begin` are gone from the queue.
    fn trim(&mut self, begin: u64) {
        let gone: Vec<u64> = self.open.range(..begin).map(|(offset, _)| *offset).collect();
        self.done(&gone);
        self.next = self.next.max(begin);
    }

    /// Takes an open message out, and gives its lane, which then has to be placed.
    fn remove(&mut self, offset: u64) -> Option<u64> {
        let turn = self.open.remove(&offset)?;
        if turn.delivery.last {
            self.last.remove(&(turn.delivery.until, offset));
        }
        self.unname(offset, turn.attempt_id);
        if let Some(lane) = self.lanes.get_mut(&turn.lane)
            && let Ok(at) = lane.offsets.binary_search(&offset)
        {
            lane.offsets.remove(at);
        }
        Some(turn.lane)
    }

    fn name(&mut self, offset: u64, attempt_id: u64) {
        if attempt_id != 0 {
            let named = self.attempts.entry(attempt_id).or_default();
            if let Err(at) = named.binary_search(&offset) {
                named.insert(at, offset);
            }
        }
    }

    fn unname(&mut self, offset: u64, attempt_id: u64) {
        if let Some(named) = self.attempts.get_mut(&attempt_id) {
            if let Ok(at) = named.binary_search(&offset) {
                named.remove(at);
            }
            if named.is_empty() {
                self.attempts.remove(&attempt_id);
            }
        }
    }

    /// Finds the lane's place among those that can move, or drops it when it is empty.
    pub(super) fn place(&mut self, id: u64) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        self.ready.remove(&(lane.place.0, lane.place.1, id));
        let Some(first) = lane.offsets.front() else {
            self.lanes.remove(&id);
            return;
        };
        let mut at = NOW;
        for turn in lane.offsets.iter().filter_map(|offset| self.open.get(offset)) {
            if turn.delivery.attempts == 0 {
                break;
            }
            at = at.max(if turn.delivery.last { NEVER } else { turn.delivery.until });
        }
        lane.place = (at, *first);
        self.ready.insert((at, *first, id));
    }
}
