//! Rows that are kept let go of the bytes that they do not use.
//!
//! A string column refers to the bytes it was decoded from: one short string can keep a whole block of
//! input alive. What an operator keeps is copied out when it uses less than half of what it holds.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ByteViewType;
use arrow_array::{Array, ArrayRef, GenericByteViewArray, ListArray, RecordBatch, StructArray};
use arrow_schema::DataType;

use crate::error::Result;

/// `batch` without bytes that it does not use.
pub(crate) fn compact_batch(batch: RecordBatch) -> Result<RecordBatch> {
    let (schema, columns, rows) = batch.into_parts();
    let columns = columns.into_iter().map(compact).collect::<Result<Vec<_>>>()?;
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
}

/// `array` without bytes that it does not use.
pub(crate) fn compact(array: ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View => {
            compact_views(array.as_string_view()).map_or(array, |a| Arc::new(a) as ArrayRef)
        }
        DataType::BinaryView => {
            compact_views(array.as_binary_view()).map_or(array, |a| Arc::new(a) as ArrayRef)
        }
        DataType::Struct(_) => {
            let rows = array.len();
            let (fields, columns, nulls) = array.as_struct().clone().into_parts();
            let columns = columns.into_iter().map(compact).collect::<Result<Vec<_>>>()?;
            Arc::new(StructArray::try_new_with_length(fields, columns, nulls, rows)?)
        }
        DataType::List(_) => {
            let (field, offsets, values, nulls) = array.as_list::<i32>().clone().into_parts();
            Arc::new(ListArray::try_new(field, offsets, compact(values)?, nulls)?)
        }
        _ => array,
    })
}

fn compact_views<T: ByteViewType>(array: &GenericByteViewArray<T>) -> Option<GenericByteViewArray<T>> {
    let held: usize = array.data_buffers().iter().map(|b| b.capacity()).sum();
    (held > 0 && array.total_buffer_bytes_used() < held / 2).then(|| array.gc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::StringViewArray;

    #[test]
    fn a_kept_string_lets_go_of_its_neighbours() {
        let long = |n: usize| format!("a string that does not fit into its view, number {n}");
        let all = StringViewArray::from_iter_values((0..10_000).map(long));
        let one: ArrayRef = Arc::new(all.slice(7, 1));
        assert!(one.get_array_memory_size() > 100_000);
        let kept = compact(one).unwrap();
        assert!(kept.get_array_memory_size() < 10_000);
        assert_eq!(kept.as_string_view().value(0), long(7));
        let nested = StructArray::from(vec![(
            Arc::new(arrow_schema::Field::new("s", DataType::Utf8View, true)),
            Arc::new(all.slice(9, 1)) as ArrayRef,
        )]);
        let kept = compact(Arc::new(nested)).unwrap();
        assert!(kept.get_array_memory_size() < 10_000);
    }
}
