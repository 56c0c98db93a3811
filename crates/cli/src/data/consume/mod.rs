//! `consume`: messages of a topic, printed.

mod consumer;
mod filter;
mod message;

use std::time::Duration;

use millstream_connect::log_error;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{Cursor, GroupId, Log, Offset, QueueId, TopicInfo};

use super::{DataFolder, named, start_of};
use crate::args::ConsumeArgs;
use crate::clock;
use crate::exit::Exit;
use crate::interrupts;
use crate::session::Interrupt;
use consumer::Consumer;
pub use message::{push_json, push_time};

/// How long the end of a topic is watched before it is looked whether to stop.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// A part of a queue that is read.
struct Stretch {
    queue: QueueId,
    start: Offset,
    /// Where reading ends, if it does.
    end: Option<Offset>,
}

/// Runs the command.
pub fn run(args: &ConsumeArgs) -> Exit {
    let interrupt = Interrupt::default();
    interrupts::stop_jobs(&interrupt);
    DataFolder::with_exit(&args.place, |log| {
        let topic = named::topic(log, &args.topic)?;
        if let Some(queue) = args.queue {
            named::check_queue(&topic, queue)?;
        }
        let group = args.group.as_deref().map(|name| group(log, name)).transpose()?;
        let stretches = stretches(log, &topic, group, args)?;
        let max = args.max.unwrap_or(u64::MAX);
        let consumer = Consumer::new(log, &topic, args.output, max, group);
        match &args.filter {
            None => read(log, &topic, stretches, consumer, &interrupt)?,
            Some(filter) => filter::read(log, &topic, &stretches, consumer, filter, &interrupt)?,
        }
        Ok(if interrupt.is_requested() { Exit::Interrupted } else { Exit::Success })
    })
}

/// The group of this name; it is made if it is not there.
fn group(log: &Log, name: &str) -> Result<GroupId> {
    match log.view(|view| view.group_named(name)) {
        Some(group) => Ok(group.id),
        None => log.create_group(name, Vec::new(), clock::now()).map_err(log_error),
    }
}

fn stretches(
    log: &Log,
    topic: &TopicInfo,
    group: Option<GroupId>,
    args: &ConsumeArgs,
) -> Result<Vec<Stretch>> {
    let queues = args.queue.map_or(0..topic.queues, |queue| queue..queue + 1).map(QueueId);
    let stretch = |queue| {
        let begun = group.and_then(|group| log.committed(group, topic.id, queue));
        let start = match begun {
            Some(offset) => offset,
            None => log.start_offset(topic.id, queue, start_of(args.from))?,
        };
        let end = if args.follow { None } else { Some(log.latest(topic.id, queue)?) };
        Ok(Stretch { queue, start: start.max(log.earliest(topic.id, queue)?), end })
    };
    queues.map(|queue| stretch(queue).map_err(log_error)).collect()
}

/// Reads the stretches in turn, batch by batch.
fn read(
    log: &Log,
    topic: &TopicInfo,
    stretches: Vec<Stretch>,
    mut consumer: Consumer,
    interrupt: &Interrupt,
) -> Result<()> {
    let mut open: Vec<(Cursor, Stretch)> = stretches
        .into_iter()
        .map(|stretch| (log.cursor(topic.id, stretch.queue, stretch.start), stretch))
        .collect();
    while !open.is_empty() && !consumer.has_all() && !interrupt.is_requested() {
        let mut came = false;
        let mut still = Vec::with_capacity(open.len());
        for (mut cursor, stretch) in open {
            let end = stretch.end.unwrap_or(Offset::MAX);
            let batch = if cursor.offset() < end { cursor.next_batch().map_err(log_error)? } else { None };
            if let Some(batch) = &batch {
                came = true;
                for message in batch.messages().take_while(|message| message.offset < end) {
                    consumer.take(stretch.queue, &message)?;
                }
            }
            // Up to its end everything can be read: nothing more comes.
            if batch.is_some() || stretch.end.is_none() {
                still.push((cursor, stretch));
            }
        }
        open = still;
        if !came && !open.is_empty() {
            consumer.flush()?;
            wait(log, topic, &open)?;
        }
    }
    consumer.flush()
}

/// Waits until one of the queues grows, or a while.
fn wait(log: &Log, topic: &TopicInfo, open: &[(Cursor, Stretch)]) -> Result<()> {
    let watch = log.watch();
    for (cursor, stretch) in open {
        log.notify(&watch, topic.id, stretch.queue, cursor.offset()).map_err(log_error)?;
    }
    watch.wait(WATCH_INTERVAL);
    Ok(())
}

/// A batch that should be there and is not.
fn gone(topic: &TopicInfo, queue: QueueId, offset: Offset) -> Error {
    let message = format!("offset {offset} of queue {} of topic '{}' is gone", queue.0, topic.name);
    Error::new(ErrorKind::Unavailable, message)
}
