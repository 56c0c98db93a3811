//! The process that is killed: producers, a consumer for each group, and upkeep, on one log.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use millstream_log::delay::{Delay, Later};
use millstream_log::groups::{Backoff, Delivered, GroupPolicy, Handle, Leases, Order, ReceiveRequest};
use millstream_log::{
    Commit, GroupId, Log, Machines, Message, Options, QueueId, Start, Timestamp, TopicId, TopicKind,
    TopicSpec,
};

use crate::chance::{Chance, pause};
use crate::facts::{Delivery, Fact, Place, Wish};
use crate::promises::{FIFO, MAX_ATTEMPTS};

/// Names the folder, and makes of the test a process to be killed.
pub const FOLDER: &str = "MILLSTREAM_LEASE_FOLDER";
/// The seed and the number of the first message, or `drain`.
pub const TASK: &str = "MILLSTREAM_LEASE_TASK";

const QUEUES: u32 = 2;
const LANES: u64 = 5;
const ROWS: u64 = 40;
const BACKOFF_MS: u64 = 5;
/// Rounds in which whatever is left must be done.
const ROUNDS_MAX: usize = 20_000;
/// Messages that a consumer may have open: producers wait while it is behind.
const BEHIND_MAX: u64 = 400;

/// A topic and its group, which have one number.
#[derive(Clone, Copy)]
struct Pair {
    topic: TopicId,
    group: GroupId,
}

struct Worker {
    log: Log,
    pairs: [Pair; 2],
    rows: TopicId,
    noise: TopicId,
    next: AtomicU64,
    stop: AtomicBool,
}

/// Does nothing unless it is asked to be killed.
#[test]
#[ignore = "what the others kill"]
fn worker() {
    let (Ok(folder), Ok(task)) = (std::env::var(FOLDER), std::env::var(TASK)) else { return };
    // The test harness has begun a line.
    say(&Fact::Wrong(String::new()).line().replace("wrong", "begins"));
    let handles: Vec<Handle> =
        std::io::stdin().lock().lines().map(|line| line.unwrap().parse().unwrap()).collect();
    let worker = Worker::open(&PathBuf::from(folder));
    worker.opened();
    if task == "drain" {
        worker.drain();
        worker.tell_all();
        worker.log.close().unwrap();
        return;
    }
    let (seed, first) = task.split_once(' ').unwrap();
    worker.next.store(first.parse().unwrap(), Relaxed);
    let seed: u64 = seed.parse().unwrap();
    std::thread::scope(|scope| {
        let worker = &worker;
        for number in 0..2 {
            scope.spawn(move || worker.produce(&mut Chance::of(seed + number)));
        }
        for pair in 0..2 {
            let kept = handles.iter().filter(|handle| handle.key.topic == worker.pairs[pair].topic).copied();
            let kept = kept.collect();
            scope.spawn(move || worker.consume(pair, kept, &mut Chance::of(seed + 2 + pair as u64)));
        }
        scope.spawn(move || worker.look_after(&mut Chance::of(seed + 4)));
    });
}

/// Prints whole lines, or ends the process: whoever started it is gone.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(b"\n").and_then(|()| out.write_all(text.as_bytes())).and_then(|()| out.flush()).is_err()
    {
        std::process::abort();
    }
}

#[allow(clippy::disallowed_methods, reason = "leases end by the clock")]
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn time() -> Timestamp {
    Timestamp(now())
}

impl Worker {
    fn open(folder: &Path) -> Self {
        let options = Options { segment_bytes: 96 << 10, table_memory_bytes: 16 << 10, ..Options::default() };
        let log = Log::open(folder, options, Machines::standard(), time()).unwrap();
        let topic = |name: &str, spec: TopicSpec| match log.view(|view| view.topic_named(name)) {
            Some(topic) => topic.id,
            None => log.create_topic(name, spec, time()).unwrap(),
        };
        let group = |name: &str, order: Order| {
            let backoff = Backoff::Steps(vec![BACKOFF_MS]);
            let max_attempts = u16::try_from(MAX_ATTEMPTS).unwrap();
            let policy = GroupPolicy { order, max_attempts, backoff, ..GroupPolicy::default() };
            match log.view(|view| view.group_named(name)) {
                Some(group) => group.id,
                None => log.create_group(name, policy.attributes(), time()).unwrap(),
            }
        };
        let queues = TopicSpec { queues: QUEUES, ..TopicSpec::default() };
        let fifo = TopicSpec { kind: TopicKind::Fifo, ..queues.clone() };
        let pairs = [
            Pair { topic: topic("free", queues), group: group("free", Order::Free) },
            Pair { topic: topic("fifo", fifo), group: group("fifo", Order::Fifo) },
        ];
        let rows = topic("rows", TopicSpec::table());
        // Segments whose other messages are gone are written anew.
        let short = TopicSpec { retention_bytes: Some(64 << 10), ..TopicSpec::default() };
        let noise = topic("noise", short);
        let next = AtomicU64::new(0);
        Self { pairs, rows, noise, next, stop: AtomicBool::new(false), log }
    }

