//! What commits carry of leases: one entry changes what one group has of one queue.

use super::{QueueKey, RECEIVE_MAX};
use crate::state::codec::{Reader, put_fixed, put_len, put_time, put_u64};
use crate::{Error, GroupId, QueueId, Timestamp, TopicId};

/// Why messages are done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// A consumer acknowledged them.
    Acked,
    /// They went to the dead-letter topic by the same commit.
    Dead,
}

/// Consecutive messages, none of which was looked at before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub first: u64,
    pub count: u64,
}

/// What becomes of a message that an ordered group looks at for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scanned {
    pub offset: u64,
    /// The ordering group.
    pub lane: u64,
    /// Whether it is delivered; otherwise it waits for its ordering group.
    pub leased: bool,
}

/// What every delivery says, in either order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub key: QueueKey,
    /// When the delivered messages become visible again.
    pub until: Timestamp,
    /// Messages before it are gone from the queue and done with.
    pub begin: u64,
    /// The first offset not looked at before this entry, and the first one after it.
    pub from: u64,
    pub next: u64,
    /// Messages looked at before that are delivered now, and not for the last time. Ascending.
    pub again: Vec<u64>,
    /// Those that are delivered for the last time. Ascending.
    pub again_last: Vec<u64>,
    /// Whether the first delivery is the last one, too.
    pub fresh_last: bool,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Messages are delivered to a group without order. Messages from `from` up to `next` in no run are passed over.
    Free { lease: Lease, runs: Vec<Run> },
    /// Messages are delivered to a group with order.
    Fifo { lease: Lease, attempt_id: u64, scanned: Vec<Scanned> },
    /// Messages are done with. Offsets ascend.
    Done { key: QueueKey, why: Why, offsets: Vec<u64> },
    /// Messages in flight become visible at another time. Offsets ascend.
    Until { key: QueueKey, until: Timestamp, offsets: Vec<u64> },
    /// The group goes on from `offset`; what it had in flight is void.
    Reset { key: QueueKey, offset: u64 },
}

const FREE: u8 = 1;
const FIFO: u8 = 2;
const ACKED: u8 = 3;
const DEAD: u8 = 4;
const UNTIL: u8 = 5;
const RESET: u8 = 6;

impl Entry {
    /// Appends the entry's bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Free { lease, runs } => {
                out.push(FREE);
                lease.encode(out);
                put_len(out, runs.len());
                let mut at = lease.from;
                for run in runs {
                    put_u64(out, run.first - at);
                    put_u64(out, run.count);
                    at = run.first + run.count;
                }
            }
            Self::Fifo { lease, attempt_id, scanned } => {
                out.push(FIFO);
                lease.encode(out);
                put_fixed(out, *attempt_id);
                put_len(out, scanned.len());
                let mut at = lease.from;
                for message in scanned {
                    put_u64(out, message.offset - at);
                    out.push(u8::from(message.leased));
                    put_fixed(out, message.lane);
                    at = message.offset + 1;
                }
            }
            Self::Done { key, why, offsets } => {
                out.push(if *why == Why::Acked { ACKED } else { DEAD });
                key.encode(out);
                put_offsets(out, offsets);
            }
            Self::Until { key, until, offsets } => {
                out.push(UNTIL);
                key.encode(out);
                put_time(out, *until);
                put_offsets(out, offsets);
            }
            Self::Reset { key, offset } => {
                out.push(RESET);
                key.encode(out);
                put_u64(out, *offset);
            }
        }
    }

    /// Reads an entry that `encode` wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "lease entry");
        let entry = match reader.u8()? {
            FREE => {
                let lease = Lease::decode(&mut reader)?;
                let count = reader.count()?;
                let mut runs = Vec::with_capacity(count);
                let mut at = lease.from;
                let mut room = RECEIVE_MAX as u64;
                for _ in 0..count {
                    let first = reader.after(at)?;
                    let count = reader.u64()?;
                    at = match first.checked_add(count) {
                        Some(end) if end <= lease.next && count <= room => end,
                        _ => return Err(reader.corrupt("has a run past its end")),
                    };
                    room -= count;
                    runs.push(Run { first, count });
                }
                Self::Free { lease, runs }
            }
            FIFO => {
                let lease = Lease::decode(&mut reader)?;
                let attempt_id = reader.fixed()?;
                let count = reader.count()?;
                let mut scanned = Vec::with_capacity(count);
                let mut at = lease.from;
                for _ in 0..count {
                    let offset = reader.after(at)?;
                    if offset >= lease.next {
                        return Err(reader.corrupt("has a message past its end"));
                    }
                    let leased = reader.u8()? != 0;
                    scanned.push(Scanned { offset, lane: reader.fixed()?, leased });
                    at = offset + 1;
                }
                Self::Fifo { lease, attempt_id, scanned }
            }
            ACKED => Self::Done {
                key: QueueKey::decode(&mut reader)?,
                why: Why::Acked,
                offsets: offsets(&mut reader)?,
            },
            DEAD => Self::Done {
                key: QueueKey::decode(&mut reader)?,
                why: Why::Dead,
                offsets: offsets(&mut reader)?,
            },
            UNTIL => Self::Until {
                key: QueueKey::decode(&mut reader)?,
                until: reader.time()?,
                offsets: offsets(&mut reader)?,
            },
            RESET => Self::Reset { key: QueueKey::decode(&mut reader)?, offset: reader.u64()? },
            _ => return Err(reader.corrupt("is of a sort that this version does not know")),
        };
        reader.end()?;
        Ok(entry)
    }
}

impl Lease {
    /// The messages looked at before, each with whether this is its last delivery.
    pub(crate) fn again(&self) -> impl Iterator<Item = (u64, bool)> {
        let again = self.again.iter().map(|offset| (*offset, false));
        again.chain(self.again_last.iter().map(|offset| (*offset, true)))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.key.encode(out);
        put_time(out, self.until);
        put_u64(out, self.begin);
        put_u64(out, self.from);
        put_u64(out, self.next - self.from);
        out.push(u8::from(self.fresh_last));
        put_offsets(out, &self.again);
        put_offsets(out, &self.again_last);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let key = QueueKey::decode(reader)?;
        let until = reader.time()?;
        let begin = reader.u64()?;
        let from = reader.u64()?;
        Ok(Self {
            key,
            until,
            begin,
            from,
            next: reader.after(from)?,
            fresh_last: reader.u8()? != 0,
            again: offsets(reader)?,
            again_last: offsets(reader)?,
        })
    }
}

impl QueueKey {
    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        put_u64(out, u64::from(self.group.0));
        put_u64(out, u64::from(self.topic.0));
        put_u64(out, u64::from(self.queue.0));
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let (group, topic, queue) = (reader.u32()?, reader.u32()?, reader.u32()?);
        Ok(Self { group: GroupId(group), topic: TopicId(topic), queue: QueueId(queue) })
    }
}

/// Ascending offsets: their count, the first one, then the distance of each from the one before.
fn put_offsets(out: &mut Vec<u8>, offsets: &[u64]) {
    put_len(out, offsets.len());
    let mut before = 0;
    for offset in offsets {
        put_u64(out, offset - before);
        before = *offset;
    }
}

fn offsets(reader: &mut Reader<'_>) -> Result<Vec<u64>, Error> {
    let count = reader.count()?;
    let mut offsets = Vec::with_capacity(count);
    let mut at = 0;
    for _ in 0..count {
        at = reader.after(at)?;
        offsets.push(at);
    }
    Ok(offsets)
}
