//! Consumers of groups, through a real log that is closed and opened again.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, clippy::disallowed_methods)]

use std::time::Duration;

use millstream_log::groups::{Backoff, Deliveries, GroupPolicy, Handle, Order, ReceiveRequest, Refused};
use millstream_log::{
    Change, Commit, ErrorKind, GroupId, Log, Machines, Message, MessageView, Options, QueueId, Start,
    Timestamp, TopicId, TopicSpec, tag_hash,
};

const Q: QueueId = QueueId(0);

struct Place {
    folder: tempfile::TempDir,
    log: Log,
    topic: TopicId,
    group: GroupId,
}

impl Place {
    /// A log of small segments, so that leases go through many snapshots.
    fn new(policy: &GroupPolicy, queues: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        let topic =
            log.create_topic("orders", TopicSpec { queues, ..TopicSpec::default() }, Timestamp(1)).unwrap();
        let group = log.create_group("shop", policy.attributes(), Timestamp(1)).unwrap();
        Self { folder, log, topic, group }
    }

    fn reopen(self) -> Self {
        drop(self.log);
        let log = open(self.folder.path());
        Self { log, ..self }
    }

    fn send(&self, queue: u32, ordering: &str, body: &str) {
        let mut commit = Commit::new();
        let message = Message {
            ordering: ordering.as_bytes(),
            tag: ordering.as_bytes(),
            ..Message::of(body.as_bytes())
        };
        commit.message(self.topic, QueueId(queue), &message).unwrap();
        self.log.commit(&commit, Timestamp(1)).unwrap();
    }

    fn request(&self) -> ReceiveRequest<'static> {
        ReceiveRequest {
            group: self.group,
            topic: self.topic,
            queue: Q,
            max: 32,
            invisible_ms: 1000,
            attempt_id: None,
            start: Start::Earliest,
            filter: None,
        }
    }

    fn receive(&self, now: i64) -> (Vec<String>, Vec<Handle>) {
        split(&self.log.receive(&self.request(), Timestamp(now)).unwrap())
    }

    fn ack(&self, handles: &[Handle], now: i64) {
        let answers = self.log.ack(handles, Timestamp(now)).unwrap();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
}

fn open(folder: &std::path::Path) -> Log {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    Log::open(folder, options, Machines::standard(), Timestamp(1)).unwrap()
}

/// `body attempt` of each message, and the handles.
fn split(deliveries: &Deliveries) -> (Vec<String>, Vec<Handle>) {
    let texts = deliveries.messages.iter().map(|delivered| {
        let body = delivered.message().unwrap().body().unwrap().to_vec();
        format!("{} {}", String::from_utf8(body).unwrap(), delivered.attempt)
    });
    (texts.collect(), deliveries.messages.iter().map(|delivered| delivered.handle).collect())
}

#[test]
fn what_is_received_is_nobody_elses_until_its_time_is_over() {
    let place = Place::new(&GroupPolicy::default(), 1);
    for n in 0..5 {
        place.send(0, "", &format!("m{n}"));
    }
    let (texts, handles) = place.receive(100);
    assert_eq!(texts, ["m0 1", "m1 1", "m2 1", "m3 1", "m4 1"]);
    let none = place.log.receive(&place.request(), Timestamp(500)).unwrap();
    assert!(none.messages.is_empty());
    assert_eq!(none.retry_at, Some(Timestamp(1100)));

    let place = place.reopen();
    assert!(place.receive(1099).0.is_empty(), "leases survive");
    place.ack(&handles[1..3], 1099);
    assert_eq!(place.log.progress(place.group, place.topic, Q), Some(0));
    let place = place.reopen();
    let (texts, again) = place.receive(1100);
    assert_eq!(texts, ["m0 2", "m3 2", "m4 2"], "what was not acknowledged comes again");
    // The handles of the first delivery are void, those that were used, too.
    let answers = place.log.ack(&handles, Timestamp(1200)).unwrap();
    assert_eq!(answers, vec![Err(Refused::Gone); 5]);
    let texts: Vec<String> = again.iter().map(ToString::to_string).collect();
    let handles: Vec<Handle> = texts.iter().map(|text| text.parse().unwrap()).collect();
    place.ack(&handles, 1200);
    let place = place.reopen();
    assert!(place.receive(99_999).0.is_empty());
    assert_eq!(place.log.progress(place.group, place.topic, Q), Some(5));
}

