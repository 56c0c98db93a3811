//! Lanes of eight bytes in a word: for processors without a better kind, and the reference for those with one.

use super::{CHUNK, Lanes};

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW_SEVEN: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH: u64 = 0x8080_8080_8080_8080;

#[derive(Clone, Copy)]
pub(super) struct Portable;

/// The high bits of the eight bytes, as eight bits in the order of the bytes.
fn gather(high_bits: u64) -> u64 {
    ((high_bits & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The high bit of each byte of the answer says whether that byte is zero.
fn zero_bytes(word: u64) -> u64 {
    !(((word & LOW_SEVEN) + LOW_SEVEN) | word | LOW_SEVEN)
}

/// One bit for each byte, from a word of high bits for each eight bytes.
fn each(words: [u64; 8], high_bits: impl Fn(u64) -> u64) -> u64 {
    words.iter().rev().fold(0, |bits, word| (bits << 8) | gather(high_bits(*word)))
}

impl Lanes for Portable {
    type Vector = [u64; 8];

    fn load(self, chunk: &[u8; CHUNK]) -> Self::Vector {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(chunk.chunks_exact(8)) {
            *word = bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        }
        words
    }

    fn equal(self, vector: Self::Vector, byte: u8) -> u64 {
        let pattern = ONES * u64::from(byte);
        each(vector, |word| zero_bytes(word ^ pattern))
    }

    fn below(self, vector: Self::Vector, bound: u8) -> u64 {
        // Compare seven bits without borrowing across bytes, then let the high bits decide where they differ.
        let bounds = ONES * u64::from(bound);
        each(vector, |word| {
            let low_at_least = ((word & LOW_SEVEN) | HIGH) - (bounds & LOW_SEVEN);
            (!word & bounds) | (!(word ^ bounds) & !low_at_least)
        })
    }

    fn non_ascii(self, vector: Self::Vector) -> u64 {
        each(vector, |word| word)
    }

    fn json_operators(self, vector: Self::Vector) -> u64 {
        // `[` and `{`, `]` and `}` differ in bit 5 only; so do `,` and form feed, `:` and substitute.
        let folded = vector.map(|word| word | (ONES * 0x20));
        [b'{', b'}', b':', b','].iter().fold(0, |bits, byte| bits | self.equal(folded, *byte))
    }

    fn prefix_xor(self, bits: u64) -> u64 {
        [1, 2, 4, 8, 16, 32].iter().fold(bits, |bits, shift| bits ^ (bits << shift))
    }
}
