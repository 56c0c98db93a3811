//! Expressions as SQL text, with columns by name.

use std::fmt::Write;

use millstream_expr::aggregate::AggregateCall;
use millstream_expr::{Call, CastMode, Expr, ExprKind, Field, Kind, Value};

use super::value::literal_text;

/// How strongly a form binds: a part that binds less strongly than its place asks for stands in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
    Atom,
}

/// The expression over the columns of `input`.
pub(super) fn expression_text(expression: &Expr, input: &[Field]) -> String {
    let mut out = String::new();
    write(&mut out, expression, input, Strength::Or);
    out
}

/// `SUM(DISTINCT a) FILTER (WHERE b > 1)`
pub(super) fn aggregate_text(call: &AggregateCall, input: &[Field]) -> String {
    let arguments: Vec<String> = call.arguments.iter().map(|a| expression_text(a, input)).collect();
    let arguments = if arguments.is_empty() { "*".to_owned() } else { arguments.join(", ") };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let mut text = format!("{}({distinct}{arguments})", call.function.name);
    if let Some(filter) = &call.filter {
        push(&mut text, format_args!(" FILTER (WHERE {})", expression_text(filter, input)));
    }
    text
}

fn write(out: &mut String, expression: &Expr, input: &[Field], place: Strength) {
    // What the planner wrote is not what the user wrote: it is left out.
    if let ExprKind::Cast { input: inner, mode } = &expression.kind
        && mode.is_implicit()
    {
        return write(out, inner, input, place);
    }
    let strength = strength(expression);
    let parentheses = strength < place;
    if parentheses {
        out.push('(');
    }
    match &expression.kind {
        ExprKind::Column(index) => match input.get(*index) {
            Some(field) => out.push_str(&field.name),
            None => push(out, format_args!("${index}")),
        },
        ExprKind::Literal(value) => out.push_str(&literal_text(value, &expression.data_type)),
        ExprKind::Call(call) => write_call(out, call, input, strength),
        ExprKind::And(parts) => separated(out, parts, input, " AND ", Strength::Not),
        ExprKind::Or(parts) => separated(out, parts, input, " OR ", Strength::And),
        ExprKind::Case { branches, otherwise } => {
            out.push_str("CASE");
            for (condition, value) in branches {
                out.push_str(" WHEN ");
                write(out, condition, input, Strength::Or);
                out.push_str(" THEN ");
                write(out, value, input, Strength::Or);
            }
            out.push_str(" ELSE ");
            write(out, otherwise, input, Strength::Or);
            out.push_str(" END");
        }
        ExprKind::Cast { input: inner, mode } => {
            out.push_str(if *mode == CastMode::Null { "TRY_CAST(" } else { "CAST(" });
            write(out, inner, input, Strength::Or);
            push(out, format_args!(" AS {})", expression.data_type.kind));
        }
        ExprKind::Field { input: row, index } => {
            write(out, row, input, Strength::Atom);
            out.push('.');
            match &row.data_type.kind {
                Kind::Row(fields) if fields.get(*index).is_some() => {
                    fields.iter().skip(*index).take(1).for_each(|field| out.push_str(&field.name));
                }
                _ => push(out, format_args!("{index}")),
            }
        }
    }
    if parentheses {
        out.push(')');
    }
}

/// The operators that stand between their two arguments.
fn infix(name: &str) -> Option<Strength> {
    match name {
        "="
        | "<>"
        | "<"
        | "<="
        | ">"
        | ">="
        | "LIKE"
        | "SIMILAR TO"
        | "IS DISTINCT FROM"
        | "IS NOT DISTINCT FROM" => Some(Strength::Comparison),
        "+" | "-" | "||" => Some(Strength::Sum),
        "*" | "/" => Some(Strength::Product),
        _ => None,
    }
}

fn strength(expression: &Expr) -> Strength {
    match &expression.kind {
        ExprKind::Or(_) => Strength::Or,
        ExprKind::And(_) => Strength::And,
        ExprKind::Call(call) => match (call.function.name, call.arguments.len()) {
            ("NOT", 1) => Strength::Not,
            ("-", 1) => Strength::Sign,
            (name, 1) if name.starts_with("IS ") => Strength::Comparison,
            ("IN", _) | ("LIKE" | "SIMILAR TO", 3) => Strength::Comparison,
            (name, 2) => infix(name).unwrap_or(Strength::Atom),
            _ => Strength::Atom,
        },
        _ => Strength::Atom,
    }
}

fn write_call(out: &mut String, call: &Call, input: &[Field], strength: Strength) {
    let name = call.function.name;
    match call.arguments.as_slice() {
        [operand] if name == "NOT" => {
            out.push_str("NOT ");
            write(out, operand, input, Strength::Comparison);
        }
        [operand] if name == "-" => {
            out.push('-');
            write(out, operand, input, Strength::Atom);
        }
        [operand] if name.starts_with("IS ") => {
            write(out, operand, input, Strength::Sum);
            push(out, format_args!(" {name}"));
        }
        [left, right] if infix(name).is_some() => {
            // Operators of one strength go from left to right; comparisons do not chain.
            let tighter = if strength == Strength::Comparison { Strength::Sum } else { strength };
            write(out, left, input, tighter);
            push(out, format_args!(" {name} "));
            let right_place = match strength {
                Strength::Sum => Strength::Product,
                Strength::Product => Strength::Sign,
                _ => Strength::Sum,
            };
            write(out, right, input, right_place);
        }
        [operand, pattern, escape] if matches!(name, "LIKE" | "SIMILAR TO") => {
            write(out, operand, input, Strength::Sum);
            push(out, format_args!(" {name} "));
            write(out, pattern, input, Strength::Sum);
            out.push_str(" ESCAPE ");
            write(out, escape, input, Strength::Sum);
        }
        [operand, members @ ..] if name == "IN" => {
            write(out, operand, input, Strength::Sum);
            out.push_str(" IN (");
            separated(out, members, input, ", ", Strength::Or);
            out.push(')');
        }
        [container, key] if name == "ITEM" => {
            write(out, container, input, Strength::Atom);
            out.push('[');
            write(out, key, input, Strength::Or);
            out.push(']');
        }
        [unit, operand] if name == "EXTRACT" && word(unit).is_some() => {
            push(out, format_args!("EXTRACT({} FROM ", word(unit).unwrap_or_default()));
            write(out, operand, input, Strength::Or);
            out.push(')');
        }
        [operand, unit] if matches!(name, "FLOOR" | "CEIL") && word(unit).is_some() => {
            push(out, format_args!("{name}("));
            write(out, operand, input, Strength::Or);
            push(out, format_args!(" TO {})", word(unit).unwrap_or_default()));
        }
        elements if matches!(name, "ARRAY" | "MAP") => {
            push(out, format_args!("{name}["));
            separated(out, elements, input, ", ", Strength::Or);
            out.push(']');
        }
        arguments => {
            push(out, format_args!("{name}("));
            separated(out, arguments, input, ", ", Strength::Or);
            out.push(')');
        }
    }
}

/// The constant string, if the expression is one.
fn word(expression: &Expr) -> Option<&str> {
    match expression.as_literal() {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn separated(out: &mut String, parts: &[Expr], input: &[Field], separator: &str, place: Strength) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        write(out, part, input, place);
    }
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = out.write_fmt(arguments);
}