    fn spots(&self) -> impl Iterator<Item = (usize, Pair, QueueId)> {
        let pairs = self.pairs.into_iter().enumerate();
        pairs.flat_map(|(number, pair)| (0..QUEUES).map(move |queue| (number, pair, QueueId(queue))))
    }

    /// Says where the groups go on, and compares the table with its topic.
    fn opened(&self) {
        for (number, pair, queue) in self.spots() {
            let key = millstream_log::groups::QueueKey { group: pair.group, topic: pair.topic, queue };
            let of = |view: &millstream_log::View<'_>| {
                let leases = view.machine::<Leases>().unwrap();
                Some((leases.floor(key)?, leases.next(key)?))
            };
            let Some((floor, next)) = self.log.view(of) else { continue };
            let (topic, queue) = (number as u64, u64::from(queue.0));
            say(&Fact::Opened { topic, queue, floor, next }.line());
        }
        let mut latest: HashMap<Vec<u8>, Option<Vec<u8>>> = HashMap::new();
        let mut cursor = self.log.cursor(self.rows, QueueId(0), 0);
        while let Some(batch) = cursor.next_batch().unwrap() {
            for message in batch.messages() {
                latest.insert(message.key().unwrap().to_vec(), message.body().map(<[u8]>::to_vec));
            }
        }
        for (key, value) in &latest {
            let row = self.log.get(self.rows, key, time()).unwrap().map(|row| row.value);
            if row != *value {
                let key = String::from_utf8_lossy(key);
                say(&Fact::Wrong(format!("row {key} is {row:?}, the log says {value:?}")).line());
            }
        }
        let rows = self.log.scan_table(self.rows, .., time()).unwrap().map(Result::unwrap).count();
        let expected = latest.values().flatten().count();
        if rows != expected {
            say(&Fact::Wrong(format!("there are {rows} rows, the log says {expected}")).line());
        }
    }

    fn produce(&self, chance: &mut Chance) {
        while !self.stop.load(Relaxed) {
            if self.behind() > BEHIND_MAX {
                pause(Duration::from_millis(2));
                continue;
            }
            if chance.below(8) == 0 {
                self.send_later(chance);
                continue;
            }
            let mut commit = Commit::new();
            let mut added: Vec<(u64, QueueId, u64, u64)> = Vec::new();
            for _ in 0..1 + chance.below(8) {
                let n = self.next.fetch_add(1, Relaxed);
                let (number, lane) = (chance.below(2), chance.below(LANES));
                let turn = if number == FIFO { lane } else { n };
                let queue = QueueId(u32::try_from(turn % u64::from(QUEUES)).unwrap());
                let (body, ordering) = (body(n, chance), format!("lane {lane}"));
                let ordering = if number == FIFO { ordering.as_bytes() } else { b"" };
                let message = Message { body: Some(body.as_bytes()), ordering, ..Message::default() };
                commit.message(self.pairs[usize::try_from(number).unwrap()].topic, queue, &message).unwrap();
                added.push((number, queue, n, lane));
            }
            let key = format!("row {}", chance.below(ROWS));
            match chance.below(4) {
                0 => commit.delete(self.rows, QueueId(0), key.as_bytes()).unwrap(),
                _ => commit
                    .put(self.rows, QueueId(0), key.as_bytes(), body(added[0].2, chance).as_bytes())
                    .unwrap(),
            }
            commit.message(self.noise, QueueId(0), &Message::of(&[b'x'; 500])).unwrap();
            let receipt = self.log.commit(&commit, time()).unwrap();
            let mut told = String::new();
            let mut passed: HashMap<(u64, QueueId), u64> = HashMap::new();
            for (number, queue, n, lane) in added {
                let topic = self.pairs[usize::try_from(number).unwrap()].topic;
                let part =
                    receipt.queues.iter().find(|part| (part.topic, part.queue) == (topic, queue)).unwrap();
                let before = passed.entry((number, queue)).or_default();
                let place = Place { topic: number, queue: queue.0.into(), offset: part.offset + *before };
                *before += 1;
                told.push_str(&Fact::Produced { place, n, lane }.line());
            }
            say(&told);
        }
    }

    fn send_later(&self, chance: &mut Chance) {
        let n = self.next.fetch_add(1, Relaxed);
        let due = now() + i64::try_from(chance.below(60)).unwrap();
        let text = body(n, chance);
        let later = Later {
            due: Timestamp(due),
            topic: self.pairs[0].topic,
            queue: QueueId::ANY,
            message: Message::of(text.as_bytes()),
        };
        self.log.send_later(&[later], time()).unwrap();
        say(&Fact::Later { n, due }.line());
    }

    /// How many messages the groups have not looked at.
    fn behind(&self) -> u64 {
        let behind = |(_, pair, queue): (usize, Pair, QueueId)| {
            let done = self.log.progress(pair.group, pair.topic, queue).unwrap_or(0);
            self.log.latest(pair.topic, queue).unwrap().saturating_sub(done)
        };
        self.spots().map(behind).sum()
    }

    fn receive(&self, number: usize, max: usize, invisible_ms: u64) -> Vec<Delivered> {
        let (pair, at) = (self.pairs[number], now());
        let request = ReceiveRequest {
            group: pair.group,
            topic: pair.topic,
            queue: QueueId::ANY,
            max,
            invisible_ms,
            attempt_id: None,
            start: Start::Earliest,
            filter: None,
        };
        let messages = self.log.receive(&request, Timestamp(at)).unwrap().messages;
        let (after, call) = (now(), self.next.fetch_add(1, Relaxed));
        let mut told = String::new();
        for delivered in &messages {
            let lane = delivered.message().unwrap().ordering_hash();
            let until = at + i64::try_from(invisible_ms).unwrap();
            let (delivery, handle) = (self.delivery(delivered.handle), delivered.handle.to_string());
            told.push_str(&Fact::Delivered { delivery, lane, now: at, after, until, call, handle }.line());
        }
        say(&told);
        messages
    }

    fn delivery(&self, handle: Handle) -> Delivery {
        let topic = u64::from(handle.key.topic == self.pairs[1].topic);
        let place = Place { topic, queue: handle.key.queue.0.into(), offset: handle.offset };
        Delivery { place, attempt: handle.attempt.into() }
    }

    fn consume(&self, number: usize, kept: Vec<Handle>, chance: &mut Chance) {
        let mut handles = kept;
        for handle in std::mem::take(&mut handles) {
            self.ack(&[handle]);
        }
        while !self.stop.load(Relaxed) {
            let invisible_ms = match chance.below(4) {
                0 => 200 + chance.below(400),
                _ => 1 + chance.below(50),
            };
            let max = 1 + chance.index(12);
            let received = self.receive(number, max, invisible_ms);
            handles.extend(received.iter().map(|delivered| delivered.handle));
            if received.is_empty() && handles.is_empty() {
                pause(Duration::from_millis(1));
            }
            for _ in 0..chance.below(8) {
                self.settle(&mut handles, chance);
            }
            // Whoever forgets a handle lets its time run out.
            while handles.len() > 30 {
                handles.swap_remove(chance.index(handles.len()));
            }
        }
    }

    /// Does something with a handle, which may be an old one.
    fn settle(&self, handles: &mut Vec<Handle>, chance: &mut Chance) {
        if handles.is_empty() {
            return;
        }
        let at = chance.index(handles.len());
        let handle = if chance.below(8) == 0 { handles[at] } else { handles.swap_remove(at) };
        match chance.below(16) {
            0..9 => {
                let mut some = vec![handle];
                while chance.below(3) > 0
                    && let Some(other) = handles.pop()
                {
                    if some.iter().all(|one| (one.key, one.offset) != (other.key, other.offset)) {
                        some.push(other);
                    }
                }
                self.ack(&some);
            }
            9..12 => {
                let ms = chance.below(80);
                let until = |at: i64| Wish::Until(at + i64::try_from(ms).unwrap());
                let granted =
                    self.ask(handle, until, |at| self.log.change_invisible(handle, ms, at).unwrap().is_ok());
                if granted && ms > 20 {
                    handles.push(handle);
                }
            }
            12..15 => {
                let wait = if u64::from(handle.attempt) < MAX_ATTEMPTS { BACKOFF_MS } else { 0 };
                let until = |at: i64| Wish::Until(at + i64::try_from(wait).unwrap());
                self.ask(handle, until, |at| self.log.give_back(handle, at).unwrap().is_ok());
            }
            _ => {
                self.ask(handle, |_| Wish::Bury, |at| self.log.dead_letter(handle, at).unwrap().is_ok());
            }
        }
    }

    fn ask(
        &self,
        handle: Handle,
        wish: impl FnOnce(i64) -> Wish,
        call: impl FnOnce(Timestamp) -> bool,
    ) -> bool {
        let (delivery, at) = (self.delivery(handle), now());
        say(&Fact::Asks { delivery, wish: wish(at), now: at }.line());
        let granted = call(Timestamp(at));
        say(&Fact::Answer { delivery, granted, now: now() }.line());
        granted
    }

    fn ack(&self, handles: &[Handle]) {
        let at = now();
        let asks = |handle: &Handle| {
            Fact::Asks { delivery: self.delivery(*handle), wish: Wish::Ack, now: at }.line()
        };
        say(&handles.iter().map(asks).collect::<String>());
        let answers = self.log.ack(handles, Timestamp(at)).unwrap();
        let after = now();
        let answer = |(handle, answer): (&Handle, &Result<(), _>)| {
            Fact::Answer { delivery: self.delivery(*handle), granted: answer.is_ok(), now: after }.line()
        };
        say(&handles.iter().zip(&answers).map(answer).collect::<String>());
    }

    fn look_after(&self, chance: &mut Chance) {
        while !self.stop.load(Relaxed) {
            self.log.tick(time()).unwrap();
            match chance.below(8) {
                0 => self.log.flush().unwrap(),
                1 => drop(self.log.retain(time()).unwrap()),
                2 => drop(self.log.tend_tables(time()).unwrap()),
                _ => pause(Duration::from_millis(2)),
            }
        }
    }

    /// Acknowledges whatever is left.
    fn drain(&self) {
        for _ in 0..ROUNDS_MAX {
            self.log.tick(time()).unwrap();
            let mut came = false;
            for number in 0..self.pairs.len() {
                let received = self.receive(number, 100, 10_000);
                let handles: Vec<Handle> = received.iter().map(|delivered| delivered.handle).collect();
                if !handles.is_empty() {
                    self.ack(&handles);
                    came = true;
                }
            }
            let waits = self.log.view(|view| view.machine::<Delay>().unwrap().next_due());
            if !came && waits.is_none() && self.behind() == 0 {
                return;
            }
            if !came {
                pause(Duration::from_millis(2));
            }
        }
        say(&Fact::Wrong(format!("{} messages are never done", self.behind())).line());
    }

    /// Says what stands in the topics.
    fn tell_all(&self) {
        for (number, pair, queue) in self.spots() {
            let mut cursor = self.log.cursor(pair.topic, queue, 0);
            let mut told = String::new();
            while let Some(batch) = cursor.next_batch().unwrap() {
                for message in batch.messages() {
                    let offset = message.offset;
                    let place = Place { topic: number as u64, queue: queue.0.into(), offset };
                    let (n, stored) = (number_of(message.body().unwrap()), message.store_time.0);
                    told.push_str(&Fact::Stands { place, n, stored }.line());
                }
            }
            say(&told);
        }
        for (number, name) in ["%DLQ%free", "%DLQ%fifo"].into_iter().enumerate() {
            let Some(topic) = self.log.view(|view| view.topic_named(name)) else { continue };
            let mut cursor = self.log.cursor(topic.id, QueueId(0), 0);
            while let Some(batch) = cursor.next_batch().unwrap() {
                for message in batch.messages() {
                    let property = |name: &str| -> u64 {
                        message.properties().find(|(of, _)| *of == name).unwrap().1.parse().unwrap()
                    };
                    let (queue, offset) = (property("origin-queue"), property("origin-offset"));
                    let place = Place { topic: number as u64, queue, offset };
                    let (n, attempts) = (number_of(message.body().unwrap()), property("attempts"));
                    say(&Fact::Buried { place, n, attempts }.line());
                }
            }
        }
    }
}

/// The number of a message, and something more so that segments fill.
fn body(n: u64, chance: &mut Chance) -> String {
    let more = if chance.below(40) == 0 { 4000 } else { chance.index(200) };
    format!("{n} {}", ".".repeat(more))
}

fn number_of(body: &[u8]) -> u64 {
    std::str::from_utf8(body).unwrap().split_once(' ').unwrap().0.parse().unwrap()
}
