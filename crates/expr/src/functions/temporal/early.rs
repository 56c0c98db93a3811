//! Dates before -4800-03-01, as Flink has them: it counts days from there by divisions that go towards 0, so that what lies before has
//! months and days of its own.

use super::fields::iso_day_of_week;
use crate::text::calendar::Date;

/// From -4800-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 2_472_632;
const FIRST_YEAR: i64 = 4_800;

const DAYS_OF_400_YEARS: i64 = 146_097;
const DAYS_OF_100_YEARS: i64 = 36_524;
const DAYS_OF_4_YEARS: i64 = 1_461;

/// A date of which the month and the day may be anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EarlyDate {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

impl EarlyDate {
    /// The date of a day that is so many days after 1970-01-01; none where the calendar is the usual one.
    pub(super) fn from_days(days: i32) -> Option<Self> {
        let past = i64::from(days) + DAYS_TO_EPOCH;
        if past >= 0 {
            return None;
        }
        // Of each four years or centuries the last one is the longer one.
        let whole = |days: i64, of: i64| (days / of + 1) * 3 / 4;
        let (eras, rest) = (past / DAYS_OF_400_YEARS, past % DAYS_OF_400_YEARS);
        let centuries = whole(rest, DAYS_OF_100_YEARS);
        let rest = rest - centuries * DAYS_OF_100_YEARS;
        let (fours, rest) = (rest / DAYS_OF_4_YEARS, rest % DAYS_OF_4_YEARS);
        let years = whole(rest, 365);
        let day_of_year = rest - years * 365;
        // Months count from March, and a year begins two months later than it.
        let month = (day_of_year * 5 + 308) / 153 - 2;
        let year = eras * 400 + centuries * 100 + fours * 4 + years;
        Some(Self {
            year: year - FIRST_YEAR + (month + 2) / 12,
            month: (month + 2) % 12 + 1,
            day: day_of_year - (month + 4) * 153 / 5 + 123,
        })
    }

    /// 1 for the first of January.
    pub(super) fn day_of_year(self, days: i32) -> i64 {
        i64::from(days) - first_of_january(self.year) + 1
    }

    /// The week of ISO 8601, but counted from the first one of this year for days in front of it, too.
    pub(super) fn iso_week(self, days: i32) -> i64 {
        (i64::from(days) - first_monday(self.year)) / 7 + 1
    }
}

fn first_of_january(year: i64) -> i64 {
    i32::try_from(year).map_or(0, |year| to_days(Date { year, month: 1, day: 1 }).into())
}

/// The Monday of the first week of ISO 8601.
fn first_monday(year: i64) -> i64 {
    let first = first_of_january(year);
    let weekday = i32::try_from(first).map_or(1, iso_day_of_week) % 7;
    first + (11 - weekday) % 7 - 3
}

/// The day on which Flink sees a date: leap years before -4800 are counted by divisions that go towards 0, one of them too many in each
/// century.
pub(in crate::functions) fn to_days(date: Date) -> i32 {
    let days = date.to_days();
    let past = i64::from(date.year) + FIRST_YEAR - i64::from(date.month <= 2);
    if past >= 0 {
        return days;
    }
    let missed = |by: i64| past.div_euclid(by) - past / by;
    days.saturating_sub(i32::try_from(missed(4) - missed(100) + missed(400)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_dates_are_those_of_flink() {
        let days = to_days(Date { year: -4976, month: 1, day: 1 });
        let date = EarlyDate::from_days(days).unwrap();
        assert_eq!(date, EarlyDate { year: -4976, month: 1, day: 4 });
        assert_eq!((date.day_of_year(days), date.iso_week(days)), (1, 1));
        assert_eq!(EarlyDate::from_days(to_days(Date { year: -4800, month: 3, day: 1 })), None);
    }
}
