//! Directories of partitions: `name=value`, with the characters that paths do not take written as `%2F`.

use std::fmt::Write;

/// Stands for NULL and for the empty string.
pub(super) const DEFAULT_NAME: &str = "__DEFAULT_PARTITION__";

/// The value in the directory name `part`, if it is one of the column `name`.
pub(super) fn value_in(part: &str, name: &str) -> Option<String> {
    let (found, value) = part.split_once('=')?;
    (unescape(found) == name).then(|| unescape(value))
}

/// The directory name for a value of the column `name`.
pub(super) fn directory(name: &str, value: &str) -> String {
    format!("{}={}", escape(name), escape(value))
}

/// Flink writes these as `%` and two digits: controls, and what has a meaning in paths or shells.
fn is_escaped(c: char) -> bool {
    c.is_ascii_control() || "\"#%'*/:=?\\\u{7f}{}[]^".contains(c)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            // Writing to a string does not fail.
            let _ = write!(escaped, "%{:02X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii);
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                plain.push('%');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_come_back() {
        assert_eq!(directory("q", "a/b=c"), "q=a%2Fb%3Dc");
        for value in ["a/b=c", "100%", "%41", "é ü", "a\nb", "{x}"] {
            assert_eq!(value_in(&directory("k=1", value), "k=1").as_deref(), Some(value));
        }
        assert_eq!(value_in("k=1", "j"), None);
        assert_eq!(value_in("k", "k"), None);
        assert_eq!(value_in("k=%zz%4", "k").as_deref(), Some("%zz%4"));
    }
}
