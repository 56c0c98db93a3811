//! A million delayed messages, and how late those that come due are.

use std::path::Path;
use std::time::Duration;

use millstream_log::delay::Later;
use millstream_log::{Message, Timestamp};

use super::{Q, line, open, percentile, relaxed_topic, usage};
use crate::clock;
use crate::output::progress::bytes;

const PENDING: i64 = 1_000_000;
const BATCH: i64 = 1000;
const STEP: usize = 1000;
/// Messages that come due while it is measured, one in each millisecond.
const FIRED: i64 = 10_000;
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
const TICK: Duration = Duration::from_millis(10);

pub(super) fn run(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = relaxed_topic(&log, "later")?;
    let body = [b'x'; 100];
    let send = |first: i64, count: i64, due: &dyn Fn(i64) -> i64| {
        let messages: Vec<Later<'_>> = (first..first + count)
            .map(|n| Later { due: Timestamp(due(n)), topic, queue: Q, message: Message::of(&body) })
            .collect();
        log.send_later(&messages, clock::now()).map(|_| ()).map_err(|e| e.message)
    };
    let now = clock::now().0;
    for first in (0..PENDING - FIRED).step_by(STEP) {
        // In no order, within a year from tomorrow on.
        send(first, BATCH, &|n| now + YEAR_MS / 365 + n.wrapping_mul(7_919_000_003).rem_euclid(YEAR_MS))?;
    }
    let begin = clock::now().0 + 500;
    for first in (0..FIRED).step_by(STEP) {
        send(first, BATCH, &|n| begin + n)?;
    }
    let mut late = Vec::new();
    let mut cursor = log.cursor(topic, Q, 0);
    while i64::try_from(late.len()).unwrap_or(i64::MAX) < FIRED {
        std::thread::sleep(TICK);
        log.tick(clock::now()).map_err(|e| e.message)?;
        let now = clock::now().0;
        while let Some(batch) = cursor.next_batch().map_err(|e| e.message)? {
            for message in batch.messages() {
                let due = begin + i64::try_from(message.offset).unwrap_or(0);
                late.push(Duration::from_millis(u64::try_from(now - due).unwrap_or(0)));
            }
        }
        if now > begin + 10 * FIRED {
            return Err(format!("{} of {FIRED} messages were delivered", late.len()));
        }
    }
    late.sort_unstable();
    line(
        "1 M delayed messages pending",
        &format!(
            "memory {}; 10,000 fired p50 {} ms, at most {} ms after they were due",
            bytes(usage::memory_max()),
            percentile(&late, 50).as_millis(),
            percentile(&late, 100).as_millis(),
        ),
        "64 MB, 100 ms",
        "",
    )
}
