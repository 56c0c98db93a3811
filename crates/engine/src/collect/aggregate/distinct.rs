//! DISTINCT inside of an aggregate call: which rows bring something new to their group.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow_row::RowConverter;
use arrow_schema::DataType;

use super::keys::{BytesKeys, converter};
use super::table::Hasher;
use crate::error::{Error, ErrorKind, Result};

/// The combinations of group and arguments that have been seen.
pub(super) struct Distinct {
    converter: RowConverter,
    seen: BytesKeys,
}

impl Distinct {
    /// For arguments of these physical types.
    pub fn new(arguments: &[DataType], seed: u64) -> Result<Self> {
        let mut types = vec![DataType::UInt32];
        types.extend_from_slice(arguments);
        Ok(Self { converter: converter(&types)?, seen: BytesKeys::new(Hasher::new(seed)) })
    }

    /// For which rows, of those where `keep` is TRUE, the combination is seen for the first time.
    pub fn first_seen(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        keep: Option<&BooleanArray>,
    ) -> Result<BooleanArray> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from(groups.to_vec()))];
        columns.extend_from_slice(arguments);
        let rows = self.converter.convert_columns(&columns)?;
        let mut first_seen = Vec::with_capacity(groups.len());
        for (index, row) in rows.iter().enumerate() {
            let is_kept = keep.is_none_or(|keep| keep.is_valid(index) && keep.value(index));
            let before = self.seen.len();
            if is_kept {
                self.seen.number(row.as_ref())?;
            }
            first_seen.push(self.seen.len() > before);
        }
        Ok(first_seen.into())
    }

    /// All that has been seen, in order of first appearance, some rows at a time: groups, and arguments.
    pub fn each_seen(
        &self,
        batch_rows: usize,
        mut take: impl FnMut(&[u32], &[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        let parser = self.converter.parser();
        let all: Vec<usize> = (0..self.seen.len()).collect();
        for numbers in all.chunks(batch_rows.max(1)) {
            let rows = numbers.iter().map(|&number| parser.parse(self.seen.get(number)));
            let columns = self.converter.convert_rows(rows)?;
            let Some((groups, arguments)) = columns.split_first() else {
                return Err(Error::new(ErrorKind::Internal, "DISTINCT without a group"));
            };
            take(groups.as_primitive::<UInt32Type>().values(), arguments)?;
        }
        Ok(())
    }

    /// About how many bytes it takes.
    pub fn memory(&self) -> usize {
        self.seen.memory() + self.converter.size()
    }
}
