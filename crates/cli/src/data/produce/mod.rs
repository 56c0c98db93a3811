//! `produce`: lines of standard input to messages, many to a commit.

mod key;
mod lines;

use std::time::Duration;

use millstream_connect::log_error;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::delay::Later;
use millstream_log::{
    Commit, Durability, Log, Message, QueueId, Receipt, Timestamp, TopicInfo, TopicKind, key_hash,
};

use super::consume::push_time;
use super::{DataFolder, named};
use crate::args::ProduceArgs;
use crate::clock;
use crate::exit::Exit;
use crate::output::Stdout;
use lines::Lines;

/// A commit takes what has come in meanwhile, up to about so many bytes.
const COMMIT_BYTES: usize = 4 << 20;

/// Runs the command.
pub fn run(args: &ProduceArgs) -> Exit {
    DataFolder::with(&args.place, |log| {
        let mut producer = Producer::new(log, args)?;
        let lines = Lines::read(std::io::stdin(), "standard input")?;
        // A failure in the middle leaves what came before it in the topic.
        let produced = producer.produce(&lines);
        let committed = producer.commit();
        produced.and(committed)
    })
}

struct Producer<'a> {
    log: &'a Log,
    topic: TopicInfo,
    args: &'a ProduceArgs,
    commit: Commit,
    /// The queues of the messages in `commit`, and when each can be read, if that is later.
    added: Vec<(QueueId, Option<Timestamp>)>,
    /// Lines so far.
    lines: u64,
    /// The queue of the next line without a key.
    turn: u32,
    stdout: Stdout,
}

impl<'a> Producer<'a> {
    fn new(log: &'a Log, args: &'a ProduceArgs) -> Result<Self> {
        let topic = named::topic(log, &args.topic)?;
        check_kind(&topic, args)?;
        if topic.spec.table && args.key_field.is_none() {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "topic '{}' is a table, whose messages need keys; give --key-field FIELD",
                    topic.name
                ),
            ));
        }
        if let Some(queue) = args.queue {
            named::check_queue(&topic, queue)?;
        }
        // The next line goes where it would have gone had all lines come in one run.
        let messages: u64 = log.view(|view| {
            let ranges = (0..topic.queues).filter_map(|queue| view.queue(topic.id, QueueId(queue)));
            ranges.map(|range| range.end).sum()
        });
        let turn = u32::try_from(messages % u64::from(topic.queues.max(1))).unwrap_or_default();
        Ok(Self {
            log,
            topic,
            args,
            commit: Commit::new(),
            added: Vec::new(),
            lines: 0,
            turn,
            stdout: Stdout::default(),
        })
    }

    fn produce(&mut self, lines: &Lines) -> Result<()> {
        while let Some(chunk) = lines.next() {
            self.add(&chunk?)?;
            // While a commit was on its way to the disk, more has come in.
            while let Some(chunk) = lines.next_at_hand() {
                self.add(&chunk?)?;
            }
            self.commit()?;
        }
        Ok(())
    }

    fn add(&mut self, chunk: &[u8]) -> Result<()> {
        let now = clock::now();
        let chunk = chunk.strip_suffix(b"\n").unwrap_or(chunk);
        for line in chunk.split(|byte| *byte == b'\n') {
            if self.commit.bytes() + line.len() > COMMIT_BYTES {
                self.commit()?;
            }
            self.line(line, now)?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], now: Timestamp) -> Result<()> {
        self.lines += 1;
        let number = self.lines;
        let wrong = |what: String| {
            let before = if number == 1 { "nothing was written" } else { "the lines before it were written" };
            Error::new(ErrorKind::Data, format!("line {number} {what}; {before}"))
        };
        let key = match &self.args.key_field {
            Some(field) => Some(key::key_of(line, field).map_err(wrong)?),
            None => None,
        };
        let queues = self.topic.queues.max(1);
        let queue = match (self.args.queue, &key) {
            (Some(queue), _) => queue,
            (None, Some(key)) => {
                u32::try_from(key_hash(key.as_bytes()) % u64::from(queues)).unwrap_or_default()
            }
            (None, None) => {
                let turn = self.turn;
                self.turn = (turn + 1) % queues;
                turn
            }
        };
        let queue = QueueId(queue);
        let keys = key.as_ref().map(|key| [key.as_bytes()]);
        let mut message = Message { body: Some(line), born: now, ..Message::default() };
        if let Some(keys) = &keys {
            message.keys = keys;
            if self.topic.spec.kind == TopicKind::Fifo {
                message.ordering = keys.first().copied().unwrap_or_default();
            }
        }
        let due = self.due(now);
        let added = match due {
            Some(due) => self.commit.later(&Later { due, topic: self.topic.id, queue, message }),
            None => self.commit.message(self.topic.id, queue, &message),
        };
        added.map_err(|error| wrong(format!("cannot be a message: {error}")))?;
        self.added.push((queue, due));
        Ok(())
    }

    /// When a line that comes now can be read, if that is later.
    fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let after = |delay: Duration| {
            let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            Timestamp(now.0.saturating_add_unsigned(millis))
        };
        self.args.at.map(Timestamp).or_else(|| self.args.delay.map(after))
    }

    /// Makes what was added durable, and says so if asked to.
    fn commit(&mut self) -> Result<()> {
        let commit = std::mem::take(&mut self.commit);
        let added = std::mem::take(&mut self.added);
        if commit.is_empty() {
            return Ok(());
        }
        let receipt = self.log.commit(&commit, clock::now()).map_err(log_error)?;
        if !self.args.acks {
            return Ok(());
        }
        if self.topic.spec.durability != Durability::Fsync {
            self.log.flush().map_err(log_error)?;
        }
        self.stdout.write(acks(&added, &receipt).as_bytes())
    }
}

