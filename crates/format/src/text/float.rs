//! FLOAT and DOUBLE, as Java reads and prints them.

use std::io::Write;

use super::trim;

/// A binary floating-point type.
pub(crate) trait Float: std::str::FromStr + Copy {
    /// The value nearest to `value`; used only for values that both types hold exactly, or not at all.
    fn from_double(value: f64) -> Self;
    /// Whether the digits of the type decide (`FLOAT`), not those of `f64`.
    const MANTISSA_BITS: u32;
}

impl Float for f64 {
    const MANTISSA_BITS: u32 = 52;

    fn from_double(value: f64) -> Self {
        value
    }
}

impl Float for f32 {
    const MANTISSA_BITS: u32 = 23;

    #[allow(clippy::cast_possible_truncation, reason = "rounds, as is meant")]
    fn from_double(value: f64) -> Self {
        value as f32
    }
}

/// `Double.parseDouble` and `Float.parseFloat`: spaces around, a sign, decimal or hexadecimal digits,
/// `NaN`, `Infinity`, and a suffix `f`, `F`, `d` or `D`.
pub(crate) fn parse<F: Float>(text: &[u8]) -> Option<F> {
    let text = trim(text);
    let (sign, unsigned) = match text.split_first() {
        Some((b'-', rest)) => (-1.0, rest),
        Some((b'+', rest)) => (1.0, rest),
        _ => (1.0, text),
    };
    match unsigned {
        b"NaN" => return Some(F::from_double(f64::NAN)),
        b"Infinity" => return Some(F::from_double(sign * f64::INFINITY)),
        _ => {}
    }
    let digits = match unsigned.split_last() {
        // In hexadecimal `d` and `f` are digits, unless they stand behind the exponent, which is there always.
        Some((b'f' | b'F' | b'd' | b'D', rest)) => rest,
        _ => unsigned,
    };
    if let [b'0', b'x' | b'X', hexadecimal @ ..] = digits {
        return parse_hexadecimal::<F>(hexadecimal).map(|value| F::from_double(sign * value));
    }
    if !is_decimal(digits) {
        return None;
    }
    let end = text.len() - (unsigned.len() - digits.len());
    std::str::from_utf8(text.get(..end)?).ok()?.parse().ok()
}

/// Digits with a point somewhere, an exponent or none.
fn is_decimal(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(text);
    let mut rest = text.get(whole..).unwrap_or(&[]);
    let mut fraction = 0;
    if let Some((b'.', behind)) = rest.split_first() {
        fraction = digits(behind);
        rest = behind.get(fraction..).unwrap_or(&[]);
    }
    if whole + fraction == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

/// The value of `h.hhhp±d`, rounded to nearest even at the width of `F`.
fn parse_hexadecimal<F: Float>(text: &[u8]) -> Option<f64> {
    let p = text.iter().position(|b| matches!(b, b'p' | b'P'))?;
    let (mantissa, exponent) = (text.get(..p)?, text.get(p + 1..)?);
    let exponent: i64 =
        std::str::from_utf8(exponent).ok()?.parse().ok().map(|e: i64| e.clamp(-100_000, 100_000))?;
    let mut value: u64 = 0;
    let (mut digits, mut point, mut sticky, mut shift) = (0, None, false, 0_i64);
    for byte in mantissa {
        if *byte == b'.' && point.is_none() {
            point = Some(digits);
            continue;
        }
        let digit = char::from(*byte).to_digit(16)?;
        digits += 1;
        if value >> 59 == 0 {
            value = (value << 4) | u64::from(digit);
        } else {
            sticky |= digit != 0;
            shift += 4;
        }
    }
    if digits == 0 {
        return None;
    }
    let behind_point = point.map_or(0, |at| digits - at);
    let exponent = exponent + shift - 4 * i64::from(behind_point);
    if value == 0 {
        return Some(0.0);
    }
    // Bits beyond the type's mantissa are rounded here, once; what is left is exact in an f64.
    let bits = 64 - i64::from(value.leading_zeros());
    let lowest = if F::MANTISSA_BITS == 52 { -1074 } else { -149 };
    let excess = (bits - i64::from(F::MANTISSA_BITS) - 1).max(lowest - exponent).clamp(0, 64);
    let kept = if excess == 64 { 0 } else { value >> excess };
    let half = 1_u64.checked_shl(u32::try_from(excess).ok()?.wrapping_sub(1)).unwrap_or(0);
    let below = if excess == 0 { 0 } else { value & (half | half.wrapping_sub(1)) };
    let up = excess > 0 && (below > half || (below == half && (sticky || kept & 1 == 1)));
    let kept = kept + u64::from(up);
    let power = i32::try_from((exponent + excess).clamp(-5000, 5000)).ok()?;
    #[allow(clippy::cast_precision_loss, reason = "at most 53 bits are left")]
    let mut result = kept as f64;
    // Two steps, for 2^power alone may be out of range where the product is not.
    for step in [power / 2, power - power / 2] {
        result *= 2_f64.powi(step);
    }
    Some(result)
}

/// Appends `value` as `Double.toString` prints it, with the fewest digits that tell it from its neighbours.
/// What is not finite is its name, without quotes.
pub(crate) fn write_double(out: &mut Vec<u8>, value: f64) {
    let mut text = Digits::default();
    // Writing to memory that is large enough does not fail.
    let _ = write!(text, "{value:e}");
    write_java(out, value.is_nan(), value.is_infinite(), value.is_sign_negative(), text.as_slice());
}

/// Appends `value` as `Float.toString` prints it.
pub(crate) fn write_float(out: &mut Vec<u8>, value: f32) {
    let mut text = Digits::default();
    let _ = write!(text, "{value:e}");
    write_java(out, value.is_nan(), value.is_infinite(), value.is_sign_negative(), text.as_slice());
}

/// Room for a number in scientific notation.
#[derive(Default)]
struct Digits {
    bytes: [u8; 32],
    length: usize,
}

impl Digits {
    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&[])
    }
}

