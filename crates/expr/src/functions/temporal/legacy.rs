//! Dates and times read as `SimpleDateFormat` reads them: leniently, and only as far as the pattern goes.

use super::date_fields::{DateField, DateFields};
use super::names::{DAYS, MONTHS};
use super::pattern::{Field, Item, Pattern};
use super::unit::{MILLIS_PER_DAY, MILLIS_PER_HOUR, MILLIS_PER_MINUTE, MILLIS_PER_SECOND};
use super::zones::{self, OldZone};

/// Years of two digits stand for those from this one on. Java's window moves with the clock; this one does not, so
/// that a text always means the same.
const TWO_DIGIT_YEARS_START: i64 = 1947;

/// What was read.
#[derive(Clone, Debug)]
struct Reading {
    before_christ: bool,
    date: DateFields,
    hour: i64,
    half_hour: Option<i64>,
    afternoon: bool,
    minute: i64,
    second: i64,
    milli: i64,
    /// Seconds east of Greenwich.
    offset: Option<i64>,
}

impl Pattern {
    /// Reads the start of `text`: milliseconds since 1970-01-01 00:00:00 UTC, of a wall clock in `zone` where the text
    /// names no other.
    pub(super) fn read_legacy(&self, text: &str, zone: &OldZone) -> Option<i64> {
        let mut reading = Reading {
            before_christ: false,
            date: DateFields::default(),
            hour: 0,
            half_hour: None,
            afternoon: false,
            minute: 0,
            second: 0,
            milli: 0,
            offset: None,
        };
        let mut rest = text;
        for (at, item) in self.items.iter().enumerate() {
            rest = match item {
                Item::Literal(literal) => rest.strip_prefix(literal.as_str())?,
                Item::Field(field, count) => {
                    reading.read(*field, *count, self.abuts(at), rest.trim_start_matches([' ', '\t']))?
                }
                Item::Pad(_) | Item::OptionalStart | Item::OptionalEnd => rest,
            };
        }
        // Java takes it for a failure to have read nothing.
        if rest.len() == text.len() { None } else { reading.millis(zone) }
    }
}

impl Reading {
    /// Reads a field off the start of `text`, and gives what follows.
    fn read<'t>(&mut self, field: Field, count: usize, abuts: bool, text: &'t str) -> Option<&'t str> {
        let text_field = match field {
            Field::Era => {
                let (era, rest) = word(text, &["BC", "AD"], 2)?;
                self.before_christ = era == 1;
                Some(rest)
            }
            Field::Month if count >= 3 => {
                let (month, rest) = word(text, &MONTHS, 3)?;
                self.date.set(DateField::Month, month);
                Some(rest)
            }
            Field::DayText => {
                let (day, rest) = word(text, &DAYS, 3)?;
                self.date.set(DateField::DayOfWeek, day % 7 + 1);
                Some(rest)
            }
            Field::HalfDay => {
                let (half, rest) = word(text, &["AM", "PM"], 2)?;
                self.afternoon = half == 2;
                Some(rest)
            }
            Field::ZoneName | Field::OffsetRfc => {
                let (offset, rest) = zone_name(text)?;
                self.offset = Some(offset);
                Some(rest)
            }
            Field::OffsetIso => {
                let (offset, rest) = iso_offset(text, count)?;
                self.offset = Some(offset);
                Some(rest)
            }
            _ => None,
        };
        if text_field.is_some() {
            return text_field;
        }
        // A field that abuts the next one is as long as the pattern says, a sign included.
        let end = match abuts {
            true => text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(count)?,
            false => text.len(),
        };
        let (number, digits, behind) = number(text.get(..end)?)?;
        let rest = text.get(end - behind.len()..)?;
        match field {
            Field::YearOfEra if count <= 2 && digits == 2 && number >= 0 => {
                let century = TWO_DIGIT_YEARS_START - TWO_DIGIT_YEARS_START % 100;
                let year = century + number + if century + number < TWO_DIGIT_YEARS_START { 100 } else { 0 };
                self.date.set(DateField::Year, year);
            }
            Field::YearOfEra => self.date.set(DateField::Year, number),
            Field::WeekYear => self.date.set(DateField::WeekYear, number),
            Field::Month => self.date.set(DateField::Month, number),
            Field::Day => self.date.set(DateField::Day, number),
            Field::DayOfYear => self.date.set(DateField::DayOfYear, number),
            Field::WeekOfYear => self.date.set(DateField::WeekOfYear, number),
            Field::WeekOfMonth => self.date.set(DateField::WeekOfMonth, number),
            Field::WeekdayInMonth => self.date.set(DateField::WeekdayInMonth, number),
            Field::IsoDay => {
                let day = if (1..=7).contains(&number) { number % 7 + 1 } else { number };
                self.date.set(DateField::DayOfWeek, day);
            }
            Field::Hour => {
                self.hour = number;
                self.half_hour = None;
            }
            Field::ClockHour => {
                self.hour = if number == 24 { 0 } else { number };
                self.half_hour = None;
            }
            Field::HalfHour => self.half_hour = Some(number),
            Field::HalfClockHour => self.half_hour = Some(if number == 12 { 0 } else { number }),
            Field::Minute => self.minute = number,
            Field::Second => self.second = number,
            Field::Fraction => self.milli = number,
            _ => {}
        }
        Some(rest)
    }

    fn millis(&self, zone: &OldZone) -> Option<i64> {
        let days = self.date.days(self.before_christ)?;
        let hour = self.half_hour.map_or(self.hour, |hour| hour + if self.afternoon { 12 } else { 0 });
        let parts = [
            (days, MILLIS_PER_DAY),
            (hour, MILLIS_PER_HOUR),
            (self.minute, MILLIS_PER_MINUTE),
            (self.second, MILLIS_PER_SECOND),
            (self.milli, 1),
        ];
        let local = parts
            .into_iter()
            .try_fold(0_i64, |sum, (count, unit)| sum.checked_add(count.checked_mul(unit)?))?;
        match self.offset {
            Some(offset) => local.checked_sub(offset.checked_mul(MILLIS_PER_SECOND)?),
            None => Some(zone.to_instant(local)),
        }
    }
}

