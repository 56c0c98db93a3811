//! What consumer groups have taken: leases, and the place up to which a group is done.
//!
//! What it is: [`Leases`], a state machine. A consumer *receives* messages for a time; meanwhile nobody else of its
//! group gets them. It *acknowledges* them, or changes the time; when the time is over they are delivered again, up to
//! the group's number of attempts, after which they are *dead* and move to the group's dead-letter topic. Groups with
//! order get the messages of one ordering group one delivery after the other (`fifo.rs`).
//!
//! What it is not: it reads no messages and writes no commits. Decisions ([`Leases::receive`], [`Leases::ack`], …)
//! look at the state and give an entry; only `StateMachine::apply` changes anything.
//!
//! Invariants:
//! - A message is *open* from its first look until it is done; open messages are all that takes memory, so one
//!   message that nobody acknowledges costs one place, however far the group goes on.
//! - A delivery is valid while `now < until`. Expiry is a matter of the clock and needs no entry.
//! - An open message is delivered by at most one valid delivery at any time.

mod apply;
mod attributes;
mod balance;
mod bury;
mod decide;
mod entry;
mod fifo;
mod free;
mod handle;
#[cfg(test)]
mod model;
mod policy;
mod receive;
mod settle;
mod snapshot;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

pub use balance::share;
pub use decide::{Dead, Fresh, Leased, RECEIVE_MAX, Receive, Received, Refused};
pub use handle::Handle;
pub use policy::{
    BACKOFF_MAX_MS, Backoff, GroupPolicy, INVISIBLE_MAX_MS, MAX_ATTEMPTS_DEFAULT, OPEN_MAX_DEFAULT, Order,
};
pub use receive::{Delivered, Deliveries, ReceiveRequest};
pub use standing::Standing;

use self::fifo::Fifo;
use self::free::Free;
use crate::{GroupId, QueueId, Timestamp, TopicId};

/// Messages that all groups together may have open: at most about 200 MiB.
pub const OPEN_TOTAL_MAX: usize = 2_000_000;

/// A group's view of one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueKey {
    /// The group.
    pub group: GroupId,
    /// The topic.
    pub topic: TopicId,
    /// The queue in the topic.
    pub queue: QueueId,
}

/// All leases of all groups.
#[derive(Debug, Default)]
pub struct Leases {
    queues: BTreeMap<QueueKey, Queue>,
    /// When the first message of a queue dies: every queue with a message on its last attempt, once.
    dying: BTreeSet<(Timestamp, QueueKey)>,
    /// Open messages of all queues.
    open: usize,
}

/// What one group has of one queue.
#[derive(Debug)]
struct Queue {
    /// How often the place was reset.
    epoch: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Free(Free),
    Fifo(Fifo),
}

/// What a handle must agree with.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    until: Timestamp,
    /// Deliveries so far; 0 when parked.
    attempts: u16,
    /// No other delivery follows this one.
    last: bool,
}

impl Delivery {
    /// A message that waits for its ordering group and has never been delivered.
    const PARKED: Self = Self { until: Timestamp(i64::MIN), attempts: 0, last: false };
}

impl Leases {
    /// The number by which commits carry entries of leases.
    pub const KIND: u16 = 1;

    /// The first message of the queue that the group is not done with: what is shown as its consumer offset. `None` when
    /// the group has never received from it.
    pub fn floor(&self, key: QueueKey) -> Option<u64> {
        self.queues.get(&key).map(Queue::floor)
    }

    /// The first message of the queue that the group has not looked at.
    pub fn next(&self, key: QueueKey) -> Option<u64> {
        self.queues.get(&key).map(Queue::next)
    }

    /// Messages of the queue that are in flight, waiting for another attempt, or parked behind their ordering group.
    pub fn open(&self, key: QueueKey) -> usize {
        self.queues.get(&key).map_or(0, Queue::open)
    }

    /// Whether messages of the queue may be waiting for others of it to be settled: behind their ordering group, or behind the
    /// limit of open messages.
    fn holds_back(&self, key: QueueKey, open_max: u32) -> bool {
        self.queues.get(&key).is_some_and(|queue| match &queue.state {
            State::Fifo(fifo) => !fifo.open.is_empty(),
            State::Free(free) => free.open.len() >= open_max as usize,
        })
    }

    /// Every queue that a group has received from, in order.
    pub fn queues_of(&self, group: GroupId) -> impl Iterator<Item = QueueKey> {
        let low = QueueKey { group, topic: TopicId(0), queue: QueueId(0) };
        let high = QueueKey { group, topic: TopicId(u32::MAX), queue: QueueId(u32::MAX) };
        self.queues.range(low..=high).map(|(key, _)| *key)
    }

    /// Forgets what groups have of queues that are gone, or that groups had that are.
    fn forget(&mut self, gone: impl Fn(QueueKey) -> bool) {
        let keys: Vec<_> = self.queues.keys().copied().filter(|key| gone(*key)).collect();
        for key in keys {
            if let Some(queue) = self.queues.remove(&key) {
                self.open -= queue.open();
                if let Some(time) = queue.dies_at() {
                    self.dying.remove(&(time, key));
                }
            }
        }
    }
}

impl Queue {
    fn floor(&self) -> u64 {
        match &self.state {
            State::Free(free) => free.floor(),
            State::Fifo(fifo) => fifo.floor(),
        }
    }

    fn next(&self) -> u64 {
        match &self.state {
            State::Free(free) => free.next,
            State::Fifo(fifo) => fifo.next,
        }
    }

    fn open(&self) -> usize {
        match &self.state {
            State::Free(free) => free.open.len(),
            State::Fifo(fifo) => fifo.open.len(),
        }
    }

    fn delivery(&self, offset: u64) -> Option<Delivery> {
        match &self.state {
            State::Free(free) => free.open.get(&offset).copied(),
            State::Fifo(fifo) => fifo.open.get(&offset).map(|turn| turn.delivery),
        }
    }

    /// The open messages on their last attempt, by the time at which it ends.
    fn last(&self) -> &BTreeSet<(Timestamp, u64)> {
        match &self.state {
            State::Free(free) => &free.last,
            State::Fifo(fifo) => &fifo.last,
        }
    }

    fn dies_at(&self) -> Option<Timestamp> {
        self.last().first().map(|(time, _)| *time)
    }
}
