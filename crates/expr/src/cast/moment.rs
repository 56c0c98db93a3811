//! DATE, TIME and TIMESTAMP out of texts, as leniently as Flink reads each of them.

use crate::text::calendar::Date;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Days since 1970-01-01: a year, `-`, a month, `-`, a day, of any number of digits; the first of the month or year
/// where parts are missing; what follows a space does not count.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let text = match text.find(' ') {
        Some(space) if space > 0 => text.get(..space)?,
        _ => text,
    };
    let mut parts = text.splitn(3, '-');
    let year = number(parts.next()?)?;
    let month = parts.next().map_or(Some(1), number)?;
    let day = parts.next().map_or(Some(1), number)?;
    date(year, month, day, false)
}

/// A number of digits only, with spaces around it.
fn number(text: &str) -> Option<i32> {
    let text = text.trim_matches(|c| c <= ' ');
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// The days to a date that exists, of the years 0 to 9999. With `clamped`, a day up to the 31st that the
/// month does not have is its last.
fn date(year: i32, month: i32, day: i32, clamped: bool) -> Option<i32> {
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let first = Date { year, month: u8::try_from(month).ok()?, day: 1 };
    let last = first.days_of_month();
    let day = u8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    if day > last && !clamped {
        return None;
    }
    Some(Date { day: day.min(last), ..first }.to_days())
}

/// Milliseconds since midnight: hours, or hours and minutes, or with seconds and a fraction; an offset may follow,
/// and is added. As in Flink nothing has a bound: `12:60` is one o'clock, and 123 hours are more than a day.
pub(super) fn parse_time(text: &str) -> Option<i32> {
    let (clock, offset) = match text.find('-').or_else(|| text.find('+')) {
        None => (text, 0),
        Some(at) => {
            let (clock, offset) = text.split_at(at);
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            (clock, sign * minutes(offset.get(1..)?)?)
        }
    };
    let mut parts = clock.splitn(3, ':');
    let hour = number(parts.next()?)?;
    let minute = parts.next().map_or(Some(0), number)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(text) => match text.split_once('.') {
            None => (number(text)?, 0),
            Some((second, fraction)) => (number(second)?, milliseconds(fraction)?),
        },
    };
    let minutes = i64::from(hour) * 60 + i64::from(minute) + offset;
    i32::try_from((minutes * 60 + i64::from(second)) * 1_000 + fraction).ok().filter(|time| *time >= 0)
}

/// Hours, or hours and minutes.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = match text.split_once(':') {
        None => (number(text)?, 0),
        Some((hours, minutes)) => (number(hours)?, number(minutes)?),
    };
    Some(i64::from(hours) * 60 + i64::from(minutes))
}

/// A fraction of a second in milliseconds, rounded.
fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c| c <= ' ');
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut digits = text.bytes().map(|b| i64::from(b - b'0')).chain(std::iter::repeat(0));
    let value = digits.by_ref().take(3).fold(0, |value, digit| value * 10 + digit);
    Some(value + i64::from(digits.next().is_some_and(|digit| digit >= 5)))
}

/// Microseconds since 1970-01-01 00:00:00, and nanoseconds beyond: `2024-02-29`, or with ` 12:34:56` and up to nine
/// fractional digits, of which `precision` count. Months, days and times may have one digit or two. A day that the
/// month does not have is its last, and 24:00:00 the next day's midnight.
pub(crate) fn parse_timestamp(text: &str, precision: u8) -> Option<(i64, u16)> {
    let (day, clock) = match text.split_once(' ') {
        None => (text, None),
        Some((day, clock)) => (day, Some(clock)),
    };
    let mut parts = day.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4).and_then(number)?;
    let (month, day) = (short(parts.next()?)?, short(parts.next()?)?);
    if year == 0 {
        return None;
    }
    let days = i64::from(date(year, month, day, true)?);
    let (seconds, nanos) = clock.map_or(Some((0, 0)), |clock| parse_clock(clock, precision))?;
    let micros = (days * SECONDS_PER_DAY + seconds) * MICROS_PER_SECOND + nanos / 1_000;
    Some((micros, u16::try_from(nanos % 1_000).unwrap_or(0)))
}

