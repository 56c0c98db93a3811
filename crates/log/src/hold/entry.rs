//! What commits carry of transactions.

use super::{Outcome, TransactionId};
use crate::state::codec::{Reader, put_len, put_time, put_u64};
use crate::{Error, Timestamp, TopicId};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// `count` messages from place `first` on among the held messages of this commit belong to a new transaction.
    Prepare { topic: TopicId, first: u32, count: u32, check_at: Timestamp },
    /// The transaction ended. With `Outcome::Committed`, its messages are in their queues by this commit.
    End { id: TransactionId, outcome: Outcome },
    /// The producers of transactions were asked; they are asked again at `check_at`. Ascending.
    Checked { check_at: Timestamp, ids: Vec<TransactionId> },
    /// Messages of transactions are held by this commit from now on, from the place of each on: their old commits may go.
    Carry(Vec<(TransactionId, u32)>),
}

const PREPARE: u8 = 1;
const COMMIT: u8 = 2;
const ROLL_BACK: u8 = 3;
const EXPIRE: u8 = 4;
const CHECKED: u8 = 5;
const CARRY: u8 = 6;

impl Entry {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        match self {
            Self::Prepare { topic, first, count, check_at } => {
                out.push(PREPARE);
                put_u64(&mut out, u64::from(topic.0));
                put_u64(&mut out, u64::from(*first));
                put_u64(&mut out, u64::from(*count));
                put_time(&mut out, *check_at);
            }
            Self::End { id, outcome } => {
                out.push(match outcome {
                    Outcome::Committed => COMMIT,
                    Outcome::RolledBack => ROLL_BACK,
                    Outcome::Expired => EXPIRE,
                });
                put_u64(&mut out, id.0);
            }
            Self::Checked { check_at, ids } => {
                out.push(CHECKED);
                put_time(&mut out, *check_at);
                put_len(&mut out, ids.len());
                let mut before = 0;
                for id in ids {
                    put_u64(&mut out, id.0 - before);
                    before = id.0;
                }
            }
            Self::Carry(transactions) => {
                out.push(CARRY);
                put_len(&mut out, transactions.len());
                for (id, first) in transactions {
                    put_u64(&mut out, id.0);
                    put_u64(&mut out, u64::from(*first));
                }
            }
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "hold entry");
        let entry = match reader.u8()? {
            PREPARE => Self::Prepare {
                topic: TopicId(reader.u32()?),
                first: reader.u32()?,
                count: reader.u32()?,
                check_at: reader.time()?,
            },
            COMMIT => Self::End { id: TransactionId(reader.u64()?), outcome: Outcome::Committed },
            ROLL_BACK => Self::End { id: TransactionId(reader.u64()?), outcome: Outcome::RolledBack },
            EXPIRE => Self::End { id: TransactionId(reader.u64()?), outcome: Outcome::Expired },
            CHECKED => {
                let check_at = reader.time()?;
                let count = reader.count()?;
                let mut at = 0;
                let ids = (0..count).map(|_| {
                    at = reader.after(at)?;
                    Ok(TransactionId(at))
                });
                Self::Checked { check_at, ids: ids.collect::<Result<_, Error>>()? }
            }
            CARRY => {
                let count = reader.count()?;
                let transactions = (0..count).map(|_| Ok((TransactionId(reader.u64()?), reader.u32()?)));
                Self::Carry(transactions.collect::<Result<_, Error>>()?)
            }
            _ => return Err(reader.corrupt("is of a sort that this version does not know")),
        };
        reader.end()?;
        Ok(entry)
    }
}
