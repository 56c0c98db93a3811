//! Decoded messages of a table with a PRIMARY KEY as changes: without those that change nothing that is read.

use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Int8Array, RecordBatch};
use arrow_ord::cmp::not_distinct;
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use millstream_engine::{ChangeBatch, ChangeKind, Error, ErrorKind, Result};

/// Kinds as numbers, in a column behind those that are read.
const KINDS: [ChangeKind; 4] =
    [ChangeKind::Insert, ChangeKind::UpdateBefore, ChangeKind::UpdateAfter, ChangeKind::Delete];

/// The column for the kinds of messages.
pub(super) fn kind_column(kinds: &[ChangeKind]) -> Int8Array {
    let number = |kind: &ChangeKind| KINDS.iter().position(|known| known == kind);
    kinds.iter().map(|kind| i8::try_from(number(kind).unwrap_or_default()).unwrap_or_default()).collect()
}

/// Makes changes of rows that have their kinds in a last column.
#[derive(Default)]
pub(super) struct Changes {
    /// A row in its old form, whose new form comes with the next rows.
    open: Option<RecordBatch>,
}

impl Changes {
    /// The changes of rows; none if they change nothing.
    pub fn of(&mut self, rows: RecordBatch) -> Result<Option<ChangeBatch>> {
        let mut rows = match self.open.take() {
            Some(open) => concat_batches(&rows.schema(), [&open, &rows])?,
            None => rows,
        };
        let mut kinds = kinds_of(&rows)?;
        if let Some((ChangeKind::UpdateBefore, _)) = kinds.split_last() {
            let before = rows.num_rows() - 1;
            self.open = Some(rows.slice(before, 1));
            rows = rows.slice(0, before);
            kinds.pop();
        }
        self.changed(rows, kinds)
    }

    /// What is left where no rows follow: an old form without a new one.
    pub fn rest(&mut self) -> Result<Option<ChangeBatch>> {
        let Some(open) = self.open.take() else { return Ok(None) };
        let kinds = kinds_of(&open)?;
        self.changed(open, kinds)
    }

    fn changed(&self, rows: RecordBatch, mut kinds: Vec<ChangeKind>) -> Result<Option<ChangeBatch>> {
        let width = rows.num_columns() - 1;
        let rows = rows.project(&(0..width).collect::<Vec<_>>())?;
        let same = unchanged(rows.columns(), &kinds)?;
        if same.is_empty() {
            return Ok((!kinds.is_empty()).then_some(ChangeBatch { rows, kinds: Some(kinds) }));
        }
        let mut keep = vec![true; kinds.len()];
        for before in same {
            keep.iter_mut().skip(before).take(2).for_each(|keep| *keep = false);
        }
        let mut kept = keep.iter();
        kinds.retain(|_| kept.next().copied().unwrap_or(true));
        let rows = filter_record_batch(&rows, &BooleanArray::from(keep))?;
        Ok((!kinds.is_empty()).then_some(ChangeBatch { rows, kinds: Some(kinds) }))
    }
}

fn kinds_of(rows: &RecordBatch) -> Result<Vec<ChangeKind>> {
    let column = rows.columns().last().and_then(|column| column.as_primitive_opt::<Int8Type>());
    let column = column.ok_or_else(|| Error::new(ErrorKind::Internal, "changes without their kinds"))?;
    let kind = |number: &i8| usize::try_from(*number).ok().and_then(|number| KINDS.get(number)).copied();
    Ok(column.values().iter().map(|number| kind(number).unwrap_or(ChangeKind::Insert)).collect())
}

/// Where an old form stands in front of a new one that is equal to it.
fn unchanged(columns: &[ArrayRef], kinds: &[ChangeKind]) -> Result<Vec<usize>> {
    let updates = kinds.windows(2).enumerate();
    let mut same: Vec<usize> = updates
        .filter(|(_, pair)| **pair == [ChangeKind::UpdateBefore, ChangeKind::UpdateAfter])
        .map(|(before, _)| before)
        .collect();
    for column in columns {
        if same.is_empty() {
            break;
        }
        if column.data_type().is_nested() {
            same.retain(|before| *column.slice(*before, 1) == *column.slice(before + 1, 1));
            continue;
        }
        let pairs = column.len().saturating_sub(1);
        let equal = not_distinct(&column.slice(0, pairs), &column.slice(1, pairs))?;
        same.retain(|before| equal.value(*before));
    }
    Ok(same)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int32Array, RecordBatch, StringViewArray};

    use super::*;

    fn rows(rows: &[(ChangeKind, i32, Option<&str>)]) -> RecordBatch {
        let kinds: Vec<_> = rows.iter().map(|row| row.0).collect();
        let numbers: Int32Array = rows.iter().map(|row| row.1).collect();
        let texts: StringViewArray = rows.iter().map(|row| row.2).collect();
        let columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("n", Arc::new(numbers), true),
            ("s", Arc::new(texts), true),
            ("kind", Arc::new(kind_column(&kinds)), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    #[test]
    fn equal_forms_are_no_change_wherever_a_batch_ends() {
        use ChangeKind::{Delete, Insert, UpdateAfter, UpdateBefore};
        let all = [
            (Insert, 1, Some("a")),
            (UpdateBefore, 1, Some("a")),
            (UpdateAfter, 1, Some("a")),
            (UpdateBefore, 2, None),
            (UpdateAfter, 2, Some("b")),
            (UpdateBefore, 2, None),
            (UpdateAfter, 2, None),
            (Delete, 3, None),
        ];
        for cut in 1..all.len() {
            let mut changes = Changes::default();
            let mut given = Vec::new();
            for part in [&all[..cut], &all[cut..]] {
                let Some(batch) = changes.of(rows(part)).unwrap() else { continue };
                let numbers = batch.rows.column(0).as_primitive::<arrow_array::types::Int32Type>();
                given.extend((0..batch.rows.num_rows()).map(|row| (batch.kind(row), numbers.value(row))));
            }
            assert_eq!(
                given,
                [(Insert, 1), (UpdateBefore, 2), (UpdateAfter, 2), (Delete, 3)],
                "cut at {cut}"
            );
        }
    }
}
