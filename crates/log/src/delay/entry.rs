//! What commits carry of delayed messages.

use super::{Delayed, DueId};
use crate::state::codec::{Reader, put_i64, put_len, put_time, put_u64};
use crate::{Error, Position, Timestamp};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// Messages held by this commit are due later: due time and place among the held messages of each. They are numbered as they
    /// come.
    Schedule(Vec<(Timestamp, u32)>),
    /// Messages are cancelled.
    Cancel(Vec<DueId>),
    /// The first `count` messages, of which `last` is the last, are in their queues by this commit.
    Fire { count: u64, last: DueId },
    /// Messages are held by this commit from now on, each with its place: their old commits may go.
    Carry(Vec<(DueId, u32)>),
}

const SCHEDULE: u8 = 1;
const CANCEL: u8 = 2;
const FIRE: u8 = 3;
const CARRY: u8 = 4;

impl Entry {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(32);
        match self {
            Self::Schedule(messages) => {
                out.push(SCHEDULE);
                put_len(&mut out, messages.len());
                let mut before = 0;
                for (due, index) in messages {
                    put_i64(&mut out, due.0 - before);
                    put_u64(&mut out, u64::from(*index));
                    before = due.0;
                }
            }
            Self::Cancel(names) => {
                out.push(CANCEL);
                put_len(&mut out, names.len());
                for name in names {
                    put_name(&mut out, *name);
                }
            }
            Self::Fire { count, last } => {
                out.push(FIRE);
                put_u64(&mut out, *count);
                put_name(&mut out, *last);
            }
            Self::Carry(messages) => {
                out.push(CARRY);
                put_len(&mut out, messages.len());
                for (name, index) in messages {
                    put_name(&mut out, *name);
                    put_u64(&mut out, u64::from(*index));
                }
            }
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "delay entry");
        let entry = match reader.u8()? {
            SCHEDULE => {
                let count = reader.count()?;
                let mut messages = Vec::with_capacity(count);
                let mut before = 0_i64;
                for _ in 0..count {
                    let due = before.checked_add(reader.i64()?);
                    before = due.ok_or_else(|| reader.corrupt("has a time over 64 bits"))?;
                    messages.push((Timestamp(before), reader.u32()?));
                }
                Self::Schedule(messages)
            }
            CANCEL => {
                let count = reader.count()?;
                let names = (0..count).map(|_| name(&mut reader));
                Self::Cancel(names.collect::<Result<_, _>>()?)
            }
            FIRE => Self::Fire { count: reader.u64()?, last: name(&mut reader)? },
            CARRY => {
                let count = reader.count()?;
                let messages = (0..count).map(|_| Ok((name(&mut reader)?, reader.u32()?)));
                Self::Carry(messages.collect::<Result<_, Error>>()?)
            }
            _ => return Err(reader.corrupt("is of a sort that this version does not know")),
        };
        reader.end()?;
        Ok(entry)
    }
}

fn put_name(out: &mut Vec<u8>, name: DueId) {
    put_time(out, name.due);
    put_u64(out, name.id);
}

fn name(reader: &mut Reader<'_>) -> Result<DueId, Error> {
    let due = reader.time()?;
    let id = reader.u64()?;
    checked(reader, due, id)
}

/// A name whose numbers fit their bits.
pub(super) fn checked(reader: &Reader<'_>, due: Timestamp, id: u64) -> Result<DueId, Error> {
    if id >> 48 != 0 || due < Timestamp(0) {
        return Err(reader.corrupt("names a message that cannot be"));
    }
    DueId::new(due, id).map_err(|_| reader.corrupt("names a message that cannot be"))
}

/// Messages in order, for a snapshot: each as its distance from the one before.
pub(super) fn put_messages(out: &mut Vec<u8>, count: usize, messages: impl Iterator<Item = Delayed>) {
    put_len(out, count);
    let (mut due, mut id, mut position) = (0_i64, 0_u64, 0_u64);
    for message in messages {
        let name = message.name;
        put_i64(out, name.due.0 - due);
        put_distance(out, name.id, id);
        put_distance(out, message.position.0, position);
        put_u64(out, u64::from(message.index));
        (due, id, position) = (name.due.0, name.id, message.position.0);
    }
}

/// The messages that [`put_messages`] wrote, each given to `take`.
pub(super) fn read_messages(reader: &mut Reader<'_>, mut take: impl FnMut(Delayed)) -> Result<(), Error> {
    let (mut due, mut id, mut position) = (0_i64, 0_u64, 0_u64);
    let mut before = None;
    for _ in 0..reader.count()? {
        due = due.wrapping_add(reader.i64()?);
        id = id.wrapping_add_signed(reader.i64()?);
        position = position.wrapping_add_signed(reader.i64()?);
        let name = checked(reader, Timestamp(due), id)?;
        if before.replace(name).is_some_and(|before| before >= name) {
            return Err(reader.corrupt("has messages out of order"));
        }
        take(Delayed { name, position: Position(position), index: reader.u32()? });
    }
    Ok(())
}

#[allow(clippy::cast_possible_wrap)] // wrapping distance, undone by wrapping addition
fn put_distance(out: &mut Vec<u8>, value: u64, before: u64) {
    put_i64(out, value.wrapping_sub(before) as i64);
}
