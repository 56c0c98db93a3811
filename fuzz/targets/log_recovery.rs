//! A log of several segments whose files are flipped, zeroed, cut, extended and removed: opening answers, a repair makes it open,
//! and what is read afterwards is what was written.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use millstream_log::inspect::{repair_of, verify_of};
use millstream_log::{
    Commit, Faults, Log, Machines, Message, Options, QueueId, SimulatedDisk, Storage, Timestamp, TopicId,
    TopicSpec,
};

fn open(disk: &SimulatedDisk) -> millstream_log::Result<Log> {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    Log::open_on(Arc::new(disk.clone()), options, Machines::standard(), Timestamp(1))
}

fn body(number: u64) -> String {
    format!("{number} {}", "x".repeat(number as usize % 90))
}

/// The files of a log with 60 messages.
fn files() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let disk = SimulatedDisk::new(1, Faults::default());
        let log = open(&disk).unwrap();
        let topic = log.create_topic("t", TopicSpec::default(), Timestamp(1)).unwrap();
        for number in 0..60 {
            let mut commit = Commit::new();
            commit.message(topic, QueueId(0), &Message::of(body(number).as_bytes())).unwrap();
            log.commit(&commit, Timestamp(2)).unwrap();
        }
        log.flush().unwrap();
        drop(log);
        let mut names = disk.list().unwrap();
        names.sort();
        let read = |name: String| {
            let file = disk.open(&name).unwrap();
            let mut bytes = vec![0; file.length().unwrap() as usize];
            file.read_at(&mut bytes, 0).unwrap();
            (name, bytes)
        };
        names.into_iter().map(read).collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let disk = SimulatedDisk::new(1, Faults::default());
    for (name, content) in files() {
        let file = disk.create(name).unwrap();
        file.write_at(&mut [std::io::IoSlice::new(content)], 0).unwrap();
    }
    for harm in bytes.chunks_exact(5).take(16) {
        let (name, content) = &files()[usize::from(harm[0] >> 4) % files().len()];
        let Ok(file) = disk.open(name) else { continue };
        let at = u64::from(u16::from_le_bytes([harm[1], harm[2]])) % content.len() as u64;
        match harm[0] % 8 {
            0 => file.truncate(at).unwrap(),
            1 => disk.remove(name).unwrap(),
            2 => file
                .write_at(&mut [std::io::IoSlice::new(&[0; 64][..usize::from(harm[3] % 65)])], at)
                .unwrap(),
            3 => file.write_at(&mut [std::io::IoSlice::new(&harm[3..])], at).unwrap(),
            _ => disk.flip(name, at, harm[3]),
        }
    }
    verify_of(&disk).unwrap();
    // It may be refused; it may not be opened to show anything else than what was written.
    for mended in [false, true] {
        if mended && repair_of(&disk).is_err() {
            return;
        }
        let Ok(log) = open(&disk) else {
            assert!(!mended, "a repaired log does not open");
            continue;
        };
        let topics: Vec<TopicId> = log.view(|view| view.topics().map(|topic| topic.id).collect());
        for topic in topics {
            let mut cursor = log.cursor(topic, QueueId(0), 0);
            while let Ok(Some(batch)) = cursor.next_batch() {
                for message in batch.messages() {
                    assert_eq!(message.body().unwrap(), body(message.offset).as_bytes());
                }
            }
        }
    }
});
