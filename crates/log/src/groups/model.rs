//! Random calls against a plain model: what was delivered, to whom, and whether it was allowed to be.

#![allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)] // small numbers of a test

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Position, StateMachine};

const MAX_ATTEMPTS: u16 = 3;
const OPEN_MAX: u32 = 24;
const FIFO_GROUP: GroupId = GroupId(7);
const FREE_GROUP: GroupId = GroupId(3);

#[derive(Debug, Clone)]
enum Call {
    Produce { queue: u32, lane: u64, wanted: bool, count: u8 },
    Receive { key: QueueKey, max: usize, invisible_ms: u64, attempt: Option<u8>, window: usize },
    Ack { at: Vec<prop::sample::Index> },
    Bury { at: prop::sample::Index },
    Change { at: prop::sample::Index, ms: u64 },
    GiveBack { at: prop::sample::Index },
    Wait { ms: u64 },
    Sweep { max: usize },
    Reset { key: QueueKey, back: u64 },
    Trim { queue: u32, count: u64 },
    Reopen,
}

fn key() -> impl Strategy<Value = QueueKey> {
    (prop_oneof![Just(FIFO_GROUP), Just(FREE_GROUP)], 0..2_u32).prop_map(|(group, queue)| QueueKey {
        group,
        topic: TopicId(1),
        queue: QueueId(queue),
    })
}

fn call() -> impl Strategy<Value = Call> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..2_u32, 1..4_u64, prop::bool::weighted(0.8), 1..6_u8)
            .prop_map(|(queue, lane, wanted, count)| Call::Produce { queue, lane, wanted, count }),
        8 => (key(), 1..8_usize, 1..60_u64, prop::option::weighted(0.4, 0..4_u8), 0..40_usize)
            .prop_map(|(key, max, invisible_ms, attempt, window)| Call::Receive { key, max, invisible_ms, attempt, window }),
        6 => prop::collection::vec(index(), 1..6).prop_map(|at| Call::Ack { at }),
        1 => index().prop_map(|at| Call::Bury { at }),
        2 => (index(), 0..90_u64).prop_map(|(at, ms)| Call::Change { at, ms }),
        2 => index().prop_map(|at| Call::GiveBack { at }),
        4 => (0..50_u64).prop_map(|ms| Call::Wait { ms }),
        2 => (1..9_usize).prop_map(|max| Call::Sweep { max }),
        1 => (key(), 0..9_u64).prop_map(|(key, back)| Call::Reset { key, back }),
        1 => (0..2_u32, 0..5_u64).prop_map(|(queue, count)| Call::Trim { queue, count }),
        1 => Just(Call::Reopen),
    ]
}

/// What the model knows of a message for one group.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    attempts: u16,
    until: i64,
    done: bool,
}

#[derive(Default)]
struct World {
    machine: Leases,
    entries: Vec<Vec<u8>>,
    now: i64,
    /// Of each queue: lane and whether the filter lets it pass.
    produced: [Vec<(u64, bool)>; 2],
    begin: [u64; 2],
    seen: BTreeMap<QueueKey, BTreeMap<u64, Seen>>,
    floor: BTreeMap<QueueKey, u64>,
    handles: Vec<Handle>,
    /// The receive that last used an attempt id.
    attempts: BTreeMap<(QueueKey, u8), Vec<(u64, u16)>>,
}

fn policy(group: GroupId) -> GroupPolicy {
    GroupPolicy {
        order: if group == FIFO_GROUP { Order::Fifo } else { Order::Free },
        max_attempts: MAX_ATTEMPTS,
        backoff: Backoff::Steps(vec![5, 20]),
        open_max: OPEN_MAX,
        dead_letter_topic: None,
    }
}

impl World {
    fn commit(&mut self, entry: Vec<u8>) {
        self.machine.apply(Position(self.entries.len() as u64), Timestamp(self.now), &entry).unwrap();
        self.entries.push(entry);
    }

