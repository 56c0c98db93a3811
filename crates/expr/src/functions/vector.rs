//! Kernels made of closures over one row's values: NULL gives NULL, constants are read once.

use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_buffer::ScalarBuffer;

use super::Kernel;
use crate::error::Result;
use crate::eval::{Column, Primitives, primitives_from, valid_in_all};
use crate::types::DataType;

/// A kernel of one fixed-width argument that cannot fail.
pub fn unary<A, R>(returns: &DataType, f: impl Fn(A::Native) -> R::Native + Send + Sync + 'static) -> Kernel
where
    A: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let physical = returns.physical();
    Box::new(move |_, arguments, _| {
        let [argument] = arguments else { return Err(arity(1, arguments)) };
        if argument.is_constant_null() {
            return Ok(Column::null(&physical));
        }
        let values: ScalarBuffer<R::Native> =
            Primitives::<A>::new(argument)?.values().iter().map(|v| f(*v)).collect();
        let array = PrimitiveArray::<R>::new(values, valid_in_all(&[argument]));
        Ok(like(argument.is_constant(), Arc::new(array.with_data_type(physical.clone()))))
    })
}

/// A kernel of two fixed-width arguments that cannot fail.
pub fn binary<A, B, R>(
    returns: &DataType,
    f: impl Fn(A::Native, B::Native) -> R::Native + Send + Sync + 'static,
) -> Kernel
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let physical = returns.physical();
    Box::new(move |_, arguments, _| {
        let [left, right] = arguments else { return Err(arity(2, arguments)) };
        if left.is_constant_null() || right.is_constant_null() {
            return Ok(Column::null(&physical));
        }
        let (a, b) = (Primitives::<A>::new(left)?, Primitives::<B>::new(right)?);
        let values: ScalarBuffer<R::Native> = match (a.constant().flatten(), b.constant().flatten()) {
            (None, None) => a.values().iter().zip(b.values()).map(|(x, y)| f(*x, *y)).collect(),
            (None, Some(y)) => a.values().iter().map(|x| f(*x, y)).collect(),
            (Some(x), None) => b.values().iter().map(|y| f(x, *y)).collect(),
            (Some(x), Some(y)) => std::iter::once(f(x, y)).collect(),
        };
        let constant = left.is_constant() && right.is_constant();
        let array = PrimitiveArray::<R>::new(values, valid_in_all(&[left, right]));
        Ok(like(constant, Arc::new(array.with_data_type(physical.clone()))))
    })
}

/// A kernel of one fixed-width argument that may fail or give NULL for a row.
pub fn try_unary<A, R>(
    returns: &DataType,
    f: impl Fn(A::Native) -> Result<Option<R::Native>> + Send + Sync + 'static,
) -> Kernel
where
    A: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let physical = returns.physical();
    Box::new(move |_, arguments, rows| {
        let [argument] = arguments else { return Err(arity(1, arguments)) };
        let a = Primitives::<A>::new(argument)?;
        let rows = if argument.is_constant() { 1 } else { rows };
        let array = primitives_from::<R>(rows, |row| a.get(row).map_or(Ok(None), &f))?
            .with_data_type(physical.clone());
        Ok(like(argument.is_constant(), Arc::new(array)))
    })
}

/// A kernel of two fixed-width arguments that may fail or give NULL for a row.
pub fn try_binary<A, B, R>(
    returns: &DataType,
    f: impl Fn(A::Native, B::Native) -> Result<Option<R::Native>> + Send + Sync + 'static,
) -> Kernel
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let physical = returns.physical();
    Box::new(move |_, arguments, rows| {
        let [left, right] = arguments else { return Err(arity(2, arguments)) };
        let (a, b) = (Primitives::<A>::new(left)?, Primitives::<B>::new(right)?);
        let constant = left.is_constant() && right.is_constant();
        let rows = if constant { 1 } else { rows };
        let array = primitives_from::<R>(rows, |row| match (a.get(row), b.get(row)) {
            (Some(x), Some(y)) => f(x, y),
            _ => Ok(None),
        })?;
        Ok(like(constant, Arc::new(array.with_data_type(physical.clone()))))
    })
}

/// A column that is constant where its arguments are.
pub fn like(constant: bool, array: ArrayRef) -> Column {
    if constant { Column::Constant(array) } else { Column::Array(array) }
}

/// The error for a kernel that is given another number of arguments than its overload has.
pub fn arity(expected: usize, arguments: &[Column]) -> crate::error::Error {
    crate::error::Error::internal(format!("a kernel of {expected} arguments was given {}", arguments.len()))
}
