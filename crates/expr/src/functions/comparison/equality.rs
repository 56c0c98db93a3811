//! IS DISTINCT FROM, and equality of nested values.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_buffer::BooleanBuffer;
use arrow_schema::DataType as Arrow;

use super::compare::{self, Operator};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::registry::mismatch;
use crate::functions::vector::{arity, like};
use crate::functions::{Arguments, Kernel, Overload};
use crate::types::{DataType, Kind, distinctness_operands};
use crate::value::MapColumn;

/// IS DISTINCT FROM, or IS NOT DISTINCT FROM where `distinct` is false.
pub(super) fn overload(arguments: &Arguments<'_>, name: &'static str, distinct: bool) -> Result<Overload> {
    let [a, b] = arguments.types else { return Err(mismatch(arguments, name)) };
    let Some((left, right)) = distinctness_operands(a, b) else { return Err(mismatch(arguments, name)) };
    Ok(Overload {
        arguments: vec![left, right],
        returns: DataType::not_null(Kind::Boolean),
        fallible: false,
        kernel: Box::new(move |known| {
            let equal = compare::kernel(Operator::Eq, known)?;
            let kernel: Kernel = Box::new(move |context, arguments, rows| {
                let [left, right] = arguments else { return Err(arity(2, arguments)) };
                let constant = left.is_constant() && right.is_constant();
                let rows = if constant { 1 } else { rows };
                let (a, b) = (missing(left, rows), missing(right, rows));
                // Where a side is NULL its value is arbitrary: equal only counts where neither is.
                let equal = equal(context, arguments, rows)?.into_array(rows)?;
                let equal = equal.as_boolean_opt().ok_or_else(|| Error::internal("= gave no BOOLEAN"))?;
                let same = match equal.nulls() {
                    None => equal.values().clone(),
                    Some(valid) => equal.values() & valid.inner(),
                };
                let same = &same | &(&a & &b);
                let hits = if distinct { !&same } else { same };
                Ok(like(constant, Arc::new(BooleanArray::new(hits, None))))
            });
            Ok(kernel)
        }),
    })
}

fn missing(column: &Column, rows: usize) -> BooleanBuffer {
    let filled = |value| if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) };
    match column {
        Column::Constant(_) => filled(column.is_constant_null()),
        Column::Array(array) if *array.data_type() == Arrow::Null => filled(true),
        Column::Array(array) => array.nulls().map_or_else(|| filled(false), |valid| !valid.inner()),
    }
}

/// Whether two nested values are equal. NULL fields of rows and keys of maps equal each other, NULL elements of
/// arrays and values of maps equal nothing: so it is in Flink at run time.
pub(super) struct Equality {
    same: Same,
}

/// Whether the value at a row of the left column equals that at a row of the right one; neither is NULL.
type Same = Box<dyn Fn(&ArrayRef, usize, &ArrayRef, usize) -> Option<bool> + Send + Sync>;

impl Equality {
    pub fn new(left: &DataType, right: &DataType) -> Result<Self> {
        Ok(Self { same: same(left, right)? })
    }

    pub fn compare(&self, left: &Column, right: &Column, negated: bool) -> Result<BooleanArray> {
        let (a, b) = (left.array(), right.array());
        let rows = if left.is_constant() { b.len() } else { a.len() };
        let place = |column: &Column, row| if column.is_constant() { 0 } else { row };
        let truths = (0..rows).map(|row| {
            let (i, j) = (place(left, row), place(right, row));
            if a.is_null(i) || b.is_null(j) {
                return None;
            }
            (self.same)(a, i, b, j).map(|same| same != negated)
        });
        Ok(truths.collect())
    }
}

fn same(left: &DataType, right: &DataType) -> Result<Same> {
    Ok(match (&left.kind, &right.kind) {
        (Kind::Array(x), Kind::Array(y)) => same_arrays(same(x, y)?),
        (Kind::Map(k, v), Kind::Map(l, w)) => same_maps(same(k, l)?, same(v, w)?),
        (Kind::Multiset(k), Kind::Multiset(l)) => {
            let count = DataType::not_null(Kind::Int);
            same_maps(same(k, l)?, same(&count, &count)?)
        }
        (Kind::Row(x), Kind::Row(y)) if x.len() == y.len() => {
            let fields = x.iter().zip(y.iter()).map(|(x, y)| same(&x.data_type, &y.data_type));
            same_rows(fields.collect::<Result<_>>()?)
        }
        (Kind::Null, _) | (_, Kind::Null) => Box::new(|_, _, _, _| None),
        _ => {
            let flat = same_flat(left)?;
            Box::new(move |a, i, b, j| Some(flat(a, i, b, j)))
        }
    })
}

