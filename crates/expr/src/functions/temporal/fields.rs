//! The parts of a date.

use super::early::EarlyDate;
use super::unit::Unit;
use crate::text::calendar::{Date, is_leap_year};

/// 1 for Monday to 7 for Sunday.
pub(super) fn iso_day_of_week(days: i32) -> i64 {
    (i64::from(days) + 3).rem_euclid(7) + 1
}

/// 1 for Sunday to 7 for Saturday.
pub(super) fn day_of_week(days: i32) -> i64 {
    (i64::from(days) + 4).rem_euclid(7) + 1
}

/// 1 for the first of January.
pub(super) fn day_of_year(days: i32) -> i64 {
    let date = Date::from_days(days);
    i64::from(days) - i64::from(Date { month: 1, day: 1, ..date }.to_days()) + 1
}

/// The year and the week of ISO 8601: weeks begin on Monday and belong to the year that has more of their days.
pub(super) fn iso_week(days: i32) -> (i32, i64) {
    let date = Date::from_days(days);
    let week = (day_of_year(days) - iso_day_of_week(days) + 10) / 7;
    let weeks_of = |year: i32| {
        let first = iso_day_of_week(Date { year, month: 1, day: 1 }.to_days());
        if first == 4 || (first == 3 && is_leap_year(year)) { 53 } else { 52 }
    };
    match week {
        0 => (date.year - 1, weeks_of(date.year - 1)),
        53 if weeks_of(date.year) == 52 => (date.year + 1, 1),
        week => (date.year, week),
    }
}

/// A part of the date that is so many days after 1970-01-01; `None` for units of less than a day.
pub(super) fn date_part(unit: Unit, days: i32) -> Option<i64> {
    let date = Date::from_days(days);
    let early = EarlyDate::from_days(days);
    let year = early.map_or(i64::from(date.year), |early| early.year);
    let month = early.map_or(i64::from(date.month), |early| early.month);
    Some(match unit {
        Unit::Millennium => {
            if year > 0 {
                (year + 999) / 1000
            } else {
                -(999 - year) / 1000
            }
        }
        Unit::Century => {
            if year > 0 {
                (year + 99) / 100
            } else {
                -(99 - year) / 100
            }
        }
        Unit::Decade => year / 10,
        Unit::Year => year,
        Unit::Quarter => (month + 2) / 3,
        Unit::Month => month,
        Unit::Week => early.map_or_else(|| iso_week(days).1, |early| early.iso_week(days)),
        Unit::Day => early.map_or(i64::from(date.day), |early| early.day),
        Unit::DayOfWeek => day_of_week(days),
        Unit::IsoDayOfWeek => iso_day_of_week(days),
        Unit::DayOfYear => early.map_or_else(|| day_of_year(days), |early| early.day_of_year(days)),
        Unit::IsoYear => early.map_or_else(|| iso_week(days).0.into(), |early| early.year),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_of_iso_8601() {
        for (year, month, day, expected) in [
            (2005, 1, 1, (2004, 53)),
            (2005, 1, 2, (2004, 53)),
            (2005, 1, 3, (2005, 1)),
            (2008, 12, 29, (2009, 1)),
            (2008, 12, 28, (2008, 52)),
            (2009, 12, 31, (2009, 53)),
            (2010, 1, 3, (2009, 53)),
            (2020, 2, 29, (2020, 9)),
            (2021, 1, 3, (2020, 53)),
            (1969, 12, 30, (1970, 1)),
        ] {
            assert_eq!(iso_week(Date { year, month, day }.to_days()), expected, "{year}-{month}-{day}");
        }
    }

    #[test]
    fn days_of_weeks_and_years() {
        let sunday = Date { year: 1969, month: 12, day: 28 }.to_days();
        assert_eq!((iso_day_of_week(sunday), day_of_week(sunday)), (7, 1));
        assert_eq!(day_of_year(Date { year: 2020, month: 12, day: 31 }.to_days()), 366);
    }
}
