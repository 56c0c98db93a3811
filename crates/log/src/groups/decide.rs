//! What a call of a consumer comes to: decided from the state and the time, changing nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::entry::{Entry, Lease, Run, Scanned, Why};
use super::fifo::Fifo;
use super::free::Free;
use super::policy::INVISIBLE_MAX_MS;
use super::{GroupPolicy, Handle, Leases, OPEN_TOTAL_MAX, Order, Queue, QueueKey, State};
use crate::{Error, ErrorKind, Timestamp};

/// Messages that one receive can ask for.
pub const RECEIVE_MAX: usize = 1024;

/// Longest attempt id in bytes.
const ATTEMPT_ID_MAX: usize = 255;

/// A call to receive.
#[derive(Debug, Clone, Copy)]
pub struct Receive<'a> {
    /// The group and the queue.
    pub key: QueueKey,
    /// The most messages to deliver, 1 to [`RECEIVE_MAX`].
    pub max: usize,
    /// For how long nobody else gets them, in milliseconds: 1 to [`INVISIBLE_MAX_MS`].
    pub invisible_ms: u64,
    /// A name for this call that its retries repeat: with order, a retry gets what the call got. Without order it is
    /// ignored.
    pub attempt_id: Option<&'a str>,
    /// Where the group starts when it has never received from the queue.
    pub start: u64,
    /// The first message that the queue still has.
    pub begin: u64,
    /// Messages from [`Leases::next`] (or `start`) on, as many as were looked at. Offsets ascend; missing ones do not exist.
    pub fresh: &'a [Fresh],
}

/// A message that the group has not looked at, without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// Its offset in the queue.
    pub offset: u64,
    /// Whether it passes the group's filter. Others are passed over for good.
    pub wanted: bool,
    /// Its ordering group (a hash; groups that share one wait for each other). Messages without one share 0.
    pub lane: u64,
}

/// What a receive came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The deliveries, by offset.
    pub leased: Vec<Leased>,
    /// What has to be committed for them; `None` when nothing changes.
    pub entry: Option<Vec<u8>>,
    /// When nothing was delivered: the time at which something open becomes visible, if nobody settles it before.
    pub retry_at: Option<Timestamp>,
    /// The first message that the group will not have looked at. When it is before the end of `fresh` and less than `max` was
    /// delivered, the group's limit of open messages is reached.
    pub next: u64,
}

/// One delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leased {
    /// The message.
    pub offset: u64,
    /// How often it has been delivered, with this time.
    pub attempt: u16,
    /// What acknowledges it.
    pub handle: Handle,
}

/// Why a handle does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Its time is over.
    Expired,
    /// The delivery has been acknowledged, was followed by another one, or its group was reset.
    Gone,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the receipt handle has expired; receive the message again",
            Self::Gone => {
                "the receipt handle is void: its delivery is acknowledged or was followed by another one"
            }
        })
    }
}

/// A message whose last attempt has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dead {
    /// Whose message it is, and of which queue.
    pub key: QueueKey,
    /// The message.
    pub offset: u64,
    /// How often it was delivered.
    pub attempts: u16,
}

