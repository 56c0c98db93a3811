//! Intervals beside intervals, dates, times and numbers.

use arrow_array::types as t;

use crate::error::{Error, Result};
use crate::functions::temporal::early;
use crate::functions::vector::{binary, try_binary};
use crate::functions::{Kernel, KernelArguments, Overload};
use crate::text::calendar::Date;
use crate::types::{ArithmeticOperator, DataType, Kind, MICRO_PRECISION, least_restrictive};

const MILLIS_PER_DAY: i64 = 86_400_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The overload where one side is an interval; `None` where it has none.
pub(super) fn overload(operator: ArithmeticOperator, a: &DataType, b: &DataType) -> Option<Overload> {
    use ArithmeticOperator::{Add, Multiply, Subtract};
    let nullable = a.nullable || b.nullable;
    let (arguments, returns) = match operator {
        Add | Subtract if a.kind.is_interval() && b.kind.is_interval() => {
            (vec![a.clone(), b.clone()], least_restrictive([a, b])?)
        }
        Add | Subtract if a.kind.is_datetime() && b.kind.is_interval() => {
            (vec![a.clone(), b.clone()], a.clone())
        }
        Add if a.kind.is_interval() && b.kind.is_datetime() => (vec![a.clone(), b.clone()], b.clone()),
        Multiply if a.kind.is_interval() && b.kind.is_integer() => (vec![a.clone(), big(b)], a.clone()),
        Multiply if a.kind.is_integer() && b.kind.is_interval() => (vec![big(a), b.clone()], b.clone()),
        _ => return None,
    };
    let fallible =
        returns.kind == Kind::Date && [a, b].iter().any(|side| side.kind.is_interval() && !is_months(side));
    Some(Overload {
        arguments,
        returns: returns.with_nullable(nullable),
        fallible,
        kernel: Box::new(move |known| kernel(operator, known)),
    })
}

fn big(number: &DataType) -> DataType {
    DataType { kind: Kind::BigInt, nullable: number.nullable }
}

fn is_months(interval: &DataType) -> bool {
    matches!(interval.kind, Kind::IntervalYearMonth(_))
}

fn kernel(operator: ArithmeticOperator, known: &KernelArguments<'_>) -> Result<Kernel> {
    let [a, b] = known.types else { return Err(Error::internal("an interval beside no other value")) };
    let returns = known.returns;
    if a.kind.is_datetime() || b.kind.is_datetime() {
        return moved(operator == ArithmeticOperator::Subtract, a, b, returns);
    }
    let months = is_months(returns);
    Ok(match operator {
        ArithmeticOperator::Add if months => {
            binary::<t::Int32Type, t::Int32Type, t::Int32Type>(returns, i32::wrapping_add)
        }
        ArithmeticOperator::Add => {
            binary::<t::Int64Type, t::Int64Type, t::Int64Type>(returns, i64::wrapping_add)
        }
        ArithmeticOperator::Subtract if months => {
            binary::<t::Int32Type, t::Int32Type, t::Int32Type>(returns, i32::wrapping_sub)
        }
        ArithmeticOperator::Subtract => {
            binary::<t::Int64Type, t::Int64Type, t::Int64Type>(returns, i64::wrapping_sub)
        }
        _ if !months => binary::<t::Int64Type, t::Int64Type, t::Int64Type>(returns, i64::wrapping_mul),
        _ if a.kind.is_interval() => binary::<t::Int32Type, t::Int64Type, t::Int32Type>(returns, times),
        _ => binary::<t::Int64Type, t::Int32Type, t::Int32Type>(returns, |n, m| times(m, n)),
    })
}

#[allow(clippy::cast_possible_truncation, reason = "Java keeps the low bits, too")]
fn times(months: i32, by: i64) -> i32 {
    i64::from(months).wrapping_mul(by) as i32
}

