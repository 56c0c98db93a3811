//! Messages by key or unique id.

use super::cursor::parse_recent;
use super::window::Window;
use crate::index::KeyEntry;
use crate::log::Log;
use crate::record::{Batch, MessageView, key_hash};
use crate::{Offset, Position, QueueId, Result, TopicId};

/// How many messages one look-up gives at most.
const FOUND_MAX: usize = 10_000;

/// A message that was found by its key: its batch, and its index in it.
pub type Found = (Batch, usize);

impl Log {
    /// The messages of a topic with this key, newest first, at most `max` (and 10,000).
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable`: an index or a record could not be read.
    pub fn find_key(&self, topic: TopicId, key: &[u8], max: usize) -> Result<Vec<Found>> {
        self.find(topic, key, max, |message| message.keys().any(|other| other == key))
    }

    /// The newest message of a topic with this unique id.
    ///
    /// # Errors
    /// See [`Log::find_key`].
    pub fn find_unique_id(&self, topic: TopicId, unique_id: &[u8]) -> Result<Option<Found>> {
        let mut found = self.find(topic, unique_id, 1, |message| message.unique_id() == unique_id)?;
        Ok(found.pop())
    }

    fn find(
        &self,
        topic: TopicId,
        name: &[u8],
        max: usize,
        is_it: impl Fn(&MessageView<'_>) -> bool,
    ) -> Result<Vec<Found>> {
        let hash = key_hash(name);
        let max = max.min(FOUND_MAX);
        let (segments, visible, newest, queues) = {
            let core = self.inner.core();
            let queues: Vec<Offset> = core
                .catalog
                .topic(topic)
                .ok_or_else(|| crate::catalog::no_topic(topic))?
                .queues
                .iter()
                .map(|queue| queue.begin)
                .collect();
            (core.segments.clone(), core.visible, core.keys.find(hash), queues)
        };
        let begins = |queue: QueueId| queues.get(queue.0 as usize).copied().unwrap_or(0);
        let mut found = Vec::new();
        let mut window = Window::default();
        let mut newest = Some(newest);
        for segment in segments.iter().rev() {
            let sealed = segment.sealed.get();
            let mut entries: Vec<KeyEntry> = match newest.take() {
                Some(entries) if sealed.is_none() => entries,
                _ => self.inner.ask_index(segment, |index| index.keys(hash))?,
            };
            entries.sort_unstable_by_key(|entry| std::cmp::Reverse((entry.at, entry.section, entry.index)));
            for entry in entries {
                let position = entry.position(segment.base);
                if position >= visible {
                    continue;
                }
                let limit = sealed.copied().unwrap_or(visible).min(visible);
                let recent = self.recent(position);
                let batch = match recent {
                    Some(record) => parse_recent(&record, position, entry.section)?,
                    None => window.batch(segment, position, entry.section, limit)?,
                };
                let index = entry.index as usize;
                let wanted = batch.topic() == topic
                    && batch
                        .message(index)
                        .is_some_and(|message| message.offset >= begins(batch.queue()) && is_it(&message));
                if wanted {
                    found.push((batch, index));
                    if found.len() >= max {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(found)
    }

    pub(super) fn recent(&self, position: Position) -> Option<std::sync::Arc<Vec<u8>>> {
        self.inner.core().recent.get(position)
    }
}
