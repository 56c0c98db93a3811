//! Delayed and prepared messages, through a real log that is closed and opened again.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap)]

use millstream_log::delay::{Delay, DueId, Later};
use millstream_log::hold::{CheckPolicy, Ended, Hold, Outcome, TransactionId};
use millstream_log::{
    Change, Commit, ErrorKind, Log, Machines, Message, Options, QueueId, Timestamp, TopicId, TopicSpec,
};

const POLICY: CheckPolicy = CheckPolicy { first_ms: 10, interval_ms: 100, checks_max: 2 };

fn open(folder: &std::path::Path) -> Log {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    Log::open(folder, options, Machines::standard(), Timestamp(1)).unwrap()
}

fn later<'a>(topic: TopicId, due: i64, body: &'a str) -> Later<'a> {
    Later { due: Timestamp(due), topic, queue: QueueId(0), message: Message::of(body.as_bytes()) }
}

fn bodies(log: &Log, topic: TopicId) -> Vec<String> {
    let batches = log.read(topic, QueueId(0), 0, usize::MAX).unwrap();
    let messages = batches.iter().flat_map(|batch| batch.messages());
    messages.map(|message| String::from_utf8(message.body().unwrap().to_vec()).unwrap()).collect()
}

#[test]
fn messages_come_when_they_are_due_in_the_order_of_their_times() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let topic = log.create_topic("alarms", TopicSpec::default(), Timestamp(1)).unwrap();
    let sent =
        [later(topic, 300, "c"), later(topic, 100, "a"), later(topic, 300, "d"), later(topic, 299, "b")];
    let names = log.send_later(&sent, Timestamp(1)).unwrap();
    assert!(bodies(&log, topic).is_empty());
    assert_eq!(log.tick(Timestamp(99)).unwrap(), Some(Timestamp(100)));
    assert!(bodies(&log, topic).is_empty());
    assert_eq!(log.tick(Timestamp(100)).unwrap(), Some(Timestamp(299)));
    assert_eq!(bodies(&log, topic), ["a"]);
    drop(log);
    log = open(folder.path());
    let name: DueId = names[2].to_string().parse().unwrap();
    assert!(log.cancel_delayed(name, Timestamp(200)).unwrap());
    assert!(!log.cancel_delayed(name, Timestamp(200)).unwrap(), "cancelled once");
    assert!(!log.cancel_delayed(names[1], Timestamp(200)).unwrap(), "it has come");
    drop(log);
    log = open(folder.path());
    assert_eq!(log.tick(Timestamp(9999)).unwrap(), None);
    assert_eq!(bodies(&log, topic), ["a", "b", "c"]);
    drop(log);
    assert_eq!(bodies(&open(folder.path()), topic), ["a", "b", "c"]);
}

#[test]
fn years_ahead_and_far_behind_the_old_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let topic = log.create_topic("alarms", TopicSpec::default(), Timestamp(1)).unwrap();
    let year = 31_536_000_000_i64;
    for n in 0..100 {
        log.send_later(&[later(topic, (3 + n % 7) * year + n, &format!("{n:03}"))], Timestamp(1)).unwrap();
    }
    let (oldest, tail) = log.view(|view| (view.machine::<Delay>().unwrap().oldest().unwrap(), view.tail()));
    assert!(oldest < tail && tail.0 > 5 * 4096);
    let mut carried = 0;
    loop {
        let count = log.carry_delayed(tail, Timestamp(2)).unwrap();
        carried += count;
        if count == 0 {
            break;
        }
    }
    assert_eq!(carried, 100);
    drop(log);
    log = open(folder.path());
    assert!(log.view(|view| view.machine::<Delay>().unwrap().carry(tail, 1).is_empty()));
    log.tick(Timestamp(10 * year)).unwrap();
    let mut expected: Vec<(i64, String)> =
        (0..100).map(|n| ((3 + n % 7) * year + n, format!("{n:03}"))).collect();
    expected.sort();
    assert_eq!(bodies(&log, topic), expected.into_iter().map(|(_, body)| body).collect::<Vec<_>>());
    let error = log.send_later(&[later(topic, i64::MAX, "never")], Timestamp(1)).unwrap_err();
    assert!(error.message.contains("after the year 10000"), "{error}");
}

#[test]
fn a_delayed_message_keeps_its_parts_and_finds_a_queue() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let topic =
        log.create_topic("alarms", TopicSpec { queues: 4, ..TopicSpec::default() }, Timestamp(1)).unwrap();
    let message = Message {
        keys: &[b"k1", b"k2"],
        tag: b"red",
        unique_id: b"id",
        ordering: b"a",
        properties: &[("p", "v")],
        born: Timestamp(77),
        ..Message::of(b"body")
    };
    let sent = Later { due: Timestamp(5), topic, queue: QueueId::ANY, message };
    let plain = Later { message: Message::of(b"plain"), ..sent };
    log.send_later(&[sent, sent, plain, plain, plain, plain], Timestamp(1)).unwrap();
    let mut commit = Commit::new();
    commit.later(&sent).unwrap();
    log.commit(&commit, Timestamp(1)).unwrap();
    log.tick(Timestamp(5)).unwrap();
    let mut ordered = Vec::new();
    let mut plain = 0;
    for queue in 0..4 {
        for batch in log.read(topic, QueueId(queue), 0, usize::MAX).unwrap() {
            for message in batch.messages() {
                if message.body() == Some(b"plain") {
                    plain += 1;
                    continue;
                }
                ordered.push(queue);
                assert_eq!(message.keys().collect::<Vec<_>>(), [b"k1", b"k2"]);
                assert_eq!((message.tag(), message.unique_id()), (&b"red"[..], &b"id"[..]));
                assert_eq!((message.ordering(), message.born()), (&b"a"[..], Timestamp(77)));
                assert_eq!(message.properties().collect::<Vec<_>>(), [("p", "v")]);
            }
        }
    }
    assert!(ordered.len() == 3 && ordered.iter().all(|queue| *queue == ordered[0]), "{ordered:?}");
    assert_eq!(plain, 4);
}

