//! An array or object as the text that Flink makes of it in a STRING column.

use super::encode::write_escaped;
use super::lex::{self, Token};
use super::strict::{NO_COLON, skip_blanks};
use crate::problem::Problem;
use crate::text::{decimal, float};

/// How numbers with a fraction or an exponent are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fractions {
    /// As `Double.toString`.
    Double,
    /// As `BigDecimal.toString`, without trailing zeros: where the table has a DECIMAL column.
    Decimal,
}

/// Appends the value at `from` in `text`, which has been checked, without white space, of equal keys only the last;
/// answers where it ends.
pub(super) fn write(
    text: &[u8],
    from: usize,
    fractions: Fractions,
    out: &mut Vec<u8>,
) -> Result<usize, Problem> {
    let at = skip_blanks(text, from);
    match text.get(at) {
        Some(b'{') => object(text, at + 1, fractions, out),
        Some(b'[') => array(text, at + 1, fractions, out),
        _ => scalar(text, at, fractions, out),
    }
}

fn array(text: &[u8], from: usize, fractions: Fractions, out: &mut Vec<u8>) -> Result<usize, Problem> {
    out.push(b'[');
    let mut at = skip_blanks(text, from);
    while text.get(at).is_some_and(|b| *b != b']') {
        at = skip_blanks(text, write(text, at, fractions, out)?);
        if text.get(at) == Some(&b',') {
            out.push(b',');
            at += 1;
        }
    }
    out.push(b']');
    Ok(at + 1)
}

fn object(text: &[u8], from: usize, fractions: Fractions, out: &mut Vec<u8>) -> Result<usize, Problem> {
    // Where in `entries` a key stands: the first place and the last value count.
    let mut places = std::collections::HashMap::new();
    let mut entries: Vec<Vec<u8>> = Vec::new();
    let mut at = skip_blanks(text, from);
    while text.get(at).is_some_and(|b| *b != b'}') {
        let mut entry = Vec::new();
        at = skip_blanks(text, scalar(text, at, fractions, &mut entry)?);
        if text.get(at) != Some(&b':') {
            return Err(NO_COLON);
        }
        let key = entry.clone();
        entry.push(b':');
        at = skip_blanks(text, write(text, at + 1, fractions, &mut entry)?);
        let place = *places.entry(key).or_insert(entries.len());
        match entries.get_mut(place) {
            Some(earlier) => *earlier = entry,
            None => entries.push(entry),
        }
        if text.get(at) == Some(&b',') {
            at = skip_blanks(text, at + 1);
        }
    }
    out.push(b'{');
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(entry);
    }
    out.push(b'}');
    Ok(at + 1)
}

fn scalar(text: &[u8], at: usize, fractions: Fractions, out: &mut Vec<u8>) -> Result<usize, Problem> {
    let (token, length) = Token::scalar(text.get(at..).unwrap_or(&[]))?;
    match token {
        Token::Null => out.extend_from_slice(b"null"),
        Token::True => out.extend_from_slice(b"true"),
        Token::False => out.extend_from_slice(b"false"),
        Token::Number { text: b"-0", whole: true } => out.push(b'0'),
        Token::Number { text, whole: true } => out.extend_from_slice(text),
        Token::Number { text, whole: false } => match fractions {
            Fractions::Decimal => decimal::write_stripped_text(out, text),
            Fractions::Double => {
                let value = float::parse::<f64>(text).unwrap_or(f64::NAN);
                let quote = |out: &mut Vec<u8>| {
                    if !value.is_finite() {
                        out.push(b'"');
                    }
                };
                quote(out);
                float::write_double(out, value);
                quote(out);
            }
        },
        Token::String { raw, escaped } => {
            out.push(b'"');
            if escaped {
                respell(raw, out)?;
            } else {
                out.extend_from_slice(raw);
            }
            out.push(b'"');
        }
        Token::Container(_) => return Err(lex::BAD_TOKEN),
    }
    Ok(at + length)
}

/// Appends the inside of a string with each escape in the one form that Jackson writes. Every other byte stays as it
/// is, so that what is searched for in the text can be searched for in the record.
fn respell(raw: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(before);
        // One escape, or the two of a surrogate pair.
        let length = match escape {
            [_, b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', _, _, b'\\', b'u', ..] => 12,
            [_, b'u', ..] => 6,
            _ => 2,
        };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, &[]));
        let mut plain = Vec::new();
        lex::unescape(escape, &mut plain)?;
        write_escaped(&plain, out);
        rest = behind;
    }
    out.extend_from_slice(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(text: &str, fractions: Fractions) -> String {
        let mut out = Vec::new();
        write(text.as_bytes(), 0, fractions, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    // What Flink 2.1 makes of each of these.
    #[test]
    fn containers_become_compact_text() {
        let cases = [
            (r#"{"k": [1, 2.50,"a\u00e9\/"], "n":null}"#, r#"{"k":[1,2.5,"aé/"],"n":null}"#),
            (
                r#"{"x":1.0,"y":1e5,"z":1e-5,"w":1E400,"v":12345678901234567890}"#,
                r#"{"x":1.0,"y":100000.0,"z":1.0E-5,"w":"Infinity","v":12345678901234567890}"#,
            ),
            (r#"{"t":-0,"s":-0.0,"r":100000000.0}"#, r#"{"t":0,"s":-0.0,"r":1.0E8}"#),
            (r#"{"x":"a","x" : 2}"#, r#"{"x":2}"#),
            (r#"{"\u0041\"k":1}"#, r#"{"A\"k":1}"#),
            (r#"["\ud800x", true ,{ }, []]"#, r#"["?x",true,{},[]]"#),
            (
                r#"["\u0041\ud83d\ude00\u0041\u0042", "\u0001\n\u000a\\\u0022"]"#,
                r#"["A😀AB","\u0001\n\n\\\""]"#,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(compact(text, Fractions::Double), expected);
        }
        assert_eq!(
            compact(r#"{"x":1.0,"y":1e5,"z":1.50,"u":0.1e1,"s":-0.0,"w":0.00000001}"#, Fractions::Decimal),
            r#"{"x":1,"y":1E+5,"z":1.5,"u":1,"s":0,"w":1E-8}"#
        );
    }
}
