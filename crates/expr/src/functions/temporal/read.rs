//! Dates and times read by the patterns of `DateTimeFormatter`, and resolved as its smart style does.

use super::fields::iso_day_of_week;
use super::moment::{NANOS_PER_DAY, NANOS_PER_MILLI, NANOS_PER_SECOND};
use super::names::{DAYS, MONTHS, QUARTERS, cut};
use super::pattern::{Field, Item, Pattern};
use crate::functions::kernel::Instant;
use crate::text::calendar::{Date, is_leap_year};

/// The most digits a number may have.
const DIGITS_MAX: usize = 19;

/// The numbers that were read, by field.
#[derive(Clone, Debug, Default)]
struct Numbers {
    read: Vec<(Field, i64)>,
}

impl Numbers {
    fn get(&self, field: Field) -> Option<i64> {
        self.read.iter().find(|(known, _)| *known == field).map(|(_, number)| *number)
    }

    /// Adds a number; `None` where the field has another one already.
    fn put(&mut self, field: Field, number: i64) -> Option<()> {
        match self.get(field) {
            Some(known) => (known == number).then_some(()),
            None => {
                self.read.push((field, number));
                Some(())
            }
        }
    }
}

impl Pattern {
    /// Reads the whole of `text`: the wall clock, with what the pattern lacks taken from 1970-01-01 00:00:00.
    pub(super) fn read(&self, text: &str) -> Option<Instant> {
        let mut numbers = Numbers::default();
        let rest = self.read_items(0, self.items.len(), text, &mut numbers)?;
        if rest.is_empty() { resolve(&numbers) } else { None }
    }

