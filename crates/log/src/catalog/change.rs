//! Changes of the catalog, as commits carry them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::queue::{Queue, Span};
use super::spec::{check_attributes, decode_attributes, encode_attributes};
use super::{Attributes, CATALOG_NAME_BYTES_MAX, Catalog, Group, IDS_MAX, Topic, TopicSpec, no_topic};
use crate::wire::{Malformed, Reader, put_bytes16};
use crate::{Error, GroupId, Offset, QueueId, Result, TopicId};

/// A change of topics, queues or groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new topic. The id must be the one that the log gives next.
    CreateTopic {
        /// Its id.
        id: TopicId,
        /// Its name, which no other topic has.
        name: String,
        /// What it is.
        spec: TopicSpec,
    },
    /// A topic gets other attributes, or more queues.
    AlterTopic {
        /// The topic.
        id: TopicId,
        /// All of what it is from now on; its kind and whether it is a table stay.
        spec: TopicSpec,
    },
    /// A topic and its messages go.
    DeleteTopic {
        /// The topic.
        id: TopicId,
    },
    /// The oldest messages of a queue go.
    Truncate {
        /// The topic.
        topic: TopicId,
        /// The queue.
        queue: QueueId,
        /// The first offset that stays.
        begin: Offset,
    },
    /// A queue is made of parts of other queues from now on.
    MapQueue {
        /// The topic.
        topic: TopicId,
        /// The logical queue.
        queue: QueueId,
        /// Its parts, oldest first; none: the queue is itself again.
        spans: Vec<Span>,
    },
    /// A new group.
    CreateGroup {
        /// Its id.
        id: GroupId,
        /// Its name, which no other group has.
        name: String,
        /// What callers keep with it.
        attributes: Attributes,
    },
    /// A group gets other attributes.
    AlterGroup {
        /// The group.
        id: GroupId,
        /// All of its attributes from now on.
        attributes: Attributes,
    },
    /// A group and its offsets go.
    DeleteGroup {
        /// The group.
        id: GroupId,
    },
}

fn check_name(what: &str, name: &str) -> Result<()> {
    let bad = name.chars().find(|c| c.is_control() || c.is_whitespace() || *c == '/');
    match bad {
        _ if name.is_empty() => Err(Error::invalid(format!("a {what} needs a name"))),
        _ if name.len() > CATALOG_NAME_BYTES_MAX => Err(Error::invalid(format!(
            "the name of a {what} has {} bytes; at most {CATALOG_NAME_BYTES_MAX} are allowed",
            name.len()
        ))),
        Some(bad) => Err(Error::invalid(format!(
            "the name of {what} '{}' holds {bad:?}; spaces, control characters and '/' are not allowed",
            name.escape_debug()
        ))),
        None => Ok(()),
    }
}

fn check_id(what: &str, name: &str, id: u32, next: u32) -> Result<()> {
    if id != next {
        return Err(Error::invalid(format!("{what} '{name}' was given the id {id}; the next one is {next}")));
    }
    if id >= IDS_MAX {
        return Err(Error::invalid(format!("there is no id for {what} '{name}'; {IDS_MAX} were given")));
    }
    Ok(())
}

/// Whether the changes can be applied to `catalog` one after the other.
pub(crate) fn check_all(changes: &[Change], catalog: &Catalog) -> Result<()> {
    if let [change] = changes {
        return change.check(catalog);
    }
    // What retention takes of many queues does not depend on each other.
    if changes.iter().all(|change| matches!(change, Change::Truncate { .. })) {
        return changes.iter().try_for_each(|change| change.check(catalog));
    }
    // Many new topics in one commit are checked without copying what may be 100,000 others.
    let new: Option<Vec<(&str, u32)>> = changes
        .iter()
        .map(|change| match change {
            Change::CreateTopic { id, name, .. } => Some((name.as_str(), id.0)),
            _ => None,
        })
        .collect();
    let Some(new) = new else {
        let mut after = catalog.clone();
        return changes.iter().try_for_each(|change| {
            change.check(&after)?;
            change.apply(&mut after);
            Ok(())
        });
    };
    let mut names = HashSet::new();
    for ((name, id), next) in new.into_iter().zip(catalog.next_topic().0..) {
        check_id("topic", name, id, next)?;
        if !names.insert(name) {
            return Err(Error::invalid(format!("topic '{name}' is made twice in one commit")));
        }
    }
    changes.iter().try_for_each(|change| match change {
        Change::CreateTopic { name, spec, .. } => Change::check_new_topic(catalog, name, spec),
        _ => Ok(()),
    })
}

