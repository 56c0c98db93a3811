//! What is wrong with a text.

use std::fmt;

use super::ast::{LineColumn, Span};

/// A text that is not Flink SQL: what stood there, what could have, and where. Displayed as one line; with the mend, where one is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error: {problem} ({place}){}", Mend(.mend.as_deref()))]
pub struct SyntaxError {
    /// What is wrong.
    pub problem: SyntaxProblem,
    /// The offending stretch of the text.
    pub span: Span,
    /// Where that begins.
    pub place: LineColumn,
    /// What to write instead.
    pub mend: Option<String>,
    /// Whether the text only ends too early: more of it could make it right.
    pub incomplete: bool,
}

/// Kinds of syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxProblem {
    /// Something stands where something else should.
    Unexpected {
        /// What stands there, quoted; or the end of the input.
        found: String,
        /// What could: words and signs as they are written, kinds of things by name. Sorted; may be empty.
        expected: Vec<String>,
    },
    /// What is written is of the right form, but Flink's parser refuses it all the same.
    Refused(String),
    /// The text is longer than [`MAX_TEXT_BYTES`](super::MAX_TEXT_BYTES), or nested deeper than
    /// [`MAX_NESTING`](super::MAX_NESTING), or its tree would be higher than [`MAX_TREE_HEIGHT`](super::MAX_TREE_HEIGHT).
    Limit(String),
}

/// How many of the possibilities a message lists.
const LISTED: usize = 12;

impl fmt::Display for SyntaxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } => {
                write!(f, "found {found}")?;
                match expected.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, ", expected {one}"),
                    many => {
                        f.write_str(", expected one of ")?;
                        for (at, one) in many.iter().take(LISTED).enumerate() {
                            write!(f, "{}{one}", if at == 0 { "" } else { ", " })?;
                        }
                        f.write_str(if many.len() > LISTED { ", …" } else { "" })
                    }
                }
            }
            Self::Refused(what) | Self::Limit(what) => f.write_str(what),
        }
    }
}

struct Mend<'a>(Option<&'a str>);

impl fmt::Display for Mend<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(mend) => write!(f, "; {mend}"),
            None => Ok(()),
        }
    }
}