    fn run(&mut self, call: &Call) {
        match call {
            Call::Produce { queue, lane, wanted, count } => {
                for _ in 0..*count {
                    self.produced[*queue as usize].push((*lane, *wanted));
                }
            }
            Call::Receive { key, max, invisible_ms, attempt, window } => {
                self.receive(*key, *max, *invisible_ms, *attempt, *window);
            }
            Call::Ack { at } => self.settle(at, false),
            Call::Bury { at } => self.settle(std::slice::from_ref(at), true),
            Call::Change { at, ms } => self.change(at, Some(*ms)),
            Call::GiveBack { at } => self.change(at, None),
            Call::Wait { ms } => self.now += *ms as i64,
            Call::Sweep { max } => self.sweep(*max),
            Call::Reset { key, back } => self.reset(*key, *back),
            Call::Trim { queue, count } => {
                let queue = *queue as usize;
                self.begin[queue] = (self.begin[queue] + count).min(self.produced[queue].len() as u64);
            }
            Call::Reopen => self.reopen(),
        }
    }

    fn valid(&self, key: QueueKey, offset: u64) -> bool {
        let seen = self.seen.get(&key).and_then(|seen| seen.get(&offset));
        seen.is_some_and(|seen| !seen.done && seen.attempts > 0 && seen.until > self.now)
    }

    fn receive(&mut self, key: QueueKey, max: usize, invisible_ms: u64, attempt: Option<u8>, window: usize) {
        let queue = key.queue.0 as usize;
        let next = self.machine.next(key).unwrap_or(0).max(self.begin[queue]);
        let messages = self.produced[queue].iter().enumerate().skip(next as usize).take(window);
        let fresh: Vec<Fresh> = messages
            .map(|(offset, (lane, wanted))| Fresh { offset: offset as u64, wanted: *wanted, lane: *lane })
            .collect();
        let name = attempt.map(|attempt| format!("attempt {attempt}"));
        let call = Receive {
            key,
            max,
            invisible_ms,
            attempt_id: name.as_deref(),
            start: 0,
            begin: self.begin[queue],
            fresh: &fresh,
        };
        let open_before = self.machine.open(key);
        let received = self.machine.receive(call, &policy(key.group), Timestamp(self.now)).unwrap();
        let leased: Vec<(u64, u16)> =
            received.leased.iter().map(|leased| (leased.offset, leased.attempt)).collect();
        assert!(leased.is_sorted());
        if let Some(attempt) = attempt.filter(|_| key.group == FIFO_GROUP) {
            let old = self.attempts.get(&(key, attempt)).cloned().unwrap_or_default();
            let valid: Vec<_> = old
                .into_iter()
                .filter(|(offset, times)| {
                    self.valid(key, *offset) && self.seen[&key][offset].attempts == *times
                })
                .collect();
            if !valid.is_empty() {
                assert_eq!(leased, valid, "a retry gets what the call got");
                self.commit(received.entry.unwrap());
                for (offset, _) in leased {
                    self.seen.get_mut(&key).unwrap().get_mut(&offset).unwrap().until =
                        self.now + invisible_ms as i64;
                }
                return;
            }
            self.attempts.insert((key, attempt), leased.clone());
        }
        assert!(leased.len() <= max);
        for (offset, times) in &leased {
            let (lane, wanted) = self.produced[queue][*offset as usize];
            let seen = self.seen.get(&key).and_then(|seen| seen.get(offset)).copied().unwrap_or_default();
            assert!(wanted && !seen.done && *offset >= self.begin[queue]);
            assert!(!self.valid(key, *offset), "{offset} is in flight");
            assert_eq!(*times, seen.attempts + 1);
            assert!(*times <= MAX_ATTEMPTS);
            if key.group == FIFO_GROUP {
                self.check_order(key, *offset, lane, &leased);
            }
        }
        let all = next as usize + fresh.len() >= self.produced[queue].len();
        if leased.len() < max && all && open_before + fresh.len() <= OPEN_MAX as usize {
            self.check_nothing_left(key, &leased);
        }
        if leased.is_empty() && key.group == FREE_GROUP && self.machine.floor(key) >= Some(self.begin[queue])
        {
            let open = self
                .seen
                .get(&key)
                .into_iter()
                .flat_map(BTreeMap::values)
                .filter(|seen| !seen.done && seen.attempts < MAX_ATTEMPTS);
            assert_eq!(received.retry_at.map(|time| time.0), open.map(|seen| seen.until).min());
        }
        let handles = received.leased.iter().map(|leased| leased.handle);
        self.handles.extend(handles);
        let changes = received.entry.is_some();
        assert!(changes || leased.is_empty());
        if let Some(entry) = received.entry {
            self.commit(entry);
            // What retention took is done with.
            for (_, seen) in self.seen.entry(key).or_default().range_mut(..self.begin[queue]) {
                seen.done = true;
            }
        }
        assert_eq!(
            self.machine.next(key).unwrap_or(0).max(self.begin[queue]),
            received.next.max(self.begin[queue])
        );
        let seen = self.seen.entry(key).or_default();
        for (offset, times) in &leased {
            let until = self.now + invisible_ms as i64;
            seen.insert(*offset, Seen { attempts: *times, until, done: false });
        }
    }

