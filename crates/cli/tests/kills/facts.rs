//! What a process that will be killed says of what it does: a line for each fact, printed once the fact is durable.

use serde_json::{Value, json};

/// A message: topic, queue and offset. Each topic is received by one group, which has the topic's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub topic: u64,
    pub queue: u64,
    pub offset: u64,
}

/// What a consumer asks for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Ack,
    /// To be visible at another time.
    Until(i64),
    /// To go to the dead-letter topic.
    Bury,
}

/// A delivery of a message, as its handle names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub place: Place,
    pub attempt: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Message `n` stands there.
    Produced { place: Place, n: u64, lane: u64 },
    /// Message `n` will stand in topic 0 at a time.
    Later { n: u64, due: i64 },
    /// A group goes on there: what it is done with, and what it has looked at. Said when the folder was opened.
    Opened { topic: u64, queue: u64, floor: u64, next: u64 },
    /// Deliveries of one call have the same `call`. It was made at the time `now`, and had its answer at `after`.
    Delivered { delivery: Delivery, lane: u64, now: i64, after: i64, until: i64, call: u64, handle: String },
    /// Said before the log is asked: it may be killed meanwhile.
    Asks { delivery: Delivery, wish: Wish, now: i64 },
    /// What the log answered, and the time then.
    Answer { delivery: Delivery, granted: bool, now: i64 },
    /// Message `n` stands there in the end.
    Stands { place: Place, n: u64, stored: i64 },
    /// A message died, and message `n` stands in the dead-letter topic.
    Buried { place: Place, n: u64, attempts: u64 },
    /// What the process itself found to be wrong.
    Wrong(String),
}

impl Fact {
    pub fn line(&self) -> String {
        let of = |place: &Place| json!([place.topic, place.queue, place.offset]);
        let value = match self {
            Self::Produced { place, n, lane } => json!(["produced", of(place), n, lane]),
            Self::Later { n, due } => json!(["later", n, due]),
            Self::Opened { topic, queue, floor, next } => json!(["opened", topic, queue, floor, next]),
            Self::Delivered { delivery, lane, now, after, until, call, handle } => {
                json!([
                    "delivered",
                    of(&delivery.place),
                    delivery.attempt,
                    lane,
                    now,
                    after,
                    until,
                    call,
                    handle
                ])
            }
            Self::Asks { delivery, wish, now } => {
                let (name, until) = match wish {
                    Wish::Ack => ("ack", 0),
                    Wish::Until(until) => ("until", *until),
                    Wish::Bury => ("bury", 0),
                };
                json!(["asks", of(&delivery.place), delivery.attempt, name, until, now])
            }
            Self::Answer { delivery, granted, now } => {
                json!(["answer", of(&delivery.place), delivery.attempt, granted, now])
            }
            Self::Stands { place, n, stored } => json!(["stands", of(place), n, stored]),
            Self::Buried { place, n, attempts } => json!(["buried", of(place), n, attempts]),
            Self::Wrong(what) => json!(["wrong", what]),
        };
        format!("{value}\n")
    }

    /// What a line says; `None` for one that is cut, or of somebody else.
    pub fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let number = |at: usize| value.get(at).and_then(Value::as_u64);
        let time = |at: usize| value.get(at).and_then(Value::as_i64);
        let place = || {
            let part = |at: usize| value.get(1)?.get(at)?.as_u64();
            Some(Place { topic: part(0)?, queue: part(1)?, offset: part(2)? })
        };
        let delivery = || Some(Delivery { place: place()?, attempt: number(2)? });
        Some(match value.get(0)?.as_str()? {
            "produced" => Self::Produced { place: place()?, n: number(2)?, lane: number(3)? },
            "later" => Self::Later { n: number(1)?, due: time(2)? },
            "opened" => {
                Self::Opened { topic: number(1)?, queue: number(2)?, floor: number(3)?, next: number(4)? }
            }
            "delivered" => Self::Delivered {
                delivery: delivery()?,
                lane: number(3)?,
                now: time(4)?,
                after: time(5)?,
                until: time(6)?,
                call: number(7)?,
                handle: value.get(8)?.as_str()?.to_owned(),
            },
            "asks" => {
                let wish = match value.get(3)?.as_str()? {
                    "ack" => Wish::Ack,
                    "until" => Wish::Until(time(4)?),
                    _ => Wish::Bury,
                };
                Self::Asks { delivery: delivery()?, wish, now: time(5)? }
            }
            "answer" => {
                Self::Answer { delivery: delivery()?, granted: value.get(3)?.as_bool()?, now: time(4)? }
            }
            "stands" => Self::Stands { place: place()?, n: number(2)?, stored: time(3)? },
            "buried" => Self::Buried { place: place()?, n: number(2)?, attempts: number(3)? },
            "wrong" => Self::Wrong(value.get(1)?.as_str()?.to_owned()),
            _ => return None,
        })
    }
}
