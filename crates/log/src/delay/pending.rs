//! Delayed messages by due time, 24 bytes each: a sorted list cut into leaves.

use std::collections::VecDeque;

use crate::{Error, Position, Timestamp};

/// Messages of a leaf before it is split.
const LEAF_MAX: usize = 512;

/// By how many places a leaf grows: few stay empty.
const LEAF_STEP: usize = 32;

/// The latest due time: 48 bits of milliseconds, in the year 10889.
pub const DUE_MAX: Timestamp = Timestamp((1 << 48) - 1);

/// What names a delayed message: when it is due, then which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueId {
    /// When the message is due, 0 to [`DUE_MAX`].
    pub due: Timestamp,
    /// Its number among all delayed messages, below 2^48.
    pub id: u64,
}

/// A delayed message and where it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delayed {
    /// Its name.
    pub name: DueId,
    /// The commit that holds it.
    pub position: Position,
    /// Its place among the held messages of that commit.
    pub index: u32,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// None of them empty; each one's messages are before the next one's.
    leaves: VecDeque<Vec<Packed>>,
    len: usize,
}

/// Due time (48 bits), number (48 bits), index (32 bits); then the position. Orders by due time, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Packed {
    due_and_id: u64,
    id_and_index: u64,
    position: u64,
}

impl Packed {
    #[allow(clippy::cast_sign_loss)] // due times are not negative, see `DueId::new`
    fn new(message: Delayed) -> Self {
        let DueId { due, id } = message.name;
        Self {
            due_and_id: (due.0 as u64) << 16 | id >> 32,
            id_and_index: id << 32 | u64::from(message.index),
            position: message.position.0,
        }
    }

    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)] // 48 bits; the low half is the index
    fn message(self) -> Delayed {
        let due = Timestamp((self.due_and_id >> 16) as i64);
        let id = (self.due_and_id & 0xffff) << 32 | self.id_and_index >> 32;
        let index = self.id_and_index as u32;
        Delayed { name: DueId { due, id }, position: Position(self.position), index }
    }

    /// What orders and names.
    fn key(self) -> (u64, u64) {
        (self.due_and_id, self.id_and_index >> 32)
    }
}

impl DueId {
    /// The name of message number `id`; a time before 1970 counts as 1970.
    ///
    /// # Errors
    /// `InvalidInput` when the time is after [`DUE_MAX`].
    pub(super) fn new(due: Timestamp, id: u64) -> Result<Self, Error> {
        if due > DUE_MAX {
            let text = format!(
                "a delayed message is due at {} ms, which is after the year 10000; give a time before it",
                due.0
            );
            return Err(Error::invalid(text));
        }
        Ok(Self { due: due.max(Timestamp(0)), id })
    }

    fn key(self) -> (u64, u64) {
        Packed::new(Delayed { name: self, position: Position(0), index: 0 }).key()
    }
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a message of a new name.
    pub(super) fn insert(&mut self, message: Delayed) {
        let packed = Packed::new(message);
        self.len += 1;
        let at = self.leaf(packed.key());
        let Some(leaf) = self.leaves.get_mut(at) else {
            self.leaves.push_back(vec![packed]);
            return;
        };
        let place = leaf.partition_point(|other| other.key() < packed.key());
        if leaf.len() < LEAF_MAX {
            if leaf.len() == leaf.capacity() {
                leaf.reserve_exact(LEAF_STEP);
            }
            leaf.insert(place, packed);
        } else if place == LEAF_MAX {
            // Times that only grow fill their leaves.
            self.leaves.insert(at + 1, vec![packed]);
        } else {
            let mut upper = leaf.split_off(LEAF_MAX / 2);
            leaf.shrink_to(LEAF_MAX / 2 + LEAF_STEP);
            if place <= LEAF_MAX / 2 {
                leaf.insert(place, packed);
            } else {
                upper.reserve_exact(LEAF_STEP);
                upper.insert(place - LEAF_MAX / 2, packed);
            }
            self.leaves.insert(at + 1, upper);
        }
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, name: DueId) -> Option<Delayed> {
        let at = self.leaf(name.key());
        let leaf = self.leaves.get_mut(at)?;
        let place = leaf.binary_search_by_key(&name.key(), |other| other.key()).ok()?;
        let packed = leaf.remove(place);
        self.len -= 1;
        self.tidy(at);
        Some(packed.message())
    }

    /// Puts a message that stands somewhere else now in its old place. False when there is none.
    pub(super) fn moved(&mut self, message: Delayed) -> Option<Delayed> {
        let at = self.leaf(message.name.key());
        let leaf = self.leaves.get_mut(at)?;
        let place = leaf.binary_search_by_key(&message.name.key(), |other| other.key()).ok()?;
        let old = std::mem::replace(leaf.get_mut(place)?, Packed::new(message));
        Some(old.message())
    }

    pub(super) fn get(&self, name: DueId) -> Option<Delayed> {
        let leaf = self.leaves.get(self.leaf(name.key()))?;
        let place = leaf.binary_search_by_key(&name.key(), |other| other.key()).ok()?;
        leaf.get(place).map(|packed| packed.message())
    }

