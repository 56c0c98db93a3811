//! The functions of a JSON path: `$.a.sum()`, `$.concat($.a, "-", $.b)`.

use std::borrow::Cow;

use super::evaluate::select;
use super::operand::Operand;
use super::path::Step;
use super::tree::Tree;
use crate::text::write_double;

/// A call with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    function: PathFunction,
    arguments: Vec<Operand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathFunction {
    Min,
    Max,
    Average,
    Sum,
    Deviation,
    Length,
    Keys,
    Append,
    Concat,
    First,
    Last,
    Index,
}

impl Call {
    /// The call of a name; an error where there is no such function.
    pub(super) fn of(name: &str, arguments: Vec<Operand>) -> Result<Self, String> {
        let function = match name {
            "min" => PathFunction::Min,
            "max" => PathFunction::Max,
            "avg" => PathFunction::Average,
            "sum" => PathFunction::Sum,
            "stddev" => PathFunction::Deviation,
            "length" | "size" => PathFunction::Length,
            "keys" => PathFunction::Keys,
            "append" => PathFunction::Append,
            "concat" => PathFunction::Concat,
            "first" => PathFunction::First,
            "last" => PathFunction::Last,
            "index" => PathFunction::Index,
            _ => return Err(format!("there is no path function {name}()")),
        };
        Ok(Self { function, arguments })
    }

    /// The same function of what other steps lead to, as Jayway turns a path that begins with `..` around.
    pub(super) fn of_path(self, steps: Vec<Step>) -> Self {
        Self { function: self.function, arguments: vec![Operand::Root(steps)] }
    }

    /// What it gives for a value; none where that is an error.
    pub(super) fn apply<'v>(&self, value: &Tree<'v>, root: &Tree<'v>) -> Option<Tree<'v>> {
        let arguments = || self.arguments.iter().filter_map(|argument| argument.value(value, root));
        let elements = || if let Tree::Array(elements) = value { elements.as_slice() } else { &[] };
        let place = |place: i64| -> Option<Tree<'v>> {
            let elements = elements();
            let at = if place < 0 {
                elements.len().checked_add_signed(isize::try_from(place).ok()?)
            } else {
                usize::try_from(place).ok()
            };
            elements.get(at?).cloned()
        };
        match self.function {
            PathFunction::Length => self.length(value, root),
            PathFunction::Keys => match value {
                Tree::Object(members) => {
                    Some(Tree::Array(members.iter().map(|(key, _)| Tree::String(key.clone())).collect()))
                }
                _ => None,
            },
            PathFunction::First => place(0),
            PathFunction::Last => place(-1),
            PathFunction::Index => match arguments().next()? {
                Tree::Number(number) => place(number.parse().ok()?),
                _ => None,
            },
            PathFunction::Append => match value {
                Tree::Array(elements) => {
                    Some(Tree::Array(elements.iter().cloned().chain(arguments()).collect()))
                }
                _ => None,
            },
            PathFunction::Concat => {
                let mut text = String::new();
                for part in elements() {
                    if let Tree::String(part) = part {
                        text.push_str(part);
                    }
                }
                arguments().filter(Tree::is_scalar).for_each(|part| part.write_scalar(&mut text));
                Some(Tree::String(Cow::Owned(text)))
            }
            _ => {
                let mut numbers = Vec::new();
                elements().iter().for_each(|element| numbers.extend(number(element)));
                for argument in arguments() {
                    match &argument {
                        Tree::Array(elements) => {
                            elements.iter().for_each(|element| numbers.extend(number(element)))
                        }
                        other => numbers.extend(number(other)),
                    }
                }
                self.aggregate(&numbers).map(|result| {
                    let mut text = String::new();
                    write_double(result, &mut text);
                    Tree::Number(Cow::Owned(text))
                })
            }
        }
    }

    fn length<'v>(&self, value: &Tree<'v>, root: &Tree<'v>) -> Option<Tree<'v>> {
        let count = |length: usize| Some(Tree::Number(Cow::Owned(length.to_string())));
        if let Some(Operand::Root(steps)) = self.arguments.first() {
            // Jayway counts what stands inside of what the path leads to.
            let mut inside = steps.clone();
            inside.push(Step::Wildcard);
            return match select(root, root, &inside)? {
                Tree::Array(elements) => count(elements.len()),
                _ => None,
            };
        }
        match value {
            Tree::Array(elements) => count(elements.len()),
            Tree::Object(members) => count(members.len()),
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "an array has fewer elements than 2^53")]
    fn aggregate(&self, numbers: &[f64]) -> Option<f64> {
        if numbers.is_empty() {
            return None;
        }
        let (count, sum) = (numbers.len() as f64, numbers.iter().sum::<f64>());
        Some(match self.function {
            PathFunction::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
            PathFunction::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            PathFunction::Average => sum / count,
            PathFunction::Deviation => {
                let squares: f64 = numbers.iter().map(|number| number * number).sum();
                (squares / count - sum * sum / count / count).sqrt()
            }
            _ => sum,
        })
    }
}

fn number(value: &Tree<'_>) -> Option<f64> {
    if let Tree::Number(number) = value { number.parse().ok() } else { None }
}
