//! `produce`: lines of standard input to messages, many to a commit.

mod key;
mod lines;

use millstream_connect::log_error;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{
    Commit, Durability, Log, Message, QueueId, Receipt, Timestamp, TopicInfo, TopicKind, key_hash,
};

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
    /// The queues of the messages in `commit`.
    queues: Vec<QueueId>,
    /// Lines so far.
    lines: u64,
    /// The queue of the next line without a key.
    turn: u32,
    stdout: Stdout,
}

impl<'a> Producer<'a> {
    fn new(log: &'a Log, args: &'a ProduceArgs) -> Result<Self> {
        let topic = named::topic(log, &args.topic)?;
        let kind = match topic.spec.kind {
            TopicKind::Normal | TopicKind::Fifo => None,
            TopicKind::Delay => Some("delay"),
            TopicKind::Transaction => Some("transaction"),
        };
        if let Some(kind) = kind {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "topic '{}' is of type {kind}, and lines say nothing of that; produce to one of type normal or fifo",
                    topic.name
                ),
            ));
        }
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
            queues: Vec::new(),
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
        let added = self.commit.message(self.topic.id, queue, &message);
        added.map_err(|error| wrong(format!("cannot be a message: {error}")))?;
        self.queues.push(queue);
        Ok(())
    }

    /// Makes what was added durable, and says so if asked to.
    fn commit(&mut self) -> Result<()> {
        let commit = std::mem::take(&mut self.commit);
        let queues = std::mem::take(&mut self.queues);
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
        self.stdout.write(acks(&queues, &receipt).as_bytes())
    }
}

/// A line for each message: where it stands.
fn acks(queues: &[QueueId], receipt: &Receipt) -> String {
    use std::fmt::Write as _;
    let mut next: Vec<(QueueId, u64)> = receipt.queues.iter().map(|part| (part.queue, part.offset)).collect();
    next.sort_unstable();
    let mut text = String::new();
    for queue in queues {
        let place = next.binary_search_by_key(queue, |(queue, _)| *queue);
        let Some((_, offset)) = place.ok().and_then(|place| next.get_mut(place)) else { continue };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{{\"queue\":{},\"offset\":{offset}}}", queue.0);
        *offset += 1;
    }
    text
}
