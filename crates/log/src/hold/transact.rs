//! Transactions of producers: prepared, ended, asked about.

use super::{CheckPolicy, End, Hold, Outcome, Prepared, TransactionId};
use crate::state::held::{HeldMessage, HeldReader};
use crate::{Commit, Error, Held, Log, Message, Position, QueueId, Result, Timestamp, TopicId, View};

/// About how many bytes of messages one commit carries forward.
const CARRY_BYTES: usize = 8 << 20;
const CARRY_MAX: usize = 1024;

/// What [`Log::end_transaction`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It ended by this call.
    Now,
    /// It has ended before, like this.
    Before(Outcome),
    /// There is no such transaction, or it ended so long ago that nobody remembers how.
    Unknown,
}

/// What [`Log::check_transactions`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks {
    /// Their producers are to be asked now.
    pub ask: Vec<Prepared>,
    /// They have ended: nobody answered the last question.
    pub expired: Vec<Prepared>,
}

impl Log {
    /// Prepares messages that nobody sees before their transaction is committed. The producers of the first one's topic are the
    /// ones to ask about it. Gives the transaction once it is durable.
    ///
    /// # Errors
    /// `InvalidInput`: there is no message, one is too long, or a topic or queue is not there. `Full`: too many transactions are
    /// prepared, or the disk is full. And the errors of [`Log::commit`].
    pub fn prepare(
        &self,
        messages: &[(TopicId, QueueId, Message<'_>)],
        policy: &CheckPolicy,
        now: Timestamp,
    ) -> Result<TransactionId> {
        let mut commit = Commit::new();
        for (topic, queue, message) in messages {
            commit.hold(*topic, *queue, message)?;
        }
        let topic = messages.first().map_or(TopicId::default(), |(topic, _, _)| *topic);
        let count = u32::try_from(messages.len())
            .map_err(|_| Error::invalid("a transaction has over 4 billion messages"))?;
        let (_, id) = self.transact(now, move |view| {
            let (entry, id) = hold(view)?.prepare(topic, 0, count, policy, now)?;
            commit.state(Hold::KIND, &entry);
            Ok((commit, id))
        })?;
        Ok(id)
    }

    /// Ends a transaction. When it is committed, its messages come to their queues by the same commit. Answers once that is durable.
    ///
    /// # Errors
    /// `Corrupt`: a message of it cannot be read; it stays prepared. And the errors of [`Log::commit`].
    pub fn end_transaction(&self, id: TransactionId, outcome: Outcome, now: Timestamp) -> Result<Ended> {
        let found = self.view(|view| hold(view).map(|hold| hold.get(id).copied()))?;
        let messages = match found {
            Some(prepared) if outcome == Outcome::Committed => self.read_prepared(&prepared)?,
            _ => Vec::new(),
        };
        let (_, ended) = self.transact(now, |view| {
            let mut commit = Commit::new();
            let ended = match hold(view)?.end(id, outcome) {
                End::Before(outcome) => Ended::Before(outcome),
                End::Unknown => Ended::Unknown,
                End::Now(..) if found.is_none() => {
                    return Err(Error::unavailable("the transaction was prepared only now; try again"));
                }
                End::Now(_, entry) => {
                    for (turn, message) in (id.0..).zip(&messages) {
                        message.deliver(&mut commit, view, turn)?;
                    }
                    commit.state(Hold::KIND, &entry);
                    Ended::Now
                }
            };
            Ok((commit, ended))
        })?;
        Ok(ended)
    }

    /// The transactions about which producers are to be asked by `now`, at most `max`; that they were is noted before it is answered.
    /// Those that were asked about often enough expire.
    ///
    /// # Errors
    /// The errors of [`Log::commit`].
    pub fn check_transactions(&self, policy: &CheckPolicy, now: Timestamp, max: usize) -> Result<Checks> {
        let (_, checks) = self.transact(now, |view| {
            let hold = hold(view)?;
            let due = hold.due(now, max);
            let (expired, mut ask): (Vec<_>, Vec<_>) =
                due.into_iter().partition(|prepared| prepared.checks >= policy.checks_max);
            let mut commit = Commit::new();
            for prepared in &expired {
                if let End::Now(_, entry) = hold.end(prepared.id, Outcome::Expired) {
                    commit.state(Hold::KIND, &entry);
                }
            }
            let ids: Vec<_> = ask.iter().map(|prepared| prepared.id).collect();
            if let Some(entry) = hold.checked(&ids, policy, now) {
                commit.state(Hold::KIND, &entry);
            }
            for prepared in &mut ask {
                prepared.checks = prepared.checks.saturating_add(1);
            }
            if expired.is_empty() {
                // After a crash they are asked once more.
                commit.relax();
            }
            Ok((commit, Checks { ask, expired }))
        })?;
        Ok(checks)
    }

    /// The messages of a prepared transaction; of one that has expired, as long as its segment is there.
    ///
    /// # Errors
    /// `InvalidInput`: it has ended. `Corrupt`, `Unavailable`: a message could not be read.
    pub fn prepared_messages(&self, prepared: &Prepared) -> Result<Vec<Held>> {
        let messages = self.read_prepared(prepared)?;
        Ok(messages.into_iter().map(|held| (held.batch, held.index)).collect())
    }

    /// Holds the messages of transactions that stand before `before` in a new commit, so that the segments there can go. Gives how
    /// many transactions, at most a thousand: call it until it is 0.
    ///
    /// # Errors
    /// `Corrupt`: a message cannot be read. And the errors of [`Log::commit`].
    pub fn carry_prepared(&self, before: Position, now: Timestamp) -> Result<usize> {
        let old = self.view(|view| {
            let hold = view.machine::<Hold>();
            hold.map(|hold| hold.carry(before.min(view.visible()), CARRY_MAX)).unwrap_or_default()
        });
        let mut read = Vec::with_capacity(old.len());
        let mut bytes = 0;
        for prepared in old {
            if bytes > CARRY_BYTES {
                break;
            }
            let messages = self.read_prepared(&prepared)?;
            bytes += messages.iter().map(HeldMessage::bytes).sum::<usize>();
            read.push((prepared.id, messages));
        }
        if read.is_empty() {
            return Ok(0);
        }
        let (_, carried) = self.transact(now, |view| {
            let hold = hold(view)?;
            let mut commit = Commit::new();
            let mut places = Vec::with_capacity(read.len());
            for (id, messages) in read.iter().filter(|(id, _)| hold.get(*id).is_some()) {
                let mut first = None;
                for message in messages {
                    let index = message.hold(&mut commit)?;
                    first.get_or_insert(index);
                }
                places.extend(first.map(|first| (*id, first)));
            }
            if !places.is_empty() {
                commit.state(Hold::KIND, &hold.carried(&places));
            }
            Ok((commit, places.len()))
        })?;
        Ok(carried)
    }

    fn read_prepared(&self, prepared: &Prepared) -> Result<Vec<HeldMessage>> {
        let mut reader = HeldReader::new(self);
        let places = prepared.first..prepared.first.saturating_add(prepared.count);
        places.map(|index| reader.read(prepared.position, index)).collect()
    }
}

fn hold<'a>(view: &View<'a>) -> Result<&'a Hold> {
    view.machine().ok_or_else(|| {
        Error::invalid(
            "the log was opened without transactions; add hold::Hold to the machines that it is opened with",
        )
    })
}
