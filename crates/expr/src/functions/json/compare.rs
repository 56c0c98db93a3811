//! The comparisons of the filters of a JSON path, as Jayway's evaluators decide them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::tree::Tree;
use crate::functions::regexp::JavaRegex;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    /// `===`: of one type, too.
    Identical,
    NotIdentical,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Contains,
    /// Every member of the right one is in the left one.
    All,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
    Matches,
}

impl Comparison {
    /// Those that are written as signs, longer ones before their beginnings.
    pub(super) const SIGNS: [(&'static str, Self); 9] = [
        ("===", Self::Identical),
        ("!==", Self::NotIdentical),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("=~", Self::Matches),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// The one that is written as a word.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "in" => Self::In,
            "nin" => Self::NotIn,
            "contains" => Self::Contains,
            "all" => Self::All,
            "subsetof" => Self::SubsetOf,
            "anyof" => Self::AnyOf,
            "noneof" => Self::NoneOf,
            "size" => Self::Size,
            "empty" => Self::Empty,
            _ => return None,
        })
    }

    /// Whether it holds; an operand that is not there is none.
    pub(super) fn holds(self, left: Option<&Tree<'_>>, right: Option<&Tree<'_>>) -> bool {
        match self {
            Self::NotEqual => return !Self::Equal.holds(left, right),
            Self::NotIdentical => return !Self::Identical.holds(left, right),
            Self::NotIn => return !Self::In.holds(left, right),
            _ => {}
        }
        let (Some(left), Some(right)) = (left, right) else { return false };
        let order = || order(left, right);
        match self {
            Self::Equal => same(left, right),
            Self::Identical => {
                std::mem::discriminant(left) == std::mem::discriminant(right) && same(left, right)
            }
            Self::Less => order() == Some(Ordering::Less),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Self::In => holds_member(right, left),
            Self::Contains => match (left, right) {
                (Tree::String(left), Tree::String(right)) => left.contains(right.as_ref()),
                _ => holds_member(left, right),
            },
            Self::All => of_arrays(right, left, |required, known| required.iter().all(|r| among(r, known))),
            Self::SubsetOf => of_arrays(left, right, |left, right| left.iter().all(|l| among(l, right))),
            Self::AnyOf => of_arrays(left, right, |left, right| left.iter().any(|l| among(l, right))),
            Self::NoneOf => of_arrays(left, right, |left, right| !left.iter().any(|l| among(l, right))),
            Self::Size => matches!(right, Tree::Number(size) if size.parse().ok() == length(left)),
            Self::Empty => {
                matches!(right, Tree::Bool(empty) if length(left).is_some_and(|l| (l == 0) == *empty))
            }
            // A pattern is an operand of its own.
            Self::Matches | Self::NotEqual | Self::NotIdentical | Self::NotIn => false,
        }
    }
}

/// A pattern between slashes, which must match the whole of a text.
#[derive(Clone)]
pub(crate) struct Pattern {
    written: String,
    regex: Arc<JavaRegex>,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.written)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Pattern {
    /// The pattern with these flags, letters as in `(?i)`.
    pub(super) fn new(pattern: &str, flags: &str) -> Result<Self, String> {
        let written = if flags.is_empty() { pattern.to_owned() } else { format!("(?{flags}){pattern}") };
        let regex = JavaRegex::whole(&written).map_err(|error| error.message)?;
        Ok(Self { written, regex: Arc::new(regex) })
    }

    /// Whether a scalar matches, or any element of an array. What cannot be decided in the step limit does not.
    pub(super) fn matches(&self, value: &Tree<'_>) -> bool {
        match value {
            Tree::Array(elements) => elements.iter().any(|element| self.matches_text(element)),
            scalar => self.matches_text(scalar),
        }
    }

    fn matches_text(&self, value: &Tree<'_>) -> bool {
        let mut text = String::new();
        if value.is_scalar() {
            value.write_scalar(&mut text);
        }
        self.regex.is_match(&text).unwrap_or(false)
    }
}

fn same(left: &Tree<'_>, right: &Tree<'_>) -> bool {
    order(left, right) == Some(Ordering::Equal) || left == right
}

fn among(value: &Tree<'_>, list: &[Tree<'_>]) -> bool {
    list.iter().any(|member| same(member, value))
}

fn holds_member(list: &Tree<'_>, value: &Tree<'_>) -> bool {
    matches!(list, Tree::Array(list) if among(value, list))
}

fn of_arrays(left: &Tree<'_>, right: &Tree<'_>, test: impl FnOnce(&[Tree<'_>], &[Tree<'_>]) -> bool) -> bool {
    matches!((left, right), (Tree::Array(left), Tree::Array(right)) if test(left, right))
}

fn length(value: &Tree<'_>) -> Option<usize> {
    match value {
        Tree::String(text) => Some(text.encode_utf16().count()),
        Tree::Array(elements) => Some(elements.len()),
        Tree::Object(members) => Some(members.len()),
        _ => None,
    }
}

/// The order of two numbers or two strings; a string that is a number compares as one with a number.
fn order(left: &Tree<'_>, right: &Tree<'_>) -> Option<Ordering> {
    match (left, right) {
        (Tree::String(a), Tree::String(b)) => Some(super::string::compare(a, b)),
        (Tree::Number(a) | Tree::String(a), Tree::Number(b) | Tree::String(b)) => {
            // Whole numbers compare exactly, others as far as a DOUBLE goes.
            match (a.parse::<i128>(), b.parse::<i128>()) {
                (Ok(a), Ok(b)) => Some(a.cmp(&b)),
                _ => a.parse::<f64>().ok()?.partial_cmp(&b.parse::<f64>().ok()?),
            }
        }
        _ => None,
    }
}
