//! Strings of JSON: from their text and into it.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::cursor::RawString;

/// What stands for half of a surrogate pair, as Java writes it into UTF-8.
const LONE_SURROGATE: char = '?';

/// The characters of a string.
pub(crate) fn decode<'a>(string: RawString<'a>) -> Cow<'a, str> {
    if !string.escaped {
        return Cow::Borrowed(string.text);
    }
    let mut out = String::with_capacity(string.text.len());
    decode_escapes(string.text, &mut out);
    Cow::Owned(out)
}

/// Appends the characters of a text with escapes. Gives false at the first escape that there is not; what stands before it has
/// been appended.
pub(crate) fn decode_escapes(text: &str, out: &mut String) -> bool {
    let mut rest = text;
    // The first half of a surrogate pair, until the second follows.
    let mut high: Option<u32> = None;
    while let Some(backslash) = rest.find('\\') {
        let (before, escape) = rest.split_at(backslash);
        if !before.is_empty() {
            flush(&mut high, out);
            out.push_str(before);
        }
        let Some(kind) = escape.as_bytes().get(1) else {
            flush(&mut high, out);
            return false;
        };
        let plain = match kind {
            b'"' | b'\\' | b'/' => Some(char::from(*kind)),
            b'b' => Some('\u{8}'),
            b'f' => Some('\u{c}'),
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            b'u' => None,
            _ => {
                flush(&mut high, out);
                return false;
            }
        };
        if let Some(plain) = plain {
            flush(&mut high, out);
            out.push(plain);
            rest = escape.get(2..).unwrap_or("");
            continue;
        }
        let Some(unit) = escape.get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok()) else {
            flush(&mut high, out);
            return false;
        };
        rest = escape.get(6..).unwrap_or("");
        match (high.take(), unit) {
            (Some(first), 0xDC00..=0xDFFF) => {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (unit - 0xDC00);
                out.push(char::from_u32(code).unwrap_or(LONE_SURROGATE));
            }
            (first, _) => {
                high = first;
                flush(&mut high, out);
                match unit {
                    0xD800..=0xDBFF => high = Some(unit),
                    _ => out.push(char::from_u32(unit).unwrap_or(LONE_SURROGATE)),
                }
            }
        }
    }
    flush(&mut high, out);
    out.push_str(rest);
    true
}

fn flush(high: &mut Option<u32>, out: &mut String) {
    if high.take().is_some() {
        out.push(LONE_SURROGATE);
    }
}

/// Appends a string in quotes, escaped where JSON asks for it and nowhere else.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(special) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (before, from) = rest.split_at(special);
        out.push_str(before);
        let mut characters = from.chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\r') => out.push_str("\\r"),
            Some(control) => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// The order of Java's strings: by UTF-16 units.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        let decoded = |text: &'static str| decode(RawString { text, escaped: true }).into_owned();
        assert_eq!(decoded(r#"a\"b\\c\/d\b\f\n\r\t"#), "a\"b\\c/d\u{8}\u{c}\n\r\t");
        assert_eq!(decoded(r"x\u0041\u00e9"), "xAé");
        assert_eq!(decoded(r"\uD83D\uDE00!"), "😀!");
        assert_eq!(decoded(r"\uD83Dx\uDE00\uD83D"), "?x??");
    }

    #[test]
    fn strings_are_escaped_where_they_must_be() {
        let mut out = String::new();
        write_string("a\"b\\c/d\u{1f}\n é😀", &mut out);
        assert_eq!(out, r#""a\"b\\c/d\u001F\n é😀""#);
    }
}
