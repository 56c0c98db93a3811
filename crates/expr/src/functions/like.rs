//! LIKE: patterns compiled to the simplest search that decides them.

use memchr::memmem::Finder;

use super::kernel::{Bool, Compiled, Str, map};
use super::signature::Family;
use super::{Category, Determinism, Example, Function, KernelArguments};
use crate::error::{Error, Result};
use crate::value::Value;

pub(crate) static FUNCTIONS: &[Function] = &[Function {
    name: "LIKE",
    aliases: &[],
    category: Category::Comparison,
    signatures: &["string LIKE pattern [ESCAPE character]"],
    summary: "Whether the whole string matches the pattern, in which `%` stands for any characters and `_` for one \
              that ends no line. After the escape character, `%`, `_` and the escape character itself stand for \
              themselves. Without ESCAPE, a constant pattern has no escape character unless it holds `_`; then, and \
              in a pattern that varies, it is the backslash. The empty constant pattern matches every string, as in \
              Flink.",
    examples: &[
        Example("'abc' LIKE 'a%'", "TRUE"),
        Example("'abc' LIKE 'a_c'", "TRUE"),
        Example("'a\\c' LIKE 'a\\c'", "TRUE"),
        Example("'a%c' LIKE 'a!%c' ESCAPE '!'", "TRUE"),
        Example("'abc' LIKE 'a!%c' ESCAPE '!'", "FALSE"),
        Example("'ABC' LIKE 'a%'", "FALSE"),
        Example("CAST(NULL AS STRING) LIKE 'a'", "NULL"),
    ],
    determinism: Determinism::Pure,
    resolve: |call| {
        use Family::Character;
        call.take_optional(&[Character, Character], &[Character])?
            .returns(crate::Kind::Boolean)
            .fallible()
            .kernel(kernel)
    },
}];

fn kernel(arguments: &KernelArguments<'_>) -> Result<super::Kernel> {
    let escape = match arguments.constants.get(2) {
        None => None,
        Some(Some(Value::String(text))) => Some(escape_character(text)?),
        Some(Some(_)) => Some('\\'),
        Some(None) => return Err(Error::unsupported("the ESCAPE of LIKE must be a constant")),
    };
    let constant = matches!(arguments.constants.get(1), Some(Some(Value::String(_))));
    let compile = move |pattern: &str| match (escape, constant) {
        (Some(_), true) if pattern.is_empty() => Ok(Pattern::All),
        (Some(escape), _) => Pattern::new(pattern, Some(escape)),
        (None, true) => Pattern::constant(pattern),
        (None, false) => Pattern::new(pattern, Some('\\')),
    };
    Ok(match (Compiled::argument(arguments, 1, compile)?, escape) {
        (Compiled::Constant(pattern), None) => {
            map::<(Str, Str), Bool, _>(move |(text, _)| pattern.matches(text))
        }
        (Compiled::Constant(pattern), Some(_)) => {
            map::<(Str, Str, Str), Bool, _>(move |(text, _, _)| pattern.matches(text))
        }
        (patterns, None) => {
            map::<(Str, Str), Bool, _>(move |(text, pattern)| patterns.with(pattern, |p| p.matches(text)))
        }
        (patterns, Some(_)) => map::<(Str, Str, Str), Bool, _>(move |(text, pattern, _)| {
            patterns.with(pattern, |p| p.matches(text))
        }),
    })
}

/// The character that an ESCAPE names.
pub(super) fn escape_character(text: &str) -> Result<char> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(Error::invalid(format!(
            "invalid escape character '{text}': ESCAPE takes exactly one character"
        ))),
    }
}

/// A compiled pattern of LIKE.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Every string.
    All,
    /// This string.
    Equals(Box<[u8]>),
    /// Strings that start so: `x%`.
    Prefix(Box<[u8]>),
    /// Strings that end so: `%x`.
    Suffix(Box<[u8]>),
    /// Strings that hold this: `%x%`.
    Contains(Box<Finder<'static>>),
    /// The pieces between `%`: the first at the start, the last at the end, the others in order between them.
    Pieces {
        /// At the start.
        first: Piece,
        /// One after the other.
        middle: Vec<Piece>,
        /// At the end; `None` where there is no `%` at all, so that the first piece is everything.
        last: Option<Piece>,
    },
}

/// A part of a pattern without `%`.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// What stands in it, in order.
    steps: Vec<Step>,
    /// Finds its first literal.
    finder: Option<Box<Finder<'static>>>,
}

