//! A record read from its first byte to its last, as Jackson reads it.

use super::lex::{self, Token, is_blank};
use crate::MAX_DEPTH;
use crate::problem::Problem;

/// The byte at which something is wrong, and what.
pub(super) type Fault = (usize, Problem);

pub(super) const TOO_DEEP: Problem = Problem::Malformed("arrays and objects are nested too deeply");
pub(super) const WRONG_BRACKET: Problem = Problem::Malformed("the wrong bracket closes");
pub(super) const ENDS_EARLY: Problem = Problem::Malformed("the record ends too early");
pub(super) const NO_KEY: Problem = Problem::Malformed("a key in double quotes was expected");
pub(super) const NO_COLON: Problem = Problem::Malformed("':' was expected");
pub(super) const NO_COMMA: Problem = Problem::Malformed("',' or a closing bracket was expected");
pub(super) const NOT_UTF8: Problem = Problem::Malformed("the text is not UTF-8");

/// Objects and arrays that are open, outermost first.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    /// Bit `d` says whether the container at depth `d` is an array.
    arrays: [u64; MAX_DEPTH.div_ceil(64)],
    depth: usize,
}

impl Nesting {
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Opens a container with `{` or `[`; `None` where that is too deep.
    #[inline]
    pub(super) fn open(&mut self, byte: u8) -> Option<()> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        let word = self.arrays.get_mut(self.depth / 64)?;
        let bit = 1 << (self.depth % 64);
        if byte == b'[' {
            *word |= bit;
        } else {
            *word &= !bit;
        }
        self.depth += 1;
        Some(())
    }

    /// Whether the innermost container is an array.
    #[inline]
    pub(super) fn in_array(&self) -> bool {
        let at = self.depth.wrapping_sub(1);
        self.arrays.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Closes the innermost container with `}` or `]`; `None` where the other one was expected.
    #[inline]
    pub(super) fn close(&mut self, byte: u8) -> Option<()> {
        if self.depth == 0 || self.in_array() != (byte == b']') {
            return None;
        }
        self.depth -= 1;
        Some(())
    }
}

/// The end of the value that starts at or behind `from` in `text`. All of it is checked.
pub(super) fn check_value(text: &[u8], from: usize) -> Result<usize, Fault> {
    let mut nesting = Nesting::default();
    let mut at = from;
    loop {
        at = skip_blanks(text, at);
        if let Some(open @ (b'{' | b'[')) = text.get(at) {
            nesting.open(*open).ok_or((at, TOO_DEEP))?;
            at = skip_blanks(text, at + 1);
            // An empty container is closed below.
            if !matches!(text.get(at), Some(b'}' | b']')) {
                if !nesting.in_array() {
                    at = check_key(text, at)?;
                }
                continue;
            }
        } else {
            at = check_scalar(text, at)?;
        }
        // Behind a value, or at the end of an empty container.
        loop {
            if nesting.depth() == 0 {
                return Ok(at);
            }
            at = skip_blanks(text, at);
            match text.get(at) {
                Some(close @ (b'}' | b']')) => {
                    nesting.close(*close).ok_or((at, WRONG_BRACKET))?;
                    at += 1;
                }
                Some(b',') => {
                    at += 1;
                    if !nesting.in_array() {
                        at = check_key(text, skip_blanks(text, at))?;
                    }
                    break;
                }
                Some(_) => return Err((at, NO_COMMA)),
                None => return Err((at, ENDS_EARLY)),
            }
        }
    }
}

/// Behind the `:` of the key at `at`.
fn check_key(text: &[u8], at: usize) -> Result<usize, Fault> {
    if text.get(at) != Some(&b'"') {
        return Err((at, NO_KEY));
    }
    let at = skip_blanks(text, check_scalar(text, at)?);
    if text.get(at) != Some(&b':') {
        return Err((at, NO_COLON));
    }
    Ok(at + 1)
}

/// Behind the scalar at `at`.
pub(super) fn check_scalar(text: &[u8], at: usize) -> Result<usize, Fault> {
    let (token, length) = Token::scalar(text.get(at..).unwrap_or(&[])).map_err(|problem| (at, problem))?;
    if let Token::String { raw, escaped } = token {
        check_string(raw, escaped).map_err(|problem| (at, problem))?;
    }
    Ok(at + length)
}

/// Whether the inside of a string is UTF-8 with known escapes.
pub(super) fn check_string(raw: &[u8], escaped: bool) -> Result<(), Problem> {
    if std::str::from_utf8(raw).is_err() {
        return Err(NOT_UTF8);
    }
    if escaped {
        lex::unescape(raw, &mut Vec::with_capacity(raw.len()))?;
    }
    Ok(())
}

/// The first byte at or behind `from` that is not white space.
#[inline]
pub(super) fn skip_blanks(text: &[u8], from: usize) -> usize {
    let blanks = text.iter().skip(from).take_while(|b| is_blank(**b)).count();
    from + blanks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_are_judged_as_jackson_judges_them() {
        for good in [
            "{}",
            " { \"a\" : [ 1 , { \"c\" : \"}\" } ] } xyz",
            "{\"a\":1}{\"a\":2}",
            "[]",
            "[[],{}]",
            "{\"z\":\"\t\"}",
            "3",
        ] {
            assert!(check_value(good.as_bytes(), 0).is_ok(), "{good}");
        }
        for bad in [
            "",
            "{",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\":1]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1 \"b\":2}",
            "[1,]",
            "[1 2]",
            "{\"z\":\"\\q\"}",
            "{\"z\":01}",
            "{'a':1}",
            "{a:1}",
            "{\"a\":tru}",
            "[1,2}",
            "/**/{}",
        ] {
            assert!(check_value(bad.as_bytes(), 0).is_err(), "{bad}");
        }
        assert!(check_value(b"{\"a\":\"\xff\"}", 0).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(check_value(nested(MAX_DEPTH).as_bytes(), 0).is_ok());
        assert!(check_value(nested(MAX_DEPTH + 1).as_bytes(), 0).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(text in "[\\[\\]{}:,\"\\\\ 0-9a-eu.+-]{0,40}") {
            let _ = check_value(text.as_bytes(), 0);
        }
    }
}
