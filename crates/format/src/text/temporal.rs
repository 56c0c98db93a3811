//! Dates and times, as Java's formatters read and print them.

use super::integer::{two_digits, write_unsigned};

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// How a TIMESTAMP is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `2024-01-02 03:04:05.678`: a blank between, seconds always there.
    Sql,
    /// `2024-01-02T03:04:05.678`: a `T` between, seconds may be left out.
    Iso,
}

/// A point on a calendar and a clock: seconds since 1970-01-01 00:00:00, and nanoseconds of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

impl Instant {
    /// Microseconds since 1970, cut off at `precision` fractional digits (6 at the most).
    #[inline]
    pub(crate) fn micros(self, precision: u8) -> Option<i64> {
        let unit = 10_u32.pow(9 - u32::from(precision.min(6)));
        let nanos = self.nanos - self.nanos % unit;
        self.seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1000))
    }

    /// Nanoseconds since 1970, cut off at `precision` fractional digits.
    pub(crate) fn nanos(self, precision: u8) -> i128 {
        let unit = 10_u32.pow(9 - u32::from(precision.min(9)));
        i128::from(self.seconds) * NANOS_PER_SECOND + i128::from(self.nanos - self.nanos % unit)
    }

    /// From microseconds since 1970.
    pub(crate) fn from_micros(micros: i64) -> Self {
        let nanos = micros.rem_euclid(1_000_000).unsigned_abs() * 1000;
        Self { seconds: micros.div_euclid(1_000_000), nanos: u32::try_from(nanos).unwrap_or(0) }
    }

    /// From nanoseconds since 1970.
    pub(crate) fn from_nanos(nanos: i128) -> Self {
        let seconds = i64::try_from(nanos.div_euclid(NANOS_PER_SECOND)).unwrap_or(i64::MAX);
        Self { seconds, nanos: u32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).unwrap_or(0) }
    }
}

