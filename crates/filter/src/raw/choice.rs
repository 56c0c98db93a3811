//! Which of several searches is worth its time, by what each has left of the blocks so far.

/// The searches that are tried, those expected to be best first.
const TRIED_MAX: usize = 3;

/// Blocks after which all of them are tried again.
const ROUND: u32 = 64;

/// Where more than this part of the bytes is left, searching costs more than it saves.
const WORTH_MAX: f32 = 0.75;

/// Chooses for each block one of several searches, or none for a while when each leaves almost everything.
#[derive(Debug)]
pub(super) struct Choice {
    /// For each search the part of the bytes that it left when it was last made.
    left: Vec<f32>,
    blocks: u32,
}

impl Choice {
    /// A choice among `searches`, of which only the first few are ever made.
    pub(super) fn among(searches: usize) -> Self {
        Self { left: vec![f32::MAX; searches.min(TRIED_MAX)], blocks: 0 }
    }

    /// The search to make on the next block.
    pub(super) fn next(&mut self) -> Option<usize> {
        let round = (self.blocks % ROUND) as usize;
        self.blocks = self.blocks.wrapping_add(1);
        if round < self.left.len() {
            return Some(round);
        }
        let best = self.left.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        best.filter(|(_, left)| **left <= WORTH_MAX).map(|(search, _)| search)
    }

    /// Takes note that a search left `left` of `total` bytes.
    pub(super) fn note(&mut self, search: usize, left: usize, total: usize) {
        if let Some(own) = self.left.get_mut(search) {
            #[allow(clippy::cast_precision_loss, reason = "a rough measure")]
            let part = left as f32 / total.max(1) as f32;
            *own = part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_almost_everything_rests_and_is_tried_again() {
        let mut choice = Choice::among(1);
        assert_eq!(choice.next(), Some(0));
        choice.note(0, 9, 10);
        let made = (1..2 * ROUND).filter(|_| choice.next().is_some()).count();
        assert_eq!(made, 1);
    }

    #[test]
    fn what_leaves_least_is_chosen() {
        let mut choice = Choice::among(5);
        for left in [50, 10, 20] {
            let search = choice.next().unwrap();
            choice.note(search, left, 100);
        }
        assert_eq!([choice.next(), choice.next()], [Some(1), Some(1)]);
    }

    #[test]
    fn without_searches_there_is_none_to_choose() {
        assert_eq!(Choice::among(0).next(), None);
    }
}
