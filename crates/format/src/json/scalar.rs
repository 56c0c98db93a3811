//! JSON values to Flink's types, one value at a time: what Flink's JSON format makes of each token.
//!
//! Every function takes the text of a value without white space around it and answers `None` for `null`.

use super::lex::{self, Token};
use super::strict::NOT_UTF8;
use crate::problem::Problem;
use crate::text::temporal::{Instant, Style};
use crate::text::{base64, decimal, float, integer, temporal};

pub(super) type Converted<T> = Result<Option<T>, Problem>;

const NO_WHOLE_NUMBER: Problem = Problem::Value("a whole number that fits the type was expected");
const NO_NUMBER: Problem = Problem::Value("a number was expected");
const NO_DECIMAL: Problem = Problem::Value("a decimal number was expected");
const NO_DATE: Problem = Problem::Value("a date such as \"2024-01-31\" was expected");
const NO_TIME: Problem = Problem::Value("a time such as \"23:59:59\" was expected");
const NO_SQL_TIMESTAMP: Problem =
    Problem::Value("a timestamp such as \"2024-01-31 23:59:59.123\" was expected");
const NO_ISO_TIMESTAMP: Problem =
    Problem::Value("a timestamp such as \"2024-01-31T23:59:59.123\" was expected");
const NO_UTC_TIMESTAMP: Problem = Problem::Value("a timestamp with 'Z' at its end was expected");
const OUT_OF_RANGE: Problem = Problem::Value("the timestamp is out of range");
const NO_BASE64: Problem = Problem::Value("a string in base64 was expected");

/// BIGINT.
#[inline]
pub(super) fn long(text: &[u8]) -> Converted<i64> {
    match plain_integer(text) {
        Some(value) => Ok(Some(value)),
        None => whole(text, i64::MIN, i64::MAX, true),
    }
}

/// INT.
#[inline]
pub(super) fn int(text: &[u8]) -> Converted<i32> {
    match plain_integer(text).and_then(|value| i32::try_from(value).ok()) {
        Some(value) => Ok(Some(value)),
        None => narrow(whole(text, i32::MIN.into(), i32::MAX.into(), true)),
    }
}

/// SMALLINT. Fractions are not cut off, other than for INT and BIGINT.
pub(super) fn short(text: &[u8]) -> Converted<i16> {
    narrow(whole(text, i16::MIN.into(), i16::MAX.into(), false))
}

/// TINYINT.
pub(super) fn byte(text: &[u8]) -> Converted<i8> {
    narrow(whole(text, i8::MIN.into(), i8::MAX.into(), false))
}

fn narrow<T: TryFrom<i64>>(value: Converted<i64>) -> Converted<T> {
    match value? {
        None => Ok(None),
        Some(value) => T::try_from(value).map(Some).map_err(|_| NO_WHOLE_NUMBER),
    }
}

/// A number of up to eighteen digits as most are written: without sign but `-`, without leading zeros.
#[inline]
fn plain_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'1'..=b'9', ..] if digits.len() <= 18 => {}
        b"0" if !negative => return Some(0),
        _ => return None,
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

#[cold]
fn whole(text: &[u8], least: i64, greatest: i64, cut: bool) -> Converted<i64> {
    let fits = |value: &i64| (least..=greatest).contains(value);
    let value = match Token::of(text)? {
        Token::Null => return Ok(None),
        Token::Number { text, whole: true } => integer::parse(text),
        // As Jackson does it: by way of a DOUBLE, cut off towards zero.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "as Java does it")]
        Token::Number { text, whole: false } if cut => float::parse::<f64>(text)
            .filter(|value| (least as f64..=greatest as f64).contains(value))
            .map(|value| value as i64),
        Token::String { raw, escaped } => {
            with_text(raw, escaped, |text| integer::parse(crate::text::trim(text)))?
        }
        _ => None,
    };
    value.filter(fits).map(Some).ok_or(NO_WHOLE_NUMBER)
}

