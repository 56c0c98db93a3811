//! From CHAR and VARCHAR to numbers, BOOLEAN, DATE, TIME and TIMESTAMP.

use std::sync::Arc;

use arrow_array::BooleanArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};

use super::failures::{Converted, Failures, convert_each, converted};
use super::moment::{parse_date, parse_time, parse_timestamp};
use super::{Conversion, misfit};
use crate::decimal::{self, Misread};
use crate::types::{DataType, DecimalShape, Kind, MICRO_PRECISION};
use crate::zone::Zone;

/// Reads texts as values of `to`; `None` for types that are not read from texts.
pub(super) fn conversion(to: &DataType, zone: &Zone) -> Option<Conversion> {
    let integer = |text: &str| parse_integer(text.trim_matches(is_space));
    Some(match &to.kind {
        Kind::Boolean => booleans(),
        Kind::TinyInt => numbers::<Int8Type>(to, move |text| integer(text)?.try_into().ok()),
        Kind::SmallInt => numbers::<Int16Type>(to, move |text| integer(text)?.try_into().ok()),
        Kind::Int => numbers::<Int32Type>(to, move |text| integer(text)?.try_into().ok()),
        Kind::BigInt => numbers::<Int64Type>(to, integer),
        Kind::Float => numbers::<Float32Type>(to, |text| parse_float(text)?.parse().ok()),
        Kind::Double => numbers::<Float64Type>(to, |text| parse_float(text)?.parse().ok()),
        Kind::Decimal { .. } => decimals(to)?,
        Kind::Date => numbers::<Date32Type>(to, parse_date),
        Kind::Time { .. } => numbers::<Time32MillisecondType>(to, parse_time),
        Kind::Timestamp { precision } => timestamps(to, *precision, None),
        Kind::TimestampLtz { precision } => timestamps(to, *precision, Some(zone.clone())),
        _ => return None,
    })
}

/// What Java's `trim` takes for space.
fn is_space(c: char) -> bool {
    c <= ' '
}

fn numbers<T: ArrowPrimitiveType>(
    to: &DataType,
    parse: impl Fn(&str) -> Option<T::Native> + Send + Sync + 'static,
) -> Conversion {
    let (name, physical) = (to.kind.to_string(), to.physical());
    Conversion::fallible(20, move |array| {
        let texts = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
        let result = convert_each::<T>(texts, |row| {
            let text = texts.value(row);
            parse(text).ok_or_else(|| unreadable(text, &name))
        });
        Ok(converted(result, &physical))
    })
}

fn unreadable(text: &str, name: &str) -> String {
    format!("cannot parse '{}' as {name}; TRY_CAST would make it NULL", shortened(text))
}

/// A text as an error message shows it.
fn shortened(text: &str) -> String {
    const SHOWN_MAX: usize = 100;
    match text.char_indices().nth(SHOWN_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
    }
}

fn booleans() -> Conversion {
    Conversion::fallible(10, |array| {
        let texts = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
        let mut failures = Failures::default();
        let truths: BooleanArray = texts
            .iter()
            .enumerate()
            .map(|(row, text)| {
                let text = text?;
                let truth = parse_boolean(text);
                if truth.is_none() {
                    failures.push(row, || unreadable(text, "BOOLEAN"));
                }
                truth
            })
            .collect();
        Ok(Converted { array: Arc::new(truths), failures })
    })
}

fn parse_boolean(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["t", "true", "y", "yes", "1"]) {
        Some(true)
    } else {
        is(&["f", "false", "n", "no", "0"]).then_some(false)
    }
}

/// A sign and digits; after a point there may be more digits, which do not count.
fn parse_integer(text: &str) -> Option<i64> {
    let (negative, text) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if text.is_empty() {
        return None;
    }
    let mut digits = text.iter();
    // Counted down, for there is one more negative number than there are positive ones.
    let mut value = 0_i64;
    for byte in digits.by_ref() {
        match byte {
            b'0'..=b'9' => value = value.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?,
            b'.' => break,
            _ => return None,
        }
    }
    if !digits.all(u8::is_ascii_digit) {
        return None;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// The part of `text` that Rust reads as the float that Java reads in `text`; `None` where Java reads none.
fn parse_float(text: &str) -> Option<&str> {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return Some(text);
    }
    // Rust knows `inf` and `nan` in any case besides; Java allows a letter for the type at the end.
    let digits = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    plain.then_some(digits)
}

fn decimals(to: &DataType) -> Option<Conversion> {
    let (shape, name, physical) = (DecimalShape::of(&to.kind)?, to.kind.to_string(), to.physical());
    Some(Conversion::fallible(20, move |array| {
        let texts = array.as_string_view_opt().ok_or_else(|| misfit(array))?;
        let result = convert_each::<Decimal128Type>(texts, |row| {
            let text = texts.value(row);
            decimal::parse_cast(text, shape).map_err(|why| match why {
                Misread::Malformed => unreadable(text, &name),
                Misread::Overflow => format!("'{}' has more digits than {name} holds", shortened(text)),
            })
        });
        Ok(converted(result, &physical))
    }))
}

fn timestamps(to: &DataType, precision: u8, zone: Option<Zone>) -> Conversion {
    let instant = move |text: &str| {
        let (micros, nanos) = parse_timestamp(text, precision)?;
        Some((zone.as_ref().map_or(micros, |zone| zone.to_instant(micros)), nanos))
    };
    if precision <= MICRO_PRECISION {
        numbers::<TimestampMicrosecondType>(to, move |text| Some(instant(text)?.0))
    } else {
        numbers::<Decimal128Type>(to, move |text| {
            let (micros, nanos) = instant(text)?;
            Some(i128::from(micros) * 1_000 + i128::from(nanos))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_up_to_the_point() {
        for (text, expected) in [
            ("12", Some(12)),
            ("+12", Some(12)),
            ("-12.9", Some(-12)),
            ("12.", Some(12)),
            (".5", Some(0)),
            (".", Some(0)),
            ("-.5", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("1e3", None),
            ("12.5.5", None),
            ("12.a", None),
            ("-", None),
            ("", None),
            ("1 2", None),
            ("0x10", None),
        ] {
            assert_eq!(parse_integer(text), expected, "{text}");
        }
    }

    #[test]
    fn floats_are_read_as_by_java() {
        let read = |text: &str| parse_float(text).and_then(|t| t.parse::<f64>().ok());
        assert_eq!(read(" 1.5 "), Some(1.5));
        assert_eq!(read("1.5d"), Some(1.5));
        assert_eq!(read("1e400"), Some(f64::INFINITY));
        assert_eq!(read("-Infinity"), Some(f64::NEG_INFINITY));
        assert!(read("NaN").is_some_and(f64::is_nan));
        for malformed in ["inf", "nan", "infinity", "", "1_0", "1e", "abc", "d"] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn truths_have_a_few_names() {
        assert_eq!(parse_boolean("Yes"), Some(true));
        assert_eq!(parse_boolean("0"), Some(false));
        assert_eq!(parse_boolean(" TRUE "), None);
        assert_eq!(parse_boolean("on"), None);
    }
}
