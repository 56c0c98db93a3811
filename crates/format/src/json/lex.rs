//! The tokens of JSON (RFC 8259, with Jackson's one liberty: control characters may stand in strings).

use crate::problem::Problem;

/// A value, told apart by its first character and, unless it is a container, checked as a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Null,
    True,
    False,
    /// A number, as written.
    Number {
        text: &'a [u8],
        whole: bool,
    },
    /// What stands between the quotes.
    String {
        raw: &'a [u8],
        escaped: bool,
    },
    /// An array or object, whose inside has not been looked at.
    Container(&'a [u8]),
}

pub(super) const BAD_TOKEN: Problem = Problem::Malformed("a value was expected");
const BAD_NUMBER: Problem = Problem::Malformed("this is no number that JSON knows");
const BAD_STRING: Problem = Problem::Malformed("the string does not end");
const BAD_ESCAPE: Problem = Problem::Malformed("this escape is none that JSON knows");
const BEHIND_VALUE: Problem = Problem::Malformed("',' or '}' was expected behind the value");

/// JSON's white space.
#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// `text` without the white space around it.
#[inline]
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text {
        if !is_blank(*first) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !is_blank(*last) {
            break;
        }
        text = rest;
    }
    text
}

impl<'a> Token<'a> {
    /// The token that `text`, a value without white space around it, is.
    pub(super) fn of(text: &'a [u8]) -> Result<Self, Problem> {
        if let Some(b'{' | b'[') = text.first() {
            return Ok(Self::Container(text));
        }
        let (token, length) = Self::scalar(text)?;
        if length == text.len() { Ok(token) } else { Err(BEHIND_VALUE) }
    }

    /// The scalar that `text` starts with, and its length.
    pub(super) fn scalar(text: &'a [u8]) -> Result<(Self, usize), Problem> {
        match text.first() {
            Some(b'"') => {
                let (raw, escaped) = string(text.get(1..).unwrap_or(&[])).ok_or(BAD_STRING)?;
                Ok((Self::String { raw, escaped }, raw.len() + 2))
            }
            Some(b'-' | b'0'..=b'9') => {
                let (length, whole) = number(text).ok_or(BAD_NUMBER)?;
                Ok((Self::Number { text: text.get(..length).unwrap_or(&[]), whole }, length))
            }
            Some(b't') => literal(text, b"true").map(|length| (Self::True, length)),
            Some(b'f') => literal(text, b"false").map(|length| (Self::False, length)),
            Some(b'n') => literal(text, b"null").map(|length| (Self::Null, length)),
            _ => Err(BAD_TOKEN),
        }
    }
}

fn literal(text: &[u8], word: &[u8]) -> Result<usize, Problem> {
    let ends = text.get(word.len()).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    if text.starts_with(word) && ends { Ok(word.len()) } else { Err(BAD_TOKEN) }
}

/// The inside of a string that starts behind its quote, and whether escapes stand in it.
#[inline]
pub(super) fn string(text: &[u8]) -> Option<(&[u8], bool)> {
    let mut at = memchr::memchr2(b'"', b'\\', text)?;
    if text.get(at) == Some(&b'"') {
        return Some((text.get(..at)?, false));
    }
    loop {
        at += match text.get(at)? {
            b'"' => return Some((text.get(..at)?, true)),
            b'\\' => 2,
            _ => memchr::memchr2(b'"', b'\\', text.get(at..)?)?,
        };
    }
}

/// The length of the number that `text` starts with, and whether it has neither fraction nor exponent.
pub(super) fn number(text: &[u8]) -> Option<(usize, bool)> {
    let digits = |from: usize| text.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits(sign);
    if whole == 0 || (whole > 1 && text.get(sign) == Some(&b'0')) {
        return None;
    }
    let mut at = sign + whole;
    let mut is_whole = true;
    if text.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
        is_whole = false;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
        is_whole = false;
    }
    // What follows must be able to end a number: `1x` is one wrong token, not two.
    let ends = text.get(at).is_none_or(|b| is_blank(*b) || matches!(b, b',' | b']' | b'}'));
    ends.then_some((at, is_whole))
}

/// Appends the characters of `raw`, the inside of a string, to `out`. The result is UTF-8 if `raw` is.
pub(super) fn unescape(raw: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or(&[]));
        let escape = rest.get(at + 1).ok_or(BAD_ESCAPE)?;
        rest = rest.get(at + 2..).unwrap_or(&[]);
        out.push(match escape {
            b'"' | b'\\' | b'/' => *escape,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let (character, behind) = unicode_escape(rest).ok_or(BAD_ESCAPE)?;
                rest = behind;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return Err(BAD_ESCAPE),
        });
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// The character whose `\u` stands before `text`, and what stands behind. Two surrogates make one character; half
/// a pair becomes `?`, as in Java.
fn unicode_escape(text: &[u8]) -> Option<(char, &[u8])> {
    let (high, rest) = code_unit(text)?;
    if let (0xd800..0xdc00, [b'\\', b'u', behind @ ..]) = (high, rest)
        && let Some((low @ 0xdc00..=0xdfff, behind)) = code_unit(behind)
    {
        let point = 0x1_0000 + ((u32::from(high) & 0x3ff) << 10) + (u32::from(low) & 0x3ff);
        return Some((char::from_u32(point).unwrap_or('?'), behind));
    }
    Some((char::from_u32(u32::from(high)).unwrap_or('?'), rest))
}

/// Four hexadecimal digits, and what stands behind them.
fn code_unit(text: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<4>()?;
    let mut unit = 0;
    for digit in digits {
        unit = (unit << 4) | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
    }
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(raw: &str) -> Option<String> {
        let mut out = Vec::new();
        unescape(raw.as_bytes(), &mut out).ok().map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn tokens_are_told_apart_and_checked() {
        let number = |text: &'static str, whole| Ok(Token::Number { text: text.as_bytes(), whole });
        assert_eq!(Token::of(b"1"), number("1", true));
        assert_eq!(Token::of(b"-0"), number("-0", true));
        assert_eq!(Token::of(b"1.50e+3"), number("1.50e+3", false));
        assert_eq!(Token::of(b"true"), Ok(Token::True));
        assert_eq!(Token::of(b"null"), Ok(Token::Null));
        assert_eq!(Token::of(b"\"a\\\"b\""), Ok(Token::String { raw: b"a\\\"b", escaped: true }));
        assert_eq!(Token::of(b"[1"), Ok(Token::Container(b"[1")));
        for text in [
            "", "01", "1.", ".5", "+1", "-", "1e", "1x", "tru", "truex", "NaN", "'a'", "\"a", "\"a\"b", "1 2",
        ] {
            assert!(matches!(Token::of(text.as_bytes()), Err(Problem::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped(r#"\u0041\n\/\\\"\t\b\f\r"#).unwrap(), "A\n/\\\"\t\u{8}\u{c}\r");
        assert_eq!(unescaped(r"\ud83d\ude00").unwrap(), "😀");
        assert_eq!(unescaped(r"\ud83dx\ude00\ud83d\u0041").unwrap(), "?x??A");
        for raw in [r"\q", r"\u12", r"\u12g4", "\\"] {
            assert_eq!(unescaped(raw), None, "{raw}");
        }
    }
}
