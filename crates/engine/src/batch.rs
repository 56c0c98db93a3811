//! What travels between operators: rows with the kind of change that each one is.

use arrow_array::RecordBatch;

/// What a row says about the result so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// `+I`: a new row.
    Insert,
    /// `-U`: the row that the next `+U` replaces.
    UpdateBefore,
    /// `+U`: a row in its new form.
    UpdateAfter,
    /// `-D`: a row that is gone.
    Delete,
}

/// Rows and their change kinds.
#[derive(Clone, Debug)]
pub struct ChangeBatch {
    /// The rows.
    pub rows: RecordBatch,
    /// One for each row; absent: all are inserts.
    pub kinds: Option<Vec<ChangeKind>>,
}

impl ChangeBatch {
    /// Rows that are all new.
    pub fn inserts(rows: RecordBatch) -> Self {
        Self { rows, kinds: None }
    }

    /// The kind of row `index`.
    pub fn kind(&self, index: usize) -> ChangeKind {
        self.kinds.as_ref().and_then(|k| k.get(index)).copied().unwrap_or(ChangeKind::Insert)
    }
}

impl ChangeKind {
    /// Flink's short form: `+I`, `-U`, `+U`, `-D`.
    pub fn short(self) -> &'static str {
        match self {
            Self::Insert => "+I",
            Self::UpdateBefore => "-U",
            Self::UpdateAfter => "+U",
            Self::Delete => "-D",
        }
    }
}

/// What travels on the edges between operators, in band.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Rows.
    Batch(ChangeBatch),
    /// Nothing follows.
    End,
}
