//! Between exact numbers and intervals of one unit: `CAST(5 AS INTERVAL DAY)` is five days.

use std::sync::Arc;

use arrow_array::PrimitiveArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type};

use super::{Conversion, misfit, numbers};
use crate::decimal::power_of_ten;
use crate::types::{DataType, IntervalField, IntervalUnit, Kind};

/// From an exact number to an interval, or back; `None` for other types.
pub(super) fn conversion(from: &DataType, to: &DataType) -> Option<Conversion> {
    match (&from.kind, &to.kind) {
        (_, Kind::IntervalYearMonth(field)) => {
            let narrow = numbers::conversion(&DataType::new(Kind::BigInt), &DataType::new(Kind::Int))?;
            Some(from_number(from, unit(*field))?.then(narrow))
        }
        (_, Kind::IntervalDayTime(field)) => from_number(from, unit(*field)),
        (Kind::IntervalYearMonth(field), _) => {
            let unit = unit(*field);
            let whole = Conversion::sure(2, move |array| {
                let months = array.as_primitive_opt::<Int32Type>().ok_or_else(|| misfit(array))?;
                let units: PrimitiveArray<Int64Type> = months.unary(|m| units_of(i64::from(m), unit));
                Ok(Arc::new(units))
            });
            Some(then_number(whole, to))
        }
        (Kind::IntervalDayTime(field), _) => {
            let unit = unit(*field);
            let whole = Conversion::sure(2, move |array| {
                let millis = array.as_primitive_opt::<Int64Type>().ok_or_else(|| misfit(array))?;
                let units: PrimitiveArray<Int64Type> = millis.unary(|m| units_of(m, unit));
                Ok(Arc::new(units))
            });
            Some(then_number(whole, to))
        }
        _ => None,
    }
}

/// What an interval of one unit counts: months or milliseconds.
fn unit(field: IntervalField) -> i64 {
    match field.resolution.to() {
        IntervalUnit::Year => 12,
        IntervalUnit::Month => 1,
        IntervalUnit::Day => 86_400_000,
        IntervalUnit::Hour => 3_600_000,
        IntervalUnit::Minute => 60_000,
        IntervalUnit::Second => 1_000,
    }
}

/// The nearest number of units; what lies half way goes to the smaller.
fn units_of(value: i64, unit: i64) -> i64 {
    let (whole, rest) = (value / unit, value % unit);
    if rest.abs() * 2 > unit { whole + rest.signum() } else { whole }
}

fn then_number(whole: Conversion, to: &DataType) -> Conversion {
    match numbers::conversion(&DataType::new(Kind::BigInt), to) {
        Some(number) if to.kind != Kind::BigInt => whole.then(number),
        _ => whole,
    }
}

/// So many units, as BIGINT.
fn from_number(from: &DataType, unit: i64) -> Option<Conversion> {
    if let Kind::Decimal { scale, .. } = from.kind {
        let by = power_of_ten(scale);
        return Some(Conversion::sure(4, move |array| {
            let numbers = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| misfit(array))?;
            let values: PrimitiveArray<Int64Type> =
                numbers.unary_opt(|n| i64::try_from(n.checked_mul(i128::from(unit))? / by).ok());
            Ok(Arc::new(values))
        }));
    }
    if !from.kind.is_integer() {
        return None;
    }
    let times = Conversion::sure(1, move |array| {
        let numbers = array.as_primitive_opt::<Int64Type>().ok_or_else(|| misfit(array))?;
        let values: PrimitiveArray<Int64Type> = numbers.unary(|n| n.wrapping_mul(unit));
        Ok(Arc::new(values))
    });
    Some(match numbers::conversion(from, &DataType::new(Kind::BigInt)) {
        Some(widened) if from.kind != Kind::BigInt => widened.then(times),
        _ => times,
    })
}
