//! Arithmetic on the unscaled values of DECIMALs.
//!
//! Intermediate results are exact in 256 bits, then rounded HALF_UP (half away from zero) once;
//! `None` is a result of more digits than its type has, which SQL makes NULL.

use arrow_buffer::i256;

use crate::types::DecimalShape;

/// 10^n for n of 0 to 38.
pub(crate) fn power_of_ten(n: u8) -> i128 {
    const POWERS: [i128; 39] = {
        let mut powers = [1; 39];
        let mut n = 1;
        while n < powers.len() {
            powers[n] = powers[n - 1] * 10;
            n += 1;
        }
        powers
    };
    POWERS.get(usize::from(n)).copied().unwrap_or(i128::MAX)
}

/// `value` if it has at most `precision` digits.
pub(crate) fn checked(value: i128, precision: u8) -> Option<i128> {
    (value.unsigned_abs() < power_of_ten(precision).unsigned_abs()).then_some(value)
}

/// `value / by`, rounded HALF_UP. `by` is positive.
pub(crate) fn divide_half_up(value: i128, by: i128) -> i128 {
    let (quotient, rest) = (value / by, value % by);
    // The rest is less than 10^38, so twice it fits.
    if rest.unsigned_abs() * 2 >= by.unsigned_abs() { quotient + value.signum() } else { quotient }
}

/// The value of scale `from` at scale `to`, rounded HALF_UP; `None` when it does not fit 128 bits.
pub(crate) fn rescaled(value: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        value.checked_mul(power_of_ten(to - from))
    } else {
        Some(divide_half_up(value, power_of_ten(from - to)))
    }
}

/// The value of scale `from` as a DECIMAL of shape `to`.
pub(crate) fn fitted(value: i128, from: u8, to: DecimalShape) -> Option<i128> {
    checked(rescaled(value, from, to.scale)?, to.precision)
}

/// The exact value of scale `from` as a DECIMAL of shape `to`.
fn fitted_wide(value: i256, from: u8, to: DecimalShape) -> Option<i128> {
    let value = if to.scale >= from {
        value.checked_mul(wide_power(to.scale - from))?
    } else {
        divide_half_up_wide(value, wide_power(from - to.scale))
    };
    checked(value.to_i128()?, to.precision)
}

fn wide_power(n: u8) -> i256 {
    i256::from_i128(power_of_ten(n.min(38))).wrapping_mul(i256::from_i128(power_of_ten(n.saturating_sub(38))))
}

fn divide_half_up_wide(value: i256, by: i256) -> i256 {
    let (quotient, rest) = (value.wrapping_div(by), value.wrapping_rem(by));
    // `by - |rest|` instead of `2 × |rest|`, which might not fit.
    let rest = rest.wrapping_abs();
    if rest >= by.wrapping_abs().wrapping_sub(rest) {
        let negative = (value < i256::ZERO) != (by < i256::ZERO);
        quotient.wrapping_add(i256::from_i128(if negative { -1 } else { 1 }))
    } else {
        quotient
    }
}

/// `a + b` of scales `scales`, as a DECIMAL of shape `to`.
pub(crate) fn add(a: i128, b: i128, scales: (u8, u8), to: DecimalShape) -> Option<i128> {
    let scale = scales.0.max(scales.1);
    let narrow = a
        .checked_mul(power_of_ten(scale - scales.0))
        .zip(b.checked_mul(power_of_ten(scale - scales.1)))
        .and_then(|(a, b)| a.checked_add(b));
    match narrow {
        Some(sum) if to.scale <= scale => fitted(sum, scale, to),
        _ => {
            let widened = |v: i128, s: u8| i256::from_i128(v).wrapping_mul(wide_power(scale - s));
            fitted_wide(widened(a, scales.0).wrapping_add(widened(b, scales.1)), scale, to)
        }
    }
}

/// `a × b` of scales `scales`, as a DECIMAL of shape `to`.
pub(crate) fn multiply(a: i128, b: i128, scales: (u8, u8), to: DecimalShape) -> Option<i128> {
    let scale = scales.0 + scales.1;
    match a.checked_mul(b) {
        Some(product) if scale <= 38 => fitted(product, scale, to),
        _ => fitted_wide(i256::from_i128(a).wrapping_mul(i256::from_i128(b)), scale, to),
    }
}

