//! Which rows of a batch an accumulator takes, and walking over them.

use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};

/// The rows to take: those kept by FILTER and DISTINCT whose arguments are not NULL.
pub(super) struct Taken<'a> {
    groups: &'a [u32],
    /// `None` for all.
    rows: Option<BooleanBuffer>,
}

impl<'a> Taken<'a> {
    /// The rows where `keep` is TRUE and none of the arguments is NULL.
    pub(super) fn without_nulls(
        groups: &'a [u32],
        keep: Option<&BooleanArray>,
        arguments: &[ArrayRef],
    ) -> Self {
        let nulls = arguments.iter().fold(None, |nulls, argument| {
            NullBuffer::union(nulls.as_ref(), argument.logical_nulls().as_ref())
        });
        let rows = match (kept(keep), nulls) {
            (Some(keep), Some(nulls)) => Some(&keep & nulls.inner()),
            (Some(keep), None) => Some(keep),
            (None, Some(nulls)) => Some(nulls.into_inner()),
            (None, None) => None,
        };
        Self { groups, rows }
    }

    /// Calls `take` with each row and its group.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(usize, usize)) {
        match &self.rows {
            None => {
                for (row, group) in self.groups.iter().enumerate() {
                    take(row, *group as usize);
                }
            }
            Some(rows) => {
                for row in rows.set_indices() {
                    if let Some(group) = self.groups.get(row) {
                        take(row, *group as usize);
                    }
                }
            }
        }
    }

    /// Whether every row is taken.
    pub(super) fn is_all(&self) -> bool {
        self.rows.is_none()
    }

    /// How many rows are taken.
    pub(super) fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.groups.len(), BooleanBuffer::count_set_bits)
    }
}

/// The rows where `keep` is TRUE.
fn kept(keep: Option<&BooleanArray>) -> Option<BooleanBuffer> {
    keep.map(|keep| match keep.nulls() {
        Some(nulls) => keep.values() & nulls.inner(),
        None => keep.values().clone(),
    })
}
