//! Topics, groups and queues by their names, and what is said where there is none.

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{GroupInfo, Log, TopicInfo};
use millstream_sql::names::did_you_mean;

/// The topic of this name.
///
/// # Errors
/// Invalid, with a name that is near.
pub fn topic(log: &Log, name: &str) -> Result<TopicInfo> {
    log.view(|view| {
        view.topic_named(name).ok_or_else(|| {
            let near = did_you_mean(name, view.topics().map(|topic| topic.name.to_string()));
            missing(format!(
                "there is no topic '{name}'{near}; `millstream topic list` shows what there is, `topic create` makes one"
            ))
        })
    })
}

/// The group of this name.
///
/// # Errors
/// Invalid, with a name that is near.
pub fn group(log: &Log, name: &str) -> Result<GroupInfo> {
    log.view(|view| {
        view.group_named(name).ok_or_else(|| {
            let near = did_you_mean(name, view.groups().map(|group| group.name.to_string()));
            missing(format!(
                "there is no group '{name}'{near}; `millstream group list` shows what there is, `group create` makes one"
            ))
        })
    })
}

/// Whether the topic has the queue.
///
/// # Errors
/// Invalid, with the queues that it has.
pub fn check_queue(topic: &TopicInfo, queue: u32) -> Result<()> {
    if queue < topic.queues {
        return Ok(());
    }
    let last = topic.queues.saturating_sub(1);
    Err(missing(format!("topic '{}' has no queue {queue}; its queues are 0 to {last}", topic.name)))
}

fn missing(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
