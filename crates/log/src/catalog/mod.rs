//! Topics, queues, groups and the offsets of groups: what the log knows about its messages.
//!
//! The catalog changes only by what stands in commits ([`Change`]), so that replaying them gives it back. Names are kept once;
//! a queue is a small struct, so that 100,000 topics cost memory, but no files and no threads.

mod change;
mod codec;
mod queue;
mod spec;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub use change::Change;
pub(crate) use change::check_all;
pub(crate) use codec::{decode_snapshot, encode_snapshot};
pub use queue::Span;
pub(crate) use queue::{BatchRef, Queue};
pub use spec::{Attributes, TopicKind, TopicSpec};

use crate::{Error, GroupId, Offset, QueueId, Result, TopicId};

/// The most queues of one topic.
pub const QUEUES_MAX: u32 = 65_536;
/// The most topics, and the most groups, that a log gives ids to in its life.
pub const IDS_MAX: u32 = 1 << 24;
/// The longest name of a topic or group, in bytes.
pub const CATALOG_NAME_BYTES_MAX: usize = 255;

/// A topic, as the log keeps it.
#[derive(Clone)]
pub(crate) struct Topic {
    pub name: Arc<str>,
    pub spec: Arc<TopicSpec>,
    pub queues: Vec<Queue>,
    /// For queues that are made of parts of others: the parts, oldest first. Absent: each queue is itself.
    pub spans: BTreeMap<QueueId, Vec<Span>>,
}

/// A consumer group, as the log keeps it.
#[derive(Clone)]
pub(crate) struct Group {
    pub name: Arc<str>,
    pub attributes: Attributes,
}

/// Everything that commits said about topics, queues and groups.
#[derive(Clone, Default)]
pub(crate) struct Catalog {
    /// By id; deleted topics leave an empty place.
    topics: Vec<Option<Box<Topic>>>,
    topic_names: HashMap<Arc<str>, TopicId>,
    groups: Vec<Option<Box<Group>>>,
    group_names: HashMap<Arc<str>, GroupId>,
    offsets: HashMap<(GroupId, TopicId, QueueId), Offset>,
}

impl Catalog {
    pub(crate) fn topic(&self, id: TopicId) -> Option<&Topic> {
        self.topics.get(id.0 as usize)?.as_deref()
    }

    pub(crate) fn topic_mut(&mut self, id: TopicId) -> Option<&mut Topic> {
        self.topics.get_mut(id.0 as usize)?.as_deref_mut()
    }

    pub(crate) fn topic_named(&self, name: &str) -> Option<TopicId> {
        self.topic_names.get(name).copied()
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = (TopicId, &Topic)> {
        (0..).map(TopicId).zip(&self.topics).filter_map(|(id, topic)| Some((id, topic.as_deref()?)))
    }

    pub(crate) fn topics_mut(&mut self) -> impl Iterator<Item = (TopicId, &mut Topic)> {
        (0..).map(TopicId).zip(&mut self.topics).filter_map(|(id, topic)| Some((id, topic.as_deref_mut()?)))
    }

    /// The topics that are tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = TopicId> {
        self.topics().filter(|(_, topic)| topic.spec.table).map(|(id, _)| id)
    }

    /// The id that the next topic gets.
    pub(crate) fn next_topic(&self) -> TopicId {
        TopicId(u32::try_from(self.topics.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id.0 as usize)?.as_deref()
    }

    pub(crate) fn group_named(&self, name: &str) -> Option<GroupId> {
        self.group_names.get(name).copied()
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        (0..).map(GroupId).zip(&self.groups).filter_map(|(id, group)| Some((id, group.as_deref()?)))
    }

    /// The id that the next group gets.
    pub(crate) fn next_group(&self) -> GroupId {
        GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn offset(&self, group: GroupId, topic: TopicId, queue: QueueId) -> Option<Offset> {
        self.offsets.get(&(group, topic, queue)).copied()
    }

    pub(crate) fn offsets(&self) -> impl Iterator<Item = (GroupId, TopicId, QueueId, Offset)> {
        self.offsets.iter().map(|(&(group, topic, queue), &offset)| (group, topic, queue, offset))
    }

    pub(crate) fn set_offset(&mut self, group: GroupId, topic: TopicId, queue: QueueId, offset: Offset) {
        self.offsets.insert((group, topic, queue), offset);
    }

    /// The topic and one of its queues, or an error that says which is missing.
    pub(crate) fn queue(&self, topic: TopicId, queue: QueueId) -> Result<(&Topic, &Queue)> {
        let found = self.topic(topic).ok_or_else(|| no_topic(topic))?;
        let queue = found.queues.get(queue.0 as usize).ok_or_else(|| no_queue(found, queue))?;
        Ok((found, queue))
    }

    pub(crate) fn queue_mut(&mut self, topic: TopicId, queue: QueueId) -> Option<&mut Queue> {
        self.topic_mut(topic)?.queues.get_mut(queue.0 as usize)
    }

    /// Makes a topic and a queue for messages that are there although the commit that made their topic was lost by damage.
    pub(crate) fn find_again(&mut self, id: TopicId, queue: QueueId) {
        if id.0 >= IDS_MAX || queue.0 >= QUEUES_MAX {
            return;
        }
        if self.topic(id).is_none() {
            let spec = TopicSpec { queues: queue.0 + 1, ..TopicSpec::default() };
            let name = format!("recovered-{}", id.0);
            let name = if self.topic_named(&name).is_some() { format!("{name}-again") } else { name };
            Change::CreateTopic { id, name, spec }.apply(self);
        } else if let Some(topic) = self.topic_mut(id)
            && topic.queues.len() <= queue.0 as usize
        {
            topic.queues.resize_with(queue.0 as usize + 1, Queue::default);
        }
    }

    fn insert_topic(&mut self, id: TopicId, topic: Topic) {
        let index = id.0 as usize;
        if self.topics.len() <= index {
            self.topics.resize_with(index + 1, || None);
        }
        self.topic_names.insert(Arc::clone(&topic.name), id);
        if let Some(place) = self.topics.get_mut(index) {
            *place = Some(Box::new(topic));
        }
    }

    fn insert_group(&mut self, id: GroupId, group: Group) {
        let index = id.0 as usize;
        if self.groups.len() <= index {
            self.groups.resize_with(index + 1, || None);
        }
        self.group_names.insert(Arc::clone(&group.name), id);
        if let Some(place) = self.groups.get_mut(index) {
            *place = Some(Box::new(group));
        }
    }
}

/// The error for a topic that is not there.
pub(crate) fn no_topic(id: TopicId) -> Error {
    Error::invalid(format!("there is no topic with id {}; it was deleted, or never made", id.0))
}

fn no_queue(topic: &Topic, queue: QueueId) -> Error {
    Error::invalid(format!(
        "topic '{}' has no queue {}; its queues are 0 to {}",
        topic.name,
        queue.0,
        topic.queues.len().saturating_sub(1)
    ))
}
