//! Messages held back until their transaction is committed or rolled back.
//!
//! What it is: [`Hold`], a state machine that knows the prepared transactions: where their messages are stored, when their
//! producers are to be asked, and how often they have been. The messages are held by commits, in no queue, and go to their
//! queues by the commit that ends the transaction.
//!
//! What it is not: it asks nobody. The caller sends the questions ([`Hold::due`]) and says that it has ([`Hold::checked`]).
//!
//! Invariants:
//! - A transaction ends once. A repeated call to end it is told how it ended, for the last [`ENDED_MAX`] of them.

mod entry;
#[cfg(test)]
mod model;
mod snapshot;
mod transact;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

pub use transact::{Checks, Ended};

use self::entry::Entry;
use crate::{Error, Position, Result, StateMachine, Timestamp, TopicId};

/// Transactions that can be prepared at once.
pub const PREPARED_MAX: usize = 1_000_000;

/// Ended transactions whose outcome is remembered.
pub const ENDED_MAX: usize = 16_384;

/// A transaction. Its text is opaque to producers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u64);

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its messages went to their queues.
    Committed,
    /// Its producer took them back.
    RolledBack,
    /// Nobody ended it, however often its producers were asked.
    Expired,
}

/// When producers are asked about transactions that they have not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckPolicy {
    /// From the preparation to the first question, in milliseconds.
    pub first_ms: u64,
    /// From one question to the next, in milliseconds.
    pub interval_ms: u64,
    /// Questions after which the transaction expires.
    pub checks_max: u16,
}

impl Default for CheckPolicy {
    /// As RocketMQ has it: after 6 s, then every 30 s, 15 times.
    fn default() -> Self {
        Self { first_ms: 6_000, interval_ms: 30_000, checks_max: 15 }
    }
}

/// A transaction that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared {
    /// The transaction.
    pub id: TransactionId,
    /// The topic whose producers are asked.
    pub topic: TopicId,
    /// The commit that holds its messages.
    pub position: Position,
    /// The place of the first one among the held messages of that commit; the others follow it.
    pub first: u32,
    /// How many messages it has.
    pub count: u32,
    /// When its producers are to be asked.
    pub check_at: Timestamp,
    /// How often they have been.
    pub checks: u16,
}

/// What a call to end a transaction comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It ends by this entry; when it is committed, the caller adds its messages to the same commit.
    Now(Prepared, Vec<u8>),
    /// It has ended before, like this.
    Before(Outcome),
    /// There is no such transaction, or it ended so long ago that nobody remembers how.
    Unknown,
}

/// All prepared transactions.
#[derive(Debug, Default)]
pub struct Hold {
    prepared: BTreeMap<TransactionId, Prepared>,
    /// By when their producers are to be asked.
    checks: BTreeSet<(Timestamp, TransactionId)>,
    /// Where their messages stand.
    positions: BTreeSet<(Position, TransactionId)>,
    /// How the last ones ended.
    ended: BTreeMap<TransactionId, Outcome>,
    next_id: u64,
}

impl Hold {
    /// The number by which commits carry entries of transactions.
    pub const KIND: u16 = 3;

    /// Decides that `count` messages held by the commit being made, from place `first` on among its held messages, are a
    /// transaction of `topic`'s producers.
    ///
    /// # Errors
    /// `InvalidInput` without messages, `Full` when [`PREPARED_MAX`] transactions are prepared.
    pub fn prepare(
        &self,
        topic: TopicId,
        first: u32,
        count: u32,
        policy: &CheckPolicy,
        now: Timestamp,
    ) -> Result<(Vec<u8>, TransactionId)> {
        if count == 0 {
            return Err(Error::invalid("a transaction is prepared without a message; give at least one"));
        }
        if self.prepared.len() >= PREPARED_MAX {
            let text = format!(
                "{PREPARED_MAX} transactions are prepared, which is the most there can be; end some of them"
            );
            return Err(Error::full(text));
        }
        let check_at = Timestamp(now.0.saturating_add_unsigned(policy.first_ms));
        let entry = Entry::Prepare { topic, first, count, check_at };
        Ok((entry.encode(), TransactionId(self.next_id)))
    }

    /// Decides how a transaction ends.
    pub fn end(&self, id: TransactionId, outcome: Outcome) -> End {
        match (self.prepared.get(&id), self.ended.get(&id)) {
            (Some(prepared), _) => End::Now(*prepared, Entry::End { id, outcome }.encode()),
            (None, Some(outcome)) => End::Before(*outcome),
            (None, None) => End::Unknown,
        }
    }

    /// The transactions whose producers are to be asked by `now`, at most `max`. Those that have been asked
    /// [`CheckPolicy::checks_max`] times are to be [ended](Hold::end) as [`Outcome::Expired`] instead.
    pub fn due(&self, now: Timestamp, max: usize) -> Vec<Prepared> {
        let due = self.checks.iter().take_while(|(time, _)| *time <= now).take(max);
        due.filter_map(|(_, id)| self.prepared.get(id)).copied().collect()
    }