impl Leases {
    /// Decides what a receive delivers: first what is due again, then what is new. Dead messages are left to
    /// [`Leases::dead`].
    ///
    /// # Errors
    /// `InvalidInput` for numbers out of their range, and when the group's order was changed while messages are open;
    /// `Full` when all groups together have [`OPEN_TOTAL_MAX`] messages open.
    pub fn receive(
        &self,
        call: Receive<'_>,
        policy: &GroupPolicy,
        now: Timestamp,
    ) -> Result<Received, Error> {
        check(&call)?;
        let queue = self.queues.get(&call.key);
        let until = later(now, call.invisible_ms);
        let room_of_all = OPEN_TOTAL_MAX.saturating_sub(self.open);
        let open = queue.map_or(0, Queue::open);
        let room = (policy.open_max as usize).saturating_sub(open).min(room_of_all);
        let from = queue.map_or(call.start, Queue::next).max(call.begin);
        let lease = Lease {
            key: call.key,
            until,
            begin: call.begin,
            from,
            next: from,
            again: Vec::new(),
            again_last: Vec::new(),
            fresh_last: policy.max_attempts <= 1,
        };
        let draft = Draft { lease, leased: Vec::new(), epoch: queue.map_or(0, |queue| queue.epoch), policy };
        let received = match (queue.map(|queue| &queue.state), policy.order) {
            (None, Order::Free) => draft.free(&call, &Free::new(from), room, now),
            (None, Order::Fifo) => draft.fifo(&call, &Fifo::new(from), room, now),
            (Some(State::Free(free)), Order::Free) => draft.free(&call, free, room, now),
            (Some(State::Fifo(fifo)), Order::Fifo) => draft.fifo(&call, fifo, room, now),
            (Some(_), order) if open == 0 => match order {
                Order::Free => draft.free(&call, &Free::new(from), room, now),
                Order::Fifo => draft.fifo(&call, &Fifo::new(from), room, now),
            },
            _ => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!(
                        "the group's order was changed while {open} of its messages are in flight; acknowledge them or \
                         reset the group's offset first"
                    ),
                ));
            }
        };
        if received.leased.is_empty() && room_of_all == 0 && !call.fresh.is_empty() {
            return Err(Error::new(
                ErrorKind::Full,
                format!(
                    "all groups together have {OPEN_TOTAL_MAX} messages in flight; acknowledge some of them"
                ),
            ));
        }
        Ok(received)
    }

    /// Decides which handles acknowledge their delivery. Gives an answer for each handle, in their order, and the entries
    /// to commit.
    pub fn ack(&self, handles: &[Handle], now: Timestamp) -> (Vec<Result<(), Refused>>, Vec<Vec<u8>>) {
        self.settle(handles, now, |key, offsets| Entry::Done { key, why: Why::Acked, offsets })
    }

    /// Decides which deliveries go to the dead-letter topic because their consumer says so. The caller adds the messages to
    /// the same commit.
    pub fn bury(&self, handles: &[Handle], now: Timestamp) -> (Vec<Result<(), Refused>>, Vec<Vec<u8>>) {
        self.settle(handles, now, |key, offsets| Entry::Done { key, why: Why::Dead, offsets })
    }

    /// Decides whether a delivery becomes visible `invisible_ms` from now, to give it back sooner or to keep it longer.
    /// The handle stays the same.
    ///
    /// # Errors
    /// `InvalidInput` when the time is over [`INVISIBLE_MAX_MS`].
    pub fn change(
        &self,
        handle: Handle,
        invisible_ms: u64,
        now: Timestamp,
    ) -> Result<Result<Vec<u8>, Refused>, Error> {
        if invisible_ms > INVISIBLE_MAX_MS {
            return Err(invisible_error(invisible_ms));
        }
        Ok(self.check_handle(handle, now).map(|_| until_entry(handle, later(now, invisible_ms))))
    }

    /// Decides how long a delivery waits that its consumer gives back without a time: as the group's backoff says, or not at
    /// all when it was the last one, so that the message is dead at once.
    pub fn give_back(
        &self,
        handle: Handle,
        policy: &GroupPolicy,
        now: Timestamp,
    ) -> Result<Vec<u8>, Refused> {
        let last = self.check_handle(handle, now)?;
        let wait_ms = if last { 0 } else { policy.backoff.after(handle.attempt) };
        Ok(until_entry(handle, later(now, wait_ms)))
    }

    /// The messages whose last attempt ended by `now`, at most `max`: the caller reads them, and commits them to their
    /// groups' dead-letter topics together with [`Leases::dead_entries`].
    pub fn dead(&self, now: Timestamp, max: usize) -> Vec<Dead> {
        let mut dead = Vec::new();
        for (_, key) in self.dying.iter().take_while(|(time, _)| *time <= now) {
            let Some(queue) = self.queues.get(key) else { continue };
            for (_, offset) in queue.last().iter().take_while(|(time, _)| *time <= now) {
                if dead.len() >= max {
                    return dead;
                }
                let attempts = queue.delivery(*offset).map_or(0, |delivery| delivery.attempts);
                dead.push(Dead { key: *key, offset: *offset, attempts });
            }
        }
        dead
    }

    /// Whether [`Leases::dead`] would still give the message.
    pub fn is_dead(&self, dead: &Dead, now: Timestamp) -> bool {
        let delivery = self.queues.get(&dead.key).and_then(|queue| queue.delivery(dead.offset));
        delivery.is_some_and(|delivery| {
            delivery.last && delivery.until <= now && delivery.attempts == dead.attempts
        })
    }

    /// The time at which [`Leases::dead`] will have something.
    pub fn next_dead(&self) -> Option<Timestamp> {
        self.dying.first().map(|(time, _)| *time)
    }

    /// The entries by which dead messages are done.
    pub fn dead_entries(&self, dead: &[Dead]) -> Vec<Vec<u8>> {
        let mut by_key: BTreeMap<QueueKey, Vec<u64>> = BTreeMap::new();
        for message in dead {
            by_key.entry(message.key).or_default().push(message.offset);
        }
        let entries = by_key.into_iter().map(|(key, mut offsets)| {
            offsets.sort_unstable();
            encoded(&Entry::Done { key, why: Why::Dead, offsets })
        });
        entries.collect()
    }

    /// The entry by which a group goes on from `offset` of a queue. What it had in flight there is void.
    pub fn reset(&self, key: QueueKey, offset: u64) -> Vec<u8> {
        encoded(&Entry::Reset { key, offset })
    }

    /// Whether the handle's delivery is the last one of its message; refused when the delivery is not valid.
    fn check_handle(&self, handle: Handle, now: Timestamp) -> Result<bool, Refused> {
        let queue = self.queues.get(&handle.key).filter(|queue| queue.epoch == handle.epoch);
        let delivery = queue.and_then(|queue| queue.delivery(handle.offset)).ok_or(Refused::Gone)?;
        if delivery.attempts != handle.attempt || handle.attempt == 0 {
            return Err(Refused::Gone);
        }
        if delivery.until > now { Ok(delivery.last) } else { Err(Refused::Expired) }
    }

    fn settle(
        &self,
        handles: &[Handle],
        now: Timestamp,
        entry: impl Fn(QueueKey, Vec<u64>) -> Entry,
    ) -> (Vec<Result<(), Refused>>, Vec<Vec<u8>>) {
        let mut answers = Vec::with_capacity(handles.len());
        let mut good: Vec<(QueueKey, u64, usize)> = Vec::with_capacity(handles.len());
        for (index, handle) in handles.iter().enumerate() {
            let answer = self.check_handle(*handle, now).map(|_last| ());
            if answer.is_ok() {
                good.push((handle.key, handle.offset, index));
            }
            answers.push(answer);
        }
        good.sort_unstable();
        let mut entries = Vec::new();
        let mut offsets = Vec::with_capacity(good.len());
        for (at, (key, offset, index)) in good.iter().enumerate() {
            if offsets.last() == Some(offset) {
                // The same handle twice in one call: the second one finds the delivery acknowledged.
                if let Some(answer) = answers.get_mut(*index) {
                    *answer = Err(Refused::Gone);
                }
            } else {
                offsets.push(*offset);
            }
            if good.get(at + 1).is_none_or(|(next, ..)| next != key) {
                entries.push(encoded(&entry(*key, std::mem::take(&mut offsets))));
            }
        }
        (answers, entries)
    }
}

