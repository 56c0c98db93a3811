//! A hundred thousand topics.

use std::path::Path;

use millstream_log::{Change, Commit, Message, TopicSpec};

use super::{Q, inside, line, open, usage};
use crate::args::{LogBench, LogBenchArgs};
use crate::clock::{self, Stopwatch};
use crate::output::progress::{bytes, count};

const TOPICS: usize = 100_000;
const BATCH: usize = 10_000;

pub(super) fn run(folder: &Path, args: &LogBenchArgs) -> Result<(), String> {
    // The process that makes them is not the one that is measured.
    if folder.join("log").exists() {
        return measure(folder);
    }
    let log = open(folder)?;
    let mut made = 0;
    while made < TOPICS {
        log.transact(clock::now(), |view| {
            let mut commit = Commit::new();
            for id in (view.next_topic().0..).take(BATCH) {
                let (id, name) =
                    (millstream_log::TopicId(id), format!("devices/{id:06}/events").replace('/', "."));
                commit.change(Change::CreateTopic { id, name, spec: TopicSpec::default() });
            }
            Ok((commit, ()))
        })
        .map_err(|e| e.message)?;
        made += BATCH;
    }
    let mut commit = Commit::new();
    let ids: Vec<_> = log.view(|view| view.topics().map(|topic| topic.id).collect());
    for id in ids {
        commit.message(id, Q, &Message::of(b"{}")).map_err(|e| e.message)?;
    }
    log.commit(&commit, clock::now()).map_err(|e| e.message)?;
    log.close().map_err(|e| e.message)?;
    drop((log, commit));
    let ended = inside(LogBench::Topics, folder, args).status().map_err(|e| e.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("opening the topics ended with {ended}")) }
}

fn measure(folder: &Path) -> Result<(), String> {
    let watch = Stopwatch::start();
    let log = open(folder)?;
    let time = watch.elapsed();
    let topics = log.view(|view| view.topics().count());
    if topics != TOPICS {
        return Err(format!("{topics} of {TOPICS} topics are there"));
    }
    let files = std::fs::read_dir(folder.join("log")).map_or(0, Iterator::count);
    line(
        "100,000 topics",
        &format!(
            "open {:.2} s, memory {}, {} files",
            time.as_secs_f64(),
            bytes(usage::memory_max()),
            count(files as u64)
        ),
        "open 2 s, 100 MB",
        "",
    )
}
