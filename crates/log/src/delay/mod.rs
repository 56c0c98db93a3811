//! Messages that are due later: any time ahead, cancelled by name.
//!
//! What it is: [`Delay`], a state machine that knows when which stored message is due. The messages themselves are held by
//! commits, in no queue, and go to their queue by the commit that fires them.
//!
//! What it is not: it has no clock. The caller asks for what is [due](Delay::due), and when the [next](Delay::next_due) will be.
//!
//! Invariants:
//! - A message fires once or is cancelled once, never both.
//! - Messages fire in the order of their due times, those of one time in the order in which they came.
//! - A pending message takes 24 bytes and a few for the room between (`pending.rs`), so a million fit small machines.

mod entry;
mod fire;
#[cfg(test)]
mod model;
mod pending;
mod send;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

pub use pending::{DUE_MAX, Delayed, DueId};
pub use send::Later;

use self::entry::{Entry, put_messages, read_messages};
use self::pending::Pending;
use crate::state::codec::{Reader, put_u64};
use crate::{Error, Position, Result, StateMachine, Timestamp};

/// Delayed messages at once: 500 MB of them.
pub const PENDING_MAX: usize = 20_000_000;

/// Positions are counted by blocks of this many bits: 64 MiB.
const BLOCK_BITS: u32 = 26;

/// The layout of a snapshot.
const VERSION: u8 = 1;

/// All delayed messages.
#[derive(Debug, Default)]
pub struct Delay {
    pending: Pending,
    /// The number of the next message.
    next_id: u64,
    /// How many messages stand in each block of the log.
    blocks: BTreeMap<u64, u32>,
}

impl Delay {
    /// The number by which commits carry entries of delayed messages.
    pub const KIND: u16 = 2;

    /// Decides that messages held by the commit being made are due later, given as due time and place among its held messages.
    /// Gives the entry, and the name of each message, which cancels it.
    ///
    /// # Errors
    /// `InvalidInput` for a time after [`DUE_MAX`], `Full` when there would be more than [`PENDING_MAX`].
    pub fn schedule(&self, messages: &[(Timestamp, u32)]) -> Result<(Vec<u8>, Vec<DueId>)> {
        self.room(messages.len())?;
        let names = messages.iter().zip(self.next_id..).map(|((due, _), id)| DueId::new(*due, id));
        let names = names.collect::<Result<Vec<_>>>()?;
        let messages = names.iter().zip(messages).map(|(name, (_, index))| (name.due, *index)).collect();
        Ok((Entry::Schedule(messages).encode(), names))
    }

    /// Decides that a message is never due; `None` when it is not pending: it has fired or was cancelled.
    pub fn cancel(&self, name: DueId) -> Option<Vec<u8>> {
        self.pending.get(name).map(|_| Entry::Cancel(vec![name]).encode())
    }

    /// The first messages due by `now`, at most `max`, in their order.
    pub fn due(&self, now: Timestamp, max: usize) -> Vec<Delayed> {
        self.pending.iter().take_while(|message| message.name.due <= now).take(max).collect()
    }

