//! A hash table from keys to numbers in order of first appearance. Keys live with the caller.

/// Slots are kept at most this full, in eighths.
const FULL_EIGHTHS: usize = 6;

/// Open addressing with linear probing. A slot holds the upper half of the hash above the number plus one; 0 is free.
#[derive(Debug)]
pub(super) struct NumberTable {
    slots: Vec<u64>,
    used: usize,
}

impl NumberTable {
    pub fn new() -> Self {
        Self { slots: vec![0; 64], used: 0 }
    }

    /// The number of the key with `hash` for which `is_equal` holds; where there is none, `number`, which it has
    /// from now on.
    pub fn find_or_insert(&mut self, hash: u64, number: u32, mut is_equal: impl FnMut(u32) -> bool) -> u32 {
        if (self.used + 1) * 8 > self.slots.len() * FULL_EIGHTHS {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let tag = hash & TAG;
        let mut at = place(hash, mask);
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == 0 {
                *slot = tag | (u64::from(number) + 1);
                self.used += 1;
                return number;
            }
            if *slot & TAG == tag {
                let found = low_half(*slot).wrapping_sub(1);
                if is_equal(found) {
                    return found;
                }
            }
            at = (at + 1) & mask;
        }
        number
    }

    /// Doubles the slots. The lower half of a hash is not kept, so places come from the upper half alone.
    fn grow(&mut self) {
        let doubled = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![0; doubled]);
        let mask = doubled - 1;
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            let mut at = place(slot, mask);
            while let Some(free) = self.slots.get_mut(at) {
                if *free == 0 {
                    *free = slot;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
    }

    pub fn memory(&self) -> usize {
        self.slots.len() * size_of::<u64>()
    }
}

const TAG: u64 = 0xffff_ffff_0000_0000;

#[allow(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn low_half(slot: u64) -> u32 {
    slot as u32
}

/// Where probing starts. Numbers have 32 bits, so the 32 of the upper half are enough.
#[allow(clippy::cast_possible_truncation, reason = "32 bits fit")]
fn place(hash: u64, mask: usize) -> usize {
    (hash >> 32) as usize & mask
}

/// Hashes with a seed, so that nobody can choose keys that all fall into one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hasher {
    seed: u64,
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher {
    pub fn new(seed: u64) -> Self {
        Self { seed: fold(seed ^ MULTIPLIER, 0xbf58_476d_1ce4_e5b9) }
    }

    pub fn number(self, key: u64) -> u64 {
        fold(key ^ self.seed, MULTIPLIER)
    }

    pub fn bytes(self, key: &[u8]) -> u64 {
        let mut hash = self.seed ^ (key.len() as u64).wrapping_mul(MULTIPLIER);
        let mut chunks = key.chunks_exact(8);
        for chunk in &mut chunks {
            hash = fold(hash ^ word(chunk), MULTIPLIER);
        }
        fold(hash ^ word(chunks.remainder()), MULTIPLIER ^ self.seed)
    }
}

/// Up to eight bytes as a number.
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_le_bytes(word)
}

/// The 128-bit product, both halves mixed.
#[allow(clippy::cast_possible_truncation, reason = "both halves are taken")]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_appearance() {
        let mut table = NumberTable::new();
        let hasher = Hasher::new(7);
        let mut keys: Vec<u64> = Vec::new();
        let mut number_of = |key: u64| {
            let next = u32::try_from(keys.len()).unwrap();
            let number = table.find_or_insert(hasher.number(key), next, |n| keys[n as usize] == key);
            if number == next {
                keys.push(key);
            }
            number
        };
        for round in 0..2 {
            for key in 0..10_000u64 {
                assert_eq!(u64::from(number_of(key * 1_000_003)), key, "round {round}");
            }
        }
        assert_eq!(number_of(1), 10_000);
    }

    #[test]
    fn equal_hashes_are_told_apart_by_the_keys() {
        let mut table = NumberTable::new();
        let keys = ["a", "b", "c"];
        for (number, key) in (0..).zip(keys) {
            assert_eq!(table.find_or_insert(42, number, |n| keys[n as usize] == key), number);
        }
        assert_eq!(table.find_or_insert(42, 9, |n| keys[n as usize] == "b"), 1);
    }

    #[test]
    fn hashes_of_bytes_see_every_byte_and_the_length() {
        let hasher = Hasher::new(1);
        let mut seen = std::collections::HashSet::new();
        for length in 0..40usize {
            let zeros = vec![0u8; length];
            assert!(seen.insert(hasher.bytes(&zeros)));
            for at in 0..length {
                let mut one = zeros.clone();
                one[at] = 1;
                assert!(seen.insert(hasher.bytes(&one)));
            }
        }
    }
}
