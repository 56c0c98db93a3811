//! The text of a VARIANT: JSON without spaces, keys in the order of Java's strings, numbers as Flink's variants print them.
//!
//! A VARIANT stands in memory as this text, which is made once, where the value comes from. Parts of it are such texts, too.

use std::borrow::Cow;

use crate::error::Error;
use crate::functions::json::{Cursor, Malformed, compare, decode, write_string};
use crate::text::write_double;

/// The most digits, and fractional digits, of a number that is kept as it is written.
const DECIMAL_DIGITS_MAX: usize = 38;

/// The digits of the greatest whole number that is a DOUBLE.
const DIGITS_OF_DOUBLES: usize = 308;

/// Why a text is no VARIANT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoVariant {
    /// It is no JSON: what is wrong, and at which byte.
    Malformed(&'static str, usize),
    /// A key stands twice in an object.
    DuplicateKey(String),
}

impl From<Malformed> for NoVariant {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed.what, malformed.at)
    }
}

impl From<NoVariant> for Error {
    fn from(why: NoVariant) -> Self {
        Self::runtime(match why {
            NoVariant::Malformed(what, at) => {
                format!(
                    "PARSE_JSON: the text is no JSON: {what}, at byte {at}; TRY_PARSE_JSON would make it NULL"
                )
            }
            NoVariant::DuplicateKey(key) => format!(
                "PARSE_JSON: the key '{key}' stands twice in an object; PARSE_JSON(text, TRUE) takes the last one"
            ),
        })
    }
}

/// Appends the VARIANT that the first JSON value of `json` is. Of equal keys the last counts, where they are allowed.
///
/// # Errors
/// For a text that is no JSON, or has equal keys where they are not allowed. Part of it may have been appended.
pub fn write_variant(json: &str, duplicate_keys: bool, out: &mut String) -> Result<(), NoVariant> {
    let mut cursor = Cursor::new(json);
    cursor.next();
    let start = cursor.at();
    value(&mut cursor, duplicate_keys, out)?;
    Ok(cursor.end_of_text(cursor.since(start))?)
}

type Outcome = Result<(), NoVariant>;

fn value(cursor: &mut Cursor<'_>, duplicate_keys: bool, out: &mut String) -> Outcome {
    match cursor.next() {
        Some(b'{') => object(cursor, duplicate_keys, out)?,
        Some(b'[') => {
            out.push('[');
            let mut failed = Ok(());
            let outcome = cursor.elements(|cursor, position| {
                if position > 0 {
                    out.push(',');
                }
                nested(cursor, duplicate_keys, out, &mut failed)
            });
            failed?;
            outcome?;
            out.push(']');
        }
        Some(b'"') => write_string(&decode(cursor.string()?), out),
        Some(b'-' | b'0'..=b'9') => write_number(cursor.number()?, out),
        _ => {
            cursor.next();
            let start = cursor.at();
            cursor.skip()?;
            out.push_str(cursor.since(start));
        }
    }
    Ok(())
}

/// A value inside of another. What a cursor cannot say of it, a key that stands twice, goes to `failed`.
fn nested(
    cursor: &mut Cursor<'_>,
    duplicate_keys: bool,
    out: &mut String,
    failed: &mut Outcome,
) -> Result<(), Malformed> {
    match value(cursor, duplicate_keys, out) {
        Ok(()) => Ok(()),
        Err(NoVariant::Malformed(what, at)) => Err(Malformed { what, at }),
        Err(twice) => {
            let at = cursor.at();
            *failed = Err(twice);
            Err(Malformed { what: "a key stands twice", at })
        }
    }
}