/// Days since 1970-01-01 of a day in the Gregorian calendar, extended to all years.
#[inline]
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    // Years start in March, so that the day that comes and goes is the last; 400 years always have 146097 days.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day.
#[inline]
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// What is left of a text while it is read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    #[inline]
    fn literal(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == byte).then_some(())
    }

    #[inline]
    fn two_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        let [tens, ones] = digits.map(|b| u32::from(b.wrapping_sub(b'0')));
        (tens < 10 && ones < 10).then_some(tens * 10 + ones)
    }

    /// Four digits, or more behind a `+`, or four or more behind a `-`.
    #[inline]
    fn year(&mut self) -> Option<i64> {
        if let Some((digits, rest)) = self.0.split_first_chunk::<4>() {
            let [a, b, c, d] = digits.map(|b| i64::from(b.wrapping_sub(b'0')));
            if a < 10 && b < 10 && c < 10 && d < 10 {
                self.0 = rest;
                return Some(a * 1000 + b * 100 + c * 10 + d);
            }
        }
        let (sign, rest) = self.0.split_first()?;
        let least = match sign {
            b'+' => 5,
            b'-' => 4,
            _ => return None,
        };
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(least..=10).contains(&length) {
            return None;
        }
        let (digits, rest) = rest.split_at(length);
        self.0 = rest;
        let year = super::integer::parse(digits).filter(|year| *year <= 999_999_999)?;
        Some(if *sign == b'-' { -year } else { year })
    }

    /// Year, month and day, the day within 1 to 31.
    #[inline]
    fn date(&mut self) -> Option<(i64, u32, u32)> {
        let year = self.year()?;
        self.literal(b'-')?;
        let month = self.two_digits().filter(|month| (1..=12).contains(month))?;
        self.literal(b'-')?;
        let day = self.two_digits().filter(|day| (1..=31).contains(day))?;
        Some((year, month, day))
    }

    /// Hours, minutes and, unless they may be left out and are, seconds and their fraction: as seconds and
    /// nanoseconds of the day. 24:00:00 is one second behind the day's last.
    #[inline]
    fn time(&mut self, seconds_optional: bool) -> Option<(u32, u32)> {
        let hour = self.two_digits().filter(|hour| *hour <= 24)?;
        self.literal(b':')?;
        let minute = self.two_digits().filter(|minute| *minute < 60)?;
        let (mut second, mut nanos) = (0, 0);
        if !seconds_optional || self.0.first() == Some(&b':') {
            self.literal(b':')?;
            second = self.two_digits().filter(|second| *second < 60)?;
            nanos = self.fraction()?;
        }
        if hour == 24 && (minute, second, nanos) != (0, 0, 0) {
            return None;
        }
        Some((hour * 3600 + minute * 60 + second, nanos))
    }

    /// A point and up to nine digits, as nanoseconds; 0 where there is no point.
    #[inline]
    fn fraction(&mut self) -> Option<u32> {
        let Some((b'.', rest)) = self.0.split_first() else { return Some(0) };
        let (mut nanos, mut digits) = (0, 0);
        for byte in rest {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            if digits == 9 {
                return None;
            }
            nanos = nanos * 10 + u32::from(digit);
            digits += 1;
        }
        self.0 = rest.get(digits..).unwrap_or(&[]);
        Some(nanos * 10_u32.pow(9 - u32::try_from(digits).ok()?))
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// `2024-01-02`, as days since 1970-01-01.
pub(crate) fn parse_date(text: &[u8]) -> Option<i32> {
    let mut reader = Reader(text);
    let (year, month, day) = reader.date()?;
    reader.end()?;
    if day > month_length(year, month) {
        return None;
    }
    i32::try_from(days_from_civil(year, month, day)).ok()
}

/// `2024-1-2` as `java.sql.Date.valueOf` reads it: a day that the month does not have runs over into the next.
pub(crate) fn parse_lenient_date(text: &[u8]) -> Option<i32> {
    let mut parts = text.split(|b| *b == b'-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let number = |part: &[u8]| {
        let digits = part.iter().all(u8::is_ascii_digit);
        super::integer::parse(part).filter(|_| digits).and_then(|n| u32::try_from(n).ok())
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    i32::try_from(days_from_civil(i64::from(year), month, day)).ok()
}

/// `03:04:05.678`, as milliseconds of the day without the fraction, which Flink's JSON does not keep.
pub(crate) fn parse_time(text: &[u8]) -> Option<i32> {
    let mut reader = Reader(text);
    let (seconds, _) = reader.time(false)?;
    reader.end()?;
    i32::try_from(seconds % 86_400 * 1000).ok()
}

/// `03:04` or `03:04:05.678`, as milliseconds of the day cut off at `precision` fractional digits.
pub(crate) fn parse_iso_time(text: &[u8], precision: u8) -> Option<i32> {
    let mut reader = Reader(text);
    let (seconds, nanos) = reader.time(true).filter(|(seconds, _)| *seconds < 86_400)?;
    reader.end()?;
    let unit = 10_u32.pow(3 - u32::from(precision.min(3)));
    let millis = nanos / 1_000_000;
    i32::try_from(seconds * 1000 + millis - millis % unit).ok()
}

/// A TIMESTAMP in `style`; with `utc` a `Z` stands at the end.
#[inline]
pub(crate) fn parse_timestamp(text: &[u8], style: Style, utc: bool) -> Option<Instant> {
    let mut reader = Reader(text);
    let (year, month, day) = reader.date()?;
    match style {
        Style::Sql => reader.literal(b' ')?,
        Style::Iso if !utc && reader.0.first() == Some(&b't') => reader.literal(b't')?,
        Style::Iso => reader.literal(b'T')?,
    }
    let (seconds, nanos) = reader.time(style == Style::Iso)?;
    if utc {
        reader.literal(b'Z')?;
    }
    reader.end()?;
    let last = month_length(year, month);
    // Java's ISO formatter is strict. The others make the last day of the month of one that it does not
    // have, and the next day of 24:00.
    if style == Style::Iso && !utc && (day > last || seconds == 86_400) {
        return None;
    }
    let days = days_from_civil(year, month, day.min(last));
    Some(Instant { seconds: days * SECONDS_PER_DAY + i64::from(seconds), nanos })
}

/// Appends `2024-01-02`.
pub(crate) fn write_date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil_from_days(days);
    if (0..=9999).contains(&year) {
        let year = u32::try_from(year).unwrap_or(0);
        let [a, b] = two_digits(year / 100);
        let [c, d] = two_digits(year);
        let [e, f] = two_digits(month);
        let [g, h] = two_digits(day);
        out.extend_from_slice(&[a, b, c, d, b'-', e, f, b'-', g, h]);
        return;
    }
    out.push(if year < 0 { b'-' } else { b'+' });
    let absolute = year.unsigned_abs();
    out.extend(std::iter::repeat_n(
        b'0',
        if absolute < 10 {
            3
        } else if absolute < 100 {
            2
        } else {
            usize::from(absolute < 1000)
        },
    ));
    write_unsigned(out, absolute);
    let [e, f] = two_digits(month);
    let [g, h] = two_digits(day);
    out.extend_from_slice(&[b'-', e, f, b'-', g, h]);
}

/// Appends `03:04:05`, and a fraction without trailing zeros unless it is 0.
pub(crate) fn write_time(out: &mut Vec<u8>, second_of_day: u32, nanos: u32) {
    let [a, b] = two_digits(second_of_day / 3600);
    let [c, d] = two_digits(second_of_day / 60 % 60);
    let [e, f] = two_digits(second_of_day % 60);
    out.extend_from_slice(&[a, b, b':', c, d, b':', e, f]);
    if nanos == 0 {
        return;
    }
    let [_, i] = two_digits(nanos / 100_000_000);
    let [j, k] = two_digits(nanos / 1_000_000);
    let [l, m] = two_digits(nanos / 10_000);
    let [n, o] = two_digits(nanos / 100);
    let [p, q] = two_digits(nanos);
    let digits = [b'.', i, j, k, l, m, n, o, p, q];
    let length = digits.iter().rposition(|b| *b != b'0').map_or(0, |last| last + 1);
    out.extend_from_slice(digits.get(..length).unwrap_or(&[]));
}

/// Appends a TIMESTAMP in `style`, a `Z` behind it with `utc`.
#[inline]
pub(crate) fn write_timestamp(out: &mut Vec<u8>, instant: Instant, style: Style, utc: bool) {
    write_date(out, instant.seconds.div_euclid(SECONDS_PER_DAY));
    out.push(match style {
        Style::Sql => b' ',
        Style::Iso => b'T',
    });
    let second = u32::try_from(instant.seconds.rem_euclid(SECONDS_PER_DAY)).unwrap_or(0);
    write_time(out, second, instant.nanos);
    if utc {
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn timestamp(text: &str, style: Style, utc: bool) -> Option<String> {
        let instant = parse_timestamp(text.as_bytes(), style, utc)?;
        let mut out = Vec::new();
        write_timestamp(&mut out, instant, style, utc);
        Some(String::from_utf8(out).unwrap())
    }

    // Each of these was read by Flink 2.1.
    #[test]
    fn sql_timestamps_are_read_as_flink_reads_them() {
        let cases = [
            ("2024-01-02 03:04:05", Some("2024-01-02 03:04:05")),
            ("2024-01-02 03:04:05.120", Some("2024-01-02 03:04:05.12")),
            ("2024-01-02 03:04:05.", Some("2024-01-02 03:04:05")),
            ("2024-02-30 00:00:00", Some("2024-02-29 00:00:00")),
            ("2023-02-31 01:00:00", Some("2023-02-28 01:00:00")),
            ("2024-02-32 00:00:00", None),
            ("2024-01-02 24:00:00.0", Some("2024-01-03 00:00:00")),
            ("2024-01-02 24:00:01", None),
            ("2024-01-02 23:59:60", None),
            ("2024-01-02 03:04:05.1234567891", None),
            ("2024-01-02 03:04", None),
            ("2024-01-02  03:04:05", None),
            (" 2024-01-02 03:04:05", None),
            ("0000-01-02 03:04:05", Some("0000-01-02 03:04:05")),
            ("-2024-01-02 03:04:05", Some("-2024-01-02 03:04:05")),
            ("+12024-01-02 03:04:05", Some("+12024-01-02 03:04:05")),
            ("12024-01-02 03:04:05", None),
            ("2024-01-02T03:04:05", None),
            ("2024-01-02 3:04:05", None),
            ("2024-13-02 03:04:05", None),
            ("2024-01-00 03:04:05", None),
            ("2024-01-02 03:60:05", None),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text, Style::Sql, false).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("2024-01-02 03:04:05.5Z", Some("2024-01-02 03:04:05.5Z")),
            ("2024-01-02 03:04:05.Z", Some("2024-01-02 03:04:05Z")),
            ("2024-02-30 00:00:00Z", Some("2024-02-29 00:00:00Z")),
            ("2024-01-02 03:04:05z", None),
            ("2024-01-02 03:04:05", None),
        ] {
            assert_eq!(timestamp(text, Style::Sql, true).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn iso_timestamps_are_read_as_flink_reads_them() {
        let cases = [
            ("2024-02-30T00:00:00", None),
            ("2024-01-02T24:00:00", None),
            ("2024-01-02T03:04", Some("2024-01-02T03:04:00")),
            ("2024-01-02t03:04:05", Some("2024-01-02T03:04:05")),
            ("2024-01-02T03:04:05.", Some("2024-01-02T03:04:05")),
            ("2024-01-02T03", None),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text, Style::Iso, false).as_deref(), expected, "{text}");
        }
        assert_eq!(
            timestamp("2024-02-30T00:00:00Z", Style::Iso, true).as_deref(),
            Some("2024-02-29T00:00:00Z")
        );
        assert_eq!(timestamp("2024-01-02T03:04Z", Style::Iso, true).as_deref(), Some("2024-01-02T03:04:00Z"));
    }

    #[test]
    fn dates_and_times_are_read_as_flink_reads_them() {
        assert_eq!(parse_date(b"1970-01-02"), Some(1));
        assert_eq!(parse_date(b"2024-02-30"), None);
        assert_eq!(parse_date(b"2024-1-2"), None);
        assert_eq!(parse_lenient_date(b"2024-1-2"), parse_date(b"2024-01-02"));
        assert_eq!(parse_lenient_date(b"2024-02-30"), parse_date(b"2024-03-01"));
        assert_eq!(parse_lenient_date(b" 2024-01-02"), None);
        assert_eq!(parse_time(b"03:04:05.678"), Some(11_045_000));
        assert_eq!(parse_time(b"24:00:00"), Some(0));
        assert_eq!(parse_time(b"03:04"), None);
        assert_eq!(parse_iso_time(b"03:04", 3), Some(11_040_000));
        assert_eq!(parse_iso_time(b"03:04:05.678", 2), Some(11_045_670));
        assert_eq!(parse_iso_time(b"24:00", 3), None);
    }

    proptest! {
        #[test]
        fn the_calendar_is_its_own_inverse(days in -800_000_i64..3_000_000) {
            let (year, month, day) = civil_from_days(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days));
            if let Ok(date) = date {
                prop_assert_eq!((i64::from(date.year()), date.month().cast_unsigned().into(), date.day().cast_unsigned().into()), (year, month, day));
            }
        }

        #[test]
        fn what_is_written_is_read_back(nanos in -100_000_000_000_000_000_000_i128..300_000_000_000_000_000_000, cut in 0..10_u32) {
            let nanos = nanos - nanos.rem_euclid(10_i128.pow(cut));
            let instant = Instant::from_nanos(nanos);
            let mut out = Vec::new();
            write_timestamp(&mut out, instant, Style::Sql, true);
            let read = parse_timestamp(&out, Style::Sql, true);
            prop_assert_eq!(read, Some(instant));
            prop_assert_eq!(instant.nanos(9), nanos);
            prop_assert_eq!(Instant::from_micros(instant.micros(6).unwrap()).micros(6), instant.micros(6));
        }
    }
}
