//! Whole numbers.

/// The value of `text` as `Long.parseLong` reads it: a sign, then ASCII digits. `None` if it is nothing such or
/// does not fit.
#[inline]
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    match text.split_first() {
        Some((b'-', digits)) => parse_digits(digits).and_then(negate),
        Some((b'+', digits)) => parse_digits(digits).and_then(|value| i64::try_from(value).ok()),
        _ => parse_digits(text).and_then(|value| i64::try_from(value).ok()),
    }
}

#[inline]
fn negate(value: u64) -> Option<i64> {
    0_i64.checked_sub_unsigned(value)
}

/// Digits only, at least one.
#[inline]
fn parse_digits(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0_u64;
    // Nineteen digits fit always.
    if digits.len() <= 19 {
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + u64::from(digit);
        }
        return Some(value);
    }
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// The digits of the numbers 0 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut i = 0;
    #[allow(clippy::cast_possible_truncation, reason = "below 10")]
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// The two digits of `value`, of which only the last two count.
#[inline]
pub(crate) fn two_digits(value: u32) -> [u8; 2] {
    PAIRS.get((value % 100) as usize).copied().unwrap_or([b'0'; 2])
}

/// Appends `value` in digits.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    write_unsigned(out, value.unsigned_abs());
}

/// Appends `value` in digits.
#[inline]
pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    if value < 100 {
        #[allow(clippy::cast_possible_truncation, reason = "below 100")]
        let [tens, ones] = two_digits(value as u32);
        if value >= 10 {
            out.push(tens);
        }
        out.push(ones);
        return;
    }
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    while value >= 100 {
        #[allow(clippy::cast_possible_truncation, reason = "below 100")]
        let pair = two_digits((value % 100) as u32);
        value /= 100;
        start -= 2;
        if let Some(place) = digits.get_mut(start..start + 2) {
            place.copy_from_slice(&pair);
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "below 100")]
    let [tens, ones] = two_digits(value as u32);
    start -= 1;
    if let Some(place) = digits.get_mut(start) {
        *place = ones;
    }
    if value >= 10 {
        start -= 1;
        if let Some(place) = digits.get_mut(start) {
            *place = tens;
        }
    }
    out.extend_from_slice(digits.get(start..).unwrap_or(&[]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: i64) -> String {
        let mut out = Vec::new();
        write(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn numbers_are_written_and_read(value in any::<i64>(), shift in 0..64_u32) {
            let value = value >> shift;
            prop_assert_eq!(written(value), value.to_string());
            prop_assert_eq!(parse(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn parse_is_rusts(text in "[+-]?[0-9]{0,22}x?") {
            prop_assert_eq!(parse(text.as_bytes()), text.parse::<i64>().ok());
        }
    }

    #[test]
    fn limits() {
        assert_eq!(parse(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse(b"9223372036854775808"), None);
        assert_eq!(parse(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse(b"-9223372036854775809"), None);
        assert_eq!(written(i64::MIN), "-9223372036854775808");
    }
}