/// Seconds and nanoseconds of a day.
fn parse_clock(text: &str, precision: u8) -> Option<(i64, i64)> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.splitn(3, ':');
    let (hour, minute, second) = (short(parts.next()?)?, short(parts.next()?)?, short(parts.next()?)?);
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = usize::from(precision.min(9));
    let digits = fraction.bytes().map(|b| i64::from(b - b'0')).take(kept).chain(std::iter::repeat(0));
    let nanos = digits.take(9).fold(0, |value, digit| value * 10 + digit);
    let midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|b| b == b'0');
    if !(midnight || hour < 24 && minute < 60 && second < 60) {
        return None;
    }
    Some((i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second), nanos))
}

/// One digit or two.
fn short(text: &str) -> Option<i32> {
    if !(1..=2).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn dates() {
        let read = |text: &str| {
            parse_date(text).map(|days| {
                let mut out = String::new();
                text::write_date(days, &mut out);
                out
            })
        };
        for (text, expected) in [
            ("2021-09-27", "2021-09-27"),
            ("2021", "2021-01-01"),
            ("2021-9", "2021-09-01"),
            ("2021-9-7", "2021-09-07"),
            (" 2021-09-27 ", "2021-09-27"),
            ("2021-09-27 12:00:00", "2021-09-27"),
            ("21-09-27", "0021-09-27"),
            ("2021-001-02", "2021-01-02"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for malformed in [
            "2021-09-31",
            "2021-13-01",
            "2021-02-29",
            "2021-09-27T12:00:00",
            "2021-09-27x",
            "20210927",
            "2021/09/27",
            "-0001-01-01",
            "10000-01-01",
            "+2021-01-01",
            "",
            "2021-",
            "2021-09-",
            "2021--09",
            "2021-00-01",
            "2021-01-00",
        ] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn times() {
        let read = |text: &str| {
            parse_time(text).map(|time| {
                let mut out = String::new();
                text::write_time(time, 3, &mut out);
                out
            })
        };
        for (text, expected) in [
            ("12", "12:00:00.000"),
            ("123", "23:00:00.000"),
            (" 12:34:56", "12:34:56.000"),
            ("1:2:3", "01:02:03.000"),
            ("12: 5", "12:05:00.000"),
            ("12:60:00", "13:00:00.000"),
            ("12:30:61", "12:31:01.000"),
            ("12:34:56.", "12:34:56.000"),
            ("12:34:56.7896", "12:34:56.790"),
            ("12:34:56.9999", "12:34:57.000"),
            ("12:00:00+01:00", "13:00:00.000"),
            ("12:00:00-01:00", "11:00:00.000"),
            ("12:00:00+01", "13:00:00.000"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for malformed in ["", "-1", "12:", "12:5:", "12:30:30:11", "12:34:56Z", "12.5"] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn timestamps() {
        let read = |text: &str, precision| {
            parse_timestamp(text, precision).map(|(micros, nanos)| {
                let mut out = String::new();
                let nanos = i128::from(micros) * 1_000 + i128::from(nanos);
                text::write_timestamp(nanos, precision, ' ', &mut out);
                out
            })
        };
        for (text, precision, expected) in [
            ("2021-09-27 12:34:56.123456789", 9, "2021-09-27 12:34:56.123456789"),
            ("2021-09-27 12:34:56.129", 2, "2021-09-27 12:34:56.12"),
            ("1969-12-31 23:59:59.999", 0, "1969-12-31 23:59:59"),
            ("2021-9-7 1:2:3", 3, "2021-09-07 01:02:03.000"),
            ("2021-09-27", 3, "2021-09-27 00:00:00.000"),
            ("2021-09-27 24:00:00", 3, "2021-09-28 00:00:00.000"),
            ("2021-02-30 23:59:00", 3, "2021-02-28 23:59:00.000"),
            ("2021-09-27 12:34:56.", 3, "2021-09-27 12:34:56.000"),
        ] {
            assert_eq!(read(text, precision).as_deref(), Some(expected), "{text}");
        }
        for malformed in [
            "2021-09-27 12:34:56.1234567891",
            "2021-09-27T12:34:56",
            "2021-09-27 12:34:56Z",
            "2021-09-27 12:34:56+01:00",
            "2021-09-27 12:34",
            "2021-09-27 12",
            "2021-09",
            "2021",
            " 2021-09-27 12:34:56 ",
            "2021-09-27  12:34:56",
            "2021-09-27 23:60:00",
            "2021-09-27 23:59:60",
            "2021-09-27 24:00:01",
            "2021-02-32 00:00:00",
            "2021-13-01 00:00:00",
            "10000-01-01 00:00:00",
            "0000-01-01 00:00:00",
            "",
        ] {
            assert_eq!(read(malformed, 9), None, "{malformed}");
        }
    }
}