/// FLOAT and DOUBLE.
pub(super) fn floating<F: float::Float>(text: &[u8]) -> Converted<F> {
    let value = match Token::of(text)? {
        Token::Null => return Ok(None),
        Token::Number { text, .. } => float::parse(text),
        Token::String { raw, escaped } => with_text(raw, escaped, float::parse)?,
        _ => None,
    };
    value.map(Some).ok_or(NO_NUMBER)
}

/// DECIMAL: NULL where the number needs more digits than the type has.
pub(super) fn decimal(text: &[u8], precision: u8, scale: u8) -> Converted<i128> {
    let value = match Token::of(text)? {
        Token::Null => return Ok(None),
        Token::Number { text, .. } => decimal::parse(text, precision, scale),
        Token::String { raw, escaped } => {
            with_text(raw, escaped, |text| decimal::parse(crate::text::trim(text), precision, scale))?
        }
        _ => None,
    };
    value.ok_or(NO_DECIMAL)
}

/// BOOLEAN: everything but `true`, in whatever case and in quotes or not, is FALSE.
pub(super) fn boolean(text: &[u8]) -> Converted<bool> {
    Ok(match Token::of(text)? {
        Token::Null => None,
        Token::True => Some(true),
        Token::String { raw, escaped } => {
            Some(with_text(raw, escaped, |text| crate::text::trim(text).eq_ignore_ascii_case(b"true"))?)
        }
        Token::False | Token::Number { .. } | Token::Container(_) => Some(false),
    })
}

/// DATE.
pub(super) fn date(text: &[u8]) -> Converted<i32> {
    read(text, temporal::parse_date, NO_DATE)
}

/// TIME.
pub(super) fn time(text: &[u8]) -> Converted<i32> {
    read(text, temporal::parse_time, NO_TIME)
}

/// TIMESTAMP and, with `utc`, TIMESTAMP_LTZ.
#[inline]
pub(super) fn timestamp(text: &[u8], style: Style, utc: bool) -> Converted<Instant> {
    let problem = match (style, utc) {
        (_, true) => NO_UTC_TIMESTAMP,
        (Style::Sql, false) => NO_SQL_TIMESTAMP,
        (Style::Iso, false) => NO_ISO_TIMESTAMP,
    };
    read(text, |text| temporal::parse_timestamp(text, style, utc), problem)
}

/// TIMESTAMP and TIMESTAMP_LTZ as microseconds, cut off at `precision` fractional digits.
#[inline]
pub(super) fn micros(text: &[u8], style: Style, utc: bool, precision: u8) -> Converted<i64> {
    match timestamp(text, style, utc)? {
        None => Ok(None),
        Some(instant) => instant.micros(precision).map(Some).ok_or(OUT_OF_RANGE),
    }
}

/// What `parse` makes of a string.
#[inline]
fn read<T>(text: &[u8], parse: impl Fn(&[u8]) -> Option<T>, problem: Problem) -> Converted<T> {
    // What parses has neither quotes nor escapes in it.
    if let [b'"', inner @ .., b'"'] = text
        && let Some(value) = parse(inner)
    {
        return Ok(Some(value));
    }
    match Token::of(text)? {
        Token::Null => Ok(None),
        Token::String { raw, escaped } => with_text(raw, escaped, parse)?.map(Some).ok_or(problem),
        _ => Err(problem),
    }
}

/// BYTES: appends them, and answers whether there are any.
pub(super) fn bytes(text: &[u8], out: &mut Vec<u8>) -> Converted<()> {
    match Token::of(text)? {
        Token::Null => Ok(None),
        Token::String { raw, escaped } => {
            with_text(raw, escaped, |text| base64::decode(text, out))?.map(Some).ok_or(NO_BASE64)
        }
        _ => Err(NO_BASE64),
    }
}

