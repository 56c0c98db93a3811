//! What lives in a sealed segment.

use std::collections::{BTreeSet, HashMap};

use super::{Examined, Sealed};
use crate::catalog::Catalog;
use crate::index::Extent;
use crate::record::Batch;
use crate::{Log, MessageView, Offset, QueueId, Result, Timestamp, TopicId};

/// How long a deleted row's message stays, so that consumers of the table see that it was deleted.
const TOMBSTONE_MS: u64 = 24 * 60 * 60 * 1000;

/// A segment is rewritten only for so many bytes: less would hardly give a block of the disk back.
const GAIN_BYTES_MIN: u64 = 4096;

/// What is in use of a segment.
pub(super) struct Survey {
    pub rules: Rules,
    live_bytes: u64,
    commit_bytes: u64,
}

impl Survey {
    pub(super) fn is_worth_rewriting(&self) -> bool {
        self.gain() >= GAIN_BYTES_MIN && self.live_bytes < self.commit_bytes / 2
    }

    /// Whether nothing lives, but for held messages, which can be carried away.
    pub(super) fn is_dead(&self) -> bool {
        self.live_bytes == 0
    }

    /// How many bytes a rewrite gives back.
    pub(super) fn gain(&self) -> u64 {
        self.commit_bytes.saturating_sub(self.live_bytes)
    }

    /// How many bytes it writes.
    pub(super) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }
}

/// By what a message of the segment lives.
pub(super) struct Rules {
    queues: HashMap<(TopicId, QueueId), Rule>,
    /// Tombstones stored before it may go.
    tombstones_before: Timestamp,
    now: Timestamp,
}

#[derive(Clone, Copy)]
struct Rule {
    /// The first offset that retention left; of a deleted topic, the last there can be.
    begin: Offset,
    /// Whether only the latest message of each key lives.
    table: bool,
    /// Whether an older segment may hold rows of the table: then a tombstone is needed, lest they come back.
    tombstones: bool,
}

const DEAD: Rule = Rule { begin: Offset::MAX, table: false, tombstones: false };

impl Rules {
    fn new(catalog: &Catalog, extents: &[Extent], older: &BTreeSet<TopicId>, now: Timestamp) -> Self {
        let rule = |extent: &Extent| {
            let found = catalog.queue(extent.topic, extent.queue);
            found.map_or(DEAD, |(topic, queue)| Rule {
                begin: queue.begin,
                table: topic.spec.table,
                tombstones: older.contains(&extent.topic),
            })
        };
        let queues = extents.iter().map(|extent| ((extent.topic, extent.queue), rule(extent))).collect();
        let tombstone_ms = i64::try_from(TOMBSTONE_MS).unwrap_or(i64::MAX);
        Self { queues, tombstones_before: Timestamp(now.0.saturating_sub(tombstone_ms)), now }
    }

    /// The topics that the segment holds messages of.
    pub(super) fn topics(&self) -> impl Iterator<Item = TopicId> {
        self.queues.keys().map(|(topic, _)| *topic)
    }

    fn of(&self, topic: TopicId, queue: QueueId) -> Rule {
        self.queues.get(&(topic, queue)).copied().unwrap_or(DEAD)
    }

    /// The indexes of the messages of a batch that live.
    pub(super) fn live(&self, log: &Log, batch: &Batch) -> Result<Vec<usize>> {
        let rule = self.of(batch.topic(), batch.queue());
        let first = batch.index_of(rule.begin);
        if !rule.table {
            return Ok((first..batch.len()).collect());
        }
        let mut live = Vec::new();
        for index in first..batch.len() {
            let Some(message) = batch.message(index) else { break };
            if self.row_lives(log, batch, &message, rule)? {
                live.push(index);
            }
        }
        Ok(live)
    }

    fn row_lives(&self, log: &Log, batch: &Batch, message: &MessageView<'_>, rule: Rule) -> Result<bool> {
        // What has no key is no row; it is a message like others.
        let Some(key) = message.key() else { return Ok(true) };
        let latest = log.get(batch.topic(), key, self.now)?;
        Ok(match latest {
            Some(row) => (row.queue, row.offset) == (batch.queue(), message.offset),
            // Deleted, or past its time. Its rows are dead; so is the tombstone, when no older row can come back.
            None => {
                message.body().is_none() && (rule.tombstones || batch.store_time() > self.tombstones_before)
            }
        })
    }
}

impl Log {
    /// Looks how much of a segment lives. `older` are the topics that the segments in front of it hold messages of.
    pub(super) fn survey(
        &self,
        sealed: &Sealed,
        older: &BTreeSet<TopicId>,
        examined: &mut Examined,
        now: Timestamp,
    ) -> Result<Survey> {
        let (extents, commit_bytes) =
            self.inner.ask_index(&sealed.segment, |index| Ok((index.extents()?, index.commit_bytes())))?;
        let rules = Rules::new(&self.inner.core().catalog, &extents, older, now);
        let examine = self.is_to_be_examined(sealed, examined);
        let mut live_bytes = 0;
        for extent in &extents {
            let rule = rules.of(extent.topic, extent.queue);
            live_bytes += match rule.begin {
                begin if begin >= extent.end => 0,
                _ if rule.table && examine => {
                    examined.insert(sealed.segment.base, self.view(|view| view.tail()));
                    let (live, all) = self.live_share(extent, &rules)?;
                    share(extent.bytes, live, all)
                }
                begin if begin > extent.start => {
                    share(extent.bytes, extent.end - begin, extent.end - extent.start)
                }
                _ => extent.bytes,
            };
        }
        Ok(Survey { rules, live_bytes, commit_bytes })
    }

    /// Looking a segment of a table through costs a look-up for each message: it is done when the log has grown by a quarter of
    /// what stands behind the segment.
    fn is_to_be_examined(&self, sealed: &Sealed, examined: &Examined) -> bool {
        let tail = self.view(|view| view.tail());
        let behind = tail.0.saturating_sub(sealed.next.0);
        examined.get(&sealed.segment.base).is_none_or(|last| tail.0.saturating_sub(last.0) > behind / 4)
    }

    /// How many messages of a queue of a table live in a segment, and how many there are.
    fn live_share(&self, extent: &Extent, rules: &Rules) -> Result<(u64, u64)> {
        let (mut live, mut all) = (0, 0);
        let mut cursor = self.cursor(extent.topic, extent.queue, extent.start);
        cursor.read_physical();
        while cursor.offset() < extent.end
            && let Some(batch) = cursor.next_batch()?
            && batch.base_offset() < extent.end
        {
            live += rules.live(self, &batch)?.len() as u64;
            all += batch.len() as u64;
        }
        Ok((live, all))
    }
}

/// `part` of `whole`, of `bytes`; of something at least a byte, so that nothing at all means that nothing lives.
fn share(bytes: u64, part: u64, whole: u64) -> u64 {
    let share = u128::from(bytes) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(bytes).max(part.min(1))
}
