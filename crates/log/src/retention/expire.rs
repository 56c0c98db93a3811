//! Which messages are too old, or too many.

use std::collections::HashMap;

use super::Sealed;
use crate::{Change, Commit, Log, Offset, QueueId, Result, Timestamp, TopicId};

/// Queues whose beginnings are moved by one commit.
const CHANGES_MAX: usize = 10_000;

/// How long a topic keeps its messages.
struct Policy {
    retention_ms: Option<u64>,
    retention_bytes: Option<u64>,
    /// How many bytes it has in the segments that were looked at, the newest first.
    bytes: u64,
}

impl Policy {
    /// Whether messages may go whose segment has nothing younger than `last_time`.
    fn lets_go(&self, last_time: Timestamp, now: Timestamp) -> bool {
        let age = u64::try_from(now.0.saturating_sub(last_time.0)).unwrap_or(0);
        self.retention_ms.is_some_and(|limit| age > limit)
            || self.retention_bytes.is_some_and(|limit| self.bytes >= limit)
    }
}

impl Log {
    /// Moves the beginnings of queues behind what is too old or too much; gives how many messages that are. Only whole segments
    /// count, so that a look at their ends tells all.
    pub(super) fn expire(&self, sealed: &[Sealed], now: Timestamp) -> Result<u64> {
        let mut policies = self.policies();
        if policies.is_empty() {
            return Ok(0);
        }
        let mut begins: HashMap<(TopicId, QueueId), Offset> = HashMap::new();
        for Sealed { segment, last_time, .. } in sealed.iter().rev() {
            let extents = self.inner.ask_index(segment, |index| index.extents())?;
            for extent in &extents {
                if policies.get(&extent.topic).is_some_and(|policy| policy.lets_go(*last_time, now)) {
                    let begin = begins.entry((extent.topic, extent.queue)).or_default();
                    *begin = extent.end.max(*begin);
                }
            }
            for extent in &extents {
                if let Some(policy) = policies.get_mut(&extent.topic) {
                    policy.bytes += extent.bytes;
                }
            }
        }
        let mut begins: Vec<_> = begins.into_iter().collect();
        begins.sort_unstable();
        let mut expired = 0;
        for begins in begins.chunks(CHANGES_MAX) {
            let (_, count) = self.transact(now, |view| {
                let mut commit = Commit::new();
                commit.take_reserve();
                let mut count = 0;
                for ((topic, queue), begin) in begins {
                    let found = view.core.catalog.queue(*topic, *queue).ok().map(|(_, queue)| queue.begin);
                    if let Some(before) = found.filter(|before| before < begin) {
                        commit.change(Change::Truncate { topic: *topic, queue: *queue, begin: *begin });
                        count += begin - before;
                    }
                }
                Ok((commit, count))
            })?;
            expired += count;
        }
        Ok(expired)
    }

    /// The topics that do not keep everything.
    fn policies(&self) -> HashMap<TopicId, Policy> {
        let core = self.inner.core();
        let limited = core.catalog.topics().filter_map(|(id, topic)| {
            let (retention_ms, retention_bytes) = (topic.spec.retention_ms, topic.spec.retention_bytes);
            if retention_ms.is_none() && retention_bytes.is_none() {
                return None;
            }
            let bytes = topic.queues.iter().map(crate::catalog::Queue::bytes).sum();
            Some((id, Policy { retention_ms, retention_bytes, bytes }))
        });
        limited.collect()
    }
}