    /// Reads the items from `at` to `end` off the start of `text`, and gives what follows.
    fn read_items<'t>(
        &self,
        mut at: usize,
        end: usize,
        mut text: &'t str,
        numbers: &mut Numbers,
    ) -> Option<&'t str> {
        while at < end {
            match self.items.get(at)? {
                Item::Literal(literal) => text = text.strip_prefix(literal.as_str())?,
                Item::Field(field, count) => text = self.read_field(at, *field, *count, text, numbers)?,
                Item::Pad(width) => {
                    // What is padded is read without its spaces.
                    let spaces = text.len() - text.trim_start_matches(' ').len();
                    text = text.get(spaces.min(width.saturating_sub(1))..)?;
                }
                Item::OptionalStart => {
                    let close = self.close(at);
                    let mut inside = numbers.clone();
                    if let Some(rest) = self.read_items(at + 1, close, text, &mut inside) {
                        *numbers = inside;
                        text = rest;
                    }
                    at = close;
                }
                Item::OptionalEnd => {}
            }
            at += 1;
        }
        Some(text)
    }

    /// Where the optional part that starts at `at` ends.
    fn close(&self, at: usize) -> usize {
        let mut depth = 0_usize;
        for (index, item) in self.items.iter().enumerate().skip(at) {
            match item {
                Item::OptionalStart => depth += 1,
                Item::OptionalEnd => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index;
            }
        }
        self.items.len()
    }

    fn read_field<'t>(
        &self,
        at: usize,
        field: Field,
        count: usize,
        text: &'t str,
        numbers: &mut Numbers,
    ) -> Option<&'t str> {
        let (number, rest) = match field {
            Field::Era => one_of(text, &[("AD", 1), ("BC", 0)])?,
            Field::Month if count >= 3 => name(text, &MONTHS, count)?,
            Field::DayText => name(text, &DAYS, count.max(3))?,
            Field::LocalDay if count >= 3 => {
                let (day, rest) = name(text, &DAYS, count)?;
                (day % 7 + 1, rest)
            }
            Field::QuarterOfYear if count == 3 => {
                one_of(text, &[("Q1", 1), ("Q2", 2), ("Q3", 3), ("Q4", 4)])?
            }
            Field::QuarterOfYear if count == 4 => name(text, &QUARTERS, 4)?,
            Field::HalfDay => one_of(text, &[("AM", 0), ("PM", 1)])?,
            Field::ZoneName | Field::ZoneId => {
                let end = text
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "/_+-:".contains(c)))
                    .unwrap_or(text.len());
                return (end > 0).then(|| text.get(end..)).flatten();
            }
            Field::OffsetRfc | Field::OffsetIso | Field::OffsetPlain | Field::OffsetGmt => {
                return offset(field, count, text);
            }
            _ => self.read_number(at, field, count, text)?,
        };
        let possible = match field {
            Field::WeekOfYear => 0..=54,
            Field::LocalDay => 1..=7,
            _ => i64::MIN..=i64::MAX,
        };
        if !possible.contains(&number) {
            return None;
        }
        numbers.put(field, number)?;
        Some(rest)
    }

    /// A number, which leaves the numbers of fixed width that follow it at once their digits.
    fn read_number<'t>(
        &self,
        at: usize,
        field: Field,
        count: usize,
        text: &'t str,
    ) -> Option<(i64, &'t str)> {
        let year = matches!(field, Field::YearOfEra | Field::Year | Field::WeekYear);
        let (least, most) = match (field, count) {
            (Field::Fraction, _) => (count, count),
            _ if year && count != 2 => (count, DIGITS_MAX),
            (Field::MilliOfDay | Field::NanoOfSecond | Field::NanoOfDay, _) => (count, DIGITS_MAX),
            (Field::DayOfYear, 2) => (2, 3),
            (Field::LocalDay | Field::WeekOfMonth, 1) => (1, 1),
            (_, 1) => (1, DIGITS_MAX),
            _ => (count, count),
        };
        let (sign, digits) = match text.strip_prefix(['+', '-']) {
            Some(digits) if year || least != most => (text.get(..1)?, digits),
            _ => ("", text),
        };
        let reserved: usize = self.items.get(at + 1..)?.iter().map_while(fixed_width).sum();
        let reserved = if least == most { 0 } else { reserved };
        let found = digits.bytes().take(most.saturating_add(reserved)).take_while(u8::is_ascii_digit).count();
        let taken = if reserved > 0 { found.saturating_sub(reserved).max(least) } else { found };
        if taken < least || taken > found {
            return None;
        }
        // A year of four digits or more tells by a sign that it has more.
        let exceeds = year && count >= 4 && taken > count;
        match sign {
            "+" if !(year && count >= 4 && exceeds) => return None,
            "" if exceeds => return None,
            _ => {}
        }
        let (digits, rest) = digits.split_at_checked(taken)?;
        let number: i64 = digits.parse().ok()?;
        Some(match (field, count) {
            (Field::Fraction, _) => (number * 10_i64.pow(u32::try_from(9 - count.min(9)).ok()?), rest),
            _ if year && count == 2 => (2000 + number, rest),
            _ => (if sign == "-" { -number } else { number }, rest),
        })
    }
}

/// How many digits an item always takes, if it is a number of fixed width.
fn fixed_width(item: &Item) -> Option<usize> {
    match item {
        Item::Field(Field::Fraction, count) => Some(*count),
        Item::Field(Field::YearOfEra | Field::Year | Field::WeekYear, 2) => Some(2),
        Item::Field(Field::YearOfEra | Field::Year | Field::WeekYear, _) => None,
        Item::Field(Field::MilliOfDay | Field::NanoOfSecond | Field::NanoOfDay, _) => None,
        Item::Field(Field::DayOfYear, count) => (*count == 3).then_some(3),
        Item::Field(Field::LocalDay | Field::WeekOfMonth, 1) => Some(1),
        Item::Field(Field::Month | Field::QuarterOfYear | Field::LocalDay, 2) => Some(2),
        Item::Field(Field::WeekOfYear | Field::Day | Field::Hour | Field::ClockHour, 2) => Some(2),
        Item::Field(Field::HalfHour | Field::HalfClockHour | Field::Minute | Field::Second, 2) => Some(2),
        _ => None,
    }
}