/// Whether lines can be produced to the topic, and when they can be read is said where it has to be.
fn check_kind(topic: &TopicInfo, args: &ProduceArgs) -> Result<()> {
    let later = args.delay.is_some() || args.at.is_some();
    let (kind, mend) = match topic.spec.kind {
        TopicKind::Delay if later => return Ok(()),
        TopicKind::Normal | TopicKind::Fifo if !later => return Ok(()),
        TopicKind::Delay => {
            ("delay", "say when the messages can be read, with --delay 10s or --at 2024-01-31T12:00:00Z")
        }
        TopicKind::Transaction => (
            "transaction",
            "its messages are prepared, and then committed or rolled back, which lines cannot say; produce to a topic of type normal or fifo, \
             where each line is committed at once",
        ),
        TopicKind::Normal | TopicKind::Fifo => (
            if topic.spec.kind == TopicKind::Fifo { "fifo" } else { "normal" },
            "--delay and --at are for topics of type delay; make one with `topic create NAME --type delay`",
        ),
    };
    let message = format!("topic '{}' is of type {kind}: {mend}", topic.name);
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// A line for each message: where it stands, or when it can be read.
fn acks(added: &[(QueueId, Option<Timestamp>)], receipt: &Receipt) -> String {
    use std::fmt::Write as _;
    let mut next: Vec<(QueueId, u64)> = receipt.queues.iter().map(|part| (part.queue, part.offset)).collect();
    next.sort_unstable();
    let mut text = String::new();
    for (queue, due) in added {
        if let Some(due) = due {
            let mut time = Vec::new();
            push_time(*due, &mut time);
            let _ = writeln!(text, "{{\"queue\":{},\"due\":{}}}", queue.0, String::from_utf8_lossy(&time));
            continue;
        }
        let place = next.binary_search_by_key(queue, |(queue, _)| *queue);
        let Some((_, offset)) = place.ok().and_then(|place| next.get_mut(place)) else { continue };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{{\"queue\":{},\"offset\":{offset}}}", queue.0);
        *offset += 1;
    }
    text
}