fn object(cursor: &mut Cursor<'_>, duplicate_keys: bool, out: &mut String) -> Outcome {
    let mut members: Vec<(Cow<'_, str>, String)> = Vec::new();
    let mut failed = Ok(());
    let outcome = cursor.members(|cursor, key| {
        let mut text = String::new();
        nested(cursor, duplicate_keys, &mut text, &mut failed)?;
        members.push((decode(key), text));
        Ok(())
    });
    failed?;
    outcome?;
    // Stable: of equal keys, the last one in the text stays the last.
    members.sort_by(|(a, _), (b, _)| compare(a, b));
    out.push('{');
    let mut is_first = true;
    for (position, (key, text)) in members.iter().enumerate() {
        if members.get(position + 1).is_some_and(|(next, _)| next == key) {
            if !duplicate_keys {
                return Err(NoVariant::DuplicateKey(key.to_string()));
            }
            continue;
        }
        if !is_first {
            out.push(',');
        }
        is_first = false;
        write_string(key, out);
        out.push(':');
        out.push_str(text);
    }
    out.push('}');
    Ok(())
}

/// Whole numbers of up to 38 digits, and fractions of as many without an exponent, are exact and print in the shortest
/// way; all others are DOUBLEs.
fn write_number(number: &str, out: &mut String) {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_exponent = number.contains(['e', 'E']);
    let significant = match whole.trim_start_matches('0').len() {
        0 => fraction.trim_start_matches('0').len(),
        whole => whole + fraction.len(),
    };
    if has_exponent || significant > DECIMAL_DIGITS_MAX || fraction.len() > DECIMAL_DIGITS_MAX {
        match number.parse::<f64>() {
            Ok(double) if double.is_finite() => write_double(double, out),
            // Infinite as a DOUBLE; see [`shown_variant`].
            _ => out.push_str(number),
        }
        return;
    }
    let fraction = fraction.trim_end_matches('0');
    if !(fraction.is_empty() && whole == "0") {
        out.push_str(sign);
    }
    out.push_str(whole);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
}

/// The text of a VARIANT as Flink prints it: a number beyond those of a DOUBLE, which stands in `text` as it was written so that it is
/// JSON, is `Infinity`.
pub fn shown_variant(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut from = 0;
    // Only one with an exponent, or of hundreds of digits, is as large.
    let has_exponent = || {
        text.as_bytes().windows(2).any(|two| matches!(two, [digit, b'e' | b'E'] if digit.is_ascii_digit()))
    };
    if text.len() > DIGITS_OF_DOUBLES || has_exponent() {
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            let mut cursor = Cursor::at_byte(text, at);
            let end = match byte {
                b'"' => cursor.string().map(|_| cursor.at()),
                b'-' | b'0'..=b'9' => cursor.number().map(|_| cursor.at()),
                _ => Ok(at + 1),
            };
            // A VARIANT is always well formed.
            let Ok(end) = end else { break };
            let number = text.get(at..end).unwrap_or_default().parse::<f64>();
            if let Some(infinite) = number.ok().filter(|number| number.is_infinite()) {
                shown.push_str(text.get(from..at).unwrap_or_default());
                write_double(infinite, &mut shown);
                from = end;
            }
            at = end;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(json: &str) -> Result<String, NoVariant> {
        let mut out = String::new();
        write_variant(json, false, &mut out).map(|()| out)
    }

    #[test]
    fn numbers_print_as_variants_do() {
        let numbers = "[1.0,1.50,0.00,100.00,1e2,1e20,1E-7,-0,-0.0,9223372036854775808,1e400,0.10,12345678901234567890.5]";
        let expected =
            "[1,1.5,0,100,100.0,1.0E20,1.0E-7,0,0,9223372036854775808,1e400,0.1,12345678901234567890.5]";
        assert_eq!(variant(numbers).unwrap(), expected);
        assert_eq!(variant("123456789012345678901234567890123456789").unwrap(), "1.2345678901234568E38");
        assert_eq!(variant("0.123456789012345678901234567890123456789").unwrap(), "0.12345678901234568");
        let longest = "0.12345678901234567890123456789012345678";
        assert_eq!(variant(longest).unwrap(), longest);
    }

    #[test]
    fn keys_are_ordered_and_stand_once() {
        assert_eq!(
            variant(r#" {"b": {"d":1, "c":[ null, true ]}, "a": "\u00e9\/"} x"#).unwrap(),
            r#"{"a":"é/","b":{"c":[null,true],"d":1}}"#
        );
        assert_eq!(variant(r#"[{"a":1,"b":[{"k":1,"k":2}]}]"#), Err(NoVariant::DuplicateKey("k".to_owned())));
        let mut out = String::new();
        write_variant(r#"{"a":1,"b":0,"a":2}"#, true, &mut out).unwrap();
        assert_eq!(out, r#"{"a":2,"b":0}"#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", " ", "{bad", "[1,,2]", "01", "+1", "tru", "NaN", "'a'", "{\"a\":1,}", "[1"] {
            assert!(matches!(variant(text), Err(NoVariant::Malformed(..))), "{text}");
        }
    }

    #[test]
    fn what_no_double_holds_shows_as_infinite() {
        assert_eq!(shown_variant("1e400"), "Infinity");
        assert_eq!(
            shown_variant(r#"{"1e400":[-1e400,1.0E20,"é-1e400"]}"#),
            r#"{"1e400":[-Infinity,1.0E20,"é-1e400"]}"#
        );
        let digits = "9".repeat(400);
        assert_eq!(shown_variant(&digits), "Infinity");
        assert!(matches!(shown_variant("[1.0E20,true]"), Cow::Borrowed(_)));
    }
}
