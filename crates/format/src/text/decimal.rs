//! DECIMAL, as `BigDecimal` reads and prints it.

use std::io::Write;

/// 10^n for n up to 38.
pub(crate) const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut n = 1;
    while n < 39 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// The unscaled value of `text` at `scale`, rounded half up. `Some(None)` where it needs more than
/// `precision` digits, which Flink makes NULL; `None` where it is no number.
pub(crate) fn parse(text: &[u8], precision: u8, scale: u8) -> Option<Option<i128>> {
    let (negative, unsigned) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let e = unsigned.iter().position(|b| matches!(b, b'e' | b'E'));
    let (mantissa, exponent) = match e {
        Some(e) => (unsigned.get(..e)?, parse_exponent(unsigned.get(e + 1..)?)?),
        None => (unsigned, 0),
    };
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    let whole = mantissa.get(..point)?;
    let fraction = mantissa.get(point + 1..).unwrap_or(&[]);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits = whole.iter().chain(fraction);
    if !digits.clone().all(u8::is_ascii_digit) {
        return None;
    }
    let leading = digits.clone().take_while(|b| **b == b'0').count();
    let total = whole.len() + fraction.len() - leading;
    if total == 0 {
        return Some(Some(0));
    }
    // How many of the digits stand before the rounding place; more than there are: zeros follow.
    let kept = i64::try_from(total).ok()? - i64::try_from(fraction.len()).ok()? + exponent + i64::from(scale);
    if kept > 38 {
        return Some(None);
    }
    let Ok(kept) = usize::try_from(kept) else { return Some(Some(0)) };
    let mut value = 0_i128;
    digits.by_ref().take(leading).for_each(drop);
    for _ in 0..kept {
        let digit = digits.next().map_or(0, |b| i128::from(*b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    if digits.next().is_some_and(|b| *b >= b'5') {
        value += 1;
    }
    let bound = POWERS.get(usize::from(precision)).copied().unwrap_or(i128::MAX);
    Some((value < bound).then_some(if negative { -value } else { value }))
}

/// The exponent, in the range of a Java `int`.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    super::integer::parse(text).filter(|e| i32::try_from(*e).is_ok())
}

/// Appends `unscaled` × 10^-`scale` without trailing zeros as `BigDecimal.toString` prints it: `1E+2`, `5`, `0.001`, `1E-7`.
pub(crate) fn write_stripped(out: &mut Vec<u8>, unscaled: i128, scale: i32) {
    let (mut unscaled, mut scale) = (unscaled, scale);
    if unscaled == 0 {
        out.push(b'0');
        return;
    }
    while unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    let mut room = [0; 40];
    let digits = digits(unscaled, &mut room);
    let adjusted = i32::try_from(digits.len()).unwrap_or(0) - 1 - scale;
    if scale >= 0 && adjusted >= -6 {
        return write_plain(out, unscaled, scale.unsigned_abs());
    }
    if unscaled < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(..1).unwrap_or(&[]));
    if let Some(rest @ [_, ..]) = digits.get(1..) {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.push(b'E');
    out.push(if adjusted < 0 { b'-' } else { b'+' });
    super::integer::write_unsigned(out, u64::from(adjusted.unsigned_abs()));
}

/// Appends the number that `text`, a JSON number, stands for as [`write_stripped`] does: at any length.
pub(crate) fn write_stripped_text(out: &mut Vec<u8>, text: &[u8]) {
    let (negative, unsigned) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let e = unsigned.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(unsigned.len());
    let mantissa = unsigned.get(..e).unwrap_or(&[]);
    let exponent = unsigned.get(e + 1..).and_then(parse_exponent).unwrap_or(0);
    let fraction = mantissa.iter().position(|b| *b == b'.').map_or(0, |point| mantissa.len() - point - 1);
    let digits: Vec<u8> =
        mantissa.iter().copied().filter(u8::is_ascii_digit).skip_while(|b| *b == b'0').collect();
    let Some(last) = digits.iter().rposition(|b| *b != b'0') else {
        out.push(b'0');
        return;
    };
    let stripped = digits.get(..=last).unwrap_or(&[]);
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let scale = length(fraction) - exponent - length(digits.len() - stripped.len());
    let adjusted = length(stripped.len()) - 1 - scale;
    if negative {
        out.push(b'-');
    }
    if scale >= 0 && adjusted >= -6 {
        let places = usize::try_from(scale).unwrap_or(0);
        place_point(out, stripped, places);
        return;
    }
    out.extend_from_slice(stripped.get(..1).unwrap_or(&[]));
    if let Some(rest @ [_, ..]) = stripped.get(1..) {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
    out.push(b'E');
    out.push(if adjusted < 0 { b'-' } else { b'+' });
    super::integer::write_unsigned(out, adjusted.unsigned_abs());
}

/// Appends `unscaled` × 10^-`scale` with all of its digits: `5.00`.
pub(crate) fn write_plain(out: &mut Vec<u8>, unscaled: i128, scale: u32) {
    if unscaled < 0 {
        out.push(b'-');
    }
    let mut room = [0; 40];
    place_point(out, digits(unscaled, &mut room), scale as usize);
}

/// Appends `unscaled` × 10^-`scale` in digits, without trailing zeros behind the point: `5`, `100000`.
pub(crate) fn write_plain_stripped(out: &mut Vec<u8>, unscaled: i128, scale: u32) {
    let (mut unscaled, mut scale) = (unscaled, scale);
    while scale > 0 && unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    write_plain(out, unscaled, scale);
}

/// Appends `digits` with the last `places` of them behind a point.
fn place_point(out: &mut Vec<u8>, digits: &[u8], places: usize) {
    if places == 0 {
        out.extend_from_slice(digits);
        return;
    }
    let whole = digits.len().saturating_sub(places);
    let (whole, fraction) = digits.split_at(whole);
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    out.push(b'.');
    out.extend(std::iter::repeat_n(b'0', places - fraction.len()));
    out.extend_from_slice(fraction);
}

/// The digits of the absolute value.
fn digits(value: i128, room: &mut [u8; 40]) -> &[u8] {
    let mut rest: &mut [u8] = room;
    let before = rest.len();
    // 39 digits fit.
    let _ = write!(rest, "{}", value.unsigned_abs());
    let length = before - rest.len();
    room.get(..length).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stripped(unscaled: i128, scale: i32) -> String {
        let mut out = Vec::new();
        write_stripped(&mut out, unscaled, scale);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_rounded_half_up_and_bounded() {
        let read = |text: &str| parse(text.as_bytes(), 4, 2);
        let cases = [
            ("99.994", Some(Some(9999))),
            ("99.995", Some(None)),
            ("-99.995", Some(None)),
            ("1e-400", Some(Some(0))),
            ("1e400", Some(None)),
            ("1E1", Some(Some(1000))),
            ("12.", Some(Some(1200))),
            (".5", Some(Some(50))),
            ("0.005", Some(Some(1))),
            ("-0.005", Some(Some(-1))),
            ("0.0049", Some(Some(0))),
            ("000001", Some(Some(100))),
            ("1e+1", Some(Some(1000))),
            ("0e99999", Some(Some(0))),
            ("1e2147483648", None),
            ("1e", None),
            ("", None),
            (".", None),
            ("1.5f", None),
            ("--1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn printing_is_big_decimals() {
        let cases = [
            (10_000_000_000, 5, "1E+5"),
            (500, 2, "5"),
            (-12_050, 2, "-120.5"),
            (1, 5, "0.00001"),
            (1, 18, "1E-18"),
            (15, 8, "1.5E-7"),
            (1, 6, "0.000001"),
            (12_345, 0, "12345"),
            (12_300, 0, "1.23E+4"),
            (0, 7, "0"),
        ];
        for (unscaled, scale, expected) in cases {
            assert_eq!(stripped(unscaled, scale), expected);
        }
        let mut out = Vec::new();
        write_plain(&mut out, -5, 3);
        assert_eq!(out, b"-0.005");
    }

    proptest! {
        #[test]
        fn text_and_value_print_alike(unscaled in -1_000_000_000_i64..1_000_000_000, scale in 0..12_u8) {
            let mut plain = Vec::new();
            write_plain(&mut plain, unscaled.into(), scale.into());
            prop_assert_eq!(parse(&plain, 38, scale), Some(Some(unscaled.into())));
            let mut out = Vec::new();
            write_stripped_text(&mut out, &plain);
            prop_assert_eq!(String::from_utf8(out).unwrap(), stripped(unscaled.into(), scale.into()));
        }
    }
}
