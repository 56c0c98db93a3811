//! Newtypes of the log: where, when, which.

use std::fmt;

/// A byte offset in the whole log: where a record begins. Positions only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z. The log has no clock: the caller gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// The number of a message in its queue: 0, 1, 2, … without gaps (compacted topics have gaps, never changes).
pub type Offset = u64;

/// A topic. Never used again after the topic was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(pub u32);

/// The number of a queue in its topic, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u32);

impl QueueId {
    /// No queue in particular: held messages that go to whichever queue their sender's rules choose later.
    pub const ANY: Self = Self(u32::MAX);
}

/// A consumer group. Never used again after the group was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

const _: () = assert!(usize::BITS >= 64, "positions in memory are 64-bit");

/// A length from the disk as one in memory.
#[allow(clippy::cast_possible_truncation)] // usize has 64 bits, see above.
pub(crate) const fn size(length: u64) -> usize {
    length as usize
}
