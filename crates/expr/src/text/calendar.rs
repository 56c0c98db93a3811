//! Days, years and months of the proleptic Gregorian calendar.
//!
//! The arithmetic is Howard Hinnant's ("chrono-compatible low-level date algorithms"): years
//! begin in March, so that the leap day comes last, and 400 years are one period of 146,097 days.

const DAYS_OF_400_YEARS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year; 0 is 1 BC.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day that lies `days` after 1970-01-01.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "months and days are small, and the years of 32-bit days fit 32 bits"
    )]
    pub fn from_days(days: i32) -> Self {
        let shifted = i64::from(days) + DAYS_TO_EPOCH;
        let period = shifted.div_euclid(DAYS_OF_400_YEARS);
        let day = shifted.rem_euclid(DAYS_OF_400_YEARS);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day_of_year = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + period * 400 + i64::from(month <= 2);
        Self { year: year as i32, month: month as u8, day: day as u8 }
    }

    /// Days after 1970-01-01. Months and days beyond their bounds count on.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the days of 32-bit years fit, but for the last few million"
    )]
    pub fn to_days(self) -> i32 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let period = year.div_euclid(400);
        let year = year.rem_euclid(400);
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let day = year * 365 + year / 4 - year / 100 + day_of_year;
        (period * DAYS_OF_400_YEARS + day - DAYS_TO_EPOCH) as i32
    }

    /// Days of this date's month.
    pub fn days_of_month(self) -> u8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap_year(self.year) => 29,
            2 => 28,
            _ => 31,
        }
    }
}

/// Whether the year has 366 days.
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        let date = |year, month, day| Date { year, month, day };
        for (days, expected) in [
            (0, date(1970, 1, 1)),
            (-1, date(1969, 12, 31)),
            (19_782, date(2024, 2, 29)),
            (-719_162, date(1, 1, 1)),
            (2_932_896, date(9999, 12, 31)),
            (-719_528, date(0, 1, 1)),
        ] {
            assert_eq!(Date::from_days(days), expected);
            assert_eq!(expected.to_days(), days);
        }
        for days in (-1_000_000..3_000_000).step_by(17) {
            assert_eq!(Date::from_days(days).to_days(), days);
        }
    }

    #[test]
    fn february_knows_leap_years() {
        for (year, days) in [(2023, 28), (2024, 29), (1900, 28), (2000, 29)] {
            assert_eq!(Date { year, month: 2, day: 1 }.days_of_month(), days);
        }
    }
}
