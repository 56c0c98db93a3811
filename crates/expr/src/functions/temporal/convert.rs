//! Strings and numbers to dates and timestamps.

use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use jiff::tz::TimeZone;

use super::pattern::{Dialect, Pattern};
use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY, MILLIS_PER_SECOND};
use super::zones::{self, OldZone};
use crate::cast::{parse_date, parse_timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::functions::kernel::{Compiled, Instant, Micros, Str, map};
use crate::functions::signature::{Family, Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, KernelArguments, Overload};
use crate::text::calendar::Date;
use crate::types::{DataType, Kind};
use crate::value::Value;
use crate::zone::Zone;

/// The fractional digits of the timestamps that are made here.
const PRECISION: u8 = 3;

/// What TO_DATE gives for a text that does not follow its pattern: Flink takes the least 64-bit number of milliseconds
/// for its moment, whose days run over.
const UNREADABLE_DAY: i32 = 622_191_233;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "TO_DATE",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["TO_DATE(string[, format])"],
        summary: "The date that the string names, written `yyyy-MM-dd` or by a pattern of Java's SimpleDateFormat, which reads \
                  leniently: a 33rd of February is a day of March, and what follows does not count. Where it cannot be read \
                  it is NULL without a pattern, and with one the date 1705471-09-27, as in Flink. A malformed pattern is an error.",
        examples: &[
            Example("TO_DATE('2017-09-15')", "2017-09-15"),
            Example("TO_DATE('2017/09/15', 'yyyy/MM/dd')", "2017-09-15"),
            Example("TO_DATE('abc')", "NULL"),
            Example("TO_DATE('abc', 'yyyy-MM-dd') > DATE '9999-12-31'", "TRUE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
            signature.returns_nullable(Kind::Date).fallible().kernel(|arguments| {
                if arguments.types.len() == 1 {
                    return Ok(map::<(Str,), Date32Type, _>(|(text,)| parse_date(text)));
                }
                let patterns = legacy(arguments, 1)?;
                let utc = OldZone::new(&TimeZone::UTC);
                Ok(map::<(Str, Str), Date32Type, _>(move |(text, pattern)| {
                    let millis = patterns.with(pattern, |pattern| pattern.read_legacy(text, &utc))?;
                    Ok::<_, Error>(millis.map_or(Some(UNREADABLE_DAY), |millis| {
                        i32::try_from(millis.div_euclid(MILLIS_PER_DAY)).ok()
                    }))
                }))
            })
        },
    },
    Function {
        name: "TO_TIMESTAMP",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["TO_TIMESTAMP(string[, format])"],
        summary: "The TIMESTAMP(3) that the string names, written `yyyy-MM-dd HH:mm:ss[.fraction]` or by a pattern of Java's \
                  DateTimeFormatter; what the pattern lacks is taken from 1970-01-01 00:00:00. A string that does not follow \
                  the pattern may still be written in the usual way. NULL where it cannot be read.",
        examples: &[
            Example("TO_TIMESTAMP('2017-09-15 00:00:00')", "2017-09-15 00:00:00.000"),
            Example("TO_TIMESTAMP('20170915 10', 'yyyyMMdd HH')", "2017-09-15 10:00:00.000"),
            Example("TO_TIMESTAMP('abc')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
            signature.returns_nullable(Kind::Timestamp { precision: PRECISION }).fallible().kernel(
                |arguments| {
                    if arguments.types.len() == 1 {
                        return Ok(map::<(Str,), Micros, _>(|(text,)| usual(text)));
                    }
                    let patterns = modern(arguments, 1)?;
                    Ok(map::<(Str, Str), Micros, _>(move |(text, pattern)| {
                        patterns.with(pattern, |pattern| {
                            pattern.as_ref().and_then(|pattern| by_pattern(pattern, text))
                        })
                    }))
                },
            )
        },
    },
    Function {
        name: "TO_TIMESTAMP_LTZ",
        aliases: &[],
        category: Category::Temporal,
        signatures: &["TO_TIMESTAMP_LTZ(number[, precision])", "TO_TIMESTAMP_LTZ(string[, format[, zone]])"],
        summary: "The TIMESTAMP_LTZ(3) that is so many seconds (precision 0) or milliseconds (precision 3, the default) after \
                  1970-01-01 00:00:00 UTC, NULL beyond the years 0000 to 9999; or the one that the string names, as for \
                  TO_TIMESTAMP, on the clocks of the zone, by default of UTC. NULL where a string does not follow its format or \
                  the zone is not known; a string without a format that cannot be read is an error.",
        examples: &[
            Example("CAST(TO_TIMESTAMP_LTZ(100, 0) AS TIMESTAMP(3))", "1970-01-01 00:01:40.000"),
            Example(
                "CAST(TO_TIMESTAMP_LTZ('2023-01-01 08:00:00', 'yyyy-MM-dd HH:mm:ss', 'America/Los_Angeles') AS TIMESTAMP(3))",
                "2023-01-01 16:00:00.000",
            ),
        ],
        determinism: Determinism::Pure,
        resolve: to_timestamp_ltz,
    },
];

/// The argument `index`, a pattern of SimpleDateFormat.
pub(super) fn legacy(arguments: &KernelArguments<'_>, index: usize) -> Result<Compiled<Pattern>> {
    Compiled::argument(arguments, index, |text| Pattern::new(text, Dialect::Legacy))
}

/// The argument `index`, a pattern of DateTimeFormatter; `None` where Java refuses it.
fn modern(arguments: &KernelArguments<'_>, index: usize) -> Result<Compiled<Option<Pattern>>> {
    Compiled::argument(arguments, index, |text| match Pattern::new(text, Dialect::Modern) {
        Ok(pattern) => Ok(Some(pattern)),
        Err(error) if error.kind == ErrorKind::Invalid => Ok(None),
        Err(error) => Err(error),
    })
}

/// A timestamp in the usual form.
fn usual(text: &str) -> Option<Instant> {
    let (micros, nanos) = parse_timestamp(text, 9)?;
    Some(to_millis(Instant { micros, nanos }))
}

/// A timestamp by a pattern, or as `java.sql.Timestamp` reads it.
fn by_pattern(pattern: &Pattern, text: &str) -> Option<Instant> {
    pattern.read(text).or_else(|| as_sql(text.trim_matches(|c| c <= ' '))).map(to_millis)
}

/// Without what is finer than milliseconds.
fn to_millis(instant: Instant) -> Instant {
    Instant { micros: instant.micros.div_euclid(MICROS_PER_MILLI) * MICROS_PER_MILLI, nanos: 0 }
}

/// `yyyy-[m]m-[d]d[ h:m:s[.fraction]]`, where days and times beyond their bounds count on.
fn as_sql(text: &str) -> Option<Instant> {
    let (day, time) = match text.split_once(' ') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let number = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let good = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| text.parse::<i64>().ok())?
    };
    let mut parts = day.splitn(3, '-');
    let year = i32::try_from(number(parts.next()?, 4..=4)?).ok()?;
    let month = u8::try_from(number(parts.next()?, 1..=2)?).ok().filter(|month| (1..=12).contains(month))?;
    let day = number(parts.next()?, 1..=2).filter(|day| (1..=31).contains(day))?;
    if year == 0 {
        return None;
    }
    // Java counts on over the days that the Gregorian calendar left out.
    let left_out = if (year, month) == (1582, 10) && (5..=14).contains(&day) { 10 } else { 0 };
    let days = i64::from(Date { year, month, day: 1 }.to_days()) + day - 1 + left_out;
    let (mut seconds, mut nanos) = (days * (MILLIS_PER_DAY / MILLIS_PER_SECOND), 0);
    if let Some(time) = time {
        let (clock, fraction) =
            time.split_once('.').map_or((time, None), |(clock, fraction)| (clock, Some(fraction)));
        let mut parts = clock.splitn(3, ':');
        for unit in [3_600, 60, 1] {
            seconds += number(parts.next()?, 1..=9)? * unit;
        }
        if let Some(fraction) = fraction {
            let digits = u32::try_from(fraction.len()).ok()?;
            nanos = number(fraction, 1..=9)? * 10_i64.pow(9 - digits);
        }
    }
    Some(Instant::from_nanos(i128::from(seconds) * 1_000_000_000 + i128::from(nanos)))
}

