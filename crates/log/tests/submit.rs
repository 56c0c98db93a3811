//! Commits whose callers do not block.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Poll, Wake, Waker};

use millstream_log::{
    Commit, ErrorKind, Faults, Log, Machines, Message, Options, QueueId, SimulatedDisk, Timestamp, TopicId,
    TopicSpec,
};

const Q: QueueId = QueueId(0);

/// Counts how often it was woken.
#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    changed: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rung.lock().unwrap() += 1;
        self.changed.notify_all();
    }
}

impl Bell {
    fn wait_beyond(&self, rung: u64) {
        let now = self.rung.lock().unwrap();
        drop(self.changed.wait_while(now, |now| *now <= rung).unwrap());
    }
}

fn open(disk: &SimulatedDisk) -> (Log, TopicId) {
    let log =
        Log::open_on(Arc::new(disk.clone()), Options::default(), Machines::new(), Timestamp(1)).unwrap();
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    (log, topic)
}

fn message(topic: TopicId, body: &str) -> Commit {
    let mut commit = Commit::new();
    commit.message(topic, Q, &Message::of(body.as_bytes())).unwrap();
    commit
}

#[test]
fn without_a_writer_who_asks_does_the_work() {
    let (log, topic) = open(&SimulatedDisk::default());
    let submitted = log.submit(&message(topic, "a"), Timestamp(2)).unwrap();
    assert_eq!(log.latest(topic, Q).unwrap(), 0, "nobody sees it before it is durable");
    let Poll::Ready(receipt) = log.poll_submitted(&submitted, Waker::noop()) else { panic!("not done") };
    assert_eq!(receipt.unwrap().queues[0].offset, 0);
    assert_eq!(log.latest(topic, Q).unwrap(), 1);
    let submitted = log.submit(&message(topic, "b"), Timestamp(2)).unwrap();
    assert_eq!(log.wait_submitted(submitted).unwrap().queues[0].offset, 1);
}

#[test]
fn tasks_and_threads_commit_side_by_side() {
    const EACH: u64 = 300;
    let (log, topic) = open(&SimulatedDisk::default());
    let stop = AtomicBool::new(false);
    let sent = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| log.write_for_tasks(&stop));
        let producers: Vec<_> = (0..8)
            .map(|producer| {
                let (log, sent) = (&log, &sent);
                scope.spawn(move || {
                    let bell = Arc::new(Bell::default());
                    let waker = Waker::from(Arc::clone(&bell));
                    for _ in 0..EACH {
                        let commit = message(topic, "x");
                        if producer % 2 == 0 {
                            log.commit(&commit, Timestamp(2)).unwrap();
                        } else {
                            let submitted = log.submit(&commit, Timestamp(2)).unwrap();
                            loop {
                                let rung = *bell.rung.lock().unwrap();
                                match log.poll_submitted(&submitted, &waker) {
                                    Poll::Ready(receipt) => break drop(receipt.unwrap()),
                                    Poll::Pending => bell.wait_beyond(rung),
                                }
                            }
                        }
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for producer in producers {
            producer.join().unwrap();
        }
        let second = log.write_for_tasks(&stop).unwrap_err();
        assert_eq!(second.kind, ErrorKind::InvalidInput, "{second}");
        log.stop_writing_for_tasks(&stop);
        writer.join().unwrap().unwrap();
    });
    assert_eq!(sent.load(Ordering::Relaxed), 8 * EACH);
    assert_eq!(log.latest(topic, Q).unwrap(), 8 * EACH);
}

#[test]
fn a_failed_sync_is_told_to_tasks() {
    let disk = SimulatedDisk::default();
    let (log, topic) = open(&disk);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| log.write_for_tasks(&stop));
        // Until the writer is there, polling does the work itself.
        while log.write_for_tasks(&AtomicBool::new(true)).is_ok() {
            std::thread::yield_now();
        }
        disk.set_faults(Faults { sync: 1_000_000, ..Faults::default() });
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let submitted = log.submit(&message(topic, "x"), Timestamp(2)).unwrap();
        let error = loop {
            let rung = *bell.rung.lock().unwrap();
            match log.poll_submitted(&submitted, &waker) {
                Poll::Ready(receipt) => break receipt.unwrap_err(),
                Poll::Pending => bell.wait_beyond(rung),
            }
        };
        assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
        assert!(log.submit(&message(topic, "y"), Timestamp(2)).is_err());
        assert_eq!(writer.join().unwrap().unwrap_err().kind, ErrorKind::Unavailable);
    });
}
