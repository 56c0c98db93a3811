//! Compiled regular expressions: a linear engine where the pattern allows it, one that backtracks, with a limit, else.

use std::sync::OnceLock;

use super::java::rewrite;
use crate::error::{Error, ErrorKind, Result};

/// How many steps back the backtracking engine may go for one search.
const BACKTRACK_MAX: usize = 1_000_000;

/// How large a compiled program may become, in bytes.
const PROGRAM_MAX: usize = 8 << 20;

/// A compiled regular expression of Java.
pub(crate) struct JavaRegex {
    /// Right for texts that end with no line terminator, and for all if `final_dollar` is false.
    linear: Option<regex::Regex>,
    final_dollar: bool,
    /// Right for all texts.
    full: String,
    backtracking: OnceLock<Result<Box<fancy_regex::Regex>>>,
    groups: usize,
}

/// Where a match or a group of it stands, in bytes.
pub(crate) type Span = (usize, usize);

impl JavaRegex {
    /// Compiles a pattern of Java.
    ///
    /// # Errors
    /// Invalid where Java refuses it, Unsupported where Java knows what the engines here do not.
    pub(crate) fn new(pattern: &str) -> Result<Self> {
        let rewritten = rewrite(pattern)?;
        let linear = rewritten.linear.map(|text| {
            regex::RegexBuilder::new(&text)
                .size_limit(PROGRAM_MAX)
                .build()
                .map_err(|error| Error::unsupported(format!("regular expression '{pattern}': {error}")))
        });
        let compiled = Self {
            linear: linear.transpose()?,
            final_dollar: rewritten.final_dollar,
            full: rewritten.full,
            backtracking: OnceLock::new(),
            groups: rewritten.groups,
        };
        if compiled.linear.is_none() {
            compiled.backtracking(pattern)?;
        }
        Ok(compiled)
    }

    /// A pattern that the whole text must match.
    pub(crate) fn whole(pattern: &str) -> Result<Self> {
        // The pattern is checked alone, so that it cannot close the group around it.
        rewrite(pattern)?;
        Self::new(&format!("\\A(?:{pattern})\\z"))
    }