/// A date, time or timestamp moved by an interval.
fn moved(back: bool, a: &DataType, b: &DataType, returns: &DataType) -> Result<Kernel> {
    let (datetime, interval, first) = if a.kind.is_datetime() { (a, b, true) } else { (b, a, false) };
    let months = is_months(interval);
    macro_rules! by {
        ($datetime:ty, $interval:ty, $move:expr) => {
            by!(binary, $datetime, $interval, $move)
        };
        ($kernel:ident, $datetime:ty, $interval:ty, $move:expr) => {{
            let go = move |value, by: <$interval as arrow_array::ArrowPrimitiveType>::Native| {
                $move(value, if back { by.wrapping_neg() } else { by })
            };
            if first {
                $kernel::<$datetime, $interval, $datetime>(returns, go)
            } else {
                $kernel::<$interval, $datetime, $datetime>(returns, move |by, value| go(value, by))
            }
        }};
    }
    Ok(match (&datetime.kind, months) {
        (Kind::Date, true) => by!(t::Date32Type, t::Int32Type, add_months),
        (Kind::Date, false) => by!(try_binary, t::Date32Type, t::Int64Type, by_whole_days),
        // A time of day is the same after months, and goes round the clock.
        (Kind::Time { .. }, true) => by!(t::Time32MillisecondType, t::Int32Type, |time: i32, _: i32| time),
        (Kind::Time { .. }, false) => {
            by!(t::Time32MillisecondType, t::Int64Type, |time: i32, millis: i64| {
                low(i64::from(time).wrapping_add(millis).rem_euclid(MILLIS_PER_DAY))
            })
        }
        (Kind::Timestamp { precision } | Kind::TimestampLtz { precision }, months) => {
            match (*precision <= MICRO_PRECISION, months) {
                (true, true) => by!(t::TimestampMicrosecondType, t::Int32Type, |micros: i64, months: i32| {
                    let days = low(micros.div_euclid(MICROS_PER_DAY));
                    i64::from(add_months(days, months)) * MICROS_PER_DAY + micros.rem_euclid(MICROS_PER_DAY)
                }),
                (true, false) => {
                    by!(t::TimestampMicrosecondType, t::Int64Type, |micros: i64, millis: i64| {
                        micros.saturating_add(millis.saturating_mul(1_000))
                    })
                }
                (false, true) => by!(t::Decimal128Type, t::Int32Type, |nanos: i128, months: i32| {
                    let day = i128::from(MICROS_PER_DAY) * 1_000;
                    let days = i32::try_from(nanos.div_euclid(day)).unwrap_or(i32::MAX);
                    i128::from(add_months(days, months)) * day + nanos.rem_euclid(day)
                }),
                (false, false) => by!(t::Decimal128Type, t::Int64Type, |nanos: i128, millis: i64| {
                    nanos.wrapping_add(i128::from(millis) * 1_000_000)
                }),
            }
        }
        _ => return Err(Error::internal(format!("an interval added to {datetime}"))),
    })
}

/// A date moved; what is less than a day does not move it.
fn by_whole_days(days: i32, millis: i64) -> Result<Option<i32>> {
    let by = millis / MILLIS_PER_DAY;
    let by = i32::try_from(by).map_err(|_| {
        Error::runtime(format!("a DATE cannot be moved by {by} days; make the interval shorter"))
    })?;
    Ok(Some(days.wrapping_add(by)))
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "days and milliseconds of a day fit; Java cuts what does not, too"
)]
fn low(value: i64) -> i32 {
    value as i32
}

/// The day so many months later, or the last of its month where the month is shorter.
pub(in crate::functions) fn add_months(days: i32, months: i32) -> i32 {
    let date = Date::from_days(days);
    let total = i64::from(date.year) * 12 + i64::from(date.month) - 1 + i64::from(months);
    let year = i32::try_from(total.div_euclid(12)).unwrap_or(date.year);
    let month = u8::try_from(total.rem_euclid(12) + 1).unwrap_or(1);
    let first = Date { year, month, day: 1 };
    early::to_days(Date { day: date.day.min(first.days_of_month()), ..first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_on_a_day_that_there_is() {
        let day = |year, month, day| Date { year, month, day }.to_days();
        assert_eq!(add_months(day(2024, 1, 31), 1), day(2024, 2, 29));
        assert_eq!(add_months(day(2024, 2, 29), 12), day(2025, 2, 28));
        assert_eq!(add_months(day(2024, 3, 31), -1), day(2024, 2, 29));
        assert_eq!(add_months(day(2024, 1, 15), -1), day(2023, 12, 15));
    }
}