/// A number, perhaps negative; how many digits it has, and what follows.
fn number(text: &str) -> Option<(i64, usize, &str)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = digits.split_at_checked(count)?;
    let number: i64 = digits.parse().ok()?;
    Some((if negative { -number } else { number }, count, rest))
}

/// The number, from 1, of the word that `text` starts with in any case: all of it or its first letters.
fn word<'t>(text: &'t str, words: &[&str], short: usize) -> Option<(i64, &'t str)> {
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let whole =
        words.iter().zip(1..).find(|(word, _)| starts(word)).map(|(word, number)| (number, word.len()));
    let cut = |word: &&str| word.get(..short).is_some_and(starts);
    let (number, length) = whole
        .or_else(|| words.iter().zip(1..).find(|(word, _)| cut(word)).map(|(_, number)| (number, short)))?;
    Some((number, text.get(length..)?))
}

/// `+0800`, `GMT`, `GMT+8:00` or an abbreviation.
fn zone_name(text: &str) -> Option<(i64, &str)> {
    if text.starts_with(['+', '-']) {
        return iso_offset(text, 2);
    }
    if let Some(rest) = text.strip_prefix("GMT") {
        return match rest.strip_prefix(['+', '-']) {
            None => Some((0, rest)),
            Some(digits) => {
                let (hours, minutes) = digits.split_once(':')?;
                let (minutes, after) = minutes.split_at_checked(2)?;
                let seconds = hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60;
                Some((if rest.starts_with('-') { -seconds } else { seconds }, after))
            }
        };
    }
    let end = text.bytes().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let offset = match name {
        "UTC" | "UT" | "Z" => 0,
        "PDT" => -7 * 3_600,
        "MDT" => -6 * 3_600,
        "CDT" => -5 * 3_600,
        "EDT" => -4 * 3_600,
        "CET" => 3_600,
        "CEST" => 2 * 3_600,
        "PST" | "MST" | "CST" | "EST" | "HST" | "JST" | "IST" => {
            OldZone::new(&zones::lenient(name)).offset_at(1_704_067_200).0
        }
        _ => return None,
    };
    Some((offset, rest))
}