impl Change {
    fn check_new_topic(catalog: &Catalog, name: &str, spec: &TopicSpec) -> Result<()> {
        check_name("topic", name)?;
        spec.check(name)?;
        match catalog.topic_named(name) {
            None => Ok(()),
            Some(_) => Err(Error::invalid(format!("topic '{name}' is already there"))),
        }
    }

    /// Whether the change can be applied to `catalog`, which nothing but [`Change::apply`] changes in between.
    pub(crate) fn check(&self, catalog: &Catalog) -> Result<()> {
        match self {
            Self::CreateTopic { id, name, spec } => {
                Self::check_new_topic(catalog, name, spec)?;
                check_id("topic", name, id.0, catalog.next_topic().0)
            }
            Self::AlterTopic { id, spec } => {
                let topic = catalog.topic(*id).ok_or_else(|| no_topic(*id))?;
                spec.check(&topic.name)?;
                if (spec.queues as usize) < topic.queues.len() {
                    return Err(Error::invalid(format!(
                        "topic '{}' has {} queues; queues can be added, not removed",
                        topic.name,
                        topic.queues.len()
                    )));
                }
                if spec.table != topic.spec.table {
                    return Err(Error::invalid(format!(
                        "whether topic '{}' is a table cannot be changed; make another topic",
                        topic.name
                    )));
                }
                Ok(())
            }
            Self::DeleteTopic { id } => {
                catalog.topic(*id).ok_or_else(|| no_topic(*id))?;
                let user = catalog.topics().find(|(other, topic)| {
                    other != id && topic.spans.values().flatten().any(|span| span.topic == *id)
                });
                match user {
                    None => Ok(()),
                    Some((_, user)) => Err(Error::invalid(format!(
                        "queues of topic '{}' are made of this topic's; move them first",
                        user.name
                    ))),
                }
            }
            Self::Truncate { topic, queue, begin } => {
                let (topic, found) = catalog.queue(*topic, *queue)?;
                if *begin > found.end {
                    return Err(Error::invalid(format!(
                        "queue {} of topic '{}' ends at offset {}; it cannot begin at {begin}",
                        queue.0, topic.name, found.end
                    )));
                }
                Ok(())
            }
            Self::MapQueue { topic, queue, spans } => check_spans(catalog, *topic, *queue, spans),
            Self::CreateGroup { id, name, attributes } => {
                check_name("group", name)?;
                check_attributes(name, attributes)?;
                if catalog.group_named(name).is_some() {
                    return Err(Error::invalid(format!("group '{name}' is already there")));
                }
                check_id("group", name, id.0, catalog.next_group().0)
            }
            Self::AlterGroup { id, attributes } => {
                let group = catalog.group(*id).ok_or_else(|| no_group(*id))?;
                check_attributes(&group.name, attributes)
            }
            Self::DeleteGroup { id } => catalog.group(*id).map(|_| ()).ok_or_else(|| no_group(*id)),
        }
    }

