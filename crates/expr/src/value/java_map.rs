//! The order in which Java's `HashMap` gives its entries, which is that of the maps that Flink's formats and functions make.

/// The order of the entries with these hashes, put in one after the other: their places, first to last. `expected` is how many the map was
/// made for; 0 for a map of no certain size.
pub fn hash_order(hashes: &[i32], expected: usize) -> Vec<usize> {
    const CAPACITY: usize = 16;
    let wanted = match expected {
        0 => CAPACITY,
        1 | 2 => expected + 1,
        expected => (expected * 4).div_ceil(3),
    };
    let mut capacity = wanted.next_power_of_two();
    // It doubles when it is more than three quarters full; what shares a bucket keeps its order.
    while hashes.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    let mask = u32::try_from(capacity - 1).unwrap_or(u32::MAX);
    let bucket = |place: &usize| {
        let hash = hashes.get(*place).map_or(0, |hash| hash.cast_unsigned());
        (hash ^ hash >> 16) & mask
    };
    let mut places: Vec<usize> = (0..hashes.len()).collect();
    places.sort_by_key(bucket);
    places
}

/// The hash of a Java string.
pub fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// The hash of one of Flink's strings: MurmurHash3 of its UTF-8, with the seed 42 and what follows the last whole word byte by byte.
pub fn flink_hash(text: &[u8]) -> i32 {
    const SEED: u32 = 42;
    let mixed = |hash: u32, word: u32| {
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    };
    let (words, rest) = text.as_chunks::<4>();
    let hash = words.iter().fold(SEED, |hash, word| mixed(hash, u32::from_le_bytes(*word)));
    let hash =
        rest.iter().fold(hash, |hash, byte| mixed(hash, i32::from(byte.cast_signed()).cast_unsigned()));
    let mut hash = hash ^ u32::try_from(text.len()).unwrap_or(u32::MAX);
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    (hash ^ hash >> 16).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_by_their_buckets() {
        let order = |keys: &[&'static str]| {
            let hashes: Vec<i32> = keys.iter().map(|key| flink_hash(key.as_bytes())).collect();
            hash_order(&hashes, 0).into_iter().map(|place| keys[place]).collect::<Vec<_>>()
        };
        assert_eq!(order(&["a", "z"]), ["z", "a"]);
        assert_eq!(order(&["a", "b"]), ["a", "b"]);
        assert_eq!(order(&["k", "v"]), ["v", "k"]);
        assert!(order(&[]).is_empty());
    }

    #[test]
    fn strings_hash_as_in_java() {
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(java_hash(""), 0);
    }
}
