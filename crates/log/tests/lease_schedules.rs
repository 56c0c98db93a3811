//! Consumers, delays and transactions on a disk that fails and loses power, from a seed.
//!
//! `SCHEDULES=100000 cargo test --release --test lease_schedules` runs more of them; `SEED=7` runs one again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_wrap, clippy::cast_possible_truncation)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millstream_log::delay::{DueId, Later};
use millstream_log::groups::{Backoff, GroupPolicy, Handle, Order, ReceiveRequest};
use millstream_log::hold::{CheckPolicy, Ended, Outcome, TransactionId};
use millstream_log::{
    Commit, Error, ErrorKind, Faults, GroupId, Log, Machines, Message, Options, QueueId, SimulatedDisk,
    Start, Timestamp, TopicId, TopicSpec, key_hash,
};

const QUEUES: u32 = 2;
const MAX_ATTEMPTS: u16 = 3;
const FREE: GroupId = GroupId(0);
const FIFO: GroupId = GroupId(1);

/// What must be so of a thing whose call was answered, and may be so of one whose call failed half-way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Must,
    May,
    Never,
}

/// What a group has of a message.
#[derive(Clone, Debug, Default)]
struct Seen {
    attempts: u16,
    /// Nobody else may get it before.
    until: i64,
    acked: bool,
    /// Its time may have been changed: the last handle may still be good.
    maybe_longer: bool,
    /// Its acknowledgement, or its burial, may have happened.
    maybe_done: bool,
}

