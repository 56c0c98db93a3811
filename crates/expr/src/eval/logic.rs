//! Three-valued AND and OR, evaluated for the rows that still need it.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};
use arrow_schema::DataType as Arrow;

use super::column::Column;
use super::program::Region;
use super::run::Frame;
use crate::error::{Error, Result};

/// A column of truths as bits.
pub(super) struct Truth {
    /// TRUE where set and valid.
    values: BooleanBuffer,
    /// UNKNOWN where not set; `None` when nothing is.
    valid: Option<BooleanBuffer>,
}

impl Truth {
    /// The bits of a BOOLEAN column.
    pub fn of(column: &Column, rows: usize) -> Result<Self> {
        let constant = |value: Option<bool>| Self {
            values: filled(rows, value.unwrap_or(false)),
            valid: value.is_none().then(|| filled(rows, false)),
        };
        let array = column.array();
        if *array.data_type() == Arrow::Null {
            return Ok(constant(None));
        }
        let array = array
            .as_boolean_opt()
            .ok_or_else(|| Error::internal(format!("a condition is of type {}", array.data_type())))?;
        Ok(match column {
            Column::Constant(_) => constant(array.is_valid(0).then(|| array.value(0))),
            Column::Array(_) => Self {
                values: array.values().clone(),
                valid: array.nulls().filter(|n| n.null_count() > 0).map(|n| n.inner().clone()),
            },
        })
    }

    /// Where it is TRUE.
    pub fn trues(self) -> BooleanBuffer {
        match self.valid {
            None => self.values,
            Some(valid) => &self.values & &valid,
        }
    }

    /// Where it is `value`.
    fn are(&self, value: bool) -> BooleanBuffer {
        let values = if value { self.values.clone() } else { !&self.values };
        match &self.valid {
            None => values,
            Some(valid) => &values & valid,
        }
    }
}

pub(super) fn filled(rows: usize, value: bool) -> BooleanBuffer {
    if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) }
}

/// Puts bit `k` of `bits` at the place of the `k`-th set bit of `mask`; the rest is unset.
pub(super) fn scatter(bits: &BooleanBuffer, mask: &BooleanBuffer) -> BooleanBuffer {
    let mut builder = BooleanBufferBuilder::new(mask.len());
    builder.append_n(mask.len(), false);
    for (bit, place) in bits.iter().zip(mask.set_indices()) {
        if bit {
            builder.set_bit(place, true);
        }
    }
    builder.finish()
}

/// AND (`decisive` is FALSE) or OR (`decisive` is TRUE) of `parts`.
///
/// A row is decided by the first part that is `decisive`; later parts that can fail are not
/// evaluated for it, and costly ones are spared when few rows are left.
pub(super) fn connect(frame: &Frame<'_>, parts: &[Region], decisive: bool) -> Result<Column> {
    let rows = frame.rows();
    let mut decided = filled(rows, false);
    // Where all parts so far are known not to be decisive; `None` stands for "wherever not decided".
    let mut unanimous: Option<BooleanBuffer> = None;
    for part in parts {
        let left = rows - decided.count_set_bits();
        if left == 0 {
            break;
        }
        let (hits, misses) = if left == rows || (!part.fallible && !worth_selecting(part, left, rows)) {
            let truth = Truth::of(&frame.run(part)?, rows)?;
            let misses = truth.valid.is_some().then(|| truth.are(!decisive));
            (truth.are(decisive), misses)
        } else {
            let open = !&decided;
            let selected = frame.select(&open);
            let truth = Truth::of(&selected.run(part)?, left)?;
            let misses = truth.valid.is_some().then(|| scatter(&truth.are(!decisive), &open));
            (scatter(&truth.are(decisive), &open), misses)
        };
        unanimous = match (unanimous, misses) {
            (None, None) => None,
            (None, Some(misses)) => Some(&!&decided & &misses),
            (Some(before), None) => Some(&before & &!&hits),
            (Some(before), Some(misses)) => Some(&before & &misses),
        };
        decided = &decided | &hits;
    }
    let valid = unanimous.map(|unanimous| NullBuffer::new(&unanimous | &decided));
    let values = if decisive { decided } else { !&decided };
    let valid = valid.filter(|v| v.null_count() > 0);
    Ok(Column::Array(Arc::new(BooleanArray::new(values, valid))))
}

/// Whether filtering the columns first makes a part cheaper: a value is filtered in about the time
/// of two comparisons, and finding the rows takes a fraction of one for each row.
pub(super) fn worth_selecting(part: &Region, left: usize, rows: usize) -> bool {
    let (cost, columns) = (u64::from(part.cost), u64::from(part.columns));
    let (left, rows) = (left as u64, rows as u64);
    left * (cost + 2 * columns) + rows / 2 < rows * cost
}
