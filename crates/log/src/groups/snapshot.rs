//! All leases as bytes, at the start of a segment.

use super::fifo::{Fifo, Turn};
use super::free::Free;
use super::{Delivery, Leases, Queue, QueueKey, State};
use crate::state::codec::{Reader, put_fixed, put_i64, put_len, put_u64};
use crate::{Error, Timestamp};

/// The layout of a snapshot.
const VERSION: u8 = 1;

const FREE: u8 = 0;
const FIFO: u8 = 1;

impl Leases {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        put_len(out, self.queues.len());
        for (key, queue) in &self.queues {
            key.encode(out);
            put_u64(out, u64::from(queue.epoch));
            match &queue.state {
                State::Free(free) => {
                    out.push(FREE);
                    put_u64(out, free.next);
                    put_len(out, free.open.len());
                    let mut before = Before::default();
                    for (offset, delivery) in &free.open {
                        before.write(out, *offset, *delivery);
                    }
                }
                State::Fifo(fifo) => {
                    out.push(FIFO);
                    put_u64(out, fifo.next);
                    put_len(out, fifo.open.len());
                    let mut before = Before::default();
                    for (offset, turn) in &fifo.open {
                        before.write(out, *offset, turn.delivery);
                        put_fixed(out, turn.lane);
                        if turn.delivery.attempts > 0 {
                            put_fixed(out, turn.attempt_id);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, "snapshot of leases");
        if reader.u8()? != VERSION {
            return Err(reader.corrupt("is of a version that this program does not know"));
        }
        let mut leases = Self::default();
        for _ in 0..reader.count()? {
            let key = QueueKey::decode(&mut reader)?;
            let epoch = reader.u32()?;
            let fifo = match reader.u8()? {
                FREE => false,
                FIFO => true,
                _ => return Err(reader.corrupt("has a queue of an unknown sort")),
            };
            let next = reader.u64()?;
            let count = reader.count()?;
            let state = if fifo {
                State::Fifo(read_fifo(&mut reader, next, count)?)
            } else {
                State::Free(read_free(&mut reader, next, count)?)
            };
            let queue = Queue { epoch, state };
            leases.open += queue.open();
            if let Some(time) = queue.dies_at() {
                leases.dying.insert((time, key));
            }
            leases.queues.insert(key, queue);
        }
        reader.end()?;
        Ok(leases)
    }
}

fn read_free(reader: &mut Reader<'_>, next: u64, count: usize) -> Result<Free, Error> {
    let mut free = Free::new(next);
    let mut before = Before::default();
    for _ in 0..count {
        let (offset, delivery) = before.read(reader)?;
        free.open.insert(offset, delivery);
        free.list(offset, delivery.until, delivery.last);
    }
    Ok(free)
}

fn read_fifo(reader: &mut Reader<'_>, next: u64, count: usize) -> Result<Fifo, Error> {
    let mut fifo = Fifo::new(next);
    let mut before = Before::default();
    for _ in 0..count {
        let (offset, delivery) = before.read(reader)?;
        let lane = reader.fixed()?;
        let attempt_id = if delivery.attempts > 0 { reader.fixed()? } else { 0 };
        fifo.add(offset, Turn { delivery, lane, attempt_id });
    }
    let lanes: Vec<u64> = fifo.lanes.keys().copied().collect();
    for lane in lanes {
        fifo.place(lane);
    }
    Ok(fifo)
}

/// The delivery before: the next one is written as the distance from it.
#[derive(Default)]
struct Before {
    offset: u64,
    until: i64,
}

impl Before {
    fn write(&mut self, out: &mut Vec<u8>, offset: u64, delivery: Delivery) {
        put_u64(out, offset - self.offset);
        put_u64(out, u64::from(delivery.attempts) << 1 | u64::from(delivery.last));
        self.offset = offset;
        if delivery.attempts > 0 {
            put_i64(out, delivery.until.0.wrapping_sub(self.until));
            self.until = delivery.until.0;
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(u64, Delivery), Error> {
        self.offset = reader.after(self.offset)?;
        let bits = reader.u64()?;
        let attempts = u16::try_from(bits >> 1).map_err(|_| reader.corrupt("has too many attempts"))?;
        if attempts == 0 {
            return Ok((self.offset, Delivery::PARKED));
        }
        self.until = self.until.wrapping_add(reader.i64()?);
        Ok((self.offset, Delivery { until: Timestamp(self.until), attempts, last: bits & 1 == 1 }))
    }
}
