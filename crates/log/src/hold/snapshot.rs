//! All transactions as bytes, at the start of a segment.

use super::{ENDED_MAX, Hold, Outcome, PREPARED_MAX, Prepared, TransactionId};
use crate::state::codec::{Reader, put_len, put_time, put_u64};
use crate::{Error, Position, TopicId};

/// The layout of a snapshot.
const VERSION: u8 = 1;

impl Hold {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        put_u64(out, self.next_id);
        put_len(out, self.prepared.len());
        let mut before = 0;
        for prepared in self.prepared.values() {
            put_u64(out, prepared.id.0 - before);
            put_u64(out, u64::from(prepared.topic.0));
            put_u64(out, prepared.position.0);
            put_u64(out, u64::from(prepared.first));
            put_u64(out, u64::from(prepared.count));
            put_time(out, prepared.check_at);
            put_u64(out, u64::from(prepared.checks));
            before = prepared.id.0;
        }
        put_len(out, self.ended.len());
        let mut before = 0;
        for (id, outcome) in &self.ended {
            put_u64(out, id.0 - before);
            out.push(match outcome {
                Outcome::Committed => 0,
                Outcome::RolledBack => 1,
                Outcome::Expired => 2,
            });
            before = id.0;
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "snapshot of transactions");
        if reader.u8()? != VERSION {
            return Err(reader.corrupt("is of a version that this program does not know"));
        }
        let mut hold = Self { next_id: reader.u64()?, ..Self::default() };
        let count = reader.count()?;
        if count > PREPARED_MAX {
            return Err(reader.corrupt("has more transactions than there can be"));
        }
        let mut before = 0;
        for _ in 0..count {
            before = reader.after(before)?;
            hold.add(Prepared {
                id: TransactionId(before),
                topic: TopicId(reader.u32()?),
                position: Position(reader.u64()?),
                first: reader.u32()?,
                count: reader.u32()?,
                check_at: reader.time()?,
                checks: reader.u16()?,
            });
        }
        let count = reader.count()?;
        if count > ENDED_MAX {
            return Err(reader.corrupt("has more ended transactions than are remembered"));
        }
        let mut before = 0;
        for _ in 0..count {
            before = reader.after(before)?;
            let outcome = match reader.u8()? {
                0 => Outcome::Committed,
                1 => Outcome::RolledBack,
                2 => Outcome::Expired,
                _ => return Err(reader.corrupt("has an unknown outcome")),
            };
            hold.ended.insert(TransactionId(before), outcome);
        }
        reader.end()?;
        Ok(hold)
    }
}