    /// Whether it makes something whose id and name nothing has yet, be it the next id or a later one.
    pub(crate) fn is_new_in(&self, catalog: &Catalog) -> bool {
        match self {
            Self::CreateTopic { id, name, .. } => {
                id.0 < IDS_MAX && *id >= catalog.next_topic() && catalog.topic_named(name).is_none()
            }
            Self::CreateGroup { id, name, .. } => {
                id.0 < IDS_MAX && *id >= catalog.next_group() && catalog.group_named(name).is_none()
            }
            _ => false,
        }
    }

    /// Makes the change, which was checked before it was written.
    pub(crate) fn apply(&self, catalog: &mut Catalog) {
        match self {
            Self::CreateTopic { id, name, spec } => {
                let queues = vec![Queue::default(); spec.queues as usize];
                let topic = Topic {
                    name: name.as_str().into(),
                    spec: Arc::new(spec.clone()),
                    queues,
                    spans: BTreeMap::new(),
                };
                catalog.insert_topic(*id, topic);
            }
            Self::AlterTopic { id, spec } => {
                if let Some(topic) = catalog.topic_mut(*id) {
                    topic.spec = Arc::new(spec.clone());
                    let queues = topic.queues.len().max(spec.queues as usize);
                    topic.queues.resize_with(queues, Queue::default);
                }
            }
            Self::DeleteTopic { id } => {
                if let Some(topic) = catalog.topics.get_mut(id.0 as usize).and_then(Option::take) {
                    catalog.topic_names.remove(&topic.name);
                    catalog.offsets.retain(|(_, topic, _), _| topic != id);
                }
            }
            Self::Truncate { topic, queue, begin } => {
                if let Some(queue) = catalog.queue_mut(*topic, *queue) {
                    queue.begin = queue.begin.max(*begin).min(queue.end);
                }
            }
            Self::MapQueue { topic, queue, spans } => {
                if let Some(topic) = catalog.topic_mut(*topic) {
                    if spans.is_empty() {
                        topic.spans.remove(queue);
                    } else {
                        topic.spans.insert(*queue, spans.clone());
                    }
                }
            }
            Self::CreateGroup { id, name, attributes } => {
                catalog
                    .insert_group(*id, Group { name: name.as_str().into(), attributes: attributes.clone() });
            }
            Self::AlterGroup { id, attributes } => {
                if let Some(group) = catalog.groups.get_mut(id.0 as usize).and_then(Option::as_mut) {
                    group.attributes.clone_from(attributes);
                }
            }
            Self::DeleteGroup { id } => {
                if let Some(group) = catalog.groups.get_mut(id.0 as usize).and_then(Option::take) {
                    catalog.group_names.remove(&group.name);
                    catalog.offsets.retain(|(group, _, _), _| group != id);
                }
            }
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::CreateTopic { id, name, spec } => {
                out.push(1);
                out.extend_from_slice(&id.0.to_le_bytes());
                put_bytes16(out, name.as_bytes());
                spec.encode(out);
            }
            Self::AlterTopic { id, spec } => {
                out.push(2);
                out.extend_from_slice(&id.0.to_le_bytes());
                spec.encode(out);
            }
            Self::DeleteTopic { id } => {
                out.push(3);
                out.extend_from_slice(&id.0.to_le_bytes());
            }
            Self::Truncate { topic, queue, begin } => {
                out.push(4);
                out.extend_from_slice(&topic.0.to_le_bytes());
                out.extend_from_slice(&queue.0.to_le_bytes());
                out.extend_from_slice(&begin.to_le_bytes());
            }
            Self::MapQueue { topic, queue, spans } => {
                out.push(5);
                out.extend_from_slice(&topic.0.to_le_bytes());
                out.extend_from_slice(&queue.0.to_le_bytes());
                encode_spans(out, spans);
            }
            Self::CreateGroup { id, name, attributes } => {
                out.push(6);
                out.extend_from_slice(&id.0.to_le_bytes());
                put_bytes16(out, name.as_bytes());
                encode_attributes(out, attributes);
            }
            Self::AlterGroup { id, attributes } => {
                out.push(7);
                out.extend_from_slice(&id.0.to_le_bytes());
                encode_attributes(out, attributes);
            }
            Self::DeleteGroup { id } => {
                out.push(8);
                out.extend_from_slice(&id.0.to_le_bytes());
            }
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let kind = reader.u8()?;
        let id = reader.u32()?;
        Ok(match kind {
            1 => Self::CreateTopic {
                id: TopicId(id),
                name: reader.text16()?.to_owned(),
                spec: TopicSpec::decode(reader)?,
            },
            2 => Self::AlterTopic { id: TopicId(id), spec: TopicSpec::decode(reader)? },
            3 => Self::DeleteTopic { id: TopicId(id) },
            4 => Self::Truncate { topic: TopicId(id), queue: QueueId(reader.u32()?), begin: reader.u64()? },
            5 => Self::MapQueue {
                topic: TopicId(id),
                queue: QueueId(reader.u32()?),
                spans: decode_spans(reader)?,
            },
            6 => Self::CreateGroup {
                id: GroupId(id),
                name: reader.text16()?.to_owned(),
                attributes: decode_attributes(reader)?,
            },
            7 => Self::AlterGroup { id: GroupId(id), attributes: decode_attributes(reader)? },
            8 => Self::DeleteGroup { id: GroupId(id) },
            _ => return Err(Malformed("a change of the catalog is of an unknown kind")),
        })
    }
}

/// The most parts that a logical queue is made of.
const SPANS_MAX: usize = 4096;

fn check_spans(catalog: &Catalog, topic: TopicId, queue: QueueId, spans: &[Span]) -> Result<()> {
    let (found, _) = catalog.queue(topic, queue)?;
    if spans.len() > SPANS_MAX {
        return Err(Error::invalid(format!(
            "queue {} of topic '{}' would be made of {} parts; at most {SPANS_MAX} are allowed",
            queue.0,
            found.name,
            spans.len()
        )));
    }
    if let Some((_, later)) = spans.iter().zip(spans.iter().skip(1)).find(|(a, b)| a.start >= b.start) {
        return Err(Error::invalid(format!(
            "the parts of queue {} of topic '{}' do not go upwards at offset {}",
            queue.0, found.name, later.start
        )));
    }
    if found.spec.table && spans.iter().any(|span| span.topic != topic) {
        return Err(Error::invalid(format!(
            "a queue of table '{}' cannot be made of another topic's; rows belong to the topic that holds them",
            found.name
        )));
    }
    for span in spans {
        let (topic, physical) = catalog.queue(span.topic, span.queue)?;
        if span.at > physical.end {
            return Err(Error::invalid(format!(
                "queue {} of topic '{}' ends at offset {}; a part cannot start at {}",
                span.queue.0, topic.name, physical.end, span.at
            )));
        }
    }
    Ok(())
}

pub(super) fn encode_spans(out: &mut Vec<u8>, spans: &[Span]) {
    out.extend_from_slice(&u32::try_from(spans.len()).unwrap_or(u32::MAX).to_le_bytes());
    for span in spans {
        out.extend_from_slice(&span.start.to_le_bytes());
        out.extend_from_slice(&span.topic.0.to_le_bytes());
        out.extend_from_slice(&span.queue.0.to_le_bytes());
        out.extend_from_slice(&span.at.to_le_bytes());
    }
}

pub(super) fn decode_spans(reader: &mut Reader<'_>) -> Result<Vec<Span>, Malformed> {
    let count = reader.u32()?;
    (0..count)
        .map(|_| {
            Ok(Span {
                start: reader.u64()?,
                topic: TopicId(reader.u32()?),
                queue: QueueId(reader.u32()?),
                at: reader.u64()?,
            })
        })
        .collect()
}

fn no_group(id: GroupId) -> Error {
    Error::invalid(format!("there is no group with id {}; it was deleted, or never made", id.0))
}
