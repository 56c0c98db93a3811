//! Keys and unique ids → messages, for the newest segment.

use crate::Position;

/// A message with a key or unique id of this hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyEntry {
    pub hash: u64,
    /// Where its record begins, from the segment's base, in units of eight bytes.
    pub at: u32,
    /// The section of the record.
    pub section: u32,
    /// The message in the section.
    pub index: u32,
}

impl KeyEntry {
    /// Where its record begins, in the segment at `base`.
    pub(crate) fn position(self, base: Position) -> Position {
        Position(base.0 + u64::from(self.at) * 8)
    }
}

/// How many entries are looked through one by one before they are sorted.
const UNSORTED_MAX: usize = 32_768;

/// Entries in sorted runs, so that taking one up costs little and finding one looks at few.
#[derive(Default)]
pub(crate) struct KeyRuns {
    runs: Vec<Vec<KeyEntry>>,
    unsorted: Vec<KeyEntry>,
}

impl KeyRuns {
    pub(crate) fn push(&mut self, entry: KeyEntry) {
        self.unsorted.push(entry);
        if self.unsorted.len() < UNSORTED_MAX {
            return;
        }
        let mut run = std::mem::take(&mut self.unsorted);
        run.sort_unstable();
        // Runs of like size are merged, so that there are logarithmically many.
        while self.runs.last().is_some_and(|last| last.len() <= run.len()) {
            run.extend(self.runs.pop().unwrap_or_default());
            run.sort_unstable();
        }
        self.runs.push(run);
    }

    /// All entries of the hash, in no order.
    pub(crate) fn find(&self, hash: u64) -> Vec<KeyEntry> {
        let mut found: Vec<KeyEntry> =
            self.unsorted.iter().filter(|entry| entry.hash == hash).copied().collect();
        for run in &self.runs {
            let start = run.partition_point(|entry| entry.hash < hash);
            let same = run.get(start..).unwrap_or_default().iter().take_while(|entry| entry.hash == hash);
            found.extend(same);
        }
        found
    }

    /// All entries, sorted; none are left.
    pub(crate) fn take(&mut self) -> Vec<KeyEntry> {
        let mut entries = std::mem::take(&mut self.unsorted);
        entries.extend(std::mem::take(&mut self.runs).into_iter().flatten());
        entries.sort_unstable();
        entries
    }
}
