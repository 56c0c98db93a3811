//! FLOOR and CEIL of dates and times to a unit.

use arrow_array::types::{Date32Type, Time32MillisecondType};

use super::early;
use super::fields::day_of_week;
use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY, Unit};
use crate::error::{Error, Result};
use crate::functions::kernel::{Instant, Micros, Nanos, Stamp, Str, map};
use crate::functions::signature::{STRING, Signature, no_overload};
use crate::functions::{Arguments, Overload};
use crate::text::calendar::Date;
use crate::types::{DataType, Kind, MICRO_PRECISION};
use crate::zone::Zone;

/// FLOOR(datetime TO unit), or CEIL where `up`: the overloads beside those of numbers.
pub(in crate::functions) fn round_to(call: &Arguments<'_>, up: bool) -> Result<Overload> {
    let [given, _] = call.types else { return no_overload() };
    let unit = Unit::argument(call, 1)?;
    let refused = || {
        Error::invalid(format!("a value of type {} cannot be rounded to {unit:?}", given.kind).to_uppercase())
    };
    let signature = Signature::of(vec![given.clone(), DataType::not_null(STRING)]);
    let whole_days = unit.months().is_some() || matches!(unit, Unit::Week | Unit::Day);
    match &given.kind {
        Kind::Date if whole_days => signature.returns(Kind::Date).kernel(move |_| {
            Ok(map::<(Date32Type, Str), Date32Type, _>(move |(days, _)| round_days(unit, days, up)))
        }),
        // Within a day there is nothing to round.
        Kind::Date if step(unit).is_some() || matches!(unit, Unit::Microsecond | Unit::Nanosecond) => {
            signature
                .returns(Kind::Date)
                .kernel(|_| Ok(map::<(Date32Type, Str), Date32Type, _>(|(days, _)| days)))
        }
        // Flink takes the milliseconds for days here.
        Kind::Time { .. } if whole_days => signature.returns(given.kind.clone()).kernel(move |_| {
            Ok(map::<(Time32MillisecondType, Str), Time32MillisecondType, _>(move |(millis, _)| {
                round_days(unit, millis, up)
            }))
        }),
        Kind::Time { .. } if let Some(step) = step(unit).and_then(|millis| i32::try_from(millis).ok()) => {
            signature.returns(given.kind.clone()).kernel(move |_| {
                Ok(map::<(Time32MillisecondType, Str), Time32MillisecondType, _>(move |(millis, _)| {
                    millis.div_euclid(step) * step + if up && millis.rem_euclid(step) > 0 { step } else { 0 }
                }))
            })
        }
        Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
            let (micro, local) =
                (*precision <= MICRO_PRECISION, matches!(given.kind, Kind::TimestampLtz { .. }));
            if !whole_days && (step(unit).is_none() || local && unit == Unit::IsoYear) {
                return Err(refused());
            }
            signature.returns(given.kind.clone()).kernel(move |arguments| {
                let zone = local.then(|| Zone::new(arguments.time_zone));
                let round = move |instant: Instant| round_instant(unit, instant, up, zone.as_ref());
                Ok(match micro {
                    true => map::<(Stamp, Str), Micros, _>(move |(instant, _)| round(instant)),
                    false => map::<(Stamp, Str), Nanos, _>(move |(instant, _)| round(instant)),
                })
            })
        }
        Kind::Date | Kind::Time { .. } => Err(refused()),
        _ => no_overload(),
    }
}

/// The milliseconds of a unit; of ISO's year Flink knows only that it has twelve of something.
fn step(unit: Unit) -> Option<i64> {
    if unit == Unit::IsoYear { Some(12) } else { unit.millis() }
}

/// Flink rounds milliseconds: what is finer counts only for MILLISECOND itself, and only of a TIMESTAMP.
fn round_instant(unit: Unit, instant: Instant, up: bool, zone: Option<&Zone>) -> Option<Instant> {
    let offset =
        zone.map_or(0, |zone| zone.to_local(instant.micros) - instant.micros).div_euclid(MICROS_PER_MILLI);
    let millis = instant.micros.div_euclid(MICROS_PER_MILLI) + offset;
    let rounded = match step(unit) {
        Some(1) => {
            let finer = instant.nanos > 0 || instant.micros.rem_euclid(MICROS_PER_MILLI) > 0;
            millis + i64::from(up && finer && zone.is_none())
        }
        Some(step) if unit != Unit::Week => {
            millis.div_euclid(step) * step + if up && millis.rem_euclid(step) > 0 { step } else { 0 }
        }
        // The day is cut towards 1970, and the time of day does not count.
        _ => i64::from(round_days(unit, i32::try_from(millis / MILLIS_PER_DAY).ok()?, up)?) * MILLIS_PER_DAY,
    };
    Some(Instant { micros: (rounded - offset).checked_mul(MICROS_PER_MILLI)?, nanos: 0 })
}

