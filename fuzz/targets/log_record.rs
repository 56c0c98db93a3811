//! Any bytes as a record with right checksums behind a small log: whatever it says, the log is refused with an error or opens and can
//! be read to its end, and a repair makes it open.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use millstream_log::delay::Later;
use millstream_log::groups::ReceiveRequest;
use millstream_log::inspect::{DumpedSection, dump_of, forge, verify_of};
use millstream_log::{
    Commit, Faults, Log, Machines, Message, Options, QueueId, SimulatedDisk, Start, Storage, Timestamp,
    TopicSpec,
};

fn open(disk: &SimulatedDisk) -> millstream_log::Result<Log> {
    let options = Options { segment_bytes: 1 << 16, ..Options::default() };
    Log::open_on(Arc::new(disk.clone()), options, Machines::standard(), Timestamp(2000))
}

/// The bytes of a log with two topics, a group, a delivery and a delayed message.
fn small() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let disk = SimulatedDisk::new(1, Faults::default());
        let log = open(&disk).unwrap();
        let topic =
            log.create_topic("t", TopicSpec { queues: 2, ..TopicSpec::default() }, Timestamp(1)).unwrap();
        let table = log.create_topic("rows", TopicSpec::table(), Timestamp(1)).unwrap();
        let group = log.create_group("g", Vec::new(), Timestamp(1)).unwrap();
        let mut commit = Commit::new();
        for body in [b"one".as_slice(), b"two"] {
            commit.message(topic, QueueId(0), &Message { tag: b"a", ..Message::of(body) }).unwrap();
        }
        commit.put(table, QueueId(0), b"k", b"v").unwrap();
        commit.offset(group, topic, QueueId(1), 0);
        log.commit(&commit, Timestamp(2)).unwrap();
        let request = ReceiveRequest {
            group,
            topic,
            queue: QueueId(0),
            max: 1,
            invisible_ms: 1000,
            attempt_id: None,
            start: Start::Earliest,
            filter: None,
        };
        log.receive(&request, Timestamp(3)).unwrap();
        let later = Later { due: Timestamp(900), topic, queue: QueueId(0), message: Message::of(b"later") };
        log.send_later(&[later], Timestamp(4)).unwrap();
        log.flush().unwrap();
        let file = disk.open("00000000000000000000.log").unwrap();
        let mut bytes = vec![0; file.length().unwrap() as usize];
        file.read_at(&mut bytes, 0).unwrap();
        bytes
    })
}

fuzz_target!(|bytes: &[u8]| {
    let disk = SimulatedDisk::new(1, Faults::default());
    let file = disk.create("00000000000000000000.log").unwrap();
    file.write_at(&mut [std::io::IoSlice::new(small())], 0).unwrap();
    drop(file);
    forge(&disk, bytes).unwrap();
    verify_of(&disk).unwrap();
    dump_of(&disk, &mut |record| {
        let Ok(record) = record else { return true };
        for section in &record.sections {
            if let DumpedSection::Messages { batch, .. } = section {
                for message in batch.messages() {
                    let bytes = message.body().map_or(0, <[u8]>::len) + message.tag().len();
                    std::hint::black_box(
                        bytes + message.keys().map(<[u8]>::len).sum::<usize>() + message.properties().count(),
                    );
                }
            }
        }
        true
    })
    .unwrap();
    let Ok(log) = open(&disk) else { return };
    let topics: Vec<_> = log.view(|view| view.topics().collect());
    for topic in topics {
        for queue in 0..topic.queues.min(64) {
            let mut cursor = log.cursor(topic.id, QueueId(queue), 0);
            while let Ok(Some(_)) = cursor.next_batch() {}
        }
    }
    let _ = log.tick(Timestamp(10_000));
    let _ = log.close();
});
