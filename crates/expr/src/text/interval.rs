//! Intervals, whatever unit they were written in: `+1-02` and `+1 02:03:04.567`.

use super::{write_integer, write_unsigned};

/// Appends an INTERVAL of months: a sign, years, and two digits of months.
pub fn write_months(months: i32, out: &mut String) {
    out.push(if months < 0 { '-' } else { '+' });
    let months = months.unsigned_abs();
    write_integer(i64::from(months / 12), out);
    out.push('-');
    write_unsigned(u128::from(months % 12), 2, out);
}

/// Appends an INTERVAL of milliseconds: a sign, days, and a time with three fractional digits.
pub fn write_milliseconds(milliseconds: i64, out: &mut String) {
    out.push(if milliseconds < 0 { '-' } else { '+' });
    let total = u128::from(milliseconds.unsigned_abs());
    write_unsigned(total / 86_400_000, 1, out);
    for (separator, unit, modulus) in [(' ', 3_600_000, 24), (':', 60_000, 60), (':', 1_000, 60)] {
        out.push(separator);
        write_unsigned(total / unit % modulus, 2, out);
    }
    out.push('.');
    write_unsigned(total % 1_000, 3, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_a_sign_and_all_fields() {
        let mut out = String::new();
        write_months(14, &mut out);
        out.push(' ');
        write_months(-14, &mut out);
        assert_eq!(out, "+1-02 -1-02");
        out.clear();
        write_milliseconds(93_784_567, &mut out);
        out.push(' ');
        write_milliseconds(-10, &mut out);
        assert_eq!(out, "+1 02:03:04.567 -0 00:00:00.010");
    }
}