    /// One ordering group moves one delivery at a time, from its front.
    fn check_order(&self, key: QueueKey, offset: u64, lane: u64, leased: &[(u64, u16)]) {
        let queue = key.queue.0 as usize;
        let low = self.begin[queue].max(self.floor.get(&key).copied().unwrap_or(0));
        for (other, (of, wanted)) in self.produced[queue].iter().enumerate().skip(low as usize) {
            let other = other as u64;
            if *of != lane || !wanted || other == offset {
                continue;
            }
            assert!(!self.valid(key, other), "{offset} is delivered while {other} of its group is in flight");
            if other < offset {
                let done =
                    self.seen.get(&key).and_then(|seen| seen.get(&other)).is_some_and(|seen| seen.done);
                let along = leased.iter().any(|(offset, _)| *offset == other);
                assert!(done || along, "{offset} is delivered before {other} of its group is done");
            }
        }
    }

    /// Nothing that could have been delivered stayed behind.
    fn check_nothing_left(&self, key: QueueKey, leased: &[(u64, u16)]) {
        let queue = key.queue.0 as usize;
        let low = self.begin[queue].max(self.floor.get(&key).copied().unwrap_or(0));
        let mut locked = BTreeSet::new();
        for (offset, (lane, wanted)) in self.produced[queue].iter().enumerate().skip(low as usize) {
            let offset = offset as u64;
            let seen = self.seen.get(&key).and_then(|seen| seen.get(&offset)).copied().unwrap_or_default();
            if *wanted && !seen.done && (self.valid(key, offset) || seen.attempts >= MAX_ATTEMPTS) {
                locked.insert(*lane);
            }
        }
        // What retention took may have been in flight: its lane moves only after that is taken in.
        let trimmed = self.machine.floor(key).is_some_and(|floor| floor < self.begin[queue]);
        for (offset, (lane, wanted)) in self.produced[queue].iter().enumerate().skip(low as usize) {
            let offset = offset as u64;
            let seen = self.seen.get(&key).and_then(|seen| seen.get(&offset)).copied().unwrap_or_default();
            let now = leased.iter().any(|(of, _)| *of == offset);
            let open = *wanted && !seen.done && !now;
            let waits = self.valid(key, offset) || seen.attempts >= MAX_ATTEMPTS;
            let behind = key.group == FIFO_GROUP && (locked.contains(lane) || trimmed);
            assert!(!open || waits || behind, "{offset} could have been delivered");
        }
    }

    fn settle(&mut self, at: &[prop::sample::Index], bury: bool) {
        if self.handles.is_empty() {
            return;
        }
        let handles: Vec<Handle> = at.iter().map(|at| *at.get(&self.handles)).collect();
        let now = Timestamp(self.now);
        let (answers, entries) =
            if bury { self.machine.bury(&handles, now) } else { self.machine.ack(&handles, now) };
        for entry in entries {
            self.commit(entry);
        }
        for (handle, answer) in handles.iter().zip(answers) {
            let expected = self.stands(*handle);
            assert_eq!(answer.is_ok(), expected, "{handle:?} {answer:?}");
            if expected {
                self.seen.get_mut(&handle.key).unwrap().get_mut(&handle.offset).unwrap().done = true;
            }
        }
    }

    fn stands(&self, handle: Handle) -> bool {
        let epoch = self.machine.queues.get(&handle.key).map(|queue| queue.epoch);
        epoch == Some(handle.epoch)
            && self.valid(handle.key, handle.offset)
            && self.seen[&handle.key][&handle.offset].attempts == handle.attempt
    }

    fn change(&mut self, at: &prop::sample::Index, ms: Option<u64>) {
        if self.handles.is_empty() {
            return;
        }
        let handle = *at.get(&self.handles);
        let now = Timestamp(self.now);
        let entry = match ms {
            Some(ms) => self.machine.change(handle, ms, now).unwrap(),
            None => self.machine.give_back(handle, &policy(handle.key.group), now),
        };
        assert_eq!(entry.is_ok(), self.stands(handle));
        if let Ok(entry) = entry {
            self.commit(entry);
            let wait = ms.unwrap_or(match handle.attempt {
                1 => 5,
                2 => 20,
                _ => 0,
            });
            let seen = self.seen.get_mut(&handle.key).unwrap().get_mut(&handle.offset).unwrap();
            seen.until = self.now + wait as i64;
        }
    }

