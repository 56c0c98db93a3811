//! What the filters and functions of a JSON path take: paths, constants and patterns.

use super::compare::Pattern;
use super::evaluate::select;
use super::path::{Step, quoted, steps};
use super::tree::Tree;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `@.a`: from the value that is tested.
    Here(Vec<Step>),
    /// `$.a`: from the root.
    Root(Vec<Step>),
    Constant(Tree<'static>),
    /// `/a.*/i`, beside `=~` only.
    Pattern(Pattern),
}

impl Operand {
    /// The value; none where there is nothing.
    pub(super) fn value<'v>(&self, here: &Tree<'v>, root: &Tree<'v>) -> Option<Tree<'v>> {
        match self {
            Self::Here(steps) => select(here, root, steps),
            Self::Root(steps) => select(root, root, steps),
            Self::Constant(constant) => Some(constant.clone()),
            Self::Pattern(_) => None,
        }
    }

    /// The operand at the start of a text, and what follows it.
    pub(super) fn parse(text: &str) -> Result<(Self, &str), String> {
        if text.starts_with(['\'', '"']) {
            let (text, behind) = quoted(text)?;
            return Ok((Self::Constant(Tree::String(text.into())), behind));
        }
        if let Some(pattern) = text.strip_prefix('/') {
            let (pattern, behind) = pattern_of(pattern)?;
            return Ok((Self::Pattern(pattern), behind));
        }
        let (written, behind) = text.split_at(end_of_operand(text));
        let operand = match written {
            "true" => Self::Constant(Tree::Bool(true)),
            "false" => Self::Constant(Tree::Bool(false)),
            "null" => Self::Constant(Tree::Null),
            path if path.starts_with('@') => Self::Here(steps(path)?),
            path if path.starts_with('$') => Self::Root(steps(path)?),
            json if json.starts_with(['[', '{']) => Self::Constant(constant(json)?),
            number if number.parse::<f64>().is_ok() => Self::Constant(Tree::Number(number.to_owned().into())),
            other => return Err(format!("'{other}' is neither a path nor a constant")),
        };
        Ok((operand, behind))
    }
}

/// The pattern behind the first slash, its flags, and what follows them.
fn pattern_of(text: &str) -> Result<(Pattern, &str), String> {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let ends = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let (pattern, behind) =
        end.and_then(|end| text.split_at_checked(end)).ok_or("a pattern is not closed")?;
    let behind = behind.strip_prefix('/').unwrap_or(behind);
    let flags = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
    let (flags, behind) = behind.split_at(flags);
    Ok((Pattern::new(pattern, flags)?, behind))
}

/// A constant array or object, in which strings may stand in single quotes.
fn constant(json: &str) -> Result<Tree<'static>, String> {
    let mut written = String::with_capacity(json.len());
    let mut quote = None;
    for c in json.chars() {
        match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                written.push('"');
            }
            (Some(open), c) if open == c => {
                quote = None;
                written.push('"');
            }
            (Some('\''), '"') => written.push_str("\\\""),
            _ => written.push(c),
        }
    }
    let tree = Tree::parse(&written).map_err(|error| format!("'{json}' is no JSON: {}", error.what))?;
    Ok(tree.into_owned())
}

/// Where a path or a constant without quotes ends: at an operator, a space or a closing parenthesis outside of its own
/// brackets and parentheses.
pub(super) fn end_of_operand(text: &str) -> usize {
    let mut brackets = 0_u32;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match c {
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '\'' | '"' if brackets > 0 => quote = Some(c),
            '[' | '{' | '(' => brackets += 1,
            ']' | '}' => brackets = brackets.saturating_sub(1),
            ')' if brackets > 0 => brackets -= 1,
            ',' | ' ' | ')' | '=' | '!' | '<' | '>' | '&' | '|' if brackets == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
