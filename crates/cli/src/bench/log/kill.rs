//! A long log whose writer is killed, opened again.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use millstream_log::{Commit, Message};

use super::{Q, inside, line, open, print, relaxed_topic};
use crate::args::{LogBench, LogBenchArgs};
use crate::clock::{self, Stopwatch};

const BODY_BYTES: usize = 1000;
const BATCH: usize = 1000;
/// What the writer says when the log is as long as it is meant to be.
const LONG_ENOUGH: &str = "long enough";

pub(super) fn run(folder: &Path, args: &LogBenchArgs) -> Result<(), String> {
    let data = folder.join("data");
    if folder.ends_with("data") {
        return write(folder, args.gigabytes);
    }
    let mut writer = inside(LogBench::Kill, &data, args)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start the program again: {e}"))?;
    let mut said = String::new();
    let output = writer.stdout.take().ok_or("the writer has no output")?;
    let read = BufReader::new(output).read_line(&mut said);
    read.map_err(|e| format!("cannot read what the writer says: {e}"))?;
    let killed = writer.kill();
    writer.wait().map_err(|e| e.to_string())?;
    killed.map_err(|e| format!("cannot kill the writer: {e}"))?;
    if said.trim() != LONG_ENOUGH {
        return Err("the writer ended before it was killed".to_owned());
    }
    let watch = Stopwatch::start();
    let log = open(&data)?;
    let topic = log.view(|view| view.topic_named("long")).ok_or("the topic is not there")?.id;
    let first = log.read(topic, Q, 0, 1).map_err(|e| e.message)?;
    let time = watch.elapsed();
    let end = log.latest(topic, Q).map_err(|e| e.message)?;
    let last = log.read(topic, Q, end.saturating_sub(1), 1).map_err(|e| e.message)?;
    if first.is_empty() || last.is_empty() {
        return Err("the log is empty".to_owned());
    }
    line(
        &format!("kill -9 with a log of {} GB, to the first read", args.gigabytes),
        &format!("{:.2} s", time.as_secs_f64()),
        "2 s",
        "",
    )
}

fn write(folder: &Path, gigabytes: u64) -> Result<(), String> {
    let log = open(folder)?;
    let topic = relaxed_topic(&log, "long")?;
    let body = [b'x'; BODY_BYTES];
    let mut said = false;
    loop {
        let mut commit = Commit::new();
        for _ in 0..BATCH {
            commit.message(topic, Q, &Message::of(&body)).map_err(|e| e.message)?;
        }
        let receipt = log.commit(&commit, clock::now()).map_err(|e| e.message)?;
        if !said && receipt.end.0 >= gigabytes * 1_000_000_000 {
            print(&format!("{LONG_ENOUGH}\n"))?;
            said = true;
        }
        if said {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}