/// `a / b` of scales `scales`, as a DECIMAL of shape `to`. `b` is not 0.
pub(crate) fn divide(a: i128, b: i128, scales: (u8, u8), to: DecimalShape) -> Option<i128> {
    // a / 10^sa / (b / 10^sb) × 10^scale = a × 10^(scale + sb - sa) / b
    let up = (to.scale + scales.1).saturating_sub(scales.0);
    let down = scales.0.saturating_sub(to.scale + scales.1);
    if down == 0
        && up <= 38
        && let Some(a) = a.checked_mul(power_of_ten(up))
    {
        let (quotient, rest) = (a / b, a % b);
        let rounded = if rest.unsigned_abs() >= b.unsigned_abs() - rest.unsigned_abs() {
            quotient + a.signum() * b.signum()
        } else {
            quotient
        };
        return checked(rounded, to.precision);
    }
    // Dividing in two steps keeps the dividend below 10^76, which fits.
    let (first, second) = (up.min(38), up.saturating_sub(38));
    let b = i256::from_i128(b).wrapping_mul(wide_power(down));
    let a = i256::from_i128(a).wrapping_mul(wide_power(first));
    if second == 0 {
        return checked(divide_half_up_wide(a, b).to_i128()?, to.precision);
    }
    let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
    let tail = divide_half_up_wide(rest.wrapping_mul(wide_power(second)), b);
    let quotient = quotient.checked_mul(wide_power(second))?.checked_add(tail)?;
    checked(quotient.to_i128()?, to.precision)
}

/// What `a` leaves when divided by `b`, with the sign of `a`, as a DECIMAL of shape `to`. `b` is not 0.
pub(crate) fn remainder(a: i128, b: i128, scales: (u8, u8), to: DecimalShape) -> Option<i128> {
    let scale = scales.0.max(scales.1);
    let narrow =
        a.checked_mul(power_of_ten(scale - scales.0)).zip(b.checked_mul(power_of_ten(scale - scales.1)));
    if let Some((a, b)) = narrow
        && to.scale <= scale
    {
        return fitted(a.wrapping_rem(b), scale, to);
    }
    let widened = |v: i128, s: u8| i256::from_i128(v).wrapping_mul(wide_power(scale - s));
    fitted_wide(widened(a, scales.0).wrapping_rem(widened(b, scales.1)), scale, to)
}

/// The nearest double.
pub(crate) fn to_double(value: i128, scale: u8) -> f64 {
    if value.unsigned_abs() <= 1 << 53 && scale <= 22 {
        // Both are exact, so the quotient is rounded once.
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
        return value as f64 / 10_f64.powi(i32::from(scale));
    }
    digits(value, scale).parse().unwrap_or(f64::NAN)
}

/// The float nearest to the nearest double: Flink goes by way of one.
#[allow(clippy::cast_possible_truncation, reason = "it is what a FLOAT is for")]
pub(crate) fn to_float(value: i128, scale: u8) -> f32 {
    to_double(value, scale) as f32
}

fn digits(value: i128, scale: u8) -> String {
    let mut text = String::new();
    crate::text::write_decimal(value, scale, &mut text);
    text
}

/// Why a text is no DECIMAL of some shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misread {
    /// It is no number.
    Malformed,
    /// It has more digits before the point than the type.
    Overflow,
}

/// The DECIMAL of shape `to` that `text` stands for: a sign, digits, a point, an exponent; rounded HALF_UP.
pub(crate) fn parse(text: &str, to: DecimalShape) -> Result<i128, Misread> {
    let (negative, text) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (mantissa, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        None => (text, 0),
        Some(at) => {
            let (mantissa, rest) = text.split_at(at);
            (mantissa, parse_exponent(rest.get(1..).unwrap_or(&[])).ok_or(Misread::Malformed)?)
        }
    };
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    let (whole, fraction) = mantissa.split_at(point);
    let fraction = fraction.get(1..).unwrap_or(&[]);
    if whole.is_empty() && fraction.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(Misread::Malformed);
    }
    // So many of the digits stand before the point of the unscaled value.
    let kept = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent) + i64::from(to.scale);
    let mut digits = whole.iter().chain(fraction).map(|b| i128::from(b - b'0'));
    let mut value: i128 = 0;
    let mut place = 0;
    while place < kept {
        let digit = match digits.next() {
            Some(digit) => digit,
            None if value == 0 => break,
            None => 0,
        };
        value = value * 10 + digit;
        if value >= power_of_ten(to.precision) {
            return Err(Misread::Overflow);
        }
        place += 1;
    }
    if kept >= 0 && digits.next().is_some_and(|digit| digit >= 5) {
        value += 1;
    }
    let value = if negative { -value } else { value };
    checked(value, to.precision).ok_or(Misread::Overflow)
}