impl Write for Digits {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        let room = self.bytes.get_mut(self.length..).unwrap_or(&mut []);
        let length = text.len().min(room.len());
        for (to, from) in room.iter_mut().zip(text) {
            *to = *from;
        }
        self.length += length;
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// From Rust's `d.ddde±x` to Java's form: plain from 10^-3 to 10^7, else scientific; always a digit behind the point.
fn write_java(out: &mut Vec<u8>, nan: bool, infinite: bool, negative: bool, scientific: &[u8]) {
    if nan {
        out.extend_from_slice(b"NaN");
        return;
    }
    if negative {
        out.push(b'-');
    }
    if infinite {
        out.extend_from_slice(b"Infinity");
        return;
    }
    let unsigned = scientific.strip_prefix(b"-").unwrap_or(scientific);
    let e = unsigned.iter().position(|b| *b == b'e').unwrap_or(unsigned.len());
    let mantissa = unsigned.get(..e).unwrap_or(unsigned);
    let exponent = std::str::from_utf8(unsigned.get(e + 1..).unwrap_or(b"0")).ok();
    let exponent: i32 = exponent.and_then(|text| text.parse().ok()).unwrap_or(0);
    let first = mantissa.get(..1).unwrap_or(b"0");
    let rest = mantissa.get(2..).unwrap_or(&[]);
    let digit_or_zero = |digits: &[u8], out: &mut Vec<u8>| {
        out.extend_from_slice(if digits.is_empty() { b"0" } else { digits });
    };
    if (0..7).contains(&exponent) {
        let places = exponent.unsigned_abs() as usize;
        out.extend_from_slice(first);
        out.extend_from_slice(rest.get(..places).unwrap_or(rest));
        out.extend(std::iter::repeat_n(b'0', places.saturating_sub(rest.len())));
        out.push(b'.');
        digit_or_zero(rest.get(places..).unwrap_or(&[]), out);
    } else if (-3..0).contains(&exponent) {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
        out.extend_from_slice(first);
        out.extend_from_slice(rest);
    } else {
        out.extend_from_slice(first);
        out.push(b'.');
        digit_or_zero(rest, out);
        out.push(b'E');
        super::integer::write(out, i64::from(exponent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        write_double(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn forms_are_javas() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (1e7, "1.0E7"),
            (9_999_999.0, "9999999.0"),
            (1.5e10, "1.5E10"),
            (0.001, "0.001"),
            (0.000_999, "9.99E-4"),
            (0.0123, "0.0123"),
            (123_456.789, "123456.789"),
            (1e-5, "1.0E-5"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, expected) in cases {
            assert_eq!(written(value), expected);
        }
        let mut out = Vec::new();
        write_float(&mut out, f32::MAX);
        assert_eq!(out, b"3.4028235E38");
    }

    #[test]
    fn java_reads_more_than_rust() {
        let cases = [
            ("NaN", f64::NAN),
            ("-Infinity", f64::NEG_INFINITY),
            (" 1 ", 1.0),
            ("1f", 1.0),
            ("1.D", 1.0),
            (".5", 0.5),
            ("+7", 7.0),
            ("0x1p3", 8.0),
            ("0x1.8p1d", 3.0),
            ("0x1.fffffffffffff8p1023", f64::INFINITY),
            ("0x0.00000000000008p-1022", 0.0),
            ("0x0.0000000000001p-1022", f64::from_bits(1)),
            ("1e400", f64::INFINITY),
            ("1e-400", 0.0),
        ];
        for (text, expected) in cases {
            let read: f64 = parse(text.as_bytes()).unwrap();
            assert_eq!(read.to_bits(), expected.to_bits(), "{text}");
        }
        for text in ["", ".", "e5", "1e", "nan", "inf", "infinity", "0x1", "0xp1", "1 2", "1ff", "--1"] {
            assert_eq!(parse::<f64>(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse::<f32>(b"0x1.000001p0"), Some(1.0));
        assert_eq!(parse::<f32>(b"0x1.000003p0"), Some(f32::from_bits(0x3f80_0002)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_itself(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(!value.is_nan());
            let read: f64 = parse(written(value).as_bytes()).unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
        }
    }
}