#[test]
fn an_expired_handle_says_so() {
    let place = Place::new(&GroupPolicy::default(), 1);
    place.send(0, "", "m");
    let (_, handles) = place.receive(100);
    let answers = place.log.ack(&handles, Timestamp(1100)).unwrap();
    assert_eq!(answers, [Err(Refused::Expired)]);
    assert!(Refused::Expired.to_string().contains("receive the message again"));
    assert_eq!(place.log.change_invisible(handles[0], 5, Timestamp(1100)).unwrap(), Err(Refused::Expired));
}

#[test]
fn giving_back_waits_as_the_group_says_and_keeping_longer_keeps_the_handle() {
    let policy = GroupPolicy { backoff: Backoff::Steps(vec![200, 5000]), ..GroupPolicy::default() };
    let place = Place::new(&policy, 1);
    place.send(0, "", "m");
    let (_, handles) = place.receive(100);
    place.log.give_back(handles[0], Timestamp(150)).unwrap().unwrap();
    assert!(place.receive(349).0.is_empty());
    let (texts, handles) = place.receive(350);
    assert_eq!(texts, ["m 2"]);
    place.log.change_invisible(handles[0], 60_000, Timestamp(400)).unwrap().unwrap();
    let place = place.reopen();
    assert!(place.receive(60_399).0.is_empty());
    place.ack(&handles, 60_399);
    let error = place.log.change_invisible(handles[0], u64::MAX, Timestamp(400)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
}

#[test]
fn a_message_that_always_fails_goes_to_the_dead_letter_topic_once() {
    let policy = GroupPolicy { max_attempts: 2, ..GroupPolicy::default() };
    let place = Place::new(&policy, 1);
    place.send(0, "red", "poison");
    assert_eq!(place.receive(100).0, ["poison 1"]);
    assert_eq!(place.receive(1100).0, ["poison 2"]);
    assert_eq!(place.log.tick(Timestamp(2099)).unwrap(), Some(Timestamp(2100)));
    assert!(place.log.view(|view| view.topic_named("%DLQ%shop")).is_none());
    let place = place.reopen();
    assert!(place.receive(2100).0.is_empty());
    assert_eq!(place.log.tick(Timestamp(2100)).unwrap(), None);
    let place = place.reopen();
    place.log.tick(Timestamp(9999)).unwrap();
    let dead = place.log.view(|view| view.topic_named("%DLQ%shop")).unwrap();
    let batch = place.log.cursor(dead.id, Q, 0).next_batch().unwrap().unwrap();
    assert_eq!((batch.len(), place.log.latest(dead.id, Q).unwrap()), (1, 1));
    let message = batch.message(0).unwrap();
    assert_eq!((message.body(), message.tag()), (Some(&b"poison"[..]), &b"red"[..]));
    let properties: Vec<_> = message.properties().collect();
    assert_eq!(
        properties,
        [("origin-topic", "orders"), ("origin-queue", "0"), ("origin-offset", "0"), ("attempts", "2")]
    );
    assert_eq!(place.log.progress(place.group, place.topic, Q), Some(1));
}

#[test]
fn a_consumer_can_give_up_on_a_message() {
    let policy = GroupPolicy { dead_letter_topic: Some("graveyard".to_owned()), ..GroupPolicy::default() };
    let place = Place::new(&policy, 1);
    place.send(0, "", "m");
    let (_, handles) = place.receive(100);
    place.log.dead_letter(handles[0], Timestamp(200)).unwrap().unwrap();
    assert_eq!(place.log.dead_letter(handles[0], Timestamp(200)).unwrap(), Err(Refused::Gone));
    let dead = place.log.view(|view| view.topic_named("graveyard")).unwrap();
    assert_eq!(place.log.latest(dead.id, Q).unwrap(), 1);
    assert!(place.receive(99_999).0.is_empty());
}

#[test]
fn one_ordering_group_moves_one_delivery_at_a_time_others_go_on() {
    let place = Place::new(&GroupPolicy { order: Order::Fifo, ..GroupPolicy::default() }, 1);
    for (ordering, body) in [("a", "a0"), ("a", "a1"), ("b", "b0")] {
        place.send(0, ordering, body);
    }
    let (texts, first) = place.receive(100);
    assert_eq!(texts, ["a0 1", "a1 1", "b0 1"], "in order, of one group together");
    for (ordering, body) in [("a", "a2"), ("b", "b1"), ("c", "c0")] {
        place.send(0, ordering, body);
    }
    let (texts, second) = place.receive(200);
    assert_eq!(texts, ["c0 1"], "groups in flight are locked");
    let place = place.reopen();
    place.ack(&first[2..], 300);
    let (texts, third) = place.receive(300);
    assert_eq!(texts, ["b1 1"], "b goes on, a is still in flight");
    place.ack(&first[1..2], 400);
    assert!(place.receive(400).0.is_empty(), "a1 is done, a0 is not");
    assert_eq!(place.receive(1100).0, ["a0 2", "a2 1"], "in order again");
    place.ack(&[second, third].concat(), 500);
}

#[test]
fn a_retry_of_an_ordered_receive_gets_the_same_messages() {
    let place = Place::new(&GroupPolicy { order: Order::Fifo, ..GroupPolicy::default() }, 1);
    for body in ["a0", "a1", "a2"] {
        place.send(0, "a", body);
    }
    let request = ReceiveRequest { attempt_id: Some("try-1"), max: 2, ..place.request() };
    let (texts, handles) = split(&place.log.receive(&request, Timestamp(100)).unwrap());
    assert_eq!(texts, ["a0 1", "a1 1"]);
    let place = place.reopen();
    let (again, same) = split(&place.log.receive(&request, Timestamp(900)).unwrap());
    assert_eq!((again, &same), (texts, &handles));
    // Its time began anew; another call gets nothing.
    assert!(place.receive(1800).0.is_empty());
    place.ack(&handles, 1899);
    assert_eq!(place.receive(1900).0, ["a2 1"]);
}

#[test]
fn any_queue_gives_what_it_has_and_filters_pass_over_the_rest() {
    let place = Place::new(&GroupPolicy::default(), 4);
    for n in 0..40 {
        place.send(n % 4, if n % 3 == 0 { "blue" } else { "red" }, &format!("{n}"));
    }
    let blue = |message: &MessageView<'_>| message.tag_hash() == tag_hash(b"blue");
    let request = ReceiveRequest { queue: QueueId::ANY, max: 5, filter: Some(&blue), ..place.request() };
    let mut seen = Vec::new();
    loop {
        let deliveries = place.log.receive(&request, Timestamp(100)).unwrap();
        if deliveries.messages.is_empty() {
            break;
        }
        let (texts, handles) = split(&deliveries);
        assert!(texts.len() <= 5);
        place.ack(&handles, 100);
        seen.extend(texts);
    }
    seen.sort();
    let mut expected: Vec<String> = (0..40).step_by(3).map(|n| format!("{n} 1")).collect();
    expected.sort();
    assert_eq!(seen, expected);
    for queue in 0..4 {
        assert_eq!(
            place.log.progress(place.group, place.topic, QueueId(queue)),
            Some(10),
            "all were looked at"
        );
    }
}

#[test]
fn waiting_receivers_are_woken_by_messages_and_by_acknowledgements() {
    let place = Place::new(&GroupPolicy { order: Order::Fifo, ..GroupPolicy::default() }, 2);
    let watch = place.log.watch();
    let wait = |now| {
        place.log.watch_deliveries(&watch, place.group, place.topic, QueueId::ANY).unwrap();
        let request = ReceiveRequest { queue: QueueId::ANY, ..place.request() };
        split(&place.log.receive(&request, Timestamp(now)).unwrap())
    };
    assert!(wait(1).0.is_empty() && !watch.wait(Duration::ZERO));
    place.send(1, "a", "a0");
    assert!(watch.wait(Duration::from_secs(5)));
    let (texts, handles) = wait(2);
    assert_eq!(texts, ["a0 1"]);
    place.send(1, "a", "a1");
    while watch.wait(Duration::ZERO) {}
    assert!(wait(3).0.is_empty(), "a is locked");
    while watch.wait(Duration::ZERO) {}
    // Registered behind everything that is there: only the acknowledgement can wake it.
    assert!(wait(3).0.is_empty() && !watch.wait(Duration::ZERO));
    place.ack(&handles, 4);
    assert!(watch.wait(Duration::from_secs(5)));
    assert_eq!(wait(5).0, ["a1 1"]);
}

#[test]
fn a_group_can_be_set_back_and_is_forgotten_when_it_is_deleted() {
    let place = Place::new(&GroupPolicy::default(), 1);
    for n in 0..3 {
        place.send(0, "", &format!("m{n}"));
    }
    let (_, handles) = place.receive(100);
    place.ack(&handles[..2], 100);
    place.log.reset_group(place.group, place.topic, Q, 1, Timestamp(100)).unwrap();
    assert_eq!(
        place.log.ack(&handles[2..], Timestamp(100)).unwrap(),
        [Err(Refused::Gone)],
        "handles are void"
    );
    assert_eq!(place.receive(100).0, ["m1 1", "m2 1"]);
    place.log.change(Change::DeleteGroup { id: place.group }, Timestamp(100)).unwrap();
    let error = place.log.receive(&place.request(), Timestamp(100)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidInput);
    let place = place.reopen();
    assert_eq!(place.log.progress(place.group, place.topic, Q), None);
}

#[test]
fn a_group_starts_where_it_is_told_or_where_it_had_read_to() {
    let place = Place::new(&GroupPolicy::default(), 1);
    for n in 0..4 {
        place.send(0, "", &format!("m{n}"));
    }
    let request = ReceiveRequest { start: Start::Latest, ..place.request() };
    assert!(place.log.receive(&request, Timestamp(100)).unwrap().messages.is_empty());
    let other = place.log.create_group("other", GroupPolicy::default().attributes(), Timestamp(1)).unwrap();
    let mut commit = Commit::new();
    commit.offset(other, place.topic, Q, 3);
    place.log.commit(&commit, Timestamp(1)).unwrap();
    let request = ReceiveRequest { group: other, start: Start::Committed(other), ..place.request() };
    assert_eq!(split(&place.log.receive(&request, Timestamp(100)).unwrap()).0, ["m3 1"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::new(&GroupPolicy::default(), 1);
    for (request, says) in [
        (ReceiveRequest { max: 0, ..place.request() }, "ask for 1 to"),
        (ReceiveRequest { max: 5000, ..place.request() }, "ask for 1 to"),
        (ReceiveRequest { invisible_ms: 0, ..place.request() }, "out of range"),
        (ReceiveRequest { attempt_id: Some(""), ..place.request() }, "attempt id"),
        (ReceiveRequest { group: GroupId(77), ..place.request() }, "no group"),
        (ReceiveRequest { topic: TopicId(77), ..place.request() }, "no topic"),
        (ReceiveRequest { queue: QueueId(7), ..place.request() }, "no queue"),
    ] {
        let error = place.log.receive(&request, Timestamp(1)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidInput);
        assert!(error.message.contains(says), "{error}");
    }
    let bare = Log::in_memory(Options::default(), Machines::new(), Timestamp(1)).unwrap();
    let topic = bare.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
    let group = bare.create_group("g", Vec::new(), Timestamp(1)).unwrap();
    let error = bare.receive(&ReceiveRequest { group, topic, ..place.request() }, Timestamp(1)).unwrap_err();
    assert!(error.message.contains("opened without leases"), "{error}");
}