fn to_timestamp_ltz(call: &Arguments<'_>) -> Result<Overload> {
    let returns = Kind::TimestampLtz { precision: PRECISION };
    if call.types.first().is_some_and(|first| first.kind.is_numeric()) {
        return epoch(call);
    }
    let signature = call.take_optional(&[Family::Character], &[Family::Character, Family::Character])?;
    signature.returns_nullable(returns).fallible().kernel(|arguments| {
        let utc = Zone::new(&TimeZone::UTC);
        if arguments.types.len() == 1 {
            return Ok(map::<(Str,), Micros, _>(|(text,)| {
                let unreadable =
                    || Error::runtime(format!("'{text}' is no timestamp; write 'yyyy-MM-dd HH:mm:ss'"));
                usual(text).ok_or_else(unreadable)
            }));
        }
        let patterns = modern(arguments, 1)?;
        let read = move |text: &str, pattern: &str, zone: &Zone| {
            let local = patterns
                .with(pattern, |pattern| pattern.as_ref().and_then(|pattern| by_pattern(pattern, text)))?;
            Ok::<_, Error>(local.map(|local| Instant { micros: zone.to_instant(local.micros), nanos: 0 }))
        };
        if arguments.types.len() == 2 {
            return Ok(map::<(Str, Str), Micros, _>(move |(text, pattern)| read(text, pattern, &utc)));
        }
        let zones =
            Compiled::argument(arguments, 2, |name| Ok(zones::strict(name).map(|zone| Zone::new(&zone))))?;
        Ok(map::<(Str, Str, Str), Micros, _>(move |(text, pattern, zone)| {
            zones.with(zone, |zone| zone.as_ref().map_or(Ok(None), |zone| read(text, pattern, zone)))?
        }))
    })
}