/// The number of the word that `text` starts with.
fn one_of<'t>(text: &'t str, words: &[(&str, i64)]) -> Option<(i64, &'t str)> {
    words.iter().find_map(|(word, number)| Some((*number, text.strip_prefix(word)?)))
}

/// The number, from 1, of the name that `text` starts with: its first three letters, all of it, or its first letter.
fn name<'t>(text: &'t str, names: &[&'static str], count: usize) -> Option<(i64, &'t str)> {
    let form = |name: &'static str| match count {
        3 => cut(name, 3),
        5 => cut(name, 1),
        _ => name,
    };
    names.iter().zip(1..).find_map(|(name, number)| Some((number, text.strip_prefix(form(name))?)))
}

/// What follows an offset, which is read but does not count.
fn offset(field: Field, count: usize, text: &str) -> Option<&str> {
    if let (Field::OffsetIso, Some(rest)) = (field, text.strip_prefix('Z')) {
        return Some(rest);
    }
    let text = if field == Field::OffsetGmt { text.strip_prefix("GMT")? } else { text };
    let digits = match text.strip_prefix(['+', '-']) {
        Some(digits) => digits,
        None if field == Field::OffsetGmt => return Some(text),
        None => return None,
    };
    let number = |text: &str, length: usize| {
        let (digits, _) = text.split_at_checked(length)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())
    };
    if field == Field::OffsetGmt {
        return Some(digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'));
    }
    number(digits, 2)?;
    let rest = digits.get(2..)?;
    let colon = matches!((field, count), (_, 3 | 5)) && field != Field::OffsetRfc
        || field == Field::OffsetRfc && count == 5;
    match (field, count) {
        (Field::OffsetIso | Field::OffsetPlain, 1) => match number(rest, 2) {
            Some(()) => rest.get(2..),
            None => Some(rest),
        },
        _ => {
            let rest = if colon { rest.strip_prefix(':')? } else { rest };
            number(rest, 2)?;
            rest.get(2..)
        }
    }
}

fn resolve(numbers: &Numbers) -> Option<Instant> {
    let (nanos, excess) = time(numbers)?;
    // 24:00 is of the next day where there is a day.
    let dated = [Field::Day, Field::DayOfYear].into_iter().any(|field| numbers.get(field).is_some());
    let days = i64::from(date(numbers)?) + if dated { excess } else { 0 };
    let total = i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(nanos);
    Some(Instant::from_nanos(total))
}

fn within(number: i64, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    range.contains(&number).then_some(number)
}

fn date(numbers: &Numbers) -> Option<i32> {
    let year = match (numbers.get(Field::Year), numbers.get(Field::YearOfEra), numbers.get(Field::Era)) {
        (Some(year), _, _) => Some(year),
        (None, Some(year), Some(0)) => Some(1 - within(year, 1..=999_999)?),
        (None, Some(year), _) => Some(within(year, 1..=999_999)?),
        (None, None, _) => None,
    };
    let year = year.map(i32::try_from).transpose().ok()?.filter(|year| year.abs() <= 999_999);
    let month = numbers.get(Field::Month).map_or(Some(1), |month| within(month, 1..=12))?;
    let day = numbers.get(Field::Day).map_or(Some(1), |day| within(day, 1..=31))?;
    let week = (numbers.get(Field::WeekYear), numbers.get(Field::WeekOfYear), numbers.get(Field::LocalDay));
    let days = match (year, numbers.get(Field::DayOfYear), week) {
        (Some(year), Some(day), _) => {
            let length = if is_leap_year(year) { 366 } else { 365 };
            let first = Date { year, month: 1, day: 1 }.to_days();
            first + i32::try_from(within(day, 1..=length)? - 1).ok()?
        }
        (None, _, (Some(year), Some(week), Some(day))) => {
            let first = Date { year: i32::try_from(year).ok()?, month: 1, day: 1 }.to_days();
            let sunday = first - i32::try_from(iso_day_of_week(first) % 7).ok()?;
            sunday + i32::try_from((within(week, 1..=53)? - 1) * 7 + within(day, 1..=7)? - 1).ok()?
        }
        (year, ..) => {
            let first = Date { year: year.unwrap_or(1970), month: u8::try_from(month).ok()?, day: 1 };
            // A day that the month does not have is its last one.
            Date { day: u8::try_from(day).ok()?.min(first.days_of_month()), ..first }.to_days()
        }
    };
    let whole_date =
        year.is_some() && numbers.get(Field::Month).is_some() && numbers.get(Field::Day).is_some();
    match numbers.get(Field::DayText) {
        Some(day) if whole_date && day != iso_day_of_week(days) => None,
        _ => Some(days),
    }
}

