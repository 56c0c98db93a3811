//! EXTRACT, and the functions that are short for it.

use arrow_array::types::{Date32Type, Int32Type, Int64Type, Time32MillisecondType};

use super::fields::date_part;
use super::unit::{
    MICROS_PER_MILLI, MILLIS_PER_DAY, MILLIS_PER_HOUR, MILLIS_PER_MINUTE, MILLIS_PER_SECOND, Unit,
};
use crate::error::{Error, Result};
use crate::functions::kernel::{Instant, Stamp, Str, map};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::{DataType, Kind};
use crate::zone::Zone;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "EXTRACT",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["EXTRACT(unit FROM datetime)", "EXTRACT(unit FROM interval)"],
        summary: "A part of a date, time, timestamp or interval. Weeks are those of ISO 8601, DOW counts from Sunday as 1 and \
                  ISODOW from Monday; MILLISECOND, MICROSECOND and NANOSECOND are the fraction of the second; EPOCH the \
                  seconds since 1970-01-01 00:00:00. Of a timestamp before 1970 with a time of day, Flink counts the time \
                  backwards from the next midnight, and so does this.",
        examples: &[
            Example("EXTRACT(DAY FROM DATE '2006-06-05')", "5"),
            Example("EXTRACT(WEEK FROM TIMESTAMP '2020-02-29 01:56:59')", "9"),
            Example("EXTRACT(MILLISECOND FROM TIMESTAMP '2020-02-29 01:56:59.987654')", "987"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let [_, from] = call.types else { return no_overload() };
            let unit = Unit::argument(call, 0)?;
            extract(unit, Signature::of(vec![DataType::not_null(STRING), from.clone()]), from, true)
        },
    },
    part(
        "YEAR",
        &["YEAR(date)"],
        "The year of a date or timestamp.",
        &[Example("YEAR(DATE '1994-09-27')", "1994")],
        |c| short(c, Unit::Year),
    ),
    part(
        "QUARTER",
        &["QUARTER(date)"],
        "The quarter, 1 to 4, of a date or timestamp.",
        &[Example("QUARTER(DATE '1994-09-27')", "3")],
        |c| short(c, Unit::Quarter),
    ),
    part(
        "MONTH",
        &["MONTH(date)"],
        "The month, 1 to 12, of a date or timestamp.",
        &[Example("MONTH(DATE '1994-09-27')", "9")],
        |c| short(c, Unit::Month),
    ),
    part(
        "WEEK",
        &["WEEK(date)"],
        "The week of ISO 8601, 1 to 53, of a date or timestamp.",
        &[Example("WEEK(DATE '1994-09-27')", "39")],
        |c| short(c, Unit::Week),
    ),
    part(
        "DAYOFYEAR",
        &["DAYOFYEAR(date)"],
        "The day of the year, 1 to 366, of a date or timestamp.",
        &[Example("DAYOFYEAR(DATE '1994-09-27')", "270")],
        |c| short(c, Unit::DayOfYear),
    ),
    part(
        "DAYOFMONTH",
        &["DAYOFMONTH(date)"],
        "The day of the month, 1 to 31, of a date or timestamp.",
        &[Example("DAYOFMONTH(DATE '1994-09-27')", "27")],
        |c| short(c, Unit::Day),
    ),
    part(
        "DAYOFWEEK",
        &["DAYOFWEEK(date)"],
        "The day of the week, 1 for Sunday to 7, of a date or timestamp.",
        &[Example("DAYOFWEEK(DATE '1994-09-27')", "3")],
        |c| short(c, Unit::DayOfWeek),
    ),
    part(
        "HOUR",
        &["HOUR(timestamp)"],
        "The hour of a time or timestamp.",
        &[Example("HOUR(TIMESTAMP '1994-09-27 13:14:15')", "13")],
        |c| short(c, Unit::Hour),
    ),
    part(
        "MINUTE",
        &["MINUTE(timestamp)"],
        "The minute of a time or timestamp.",
        &[Example("MINUTE(TIMESTAMP '1994-09-27 13:14:15')", "14")],
        |c| short(c, Unit::Minute),
    ),
    part(
        "SECOND",
        &["SECOND(timestamp)"],
        "The second of a time or timestamp.",
        &[Example("SECOND(TIMESTAMP '1994-09-27 13:14:15')", "15")],
        |c| short(c, Unit::Second),
    ),
];

const fn part(
    name: &'static str,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    let (aliases, category, determinism) = (&[], Category::Temporal, Determinism::Pure);
    Function { name, aliases, category, signatures, summary, examples, determinism, resolve }
}

fn short(call: &Arguments<'_>, unit: Unit) -> Result<Overload> {
    let [from] = call.types else { return no_overload() };
    extract(unit, Signature::of(vec![from.clone()]), from, false)
}