/// TO_TIMESTAMP_LTZ of a number.
fn epoch(call: &Arguments<'_>) -> Result<Overload> {
    let returns = Kind::TimestampLtz { precision: PRECISION };
    let (number, precision) = match call.types {
        [number] => (number, None),
        [number, precision] if matches!(precision.kind, Kind::Int | Kind::Null) => (number, Some(precision)),
        _ => return no_overload(),
    };
    let approximate = number.kind.is_approximate();
    let decimal = matches!(number.kind, Kind::Decimal { .. });
    let as_number = if approximate { Kind::Double } else { Kind::BigInt };
    let mut arguments = vec![DataType { kind: as_number, nullable: number.nullable }];
    arguments.extend(precision.map(|given| DataType { kind: Kind::Int, nullable: given.nullable }));
    match call.literals.get(1) {
        None | Some(None | Some(Value::Int(0 | 3) | Value::Null)) => {}
        Some(Some(_)) => return Err(unknown_precision()),
    }
    let factor = |precision: i32| match precision {
        0 => Ok(MILLIS_PER_SECOND),
        3 => Ok(1),
        _ => Err(unknown_precision()),
    };
    Signature::of(arguments).returns_nullable(returns).fallible().kernel(move |arguments| {
        Ok(match (approximate, arguments.types.len()) {
            (false, 1) => map::<(Int64Type,), Micros, _>(|(number,)| of_millis(number)),
            (true, 1) => map::<(Float64Type,), Micros, _>(|(number,)| of_real_millis(number)),
            (false, _) => map::<(Int64Type, Int32Type), Micros, _>(move |(number, precision)| {
                let factor = factor(precision)?;
                // Of a DECIMAL Flink keeps the low bits, of other numbers it asks first.
                let millis =
                    if decimal { Some(number.wrapping_mul(factor)) } else { number.checked_mul(factor) };
                Ok::<_, Error>(millis.and_then(of_millis))
            }),
            #[allow(clippy::cast_precision_loss, reason = "the factor is 1 or 1000")]
            (true, _) => map::<(Float64Type, Int32Type), Micros, _>(move |(number, precision)| {
                let factor = factor(precision)?;
                // Of seconds Flink asks whether they lie between the bounds, which NaN does not.
                let within = factor == 1 || !number.is_nan();
                Ok::<_, Error>(within.then(|| of_real_millis(number * factor as f64)).flatten())
            }),
        })
    })
}

fn unknown_precision() -> Error {
    Error::invalid("the precision of TO_TIMESTAMP_LTZ is 0, for seconds, or 3, for milliseconds")
}

/// The instant of the years 0000 to 9999 that is so many milliseconds after 1970-01-01 00:00:00 UTC.
fn of_millis(millis: i64) -> Option<Instant> {
    let within = (-62_167_219_200_000..253_402_300_800_000).contains(&millis);
    within.then(|| Instant { micros: millis * MICROS_PER_MILLI, nanos: 0 })
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "what does not fit an i64 is beyond the years that are allowed, and Java takes NaN for 0"
)]
fn of_real_millis(millis: f64) -> Option<Instant> {
    of_millis(millis as i64)
}

/// The pattern in which timestamps are usually written.
pub(super) const USUAL_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_counts_on_where_java_sql_does() {
        let read = |text| {
            as_sql(text).map(|instant| {
                let mut out = String::new();
                crate::text::write_timestamp(instant.as_nanos(), 3, ' ', &mut out);
                out
            })
        };
        for (text, expected) in [
            ("2020-2-3 01:02:03", "2020-02-03 01:02:03.000"),
            ("2020-02-03 01:02:03.5", "2020-02-03 01:02:03.500"),
            ("2020-02-03 25:02:03", "2020-02-04 01:02:03.000"),
            ("2020-02-30", "2020-03-01 00:00:00.000"),
            ("1582-10-10", "1582-10-20 00:00:00.000"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "12020-02-03",
            "2020-13-03",
            "2020-02-32",
            "2020-02-03 01:02",
            "2020-02-03 01:02:03 x",
            "2020-02",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
