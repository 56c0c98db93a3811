//! Producers that wait for the disk with each message.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Poll, Wake as _, Waker};
use std::time::Duration;

use millstream_log::{Commit, Log, Message, Submitted, TopicId, TopicSpec};

use super::raw::Raw;
use super::{Q, line, micros, open, percentile, rate};
use crate::clock::{self, Stopwatch};

const BODY_BYTES: usize = 1024;
const PRODUCERS: u64 = 64;
/// How many messages each of them sends in a round.
const EACH: u64 = 200;
const ROUNDS: u64 = 10;
const ALONE: usize = 4000;
/// The log and the bare disk take turns, so that what the machine does meanwhile meets both.
const TURN: usize = 10;
/// The space that the log reserves at a time.
const SEGMENT_BYTES: u64 = 256 << 20;

fn message(topic: TopicId) -> Result<Commit, String> {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(&[b'x'; BODY_BYTES])).map_err(|e| e.message)?;
    Ok(commit)
}

fn send(log: &Log, topic: TopicId) -> Result<(), String> {
    log.commit(&message(topic)?, clock::now()).map(|_| ()).map_err(|e| e.message)
}

pub(super) fn run_many(folder: &Path) -> Result<(), String> {
    many(folder, "threads", "64 producers, each on a thread, 1 KiB, fsync", &|log, topic| {
        std::thread::scope(|scope| {
            let producers: Vec<_> = (0..PRODUCERS)
                .map(|_| scope.spawn(|| (0..EACH).try_for_each(|_| send(log, topic))))
                .collect();
            let mut ended = producers.into_iter().map(std::thread::ScopedJoinHandle::join);
            ended.try_for_each(|ended| ended.unwrap_or_else(|_| Err("a producer panicked".to_owned())))
        })
    })?;
    many(
        folder,
        "tasks",
        "64 producers, tasks of one thread as connections are, 1 KiB, fsync",
        &|log, topic| {
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let writer = scope.spawn(|| log.write_for_tasks(&stop).map_err(|e| e.message));
                let sent = tasks(log, topic);
                log.stop_writing_for_tasks(&stop);
                sent.and(writer.join().unwrap_or_else(|_| Err("the writer panicked".to_owned())))
            })
        },
    )
}

/// Measures all producers in turn with the bare disk, which gets as many syncs of as many bytes.
fn many(
    folder: &Path,
    name: &str,
    what: &str,
    produce: &dyn Fn(&Log, TopicId) -> Result<(), String>,
) -> Result<(), String> {
    let log = open(&folder.join(name))?;
    let topic = log.create_topic("many", TopicSpec::default(), clock::now()).map_err(|e| e.message)?;
    let mut raw = Raw::new(folder, SEGMENT_BYTES)?;
    let (mut time, mut raw_time) = (Duration::ZERO, Duration::ZERO);
    let (mut syncs, mut bytes) = (0, 0);
    for _ in 0..ROUNDS {
        let (syncs_before, start) = (log.syncs(), log.view(|view| view.tail()));
        let watch = Stopwatch::start();
        produce(&log, topic)?;
        time += watch.elapsed();
        let round = (log.syncs() - syncs_before).max(1);
        let written = log.view(|view| view.tail()).0 - start.0;
        let each = usize::try_from(written / round).unwrap_or(usize::MAX);
        for _ in 0..round {
            raw_time += raw.write(each)?;
        }
        syncs += round;
        bytes += written;
    }
    line(
        what,
        &format!(
            "{:.1} messages an fsync; {:.1} MB/s, {:.2} × raw",
            rate(PRODUCERS * EACH * ROUNDS, Duration::from_secs(syncs)),
            rate(bytes, time) / 1e6,
            raw_time.as_secs_f64() / time.as_secs_f64()
        ),
        "32 messages an fsync; 0.8 × raw",
        &format!("as many pwrite + fdatasync of the same bytes: {:.1} MB/s", rate(bytes, raw_time) / 1e6),
    )
}

/// The producers that have something to do.
#[derive(Default)]
struct Ready {
    producers: Mutex<Vec<usize>>,
    some: Condvar,
}

/// Wakes one producer.
struct Wake {
    producer: usize,
    ready: Arc<Ready>,
}

impl std::task::Wake for Wake {
    fn wake(self: Arc<Self>) {
        let mut producers = self.ready.producers.lock().unwrap_or_else(PoisonError::into_inner);
        producers.push(self.producer);
        if producers.len() == 1 {
            self.ready.some.notify_one();
        }
    }
}

struct Task {
    waker: Waker,
    waits_for: Option<Submitted>,
    left: u64,
}

/// Lets each producer send a message whenever its last one is durable.
fn tasks(log: &Log, topic: TopicId) -> Result<(), String> {
    let ready = Arc::new(Ready::default());
    let mut tasks: Vec<Task> = (0..usize::try_from(PRODUCERS).unwrap_or(0))
        .map(|producer| {
            let wake = Arc::new(Wake { producer, ready: Arc::clone(&ready) });
            wake.wake_by_ref();
            Task { waker: Waker::from(wake), waits_for: None, left: EACH }
        })
        .collect();
    let mut running = tasks.len();
    while running > 0 {
        let woken = {
            let mut producers = ready.producers.lock().unwrap_or_else(PoisonError::into_inner);
            while producers.is_empty() {
                producers = ready.some.wait(producers).unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::take(&mut *producers)
        };
        for producer in woken {
            let Some(task) = tasks.get_mut(producer) else { continue };
            while advance(log, topic, task)? {}
            running -= usize::from(task.left == 0 && task.waits_for.is_none());
        }
    }
    Ok(())
}

/// One step of a producer; gives whether it can go on.
fn advance(log: &Log, topic: TopicId, task: &mut Task) -> Result<bool, String> {
    if let Some(submitted) = &task.waits_for {
        let Poll::Ready(receipt) = log.poll_submitted(submitted, &task.waker) else { return Ok(false) };
        receipt.map_err(|e| e.message)?;
        task.waits_for = None;
    }
    if task.left == 0 {
        return Ok(false);
    }
    task.left -= 1;
    task.waits_for = Some(log.submit(&message(topic)?, clock::now()).map_err(|e| e.message)?);
    Ok(true)
}

pub(super) fn run_one(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = log.create_topic("one", TopicSpec::default(), clock::now()).map_err(|e| e.message)?;
    let start = log.view(|view| view.tail());
    send(&log, topic)?;
    let record = usize::try_from(log.view(|view| view.tail()).0 - start.0).unwrap_or(usize::MAX);
    let mut raw = Raw::new(folder, SEGMENT_BYTES)?;
    let (mut ours, mut bare) = (Vec::with_capacity(ALONE), Vec::with_capacity(ALONE));
    while ours.len() < ALONE {
        for _ in 0..TURN {
            let watch = Stopwatch::start();
            send(&log, topic)?;
            ours.push(watch.elapsed());
        }
        for _ in 0..TURN {
            bare.push(raw.write(record)?);
        }
    }
    ours.sort_unstable();
    bare.sort_unstable();
    for percent in [50, 99] {
        let (ours, bare) = (percentile(&ours, percent), percentile(&bare, percent));
        line(
            &format!("one producer, 1 KiB, fsync each: p{percent}"),
            &format!("{}, {:.2} × raw", micros(ours), ours.as_secs_f64() / bare.as_secs_f64()),
            "1.3 × raw at most",
            &format!("pwrite + fdatasync {}", micros(bare)),
        )?;
    }
    Ok(())
}