    /// As [`JavaRegex::new`]; `None` where Java refuses the pattern.
    pub(crate) fn if_valid(pattern: &str) -> Result<Option<Self>> {
        match Self::new(pattern) {
            Ok(regex) => Ok(Some(regex)),
            Err(error) if error.kind == ErrorKind::Invalid => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many groups capture.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    fn backtracking(&self, pattern: &str) -> Result<&fancy_regex::Regex> {
        let compiled = self.backtracking.get_or_init(|| {
            fancy_regex::RegexBuilder::new(&self.full)
                .backtrack_limit(BACKTRACK_MAX)
                .delegate_size_limit(PROGRAM_MAX)
                .build()
                .map(Box::new)
                .map_err(|error| Error::unsupported(format!("regular expression '{pattern}': {error}")))
        });
        compiled.as_deref().map_err(Clone::clone)
    }

    /// The linear engine, if it is right for `text`.
    #[inline]
    fn linear_for(&self, text: &str) -> Option<&regex::Regex> {
        let linear = self.linear.as_ref()?;
        let right = !self.final_dollar || !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
        right.then_some(linear)
    }

    /// Whether it matches somewhere in `text`.
    ///
    /// # Errors
    /// Runtime, where the backtracking engine gives up.
    #[inline]
    pub(crate) fn is_match(&self, text: &str) -> Result<bool> {
        match self.linear_for(text) {
            Some(linear) => Ok(linear.is_match(text)),
            None => self.backtracking(&self.full)?.is_match(text).map_err(|error| self.gave_up(&error)),
        }
    }

    /// The first match at or after byte `from`.
    pub(crate) fn find(&self, text: &str, from: usize) -> Result<Option<Span>> {
        match self.linear_for(text) {
            Some(linear) => Ok(linear.find_at(text, from).map(|found| (found.start(), found.end()))),
            None => {
                let found = self.backtracking(&self.full)?.find_from_pos(text, from);
                let found = found.map_err(|error| self.gave_up(&error))?;
                Ok(found.map(|found| (found.start(), found.end())))
            }
        }
    }

    /// The first match at or after byte `from`, and its group number `group`, if that took part in it.
    pub(crate) fn find_group(
        &self,
        text: &str,
        from: usize,
        group: usize,
    ) -> Result<Option<(Span, Option<Span>)>> {
        if group == 0 {
            return Ok(self.find(text, from)?.map(|whole| (whole, Some(whole))));
        }
        match self.linear_for(text) {
            Some(linear) => {
                let mut places = linear.capture_locations();
                let found = linear.captures_read_at(&mut places, text, from);
                Ok(found.map(|whole| ((whole.start(), whole.end()), places.get(group))))
            }
            None => {
                let found = self.backtracking(&self.full)?.captures_from_pos(text, from);
                let Some(found) = found.map_err(|error| self.gave_up(&error))? else { return Ok(None) };
                let span = |group| found.get(group).map(|place| (place.start(), place.end()));
                Ok(span(0).map(|whole| (whole, span(group))))
            }
        }
    }

    /// Calls `take` with each match in turn and its group number `group`, as Java's `Matcher.find` goes through them:
    /// after a match that is not empty, an empty one may follow at its end.
    pub(crate) fn each(
        &self,
        text: &str,
        group: usize,
        mut take: impl FnMut(Span, Option<Span>),
    ) -> Result<()> {
        let mut from = 0;
        while from <= text.len() {
            let Some((whole, part)) = self.find_group(text, from, group)? else { break };
            take(whole, part);
            from = match whole {
                (start, end) if start < end => end,
                (_, end) => {
                    end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
                }
            };
        }
        Ok(())
    }

    fn gave_up(&self, error: &fancy_regex::Error) -> Error {
        Error::runtime(format!(
            "regular expression '{}' needs too many steps on a value: {error}; write it without nested repetition",
            self.full
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All matches of the whole pattern, as Java finds them.
    fn all(pattern: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let regex = JavaRegex::new(pattern).unwrap();
        regex.each(text, 0, |(start, end), _| found.push(text[start..end].to_owned())).unwrap();
        found
    }

    #[test]
    fn a_dot_stops_at_every_line_terminator() {
        for terminator in ["\n", "\r", "\u{85}", "\u{2028}"] {
            assert_eq!(all("a.c", &format!("a{terminator}c abc")), ["abc"]);
        }
        assert_eq!(all("(?s)a.c", "a\nc"), ["a\nc"]);
    }

    #[test]
    fn a_dollar_matches_before_a_final_line_terminator() {
        for text in ["abc", "abc\n", "abc\r\n", "abc\u{2028}"] {
            assert_eq!(all("bc$", text), ["bc"], "{text:?}");
        }
        assert!(all("bc$", "abc\n\n").is_empty());
        assert!(all("bc\\z", "abc\n").is_empty());
        assert_eq!(all("(?m)^.$", "a\r\nb\nc"), ["a", "b", "c"]);
    }

    #[test]
    fn classes_are_ascii() {
        assert_eq!(all("\\w+", "aé1"), ["a", "1"]);
        assert_eq!(all("\\d", "1٣"), ["1"]);
        assert_eq!(all("[\\p{L}&&[^é]]+", "aéb"), ["a", "b"]);
        assert_eq!(all("(?i)k", "kK\u{212a}"), ["k", "K"]);
        assert_eq!(all("(?i)[a-c]", "bBé"), ["b", "B"]);
    }

    #[test]
    fn unicode_classes_hold_more() {
        assert_eq!(all("(?U)\\w+", "aé1 _\u{301}"), ["aé1", "_\u{301}"]);
        assert_eq!(all("(?U)[\\d\\s]", "1٣\u{a0}x"), ["1", "٣", "\u{a0}"]);
        assert_eq!(all("(?U)\\W\\p{Upper}", "aÉ-É"), ["-É"]);
        assert_eq!(all("(?U)é", "éÉ"), ["é"]);
        assert_eq!(all("(?Ui)é", "éÉ"), ["é", "É"]);
        assert_eq!(all("\\p{InGreek}+|\\P{InBASIC LATIN}", "aλμéz"), ["λμ", "é"]);
        assert_eq!(all("[^\\p{InBasicLatin}]", "aλ"), ["λ"]);
    }

    #[test]
    fn possessive_lookaround_and_references_backtrack() {
        assert!(all("a++ab", "aaab").is_empty());
        assert_eq!(all("(\\w)\\1", "abbcc"), ["bb", "cc"]);
        assert_eq!(all("(?<!a)b(?=c)", "abc bc"), ["b"]);
        assert_eq!(all("(?<d>\\d)\\k<d>", "1223"), ["22"]);
        assert_eq!(all("(a)\\2|b", "aab"), ["b"]);
    }

    #[test]
    fn an_empty_match_may_follow_another() {
        assert_eq!(all("a*", "baa"), ["", "aa", ""]);
        assert_eq!(all("", "é"), ["", ""]);
    }

    #[test]
    fn quotations_are_literal() {
        assert_eq!(all("\\Qa.c\\E+", "a.ccc abc"), ["a.ccc"]);
        assert_eq!(all("[\\Q^]\\E]", "^]x"), ["^", "]"]);
    }

    #[test]
    fn what_java_refuses_is_invalid_and_what_it_knows_more_unsupported() {
        for pattern in [
            "(",
            "a)",
            "*a",
            "a**",
            "[a",
            "a{2,1}",
            "\\y",
            "[z-a]",
            "(?<1>a)",
            "\\p{Foo}",
            "\\p{Latin}",
            "\\N",
            "\\",
        ] {
            assert_eq!(JavaRegex::new(pattern).err().map(|e| e.kind), Some(ErrorKind::Invalid), "{pattern}");
        }
        for pattern in ["\\X", "\\G", "\\p{InLinearB}", &"(".repeat(1000), &"(a{999}){999}".repeat(9)] {
            assert_eq!(
                JavaRegex::new(pattern).err().map(|e| e.kind),
                Some(ErrorKind::Unsupported),
                "{pattern}"
            );
        }
    }

    #[test]
    fn catastrophic_patterns_end_with_an_error() {
        let regex = JavaRegex::new("(a*)*(?=b)c").unwrap();
        let error = regex.is_match(&"a".repeat(10_000)).err().map(|error| error.kind);
        assert!(matches!(error, None | Some(ErrorKind::Runtime)));
        let regex = JavaRegex::new("(x+x+)+(?!z)y").unwrap();
        assert_eq!(regex.is_match(&"x".repeat(64)).unwrap_err().kind, ErrorKind::Runtime);
    }
}
