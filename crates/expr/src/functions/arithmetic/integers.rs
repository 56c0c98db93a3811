//! Operators over integers: they wrap around, and fail only for a divisor of zero.

use arrow_array::types::{ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type};

use super::operators::is_not_zero;
use crate::error::{Error, Result};
use crate::functions::vector::{binary, try_binary};
use crate::functions::{Kernel, KernelArguments};
use crate::types::{ArithmeticOperator, DataType, Kind};

/// Integers of one width.
trait Integer: Copy + PartialEq + Default + Send + Sync + 'static {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// `other` is not 0.
    fn over(self, other: Self) -> Self;
    /// `other` is not 0.
    fn modulo(self, other: Self) -> Self;
    fn wide(self) -> i64;
    /// The low bits.
    fn narrow(wide: i64) -> Self;
}

macro_rules! integer {
    ($($type:ty)+) => {
        $(impl Integer for $type {
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            fn times(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn over(self, other: Self) -> Self {
                self.wrapping_div(other)
            }
            fn modulo(self, other: Self) -> Self {
                self.wrapping_rem(other)
            }
            fn wide(self) -> i64 {
                self.into()
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_lossless, reason = "the low bits are what Java keeps")]
            fn narrow(wide: i64) -> Self {
                wide as Self
            }
        })+
    };
}

integer!(i8 i16 i32 i64);

/// The kernel of an operator over two integers of one type. MOD may give a narrower one.
pub(super) fn kernel(operator: ArithmeticOperator, known: &KernelArguments<'_>) -> Result<Kernel> {
    match known.types.first().map(|t| &t.kind) {
        Some(Kind::TinyInt) => returning::<Int8Type>(operator, known),
        Some(Kind::SmallInt) => returning::<Int16Type>(operator, known),
        Some(Kind::Int) => returning::<Int32Type>(operator, known),
        Some(Kind::BigInt) => returning::<Int64Type>(operator, known),
        other => Err(Error::internal(format!("integer arithmetic over {other:?}"))),
    }
}

fn returning<T: ArrowPrimitiveType>(
    operator: ArithmeticOperator,
    known: &KernelArguments<'_>,
) -> Result<Kernel>
where
    T::Native: Integer,
{
    match known.returns.kind {
        Kind::TinyInt => Ok(over::<T, Int8Type>(operator, known)),
        Kind::SmallInt => Ok(over::<T, Int16Type>(operator, known)),
        Kind::Int => Ok(over::<T, Int32Type>(operator, known)),
        Kind::BigInt => Ok(over::<T, Int64Type>(operator, known)),
        _ => Err(Error::internal(format!("integer arithmetic gives {}", known.returns))),
    }
}

fn over<T: ArrowPrimitiveType, R: ArrowPrimitiveType>(
    operator: ArithmeticOperator,
    known: &KernelArguments<'_>,
) -> Kernel
where
    T::Native: Integer,
    R::Native: Integer,
{
    let returns: &DataType = known.returns;
    let sure = known.constants.get(1).and_then(Option::as_ref).is_some_and(is_not_zero);
    let narrow = |v: T::Native| R::Native::narrow(v.wide());
    match operator {
        ArithmeticOperator::Add => binary::<T, T, R>(returns, move |a, b| narrow(a.plus(b))),
        ArithmeticOperator::Subtract => binary::<T, T, R>(returns, move |a, b| narrow(a.minus(b))),
        ArithmeticOperator::Multiply => binary::<T, T, R>(returns, move |a, b| narrow(a.times(b))),
        ArithmeticOperator::Divide if sure => binary::<T, T, R>(returns, move |a, b| narrow(a.over(b))),
        ArithmeticOperator::Modulo if sure => binary::<T, T, R>(returns, move |a, b| narrow(a.modulo(b))),
        ArithmeticOperator::Divide => {
            try_binary::<T, T, R>(returns, move |a, b| Ok(Some(narrow(a.over(not_zero(b)?)))))
        }
        ArithmeticOperator::Modulo => {
            try_binary::<T, T, R>(returns, move |a, b| Ok(Some(narrow(a.modulo(not_zero(b)?)))))
        }
    }
}

fn not_zero<T: Integer>(divisor: T) -> Result<T> {
    if divisor == T::default() { Err(division_by_zero()) } else { Ok(divisor) }
}

/// The error for a divisor of 0.
pub(super) fn division_by_zero() -> Error {
    Error::runtime("division by zero; guard the divisor with NULLIF(…, 0) to get NULL instead")
}
