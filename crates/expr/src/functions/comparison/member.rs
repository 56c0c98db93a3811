//! IN over a list of constants.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types as t;
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer};
use arrow_schema::DataType as Arrow;

use super::bits::test_each;
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::registry::mismatch;
use crate::functions::vector::like;
use crate::functions::{Arguments, Kernel, KernelArguments, Overload};
use crate::types::{DataType, Kind};
use crate::value::Value;

/// Up to this many members are compared one after the other; more are looked up by their hash.
const COMPARED_MAX: usize = 8;

pub(super) fn overload(arguments: &Arguments<'_>) -> Result<Overload> {
    let Some((value, members)) = arguments.types.split_first() else {
        return Err(mismatch(arguments, "IN"));
    };
    let fits = |member: &DataType| {
        member.kind == Kind::Null
            || member.physical() == value.physical()
            || (member.kind.is_character() && value.kind.is_character())
    };
    if members.is_empty() || !value.kind.has_order() || !members.iter().all(fits) {
        return Err(mismatch(arguments, "IN"));
    }
    let cast = |member: &DataType| match member.kind {
        Kind::Null => DataType::new(value.kind.clone()),
        _ => member.clone(),
    };
    Ok(Overload {
        arguments: std::iter::once(value.clone()).chain(members.iter().map(cast)).collect(),
        returns: DataType { kind: Kind::Boolean, nullable: arguments.types.iter().any(|t| t.nullable) },
        fallible: false,
        kernel: Box::new(kernel),
    })
}

fn kernel(known: &KernelArguments<'_>) -> Result<Kernel> {
    let (Some(value), Some(members)) = (known.types.first(), known.constants.get(1..)) else {
        return Err(Error::internal("IN without a list"));
    };
    let Some(members) = members.iter().map(Option::as_ref).collect::<Option<Vec<&Value>>>() else {
        return Err(Error::internal("IN over members that are not constant"));
    };
    let unknown = members.contains(&&Value::Null);
    let list = Value::column(members.into_iter().filter(|m| **m != Value::Null), value)?;
    let hits = test(&list)?;
    Ok(Box::new(move |_, arguments, rows| {
        let Some(column) = arguments.first() else { return Err(Error::internal("IN without a value")) };
        if column.is_constant_null() {
            return Ok(Column::null(&Arrow::Boolean));
        }
        let rows = if column.is_constant() { 1 } else { rows };
        let array = column.array();
        let hits = hits(array)?;
        let missed = unknown.then(|| NullBuffer::new(hits.clone()));
        let nulls = NullBuffer::union(missed.as_ref(), array.logical_nulls().as_ref());
        debug_assert_eq!(hits.len(), rows);
        Ok(like(column.is_constant(), Arc::new(BooleanArray::new(hits, nulls))))
    }))
}

/// Which values of a column are among the members; arbitrary where NULL stands.
type Test = Box<dyn Fn(&ArrayRef) -> Result<BooleanBuffer> + Send + Sync>;

fn test(list: &ArrayRef) -> Result<Test> {
    Ok(match list.data_type() {
        Arrow::Null => Box::new(|array| Ok(BooleanBuffer::new_unset(array.len()))),
        Arrow::Boolean => {
            let list = list.as_boolean();
            let (yes, no) = (list.iter().any(|v| v == Some(true)), list.iter().any(|v| v == Some(false)));
            Box::new(move |array| {
                let array = array.as_boolean_opt().ok_or_else(|| misfit(array))?;
                Ok(BooleanBuffer::collect_bool(array.len(), |row| if array.value(row) { yes } else { no }))
            })
        }
        Arrow::Int8 => numbers::<t::Int8Type>(list),
        Arrow::Int16 => numbers::<t::Int16Type>(list),
        Arrow::Int32 => numbers::<t::Int32Type>(list),
        Arrow::Int64 => numbers::<t::Int64Type>(list),
        Arrow::Decimal128(..) => numbers::<t::Decimal128Type>(list),
        Arrow::Date32 => numbers::<t::Date32Type>(list),
        Arrow::Time32(_) => numbers::<t::Time32MillisecondType>(list),
        Arrow::Timestamp(..) => numbers::<t::TimestampMicrosecondType>(list),
        Arrow::Float32 => floats::<t::Float32Type>(list, |v| f64::from(v).to_bits()),
        Arrow::Float64 => floats::<t::Float64Type>(list, f64::to_bits),
        Arrow::Utf8View => {
            let set: HashSet<Box<str>> = list.as_string_view().iter().flatten().map(Box::from).collect();
            Box::new(move |array| {
                let array = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
                Ok(BooleanBuffer::collect_bool(array.len(), |row| set.contains(array.value(row))))
            })
        }
        Arrow::BinaryView => {
            let set: HashSet<Box<[u8]>> = list.as_binary_view().iter().flatten().map(Box::from).collect();
            Box::new(move |array| {
                let array = array.as_binary_view_opt().ok_or_else(|| misfit(array))?;
                Ok(BooleanBuffer::collect_bool(array.len(), |row| set.contains(array.value(row))))
            })
        }
        other => return Err(Error::unsupported(format!("IN over values of {other}"))),
    })
}

fn numbers<T: t::ArrowPrimitiveType>(list: &ArrayRef) -> Test
where
    T::Native: Eq + Hash + ArrowNativeType,
{
    let mut members: Vec<T::Native> = list.as_primitive::<T>().values().to_vec();
    members.dedup();
    if members.len() <= COMPARED_MAX {
        return Box::new(move |array| {
            let array = array.as_primitive_opt::<T>().ok_or_else(|| misfit(array))?;
            Ok(test_each(array.values(), |v| members.iter().fold(false, |hit, m| hit | (*m == v))))
        });
    }
    let set: HashSet<T::Native> = members.into_iter().collect();
    Box::new(move |array| {
        let array = array.as_primitive_opt::<T>().ok_or_else(|| misfit(array))?;
        Ok(test_each(array.values(), |v| set.contains(&v)))
    })
}

/// Floats are compared as `=` compares them: 0.0 equals -0.0, and NaN nothing.
fn floats<T: t::ArrowPrimitiveType>(list: &ArrayRef, bits: fn(T::Native) -> u64) -> Test
where
    T::Native: std::ops::Add<Output = T::Native> + ArrowNativeType,
{
    let zero = T::Native::default();
    // Adding 0.0 makes 0.0 of -0.0.
    let key = move |v: T::Native| bits(v + zero);
    // NaN equals nothing, so it is no member.
    let keys = list.as_primitive::<T>().values().iter().map(|v| key(*v));
    let set: HashSet<u64> = keys.filter(|bits| !f64::from_bits(*bits).is_nan()).collect();
    Box::new(move |array| {
        let array = array.as_primitive_opt::<T>().ok_or_else(|| misfit(array))?;
        Ok(test_each(array.values(), |v| set.contains(&key(v))))
    })
}

fn misfit(array: &ArrayRef) -> Error {
    Error::internal(format!("IN got a column of {}", array.data_type()))
}
