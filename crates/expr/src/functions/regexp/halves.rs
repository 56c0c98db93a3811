//! Texts cut between the halves of a character beyond U+FFFF: to Java such a character is two UTF-16 units, and an expression that
//! matches nothing, as `''` or `x*`, does so between them, too. A half on its own is written as `?`.

use super::JavaRegex;
use crate::error::Result;

/// Stands for the first half of all, in a plane for private use; the others follow in order.
const FIRST: u32 = 0x10_f000;
/// The first and last half, as units of UTF-16.
const HALVES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;

impl JavaRegex {
    /// The text with each half as a character, where the expression would cut between them.
    pub(crate) fn halved(&self, text: &str) -> Result<Option<String>> {
        if !text.bytes().any(|byte| byte >= 0xf0) {
            return Ok(None);
        }
        let two: String = ['\u{10f000}', '\u{10f400}'].iter().collect();
        let between = (4, 4);
        let cuts = self.find(&two, between.0)? == Some(between);
        Ok(cuts.then(|| text.encode_utf16().map(as_character).collect()))
    }
}

/// A unit of UTF-16 as a character of its own.
fn as_character(unit: u16) -> char {
    let code = u32::from(unit);
    let code = if HALVES.contains(&code) { code - HALVES.start() + FIRST } else { code };
    char::from_u32(code).unwrap_or('?')
}

/// The units of UTF-16 of a text that was halved.
fn units(halved: &str) -> impl Iterator<Item = u16> {
    halved.chars().flat_map(|character| {
        let code = u32::from(character);
        let half = code.checked_sub(FIRST).map(|place| place + HALVES.start());
        let half = half.filter(|half| HALVES.contains(half)).and_then(|half| u16::try_from(half).ok());
        let mut units = [0; 2];
        let count = match half {
            Some(half) => {
                units[0] = half;
                1
            }
            None => character.encode_utf16(&mut units).len(),
        };
        units.into_iter().take(count)
    })
}

/// A text that was halved: halves that stand side by side are a character again.
pub(crate) fn whole(halved: &str) -> String {
    char::decode_utf16(units(halved)).map(|character| character.unwrap_or('?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matches_nothing_cuts_characters() {
        let halved = |regex: &str, text: &str| JavaRegex::new(regex).unwrap().halved(text).unwrap();
        for regex in ["", "x*", "|x"] {
            let text = halved(regex, "a😀").unwrap();
            assert_eq!(text.chars().count(), 3, "{regex}");
            assert_eq!(whole(&text), "a😀");
            let (second, _) = text.char_indices().nth(2).unwrap();
            assert_eq!(whole(&text[second..]), "?");
        }
        for regex in ["^", "$", "\\b", ".", "x", "(?=a)"] {
            assert_eq!(halved(regex, "a😀"), None, "{regex}");
        }
        assert_eq!(halved("", "aé日"), None);
    }
}
