//! The elements of columns of arrays: where they stand, how they compare, and new arrays out of old elements.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer};
use arrow_row::{Row, RowConverter, Rows, SortField};
use arrow_schema::{DataType as Arrow, Field as ArrowField, SortOptions};

use crate::error::{Error, Result};
use crate::eval::Column;

/// An argument that is an ARRAY, over the rows of a batch.
pub(super) struct Arrays<'a> {
    lists: &'a ListArray,
    /// All ones, or 0 for a constant.
    mask: usize,
}

impl<'a> Arrays<'a> {
    pub(super) fn of(column: &'a Column) -> Result<Self> {
        let lists = column.array().as_list_opt::<i32>();
        let lists = lists.ok_or_else(|| Error::internal("an ARRAY does not stand as a list"))?;
        Ok(Self { lists, mask: if column.is_constant() { 0 } else { usize::MAX } })
    }

    /// All elements of all rows.
    pub(super) fn values(&self) -> &'a ArrayRef {
        self.lists.values()
    }

    /// Where the elements of `row` stand among all.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        let row = row & self.mask;
        let at =
            |index: usize| self.lists.value_offsets().get(index).and_then(|at| usize::try_from(*at).ok());
        at(row).unwrap_or(0)..at(row + 1).unwrap_or(0)
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.lists.is_null(row & self.mask)
    }
}

/// Values as bytes that compare as the values do; NULLs are equal.
pub(super) struct Keys {
    converter: RowConverter,
}

impl Keys {
    /// Of values of this Arrow type, in this order.
    pub(super) fn new(of: &Arrow, order: SortOptions) -> Result<Self> {
        Ok(Self { converter: RowConverter::new(vec![SortField::new_with_options(of.clone(), order)])? })
    }

    pub(super) fn of(&self, values: &ArrayRef) -> Result<Rows> {
        Ok(self.converter.convert_columns(std::slice::from_ref(values))?)
    }
}

/// The key of a needle, over the rows of a batch.
pub(super) struct Needle {
    rows: Rows,
    mask: usize,
}

impl Needle {
    pub(super) fn of(keys: &Keys, column: &Column) -> Result<Self> {
        let mask = if column.is_constant() { 0 } else { usize::MAX };
        Ok(Self { rows: keys.of(column.array())?, mask })
    }

    pub(super) fn at(&self, row: usize) -> Row<'_> {
        self.rows.row(row & self.mask)
    }
}

/// How many keys are compared one by one before they are hashed.
const COMPARED_MAX: usize = 32;

/// A set of keys. Most arrays are short, and of a few keys comparing is faster than hashing.
#[derive(Default)]
pub(super) struct KeySet<'r> {
    few: Vec<Row<'r>>,
    many: HashSet<Row<'r>>,
}

impl<'r> KeySet<'r> {
    pub(super) fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    pub(super) fn contains(&self, key: &Row<'r>) -> bool {
        self.few.contains(key) || (!self.many.is_empty() && self.many.contains(key))
    }

    /// Adds a key; false if it was there.
    pub(super) fn insert(&mut self, key: Row<'r>) -> bool {
        if self.few.contains(&key) {
            return false;
        }
        if self.few.len() < COMPARED_MAX {
            self.few.push(key);
            return true;
        }
        self.many.insert(key)
    }
}

/// New arrays put together out of the elements of old ones.
pub(super) struct Picks {
    /// The column and the place in it of each element.
    places: Vec<(usize, usize)>,
    lengths: Vec<usize>,
    nulls: NullBufferBuilder,
    done: usize,
}

impl Picks {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            places: Vec::new(),
            lengths: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
            done: 0,
        }
    }

    /// Adds an element to the array at hand.
    pub(super) fn push(&mut self, column: usize, place: usize) {
        self.places.push((column, place));
    }

    /// Adds elements to the array at hand.
    pub(super) fn extend(&mut self, column: usize, places: impl IntoIterator<Item = usize>) {
        self.places.extend(places.into_iter().map(|place| (column, place)));
    }

    /// Ends the array at hand; without elements and NULL if not `valid`.
    pub(super) fn end(&mut self, valid: bool) {
        if !valid {
            self.places.truncate(self.done);
        }
        self.lengths.push(self.places.len() - self.done);
        self.done = self.places.len();
        self.nulls.append(valid);
    }

    /// The column of arrays, with elements out of `columns`.
    pub(super) fn finish(mut self, columns: &[&ArrayRef]) -> Result<ArrayRef> {
        let columns: Vec<&dyn Array> = columns.iter().map(|column| &***column as &dyn Array).collect();
        let values = match columns.as_slice() {
            [] => return Err(Error::internal("arrays of elements out of no column")),
            [only, ..] if self.places.is_empty() => only.slice(0, 0),
            columns => arrow_select::interleave::interleave(columns, &self.places)?,
        };
        let field = Arc::new(ArrowField::new("element", values.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        Ok(Arc::new(ListArray::try_new(field, offsets, values, self.nulls.finish())?))
    }
}