fn round_days(unit: Unit, days: i32, up: bool) -> Option<i32> {
    let date = read_date(days);
    let first = |year: i32, month: u8| Some(early::to_days(Date { year, month, day: 1 }));
    let (year, month) = (date.year, date.month);
    match unit {
        Unit::Millennium => first(1000 * ((year + 999) / 1000) + if up { 1 } else { -999 }, 1),
        Unit::Century => first(100 * ((year + 99) / 100) + if up { 1 } else { -99 }, 1),
        Unit::Decade => first(10 * (year / 10 + i32::from(up)), 1),
        Unit::Year => first(year + i32::from(up && (month > 1 || date.day > 1)), 1),
        Unit::Quarter => {
            let start = (month - 1) / 3 * 3 + 1;
            match up && (month > 1 || date.day > 1) {
                true if start == 10 => first(year + 1, 1),
                true => first(year, start + 3),
                false => first(year, start),
            }
        }
        Unit::Month => match up && date.day > 1 {
            true if month == 12 => first(year + 1, 1),
            true => first(year, month + 1),
            false => first(year, month),
        },
        Unit::Week => {
            let since_sunday = i32::try_from(day_of_week(days) - 1).ok()?;
            Some(date.to_days() - since_sunday + if up && since_sunday > 0 { 7 } else { 0 })
        }
        Unit::Day => Some(date.to_days() + i32::from(up)),
        _ => None,
    }
}

/// The first day that Flink's rounding reads by the Gregorian calendar: 1582-10-15. What is earlier it reads by the Julian one,
/// and takes the result for a day of the Gregorian one.
const GREGORIAN_FROM: i32 = -141_427;

/// From 4801-03-01 BC of the Julian calendar to 1970-01-01.
const JULIAN_DAYS_TO_EPOCH: i32 = 2_472_670;

/// Days of four years of the Julian calendar.
const DAYS_OF_FOUR_YEARS: i32 = 1_461;

fn read_date(days: i32) -> Date {
    if days >= GREGORIAN_FROM {
        return Date::from_days(days);
    }
    let day = days.saturating_add(JULIAN_DAYS_TO_EPOCH);
    // Before -4800 the divisions go towards 0, and give a later day.
    let year = (4 * i64::from(day) + 3) / i64::from(DAYS_OF_FOUR_YEARS);
    let day_of_year = i64::from(day) - i64::from(DAYS_OF_FOUR_YEARS) * year / 4;
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = i32::try_from(year).unwrap_or(i32::MIN).saturating_sub(4_800);
    Date {
        year: year + i32::from(month >= 10),
        month: u8::try_from(if month < 10 { month + 3 } else { month - 9 }).unwrap_or(1),
        day: u8::try_from(day).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u8, day: u8) -> i32 {
        Date { year, month, day }.to_days()
    }

    #[test]
    fn dates_are_rounded_as_flink_does() {
        let date = day(1990, 10, 14);
        for (unit, down, up) in [
            (Unit::Day, date, date + 1),
            (Unit::Week, date, date),
            (Unit::Month, day(1990, 10, 1), day(1990, 11, 1)),
            (Unit::Quarter, day(1990, 10, 1), day(1991, 1, 1)),
            (Unit::Year, day(1990, 1, 1), day(1991, 1, 1)),
            (Unit::Decade, day(1990, 1, 1), day(2000, 1, 1)),
            (Unit::Century, day(1901, 1, 1), day(2001, 1, 1)),
            (Unit::Millennium, day(1001, 1, 1), day(2001, 1, 1)),
        ] {
            assert_eq!(round_days(unit, date, false), Some(down), "FLOOR TO {unit:?}");
            assert_eq!(round_days(unit, date, true), Some(up), "CEIL TO {unit:?}");
        }
        assert_eq!(round_days(Unit::Quarter, day(2020, 4, 1), true), Some(day(2020, 7, 1)));
        assert_eq!(round_days(Unit::Quarter, day(1970, 1, 1), true), Some(day(1970, 1, 1)));
        let early = day(1, 1, 1);
        assert_eq!(round_days(Unit::Day, early, false), Some(day(1, 1, 3)));
        assert_eq!(round_days(Unit::Week, early, false), Some(day(1, 1, 2)));
        assert_eq!(round_days(Unit::Year, early, true), Some(day(2, 1, 1)));
        assert_eq!(round_days(Unit::Day, day(1582, 10, 15), false), Some(day(1582, 10, 15)));
        assert_eq!(round_days(Unit::Month, day(1582, 10, 14), false), Some(day(1582, 10, 1)));
        assert_eq!(round_days(Unit::Year, day(2020, 1, 1), true), Some(day(2020, 1, 1)));
        assert_eq!(round_days(Unit::Month, day(2020, 12, 2), true), Some(day(2021, 1, 1)));
    }

    #[test]
    fn microseconds_count_for_milliseconds_only() {
        let instant = Instant { micros: 1, nanos: 0 };
        let up = |unit| round_instant(unit, instant, true, None).unwrap().micros;
        assert_eq!(up(Unit::Millisecond), 1_000);
        assert_eq!(up(Unit::Second), 0);
        let before = Instant { micros: -1, nanos: 0 };
        assert_eq!(round_instant(Unit::Hour, before, false, None).unwrap().micros, -3_600_000_000);
    }
}
