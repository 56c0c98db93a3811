//! Reading JSON text: one value after another, checked as Jackson checks it, without building anything.

/// How deep arrays and objects may stand in each other.
const DEPTH_MAX: u32 = 1000;

/// The longest number that is read, in characters.
const NUMBER_MAX: usize = 1000;

/// Why a text is no JSON, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub what: &'static str,
    pub at: usize,
}

/// The characters between the quotes of a string, escapes as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawString<'a> {
    pub text: &'a str,
    /// Whether there are escapes in it.
    pub escaped: bool,
}

/// A place in a text.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// At a byte of the text.
    pub fn at_byte(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// The byte at which it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The text from `start` to where it stands.
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or("")
    }

    /// The next byte that is no white space, which is left alone.
    pub fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                _ => return Some(*byte),
            }
        }
        None
    }

    /// Takes a byte if it is the next one.
    pub fn eat(&mut self, wanted: u8) -> bool {
        let found = self.next() == Some(wanted);
        if found {
            self.at += 1;
        }
        found
    }

    pub fn error<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { what, at: self.at })
    }

    /// What stands behind the first value of a text does not count, except directly behind a number or a word.
    pub fn end_of_text(&self, first_value: &str) -> Result<(), Malformed> {
        let follows = self.text.as_bytes().get(self.at).copied();
        let well_ended = match first_value.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => matches!(follows, None | Some(b' ' | b'\t' | b'\n' | b'\r')),
            Some(b't' | b'f' | b'n') => {
                !matches!(follows, Some(b'$' | b'0'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z' | 0x80..))
            }
            _ => true,
        };
        if well_ended { Ok(()) } else { self.error("something stands right behind the value") }
    }

    /// Goes past a value.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        match self.next() {
            Some(b'{') => self.members(|cursor, _| cursor.skip()),
            Some(b'[') => self.elements(|cursor, _| cursor.skip()),
            Some(b'"') => self.string().map(|_| ()),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'-' | b'0'..=b'9') => self.number().map(|_| ()),
            Some(_) => self.error("a value was expected"),
            None => self.error("the text ends where a value was expected"),
        }
    }

    /// Goes through an object; `member` gets each key and must go past its value.
    pub fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, RawString<'a>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.enter()?;
        if !self.eat(b'}') {
            loop {
                if self.next() != Some(b'"') {
                    return self.error("a key in quotes was expected");
                }
                let key = self.string()?;
                if !self.eat(b':') {
                    return self.error("a colon was expected");
                }
                member(self, key)?;
                if self.eat(b'}') {
                    break;
                }
                if !self.eat(b',') {
                    return self.error("a comma or a closing brace was expected");
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Goes through an array; `element` gets each position and must go past the value.
    pub fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.enter()?;
        if !self.eat(b']') {
            for position in 0.. {
                element(self, position)?;
                if self.eat(b']') {
                    break;
                }
                if !self.eat(b',') {
                    return self.error("a comma or a closing bracket was expected");
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Result<(), Malformed> {
        if self.depth >= DEPTH_MAX {
            return self.error("nested deeper than 1000 levels");
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    pub fn word(&mut self, word: &'static str) -> Result<(), Malformed> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.error("true, false or null was expected");
        }
        self.at += word.len();
        Ok(())
    }

    /// A number as it is written.
    pub fn number(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let peek = |at: usize| bytes.get(at).copied();
        let digits = |mut at: usize| {
            while peek(at).is_some_and(|b| b.is_ascii_digit()) {
                at += 1;
            }
            at
        };
        let mut at = start + usize::from(peek(start) == Some(b'-'));
        let whole = digits(at);
        let leading_zero = peek(at) == Some(b'0') && whole > at + 1;
        if whole == at || leading_zero {
            return self.error("a number was expected");
        }
        at = whole;
        if peek(at) == Some(b'.') {
            let fraction = digits(at + 1);
            if fraction == at + 1 {
                return self.error("digits were expected behind the decimal point");
            }
            at = fraction;
        }
        if matches!(peek(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(peek(at + 1), Some(b'+' | b'-')));
            let exponent = digits(at + 1 + sign);
            if exponent == at + 1 + sign {
                return self.error("digits were expected in the exponent");
            }
            at = exponent;
        }
        if at - start > NUMBER_MAX {
            return self.error("a number of more than 1000 characters");
        }
        self.at = at;
        Ok(self.since(start))
    }

    /// A string; the cursor must stand at its quote.
    pub fn string(&mut self) -> Result<RawString<'a>, Malformed> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut escaped = false;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    let length = match bytes.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') => {
                            let hex = bytes.get(at + 2..at + 6);
                            if !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) {
                                self.at = at;
                                return self.error("four hexadecimal digits were expected");
                            }
                            6
                        }
                        _ => {
                            self.at = at;
                            return self.error("no such escape");
                        }
                    };
                    at += length;
                }
                Some(0..=0x1F) => {
                    self.at = at;
                    return self.error("a control character in a string must be escaped");
                }
                Some(_) => at += 1,
                None => {
                    self.at = at;
                    return self.error("the text ends in a string");
                }
            }
        }
        self.at = at + 1;
        Ok(RawString { text: self.text.get(start..at).unwrap_or(""), escaped })
    }
}

/// The first value of a text, as it is written.
pub(crate) fn first_value(text: &str) -> Result<&str, Malformed> {
    let mut cursor = Cursor::new(text);
    cursor.next();
    let start = cursor.at();
    cursor.skip()?;
    let value = cursor.since(start);
    cursor.end_of_text(value)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_is_read_and_checked() {
        for (text, value) in [
            (r#" {"a": [1, 2.5e-3, true, null]} x"#, r#"{"a": [1, 2.5e-3, true, null]}"#),
            ("[1] // c", "[1]"),
            ("1 2", "1"),
            ("null", "null"),
            (r#""a\u00e9\n"b"#, r#""a\u00e9\n""#),
            ("{}{", "{}"),
        ] {
            assert_eq!(first_value(text), Ok(value), "{text}");
        }
        for text in [
            "",
            "  ",
            "abc",
            "nul",
            "truex",
            "1a",
            "01",
            "-",
            "+1",
            ".5",
            "5.",
            "1e",
            "NaN",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "\"a",
            "{\"a\":1",
            "\"\\q\"",
            "\"\\u12\"",
            "\"\n\"",
        ] {
            assert!(first_value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_and_numbers_are_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(first_value(&nested(1000)).is_ok());
        assert!(first_value(&nested(1001)).is_err());
        assert!(first_value(&"[".repeat(1_000_000)).is_err());
        assert!(first_value(&"1".repeat(1001)).is_err());
    }
}
