//! Moments printed by patterns.

use std::fmt::Write as _;

use super::moment::{Moment, NANOS_PER_MILLI, NANOS_PER_SECOND};
use super::names::{DAYS, MONTHS, QUARTERS, cut};
use super::pattern::{Dialect, Field, Item, Pattern};
use crate::error::{Error, Result};

impl Pattern {
    /// Appends the moment.
    ///
    /// # Errors
    /// Runtime where the pattern asks for a zone that the moment does not have.
    pub(super) fn print(&self, moment: &Moment, out: &mut String) -> Result<()> {
        let mut padding: Option<usize> = None;
        for item in &self.items {
            let start = out.len();
            match item {
                Item::Literal(text) => out.push_str(text),
                Item::Field(field, count) => self.print_field(*field, *count, moment, out)?,
                Item::Pad(width) => {
                    padding = Some(*width);
                    continue;
                }
                Item::OptionalStart | Item::OptionalEnd => continue,
            }
            if let Some(width) = padding.take() {
                let length = out.get(start..).unwrap_or_default().chars().count();
                out.insert_str(start, &" ".repeat(width.saturating_sub(length)));
            }
        }
        Ok(())
    }

    fn print_field(&self, field: Field, count: usize, moment: &Moment, out: &mut String) -> Result<()> {
        let legacy = self.dialect == Dialect::Legacy;
        let date = moment.date;
        let second_of_day = moment.nanos_of_day / NANOS_PER_SECOND;
        let nanos = moment.nanos_of_day % NANOS_PER_SECOND;
        let hour = second_of_day / 3_600;
        let number = match field {
            Field::Era => {
                let era =
                    if date.year > 0 { ["AD", "Anno Domini", "A"] } else { ["BC", "Before Christ", "B"] };
                out.push_str(match count {
                    4 if !legacy => era[1],
                    5 if !legacy => era[2],
                    _ => era[0],
                });
                return Ok(());
            }
            Field::YearOfEra => {
                let year = if date.year > 0 { date.year } else { 1 - date.year };
                {
                    print_year(year.into(), count, legacy, out);
                    return Ok(());
                }
            }
            Field::Year => {
                print_year(date.year.into(), count, legacy, out);
                return Ok(());
            }
            Field::WeekYear => {
                print_year(local_week(moment).0, count, legacy, out);
                return Ok(());
            }
            Field::Month if count >= 3 => {
                let name = MONTHS.get(usize::from(date.month) - 1).copied().unwrap_or_default();
                out.push_str(text(name, count, legacy));
                return Ok(());
            }
            Field::DayText | Field::LocalDay if count >= 3 || field == Field::DayText => {
                let name = usize::try_from(moment.iso_day - 1).ok().and_then(|day| DAYS.get(day));
                out.push_str(text(name.copied().unwrap_or_default(), count.max(3), legacy));
                return Ok(());
            }
            Field::QuarterOfYear => {
                let quarter = (usize::from(date.month) - 1) / 3;
                match count {
                    3 => {
                        let _ = write!(out, "Q{}", quarter + 1);
                    }
                    4 => out.push_str(QUARTERS.get(quarter).copied().unwrap_or_default()),
                    2 => pad(i64::from(date.month - 1) / 3 + 1, 2, out),
                    _ => pad(i64::from(date.month - 1) / 3 + 1, 1, out),
                }
                return Ok(());
            }
            Field::HalfDay => {
                out.push_str(if hour < 12 { "AM" } else { "PM" });
                return Ok(());
            }
            Field::Fraction if !legacy => {
                let digits = format!("{nanos:09}");
                out.push_str(digits.get(..count).unwrap_or(&digits));
                return Ok(());
            }
            Field::ZoneName
            | Field::ZoneId
            | Field::OffsetRfc
            | Field::OffsetIso
            | Field::OffsetPlain
            | Field::OffsetGmt => {
                return print_zone(field, count, moment, out);
            }
            Field::Month => date.month.into(),
            Field::WeekOfYear => local_week(moment).1,
            Field::WeekOfMonth => (i64::from(date.day) + first_of_week(moment, date.day.into()) + 6) / 7,
            Field::DayOfYear => moment.day_of_year,
            Field::Day => date.day.into(),
            // The modern letter counts within the week of the month that begins with its first.
            Field::WeekdayInMonth if legacy => (i64::from(date.day) + 6) / 7,
            Field::WeekdayInMonth => (i64::from(date.day) - 1) % 7 + 1,
            Field::LocalDay | Field::DayText => moment.iso_day % 7 + 1,
            Field::IsoDay => moment.iso_day,
            Field::Hour => hour,
            Field::ClockHour => {
                if hour == 0 {
                    24
                } else {
                    hour
                }
            }
            Field::HalfHour => hour % 12,
            Field::HalfClockHour => {
                if hour % 12 == 0 {
                    12
                } else {
                    hour % 12
                }
            }
            Field::Minute => second_of_day / 60 % 60,
            Field::Second => second_of_day % 60,
            Field::Fraction => nanos / NANOS_PER_MILLI,
            Field::MilliOfDay => moment.nanos_of_day / NANOS_PER_MILLI,
            Field::NanoOfSecond => nanos,
            Field::NanoOfDay => moment.nanos_of_day,
        };
        pad(number, count, out);
        Ok(())
    }
}