#[test]
fn what_is_delayed_for_a_topic_that_is_gone_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let gone = log.create_topic("gone", TopicSpec::default(), Timestamp(1)).unwrap();
    let topic = log.create_topic("alarms", TopicSpec::default(), Timestamp(1)).unwrap();
    log.send_later(&[later(gone, 5, "x"), later(topic, 6, "y"), later(gone, 900, "z")], Timestamp(1))
        .unwrap();
    log.change(Change::DeleteTopic { id: gone }, Timestamp(1)).unwrap();
    assert_eq!(log.tick(Timestamp(10)).unwrap(), Some(Timestamp(900)));
    assert_eq!(bodies(&log, topic), ["y"]);
    let tail = log.view(|view| view.tail());
    assert_eq!(log.carry_delayed(tail, Timestamp(10)).unwrap(), 1);
    assert!(log.view(|view| view.machine::<Delay>().unwrap().is_empty()));
    let error = log.send_later(&[later(gone, 5, "x")], Timestamp(1)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
}

#[test]
fn prepared_messages_are_seen_once_their_transaction_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let first = log.create_topic("first", TopicSpec::default(), Timestamp(1)).unwrap();
    let second = log.create_topic("second", TopicSpec::default(), Timestamp(1)).unwrap();
    let prepare = |log: &Log, body: &str| {
        let messages = [
            (first, QueueId(0), Message::of(body.as_bytes())),
            (second, QueueId::ANY, Message::of(body.as_bytes())),
        ];
        log.prepare(&messages, &POLICY, Timestamp(1)).unwrap()
    };
    let (kept, taken_back) = (prepare(&log, "kept"), prepare(&log, "taken back"));
    drop(log);
    log = open(folder.path());
    assert!(bodies(&log, first).is_empty());
    let tail = log.view(|view| view.tail());
    assert_eq!(log.carry_prepared(tail, Timestamp(2)).unwrap(), 2);
    assert!(log.view(|view| view.machine::<Hold>().unwrap().oldest().unwrap() >= tail));
    let kept: TransactionId = kept.to_string().parse().unwrap();
    assert_eq!(log.end_transaction(kept, Outcome::Committed, Timestamp(3)).unwrap(), Ended::Now);
    assert_eq!(log.end_transaction(taken_back, Outcome::RolledBack, Timestamp(3)).unwrap(), Ended::Now);
    drop(log);
    log = open(folder.path());
    let before = Ended::Before(Outcome::Committed);
    assert_eq!(log.end_transaction(kept, Outcome::Committed, Timestamp(3)).unwrap(), before);
    let before = Ended::Before(Outcome::RolledBack);
    assert_eq!(log.end_transaction(taken_back, Outcome::Committed, Timestamp(3)).unwrap(), before);
    assert_eq!(
        log.end_transaction(TransactionId(99), Outcome::Committed, Timestamp(3)).unwrap(),
        Ended::Unknown
    );
    assert_eq!(bodies(&log, first), ["kept"]);
    assert_eq!(bodies(&log, second), ["kept"]);
    assert!(log.prepare(&[], &POLICY, Timestamp(1)).is_err());
}

#[test]
fn producers_are_asked_about_what_they_have_not_ended_until_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    let id = log.prepare(&[(topic, QueueId(0), Message::of(b"m"))], &POLICY, Timestamp(0)).unwrap();
    assert_eq!(log.check_transactions(&POLICY, Timestamp(9), 10).unwrap().ask, []);
    for (now, checks) in [(10, 1), (110, 2)] {
        let ask = log.check_transactions(&POLICY, Timestamp(now), 10).unwrap().ask;
        assert_eq!((ask.len(), ask[0].id, ask[0].topic, ask[0].checks), (1, id, topic, checks));
        let (batch, index) = log.prepared_messages(&ask[0]).unwrap().remove(0);
        assert_eq!(batch.message(index).unwrap().body(), Some(&b"m"[..]));
        assert_eq!(log.check_transactions(&POLICY, Timestamp(now), 10).unwrap().ask, [], "once in a while");
        log.flush().unwrap();
        drop(log);
        log = open(folder.path());
    }
    let checks = log.check_transactions(&POLICY, Timestamp(210), 10).unwrap();
    assert_eq!((checks.ask.len(), checks.expired.len()), (0, 1));
    let before = Ended::Before(Outcome::Expired);
    assert_eq!(log.end_transaction(id, Outcome::Committed, Timestamp(211)).unwrap(), before);
    assert!(bodies(&log, topic).is_empty());
}