#[derive(Debug)]
enum Step {
    Literal(Vec<u8>),
    /// `_`
    One,
}

impl Pattern {
    /// A constant pattern without ESCAPE.
    pub(crate) fn constant(pattern: &str) -> Result<Self> {
        if pattern.is_empty() {
            return Ok(Self::All);
        }
        Self::new(pattern, pattern.contains('_').then_some('\\'))
    }

    /// A pattern with this escape character, if any.
    pub(crate) fn new(pattern: &str, escape: Option<char>) -> Result<Self> {
        let mut pieces = vec![Piece::default()];
        let mut characters = pattern.chars().enumerate();
        while let Some((at, character)) = characters.next() {
            if Some(character) == escape {
                match characters.next() {
                    Some((_, next)) if matches!(next, '%' | '_') || next == character => {
                        literal(&mut pieces, next)
                    }
                    _ => return Err(Error::runtime(format!("invalid escape sequence '{pattern}', {at}"))),
                }
            } else if character == '%' {
                pieces.push(Piece::default());
            } else if character == '_' {
                if let Some(piece) = pieces.last_mut() {
                    piece.steps.push(Step::One);
                }
            } else {
                literal(&mut pieces, character);
            }
        }
        Ok(Self::of(pieces))
    }

    /// The simplest form of these pieces.
    fn of(mut pieces: Vec<Piece>) -> Self {
        let simple = pieces.iter().all(|piece| piece.literal().is_some());
        let texts: Vec<&[u8]> = pieces.iter().map(|piece| piece.literal().unwrap_or_default()).collect();
        match *texts.as_slice() {
            [text] if simple => return Self::Equals(text.into()),
            [first, ref rest @ ..] if simple && rest.iter().all(|text| text.is_empty()) => {
                return if first.is_empty() { Self::All } else { Self::Prefix(first.into()) };
            }
            [ref rest @ .., last] if simple && rest.iter().all(|text| text.is_empty()) => {
                return Self::Suffix(last.into());
            }
            [b"", ref middle @ .., b""] if simple => {
                if let [text] = middle.iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().as_slice() {
                    return Self::Contains(Box::new(Finder::new(*text).into_owned()));
                }
            }
            _ => {}
        }
        for piece in &mut pieces {
            piece.prepare();
        }
        let last = if pieces.len() > 1 { pieces.pop() } else { None };
        let mut pieces = pieces.into_iter();
        let first = pieces.next().unwrap_or_default();
        Self::Pieces { first, middle: pieces.filter(|piece| !piece.steps.is_empty()).collect(), last }
    }

    /// Whether `text` matches.
    #[inline]
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        match self {
            Self::All => true,
            Self::Equals(all) => text == all.as_ref(),
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::Pieces { first, middle, last } => Self::pieces_match(first, middle, last.as_ref(), text),
        }
    }

    fn pieces_match(first: &Piece, middle: &[Piece], last: Option<&Piece>, text: &[u8]) -> bool {
        let Some(mut rest) = first.at_start(text) else { return false };
        let Some(last) = last else { return rest.is_empty() };
        for piece in middle {
            // `%` takes anything, so the leftmost place is as good as any other.
            match piece.search(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.at_end(rest)
    }
}

/// Adds a literal character to the last piece.
fn literal(pieces: &mut [Piece], character: char) {
    let Some(piece) = pieces.last_mut() else { return };
    let bytes = character.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
    match piece.steps.last_mut() {
        Some(Step::Literal(text)) => text.extend(bytes),
        _ => piece.steps.push(Step::Literal(bytes)),
    }
}

impl Piece {
    /// Its text, if no `_` stands in it.
    fn literal(&self) -> Option<&[u8]> {
        match self.steps.as_slice() {
            [] => Some(b""),
            [Step::Literal(text)] => Some(text),
            _ => None,
        }
    }

    fn prepare(&mut self) {
        if let Some(Step::Literal(text)) = self.steps.first() {
            self.finder = Some(Box::new(Finder::new(text).into_owned()));
        }
    }

    /// What follows it, if `text` starts with it.
    fn at_start<'t>(&self, mut text: &'t [u8]) -> Option<&'t [u8]> {
        for step in &self.steps {
            text = match step {
                Step::Literal(literal) => text.strip_prefix(literal.as_slice())?,
                Step::One => text.get(first_character(text)?..)?,
            };
        }
        Some(text)
    }

    /// Whether `text` ends with it.
    fn at_end(&self, mut text: &[u8]) -> bool {
        for step in self.steps.iter().rev() {
            let shorter = match step {
                Step::Literal(literal) => text.strip_suffix(literal.as_slice()),
                Step::One => last_character(text).and_then(|length| text.get(..text.len() - length)),
            };
            match shorter {
                Some(shorter) => text = shorter,
                None => return false,
            }
        }
        true
    }

    /// What follows its first occurrence in `text`.
    fn search<'t>(&self, mut text: &'t [u8]) -> Option<&'t [u8]> {
        loop {
            if let Some(finder) = &self.finder {
                text = text.get(finder.find(text)?..)?;
            }
            if let Some(after) = self.at_start(text) {
                return Some(after);
            }
            text = text.get(character_length(*text.first()?)..)?;
        }
    }
}