    /// The time at which the next message is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.pending.iter().next().map(|message| message.name.due)
    }

    /// The entry by which the first `fired.len()` messages, as [`Delay::due`] gave them, are in their queues; `None` for none.
    pub fn fired(&self, fired: &[Delayed]) -> Option<Vec<u8>> {
        let last = fired.last()?.name;
        Some(Entry::Fire { count: fired.len() as u64, last }.encode())
    }

    /// How many messages are pending.
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// No pending message stands before this position; `None` when nothing is pending. At most 64 MiB too early.
    pub fn oldest(&self) -> Option<Position> {
        self.blocks.first_key_value().map(|(block, _)| Position(block << BLOCK_BITS))
    }

    /// Messages that stand before `position`, at most `max`: before those commits go, the caller holds the messages in a new
    /// commit with [`Delay::carried`].
    pub fn carry(&self, position: Position, max: usize) -> Vec<Delayed> {
        if self.oldest().is_none_or(|oldest| oldest >= position) {
            return Vec::new();
        }
        self.pending.iter().filter(|message| message.position < position).take(max).collect()
    }

    /// The entry by which messages are held by the commit being made, each with its place among the held messages.
    pub fn carried(&self, messages: &[(DueId, u32)]) -> Vec<u8> {
        Entry::Carry(messages.to_vec()).encode()
    }

    fn room(&self, count: usize) -> Result<()> {
        if self.pending.len() + count <= PENDING_MAX {
            return Ok(());
        }
        Err(Error::full(format!(
            "{PENDING_MAX} messages are delayed, which is the most there can be; cancel some or wait"
        )))
    }

    fn count(&mut self, position: Position) {
        *self.blocks.entry(position.0 >> BLOCK_BITS).or_default() += 1;
    }

    fn take(&mut self, entry: Entry, at: Position) -> bool {
        match entry {
            Entry::Schedule(messages) => {
                for (due, index) in messages {
                    let id = self.next_id;
                    let Ok(name) = DueId::new(due, id) else { return false };
                    self.next_id += 1;
                    self.pending.insert(Delayed { name, position: at, index });
                    self.count(at);
                }
                true
            }
            Entry::Cancel(names) => names.into_iter().all(|name| match self.pending.remove(name) {
                Some(message) => uncount(&mut self.blocks, message.position),
                None => false,
            }),
            Entry::Fire { count, last } => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                if count == 0 || count > self.pending.len() {
                    return false;
                }
                let mut end = None;
                let blocks = &mut self.blocks;
                self.pending.take_first(count, |message| {
                    uncount(blocks, message.position);
                    end = Some(message.name);
                });
                end == Some(last)
            }
            Entry::Carry(messages) => messages.into_iter().all(|(name, index)| {
                let Some(old) = self.pending.moved(Delayed { name, position: at, index }) else {
                    return false;
                };
                self.count(at);
                uncount(&mut self.blocks, old.position)
            }),
        }
    }
}

fn uncount(blocks: &mut BTreeMap<u64, u32>, position: Position) -> bool {
    let block = position.0 >> BLOCK_BITS;
    let Some(count) = blocks.get_mut(&block) else { return false };
    *count -= 1;
    if *count == 0 {
        blocks.remove(&block);
    }
    true
}

impl StateMachine for Delay {
    fn kind(&self) -> u16 {
        Self::KIND
    }

    fn check(&self, entry: &[u8]) -> Result<()> {
        let Entry::Schedule(messages) = Entry::decode(entry)? else { return Ok(()) };
        if messages.iter().any(|(due, _)| *due > DUE_MAX) {
            return Err(Error::invalid(
                "a delayed message is due after the year 10000; give a time before it",
            ));
        }
        self.room(messages.len())
    }

    fn apply(&mut self, at: Position, _store_time: Timestamp, entry: &[u8]) -> Result<()> {
        let entry = Entry::decode(entry)?;
        if self.take(entry, at) {
            return Ok(());
        }
        Err(Error::corrupt(
            at,
            "the commit changes delayed messages that are not pending; run verify on the log",
        ))
    }

    fn snapshot(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        put_u64(out, self.next_id);
        out.reserve(self.len() * 12);
        put_messages(out, self.len(), self.pending.iter());
    }

    fn oldest_held(&self) -> Option<Position> {
        self.oldest()
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        let mut reader = Reader::new(snapshot, "snapshot of delayed messages");
        if reader.u8()? != VERSION {
            return Err(reader.corrupt("is of a version that this program does not know"));
        }
        let next_id = reader.u64()?;
        if next_id >> 48 != 0 {
            return Err(reader.corrupt("names a message that cannot be"));
        }
        let mut delay = Self { next_id, ..Self::default() };
        read_messages(&mut reader, |message| {
            delay.pending.insert(message);
            delay.count(message.position);
        })?;
        reader.end()?;
        *self = delay;
        Ok(())
    }
}

impl fmt::Display for DueId {
    /// The text that a producer keeps to cancel the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{:x}-{:x}", self.due.0, self.id)
    }
}

impl FromStr for DueId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.strip_prefix('d').and_then(|text| text.split_once('-'));
        let numbers = parts.and_then(|(due, id)| {
            let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let numbers = (i64::from_str_radix(due, 16).ok()?, u64::from_str_radix(id, 16).ok()?);
            (hex(due) && hex(id) && numbers.0 <= DUE_MAX.0 && numbers.1 >> 48 == 0).then_some(numbers)
        });
        match numbers {
            Some((due, id)) => Ok(Self { due: Timestamp(due), id }),
            None => Err(Error::invalid(
                "the handle of a delayed message is not one that a send gave; hand it back as it came",
            )),
        }
    }
}
