//! Positions in a block, in order.

use super::CHUNK;

/// Ascending positions, added a chunk at a time at the back and taken away at the front.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    /// Room: those from `end` on mean nothing.
    items: Vec<u32>,
    end: usize,
}

impl Positions {
    /// The positions held.
    pub(crate) fn as_slice(&self) -> &[u32] {
        self.items.get(..self.end).unwrap_or(&[])
    }

    /// How many are held.
    pub(crate) fn len(&self) -> usize {
        self.end
    }

    /// Takes all away.
    pub(crate) fn clear(&mut self) {
        self.end = 0;
    }

    /// Takes away the first `count`.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.end);
        self.items.copy_within(count..self.end, 0);
        self.end -= count;
    }

    /// Adds one position.
    pub(crate) fn push(&mut self, position: u32) {
        self.reserve_chunk();
        if let Some(item) = self.items.get_mut(self.end) {
            *item = position;
            self.end += 1;
        }
    }

    fn reserve_chunk(&mut self) {
        if self.items.len() < self.end + CHUNK {
            self.items.resize((self.end + CHUNK).max(self.items.len() * 2).max(1024), 0);
        }
    }

    /// Adds `base` plus the index of each set bit.
    #[inline(always)]
    pub(super) fn push_bits(&mut self, base: u32, mut bits: u64) {
        self.reserve_chunk();
        let Some(room) = self.items.get_mut(self.end..).and_then(|room| room.first_chunk_mut::<CHUNK>())
        else {
            return;
        };
        let count = bits.count_ones() as usize;
        // Eight at a time whether there are as many or not: a wrong guess of the processor about the
        // number of bits costs more than the stores that mean nothing.
        let mut done = 0;
        while done < count {
            for item in room.iter_mut().skip(done).take(8) {
                *item = base.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            done += 8;
        }
        self.end += count;
    }
}