/// `Z`, or `+08`, `+0800`, `+08:00` for a letter that stands once, twice or thrice.
fn iso_offset(text: &str, count: usize) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-'])?;
    let two =
        |text: &str| text.get(..2).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
    let (hours, rest) = (two(digits)?, digits.get(2..)?);
    let (minutes, rest) = match count {
        1 => (0, rest),
        count => {
            let rest = if count == 3 { rest.strip_prefix(':')? } else { rest };
            (two(rest)?, rest.get(2..)?)
        }
    };
    let seconds = hours * 3_600 + minutes * 60;
    Some((if negative { -seconds } else { seconds }, rest))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::pattern::Dialect;
    use super::*;

    fn seconds(text: &str, pattern: &str) -> Option<i64> {
        let zone = OldZone::new(&TimeZone::UTC);
        Pattern::new(pattern, Dialect::Legacy).unwrap().read_legacy(text, &zone).map(|millis| millis / 1_000)
    }

    #[test]
    fn reads_leniently() {
        for (text, pattern, expected) in [
            ("2015-07-24 10:00:00", "yyyy-MM-dd HH:mm:ss", 1_437_732_000),
            ("2015-07-24 10:00:00.999", "yyyy-MM-dd HH:mm:ss", 1_437_732_000),
            ("1960-07-24 10:00:00.999", "yyyy-MM-dd HH:mm:ss.SSS", -297_871_199),
            ("2015-13-24 10:00:00", "yyyy-MM-dd HH:mm:ss", 1_453_629_600),
            ("2015-7-4 1:0:0", "yyyy-MM-dd HH:mm:ss", 1_435_971_600),
            ("2015-07-24 10:00:00 +0800", "yyyy-MM-dd HH:mm:ss Z", 1_437_703_200),
            ("2015-07-24T10:00:00+08:00", "yyyy-MM-dd'T'HH:mm:ssXXX", 1_437_703_200),
            ("2015-07-24 10:00:00 PST", "yyyy-MM-dd HH:mm:ss z", 1_437_760_800),
            ("15-07-24", "yy-MM-dd", 1_437_696_000),
            ("95-07-24", "yyyy-MM-dd", -59_151_772_800),
            ("1500-02-03 14:05:06", "yyyy-MM-dd HH:mm:ss", -14_828_090_094),
            ("2015-07-24 1:00 pm", "yyyy-MM-dd h:mm a", 1_437_742_800),
            // As real Flink has it: weeks, and days of the week alone.
            ("7", "w", 3_283_200),
            ("2020 Mon 7", "yyyy EEE w", 1_581_292_800),
            ("2020 05 Tue", "yyyy MM EEE", 1_588_636_800),
            ("5", "u", 86_400),
            ("Tue", "EEE", 432_000),
            ("2020 05 3", "yyyy MM W", 1_589_068_800),
            ("2020 2 Tue", "yyyy F EEE", 1_578_960_000),
            ("05 2020 7", "MM yyyy w", 1_581_206_400),
            ("2020 7 100", "yyyy w D", 1_586_390_400),
            ("2020 100 11", "yyyy D dd", 1_578_700_800),
            ("2020", "YYYY", 1_577_577_600),
            ("2020 9 5", "YYYY w u", 1_582_848_000),
            ("-1", "w", -1_555_200),
            ("1999 5", "yyyy u", 915_148_800),
            ("Tue 2020 05 11", "EEE yyyy MM dd", 1_589_155_200),
            ("24 jul 2015", "dd MMM yyyy", 1_437_696_000),
            ("24 July 2015", "dd MMM yyyy", 1_437_696_000),
            ("20150724", "yyyyMMdd", 1_437_696_000),
            ("2015724", "yyyyMMdd", 1_607_040_000),
            ("  2015-07-24", "yyyy-MM-dd", 1_437_696_000),
            ("2015-07--4", "yyyy-MM-dd", 1_435_276_800),
            ("-2015-07-24", "yyyy-MM-dd", -125_738_265_600),
            ("2015-07-24 Mon", "yyyy-MM-dd EEE", 1_437_696_000),
            ("2015-205", "yyyy-DDD", 1_437_696_000),
            ("2015-07-24 Z", "yyyy-MM-dd X", 1_437_696_000),
            ("1 5:00", "d K:mm", 18_000),
            ("24:00", "kk:mm", 0),
            ("12:00 PM", "hh:mm a", 43_200),
            ("47-01-01", "yy-MM-dd", -725_846_400),
            ("45-01-01", "yy-MM-dd", 2_366_841_600),
            ("5-01-01", "yy-MM-dd", -62_009_539_200),
            ("2015 AD", "yyyy G", 1_420_070_400),
        ] {
            assert_eq!(seconds(text, pattern), Some(expected), "{text} by {pattern}");
        }
        for (text, pattern) in [
            ("abc", "yyyy"),
            ("2015-07-24", "yyyy-MM-dd HH"),
            ("2015-07-24 +08:00", "yyyy-MM-dd Z"),
            ("2015-07-24 GMT+8", "yyyy-MM-dd z"),
            ("2015-07-24 +08", "yyyy-MM-dd XX"),
        ] {
            assert_eq!(seconds(text, pattern), None, "{text} by {pattern}");
        }
    }
}
