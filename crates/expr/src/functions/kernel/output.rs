//! How kernels write columns: one pass, NULLs kept apart only once there are some.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, ListBuilder, StringViewBuilder};
use arrow_array::types::{Decimal128Type, TimestampMicrosecondType};
use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, NullBufferBuilder};
use arrow_schema::{DataType as Arrow, Field as ArrowField};

use super::input::{Bool, Instant};
use crate::error::Result;

/// What a function may say of a row: a value, perhaps NULL, perhaps an error.
pub(crate) trait Outcome<T> {
    /// The value, `None` for NULL.
    fn cell(self) -> Result<Option<T>>;
}

impl<T> Outcome<T> for T {
    #[inline]
    fn cell(self) -> Result<Option<T>> {
        Ok(Some(self))
    }
}

impl<T> Outcome<T> for Option<T> {
    #[inline]
    fn cell(self) -> Result<Option<T>> {
        Ok(self)
    }
}

impl<T> Outcome<T> for Result<T> {
    #[inline]
    fn cell(self) -> Result<Option<T>> {
        self.map(Some)
    }
}

impl<T> Outcome<T> for Result<Option<T>> {
    #[inline]
    fn cell(self) -> Result<Option<T>> {
        self
    }
}

/// A kind of column of fixed width that kernels write. Arrow's primitive types are outputs of themselves.
pub(crate) trait Output: 'static {
    /// One value.
    type Cell;
    /// The column of the cells of rows 0 to `rows`.
    fn collect(rows: usize, cell: impl FnMut(usize) -> Result<Option<Self::Cell>>) -> Result<ArrayRef>;
}

impl<P: ArrowPrimitiveType> Output for P {
    type Cell = P::Native;

    #[inline]
    fn collect(rows: usize, mut cell: impl FnMut(usize) -> Result<Option<P::Native>>) -> Result<ArrayRef> {
        let mut values = Vec::with_capacity(rows);
        let mut nulls = NullBufferBuilder::new(rows);
        for row in 0..rows {
            if let Some(value) = cell(row)? {
                values.push(value);
                nulls.append_non_null();
            } else {
                values.push(P::Native::default());
                nulls.append_null();
            }
        }
        Ok(Arc::new(PrimitiveArray::<P>::new(values.into(), nulls.finish())))
    }
}

impl Output for Bool {
    type Cell = bool;

    #[inline]
    fn collect(rows: usize, mut cell: impl FnMut(usize) -> Result<Option<bool>>) -> Result<ArrayRef> {
        let mut values = BooleanBufferBuilder::new(rows);
        let mut nulls = NullBufferBuilder::new(rows);
        for row in 0..rows {
            if let Some(value) = cell(row)? {
                values.append(value);
                nulls.append_non_null();
            } else {
                values.append(false);
                nulls.append_null();
            }
        }
        Ok(Arc::new(BooleanArray::new(values.finish(), nulls.finish())))
    }
}

/// TIMESTAMP or TIMESTAMP_LTZ with at most 6 fractional digits; `Nanos` with more.
pub(crate) struct Micros;

/// TIMESTAMP or TIMESTAMP_LTZ with 7 to 9 fractional digits.
pub(crate) struct Nanos;

impl Output for Micros {
    type Cell = Instant;

    #[inline]
    fn collect(rows: usize, mut cell: impl FnMut(usize) -> Result<Option<Instant>>) -> Result<ArrayRef> {
        TimestampMicrosecondType::collect(rows, |row| Ok(cell(row)?.map(|instant| instant.micros)))
    }
}

impl Output for Nanos {
    type Cell = Instant;

    #[inline]
    fn collect(rows: usize, mut cell: impl FnMut(usize) -> Result<Option<Instant>>) -> Result<ArrayRef> {
        let mut values = Vec::with_capacity(rows);
        let mut nulls = NullBufferBuilder::new(rows);
        for row in 0..rows {
            let instant = cell(row)?;
            nulls.append(instant.is_some());
            values.push(instant.map_or(0, Instant::as_nanos));
        }
        let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls.finish());
        Ok(Arc::new(array.with_precision_and_scale(38, 9)?))
    }
}

/// The column of strings that `cell` writes for rows 0 to `rows`.
pub(crate) fn collect_text(
    rows: usize,
    mut cell: impl FnMut(usize, &mut String) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let mut column = StringViewBuilder::with_capacity(rows);
    let mut text = String::new();
    for row in 0..rows {
        text.clear();
        match cell(row, &mut text)? {
            Some(()) => column.try_append_value(&text)?,
            None => column.append_null(),
        }
    }
    Ok(Arc::new(column.finish()))
}

/// The column of byte strings that `cell` writes for rows 0 to `rows`.
pub(crate) fn collect_bytes(
    rows: usize,
    mut cell: impl FnMut(usize, &mut Vec<u8>) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let mut column = BinaryViewBuilder::with_capacity(rows);
    let mut bytes = Vec::new();
    for row in 0..rows {
        bytes.clear();
        match cell(row, &mut bytes)? {
            Some(()) => column.try_append_value(&bytes)?,
            None => column.append_null(),
        }
    }
    Ok(Arc::new(column.finish()))
}

/// The column of strings that `cell` picks out of others for rows 0 to `rows`.
pub(crate) fn collect_slices<'a>(
    rows: usize,
    mut cell: impl FnMut(usize) -> Result<Option<&'a str>>,
) -> Result<ArrayRef> {
    let mut column = StringViewBuilder::with_capacity(rows);
    for row in 0..rows {
        match cell(row)? {
            Some(text) => column.try_append_value(text)?,
            None => column.append_null(),
        }
    }
    Ok(Arc::new(column.finish()))
}

/// The column of arrays of strings whose elements `cell` appends for rows 0 to `rows`.
pub(crate) fn collect_text_lists(
    rows: usize,
    mut cell: impl FnMut(usize, &mut StringViewBuilder) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let field = Arc::new(ArrowField::new("element", Arrow::Utf8View, true));
    let mut lists = ListBuilder::with_capacity(StringViewBuilder::new(), rows).with_field(field);
    for row in 0..rows {
        let valid = cell(row, lists.values())?.is_some();
        lists.append(valid);
    }
    Ok(Arc::new(lists.finish()))
}
