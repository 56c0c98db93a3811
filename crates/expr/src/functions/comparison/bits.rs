//! Truths packed into bits, 64 rows at a time, in loops that compilers turn into vector code.

use arrow_buffer::{BooleanBuffer, Buffer};

/// The truths of `test` over `values`.
pub(super) fn test_each<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> BooleanBuffer {
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for chunk in values.chunks(64) {
        let mut truths = [0_u8; 64];
        for (truth, value) in truths.iter_mut().zip(chunk) {
            *truth = u8::from(test(*value));
        }
        words.push(pack(&truths));
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, values.len())
}

/// The truths of `test` over the pairs of `left` and `right`, which are equally long.
pub(super) fn test_pairs<T: Copy, U: Copy>(
    left: &[T],
    right: &[U],
    test: impl Fn(T, U) -> bool,
) -> BooleanBuffer {
    let rows = left.len().min(right.len());
    let mut words = Vec::with_capacity(rows.div_ceil(64));
    for (a, b) in left.chunks(64).zip(right.chunks(64)) {
        let mut truths = [0_u8; 64];
        for (truth, (x, y)) in truths.iter_mut().zip(a.iter().zip(b)) {
            *truth = u8::from(test(*x, *y));
        }
        words.push(pack(&truths));
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, rows)
}

/// 64 bytes of 0 or 1 as 64 bits. The multiplication gathers the lowest bit of each of 8 bytes in the highest byte.
fn pack(truths: &[u8; 64]) -> u64 {
    let mut word = 0;
    for (i, bytes) in truths.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= gathered << (8 * i);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_in_the_order_of_rows() {
        for rows in [0, 1, 63, 64, 65, 200] {
            let values: Vec<i32> = (0..rows).collect();
            let bits = test_each(&values, |v| v % 3 == 0);
            assert_eq!(bits.len(), values.len());
            for (row, value) in values.iter().enumerate() {
                assert_eq!(bits.value(row), value % 3 == 0);
            }
            let bits = test_pairs(&values, &values, |a, b| a + b > 100);
            for (row, value) in values.iter().enumerate() {
                assert_eq!(bits.value(row), value * 2 > 100);
            }
        }
    }
}