    /// Takes out the first `count` messages, each of which `seen` gets.
    pub(super) fn take_first(&mut self, count: usize, mut seen: impl FnMut(Delayed)) {
        let mut left = count.min(self.len);
        self.len -= left;
        while left > 0 {
            let Some(leaf) = self.leaves.front_mut() else { return };
            let here = left.min(leaf.len());
            leaf.drain(..here).for_each(|packed| seen(packed.message()));
            left -= here;
            self.tidy(0);
        }
    }

    /// All messages, the first due first.
    pub(super) fn iter(&self) -> impl Iterator<Item = Delayed> {
        self.leaves.iter().flatten().map(|packed| packed.message())
    }

    /// The leaf in which a key stands or belongs; 0 when there is none.
    fn leaf(&self, key: (u64, u64)) -> usize {
        let after = self.leaves.partition_point(|leaf| leaf.first().is_some_and(|first| first.key() <= key));
        after.saturating_sub(1)
    }

    /// Drops a leaf that is empty, joins one that is small with its neighbour, and gives room back.
    fn tidy(&mut self, at: usize) {
        let size = |at: usize| self.leaves.get(at).map_or(usize::MAX, Vec::len);
        let (here, next) = (size(at), size(at + 1));
        if here == 0 {
            self.leaves.remove(at);
            return;
        }
        if here < LEAF_MAX / 8
            && next < LEAF_MAX / 2
            && let Some(upper) = self.leaves.remove(at + 1)
            && let Some(leaf) = self.leaves.get_mut(at)
        {
            leaf.reserve_exact(upper.len());
            leaf.extend(upper);
        } else if let Some(leaf) = self.leaves.get_mut(at)
            && leaf.capacity() > leaf.len() + 4 * LEAF_STEP
        {
            leaf.shrink_to(leaf.len() + LEAF_STEP);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert { due: i64, position: u64, index: u32 },
        Remove(prop::sample::Index),
        Take(usize),
        Move(prop::sample::Index, u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => (prop_oneof![0..50_i64, Just(DUE_MAX.0), 0..DUE_MAX.0], any::<u64>(), any::<u32>())
                .prop_map(|(due, position, index)| Step::Insert { due, position, index }),
            3 => any::<prop::sample::Index>().prop_map(Step::Remove),
            1 => (0..9_usize).prop_map(Step::Take),
            1 => (any::<prop::sample::Index>(), any::<u64>()).prop_map(|(at, position)| Step::Move(at, position)),
        ]
    }

    fn check(steps: &[Step], first_id: u64) {
        let mut pending = Pending::default();
        let mut model = BTreeMap::new();
        let mut id = first_id;
        for step in steps {
            match step {
                Step::Insert { due, position, index } => {
                    let name = DueId::new(Timestamp(*due), id).unwrap();
                    id += 1;
                    let message = Delayed { name, position: Position(*position), index: *index };
                    pending.insert(message);
                    model.insert(name, message);
                }
                Step::Remove(at) if !model.is_empty() => {
                    let name = *model.keys().nth(at.index(model.len())).unwrap();
                    assert_eq!(pending.get(name), model.get(&name).copied());
                    assert_eq!(pending.remove(name), model.remove(&name));
                    assert_eq!(pending.remove(name), None);
                }
                Step::Move(at, position) if !model.is_empty() => {
                    let name = *model.keys().nth(at.index(model.len())).unwrap();
                    let message = Delayed { name, position: Position(*position), index: 5 };
                    assert_eq!(pending.moved(message), model.insert(name, message));
                }
                Step::Take(count) => {
                    let mut taken = Vec::new();
                    pending.take_first(*count, |message| taken.push(message));
                    let expected: Vec<_> = std::iter::from_fn(|| model.pop_first()).take(*count).collect();
                    assert_eq!(taken, expected.into_iter().map(|(_, message)| message).collect::<Vec<_>>());
                }
                Step::Remove(_) | Step::Move(..) => {}
            }
            assert_eq!(pending.len(), model.len());
        }
        assert!(pending.leaves.iter().all(|leaf| !leaf.is_empty() && leaf.len() <= LEAF_MAX));
        assert!(pending.iter().eq(model.into_values()));
    }

    proptest! {
        #[test]
        fn it_is_a_sorted_map(steps in prop::collection::vec(step(), 0..100), far: bool) {
            check(&steps, if far { (1 << 48) - 200 } else { 0 });
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn it_is_a_sorted_map_of_many_leaves(steps in prop::collection::vec(step(), 3000..4000)) {
            check(&steps, (1 << 32) - 1000);
        }
    }

    #[test]
    fn times_out_of_range() {
        assert_eq!(DueId::new(Timestamp(-5), 1).unwrap().due, Timestamp(0));
        let error = DueId::new(Timestamp(1 << 48), 1).unwrap_err();
        assert!(error.to_string().contains("after the year 10000"));
    }
}
