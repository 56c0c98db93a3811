//! Function calls.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    Argument, ArgumentValue, Expr, ExprKind, FrameBound, FrameUnits, FunctionCall, Literal, NullTreatment,
    Over, PartialWindow, QueryBody, SetQuantifier, TableArgument, WindowFrame, WindowSpec,
};
use super::super::keyword::Keyword as K;
use super::{Clause, Commas, Optional, Word};

/// A call with its name between quotes, even where it could do without.
pub(super) struct QuotedCall<'a>(pub &'a FunctionCall);

impl Display for QuotedCall<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.name, Arguments(self.0))
    }
}

impl Display for FunctionCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Word(self.specific, "SPECIFIC "))?;
        if is_bare(self) {
            f.write_str(&self.name.last().value)?
        } else {
            write!(f, "{}", self.name)?
        }
        write!(f, "{}", Arguments(self))?;
        // Within ARRAY_AGG's parentheses NULL treatment is written there.
        if !is_array_agg(self) {
            write!(f, "{}", Optional(" ", &self.nulls))?;
        }
        write!(f, "{}", Clause(" WITHIN DISTINCT (", &self.within_distinct, ")"))?;
        write!(f, "{}", Clause(" WITHIN GROUP (ORDER BY ", &self.within_group, ")"))?;
        if let Some(filter) = &self.filter {
            write!(f, " FILTER (WHERE {filter})")?;
        }
        write!(f, "{}", Optional(" OVER ", &self.over))
    }
}

/// The parentheses of a call and what is in them.
struct Arguments<'a>(&'a FunctionCall);

impl Display for Arguments<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let call = self.0;
        if call.star {
            return f.write_str("(*)");
        }
        let quantifier = match call.quantifier {
            Some(SetQuantifier::All) => "ALL ",
            Some(SetQuantifier::Distinct) => "DISTINCT ",
            None => "",
        };
        match call.arguments.as_slice() {
            // A query that stands alone needs no parentheses of its own, unless a keyword's own rule reads it.
            [
                Argument {
                    name: None,
                    value: ArgumentValue::Expr(Expr { kind: ExprKind::Subquery(query), .. }),
                },
            ] if K::of(&call.name.last().value).is_none() => {
                write!(f, "({quantifier}{query}")?;
            }
            arguments => write!(f, "({quantifier}{}", Commas(arguments))?,
        }
        if is_array_agg(call) {
            write!(f, "{}", Optional(" ", &call.nulls))?;
        }
        write!(f, "{}{})", Clause(" ORDER BY ", &call.order_by, ""), Optional(" SEPARATOR ", &call.separator))
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} => ")?;
        }
        match &self.value {
            ArgumentValue::Expr(value) => write!(f, "{value}"),
            ArgumentValue::Table(table) => write!(f, "{table}"),
        }
    }
}

impl Display for TableArgument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.query.body {
            QueryBody::Table(_) if self.query.is_bare() => write!(f, "{}", self.query)?,
            _ => write!(f, "({})", self.query)?,
        }
        let partition_by = Clause(" PARTITION BY (", &self.partition_by, ")");
        write!(f, "{partition_by}{}", Clause(" ORDER BY (", &self.order_by, ")"))
    }
}

impl Display for NullTreatment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ignore => "IGNORE NULLS",
            Self::Respect => "RESPECT NULLS",
        })
    }
}

impl Display for Over {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "{name}"),
            Self::Spec(spec) => write!(f, "{spec}"),
        }
    }
}

impl Display for WindowSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts = [
            Optional("", &self.base).to_string(),
            Clause("PARTITION BY ", &self.partition_by, "").to_string(),
            Clause("ORDER BY ", &self.order_by, "").to_string(),
            Optional("", &self.frame).to_string(),
            Optional("", &self.partial).to_string(),
        ];
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        write!(f, "({})", parts.join(" "))
    }
}

