//! Bytes that several readers hold at once.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// A range of a buffer that is shared, and lives as long as its last holder.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    buffer: Arc<Vec<u8>>,
    start: usize,
    end: usize,
}

impl Shared {
    /// The whole of `buffer`.
    pub(crate) fn whole(buffer: Arc<Vec<u8>>) -> Self {
        let end = buffer.len();
        Self { buffer, start: 0, end }
    }

    /// A part of these bytes; `None` if it does not lie in them.
    pub(crate) fn part(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.end - self.start {
            return None;
        }
        let start = self.start + range.start;
        Some(Self { buffer: Arc::clone(&self.buffer), start, end: start + range.len() })
    }
}

impl Deref for Shared {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Shared {
    fn from(bytes: Vec<u8>) -> Self {
        Self::whole(Arc::new(bytes))
    }
}
