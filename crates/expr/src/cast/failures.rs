//! Which rows did not convert, and why the first of them did not.

use std::sync::Arc;

use arrow_array::builder::PrimitiveBuilder;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};

/// A converted column. Where a row failed, NULL stands or an arbitrary value.
pub(super) struct Converted {
    pub array: ArrayRef,
    pub failures: Failures,
}

/// The rows that did not convert.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// Ascending, each once.
    pub rows: Vec<usize>,
    /// What was wrong with the first.
    pub first: Option<String>,
}

impl Failures {
    /// Notes that `row` failed; `message` is only made for the first.
    pub fn push(&mut self, row: usize, message: impl FnOnce() -> String) {
        if self.rows.last() != Some(&row) {
            self.rows.push(row);
        }
        if self.first.is_none() {
            self.first = Some(message());
        }
    }

    /// Adds the failures of another part of the same rows.
    pub fn merge(&mut self, other: Self) {
        if other.rows.is_empty() {
            return;
        }
        self.rows.extend(other.rows);
        self.rows.sort_unstable();
        self.rows.dedup();
        self.first = self.first.take().or(other.first);
    }
}

impl From<ArrayRef> for Converted {
    fn from(array: ArrayRef) -> Self {
        Self { array, failures: Failures::default() }
    }
}

/// A column of the results of `convert` for the rows of `input` that are not NULL; an error is a failed row.
pub(super) fn convert_each<T: ArrowPrimitiveType>(
    input: &dyn Array,
    convert: impl Fn(usize) -> Result<T::Native, String>,
) -> (PrimitiveArray<T>, Failures) {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(input.len());
    let mut failures = Failures::default();
    for row in 0..input.len() {
        if input.is_null(row) {
            builder.append_null();
            continue;
        }
        match convert(row) {
            Ok(value) => builder.append_value(value),
            Err(message) => {
                builder.append_null();
                failures.push(row, || message);
            }
        }
    }
    (builder.finish(), failures)
}

/// A converted column of fixed width, which stands as `physical`.
pub(super) fn converted<T: ArrowPrimitiveType>(
    (array, failures): (PrimitiveArray<T>, Failures),
    physical: &arrow_schema::DataType,
) -> Converted {
    Converted { array: Arc::new(array.with_data_type(physical.clone())), failures }
}
