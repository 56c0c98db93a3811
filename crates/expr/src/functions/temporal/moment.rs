//! A wall clock with all that a pattern may print of it.

use super::fields::day_of_year;
use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY};
use crate::functions::kernel::Instant;
use crate::text::calendar::Date;

/// 1582-10-15, the first day of the Gregorian calendar.
const GREGORIAN_START: i32 = -141_427;

/// From 0000-03-01 of the Julian calendar to 1970-01-01.
const JULIAN_DAYS_TO_EPOCH: i64 = 719_470;

pub(super) const NANOS_PER_MILLI: i64 = 1_000_000;
pub(super) const NANOS_PER_SECOND: i64 = 1_000_000_000;
pub(super) const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A wall clock.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) date: Date,
    /// 1 for the first of January.
    pub(super) day_of_year: i64,
    /// 1 for Monday.
    pub(super) iso_day: i64,
    pub(super) nanos_of_day: i64,
    /// Seconds east of Greenwich and the zone's abbreviation, for patterns that print them.
    pub(super) zone: Option<(i32, String)>,
}

impl Moment {
    /// The wall clock that shows `local`, in the proleptic Gregorian calendar.
    pub(super) fn new(local: Instant) -> Option<Self> {
        let (days, nanos_of_day) = split(local)?;
        let (day_of_year, iso_day) = (day_of_year(days), super::fields::iso_day_of_week(days));
        Some(Self { date: Date::from_days(days), day_of_year, iso_day, nanos_of_day, zone: None })
    }

    /// The wall clock that shows `local`, in the Julian calendar before 1582-10-15: so `SimpleDateFormat` prints it.
    pub(super) fn hybrid(local: Instant) -> Option<Self> {
        let (days, nanos_of_day) = split(local)?;
        let moment = Self::new(local)?;
        if days >= GREGORIAN_START {
            return Some(moment);
        }
        let date = julian_from_days(days);
        let day_of_year = i64::from(days) - julian_to_days(Date { month: 1, day: 1, ..date })? + 1;
        Some(Self { date, day_of_year, nanos_of_day, ..moment })
    }
}

/// The days since 1970-01-01, and the nanoseconds of the day.
fn split(local: Instant) -> Option<(i32, i64)> {
    let day = MILLIS_PER_DAY * MICROS_PER_MILLI;
    let days = i32::try_from(local.micros.div_euclid(day)).ok()?;
    Some((days, local.micros.rem_euclid(day) * 1_000 + i64::from(local.nanos)))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "months and days are small, and years of 32-bit days fit"
)]
fn julian_from_days(days: i32) -> Date {
    let shifted = i64::from(days) + JULIAN_DAYS_TO_EPOCH;
    let year = (4 * shifted + 3).div_euclid(1461);
    let day_of_year = shifted - (1461 * year).div_euclid(4);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    Date { year: (year + i64::from(month <= 2)) as i32, month: month as u8, day: day as u8 }
}

fn julian_to_days(date: Date) -> Option<i64> {
    let month = i64::from(date.month);
    let year = i64::from(date.year) - i64::from(month <= 2);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * from_march + 2) / 5 + i64::from(date.day) - 1;
    (1461 * year).div_euclid(4).checked_add(day_of_year)?.checked_sub(JULIAN_DAYS_TO_EPOCH)
}

/// The days since 1970-01-01 of a date as `SimpleDateFormat` reads it: months and days beyond their bounds count on,
/// and before 1582-10-15 the calendar is the Julian one.
pub(super) fn hybrid_to_days(year: i64, month: i64, day: i64) -> Option<i64> {
    let months = year.checked_mul(12)?.checked_add(month)?.checked_sub(1)?;
    let first = Date {
        year: i32::try_from(months.div_euclid(12)).ok().filter(|year| year.abs() < 300_000)?,
        month: u8::try_from(months.rem_euclid(12) + 1).ok()?,
        day: 1,
    };
    let gregorian = i64::from(first.to_days()).checked_add(day)?.checked_sub(1)?;
    if gregorian >= i64::from(GREGORIAN_START) {
        return Some(gregorian);
    }
    julian_to_days(first)?.checked_add(day)?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_changes_in_1582() {
        let date = |days: i32| {
            let local = Instant { micros: i64::from(days) * 86_400_000_000, nanos: 0 };
            Moment::hybrid(local).unwrap().date
        };
        assert_eq!(date(GREGORIAN_START), Date { year: 1582, month: 10, day: 15 });
        assert_eq!(date(GREGORIAN_START - 1), Date { year: 1582, month: 10, day: 4 });
        // 0001-01-01 of the Gregorian calendar.
        assert_eq!(date(-719_162), Date { year: 1, month: 1, day: 3 });
        assert_eq!(hybrid_to_days(1500, 2, 3), Some(-171_622));
        assert_eq!(hybrid_to_days(1, 1, 1), Some(-719_164));
        assert_eq!(hybrid_to_days(2015, 72, 4), hybrid_to_days(2020, 12, 4));
        for days in (-800_000..0).step_by(1_009) {
            let shown = date(days);
            assert_eq!(
                hybrid_to_days(shown.year.into(), shown.month.into(), shown.day.into()),
                Some(days.into())
            );
        }
    }
}
