//! Columns of results, constant or not.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray, UInt32Array, new_null_array};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::DataType as Arrow;

use crate::error::{Error, Result};

/// A column of results: one value for each row, or one value that stands for all.
#[derive(Clone, Debug)]
pub enum Column {
    /// A value for each row.
    Array(ArrayRef),
    /// An array of length 1 whose value stands for every row.
    Constant(ArrayRef),
}

impl Column {
    /// NULL for every row, of the physical type `data_type`.
    pub fn null(data_type: &Arrow) -> Self {
        Self::Constant(new_null_array(data_type, 1))
    }

    /// The same truth for every row.
    pub fn boolean(value: bool) -> Self {
        Self::Constant(Arc::new(BooleanArray::from(vec![value])))
    }

    /// The array, of length 1 for a constant.
    pub fn array(&self) -> &ArrayRef {
        match self {
            Self::Array(array) | Self::Constant(array) => array,
        }
    }

    /// Whether one value stands for every row.
    pub fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// Whether it is NULL for every row by being a constant.
    pub fn is_constant_null(&self) -> bool {
        matches!(self, Self::Constant(array) if array.is_null(0) || *array.data_type() == Arrow::Null)
    }

    /// Whether NULL stands at `row`.
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Array(array) => array.is_null(row) || *array.data_type() == Arrow::Null,
            Self::Constant(_) => self.is_constant_null(),
        }
    }

    /// A value for each of `rows` rows: a constant is repeated.
    ///
    /// # Errors
    /// Internal, when the array has another number of rows.
    pub fn into_array(self, rows: usize) -> Result<ArrayRef> {
        match self {
            Self::Array(array) if array.len() == rows => Ok(array),
            Self::Array(array) => {
                Err(Error::internal(format!("a column of {} rows stands for {rows}", array.len())))
            }
            Self::Constant(array) => repeat(&array, rows),
        }
    }
}

/// An array of `rows` rows that hold the one value of `array`.
pub(crate) fn repeat(array: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    if rows == 1 {
        return Ok(Arc::clone(array));
    }
    if array.is_null(0) || *array.data_type() == Arrow::Null {
        return Ok(new_null_array(array.data_type(), rows));
    }
    Ok(arrow_select::take::take(array, &UInt32Array::from(vec![0; rows]), None)?)
}

/// The rows in which every one of `columns` holds a value: what remains when NULL gives NULL.
/// `None` when that is every row. Constants must not be NULL.
pub(crate) fn valid_in_all(columns: &[&Column]) -> Option<NullBuffer> {
    columns.iter().fold(None, |valid, column| match column {
        Column::Array(array) => NullBuffer::union(valid.as_ref(), array.logical_nulls().as_ref()),
        Column::Constant(_) => valid,
    })
}

/// A column of numbers, dates, times or intervals, read by row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Primitives<'a, T: ArrowPrimitiveType> {
    array: &'a PrimitiveArray<T>,
    constant: bool,
}

impl<'a, T: ArrowPrimitiveType> Primitives<'a, T> {
    /// Reads `column`.
    ///
    /// # Errors
    /// Internal, when the column is of another physical type.
    pub fn new(column: &'a Column) -> Result<Self> {
        let array = column.array().as_primitive_opt().ok_or_else(|| misfit(column))?;
        Ok(Self { array, constant: column.is_constant() })
    }

    /// The value at `row`; `None` is NULL.
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let row = if self.constant { 0 } else { row };
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    /// What stands at `row`, where NULL is an arbitrary value.
    pub fn value(&self, row: usize) -> T::Native {
        self.array.value(if self.constant { 0 } else { row })
    }

    /// The one value that stands for every row, NULL as `Some(None)`; `None` for a column of values.
    pub fn constant(&self) -> Option<Option<T::Native>> {
        self.constant.then(|| self.get(0))
    }

    /// The values; where NULL stands they are arbitrary. One for a constant.
    pub fn values(&self) -> &'a [T::Native] {
        self.array.values()
    }
}

fn misfit(column: &Column) -> Error {
    Error::internal(format!("a kernel got a column of {}", column.array().data_type()))
}

/// A column of numbers from a closure that gives each row's, `None` for NULL.
///
/// # Errors
/// The first error of the closure.
pub(crate) fn primitives_from<T: ArrowPrimitiveType>(
    rows: usize,
    mut value: impl FnMut(usize) -> Result<Option<T::Native>>,
) -> Result<PrimitiveArray<T>>
where
    T::Native: ArrowNativeType,
{
    let mut builder = arrow_array::builder::PrimitiveBuilder::<T>::with_capacity(rows);
    for row in 0..rows {
        builder.append_option(value(row)?);
    }
    Ok(builder.finish())
}
