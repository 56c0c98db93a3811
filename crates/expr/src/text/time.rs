//! DATE, TIME and TIMESTAMP: `2024-02-29`, `12:34:56.120`, `2024-02-29 12:34:56.120`.

use super::calendar::Date;
use super::write_unsigned;

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i128 = 86_400;

/// Appends the DATE that lies `days` after 1970-01-01.
pub fn write_date(days: i32, out: &mut String) {
    let date = Date::from_days(days);
    if date.year < 0 {
        out.push('-');
    }
    write_unsigned(u128::from(date.year.unsigned_abs()), 4, out);
    out.push('-');
    two_digits(u32::from(date.month), out);
    out.push('-');
    two_digits(u32::from(date.day), out);
}

/// Appends a TIME of so many milliseconds since midnight with `precision` fractional digits, of which the ones past
/// the third are 0. An hour of more than two digits, which Flink lets a string have, shows its last two.
pub fn write_time(milliseconds: i32, precision: u8, out: &mut String) {
    let milliseconds = milliseconds.unsigned_abs();
    write_clock(milliseconds / 1_000, u128::from(milliseconds % 1_000) * 1_000_000, precision, out);
}

/// Appends a TIMESTAMP of so many nanoseconds since 1970-01-01 00:00:00 with `precision` fractional digits, with
/// `separator` between day and time.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds of a day and nanoseconds of a second fit; days beyond 32 bits do not come out of a column"
)]
pub fn write_timestamp(nanos: i128, precision: u8, separator: char, out: &mut String) {
    let seconds = nanos.div_euclid(NANOS_PER_SECOND);
    write_date(seconds.div_euclid(SECONDS_PER_DAY) as i32, out);
    out.push(separator);
    let second = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
    write_clock(second, nanos.rem_euclid(NANOS_PER_SECOND) as u128, precision, out);
}

fn write_clock(second: u32, nanos: u128, precision: u8, out: &mut String) {
    two_digits(second / 3_600, out);
    out.push(':');
    two_digits(second / 60 % 60, out);
    out.push(':');
    two_digits(second % 60, out);
    if precision > 0 {
        out.push('.');
        let digits = u32::from(precision.min(9));
        write_unsigned(nanos / 10_u128.pow(9 - digits), usize::from(precision.min(9)), out);
    }
}

fn two_digits(value: u32, out: &mut String) {
    for digit in [value / 10 % 10, value % 10] {
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn dates_and_times_print_as_in_sql() {
        assert_eq!(text(|o| write_date(19_782, o)), "2024-02-29");
        assert_eq!(text(|o| write_date(-719_162, o)), "0001-01-01");
        assert_eq!(text(|o| write_time(45_296_120, 3, o)), "12:34:56.120");
        assert_eq!(text(|o| write_time(45_296_120, 0, o)), "12:34:56");
        assert_eq!(text(|o| write_time(123 * 3_600_000, 0, o)), "23:00:00");
        assert_eq!(text(|o| write_timestamp(1_500_000_000, 1, ' ', o)), "1970-01-01 00:00:01.5");
        assert_eq!(text(|o| write_timestamp(-1_000_000, 3, 'T', o)), "1969-12-31T23:59:59.999");
        assert_eq!(text(|o| write_timestamp(-1, 9, ' ', o)), "1969-12-31 23:59:59.999999999");
    }
}
