//! `docs/log-format.md` and the code agree: the log drawn there is what is written, and it reads as told there.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::sync::Arc;

use millstream_log::inspect::{DumpedSection, dump_of};
use millstream_log::{
    Commit, Faults, GroupId, Log, Machines, Message, Options, Position, QueueId, SimulatedDisk, Storage as _,
    Timestamp, TopicId, TopicSpec,
};

const DOCUMENT: &str = include_str!("../../../docs/log-format.md");
const FILE: &str = "00000000000000000000.log";

/// The commits that the document tells of.
fn written() -> (SimulatedDisk, Vec<u8>) {
    let disk = SimulatedDisk::new(1, Faults::default());
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let log = Log::open_on(Arc::new(disk.clone()), options, Machines::new(), Timestamp(0)).unwrap();
    let now = |seconds: i64| Timestamp(1_700_000_000_000 + seconds * 1000);
    let topic = log.create_topic("logins", TopicSpec::default(), now(0)).unwrap();
    let group = log.create_group("audit", Vec::new(), now(1)).unwrap();
    let mut commit = Commit::new();
    let message = Message {
        keys: &[b"ada"],
        tag: b"ok",
        properties: &[("ip", "10.0.0.7")],
        born: now(1),
        ..Message::of(b"{\"user\":\"ada\"}")
    };
    commit.message(topic, QueueId(0), &message).unwrap();
    commit.message(topic, QueueId(0), &Message { born: now(2), ..Message::of(b"{}") }).unwrap();
    commit.offset(group, topic, QueueId(0), 1);
    let end = log.commit(&commit, now(2)).unwrap().end;
    let mut bytes = vec![0; usize::try_from(end.0).unwrap()];
    disk.open(FILE).unwrap().read_at(&mut bytes, 0).unwrap();
    drop(log);
    (disk, bytes)
}

/// As `hexdump -C` shows them, without the text.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, sixteen) in (0_usize..).zip(bytes.chunks(16)) {
        write!(text, "{:04x} ", line * 16).unwrap();
        for byte in sixteen {
            write!(text, " {byte:02x}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn unhex(text: &str) -> Vec<u8> {
    let bytes = text.lines().flat_map(|line| line.split_whitespace().skip(1));
    bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// The block of the document behind ```` ```hex ````.
fn documented() -> &'static str {
    let (_, rest) = DOCUMENT.split_once("```hex\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_documented_bytes_are_those_that_are_written() {
    let (_, bytes) = written();
    assert_eq!(documented(), hex(&bytes), "the bytes that are written:\n{}", hex(&bytes));
}

#[test]
fn the_documented_bytes_read_as_documented() {
    let disk = SimulatedDisk::new(1, Faults::default());
    let file = disk.create(FILE).unwrap();
    file.write_at(&mut [std::io::IoSlice::new(&unhex(documented()))], 0).unwrap();
    let mut records = Vec::new();
    dump_of(&disk, &mut |record| {
        records.push(record.unwrap());
        true
    })
    .unwrap();
    let seen: Vec<(&str, u64, u64)> =
        records.iter().map(|record| (record.kind, record.position.0, record.bytes)).collect();
    assert_eq!(
        seen,
        [("snapshot", 0x0, 0x88), ("commit", 0x88, 0xa0), ("commit", 0x128, 0x80), ("commit", 0x1a8, 0x138)]
    );
    let commit = records.last().unwrap();
    assert_eq!(commit.durable, Position(0x1a8));
    let [DumpedSection::Messages { batch, .. }, DumpedSection::Offsets(offsets)] = commit.sections.as_slice()
    else {
        unreachable!("the last commit has messages and an offset: {commit:?}")
    };
    assert_eq!(offsets, &[(GroupId(0), TopicId(0), QueueId(0), 1)]);
    let message = batch.message(0).unwrap();
    assert_eq!(message.body(), Some(&b"{\"user\":\"ada\"}"[..]));
    assert_eq!((message.key(), message.tag()), (Some(&b"ada"[..]), &b"ok"[..]));
    assert_eq!(message.properties().collect::<Vec<_>>(), [("ip", "10.0.0.7")]);
    assert_eq!(message.born(), Timestamp(1_700_000_001_000));
    assert_eq!(batch.message(1).unwrap().body(), Some(&b"{}"[..]));

    let log = Log::open_on(Arc::new(disk), Options::default(), Machines::new(), Timestamp(0)).unwrap();
    let topic = log.view(|view| view.topic_named("logins")).unwrap();
    assert_eq!(log.latest(topic.id, QueueId(0)).unwrap(), 2);
}