impl Display for WindowFrame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let units = match self.units {
            FrameUnits::Rows => "ROWS",
            FrameUnits::Range => "RANGE",
        };
        match &self.end {
            Some(end) => write!(f, "{units} BETWEEN {} AND {end}", self.start),
            None => write!(f, "{units} {}", self.start),
        }
    }
}

impl Display for FrameBound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurrentRow => f.write_str("CURRENT ROW"),
            Self::UnboundedPreceding => f.write_str("UNBOUNDED PRECEDING"),
            Self::UnboundedFollowing => f.write_str("UNBOUNDED FOLLOWING"),
            Self::Preceding(value) => write!(f, "{value} PRECEDING"),
            Self::Following(value) => write!(f, "{value} FOLLOWING"),
        }
    }
}

impl Display for PartialWindow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "ALLOW PARTIAL",
            Self::Disallow => "DISALLOW PARTIAL",
        })
    }
}

/// Whether nothing stands behind the parentheses of a call.
pub(super) fn is_plain(call: &FunctionCall) -> bool {
    call.over.is_none() && is_plain_or_over(call)
}

fn is_plain_or_over(call: &FunctionCall) -> bool {
    call.nulls.is_none()
        && call.within_distinct.is_empty()
        && call.within_group.is_empty()
        && call.filter.is_none()
}

/// Whether the name can be written without quotes and still mean this call; a keyword's own rule may want other arguments.
fn is_bare(call: &FunctionCall) -> bool {
    let Some(name) = call.name.as_simple() else { return false };
    let Some(keyword) = K::of(&name.value) else { return is_word(&name.value) };
    let values = values(call);
    let count = values.as_ref().map_or(usize::MAX, Vec::len);
    match keyword {
        K::FLOOR | K::CEIL | K::CEILING => count == 1 && is_plain_or_over(call),
        K::FIRST | K::LAST | K::PREV | K::NEXT => {
            is_plain(call)
                && match values.as_deref() {
                    Some([_]) => true,
                    Some([_, offset]) => is_number(offset),
                    _ => false,
                }
        }
        K::CLASSIFIER | K::MATCH_NUMBER => count == 0 && is_plain(call),
        K::TRANSLATE => (1..usize::MAX).contains(&count) && is_plain(call),
        K::DATE_TRUNC => count == 2 && is_plain(call),
        K::DATE | K::TIME | K::TIMESTAMP | K::DATETIME | K::TUMBLE | K::HOP | K::SESSION => {
            !call.star && !call.arguments.is_empty() && is_plain(call)
        }
        K::ARRAY_AGG => is_array_agg(call),
        // Their own rules take no values, or make something else of them.
        K::SOME
        | K::MAP
        | K::TIMESTAMPADD
        | K::TIMESTAMPDIFF
        | K::DATE_DIFF
        | K::DATETIME_DIFF
        | K::TRY_CAST => false,
        _ => !keyword.is_reserved() || keyword.is_reserved_function(),
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_array_agg(call: &FunctionCall) -> bool {
    let named = call.name.as_simple().is_some_and(|name| K::of(&name.value) == Some(K::ARRAY_AGG));
    named && !call.star && !call.arguments.is_empty()
}

/// The values of a call, if all its arguments are values without names, and nothing else stands in the parentheses.
fn values(call: &FunctionCall) -> Option<Vec<&Expr>> {
    if call.star || call.quantifier.is_some() || !call.order_by.is_empty() || call.separator.is_some() {
        return None;
    }
    call.arguments
        .iter()
        .map(|argument| match argument {
            Argument { name: None, value: ArgumentValue::Expr(value) } => Some(value),
            _ => None,
        })
        .collect()
}

fn is_number(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(Literal::Number(_)) => true,
        ExprKind::Unary { operand, .. } => matches!(operand.kind, ExprKind::Literal(Literal::Number(_))),
        _ => false,
    }
}
