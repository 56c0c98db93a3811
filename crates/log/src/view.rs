//! What the log knows, seen under its lock.

use std::sync::Arc;

use crate::catalog::{Attributes, Span, Topic, TopicSpec};
use crate::state::{Machines, StateMachine};
use crate::writer::Core;
use crate::{GroupId, Offset, Position, QueueId, Timestamp, TopicId};

/// What the log knows. Commits wait while it is looked at.
pub struct View<'a> {
    pub(crate) core: &'a Core,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its id.
    pub id: TopicId,
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub spec: Arc<TopicSpec>,
    /// How many queues it has.
    pub queues: u32,
}

/// The offsets of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueRange {
    /// The first offset that retention left.
    pub begin: Offset,
    /// The offset that the next message gets.
    pub end: Offset,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: Arc<str>,
    /// What callers keep with it.
    pub attributes: Attributes,
}

impl<'a> View<'a> {
    /// The topic of this name.
    pub fn topic_named(&self, name: &str) -> Option<TopicInfo> {
        self.core.catalog.topic_named(name).and_then(|id| self.topic(id))
    }

    /// The topic of this id.
    pub fn topic(&self, id: TopicId) -> Option<TopicInfo> {
        self.core.catalog.topic(id).map(|topic| info(id, topic))
    }

    /// All topics, by id.
    pub fn topics(&self) -> impl Iterator<Item = TopicInfo> + 'a {
        self.core.catalog.topics().map(|(id, topic)| info(id, topic))
    }

    /// The group of this name.
    pub fn group_named(&self, name: &str) -> Option<GroupInfo> {
        self.core.catalog.group_named(name).and_then(|id| self.group(id))
    }

    /// The group of this id.
    pub fn group(&self, id: GroupId) -> Option<GroupInfo> {
        let group = self.core.catalog.group(id)?;
        Some(GroupInfo { id, name: Arc::clone(&group.name), attributes: group.attributes.clone() })
    }

    /// All groups, by id.
    pub fn groups(&self) -> impl Iterator<Item = GroupInfo> + 'a {
        self.core.catalog.groups().map(|(id, group)| GroupInfo {
            id,
            name: Arc::clone(&group.name),
            attributes: group.attributes.clone(),
        })
    }

    /// The id that the next new topic has to be given.
    pub fn next_topic(&self) -> TopicId {
        self.core.catalog.next_topic()
    }

    /// The id that the next new group has to be given.
    pub fn next_group(&self) -> GroupId {
        self.core.catalog.next_group()
    }

    /// The offsets of a queue, with those of commits that are not durable yet.
    pub fn queue(&self, topic: TopicId, queue: QueueId) -> Option<QueueRange> {
        let found = self.core.catalog.topic(topic)?;
        let spans = found.spans.get(&queue);
        let Some((first, last)) = spans.and_then(|spans| spans.first().zip(spans.last())) else {
            let queue = found.queues.get(queue.0 as usize)?;
            return Some(QueueRange { begin: queue.begin, end: queue.end });
        };
        let begin = self.physical(first).map_or(first.start, |queue| queue.begin.max(first.at));
        let end = self.physical(last)?.end;
        Some(QueueRange { begin: begin.wrapping_add(first.shift()), end: end.wrapping_add(last.shift()) })
    }

    fn physical(&self, span: &Span) -> Option<&'a crate::catalog::Queue> {
        self.core.catalog.topic(span.topic)?.queues.get(span.queue.0 as usize)
    }

    /// The parts that a logical queue is made of; empty if it is itself.
    pub fn spans(&self, topic: TopicId, queue: QueueId) -> Vec<Span> {
        let topic = self.core.catalog.topic(topic);
        topic.and_then(|topic| topic.spans.get(&queue)).cloned().unwrap_or_default()
    }

    /// Where the group goes on in the queue; `None` if it never said.
    pub fn offset(&self, group: GroupId, topic: TopicId, queue: QueueId) -> Option<Offset> {
        self.core.catalog.offset(group, topic, queue)
    }

    /// All offsets of the group, in no order.
    pub fn offsets(&self, group: GroupId) -> impl Iterator<Item = (TopicId, QueueId, Offset)> + 'a {
        let all = self.core.catalog.offsets();
        all.filter(move |(other, _, _, _)| *other == group)
            .map(|(_, topic, queue, offset)| (topic, queue, offset))
    }

    /// The state machine of this type, if the log was opened with one.
    pub fn machine<M: StateMachine>(&self) -> Option<&'a M> {
        self.machines().get()
    }

    fn machines(&self) -> &'a Machines {
        &self.core.machines
    }

    /// Where the next commit will stand.
    pub fn tail(&self) -> Position {
        self.core.tail
    }

    /// Everything in front of it may be seen by readers.
    pub fn visible(&self) -> Position {
        self.core.visible
    }

    /// The store time of the last commit.
    pub fn last_time(&self) -> Timestamp {
        self.core.last_time
    }
}

fn info(id: TopicId, topic: &Topic) -> TopicInfo {
    let queues = u32::try_from(topic.queues.len()).unwrap_or(u32::MAX);
    TopicInfo { id, name: Arc::clone(&topic.name), spec: Arc::clone(&topic.spec), queues }
}