/// A delivery being put together.
struct Draft<'a> {
    lease: Lease,
    leased: Vec<Leased>,
    epoch: u32,
    policy: &'a GroupPolicy,
}

impl Draft<'_> {
    fn free(mut self, call: &Receive<'_>, free: &Free, mut room: usize, now: Timestamp) -> Received {
        for (_, offset) in free.due.iter().take_while(|(time, _)| *time <= now) {
            if self.leased.len() >= call.max {
                break;
            }
            let attempts = free.open.get(offset).map_or(0, |delivery| delivery.attempts);
            self.again(*offset, attempts);
        }
        let mut runs: Vec<Run> = Vec::new();
        let from = self.lease.from;
        for fresh in call.fresh.iter().filter(|fresh| fresh.offset >= from) {
            if fresh.wanted {
                if self.leased.len() >= call.max || room == 0 {
                    break;
                }
                room -= 1;
                match runs.last_mut() {
                    Some(run) if run.first + run.count == fresh.offset => run.count += 1,
                    _ => runs.push(Run { first: fresh.offset, count: 1 }),
                }
                self.push(fresh.offset, 1);
            }
            self.lease.next = fresh.offset + 1;
        }
        let retry_at = free.due.first().map(|(time, _)| *time);
        let trims = free.floor() < call.begin;
        self.finish(trims, retry_at, |lease| Entry::Free { lease, runs })
    }

    fn fifo(mut self, call: &Receive<'_>, fifo: &Fifo, mut room: usize, now: Timestamp) -> Received {
        let attempt_id = call.attempt_id.map_or(0, hash);
        if let Some(answer) = self.repeat(fifo, attempt_id, now) {
            return answer;
        }
        // Lanes that move in this call, and whether all that is open of them does.
        let mut moved: HashMap<u64, bool> = HashMap::new();
        for (_, _, id) in fifo.ready.iter().take_while(|(time, ..)| *time <= now) {
            if self.leased.len() >= call.max {
                break;
            }
            let Some(lane) = fifo.lanes.get(id) else { continue };
            let mut whole = true;
            for offset in lane.offsets.iter().filter(|offset| **offset >= call.begin) {
                if self.leased.len() >= call.max {
                    whole = false;
                    break;
                }
                self.again(*offset, fifo.open.get(offset).map_or(0, |turn| turn.delivery.attempts));
            }
            moved.insert(*id, whole);
        }
        let mut scanned = Vec::new();
        let from = self.lease.from;
        for fresh in call.fresh.iter().filter(|fresh| fresh.offset >= from) {
            if self.leased.len() >= call.max || (fresh.wanted && room == 0) {
                break;
            }
            if fresh.wanted {
                room -= 1;
                let leased =
                    *moved.entry(fresh.lane).or_insert_with(|| !fifo.lanes.contains_key(&fresh.lane));
                scanned.push(Scanned { offset: fresh.offset, lane: fresh.lane, leased });
                if leased {
                    self.push(fresh.offset, 1);
                }
            }
            self.lease.next = fresh.offset + 1;
        }
        let lanes = fifo.ready.iter().map(|(time, ..)| *time);
        let retry_at = lanes.take_while(|time| *time < Timestamp(i64::MAX)).find(|time| *time > now);
        let trims = fifo.floor() < call.begin;
        self.finish(trims, retry_at, |lease| Entry::Fifo { lease, attempt_id, scanned })
    }

    /// The answer to a call that repeats one whose deliveries are still valid: the same ones, with their time starting anew.
    fn repeat(&self, fifo: &Fifo, attempt_id: u64, now: Timestamp) -> Option<Received> {
        let named = fifo.attempts.get(&attempt_id).filter(|_| attempt_id != 0)?;
        let turns = named.iter().filter_map(|offset| Some((*offset, fifo.open.get(offset)?.delivery)));
        let valid: Vec<_> = turns.filter(|(_, delivery)| delivery.until > now).collect();
        if valid.is_empty() {
            return None;
        }
        let leased = valid.iter().map(|(offset, delivery)| self.leased(*offset, delivery.attempts)).collect();
        let offsets = valid.iter().map(|(offset, _)| *offset).collect();
        let entry = Entry::Until { key: self.lease.key, until: self.lease.until, offsets };
        Some(Received { leased, entry: Some(encoded(&entry)), retry_at: None, next: fifo.next })
    }

    fn again(&mut self, offset: u64, attempts: u16) {
        if offset < self.lease.begin {
            return;
        }
        let attempt = attempts.saturating_add(1);
        let last = attempt >= self.policy.max_attempts;
        let list = if last { &mut self.lease.again_last } else { &mut self.lease.again };
        list.push(offset);
        self.push(offset, attempt);
    }

    fn push(&mut self, offset: u64, attempt: u16) {
        let leased = self.leased(offset, attempt);
        self.leased.push(leased);
    }

    fn leased(&self, offset: u64, attempt: u16) -> Leased {
        Leased { offset, attempt, handle: Handle { key: self.lease.key, epoch: self.epoch, offset, attempt } }
    }

    fn finish(
        mut self,
        trims: bool,
        retry_at: Option<Timestamp>,
        entry: impl FnOnce(Lease) -> Entry,
    ) -> Received {
        self.leased.sort_unstable_by_key(|leased| leased.offset);
        self.lease.again.sort_unstable();
        self.lease.again_last.sort_unstable();
        let next = self.lease.next;
        let retry_at = if self.leased.is_empty() { retry_at } else { None };
        let changes = trims || next > self.lease.from || !self.leased.is_empty();
        let entry = changes.then(|| encoded(&entry(self.lease)));
        Received { leased: self.leased, entry, retry_at, next }
    }
}