/// A number with at least `width` digits.
fn pad(number: i64, width: usize, out: &mut String) {
    let _ = write!(out, "{number:0width$}");
}

fn print_year(year: i64, count: usize, legacy: bool, out: &mut String) {
    match (count, legacy) {
        (2, _) => pad(year.rem_euclid(100), 2, out),
        (_, true) => pad(year, count, out),
        _ => {
            // Years of more digits than asked for are told apart by their sign.
            if count >= 4 && year >= 10_i64.saturating_pow(u32::try_from(count).unwrap_or(u32::MAX)) {
                out.push('+');
            }
            if year < 0 {
                out.push('-');
            }
            pad(year.abs(), count, out);
        }
    }
}

/// A name by the count of its letter: 3 for the short one, 4 for the long one, 5 for its first letter.
fn text(name: &'static str, count: usize, legacy: bool) -> &'static str {
    match count {
        3 => cut(name, 3),
        5 if !legacy => cut(name, 1),
        _ => name,
    }
}

/// On which place of its week, 0 for Sunday, the first day stands, if the day at hand is number `day`.
fn first_of_week(moment: &Moment, day: i64) -> i64 {
    (moment.iso_day - (day - 1)).rem_euclid(7)
}

/// The year and the number of the week as the United States count them: weeks begin on Sunday, and the first one holds
/// the first of January.
fn local_week(moment: &Moment) -> (i64, i64) {
    let year = i64::from(moment.date.year);
    let week = (moment.day_of_year - 1 + first_of_week(moment, moment.day_of_year)) / 7 + 1;
    // The last days of December stand in the week of the first of January.
    let until_saturday = 6 - moment.iso_day % 7;
    let last_day = moment.date.month == 12 && i64::from(moment.date.day) + until_saturday > 31;
    if last_day { (year + 1, 1) } else { (year, week) }
}

fn print_zone(field: Field, count: usize, moment: &Moment, out: &mut String) -> Result<()> {
    let Some((seconds, abbreviation)) = &moment.zone else {
        return Err(Error::runtime("a pattern with a time zone cannot print a timestamp, which has none"));
    };
    let (hours, minutes) = (seconds.abs() / 3_600, seconds.abs() / 60 % 60);
    let sign = if *seconds < 0 { '-' } else { '+' };
    let _ = match (field, count) {
        (Field::ZoneName, 1..=3) => write!(out, "{abbreviation}"),
        (Field::OffsetIso, _) if *seconds == 0 => write!(out, "Z"),
        (Field::OffsetIso, 1) => write!(out, "{sign}{hours:02}"),
        (Field::OffsetIso, 2) | (Field::OffsetRfc, _) => write!(out, "{sign}{hours:02}{minutes:02}"),
        (Field::OffsetIso, 3) => write!(out, "{sign}{hours:02}:{minutes:02}"),
        _ => return Err(Error::unsupported("full names of time zones in patterns")),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::kernel::Instant;

    /// 2020-02-03 14:05:06.123456
    const MICROS: i64 = 1_580_738_706_123_456;

    fn print(pattern: &str, dialect: Dialect, micros: i64) -> String {
        let mut out = String::new();
        let mut moment = Moment::new(Instant { micros, nanos: 0 }).unwrap();
        moment.zone = (dialect == Dialect::Legacy).then(|| (-28_800, "PST".to_owned()));
        Pattern::new(pattern, dialect).unwrap().print(&moment, &mut out).unwrap();
        out
    }

    #[test]
    fn the_formatter_of_java_time() {
        for (pattern, expected) in [
            ("yyyy-MM-dd HH:mm:ss.SSS", "2020-02-03 14:05:06.123"),
            ("G y yy yyy yyyy yyyyy u uu Y YY YYYY", "AD 2020 20 2020 2020 02020 2020 20 2020 20 2020"),
            ("M MM MMM MMMM MMMMM L LL LLL LLLL LLLLL", "2 02 Feb February F 2 02 Feb February F"),
            ("d dd D DDD Q QQ QQQ QQQQ w ww W", "3 03 34 034 1 01 Q1 1st quarter 6 06 2"),
            ("E EE EEE EEEE EEEEE e ee eee c ccc F", "Mon Mon Mon Monday M 2 02 Mon 2 Mon 3"),
            ("a h hh K KK k kk H HH m mm s ss", "PM 2 02 2 02 14 14 14 14 5 05 6 06"),
            ("S SS SSS SSSS SSSSSSSSS A n N", "1 12 123 1234 123456000 50706123 123456000 50706123456000"),
            ("yyyy'T'HH ''''", "2020T14 ''"),
            ("[yyyy] pppH", "2020  14"),
            ("yyyy年MM月dd日", "2020年02月03日"),
            ("eeee ccccc", "Monday M"),
            ("QQQQQ q qqq", "1 1 Q1"),
            ("ppH pppppd", "14     3"),
            ("", ""),
        ] {
            assert_eq!(print(pattern, Dialect::Modern, MICROS), expected, "{pattern}");
        }
        let no_zone = Pattern::new("z", Dialect::Modern).unwrap();
        let moment = Moment::new(Instant { micros: 0, nanos: 0 }).unwrap();
        assert!(no_zone.print(&moment, &mut String::new()).is_err());
    }

    #[test]
    fn the_older_formatter() {
        for (pattern, expected) in [
            ("G y yy yyy yyyy yyyyy u uu Y YY YYYY", "AD 2020 20 2020 2020 02020 1 01 2020 20 2020"),
            ("M MM MMM MMMM MMMMM L LL LLL", "2 02 Feb February February 2 02 Feb"),
            ("d dd D DDD w ww W F E EE EEE EEEE u", "3 03 34 034 6 06 2 1 Mon Mon Mon Monday 1"),
            ("a h hh K KK k kk H HH S SSS SSSSS", "PM 2 02 2 02 14 14 14 14 123 123 00123"),
            ("z Z X XX XXX", "PST -0800 -08 -0800 -08:00"),
        ] {
            assert_eq!(print(pattern, Dialect::Legacy, MICROS), expected, "{pattern}");
        }
    }

    #[test]
    fn weeks_of_the_united_states() {
        let sunday = 1_609_027_200_000_000; // 2020-12-27
        assert_eq!(print("Y w W e E D F", Dialect::Modern, sunday), "2021 1 5 1 Sun 362 6");
        let friday = 1_609_459_200_000_000; // 2021-01-01
        assert_eq!(
            print("YYYY ww W e EEE h K k a F", Dialect::Modern, friday),
            "2021 01 1 6 Fri 12 0 24 AM 1"
        );
    }
}
