//! Where a group stands in a queue, to be shown.

use super::{Delivery, Leases, QueueKey, State};
use crate::{Offset, Timestamp};

/// What a group that receives has of one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The first message that the group is not done with.
    pub floor: Offset,
    /// The first message that the group has not looked at.
    pub next: Offset,
    /// Messages that are delivered and whose time is not over, and those that were given back and wait.
    pub in_flight: usize,
    /// Messages whose time is over: they are delivered again, or go to the dead-letter topic after their last attempt.
    pub due: usize,
    /// Messages that were never delivered and wait for their ordering group.
    pub parked: usize,
    /// The first time at which one in flight can be delivered again.
    pub expires: Option<Timestamp>,
    /// The most deliveries that an open message has had.
    pub attempts: u16,
}

impl Leases {
    /// Where the group stands; `None` when it has never received from the queue. It looks at every open message.
    pub fn standing(&self, key: QueueKey, now: Timestamp) -> Option<Standing> {
        let queue = self.queues.get(&key)?;
        let mut standing = Standing {
            floor: queue.floor(),
            next: queue.next(),
            in_flight: 0,
            due: 0,
            parked: 0,
            expires: None,
            attempts: 0,
        };
        match &queue.state {
            State::Free(free) => free.open.values().for_each(|delivery| standing.count(*delivery, now)),
            State::Fifo(fifo) => fifo.open.values().for_each(|turn| standing.count(turn.delivery, now)),
        }
        Some(standing)
    }
}

impl Standing {
    fn count(&mut self, delivery: Delivery, now: Timestamp) {
        self.attempts = self.attempts.max(delivery.attempts);
        if delivery.attempts == 0 {
            self.parked += 1;
        } else if delivery.until <= now {
            self.due += 1;
        } else {
            self.in_flight += 1;
            self.expires = self.expires.into_iter().chain([delivery.until]).min();
        }
    }
}
