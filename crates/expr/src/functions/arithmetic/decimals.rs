//! Operators over DECIMALs: exact, then rounded HALF_UP to the result's scale; too many digits give NULL.

use arrow_array::types::Decimal128Type;

use super::integers::division_by_zero;
use crate::decimal;
use crate::error::{Error, Result};
use crate::functions::vector::try_binary;
use crate::functions::{Kernel, KernelArguments};
use crate::types::{ArithmeticOperator, DataType, DecimalShape, Kind};

/// The kernel of an operator over two DECIMALs. MOD of whole numbers may give an integer.
pub(super) fn kernel(operator: ArithmeticOperator, known: &KernelArguments<'_>) -> Result<Kernel> {
    let shape = |t: &DataType| {
        DecimalShape::of(&t.kind).ok_or_else(|| Error::internal(format!("decimal arithmetic over {t}")))
    };
    let [left, right] = known.types else {
        return Err(Error::internal("decimal arithmetic over other than two values"));
    };
    let (scales, to) = ((shape(left)?.scale, shape(right)?.scale), shape(known.returns)?);
    macro_rules! over {
        ($operation:expr) => {
            try_binary::<Decimal128Type, Decimal128Type, Decimal128Type>(known.returns, $operation)
        };
    }
    Ok(match operator {
        ArithmeticOperator::Add => over!(move |a, b| Ok(decimal::add(a, b, scales, to))),
        ArithmeticOperator::Subtract => over!(move |a, b| Ok(decimal::add(a, -b, scales, to))),
        ArithmeticOperator::Multiply => over!(move |a, b| Ok(decimal::multiply(a, b, scales, to))),
        ArithmeticOperator::Divide => over!(move |a, b| match b {
            0 => Err(division_by_zero()),
            _ => Ok(decimal::divide(a, b, scales, to)),
        }),
        // Flink takes the low 64 bits of the DECIMAL beside an integer.
        ArithmeticOperator::Modulo if known.returns.kind.is_integer() => {
            return modulo(known.returns, |a, b| match b {
                0 => Err(division_by_zero()),
                _ => Ok(Some(i128::from(low_bits(a)) % b)),
            });
        }
        ArithmeticOperator::Modulo => {
            let remainder = move |a, b| match b {
                0 => Err(division_by_zero()),
                _ => Ok(decimal::remainder(a, b, scales, to)),
            };
            return modulo(known.returns, remainder);
        }
    })
}

#[allow(clippy::cast_possible_truncation, reason = "as Java's BigDecimal.longValue")]
fn low_bits(value: i128) -> i64 {
    value as i64
}

/// MOD by an integer gives that integer's type.
fn modulo(
    returns: &DataType,
    remainder: impl Fn(i128, i128) -> Result<Option<i128>> + Send + Sync + 'static,
) -> Result<Kernel> {
    use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type};
    macro_rules! narrowed {
        ($type:ty) => {
            try_binary::<Decimal128Type, Decimal128Type, $type>(returns, move |a, b| {
                Ok(remainder(a, b)?.and_then(|v| v.try_into().ok()))
            })
        };
    }
    Ok(match returns.kind {
        Kind::Decimal { .. } => {
            try_binary::<Decimal128Type, Decimal128Type, Decimal128Type>(returns, remainder)
        }
        Kind::TinyInt => narrowed!(Int8Type),
        Kind::SmallInt => narrowed!(Int16Type),
        Kind::Int => narrowed!(Int32Type),
        Kind::BigInt => narrowed!(Int64Type),
        _ => return Err(Error::internal(format!("MOD gives {returns}"))),
    })
}
