//! Regular expressions as Java writes them, rewritten for the engines here.
//!
//! What Java means where the engines mean something else, after the JDK's documentation of `Pattern`:
//! `.` ends at every line terminator; `\d`, `\w`, `\s` and the POSIX classes are ASCII; `(?i)` without `(?u)` folds
//! ASCII only, but for `(?U)`; `$` and `\Z` match before a final line terminator, too; `++` and its kind are possessive.

mod escape;
mod group;
mod quantifier;

use std::fmt::Write as _;

use super::class;
use crate::error::{Error, Result};

/// How deep groups and classes may be nested.
pub(super) const DEPTH_MAX: usize = 200;

/// What ends a line: `\r\n` counts as one.
const LINE_END: &str = r"[\n\r\x{85}\x{2028}\x{2029}]";

/// What no text matches.
const NEVER: &str = r"[^\x{0}-\x{10ffff}]";

/// A pattern that was rewritten.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// For an engine that backtracks; also for the linear one, if `linear` is `None` and nothing forbids it.
    pub(super) full: String,
    /// For the linear engine, where one can say it: right for texts that end with no line terminator, and for
    /// all others if `final_dollar` is false.
    pub(super) linear: Option<String>,
    /// Whether `$` or `\Z` stands in it.
    pub(super) final_dollar: bool,
    /// Groups that capture.
    pub(super) groups: usize,
}

/// Rewrites a pattern of Java.
///
/// # Errors
/// Invalid where Java refuses it, Unsupported where Java knows what the engines here do not.
pub(super) fn rewrite(pattern: &str) -> Result<Rewritten> {
    let mut rewriter = Rewriter {
        pattern,
        at: 0,
        flags: Flags::default(),
        full: String::with_capacity(pattern.len() + 16),
        linear: String::with_capacity(pattern.len() + 16),
        backtracks: false,
        final_dollar: false,
        groups: 0,
        named: Vec::new(),
        references: Vec::new(),
        depth: 0,
        characters: unquoted(pattern),
    };
    rewriter.alternatives()?;
    if rewriter.at < rewriter.characters.len() {
        return Err(rewriter.invalid("unmatched closing ')'"));
    }
    let Rewriter { mut full, linear, backtracks, final_dollar, groups, references, .. } = rewriter;
    // A reference to a group that there is not matches nothing; the engine refuses it.
    for group in references.into_iter().filter(|group| *group > groups) {
        for flag in ["", "i"] {
            full = full.replace(&format!(r"(?{flag}:\{group})"), NEVER);
        }
    }
    Ok(Rewritten { full, linear: (!backtracks).then_some(linear), final_dollar, groups })
}

/// The characters of a pattern, those between `\Q` and `\E` escaped one by one.
fn unquoted(pattern: &str) -> Vec<char> {
    let mut characters = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        characters.extend(before.chars());
        if let Some(quoted) = escape.strip_prefix("\\Q") {
            let (quoted, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            for character in quoted.chars() {
                if character.is_ascii() && !character.is_ascii_alphanumeric() {
                    characters.push('\\');
                }
                characters.push(character);
            }
            rest = after;
        } else {
            // The escaped character is no start of another escape.
            let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
            let (escape, after) = escape.split_at(length);
            characters.extend(escape.chars());
            rest = after;
        }
    }
    characters.extend(rest.chars());
    characters
}

/// What a quantifier follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    /// What takes text, if perhaps none of it.
    Text,
    /// What looks at a place.
    Assertion,
    /// Flags up to the end of the group: no quantifier may follow.
    Flags,
    /// The empty atom.
    Nothing,
}

/// The flags that hold at a place of the pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) ignore_case: bool,
    pub(super) unicode_case: bool,
    pub(super) unicode_classes: bool,
    multiline: bool,
    dot_all: bool,
    unix_lines: bool,
    comments: bool,
}

pub(super) struct Rewriter<'p> {
    pattern: &'p str,
    characters: Vec<char>,
    at: usize,
    flags: Flags,
    full: String,
    linear: String,
    backtracks: bool,
    final_dollar: bool,
    groups: usize,
    named: Vec<(String, usize)>,
    /// The groups that are referred to.
    references: Vec<usize>,
    depth: usize,
}

