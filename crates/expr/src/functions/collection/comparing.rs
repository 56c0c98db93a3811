//! How Flink compares the elements of arrays where its comparisons are no order: NaN is neither greater than anything nor equal to
//! anything, and an array with a NULL in it equals none.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef};
use arrow_row::{Row, Rows};
use arrow_schema::{DataType as Arrow, SortOptions};

use super::elements::Keys;
use crate::error::Result;

/// Java sorts fewer elements than these by insertion, more of them by merging.
const INSERTED_MAX: usize = 32;

/// Elements that are compared for equality.
pub(super) struct Elements {
    rows: Rows,
    /// Which of them equal nothing; empty if there can be no such.
    alone: Vec<bool>,
}

impl Elements {
    /// The elements of `values`, by keys of their type.
    pub(super) fn new(keys: &Keys, values: &ArrayRef) -> Result<Self> {
        let alone = match can_stand_alone(values.data_type()) {
            true => (0..values.len()).map(|at| stands_alone(values, at)).collect(),
            false => Vec::new(),
        };
        Ok(Self { rows: keys.of(values)?, alone })
    }

    /// Whether the element equals what has this key.
    pub(super) fn equal(&self, at: usize, key: Row<'_>) -> bool {
        !self.is_alone(at) && self.rows.row(at) == key
    }

    /// Whether the element equals nothing.
    pub(super) fn is_alone(&self, at: usize) -> bool {
        self.alone.get(at) == Some(&true)
    }

    /// The key of an element.
    pub(super) fn key(&self, at: usize) -> Row<'_> {
        self.rows.row(at)
    }
}

fn can_stand_alone(data_type: &Arrow) -> bool {
    matches!(data_type, Arrow::Float32 | Arrow::Float64 | Arrow::List(_))
}

fn stands_alone(values: &ArrayRef, at: usize) -> bool {
    if values.is_null(at) {
        return false;
    }
    match values.data_type() {
        Arrow::Float32 => values.as_primitive_opt::<Float32Type>().is_some_and(|v| v.value(at).is_nan()),
        Arrow::Float64 => values.as_primitive_opt::<Float64Type>().is_some_and(|v| v.value(at).is_nan()),
        Arrow::List(_) => values.as_list_opt::<i32>().is_some_and(|lists| {
            let inner = lists.value(at);
            (0..inner.len()).any(|at| inner.is_null(at) || stands_alone(&inner, at))
        }),
        _ => false,
    }
}

/// Elements that are compared by `>`.
pub(super) enum Greater {
    /// Of an order.
    Ordered(Rows),
    /// FLOATs and DOUBLEs.
    Real(Vec<f64>),
}

impl Greater {
    pub(super) fn new(values: &ArrayRef) -> Result<Self> {
        if let Some(reals) = values.as_primitive_opt::<Float64Type>() {
            return Ok(Self::Real(reals.values().to_vec()));
        }
        if let Some(reals) = values.as_primitive_opt::<Float32Type>() {
            return Ok(Self::Real(reals.values().iter().map(|v| f64::from(*v)).collect()));
        }
        Ok(Self::Ordered(Keys::new(values.data_type(), SortOptions::default())?.of(values)?))
    }

    /// Whether one element is greater than another; neither is NULL.
    pub(super) fn test(&self, one: usize, other: usize) -> bool {
        match self {
            Self::Ordered(rows) => rows.row(one) > rows.row(other),
            Self::Real(values) => match (values.get(one), values.get(other)) {
                (Some(one), Some(other)) => one > other,
                _ => false,
            },
        }
    }

    /// Sorts places of elements that are not NULL.
    pub(super) fn sort(&self, places: &mut [usize], ascending: bool) {
        match self {
            Self::Real(values) if places.iter().any(|at| values.get(*at).is_some_and(|v| v.is_nan())) => {
                self.sort_by_insertion(places, values, ascending);
            }
            _ => places.sort_by(|a, b| {
                let order = if self.test(*a, *b) {
                    Ordering::Greater
                } else if self.test(*b, *a) {
                    Ordering::Less
                } else {
                    Ordering::Equal
                };
                if ascending { order } else { order.reverse() }
            }),
        }
    }

    /// With NaN there is no order, so that the steps of Java's sort decide. Those of long arrays are not followed: NaN is greatest
    /// there.
    fn sort_by_insertion(&self, places: &mut [usize], values: &[f64], ascending: bool) {
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        if places.len() >= INSERTED_MAX {
            places.sort_by(|a, b| {
                let order = value(*a).total_cmp(&value(*b));
                if ascending { order } else { order.reverse() }
            });
            return;
        }
        let less = |one: usize, other: usize| self.test(one, other) != ascending;
        let run = ascending_run(places, less);
        for end in run..places.len() {
            let Some(pivot) = places.get(end).copied() else { return };
            let head = places.get(..end).unwrap_or_default();
            let at = head.partition_point(|placed| !less(pivot, *placed));
            if let Some(moved) = places.get_mut(at..=end) {
                moved.rotate_right(1);
            }
        }
    }
}

/// How many of the first places are in order; those that descend are turned round.
fn ascending_run(places: &mut [usize], less: impl Fn(usize, usize) -> bool) -> usize {
    let descends = |pair: &[usize]| matches!(pair, [before, after] if less(*after, *before));
    let mut pairs = places.windows(2);
    let Some(first) = pairs.next() else { return places.len() };
    let descending = descends(first);
    let run = 2 + pairs.take_while(|pair| descends(pair) == descending).count();
    if descending && let Some(start) = places.get_mut(..run) {
        start.reverse();
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[f64], ascending: bool) -> Vec<f64> {
        let mut places: Vec<usize> = (0..values.len()).collect();
        Greater::Real(values.to_vec()).sort(&mut places, ascending);
        places.into_iter().map(|at| values[at]).collect()
    }

    #[test]
    fn nan_falls_where_the_steps_of_java_put_it() {
        let given = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN];
        assert_eq!(format!("{:?}", sorted(&given, true)), "[NaN, -inf, inf]");
        assert_eq!(format!("{:?}", sorted(&given, false)), "[inf, -inf, NaN]");
        assert_eq!(sorted(&[2.0, 3.0, 1.0], true), [1.0, 2.0, 3.0]);
        assert_eq!(sorted(&[2.0, 3.0, 1.0], false), [3.0, 2.0, 1.0]);
    }
}
