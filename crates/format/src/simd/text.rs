//! Text that is written: how much of it needs no escape.

use super::{CHUNK, Lanes, chunk_at};

/// See [`Level::json_plain_prefix`](super::Level::json_plain_prefix).
#[inline(always)]
pub(super) fn json_plain_prefix<L: Lanes>(lanes: L, text: &[u8]) -> usize {
    let mut pad = [0; CHUNK];
    let mut at = 0;
    while at < text.len() {
        let (chunk, real) = chunk_at(text, at, &mut pad);
        let vector = lanes.load(chunk);
        let special =
            (lanes.below(vector, 0x20) | lanes.equal(vector, b'"') | lanes.equal(vector, b'\\')) & real;
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += CHUNK;
    }
    text.len()
}