    fn sweep(&mut self, max: usize) {
        let dead = self.machine.dead(Timestamp(self.now), max);
        for message in &dead {
            let seen = self.seen.get_mut(&message.key).unwrap().get_mut(&message.offset).unwrap();
            assert!(!seen.done && seen.until <= self.now);
            assert_eq!((seen.attempts, message.attempts), (MAX_ATTEMPTS, MAX_ATTEMPTS));
            seen.done = true;
        }
        for entry in self.machine.dead_entries(&dead) {
            self.commit(entry);
        }
        if dead.len() < max {
            assert!(self.machine.next_dead().is_none_or(|time| time.0 > self.now));
        }
    }

    fn reset(&mut self, key: QueueKey, back: u64) {
        let queue = key.queue.0 as usize;
        let offset = (self.machine.next(key).unwrap_or(0).saturating_sub(back)).max(self.begin[queue]);
        let entry = self.machine.reset(key, offset);
        self.commit(entry);
        let seen = self.seen.entry(key).or_default();
        seen.clear();
        self.floor.insert(key, offset);
        self.attempts.retain(|(of, _), _| *of != key);
    }

    fn reopen(&mut self) {
        let mut live = Vec::new();
        self.machine.snapshot(&mut live);
        self.machine = Leases::default();
        self.machine.restore(&live).unwrap();
        let mut again = Vec::new();
        self.machine.snapshot(&mut again);
        assert_eq!(live, again, "a restored state is the one that was written");
        let mut replayed = Leases::default();
        for (at, entry) in self.entries.iter().enumerate() {
            replayed.apply(Position(at as u64), Timestamp(0), entry).unwrap();
        }
        again.clear();
        replayed.snapshot(&mut again);
        assert_eq!(live, again, "replayed state is live state");
    }

    /// Consumers that acknowledge everything leave nothing open, and have seen everything.
    fn drain(&mut self) {
        for group in [FIFO_GROUP, FREE_GROUP] {
            for queue in 0..2 {
                let key = QueueKey { group, topic: TopicId(1), queue: QueueId(queue) };
                for _ in 0..10_000 {
                    self.now += 100;
                    self.sweep(1000);
                    let first = self.handles.len();
                    self.receive(key, 7, 50, None, 12);
                    let (answers, entries) = self.machine.ack(&self.handles[first..], Timestamp(self.now));
                    assert!(answers.iter().all(Result::is_ok));
                    for entry in entries {
                        self.commit(entry);
                    }
                    for handle in self.handles.drain(first..) {
                        self.seen.get_mut(&handle.key).unwrap().get_mut(&handle.offset).unwrap().done = true;
                    }
                    if self.machine.floor(key).unwrap_or(0).max(self.begin[queue as usize])
                        == self.produced[queue as usize].len() as u64
                    {
                        break;
                    }
                }
                let low = self.begin[queue as usize].max(self.floor.get(&key).copied().unwrap_or(0));
                for (offset, (_, wanted)) in
                    self.produced[queue as usize].iter().enumerate().skip(low as usize)
                {
                    let seen = self.seen.get(&key).and_then(|seen| seen.get(&(offset as u64)));
                    assert_eq!(*wanted, seen.is_some_and(|seen| seen.done), "{key:?} {offset}");
                }
            }
        }
        assert_eq!(self.machine.open, 0);
        assert!(self.machine.dying.is_empty());
    }
}

proptest! {
    #[test]
    fn leases_keep_their_promises(calls in prop::collection::vec(call(), 1..120)) {
        let mut world = World::default();
        for call in &calls {
            world.run(call);
        }
        world.reopen();
        world.drain();
    }

    #[test]
    fn damaged_entries_and_snapshots_are_errors(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        kind in 0..8_u8,
    ) {
        let mut machine = Leases::default();
        let entry: Vec<u8> = std::iter::once(kind).chain(bytes.iter().copied()).collect();
        let _ = machine.apply(Position(0), Timestamp(0), &entry);
        let _ = Leases::default().restore(&bytes);
        let snapshot: Vec<u8> = std::iter::once(1).chain(bytes).collect();
        let _ = Leases::default().restore(&snapshot);
    }
}
