//! Groups that receive messages for a time, and messages without a body, which only programs make.

use millstream_log::groups::{Deliveries, GroupPolicy, Order, ReceiveRequest};
use millstream_log::{Commit, Log, Machines, Message, Options, QueueId, Start, Timestamp};

use crate::folder::{Folder, told};

const HOUR_MS: u64 = 60 * 60 * 1000;
const LONG_AGO: Timestamp = Timestamp(1_700_000_000_000);

/// At noon of the last day before the year 3000.
const FAR: Timestamp = Timestamp(32_503_636_800_000);

fn open(folder: &Folder) -> Log {
    Log::open(&folder.path(), Options::default(), Machines::standard(), LONG_AGO).unwrap()
}

fn receive(log: &Log, group: &str, max: usize, now: Timestamp) -> Deliveries {
    let (group, topic) =
        log.view(|view| (view.group_named(group).unwrap().id, view.topic_named("t").unwrap().id));
    let request = ReceiveRequest {
        group,
        topic,
        queue: QueueId(0),
        max,
        invisible_ms: HOUR_MS,
        attempt_id: None,
        start: Start::Earliest,
        filter: None,
    };
    log.receive(&request, now).unwrap()
}

#[test]
fn a_group_shows_what_it_has_in_flight() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", b"1\n2\n3\n4\n5\n6\n"));
    folder.ok("group create g");
    assert!(folder.ok("group describe g").ends_with("\"offsets\":[],\"leases\":[]}\n"));
    let log = open(&folder);
    let first = receive(&log, "g", 3, LONG_AGO);
    let again = receive(&log, "g", 2, FAR);
    assert_eq!(again.messages.iter().map(|one| one.attempt).collect::<Vec<_>>(), [2, 2]);
    log.ack(&[again.messages[0].handle], FAR).unwrap()[0].unwrap();
    drop((log, first, again));
    assert_eq!(
        folder.ok("group describe g"),
        "{\"name\":\"g\",\"settings\":{},\"offsets\":[{\"topic\":\"t\",\"queue\":0,\"offset\":1,\"lag\":5}],\
         \"leases\":[{\"topic\":\"t\",\"queue\":0,\"inFlight\":1,\"due\":1,\"parked\":0,\
         \"expires\":\"2999-12-31 13:00:00.000Z\",\"attempts\":2}]}\n"
    );
    assert_eq!(folder.ok("group list"), "{\"name\":\"g\",\"lag\":5}\n");
    let table = folder.ok("group describe g --output table");
    assert!(table.contains("t queue 0 leases"), "{table}");
    assert!(
        table.contains("1 in flight, 1 due again, 0 behind their ordering group, the first expires 2999"),
        "{table}"
    );
}

#[test]
fn messages_behind_their_ordering_group_are_counted() {
    let folder = Folder::new();
    folder.ok("topic create t --type fifo");
    told(&folder.produce("produce t --key-field k", b"{\"k\":1}\n{\"k\":1}\n{\"k\":2}\n"));
    folder.ok("group create g --set order=fifo");
    let log = open(&folder);
    assert_eq!(
        GroupPolicy::of(&log.view(|view| view.group_named("g").unwrap().attributes)).unwrap().order,
        Order::Fifo
    );
    assert_eq!(receive(&log, "g", 1, FAR).messages.len(), 1);
    assert_eq!(receive(&log, "g", 2, FAR).messages.len(), 1);
    drop(log);
    let described = folder.ok("group describe g");
    assert!(described.contains("\"inFlight\":2,\"due\":0,\"parked\":1,"), "{described}");
}

#[test]
fn where_a_group_goes_on_is_altered_for_what_it_received_too() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", b"1\n2\n3\n"));
    folder.ok("group create g");
    let log = open(&folder);
    let received = receive(&log, "g", 3, FAR);
    assert_eq!(received.messages.len(), 3);
    let handle = received.messages[0].handle;
    drop((log, received));
    folder.ok("group alter g --topic t --to 1");
    let described = folder.ok("group describe g");
    assert!(described.contains(r#"{"topic":"t","queue":0,"offset":1,"lag":2}"#), "{described}");
    let log = open(&folder);
    assert!(log.ack(&[handle], FAR).unwrap()[0].is_err(), "deliveries from before are void");
    let offsets: Vec<u64> = receive(&log, "g", 3, FAR).messages.iter().map(|one| one.handle.offset).collect();
    assert_eq!(offsets, [1, 2]);
}

#[test]
fn dead_messages_are_in_their_topic_when_the_folder_is_opened() {
    let folder = Folder::new();
    folder.ok("topic create t");
    told(&folder.produce("produce t", b"1\n2\n"));
    folder.ok("group create g --set max-attempts=1");
    let log = open(&folder);
    assert_eq!(receive(&log, "g", 1, LONG_AGO).messages.len(), 1);
    drop(log);
    assert_eq!(folder.ok("consume %DLQ%g"), "1\n");
    assert!(
        folder
            .ok("group describe g")
            .contains("\"inFlight\":0,\"due\":0,\"parked\":0,\"expires\":null,\"attempts\":0")
    );
}

#[test]
fn conditions_see_messages_without_a_body() {
    let folder = Folder::new();
    folder.ok("topic create t --set table=true");
    let log = open(&folder);
    let topic = log.view(|view| view.topic_named("t").unwrap().id);
    let mut commit = Commit::new();
    commit.put(topic, QueueId(0), b"a", b"one").unwrap();
    commit.delete(topic, QueueId(0), b"b").unwrap();
    let marked = Message { keys: &[b"c"], tag: b"red", properties: &[("why", "gone")], ..Message::default() };
    commit.message(topic, QueueId(0), &marked).unwrap();
    commit.put(topic, QueueId(0), b"d", b"").unwrap();
    commit.put(topic, QueueId(0), b"e", b"two").unwrap();
    log.commit(&commit, LONG_AGO).unwrap();
    drop(log);
    for (condition, offsets) in [
        ("body IS NULL", vec![1, 2]),
        ("body IS NOT NULL", vec![0, 3, 4]),
        ("body = ''", vec![3]),
        ("`keys`[1] = 'b'", vec![1]),
        ("properties['why'] = 'gone'", vec![2]),
        ("tag = 'red' OR body LIKE '%wo'", vec![2, 4]),
        ("body IS NULL OR body = 'one'", vec![0, 1, 2]),
        ("COALESCE(body, 'none') LIKE 'n%'", vec![1, 2]),
        ("`offset` >= 1", vec![1, 2, 3, 4]),
    ] {
        let found = folder.ok(&format!("consume t --output jsonl --where \"{condition}\""));
        let found: Vec<u64> = found
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["offset"].as_u64().unwrap())
            .collect();
        assert_eq!(found, offsets, "{condition}");
    }
    // Nothing is what a body that is not there looks like.
    assert_eq!(folder.ok("consume t --where \"`offset` >= 1\""), "\ntwo\n");
    assert_eq!(
        folder.ok("consume t --group g --max 1 --output jsonl --where \"body IS NULL\"").lines().count(),
        1
    );
    assert!(folder.ok("group describe g").contains("\"offset\":2,"));
}
