//! From a message to the reader who waits for it.

use std::path::Path;
use std::time::Duration;

use millstream_log::{Commit, Message};

use super::{Q, line, micros, open, percentile, relaxed_topic};
use crate::clock::{self, Stopwatch};

const MESSAGES: usize = 5000;
const PAUSE: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = relaxed_topic(&log, "tail")?;
    let clock = Stopwatch::start();
    let mut times = std::thread::scope(|scope| {
        let reader = scope.spawn(|| -> Result<Vec<Duration>, String> {
            let watch = log.watch();
            let mut cursor = log.cursor(topic, Q, 0);
            let mut times = Vec::with_capacity(MESSAGES);
            while times.len() < MESSAGES {
                log.notify(&watch, topic, Q, cursor.offset()).map_err(|e| e.message)?;
                if !watch.wait(PATIENCE) {
                    return Err("a reader was not woken".to_owned());
                }
                while let Some(batch) = cursor.next_batch().map_err(|e| e.message)? {
                    let now = clock.elapsed();
                    for message in batch.messages() {
                        let sent = message.body().and_then(|body| body.first_chunk()).copied();
                        let sent = Duration::from_nanos(sent.map_or(0, u64::from_le_bytes));
                        times.push(now.saturating_sub(sent));
                    }
                }
            }
            Ok(times)
        });
        for _ in 0..MESSAGES {
            std::thread::sleep(PAUSE);
            let nanos = u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let mut commit = Commit::new();
            commit.message(topic, Q, &Message::of(&nanos.to_le_bytes())).map_err(|e| e.message)?;
            log.commit(&commit, clock::now()).map_err(|e| e.message)?;
        }
        reader.join().unwrap_or_else(|_| Err("the reader panicked".to_owned()))
    })?;
    times.sort_unstable();
    line(
        "append → tail reader woken, no fsync",
        &format!("p50 {}, p99 {}", micros(percentile(&times, 50)), micros(percentile(&times, 99))),
        "p99 1 ms",
        "",
    )
}