/// A part of the last argument; `named` if the unit is an argument before it.
fn extract(unit: Unit, signature: Signature, from: &DataType, named: bool) -> Result<Overload> {
    let refused =
        || Error::invalid(format!("{unit:?} is no part of a value of type {}", from.kind).to_uppercase());
    let local = matches!(from.kind, Kind::TimestampLtz { .. });
    /// A kernel over the value alone, or over the unit and the value.
    macro_rules! kernel {
        ($input:ty, $part:expr) => {{
            let part = $part;
            signature.returns(Kind::BigInt).kernel(move |_| -> Result<Kernel> {
                Ok(match named {
                    true => map::<(Str, $input), Int64Type, _>(move |(_, value)| part(value)),
                    false => map::<($input,), Int64Type, _>(move |(value,)| part(value)),
                })
            })
        }};
    }
    match &from.kind {
        // As Flink does it: the days are taken for milliseconds.
        Kind::Date if matches!(unit, Unit::Hour | Unit::Minute) => {
            kernel!(Date32Type, move |days: i32| time_part(unit, days.into()))
        }
        Kind::Date if unit == Unit::Epoch => kernel!(Date32Type, |days: i32| i64::from(days) * 86_400),
        Kind::Date => match date_part(unit, 0) {
            Some(_) => kernel!(Date32Type, move |days: i32| date_part(unit, days)),
            None => Err(refused()),
        },
        Kind::Time { .. } => match unit {
            Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond => {
                kernel!(Time32MillisecondType, move |millis: i32| time_part(unit, millis.into()))
            }
            _ => Err(refused()),
        },
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
            signature.returns(Kind::BigInt).kernel(move |arguments| {
                let zone = local.then(|| Zone::new(arguments.time_zone));
                let part = move |instant: Instant| {
                    let micros = zone.as_ref().map_or(instant.micros, |zone| zone.to_local(instant.micros));
                    timestamp_part(unit, Instant { micros, ..instant })
                };
                Ok(match named {
                    true => map::<(Str, Stamp), Int64Type, _>(move |(_, instant)| part(instant)),
                    false => map::<(Stamp,), Int64Type, _>(move |(instant,)| part(instant)),
                })
            })
        }
        Kind::IntervalDayTime(_) => match unit {
            Unit::Day => kernel!(Int64Type, |millis: i64| millis / MILLIS_PER_DAY),
            Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond => {
                kernel!(Int64Type, move |millis: i64| time_part(unit, millis))
            }
            _ => Err(refused()),
        },
        Kind::IntervalYearMonth(_) => match unit {
            Unit::Year => kernel!(Int32Type, |months: i32| i64::from(months) / 12),
            Unit::Quarter => kernel!(Int32Type, |months: i32| (i64::from(months) % 12 - 1) / 3 + 1),
            Unit::Month => kernel!(Int32Type, |months: i32| i64::from(months) % 12),
            _ => Err(refused()),
        },
        _ => no_overload(),
    }
}

/// A part of the time of day that is so many milliseconds after midnight, or before it.
fn time_part(unit: Unit, millis: i64) -> Option<i64> {
    Some(match unit {
        Unit::Hour => millis % MILLIS_PER_DAY / MILLIS_PER_HOUR,
        Unit::Minute => millis % MILLIS_PER_HOUR / MILLIS_PER_MINUTE,
        Unit::Second => millis % MILLIS_PER_MINUTE / MILLIS_PER_SECOND,
        Unit::Millisecond => millis % MILLIS_PER_SECOND,
        _ => return None,
    })
}

/// A part of a wall clock. Days and times of day are cut towards 1970, as Flink does it.
fn timestamp_part(unit: Unit, instant: Instant) -> Option<i64> {
    let millis = instant.micros.div_euclid(MICROS_PER_MILLI);
    let nanos_of_milli = instant.micros.rem_euclid(MICROS_PER_MILLI) * 1_000 + i64::from(instant.nanos);
    match unit {
        Unit::Epoch => Some(millis / MILLIS_PER_SECOND),
        Unit::Microsecond => Some(millis % MILLIS_PER_SECOND * 1_000 + nanos_of_milli / 1_000),
        Unit::Nanosecond => Some(millis % MILLIS_PER_SECOND * 1_000_000 + nanos_of_milli),
        _ => match time_part(unit, millis) {
            Some(part) => Some(part),
            None => date_part(unit, i32::try_from(millis / MILLIS_PER_DAY).ok()?),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_before_1970_are_cut_towards_it() {
        // 1969-12-28 12:34:56.789
        let instant = Instant { micros: -300_303_211_000, nanos: 0 };
        for (unit, expected) in [
            (Unit::Year, 1969),
            (Unit::Day, 29),
            (Unit::Hour, -11),
            (Unit::Minute, -25),
            (Unit::Second, -3),
            (Unit::Millisecond, -211),
            (Unit::Microsecond, -211_000),
            (Unit::Nanosecond, -211_000_000),
            (Unit::Epoch, -300_303),
            (Unit::IsoYear, 1970),
        ] {
            assert_eq!(timestamp_part(unit, instant), Some(expected), "{unit:?}");
        }
    }

    #[test]
    fn fractions_of_seconds() {
        // 2020-02-29 01:56:59.987654321
        let instant = Instant { micros: 1_582_941_419_987_654, nanos: 321 };
        assert_eq!(timestamp_part(Unit::Millisecond, instant), Some(987));
        assert_eq!(timestamp_part(Unit::Microsecond, instant), Some(987_654));
        assert_eq!(timestamp_part(Unit::Nanosecond, instant), Some(987_654_321));
        assert_eq!(timestamp_part(Unit::Hour, instant), Some(1));
    }
}
