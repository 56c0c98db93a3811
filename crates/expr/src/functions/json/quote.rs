//! JSON_QUOTE and JSON_UNQUOTE: a string as a JSON string, and back.

use super::cursor::first_value;
use super::string::decode_escapes;
use crate::error::{Error, Result};

/// Appends `text` in quotes. Unlike elsewhere in JSON, `/` and everything beyond ASCII is escaped, too.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\/"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_ascii() => out.push(c),
            c => {
                // Beyond 16 bits Flink writes the whole code, then the second half of the pair.
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
                if let [_, low] = c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{low:04x}"));
                }
            }
        }
    }
    out.push('"');
}

/// Appends what the JSON string `text` holds; a text that is no JSON string between its first and last character stays as it is.
pub(super) fn unquote(text: &str, out: &mut String) -> Result<()> {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inside) = inside.filter(|_| first_value(text).is_ok()) else {
        out.push_str(text);
        return Ok(());
    };
    if decode_escapes(inside, out) {
        Ok(())
    } else {
        Err(Error::runtime("JSON_UNQUOTE: no such escape in a JSON string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_escapes_as_flink_does() {
        let quoted = |text: &str| {
            let mut out = String::new();
            quote(text, &mut out);
            out
        };
        assert_eq!(quoted("a/b\"\\\t≠"), r#""a\/b\"\\\t\u2260""#);
        assert_eq!(quoted("é😀"), r#""\u00e9\u1f600\ude00""#);
    }

    #[test]
    fn unquoting_takes_only_strings() {
        let unquoted = |text: &str| {
            let mut out = String::new();
            unquote(text, &mut out).map(|()| out)
        };
        for (text, bare) in [
            (r#""[\t\u0032]""#, "[\t2]"),
            (r#""""#, ""),
            (r#"""""#, "\""),
            (r#""a"b""#, "a\"b"),
            (r#"{"key":1}"#, r#"{"key":1}"#),
            (r#"  "a"  "#, r#"  "a"  "#),
            (r#""a\qb""#, r#""a\qb""#),
            (r#"""#, r#"""#),
            ("", ""),
            (r#""\uD801\uDC00""#, "𐐀"),
        ] {
            assert_eq!(unquoted(text).unwrap(), bare, "{text}");
        }
        assert!(unquoted(r#""a" \q""#).is_err());
    }
}
