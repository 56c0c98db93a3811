//! The keys that are wanted, as a tree, to be found by length and bytes.

use std::ops::Range;

/// Lengths that have a place of their own in [`Node::by_length`].
const LENGTHS: usize = 64;

/// The wanted keys of an object.
#[derive(Debug)]
pub(super) struct Node {
    /// By length, then in the order wanted.
    keys: Vec<Key>,
    /// Where in `keys` those of a length start; the last place is for all from [`LENGTHS`] on.
    by_length: [u16; LENGTHS + 2],
    /// Whether one of the names has a backslash in it, which never stands alone in a key.
    pub(super) backslashes: bool,
    /// The slots of this object's fields and of all below.
    pub(super) slots: Vec<usize>,
}

/// A wanted key.
#[derive(Debug)]
pub(super) struct Key {
    name: Box<[u8]>,
    /// The first eight bytes, zeros behind a shorter name.
    head: u64,
    /// The last eight bytes of a name longer than eight.
    tail: u64,
    /// Where the whole value goes.
    pub(super) slot: Option<usize>,
    /// What is wanted of the inside of the value.
    pub(super) child: Option<Box<Node>>,
}

impl Node {
    /// The keys for `paths`, of which path `i` fills slot `i`. No path is empty, and none comes twice.
    pub(super) fn new(paths: &[Vec<&str>]) -> Self {
        let wanted: Vec<(usize, &[&str])> = paths.iter().map(Vec::as_slice).enumerate().collect();
        Self::of(&wanted)
    }

    fn of(wanted: &[(usize, &[&str])]) -> Self {
        let mut names: Vec<&str> = wanted.iter().filter_map(|(_, path)| path.first().copied()).collect();
        names.sort_by_key(|name| name.len());
        let mut keys: Vec<Key> = Vec::new();
        for name in names {
            if keys.iter().any(|key| key.name.as_ref() == name.as_bytes()) {
                continue;
            }
            let mut slot = None;
            let mut below: Vec<(usize, &[&str])> = Vec::new();
            for (at, path) in wanted {
                match path.split_first() {
                    Some((first, [])) if *first == name => slot = Some(*at),
                    Some((first, rest)) if *first == name => below.push((*at, rest)),
                    _ => {}
                }
            }
            keys.push(Key::new(name, slot, (!below.is_empty()).then(|| Box::new(Self::of(&below)))));
        }
        let mut by_length = [0; LENGTHS + 2];
        for (length, start) in by_length.iter_mut().enumerate() {
            let start_at = keys.iter().take_while(|key| key.name.len().min(LENGTHS) < length).count();
            *start = u16::try_from(start_at).unwrap_or(u16::MAX);
        }
        let backslashes = keys.iter().any(|key| key.name.contains(&b'\\'));
        Self { keys, by_length, backslashes, slots: wanted.iter().map(|(slot, _)| *slot).collect() }
    }

    /// The wanted key that stands in `bytes` at `name`.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], name: Range<usize>) -> Option<&Key> {
        let length = name.end - name.start;
        let place = length.min(LENGTHS);
        let start = self.by_length.get(place).copied().map_or(0, usize::from);
        let end = self.by_length.get(place + 1).copied().map_or(0, usize::from);
        let candidates = self.keys.get(start..end)?;
        if candidates.is_empty() {
            return None;
        }
        let head = head(bytes, name.start, length);
        candidates.iter().find(|key| {
            key.head == head
                && key.name.len() == length
                && (length <= 8 || key.tail == word(bytes, name.end - 8))
                && (length <= 16 || bytes.get(name.clone()) == Some(&key.name))
        })
    }

    /// The wanted key of this name.
    pub(super) fn find_name(&self, name: &[u8]) -> Option<&Key> {
        self.find(name, 0..name.len())
    }
}

impl Key {
    fn new(name: &str, slot: Option<usize>, child: Option<Box<Node>>) -> Self {
        let name: Box<[u8]> = name.as_bytes().into();
        let length = name.len();
        Self {
            head: head(&name, 0, length),
            tail: if length > 8 { word(&name, length - 8) } else { 0 },
            name,
            slot,
            child,
        }
    }
}

/// The eight bytes at `at`.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |word| u64::from_le_bytes(*word))
}

/// The first eight of the `length` bytes at `at`, zeros in the place of those that are not there.
#[inline]
fn head(bytes: &[u8], at: usize, length: usize) -> u64 {
    let mask = if length >= 8 { u64::MAX } else { (1 << (length * 8)) - 1 };
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(word) => u64::from_le_bytes(*word) & mask,
        None => {
            let rest = bytes.get(at..at + length).unwrap_or(&[]);
            rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exactly_the_wanted_names_are_found(
            names in proptest::collection::hash_set("[ab]{0,3}|[ab]{7,9}|[ab]{15,18}|a{60,70}b?", 0..12),
            other in "[ab]{0,3}|[ab]{7,9}|[ab]{15,18}|a{60,70}b?", before in "[ab]{0,3}", behind in "[ab]{0,9}",
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let paths: Vec<Vec<&str>> = names.iter().map(|name| vec![name.as_str()]).collect();
            let node = Node::new(&paths);
            for name in names.iter().chain([&other]) {
                let text = format!("{before}{name}{behind}");
                let range = before.len()..before.len() + name.len();
                let found = node.find(text.as_bytes(), range).and_then(|key| key.slot);
                prop_assert_eq!(found, names.iter().position(|n| n == name));
            }
        }
    }

    #[test]
    fn paths_share_their_beginnings() {
        let node = Node::new(&[vec!["a", "b"], vec!["c"], vec!["a"], vec!["a", "d", "e"]]);
        let a = node.find_name(b"a").unwrap();
        assert_eq!(a.slot, Some(2));
        let below = a.child.as_ref().unwrap();
        assert_eq!(below.slots, [0, 3]);
        assert_eq!(below.find_name(b"b").unwrap().slot, Some(0));
        assert_eq!(
            below.find_name(b"d").unwrap().child.as_ref().unwrap().find_name(b"e").unwrap().slot,
            Some(3)
        );
        assert!(node.find_name(b"b").is_none());
    }
}
