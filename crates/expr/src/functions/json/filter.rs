//! The conditions of `[?(…)]` in a JSON path: comparisons of paths and constants under `&&`, `||` and `!`.

use std::cmp::Ordering;

use super::evaluate::select;
use super::path::{Step, quoted, steps};
use super::tree::Tree;

/// How deep conditions may be nested.
const DEPTH_MAX: u32 = 64;

/// A condition on a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// Any of them.
    Or(Vec<Filter>),
    /// Each of them.
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// There is something at this path.
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// `@.a`: from the value that is tested.
    Here(Vec<Step>),
    /// `$.a`: from the root.
    Root(Vec<Step>),
    Constant(Tree<'static>),
}

impl Filter {
    /// The condition in parentheses at the start of a text, and what follows it.
    pub fn parse(text: &str) -> Result<(Self, &str), String> {
        let mut reader = Reader { rest: text.trim_start(), depth: 0 };
        if !reader.rest.starts_with('(') {
            return Err("a filter is written [?( … )]".to_owned());
        }
        let filter = reader.unary()?;
        Ok((filter, reader.rest))
    }

    /// Whether a value satisfies it.
    pub fn accepts(&self, value: &Tree<'_>, root: &Tree<'_>) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.accepts(value, root)),
            Self::And(parts) => parts.iter().all(|part| part.accepts(value, root)),
            Self::Not(part) => !part.accepts(value, root),
            Self::Exists(operand) => operand.value(value, root).is_some(),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.value(value, root), right.value(value, root));
                // Nothing compares with nothing but by !=.
                let (Some(left), Some(right)) = (left, right) else {
                    return *comparison == Comparison::NotEqual;
                };
                let order = compare(&left, &right);
                match comparison {
                    Comparison::Equal => order == Some(Ordering::Equal) || left == right,
                    Comparison::NotEqual => order != Some(Ordering::Equal) && left != right,
                    Comparison::Less => order == Some(Ordering::Less),
                    Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Comparison::Greater => order == Some(Ordering::Greater),
                    Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                }
            }
        }
    }
}

impl Operand {
    fn value<'v>(&self, here: &Tree<'v>, root: &Tree<'v>) -> Option<Tree<'v>> {
        match self {
            Self::Here(steps) => select(here, root, steps),
            Self::Root(steps) => select(root, root, steps),
            Self::Constant(constant) => Some(constant.clone()),
        }
    }
}

/// The order of two numbers or two strings; a string that is a number compares as one with a number.
fn compare(left: &Tree<'_>, right: &Tree<'_>) -> Option<Ordering> {
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

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(behind) => {
                let start = self.rest.len() - behind.len();
                self.rest = self.rest.get(start..).unwrap_or("");
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.and()?];
        while self.eat("||") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.unary()?];
        while self.eat("&&") {
            parts.push(self.unary()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn unary(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("a filter nested deeper than {DEPTH_MAX} levels"));
        }
        let found = if !self.rest.trim_start().starts_with("!=") && self.eat("!") {
            Ok(Filter::Not(Box::new(self.unary()?)))
        } else if self.eat("(") {
            let inner = self.or()?;
            if self.eat(")") { Ok(inner) } else { Err(format!("')' was expected before '{}'", self.rest)) }
        } else {
            self.comparison()
        };
        self.depth -= 1;
        found
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let left = self.operand()?;
        for (token, comparison) in [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.eat(token) {
                return Ok(Filter::Compare(left, comparison, self.operand()?));
            }
        }
        match left {
            Operand::Constant(_) => Err("a constant alone is no condition".to_owned()),
            path => Ok(Filter::Exists(path)),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let rest = self.rest.trim_start();
        if rest.starts_with(['\'', '"']) {
            let (text, behind) = quoted(rest)?;
            let start = self.rest.len() - behind.len();
            self.rest = self.rest.get(start..).unwrap_or("");
            return Ok(Operand::Constant(Tree::String(text.into())));
        }
        let end = end_of_operand(rest);
        let (text, behind) = rest.split_at(end);
        let start = self.rest.len() - behind.len();
        self.rest = self.rest.get(start..).unwrap_or("");
        Ok(match text {
            "true" => Operand::Constant(Tree::Bool(true)),
            "false" => Operand::Constant(Tree::Bool(false)),
            "null" => Operand::Constant(Tree::Null),
            path if path.starts_with('@') => Operand::Here(steps(path)?),
            path if path.starts_with('$') => Operand::Root(steps(path)?),
            number if number.parse::<f64>().is_ok() => {
                Operand::Constant(Tree::Number(number.to_owned().into()))
            }
            other => return Err(format!("'{other}' is neither a path nor a constant")),
        })
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// Where a path or a constant without quotes ends: at an operator, a space or a closing parenthesis outside of its own brackets.
fn end_of_operand(text: &str) -> usize {
    let mut brackets = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            ' ' | ')' | '=' | '!' | '<' | '>' | '&' | '|' if brackets == 0 => return at,
            _ => {}
        }
    }
    text.len()
}