/// `use_text` of what a string says, which is UTF-8.
fn with_text<T>(raw: &[u8], escaped: bool, use_text: impl FnOnce(&[u8]) -> T) -> Result<T, Problem> {
    if std::str::from_utf8(raw).is_err() {
        return Err(NOT_UTF8);
    }
    if !escaped {
        return Ok(use_text(raw));
    }
    let mut text = Vec::with_capacity(raw.len());
    lex::unescape(raw, &mut text)?;
    Ok(use_text(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    // What Flink 2.1 makes of each of these.
    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("1", Some(1)),
            ("-1", Some(-1)),
            ("3.7", Some(3)),
            ("-3.7", Some(-3)),
            ("1e2", Some(100)),
            ("\"5\"", Some(5)),
            ("\" 5 \"", Some(5)),
            ("\"\\u0035\"", Some(5)),
            ("\"+7\"", Some(7)),
            ("-0", Some(0)),
            ("-0.0", Some(0)),
            ("1e-7", Some(0)),
            ("100000000.0", Some(100_000_000)),
        ] {
            assert_eq!(int(text.as_bytes()), Ok(expected), "{text}");
            assert_eq!(long(text.as_bytes()), Ok(expected.map(i64::from)), "{text}");
        }
        for text in
            ["\"5.0\"", "\"x\"", "true", "1E400", "1e30", "{}", "\"\"", "\"1_0\"", "9223372036854775808"]
        {
            assert_eq!(int(text.as_bytes()), Err(NO_WHOLE_NUMBER), "{text}");
            assert_eq!(long(text.as_bytes()), Err(NO_WHOLE_NUMBER), "{text}");
        }
        assert_eq!(int(b"2147483648"), Err(NO_WHOLE_NUMBER));
        assert_eq!(byte(b"128"), Err(NO_WHOLE_NUMBER));
        assert_eq!(byte(b"3.7"), Err(NO_WHOLE_NUMBER));
        assert_eq!(short(b"-129"), Ok(Some(-129)));
        assert_eq!(long(b"null"), Ok(None));
        for text in ["01", "1x", "", "tru", "--1", "1 2"] {
            assert!(matches!(long(text.as_bytes()), Err(Problem::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn other_scalars() {
        assert_eq!(floating::<f64>(b"1E400"), Ok(Some(f64::INFINITY)));
        assert_eq!(floating::<f32>(b"\"0x1p3\""), Ok(Some(8.0)));
        assert_eq!(floating::<f64>(b"true"), Err(NO_NUMBER));
        assert_eq!(decimal(b"123456.789", 10, 2), Ok(Some(12_345_679)));
        assert_eq!(decimal(b"\" 1.5 \"", 4, 2), Ok(Some(150)));
        assert_eq!(decimal(b"123.456", 4, 2), Ok(None));
        assert_eq!(decimal(b"true", 4, 2), Err(NO_DECIMAL));
        for (text, expected) in
            [("true", true), ("\" TRUE \"", true), ("1", false), ("\"yes\"", false), ("{}", false)]
        {
            assert_eq!(boolean(text.as_bytes()), Ok(Some(expected)), "{text}");
        }
        assert_eq!(date(b"20000"), Err(NO_DATE));
        assert_eq!(date(b"\"1970-01-0\\u0032\""), Ok(Some(1)));
        assert_eq!(timestamp(b"\"1970-01-01 00:00:01\"", Style::Sql, false).unwrap().unwrap().seconds, 1);
        assert_eq!(timestamp(b"\"1970-01-01T00:00:01\"", Style::Sql, false), Err(NO_SQL_TIMESTAMP));
        let mut out = Vec::new();
        assert_eq!(bytes(b"\"YWJj\\n\"", &mut out), Ok(Some(())));
        assert_eq!(out, b"abc");
        assert_eq!(bytes(b"1", &mut out), Err(NO_BASE64));
    }
}