fn check(call: &Receive<'_>) -> Result<(), Error> {
    if call.max == 0 || call.max > RECEIVE_MAX {
        let text = format!("a receive asks for {} messages; ask for 1 to {RECEIVE_MAX}", call.max);
        return Err(Error::new(ErrorKind::InvalidInput, text));
    }
    if call.invisible_ms == 0 || call.invisible_ms > INVISIBLE_MAX_MS {
        return Err(invisible_error(call.invisible_ms));
    }
    match call.attempt_id {
        Some(id) if id.is_empty() || id.len() > ATTEMPT_ID_MAX => {
            let text = format!("an attempt id has {} bytes; give 1 to {ATTEMPT_ID_MAX}", id.len());
            Err(Error::new(ErrorKind::InvalidInput, text))
        }
        _ => Ok(()),
    }
}

fn invisible_error(invisible_ms: u64) -> Error {
    let text =
        format!("an invisible time of {invisible_ms} ms is out of range; give up to {INVISIBLE_MAX_MS} ms");
    Error::new(ErrorKind::InvalidInput, text)
}

fn until_entry(handle: Handle, until: Timestamp) -> Vec<u8> {
    encoded(&Entry::Until { key: handle.key, until, offsets: vec![handle.offset] })
}

fn encoded(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    entry.encode(&mut out);
    out
}

fn later(now: Timestamp, ms: u64) -> Timestamp {
    Timestamp(now.0.saturating_add_unsigned(ms))
}

/// FNV-1a over the bytes of an attempt id, never 0: entries keep it, so it must stay the same in every version.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.max(1)
}