    /// The time at which [`Hold::due`] will have something.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.checks.first().map(|(time, _)| *time)
    }

    /// The entry by which the producers of these transactions have been asked, those that have ended since left out; `None` when
    /// all have.
    pub fn checked(&self, ids: &[TransactionId], policy: &CheckPolicy, now: Timestamp) -> Option<Vec<u8>> {
        let mut ids: Vec<_> = ids.iter().filter(|id| self.prepared.contains_key(id)).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let check_at = Timestamp(now.0.saturating_add_unsigned(policy.interval_ms));
        (!ids.is_empty()).then(|| Entry::Checked { check_at, ids }.encode())
    }

    /// The transactions that have not ended, the oldest first.
    pub fn prepared(&self) -> impl Iterator<Item = &Prepared> {
        self.prepared.values()
    }

    /// One transaction that has not ended.
    pub fn get(&self, id: TransactionId) -> Option<&Prepared> {
        self.prepared.get(&id)
    }

    /// How many transactions have not ended.
    pub fn len(&self) -> usize {
        self.prepared.len()
    }

    /// Whether all transactions have ended.
    pub fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// The first commit that holds messages of a transaction.
    pub fn oldest(&self) -> Option<Position> {
        self.positions.first().map(|(position, _)| *position)
    }

    /// Transactions whose messages stand before `position`, at most `max`: before those commits go, the caller holds the messages
    /// in a new commit with [`Hold::carried`].
    pub fn carry(&self, position: Position, max: usize) -> Vec<Prepared> {
        let old = self.positions.iter().take_while(|(at, _)| *at < position).take(max);
        old.filter_map(|(_, id)| self.prepared.get(id)).copied().collect()
    }

    /// The entry by which the messages of transactions are held by the commit being made, each one's from the place given on.
    pub fn carried(&self, transactions: &[(TransactionId, u32)]) -> Vec<u8> {
        Entry::Carry(transactions.to_vec()).encode()
    }

    fn add(&mut self, prepared: Prepared) {
        self.checks.insert((prepared.check_at, prepared.id));
        self.positions.insert((prepared.position, prepared.id));
        self.prepared.insert(prepared.id, prepared);
    }

    fn remove(&mut self, id: TransactionId) -> Option<Prepared> {
        let prepared = self.prepared.remove(&id)?;
        self.checks.remove(&(prepared.check_at, id));
        self.positions.remove(&(prepared.position, id));
        Some(prepared)
    }

    fn take(&mut self, entry: Entry, at: Position) -> bool {
        match entry {
            Entry::Prepare { topic, first, count, check_at } => {
                let id = TransactionId(self.next_id);
                self.next_id = self.next_id.wrapping_add(1);
                self.add(Prepared { id, topic, position: at, first, count, check_at, checks: 0 });
                true
            }
            Entry::End { id, outcome } => {
                if self.remove(id).is_none() {
                    return false;
                }
                self.ended.insert(id, outcome);
                if self.ended.len() > ENDED_MAX {
                    self.ended.pop_first();
                }
                true
            }
            Entry::Checked { check_at, ids } => ids.into_iter().all(|id| match self.remove(id) {
                Some(prepared) => {
                    self.add(Prepared { check_at, checks: prepared.checks.saturating_add(1), ..prepared });
                    true
                }
                None => false,
            }),
            Entry::Carry(transactions) => transactions.into_iter().all(|(id, first)| match self.remove(id) {
                Some(prepared) => {
                    self.add(Prepared { position: at, first, ..prepared });
                    true
                }
                None => false,
            }),
        }
    }
}

impl StateMachine for Hold {
    fn kind(&self) -> u16 {
        Self::KIND
    }

    fn check(&self, entry: &[u8]) -> Result<()> {
        Entry::decode(entry).map(|_| ())
    }

    fn apply(&mut self, at: Position, _store_time: Timestamp, entry: &[u8]) -> Result<()> {
        let entry = Entry::decode(entry)?;
        if self.take(entry, at) {
            return Ok(());
        }
        Err(Error::corrupt(
            at,
            "the commit changes transactions that are not prepared; run verify on the log",
        ))
    }

    fn snapshot(&self, out: &mut Vec<u8>) {
        self.write(out);
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        *self = Self::read(snapshot)?;
        Ok(())
    }

    fn oldest_held(&self) -> Option<Position> {
        self.oldest()
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{:x}", self.0)
    }
}

impl FromStr for TransactionId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = text.strip_prefix('t').filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let id = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        id.map(Self).ok_or_else(|| {
            Error::invalid(
                "the id of the transaction is not one that a prepare gave; hand it back as it came",
            )
        })
    }
}