struct World {
    seed: u64,
    random: u64,
    disk: SimulatedDisk,
    log: Option<Log>,
    topic: TopicId,
    now: i64,
    next: u32,
    /// By body: whether it must come to its queue.
    messages: BTreeMap<String, Fate>,
    /// Where messages stand, as far as it is known: queue and offset to body.
    places: BTreeMap<(u32, u64), String>,
    seen: BTreeMap<(GroupId, String), Seen>,
    handles: Vec<(Handle, String)>,
    delayed: Vec<(DueId, String)>,
    prepared: Vec<(TransactionId, Vec<String>)>,
    /// How many receives of a group may have counted an attempt of a message without delivering it.
    hidden: BTreeMap<GroupId, u16>,
    crashes: u32,
    /// How many segments were dropped or rewritten.
    reclaimed: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            disk: SimulatedDisk::new(seed, Faults::default()),
            log: None,
            topic: TopicId(0),
            now: 1000,
            next: 0,
            messages: BTreeMap::new(),
            places: BTreeMap::new(),
            seen: BTreeMap::new(),
            handles: Vec::new(),
            delayed: Vec::new(),
            prepared: Vec::new(),
            hidden: BTreeMap::new(),
            crashes: 0,
            reclaimed: 0,
        };
        world.open();
        let faults = world.disk.faults();
        world.disk.set_faults(Faults::default());
        let log = world.log();
        let spec = TopicSpec { queues: QUEUES, ..TopicSpec::default() };
        world.topic = log.create_topic("t", spec, Timestamp(1)).unwrap();
        for (order, id) in [(Order::Free, FREE), (Order::Fifo, FIFO)] {
            let backoff = Backoff::Steps(vec![20]);
            let policy = GroupPolicy { order, max_attempts: MAX_ATTEMPTS, backoff, ..GroupPolicy::default() };
            let name = format!("g{}", id.0);
            assert_eq!(log.create_group(&name, policy.attributes(), Timestamp(1)).unwrap(), id);
        }
        world.disk.set_faults(faults);
        world
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % limit.max(1)
    }

    fn log(&self) -> Log {
        self.log.clone().unwrap()
    }

    fn open(&mut self) {
        self.log = None;
        self.disk.set_faults(Faults::default());
        let options = Options {
            segment_bytes: if self.seed.is_multiple_of(2) { 4096 } else { 12288 },
            tail_cache_bytes: 1 << self.below(16),
            ..Options::default()
        };
        let storage = Arc::new(self.disk.clone());
        let log = Log::open_on(storage, options, Machines::standard(), Timestamp(self.now));
        self.log = Some(log.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed)));
        let faults = Faults { write: 2000, sync: 4000, read: 1000 };
        if self.below(2) == 0 {
            self.disk.set_faults(faults);
        }
    }

    fn crash(&mut self) {
        self.crashes += 1;
        if self.below(3) == 0 {
            self.disk.kill();
        } else {
            self.disk.crash();
        }
        self.open();
    }

    /// After an error nobody knows how much has happened: the machine starts again.
    fn failed(&mut self, error: &Error) {
        assert_eq!(error.kind, ErrorKind::Unavailable, "seed {}: {error}", self.seed);
        self.disk.crash();
        self.crashes += 1;
        self.open();
    }

    fn body(&mut self) -> String {
        self.next += 1;
        let lane = self.below(3);
        format!("{lane}:{}", self.next)
    }

    fn step(&mut self) {
        self.now += self.below(12) as i64;
        match self.below(20) {
            0..5 => self.send(),
            5..9 => self.receive(),
            9..13 => self.settle(),
            13 => self.send_later(),
            14 => self.cancel(),
            15 => self.prepare(),
            16 => self.end(),
            17 | 18 => self.tick(),
            _ => {
                if self.below(4) == 0 {
                    self.crash();
                }
            }
        }
    }

    fn send(&mut self) {
        let (body, queue) = (self.body(), QueueId(self.below(u64::from(QUEUES)) as u32));
        let mut commit = Commit::new();
        commit.message(self.topic, queue, &message(&body)).unwrap();
        match self.log().commit(&commit, Timestamp(self.now)) {
            Ok(receipt) => {
                self.places.insert((queue.0, receipt.queues[0].offset), body.clone());
                self.messages.insert(body, Fate::Must);
            }
            Err(error) => {
                self.messages.insert(body, Fate::May);
                self.failed(&error);
            }
        }
    }

    fn receive(&mut self) {
        let group = if self.below(2) == 0 { FREE } else { FIFO };
        let queue = match self.below(3) {
            2 => QueueId::ANY,
            queue => QueueId(queue as u32),
        };
        let (max, invisible_ms) = (1 + self.below(6) as usize, 5 + self.below(60));
        let request = ReceiveRequest {
            group,
            topic: self.topic,
            queue,
            max,
            invisible_ms,
            attempt_id: None,
            start: Start::Earliest,
            filter: None,
        };
        let failures = self.disk.failures();
        let received = self.log().receive(&request, Timestamp(self.now));
        if received.is_err() || self.disk.failures() > failures {
            *self.hidden.entry(group).or_default() += 1;
        }
        let deliveries = match received {
            Ok(deliveries) => deliveries,
            Err(error) => return self.failed(&error),
        };
        assert!(deliveries.messages.len() <= max);
        let mut given = Vec::new();
        for delivered in &deliveries.messages {
            let body = String::from_utf8(delivered.message().unwrap().body().unwrap().to_vec()).unwrap();
            let place = (delivered.handle.key.queue.0, delivered.handle.offset);
            let known = self.places.entry(place).or_insert_with(|| body.clone());
            assert_eq!(*known, body, "seed {}: {place:?} holds another message", self.seed);
            assert_ne!(self.messages.get(&body), Some(&Fate::Never), "seed {}: {body}", self.seed);
            given.push((place, body, delivered.attempt, delivered.handle));
        }
        for (place, body, attempt, _) in &given {
            self.check(group, *place, body, *attempt, &given);
        }
        for (_, body, attempt, handle) in given {
            let seen = self.seen.entry((group, body.clone())).or_default();
            (seen.attempts, seen.until) = (attempt, self.now + invisible_ms as i64);
            seen.maybe_longer = false;
            self.handles.push((handle, body));
        }
    }

    /// Whether the message may be delivered now.
    fn check(
        &self,
        group: GroupId,
        place: (u32, u64),
        body: &str,
        attempt: u16,
        given: &[((u32, u64), String, u16, Handle)],
    ) {
        let (seed, now) = (self.seed, self.now);
        let of = |body: &str| self.seen.get(&(group, body.to_owned())).cloned().unwrap_or_default();
        let seen = of(body);
        assert!(!seen.acked, "seed {seed}: {body} was acknowledged and comes again");
        assert!(seen.until <= now, "seed {seed}: {body} is in flight until {} at {now}", seen.until);
        assert!(attempt > seen.attempts && attempt <= MAX_ATTEMPTS, "seed {seed}: {body} attempt {attempt}");
        if group != FIFO {
            return;
        }
        for (other_place, other) in self.places.range((place.0, 0)..=(place.0, u64::MAX)) {
            if lane(other) != lane(body) || other == body {
                continue;
            }
            let along = given.iter().any(|(_, body, _, _)| body == other);
            let other_seen = of(other);
            let gone = other_seen.acked || other_seen.maybe_done;
            assert!(
                along || gone || other_seen.until <= now,
                "seed {seed}: {body} comes while {other} is in flight"
            );
            if *other_place < place {
                let hidden = self.hidden.get(&group).copied().unwrap_or(0);
                let dead = other_seen.attempts + hidden >= MAX_ATTEMPTS && other_seen.until <= now;
                assert!(along || gone || dead, "seed {seed}: {body} comes before {other} is done");
            }
        }
    }

    fn settle(&mut self) {
        if self.handles.is_empty() {
            return;
        }
        let at = self.below(self.handles.len() as u64) as usize;
        let (handle, body) = self.handles[at].clone();
        let (log, now, ms) = (self.log(), Timestamp(self.now), self.below(40));
        let what = self.below(8);
        let answer = match what {
            0 => log.change_invisible(handle, ms, now),
            1 => log.give_back(handle, now),
            2 => log.dead_letter(handle, now),
            _ => log.ack(&[handle], now).map(|mut answers| answers.remove(0)),
        };
        let until = self.now + if what == 0 { ms as i64 } else { 20 };
        let seen = self.seen.get_mut(&(handle.key.group, body.clone())).unwrap();
        let stands = seen.attempts == handle.attempt && seen.until > self.now && !seen.acked;
        match &answer {
            Ok(Ok(())) => {
                assert!(
                    stands || seen.maybe_longer || seen.maybe_done,
                    "seed {}: {body} was acknowledged by a void handle",
                    self.seed
                );
                match what {
                    0 => seen.until = until,
                    // The last attempt is dead at once.
                    1 => seen.until = if handle.attempt >= MAX_ATTEMPTS { self.now } else { until },
                    _ => seen.acked = true,
                }
            }
            // A delivery whose answer was lost may have followed it.
            Ok(Err(_)) => {}
            Err(_) => match what {
                0 | 1 => (seen.until, seen.maybe_longer) = (seen.until.min(self.now), true),
                _ => seen.maybe_done = true,
            },
        }
        if let Err(error) = answer {
            self.failed(&error);
        }
    }

    fn send_later(&mut self) {
        let body = self.body();
        let queue = if self.below(2) == 0 { QueueId::ANY } else { QueueId(0) };
        let due = Timestamp(self.now + self.below(300) as i64);
        let later = Later { due, topic: self.topic, queue, message: message(&body) };
        match self.log().send_later(&[later], Timestamp(self.now)) {
            Ok(names) => {
                self.messages.insert(body.clone(), Fate::Must);
                self.delayed.push((names[0], body));
            }
            Err(error) => {
                self.messages.insert(body, Fate::May);
                self.failed(&error);
            }
        }
    }

    fn cancel(&mut self) {
        if self.delayed.is_empty() {
            return;
        }
        let at = self.below(self.delayed.len() as u64) as usize;
        let (name, body) = self.delayed.swap_remove(at);
        match self.log().cancel_delayed(name, Timestamp(self.now)) {
            Ok(true) => drop(self.messages.insert(body, Fate::Never)),
            Ok(false) => assert!(name.due.0 <= self.now, "seed {}: {body} was there", self.seed),
            Err(error) => {
                self.messages.insert(body, Fate::May);
                self.failed(&error);
            }
        }
    }

    fn prepare(&mut self) {
        let bodies: Vec<String> = (0..=self.below(3)).map(|_| self.body()).collect();
        let messages: Vec<_> = bodies.iter().map(|body| (self.topic, QueueId::ANY, message(body))).collect();
        let prepared = self.log().prepare(&messages, &CheckPolicy::default(), Timestamp(self.now));
        for body in &bodies {
            self.messages.insert(body.clone(), Fate::Never);
        }
        match prepared {
            Ok(id) => self.prepared.push((id, bodies)),
            Err(error) => self.failed(&error),
        }
    }

    fn end(&mut self) {
        if self.prepared.is_empty() {
            return;
        }
        let at = self.below(self.prepared.len() as u64) as usize;
        let (id, bodies) = self.prepared.swap_remove(at);
        let outcome = if self.below(2) == 0 { Outcome::Committed } else { Outcome::RolledBack };
        let (fate, failure) = match self.log().end_transaction(id, outcome, Timestamp(self.now)) {
            Ok(Ended::Now) if outcome == Outcome::Committed => (Fate::Must, None),
            Ok(Ended::Now) => (Fate::Never, None),
            Ok(ended) => panic!("seed {}: {ended:?}", self.seed),
            Err(error) => (Fate::May, Some(error)),
        };
        for body in bodies {
            self.messages.insert(
                body,
                if fate == Fate::May && outcome != Outcome::Committed { Fate::Never } else { fate },
            );
        }
        if let Some(error) = failure {
            self.failed(&error);
        }
    }

    fn tick(&mut self) {
        let log = self.log();
        let mut done = log.tick(Timestamp(self.now)).map(|_| ());
        if done.is_ok() && self.below(3) == 0 {
            let retained = log.retain(Timestamp(self.now));
            done = retained.map(|retained| self.reclaimed += retained.dropped + retained.rewritten);
        } else if done.is_ok() && self.below(3) == 0 {
            let tail = log.view(|view| view.tail());
            done = log
                .carry_delayed(tail, Timestamp(self.now))
                .and_then(|_| log.carry_prepared(tail, Timestamp(self.now)))
                .map(|_| ());
        }
        if let Err(error) = done {
            self.failed(&error);
        }
    }

    /// Consumers that acknowledge everything: then each message is done once, or dead once.
    fn finish(&mut self) {
        self.crash();
        self.disk.set_faults(Faults::default());
        let log = self.log();
        for _ in 0..10 {
            self.now += 1000;
            log.tick(Timestamp(self.now)).unwrap();
            for group in [FREE, FIFO] {
                loop {
                    let first = self.handles.len();
                    let request = ReceiveRequest {
                        group,
                        topic: self.topic,
                        queue: QueueId::ANY,
                        max: 7,
                        invisible_ms: 50,
                        attempt_id: None,
                        start: Start::Earliest,
                        filter: None,
                    };
                    let deliveries = log.receive(&request, Timestamp(self.now)).unwrap();
                    for delivered in deliveries.messages {
                        let body =
                            String::from_utf8(delivered.message().unwrap().body().unwrap().to_vec()).unwrap();
                        assert!(
                            !self.seen.get(&(group, body.clone())).is_some_and(|seen| seen.acked),
                            "seed {}",
                            self.seed
                        );
                        self.handles.push((delivered.handle, body));
                    }
                    if self.handles.len() == first {
                        break;
                    }
                    let given = self.handles.split_off(first);
                    let handles: Vec<Handle> = given.iter().map(|(handle, _)| *handle).collect();
                    assert!(log.ack(&handles, Timestamp(self.now)).unwrap().iter().all(Result::is_ok));
                    for (_, body) in given {
                        self.seen.entry((group, body)).or_default().acked = true;
                    }
                }
            }
        }
        self.check_all(&log);
    }

    fn check_all(&self, log: &Log) {
        let seed = self.seed;
        let read = |topic: TopicId, queues: u32| {
            let mut bodies = Vec::new();
            for queue in 0..queues {
                for batch in log.read(topic, QueueId(queue), 0, usize::MAX).unwrap() {
                    let texts = batch
                        .messages()
                        .map(|message| String::from_utf8(message.body().unwrap().to_vec()).unwrap());
                    bodies.extend(texts);
                }
            }
            bodies
        };
        let all = read(self.topic, QUEUES);
        let there: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(all.len(), there.len(), "seed {seed}: a message stands twice");
        for (body, fate) in &self.messages {
            match fate {
                Fate::Must => assert!(there.contains(body), "seed {seed}: {body} is lost"),
                Fate::Never => assert!(!there.contains(body), "seed {seed}: {body} was taken back"),
                Fate::May => {}
            }
        }
        for group in [FREE, FIFO] {
            let name = format!("%DLQ%g{}", group.0);
            let dead =
                log.view(|view| view.topic_named(&name)).map(|topic| read(topic.id, 1)).unwrap_or_default();
            let buried: BTreeSet<String> = dead.iter().cloned().collect();
            assert_eq!(dead.len(), buried.len(), "seed {seed}: a message died twice");
            for body in &there {
                let seen = self.seen.get(&(group, body.clone())).cloned().unwrap_or_default();
                let done = seen.acked || seen.maybe_done || buried.contains(body);
                assert!(done, "seed {seed}: group {} never got {body} done", group.0);
            }
            for queue in 0..QUEUES {
                let end = log.latest(self.topic, QueueId(queue)).unwrap();
                let progress = log.progress(group, self.topic, QueueId(queue)).unwrap_or(0);
                assert_eq!(progress, end, "seed {seed}: group {} stands at {progress}", group.0);
            }
        }
    }
}

fn message(body: &str) -> Message<'_> {
    Message { ordering: body.split(':').next().unwrap().as_bytes(), ..Message::of(body.as_bytes()) }
}

fn lane(body: &str) -> u64 {
    key_hash(body.split(':').next().unwrap().as_bytes())
}

#[test]
fn nothing_is_lost_or_done_twice_whatever_fails() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SCHEDULES").unwrap_or(200),
    };
    let (mut crashes, mut messages, mut reclaimed) = (0, 0, 0);
    for seed in seeds.clone() {
        let mut world = World::new(seed);
        for _ in 0..20 + world.below(if seed % 8 == 1 { 800 } else { 150 }) {
            world.step();
        }
        world.finish();
        crashes += world.crashes;
        reclaimed += world.reclaimed;
        messages += world.messages.len();
    }
    println!(
        "{} schedules, {crashes} crashes, {messages} messages, {reclaimed} segments reclaimed",
        seeds.end - seeds.start
    );
    assert!(seeds.end - seeds.start == 1 || crashes > 0 && reclaimed > 0);
}