/// The nanoseconds of the day, and 1 where 24:00 is the next day's midnight.
fn time(numbers: &Numbers) -> Option<(i64, i64)> {
    if let Some(nanos) = numbers.get(Field::NanoOfDay) {
        return Some((within(nanos, 0..=NANOS_PER_DAY - 1)?, 0));
    }
    if let Some(millis) = numbers.get(Field::MilliOfDay) {
        return Some((within(millis, 0..=NANOS_PER_DAY / NANOS_PER_MILLI - 1)? * NANOS_PER_MILLI, 0));
    }
    let get = |field, range| numbers.get(field).map_or(Some(0), |number| within(number, range));
    let (minute, second) = (get(Field::Minute, 0..=59)?, get(Field::Second, 0..=59)?);
    let nanos = match numbers.get(Field::Fraction) {
        Some(nanos) => nanos,
        None => get(Field::NanoOfSecond, 0..=NANOS_PER_SECOND - 1)?,
    };
    let half = match (numbers.get(Field::HalfHour), numbers.get(Field::HalfClockHour)) {
        (Some(hour), _) => Some(within(hour, 0..=11)?),
        (_, Some(hour)) => Some(within(hour, 0..=12)? % 12),
        _ => None,
    };
    let hour =
        match (numbers.get(Field::Hour), numbers.get(Field::ClockHour), numbers.get(Field::HalfDay), half) {
            (Some(24), ..) if minute == 0 && second == 0 && nanos == 0 => return Some((0, 1)),
            (Some(hour), ..) => within(hour, 0..=23)?,
            (_, Some(hour), ..) => within(hour, 0..=24)? % 24,
            (_, _, Some(noon), Some(hour)) => noon * 12 + hour,
            // The middle of the half day.
            (_, _, Some(noon), None) => noon * 12 + 6,
            _ => 0,
        };
    Some(((hour * 3_600 + minute * 60 + second) * NANOS_PER_SECOND + nanos, 0))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Dialect;
    use super::*;

    fn read(text: &str, pattern: &str) -> Option<String> {
        let mut out = String::new();
        let instant = Pattern::new(pattern, Dialect::Modern).unwrap().read(text)?;
        crate::text::write_timestamp(instant.as_nanos(), 3, ' ', &mut out);
        Some(out)
    }

    #[test]
    fn reads_what_java_reads() {
        for (text, pattern, expected) in [
            ("2020/02/30 01", "yyyy/MM/dd HH", "2020-02-29 01:00:00.000"),
            ("2020/12/13", "yyyy/M/d", "2020-12-13 00:00:00.000"),
            ("03-Feb-2020", "dd-MMM-yyyy", "2020-02-03 00:00:00.000"),
            ("3 February 2020", "d MMMM yyyy", "2020-02-03 00:00:00.000"),
            ("Mon 3 Feb 2020", "EEE d MMM yyyy", "2020-02-03 00:00:00.000"),
            ("2020-02-03 11:02 PM", "yyyy-MM-dd hh:mm a", "2020-02-03 23:02:00.000"),
            ("2020-02-03 24:00", "yyyy-MM-dd HH:mm", "2020-02-04 00:00:00.000"),
            ("2020-02-03 24:00", "yyyy-MM-dd kk:mm", "2020-02-03 00:00:00.000"),
            ("2020-02-03 11", "yyyy-MM-dd hh", "2020-02-03 00:00:00.000"),
            ("2020/02/03 PM", "yyyy/MM/dd a", "2020-02-03 18:00:00.000"),
            ("2020/02/03 0 PM", "yyyy/MM/dd h a", "2020-02-03 12:00:00.000"),
            ("99-02-03", "yy-MM-dd", "2099-02-03 00:00:00.000"),
            ("2020-034", "yyyy-DDD", "2020-02-03 00:00:00.000"),
            ("2021/66", "yyyy/D", "2021-03-07 00:00:00.000"),
            ("2020-W06-1", "YYYY-'W'ww-e", "2020-02-02 00:00:00.000"),
            ("2020-02-03T01:02:03Z", "yyyy-MM-dd'T'HH:mm:ssX", "2020-02-03 01:02:03.000"),
            ("2020-02-03T01:02:03+08:00", "yyyy-MM-dd'T'HH:mm:ssXXX", "2020-02-03 01:02:03.000"),
            ("2020-02-03T01:02:03+0800", "yyyy-MM-dd'T'HH:mm:ssZ", "2020-02-03 01:02:03.000"),
            ("2020-02-03 GMT+8", "yyyy-MM-dd O", "2020-02-03 00:00:00.000"),
            ("2020-02-03 01:02:03", "yyyy-MM-dd HH:mm:ss[.SSS]", "2020-02-03 01:02:03.000"),
            ("2020-02-03 01:02:03.456", "yyyy-MM-dd HH:mm:ss[.SSS]", "2020-02-03 01:02:03.456"),
            ("20200203010203456", "yyyyMMddHHmmssSSS", "2020-02-03 01:02:03.456"),
            ("20000202 59:59.1234567", "yyyyMMdd mm:ss.SSSSSSS", "2000-02-02 00:59:59.123"),
            ("1234567", "SSSSSSS", "1970-01-01 00:00:00.123"),
            ("10:11", "HH:mm", "1970-01-01 10:11:00.000"),
            ("2021 1", "yyyy Q", "2021-01-01 00:00:00.000"),
            ("1 50706123", "d A", "1970-01-01 14:05:06.123"),
            ("Monday", "EEEE", "1970-01-01 00:00:00.000"),
            ("2020-02-03 AD", "yyyy-MM-dd G", "2020-02-03 00:00:00.000"),
            ("0020-02-03", "yyyy-MM-dd", "0020-02-03 00:00:00.000"),
        ] {
            assert_eq!(read(text, pattern).as_deref(), Some(expected), "{text} by {pattern}");
        }
    }

    #[test]
    fn refuses_what_java_refuses() {
        for (text, pattern) in [
            ("2020/2/3", "yyyy/MM/dd"),
            ("03-feb-2020", "dd-MMM-yyyy"),
            ("Tue 3 Feb 2020", "EEE d MMM yyyy"),
            ("2020-02-03 11:02 pm", "yyyy-MM-dd hh:mm a"),
            ("2020-02-03 01:02:03 extra", "yyyy-MM-dd HH:mm:ss"),
            ("12020-02-03", "yyyy-MM-dd"),
            ("2020-13-03", "yyyy-MM-dd"),
            ("2020-02-32", "yyyy-MM-dd"),
            ("2021/366", "yyyy/DDD"),
            ("2020/02/03 24:01", "yyyy/MM/dd HH:mm"),
            ("2020/02/03 01:60", "yyyy/MM/dd HH:mm"),
            ("2020/02/03 12", "yyyy/MM/dd SSS"),
            ("2020-02-03 +8", "yyyy-MM-dd X"),
            ("20-02-03", "yyy-MM-dd"),
            ("1580691723", "s"),
            ("0000-02-03", "yyyy-MM-dd"),
            ("", "yyyy"),
        ] {
            assert_eq!(read(text, pattern), None, "{text} by {pattern}");
        }
    }
}