/// The bytes of a character of UTF-8, by its first one.
fn character_length(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    }
}

/// The bytes of the first character of `text`, if it ends no line: what `_` takes.
fn first_character(text: &[u8]) -> Option<usize> {
    let length = character_length(*text.first()?);
    (!ends_line(text.get(..length)?)).then_some(length)
}

/// The bytes of the last character of `text`, if it ends no line.
fn last_character(text: &[u8]) -> Option<usize> {
    let start = text.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    (!ends_line(text.get(start..)?)).then_some(text.len() - start)
}

/// Whether a character, as UTF-8, ends a line in Java's regular expressions, to which Flink translates `_`.
fn ends_line(character: &[u8]) -> bool {
    matches!(character, b"\n" | b"\r" | b"\xc2\x85" | b"\xe2\x80\xa8" | b"\xe2\x80\xa9")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        Pattern::constant(pattern).unwrap().matches(text)
    }

    #[test]
    fn patterns_take_their_simplest_form() {
        assert!(matches!(Pattern::constant("abc").unwrap(), Pattern::Equals(_)));
        assert!(matches!(Pattern::constant("abc%").unwrap(), Pattern::Prefix(_)));
        assert!(matches!(Pattern::constant("%%abc").unwrap(), Pattern::Suffix(_)));
        assert!(matches!(Pattern::constant("%abc%%").unwrap(), Pattern::Contains(_)));
        assert!(matches!(Pattern::constant("%%").unwrap(), Pattern::All));
        assert!(matches!(Pattern::constant("%a%b%").unwrap(), Pattern::Pieces { .. }));
    }

    #[test]
    fn underscore_takes_one_character_that_ends_no_line() {
        assert!(like("a😀c", "a_c"));
        assert!(!like("a😀c", "a__c"));
        assert!(!like("a\nc", "a_c"));
        assert!(!like("\na", "_%"));
        assert!(like("a\n", "_%"));
        assert!(!like("a\n", "%_"));
        assert!(like("xaXXbYc", "%a__b_c"));
        assert!(like("aab", "%a_"));
        assert!(like("a\nb\nc", "a%c"));
    }

    #[test]
    fn backslash_escapes_only_beside_an_underscore() {
        assert!(like("a\\c", "a\\c"));
        assert!(like("a\\x%c", "a\\%c"));
        assert!(like("a_c", "a\\_c"));
        assert!(!like("abc", "a\\_c"));
        assert_eq!(Pattern::constant("a\\bc_").unwrap_err().message, "invalid escape sequence 'a\\bc_', 1");
    }

    #[test]
    fn escape_stands_before_what_it_makes_literal() {
        let like =
            |text: &str, pattern: &str, escape| Pattern::new(pattern, Some(escape)).unwrap().matches(text);
        assert!(like("a%c", "a%%c", '%'));
        assert!(like("100%", "%!%", '!'));
        assert!(!like("100", "%!%", '!'));
        assert!(Pattern::new("abc!", Some('!')).is_err());
        assert!(escape_character("!!").is_err());
        assert!(escape_character("").is_err());
    }

    /// LIKE by trying everything.
    fn slow(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|at| slow(&text[at..], rest)),
            ['_', rest @ ..] => text.first().is_some_and(|c| *c != '\n') && slow(&text[1..], rest),
            [c, rest @ ..] => text.first() == Some(c) && slow(&text[1..], rest),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_trying_everything(text in "[ab😀\n]{0,8}", pattern in "[ab😀%_]{1,6}") {
            let (t, p): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
            prop_assert_eq!(Pattern::constant(&pattern).unwrap().matches(&text), slow(&t, &p));
        }
    }
}