impl Rewriter<'_> {
    pub(super) fn invalid(&self, what: &str) -> Error {
        Error::invalid(format!("regular expression '{}': {what} at character {}", self.pattern, self.at))
    }

    pub(super) fn unsupported(&self, what: &str) -> Error {
        Error::unsupported(format!("regular expression '{}': {what} is not supported", self.pattern))
    }

    pub(super) fn flags(&self) -> Flags {
        self.flags
    }

    /// The next character, past white space and comments where `(?x)` holds.
    pub(super) fn peek(&mut self) -> Option<char> {
        while self.flags.comments {
            match self.characters.get(self.at) {
                Some('#') => {
                    while self.characters.get(self.at).is_some_and(|c| !matches!(c, '\n' | '\r')) {
                        self.at += 1;
                    }
                }
                Some(c) if c.is_ascii_whitespace() || *c == '\u{b}' => self.at += 1,
                _ => break,
            }
        }
        self.characters.get(self.at).copied()
    }

    /// The character `ahead` of the next one, whatever it is.
    pub(super) fn ahead(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    pub(super) fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn eat_all(&mut self, expected: &str) -> bool {
        let found = expected.chars().enumerate().all(|(i, c)| self.ahead(i) == Some(c));
        self.at += if found { expected.chars().count() } else { 0 };
        found
    }

    pub(super) fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => Err(self.unsupported("nesting deeper than 200 levels")),
            false => Ok(()),
        }
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Writes what both engines take alike.
    fn both(&mut self, text: &str) {
        self.full.push_str(text);
        self.linear.push_str(text);
    }

    fn alternatives(&mut self) -> Result<()> {
        self.enter()?;
        loop {
            match self.peek() {
                None | Some(')') => break,
                Some('|') => {
                    self.at += 1;
                    self.both("|");
                }
                Some(_) => self.repeated()?,
            }
        }
        self.leave();
        Ok(())
    }

    /// An atom and its quantifier.
    fn repeated(&mut self) -> Result<()> {
        let (full, linear) = (self.full.len(), self.linear.len());
        let atom = match self.peek() {
            Some('*' | '+' | '?') => return Err(self.invalid("dangling quantifier")),
            // A second count counts nothing.
            Some('{') => Atom::Nothing,
            _ => self.atom()?,
        };
        if atom == Atom::Flags {
            return Ok(());
        }
        let Some(quantifier) = self.quantifier()? else { return Ok(()) };
        let possessive = self.eat('+');
        let lazy = !possessive && self.eat('?');
        match atom {
            Atom::Nothing | Atom::Flags => {}
            // It holds once or many times alike; and the engines here repeat no assertions.
            Atom::Assertion if quantifier.least > 0 => {}
            Atom::Assertion => {
                self.wrap(full, linear, "(?:", "(?:");
                self.both("|)");
            }
            Atom::Text if possessive => {
                self.backtracks = true;
                self.wrap(full, linear, "(?>(?:", "(?:(?:");
                self.both(&format!("){})", quantifier.text));
            }
            Atom::Text => {
                self.wrap(full, linear, "(?:", "(?:");
                self.both(&format!("){}{}", quantifier.text, if lazy { "?" } else { "" }));
            }
        }
        Ok(())
    }

    /// Opens a group at a place that was written before.
    fn wrap(&mut self, full: usize, linear: usize, full_opening: &str, linear_opening: &str) {
        self.full.insert_str(full, full_opening);
        self.linear.insert_str(linear, linear_opening);
    }

    /// One thing that a quantifier may follow.
    fn atom(&mut self) -> Result<Atom> {
        let Some(character) = self.next() else { return Ok(Atom::Nothing) };
        match character {
            '(' => return self.group(),
            '[' => {
                let class = class::class(self)?;
                self.class(&class);
            }
            '.' => match (self.flags.dot_all, self.flags.unix_lines) {
                (true, _) => self.both(r"[\x{0}-\x{10ffff}]"),
                (false, true) => self.both(r"[^\n]"),
                (false, false) => self.both(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            },
            '^' if self.flags.multiline => {
                self.backtracks = true;
                self.full.push_str(match self.flags.unix_lines {
                    true => r"(?:(?:\A|(?<=\n))(?!\z))",
                    false => r"(?:(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n))(?!\z))",
                });
                return Ok(Atom::Assertion);
            }
            '^' => {
                self.both(r"\A");
                return Ok(Atom::Assertion);
            }
            '$' if self.flags.multiline => {
                self.backtracks = true;
                self.full.push_str(match self.flags.unix_lines {
                    true => r"(?=\n|\z)",
                    false => r"(?=\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}]|\z)",
                });
                return Ok(Atom::Assertion);
            }
            '$' => {
                self.dollar();
                return Ok(Atom::Assertion);
            }
            '\\' => return self.escape(),
            character => self.literal(character),
        }
        Ok(Atom::Text)
    }

    /// The end of the text, or the place before its last line terminator.
    fn dollar(&mut self) {
        self.final_dollar = true;
        self.linear.push_str(r"\z");
        self.full.push_str(match self.flags.unix_lines {
            true => r"(?=\n?\z)",
            false => r"(?=(?:\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}])?\z)",
        });
    }

    fn class(&mut self, class: &str) {
        match self.flags.ignore_case && self.flags.unicode_case {
            true => self.both(&format!("(?i:{class})")),
            false => self.both(class),
        }
    }

    fn literal(&mut self, character: char) {
        let mut text = String::new();
        if self.flags.ignore_case && character.is_ascii_alphabetic() && !self.flags.unicode_case {
            let (lower, upper) = (character.to_ascii_lowercase(), character.to_ascii_uppercase());
            let _ = write!(text, "[{lower}{upper}]");
        } else {
            if self.flags.ignore_case && self.flags.unicode_case {
                text.push_str("(?i:");
            }
            if r"\.+*?()|[]{}^$#&-~".contains(character) {
                text.push('\\');
            }
            text.push(character);
            if self.flags.ignore_case && self.flags.unicode_case {
                text.push(')');
            }
        }
        self.both(&text);
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }
}
