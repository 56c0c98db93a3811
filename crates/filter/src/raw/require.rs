//! From a predicate to the text that the fields of every match must hold.

use millstream_expr::types::{DataType, Kind, MAX_LENGTH};
use millstream_expr::{Call, Expr, ExprKind, Value};
use millstream_format::Format;

use super::Clause;
use super::spell::{Needle, spell};

/// Lists of more literals than this are not searched for: they would be in most records.
const LITERALS_MAX: usize = 1000;

/// The clauses that every record satisfies for which `predicate` is TRUE. `is_from_record` says of a column
/// whether its values come from the record's bytes.
pub(crate) fn required(
    format: &Format,
    predicate: &Expr,
    is_from_record: &dyn Fn(usize) -> bool,
) -> Vec<Clause> {
    let mut clauses = Requirements { format, is_from_record }.of(predicate);
    clauses.retain(|clause| !clause.literals.is_empty());
    clauses.sort_by_key(|clause| std::cmp::Reverse(clause.rarity()));
    clauses.dedup();
    clauses
}

struct Requirements<'a> {
    format: &'a Format,
    is_from_record: &'a dyn Fn(usize) -> bool,
}

impl Requirements<'_> {
    /// The clauses for `expr`: each of them holds where it is TRUE.
    fn of(&self, expr: &Expr) -> Vec<Clause> {
        match &expr.kind {
            ExprKind::And(parts) => parts.iter().flat_map(|part| self.of(part)).collect(),
            ExprKind::Or(parts) => {
                // One clause of each part: whichever is TRUE, one of the literals is there.
                let mut literals = Vec::new();
                for part in parts {
                    let best = self.of(part).into_iter().max_by_key(Clause::rarity);
                    match best {
                        Some(clause) => literals.extend(clause.literals),
                        None => return Vec::new(),
                    }
                }
                clause(literals).into_iter().collect()
            }
            ExprKind::Call(call) => self.of_call(call),
            _ => Vec::new(),
        }
    }

    fn of_call(&self, call: &Call) -> Vec<Clause> {
        let needles = match (call.function.name, call.arguments.as_slice()) {
            ("IS TRUE", [condition]) => return self.of(condition),
            ("=" | "IS NOT DISTINCT FROM", [a, b]) => match (self.is_text(a), self.is_text(b)) {
                (true, _) => whole(b).map(|needle| vec![needle]),
                (_, true) => whole(a).map(|needle| vec![needle]),
                _ => None,
            },
            ("IN", [field, members @ ..]) if self.is_text(field) => {
                let members = members.iter().filter(|member| member.as_literal() != Some(&Value::Null));
                members.map(whole).collect()
            }
            ("LIKE", [field, pattern, escape @ ..]) if self.is_text(field) => {
                return self.of_like(pattern, escape);
            }
            ("STARTSWITH", [field, prefix]) if self.is_text(field) => {
                text_of(prefix).map(|text| vec![Needle { text, at_start: true, at_end: false }])
            }
            ("ENDSWITH", [field, suffix]) if self.is_text(field) => {
                text_of(suffix).map(|text| vec![Needle { text, at_start: false, at_end: true }])
            }
            _ => None,
        };
        // One of the needles is there, so each of them must have a spelling.
        let literals: Option<Vec<_>> =
            needles.and_then(|needles| needles.iter().map(|needle| spell(self.format, needle)).collect());
        literals.and_then(clause).into_iter().collect()
    }

    /// A clause for each run of characters in a pattern: all of them must be there.
    fn of_like(&self, pattern: &Expr, escape: &[Expr]) -> Vec<Clause> {
        let escape = match escape {
            [] => None,
            [escape] => match text_of(escape).map(|text| text.chars().collect::<Vec<_>>()).as_deref() {
                Some([escape]) => Some(*escape),
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let Some(pattern) = text_of(pattern) else { return Vec::new() };
        // As Flink has it: a constant pattern without `_` has no escape character unless one is named.
        let escape = escape.or(pattern.contains('_').then_some('\\'));
        let spelled = runs(&pattern, escape).into_iter().filter_map(|needle| spell(self.format, &needle));
        spelled.filter_map(|literal| clause(vec![literal])).collect()
    }

    /// Whether `expr` is a field of the record as text, character by character.
    fn is_text(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Column(index) => expr.data_type.kind.is_character() && (self.is_from_record)(*index),
            ExprKind::Field { input, .. } => {
                expr.data_type.kind.is_character() && self.is_row_of_record(input)
            }
            // A cast between texts that neither cuts nor pads.
            ExprKind::Cast { input, .. } => {
                is_string(&expr.data_type) && is_varying(&input.data_type) && self.is_text(input)
            }
            _ => false,
        }
    }

    fn is_row_of_record(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Column(index) => (self.is_from_record)(*index),
            ExprKind::Field { input, .. } => self.is_row_of_record(input),
            _ => false,
        }
    }
}

fn is_string(data_type: &DataType) -> bool {
    matches!(data_type.kind, Kind::VarChar { length: MAX_LENGTH })
}

fn is_varying(data_type: &DataType) -> bool {
    matches!(data_type.kind, Kind::VarChar { .. })
}

fn clause(mut literals: Vec<Vec<u8>>) -> Option<Clause> {
    literals.sort();
    literals.dedup();
    (!literals.is_empty() && literals.len() <= LITERALS_MAX).then_some(Clause { literals })
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr.as_literal() {
        Some(Value::String(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn whole(expr: &Expr) -> Option<Needle> {
    text_of(expr).map(|text| Needle { text, at_start: true, at_end: true })
}

/// The runs of characters between the wildcards of a LIKE pattern.
fn runs(pattern: &str, escape: Option<char>) -> Vec<Needle> {
    let mut runs = Vec::new();
    let mut text = String::new();
    let mut at_start = true;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            match characters.next() {
                Some(next) => text.push(next),
                None => return Vec::new(),
            }
        } else if matches!(character, '%' | '_') {
            runs.push(Needle { text: std::mem::take(&mut text), at_start, at_end: false });
            at_start = false;
        } else {
            text.push(character);
        }
    }
    runs.push(Needle { text, at_start, at_end: true });
    runs.retain(|run| !run.text.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fall_into_runs() {
        let run = |text: &str, at_start, at_end| Needle { text: text.to_owned(), at_start, at_end };
        assert_eq!(runs("%query=1%", None), [run("query=1", false, false)]);
        assert_eq!(
            runs("a_b%c", None),
            [run("a", true, false), run("b", false, false), run("c", false, true)]
        );
        assert_eq!(runs("abc", None), [run("abc", true, true)]);
        assert_eq!(runs("50!%%", Some('!')), [run("50%", true, false)]);
        assert_eq!(runs("%", None), []);
        assert_eq!(runs("a!", Some('!')), []);
    }
}
