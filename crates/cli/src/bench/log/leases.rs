//! Receiving and acknowledging in batches of 32.

use std::path::Path;

use millstream_log::groups::{GroupPolicy, ReceiveRequest};
use millstream_log::{Commit, Message, Start};

use super::{Q, line, open, rate, relaxed_topic, usage};
use crate::clock;

const MESSAGES: u64 = 2_000_000;
const BATCH: u64 = 1000;

pub(super) fn run(folder: &Path) -> Result<(), String> {
    let log = open(folder)?;
    let topic = relaxed_topic(&log, "leases")?;
    let group = log.create_group("group", GroupPolicy::default().attributes(), clock::now());
    let group = group.map_err(|e| e.message)?;
    for _ in 0..MESSAGES / BATCH {
        let mut commit = Commit::new();
        for _ in 0..BATCH {
            commit.message(topic, Q, &Message::of(&[b'x'; 100])).map_err(|e| e.message)?;
        }
        log.commit(&commit, clock::now()).map_err(|e| e.message)?;
    }
    let request = ReceiveRequest {
        group,
        topic,
        queue: Q,
        max: 32,
        invisible_ms: 60_000,
        attempt_id: None,
        start: Start::Earliest,
        filter: None,
    };
    let cpu = usage::cpu();
    let mut received = 0;
    while received < MESSAGES {
        let deliveries = log.receive(&request, clock::now()).map_err(|e| e.message)?;
        let handles: Vec<_> = deliveries.messages.iter().map(|message| message.handle).collect();
        if handles.is_empty() {
            return Err(format!("{received} of {MESSAGES} messages were received"));
        }
        let answers = log.ack(&handles, clock::now()).map_err(|e| e.message)?;
        if answers.iter().any(Result::is_err) {
            return Err("an acknowledgement was refused".to_owned());
        }
        received += handles.len() as u64;
    }
    line(
        "lease receive + ack in batches of 32",
        &format!("{:.0} k msg per CPU-second", rate(MESSAGES, usage::cpu().saturating_sub(cpu)) / 1e3),
        "300 k msg/s a core",
        "",
    )
}
