//! The search for escapes behind which a record may hide any character.

use memchr::memchr;
use memchr::memmem::Finder;

use crate::options::{CsvOptions, Format};

/// After so many first bytes of escapes that were none, all of the escape is searched for.
const TRIES: usize = 4;

/// Finds the escapes of a format that may stand for any character.
///
/// Most blocks have none, and one byte is searched for faster than two.
#[derive(Debug)]
pub struct EscapeSearch {
    escape: Finder<'static>,
}

impl EscapeSearch {
    /// The search for the escapes of `format`; `None` where every character is written as it is, or in one other form
    /// that tells which it is.
    pub fn of(format: &Format) -> Option<Self> {
        match format {
            // The other escapes of JSON have one form each.
            Format::Json(_) => Some(Self::json()),
            Format::Csv(CsvOptions { escape: Some(escape), .. }) => {
                Some(Self { escape: Finder::new(&escape.to_string()).into_owned() })
            }
            Format::Csv(_) | Format::Raw(_) => None,
        }
    }

    /// The search for `\u`.
    pub(crate) fn json() -> Self {
        Self { escape: Finder::new(b"\\u").into_owned() }
    }

    /// The first place at or behind `from` where an escape starts.
    #[inline]
    pub fn find(&self, bytes: &[u8], mut from: usize) -> Option<usize> {
        let escape = self.escape.needle();
        let first = *escape.first()?;
        for _ in 0..TRIES {
            let rest = bytes.get(from..)?;
            let at = memchr(first, rest)?;
            if rest.get(at..).is_some_and(|rest| rest.starts_with(escape)) {
                return Some(from + at);
            }
            from += at + 1;
        }
        self.escape.find(bytes.get(from..)?).map(|at| from + at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_escape_is_found(text in "(\\\\u|\\\\|u|x){0,20}", from in 0..25_usize) {
            let expected = text.get(from..).and_then(|rest| rest.find("\\u")).map(|at| from + at);
            prop_assert_eq!(EscapeSearch::json().find(text.as_bytes(), from), expected);
        }
    }
}
