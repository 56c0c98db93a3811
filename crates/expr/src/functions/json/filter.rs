//! The conditions of `[?(…)]` in a JSON path: comparisons of paths and constants under `&&`, `||` and `!`.

use super::compare::Comparison;
use super::operand::Operand;
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
            Self::Compare(left, comparison, right) => match (left, right) {
                (Operand::Pattern(pattern), text) | (text, Operand::Pattern(pattern)) => {
                    let is_match = || text.value(value, root).is_some_and(|text| pattern.matches(&text));
                    *comparison == Comparison::Matches && is_match()
                }
                (left, right) => {
                    let (left, right) = (left.value(value, root), right.value(value, root));
                    comparison.holds(left.as_ref(), right.as_ref())
                }
            },
        }
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
        for (sign, comparison) in Comparison::SIGNS {
            if self.eat(sign) {
                return Ok(Filter::Compare(left, comparison, self.operand()?));
            }
        }
        let rest = self.rest.trim_start();
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        if let Some(comparison) = Comparison::of_word(word) {
            self.eat(word);
            return Ok(Filter::Compare(left, comparison, self.operand()?));
        }
        match left {
            Operand::Constant(_) | Operand::Pattern(_) => Err("a constant alone is no condition".to_owned()),
            path => Ok(Filter::Exists(path)),
        }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let (operand, behind) = Operand::parse(self.rest.trim_start())?;
        let start = self.rest.len() - behind.len();
        self.rest = self.rest.get(start..).unwrap_or("");
        Ok(operand)
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