/// As [`parse`], for a text as a column holds it. Of short texts for short types Flink counts zeros in front as digits: `0.5` is no
/// DECIMAL(3, 3), though `.5` is one.
pub(crate) fn parse_cast(text: &str, to: DecimalShape) -> Result<i128, Misread> {
    let trimmed = text.trim_matches(|c| c <= ' ');
    if text.len() <= SHORT_MAX && usize::from(to.precision) <= SHORT_MAX {
        let unsigned = trimmed.trim_start_matches(['-', '+']);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let whole = mantissa.find('.').unwrap_or(mantissa.len());
        let exponent = parse_exponent(exponent.as_bytes()).unwrap_or(0);
        let kept = i64::try_from(whole).unwrap_or(i64::MAX).saturating_add(exponent) + i64::from(to.scale);
        if kept > to.precision.into() {
            return parse(trimmed, to).and(Err(Misread::Overflow));
        }
    }
    parse(trimmed, to)
}

/// The digits that 64 bits hold, and with them what Flink reads in one go.
const SHORT_MAX: usize = 18;

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 10 {
        return None;
    }
    let mut value = 0_i64;
    for digit in digits {
        value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(precision: u8, scale: u8) -> DecimalShape {
        DecimalShape { precision, scale }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(fitted(12_345, 3, shape(4, 2)), Some(1_235));
        assert_eq!(fitted(-12_345, 3, shape(4, 2)), Some(-1_235));
        assert_eq!(fitted(12_344, 3, shape(4, 2)), Some(1_234));
        assert_eq!(fitted(12_345, 3, shape(3, 2)), None);
        assert_eq!(fitted(5, 0, shape(38, 38)), None);
    }

    #[test]
    fn operators_give_what_flink_gives() {
        // 2.0 / 3, 7.5 / 2, CAST(1 AS DECIMAL(38, 10)) / 3
        assert_eq!(divide(20, 3, (1, 0), shape(13, 12)), Some(666_666_666_667));
        assert_eq!(divide(75, 2, (1, 0), shape(13, 12)), Some(3_750_000_000_000));
        assert_eq!(divide(10_i128.pow(10), 3, (10, 0), shape(38, 10)), Some(3_333_333_333));
        assert_eq!(divide(-20, 3, (1, 0), shape(13, 12)), Some(-666_666_666_667));
        assert_eq!(remainder(-75, 2, (1, 0), shape(2, 1)), Some(-15));
        let most = 10_i128.pow(38) - 1;
        assert_eq!(add(most, 1, (0, 0), shape(38, 0)), None);
        assert_eq!(multiply(most, 2, (0, 0), shape(38, 0)), None);
        let nines = 10_i128.pow(19) - 1;
        assert_eq!(
            multiply(nines, nines, (0, 0), shape(38, 0)),
            Some(99_999_999_999_999_999_980_000_000_000_000_000_001)
        );
        let x = 1_123_456_789_012_345_678;
        assert_eq!(multiply(x, x, (18, 18), shape(38, 6)), Some(1_262_155));
        assert_eq!(
            add(x, 11_234_567_890_123_456_785, (18, 19), shape(38, 17)),
            Some(224_691_357_802_469_136)
        );
    }

    #[test]
    fn divisions_that_need_more_than_76_digits() {
        // 10^38 - 1 over 10^-38 overflows; 10^-38 over 3 × 10^-38 is a third.
        let most = 10_i128.pow(38) - 1;
        assert_eq!(divide(most, 1, (0, 38), shape(38, 38)), None);
        assert_eq!(
            divide(1, 3, (38, 38), shape(38, 38)),
            Some(33_333_333_333_333_333_333_333_333_333_333_333_333)
        );
        assert_eq!(divide(7, most, (0, 38), shape(38, 38)), None);
    }

    #[test]
    fn doubles_are_the_nearest() {
        assert_eq!(to_double(9_870, 3), 9.87);
        assert_eq!(to_double(123_456_789_123_456_789, 18), 0.123_456_789_123_456_78);
        assert_eq!(to_double(10_i128.pow(30), 0), 1e30);
        assert_eq!(to_float(9_870, 3), 9.87);
    }

    #[test]
    fn texts_are_read_with_rounding() {
        let read = |text| parse(text, shape(5, 2));
        assert_eq!(read("12.345"), Ok(1_235));
        assert_eq!(read("-12.335"), Ok(-1_234));
        assert_eq!(read("1e2"), Ok(10_000));
        assert_eq!(read("+.5"), Ok(50));
        assert_eq!(read("5."), Ok(500));
        assert_eq!(read("0.004"), Ok(0));
        assert_eq!(read("0.0004e1"), Ok(0));
        assert_eq!(read("0e400"), Ok(0));
        assert_eq!(read("999.995"), Err(Misread::Overflow));
        assert_eq!(read("1234.5"), Err(Misread::Overflow));
        assert_eq!(read("1e400"), Err(Misread::Overflow));
        for malformed in ["", ".", "-", "1 2", "1e", "NaN", "1.2.3", "0x1"] {
            assert_eq!(read(malformed), Err(Misread::Malformed), "{malformed}");
        }
    }
}
