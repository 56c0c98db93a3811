//! What a record must hold for a predicate to be TRUE.

use millstream_expr::types::{DataType, Kind};
use millstream_expr::{Expr, ExprKind, Value};

use super::needle::{Piece, Style};

/// For each column of the predicate whether its text is read from the record.
pub(crate) type Strings<'a> = dyn Fn(usize) -> bool + 'a;

/// Alternatives of one clause at the most.
const ALTERNATIVES_MAX: usize = 4096;

/// A condition that every record with a TRUE predicate satisfies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing is known.
    Any,
    /// A value of the record holds all of these.
    Holds(Vec<Piece>),
    /// All of them.
    And(Vec<Condition>),
    /// One of them.
    Or(Vec<Condition>),
}

/// The condition that `predicate` puts on a record.
pub(super) fn condition(predicate: &Expr, strings: &Strings<'_>) -> Condition {
    match &predicate.kind {
        ExprKind::And(parts) => Condition::And(parts.iter().map(|p| condition(p, strings)).collect()),
        ExprKind::Or(parts) => Condition::Or(parts.iter().map(|p| condition(p, strings)).collect()),
        ExprKind::Call(call) => match (call.function.name, call.arguments.as_slice()) {
            ("IS TRUE", [part]) => condition(part, strings),
            ("=", [a, b]) => match (text_column(a, strings), text_column(b, strings), text_of(a), text_of(b))
            {
                (true, _, _, Some(text)) | (_, true, Some(text), _) => Condition::whole(text),
                _ => Condition::Any,
            },
            ("IN", [value, items @ ..]) if text_column(value, strings) => {
                // A NULL among the items makes nothing TRUE.
                let texts = items.iter().filter(|i| i.as_literal() != Some(&Value::Null)).map(text_of);
                match texts.collect::<Option<Vec<_>>>() {
                    Some(texts) => Condition::Or(texts.into_iter().map(Condition::whole).collect()),
                    None => Condition::Any,
                }
            }
            ("LIKE", [value, pattern, escape @ ..]) if text_column(value, strings) => {
                match (text_of(pattern), escape) {
                    (Some(pattern), []) => like(pattern, '\\'),
                    (Some(pattern), [escape]) => match text_of(escape).map(|e| e.chars().collect::<Vec<_>>())
                    {
                        Some(escape) if escape.len() == 1 => {
                            escape.first().map_or(Condition::Any, |escape| like(pattern, *escape))
                        }
                        _ => Condition::Any,
                    },
                    _ => Condition::Any,
                }
            }
            ("STARTSWITH", [value, text]) if text_column(value, strings) => part_of(text, true, false),
            ("ENDSWITH", [value, text]) if text_column(value, strings) => part_of(text, false, true),
            _ => Condition::Any,
        },
        _ => Condition::Any,
    }
}

impl Condition {
    fn whole(text: &str) -> Self {
        Self::Holds(vec![Piece { text: text.to_owned(), is_start: true, is_end: true }])
    }

    /// Clauses, each a set of needles of which every match holds at least one.
    pub fn clauses(&self, style: &Style) -> Vec<Vec<Vec<u8>>> {
        match self {
            Self::Any => Vec::new(),
            Self::Holds(pieces) => pieces
                .iter()
                .map(|piece| style.needle(piece))
                .filter(|n| !n.is_empty())
                .map(|n| vec![n])
                .collect(),
            Self::And(parts) => parts.iter().flat_map(|part| part.clauses(style)).collect(),
            Self::Or(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    // One clause of each alternative: the one whose needles are longest.
                    let best = part
                        .clauses(style)
                        .into_iter()
                        .max_by_key(|needles| needles.iter().map(Vec::len).min().unwrap_or(0));
                    match best {
                        Some(needles) => all.extend(needles),
                        None => return Vec::new(),
                    }
                    if all.len() > ALTERNATIVES_MAX {
                        return Vec::new();
                    }
                }
                if all.is_empty() { Vec::new() } else { vec![all] }
            }
        }
    }
}

/// Whether the expression's text is that of a STRING column of the record, unchanged.
fn text_column(expression: &Expr, strings: &Strings<'_>) -> bool {
    match &expression.kind {
        ExprKind::Column(index) => {
            matches!(expression.data_type.kind, Kind::VarChar { .. }) && strings(*index)
        }
        ExprKind::Cast { input, .. } => {
            keeps_text(&input.data_type, &expression.data_type) && text_column(input, strings)
        }
        _ => false,
    }
}

/// Whether a conversion between two types of text neither pads nor cuts.
fn keeps_text(from: &DataType, to: &DataType) -> bool {
    matches!((&from.kind, &to.kind), (Kind::VarChar { length: from }, Kind::VarChar { length: to }) if from <= to)
}

/// A constant text, through conversions that keep it.
fn text_of(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        ExprKind::Cast { input, .. } => match (&input.data_type.kind, &expression.data_type.kind) {
            (Kind::Char { length: from } | Kind::VarChar { length: from }, Kind::VarChar { length: to })
                if from <= to =>
            {
                text_of(input)
            }
            _ => None,
        },
        _ => None,
    }
}

fn part_of(text: &Expr, is_start: bool, is_end: bool) -> Condition {
    text_of(text).map_or(Condition::Any, |text| {
        Condition::Holds(vec![Piece { text: text.to_owned(), is_start, is_end }])
    })
}

/// The runs of plain characters of a pattern. What the escape character makes plain is left out with it, so that
/// the runs are right whether or not it counts as one.
fn like(pattern: &str, escape: char) -> Condition {
    if pattern.is_empty() {
        return Condition::Any;
    }
    let is_special = |c: char| c == '%' || c == '_' || c == escape;
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut ends: Vec<(usize, usize)> =
        pattern.match_indices(is_special).map(|(at, found)| (at, at + found.len())).collect();
    ends.push((pattern.len(), pattern.len()));
    for (end, next) in ends {
        if let Some(text) = pattern.get(start..end).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text: text.to_owned(), is_start: start == 0, is_end: end == pattern.len() });
        }
        start = next;
    }
    Condition::Holds(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(pattern: &str, escape: char) -> Vec<String> {
        match like(pattern, escape) {
            Condition::Holds(pieces) => pieces
                .into_iter()
                .map(|p| {
                    format!(
                        "{}{}{}",
                        if p.is_start { "^" } else { "" },
                        p.text,
                        if p.is_end { "$" } else { "" }
                    )
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_pattern_gives_its_plain_runs() {
        assert_eq!(pieces("%query=1%", '\\'), ["query=1"]);
        assert_eq!(pieces("abc", '\\'), ["^abc$"]);
        assert_eq!(pieces("ab%cd_ef", '\\'), ["^ab", "cd", "ef$"]);
        assert_eq!(pieces("50!%off", '!'), ["^50", "off$"]);
        assert_eq!(pieces("", '\\'), [""; 0]);
    }

    #[test]
    fn alternatives_need_a_needle_each() {
        let holds = |text: &str| {
            Condition::Holds(vec![Piece { text: text.to_owned(), is_start: false, is_end: false }])
        };
        let both = Condition::Or(vec![holds("alpha"), holds("beta")]);
        assert_eq!(both.clauses(&Style::Plain), [vec![b"alpha".to_vec(), b"beta".to_vec()]]);
        assert!(Condition::Or(vec![holds("alpha"), Condition::Any]).clauses(&Style::Plain).is_empty());
        let all = Condition::And(vec![holds("alpha"), Condition::Any, both]);
        assert_eq!(all.clauses(&Style::Plain).len(), 2);
    }
}
