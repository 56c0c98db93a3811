//! Ranges of keys.

use std::ops::{Bound, RangeBounds};

/// The keys that begin with `prefix`.
pub(super) fn of_prefix(prefix: &[u8]) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let mut end = prefix.to_vec();
    while end.last() == Some(&u8::MAX) {
        end.pop();
    }
    let end = match end.last_mut() {
        Some(last) => {
            *last += 1;
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    };
    (Bound::Included(prefix.to_vec()), end)
}

/// The bounds of a range by themselves.
pub(super) fn of_range(range: &impl RangeBounds<Vec<u8>>) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    (range.start_bound().cloned(), range.end_bound().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_one_begins() {
        assert_eq!(of_prefix(b"ab").1, Bound::Excluded(b"ac".to_vec()));
        assert_eq!(of_prefix(b"a\xff\xff").1, Bound::Excluded(b"b".to_vec()));
        assert_eq!(of_prefix(b"\xff").1, Bound::Unbounded);
        assert_eq!(of_prefix(b"").1, Bound::Unbounded);
    }
}
