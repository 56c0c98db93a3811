//! Values as Flink prints them: what CAST to STRING gives, and what the pieces of other formats are.
//!
//! Every function appends to a string that its caller keeps, so that a column is printed
//! without a string for each value.

pub mod calendar;
mod decimal;
mod float;
mod interval;
mod time;
mod utf8;
mod wide;

pub use decimal::write_decimal;
pub use float::{write_double, write_float};
pub use interval::{write_milliseconds, write_months};
pub use time::{write_date, write_time, write_timestamp};
pub(crate) use utf8::push_lossy;

/// Appends a whole number.
pub fn write_integer(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    write_unsigned(u128::from(value.unsigned_abs()), 1, out);
}

/// Appends a number that is not negative, with at least `width` digits.
fn write_unsigned(mut value: u128, width: usize, out: &mut String) {
    let mut digits = [b'0'; 39];
    let mut first = digits.len();
    // The low digits by 64-bit divisions, which are much faster than those of 128 bits.
    while let (Err(_), true) = (u64::try_from(value), first > 0) {
        put(&mut digits, &mut first, u64::try_from(value % 10).unwrap_or(0));
        value /= 10;
    }
    let mut rest = u64::try_from(value).unwrap_or(0);
    while rest > 0 {
        put(&mut digits, &mut first, rest % 10);
        rest /= 10;
    }
    first = first.min(digits.len().saturating_sub(width));
    out.extend(digits.iter().skip(first).map(|d| char::from(*d)));
}

fn put(digits: &mut [u8], first: &mut usize, digit: u64) {
    *first = first.saturating_sub(1);
    if let Some(place) = digits.get_mut(*first) {
        *place = b'0' + u8::try_from(digit).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_print_in_full() {
        for value in [0, 1, -1, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            let mut out = String::new();
            write_integer(value, &mut out);
            assert_eq!(out, value.to_string());
        }
        let mut out = String::new();
        write_unsigned(u128::MAX, 1, &mut out);
        write_unsigned(7, 3, &mut out);
        assert_eq!(out, format!("{}007", u128::MAX));
    }
}
