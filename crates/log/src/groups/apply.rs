//! The one place where leases change: committed entries taken in.

use super::entry::Entry;
use super::fifo::Fifo;
use super::free::Free;
use super::{Leases, Queue, QueueKey, State};
use crate::{Change, Error, Position, Result, StateMachine, Timestamp};

impl StateMachine for Leases {
    fn kind(&self) -> u16 {
        Self::KIND
    }

    fn check(&self, entry: &[u8]) -> Result<()> {
        let entry = Entry::decode(entry)?;
        let known = self.queues.contains_key(&entry.key()) || entry.from().is_some();
        if known { Ok(()) } else { Err(Error::invalid(misfit(entry.key()))) }
    }

    fn apply(&mut self, at: Position, _store_time: Timestamp, entry: &[u8]) -> Result<()> {
        let entry = Entry::decode(entry)?;
        let key = entry.key();
        let from = entry.from();
        let queue = match from {
            // Only a delivery or a reset begins a group's view of a queue.
            Some((from, fifo)) => {
                let queue = self
                    .queues
                    .entry(key)
                    .or_insert_with(|| Queue { epoch: 0, state: State::new(from, fifo) });
                if queue.open() == 0 && fifo != matches!(queue.state, State::Fifo(_)) {
                    queue.state = State::new(queue.next(), fifo);
                }
                Some(queue)
            }
            None => self.queues.get_mut(&key),
        };
        let Some(queue) = queue else { return Err(Error::corrupt(at, misfit(key))) };
        let (open, dies_at) = (queue.open(), queue.dies_at());
        let fits = queue.apply(entry);
        let (open_now, dies_now) = (queue.open(), queue.dies_at());
        self.open = self.open - open + open_now;
        if dies_at != dies_now {
            if let Some(time) = dies_at {
                self.dying.remove(&(time, key));
            }
            if let Some(time) = dies_now {
                self.dying.insert((time, key));
            }
        }
        if fits { Ok(()) } else { Err(Error::corrupt(at, misfit(key))) }
    }

    fn catalog_changed(&mut self, change: &Change) {
        match change {
            Change::DeleteTopic { id } => self.forget(|key| key.topic == *id),
            Change::DeleteGroup { id } => self.forget(|key| key.group == *id),
            _ => {}
        }
    }

    fn snapshot(&self, out: &mut Vec<u8>) {
        self.write(out);
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        *self = Self::read(snapshot)?;
        Ok(())
    }
}

fn misfit(key: QueueKey) -> String {
    format!(
        "an entry changes leases of group {}, topic {}, queue {} that do not stand; run verify on the log",
        key.group.0, key.topic.0, key.queue.0
    )
}

impl State {
    fn new(next: u64, fifo: bool) -> Self {
        if fifo { Self::Fifo(Fifo::new(next)) } else { Self::Free(Free::new(next)) }
    }
}

impl Queue {
    /// Takes in an entry of this queue. False when it does not fit the state.
    fn apply(&mut self, entry: Entry) -> bool {
        match (&mut self.state, entry) {
            (State::Free(free), Entry::Free { lease, runs }) => free.lease(&lease, &runs),
            (State::Free(free), Entry::Done { offsets, .. }) => {
                offsets.into_iter().all(|offset| free.done(offset))
            }
            (State::Free(free), Entry::Until { until, offsets, .. }) => {
                offsets.into_iter().all(|offset| free.until(offset, until))
            }
            (State::Fifo(fifo), Entry::Fifo { lease, attempt_id, scanned }) => {
                fifo.lease(&lease, attempt_id, &scanned)
            }
            (State::Fifo(fifo), Entry::Done { offsets, .. }) => fifo.done(&offsets),
            (State::Fifo(fifo), Entry::Until { until, offsets, .. }) => fifo.until(&offsets, until),
            (state, Entry::Reset { offset, .. }) => {
                *state = State::new(offset, matches!(state, State::Fifo(_)));
                self.epoch = self.epoch.wrapping_add(1);
                true
            }
            (State::Free(_), Entry::Fifo { .. }) | (State::Fifo(_), Entry::Free { .. }) => false,
        }
    }
}

impl Entry {
    fn key(&self) -> QueueKey {
        match self {
            Self::Free { lease, .. } | Self::Fifo { lease, .. } => lease.key,
            Self::Done { key, .. } | Self::Until { key, .. } | Self::Reset { key, .. } => *key,
        }
    }

    /// Where a group's view begins with this entry if it has none, and whether it has order.
    fn from(&self) -> Option<(u64, bool)> {
        match self {
            Self::Free { lease, .. } => Some((lease.from, false)),
            Self::Fifo { lease, .. } => Some((lease.from, true)),
            Self::Reset { offset, .. } => Some((*offset, false)),
            Self::Done { .. } | Self::Until { .. } => None,
        }
    }
}