fn same_arrays(elements: Same) -> Same {
    Box::new(move |a, i, b, j| {
        let (a, b) = (a.as_list_opt::<i32>()?.value(i), b.as_list_opt::<i32>()?.value(j));
        let equal = |k: usize| a.is_valid(k) && b.is_valid(k) && elements(&a, k, &b, k) == Some(true);
        Some(a.len() == b.len() && (0..a.len()).all(equal))
    })
}

/// Maps are equal when they hold the same entries, in whatever order.
fn same_maps(keys: Same, values: Same) -> Same {
    Box::new(move |a, i, b, j| {
        let (a, b) = (MapColumn::of(a)?, MapColumn::of(b)?);
        let same_key = |x: usize, y: usize| match (a.keys.is_null(x), b.keys.is_null(y)) {
            (false, false) => keys(a.keys, x, b.keys, y) == Some(true),
            (x, y) => x && y,
        };
        let equal = |x: usize| {
            let found = b.entries(j).find(|y| same_key(x, *y));
            found.is_some_and(|y| {
                a.values.is_valid(x) && b.values.is_valid(y) && values(a.values, x, b.values, y) == Some(true)
            })
        };
        Some(a.entries(i).len() == b.entries(j).len() && a.entries(i).all(equal))
    })
}

fn same_rows(fields: Vec<Same>) -> Same {
    Box::new(move |a, i, b, j| {
        let (a, b) = (a.as_struct_opt()?.columns(), b.as_struct_opt()?.columns());
        let mut pairs = fields.iter().zip(a.iter().zip(b));
        Some(pairs.all(|(same, (a, b))| match (a.is_null(i), b.is_null(j)) {
            (false, false) => same(a, i, b, j) == Some(true),
            (x, y) => x && y,
        }))
    })
}

/// Whether two flat values are equal.
type SameFlat = Box<dyn Fn(&ArrayRef, usize, &ArrayRef, usize) -> bool + Send + Sync>;

fn same_flat(data_type: &DataType) -> Result<SameFlat> {
    use arrow_array::types as t;
    fn primitive<T: t::ArrowPrimitiveType>() -> SameFlat
    where
        T::Native: PartialEq,
    {
        Box::new(|a, i, b, j| match (a.as_primitive_opt::<T>(), b.as_primitive_opt::<T>()) {
            (Some(a), Some(b)) => a.value(i) == b.value(j),
            _ => false,
        })
    }
    Ok(match data_type.physical() {
        Arrow::Boolean => Box::new(|a, i, b, j| match (a.as_boolean_opt(), b.as_boolean_opt()) {
            (Some(a), Some(b)) => a.value(i) == b.value(j),
            _ => false,
        }),
        Arrow::Int8 => primitive::<t::Int8Type>(),
        Arrow::Int16 => primitive::<t::Int16Type>(),
        Arrow::Int32 => primitive::<t::Int32Type>(),
        Arrow::Int64 => primitive::<t::Int64Type>(),
        Arrow::Float32 => primitive::<t::Float32Type>(),
        Arrow::Float64 => primitive::<t::Float64Type>(),
        Arrow::Decimal128(..) => primitive::<t::Decimal128Type>(),
        Arrow::Date32 => primitive::<t::Date32Type>(),
        Arrow::Time32(_) => primitive::<t::Time32MillisecondType>(),
        Arrow::Timestamp(..) => primitive::<t::TimestampMicrosecondType>(),
        Arrow::Utf8View => Box::new(|a, i, b, j| match (a.as_string_view_opt(), b.as_string_view_opt()) {
            (Some(a), Some(b)) => a.value(i) == b.value(j),
            _ => false,
        }),
        Arrow::BinaryView => Box::new(|a, i, b, j| match (a.as_binary_view_opt(), b.as_binary_view_opt()) {
            (Some(a), Some(b)) => a.value(i) == b.value(j),
            _ => false,
        }),
        other => return Err(Error::unsupported(format!("comparing values of {other}"))),
    })
}
