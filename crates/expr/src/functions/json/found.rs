//! What a path leads to in a text, for JSON_EXISTS, JSON_VALUE and JSON_QUERY alike.

use super::evaluate::{locate, select_or_fail};
use super::number::write_number;
use super::path::JsonPath;
use super::string::decode_escapes;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::functions::kernel::Compiled;
use crate::functions::signature::STRING;
use crate::functions::{Arguments, KernelArguments};
use crate::types::{DataType, Kind};
use crate::value::Value;

/// What a path leads to.
pub(super) enum Found<'a> {
    /// Nothing, or null, in lax mode.
    Nothing,
    /// Something else than a value; the words say what.
    Failed(String),
    /// A value. Never null.
    Value(Json<'a>),
}

/// A value, as text or in memory.
pub(super) enum Json<'a> {
    Text(&'a str),
    Tree(Tree<'a>),
}

/// What stands for nothing, or for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behavior {
    Null,
    Error,
    Default,
    EmptyArray,
    EmptyObject,
}

impl Behavior {
    /// As the constant argument at `index` says.
    pub fn of(arguments: &KernelArguments<'_>, index: usize) -> Result<Self> {
        let Some(Some(Value::String(word))) = arguments.constants.get(index) else {
            return Err(Error::internal("what a JSON function does with nothing must be a constant"));
        };
        Ok(match word.as_ref() {
            "NULL" => Self::Null,
            "ERROR" => Self::Error,
            "DEFAULT" => Self::Default,
            "EMPTY ARRAY" => Self::EmptyArray,
            "EMPTY OBJECT" => Self::EmptyObject,
            _ => return Err(Error::internal(format!("{word} says nothing to a JSON function"))),
        })
    }
}

/// The value of `text` to which `path` leads.
pub(super) fn find<'a>(text: &'a str, path: &JsonPath) -> Found<'a> {
    let failed = |message: String| if path.lax { Found::Nothing } else { Found::Failed(message) };
    let steps = match &path.steps {
        Ok(steps) => steps,
        // That the path is none is an error in lax mode, too.
        Err(message) => return Found::Failed(format!("the JSON path is malformed: {message}")),
    };
    if text.trim_ascii() == "null" {
        return Found::Failed("the text is null, in which no path leads anywhere".to_owned());
    }
    let malformed = |what: &str, at: usize| failed(format!("the text is no JSON: {what}, at byte {at}"));
    let missing = || failed("the JSON path leads to nothing".to_owned());
    let is_null = || failed("the JSON path leads to null, which a strict path takes for an error".to_owned());
    if let Some(steps) = path.simple_steps() {
        return match locate(text, steps) {
            Ok(Some("null")) => is_null(),
            Ok(Some(value)) => Found::Value(Json::Text(value)),
            Ok(None) => missing(),
            Err(error) => malformed(error.what, error.at),
        };
    }
    match Tree::parse(text) {
        Err(error) => malformed(error.what, error.at),
        Ok(tree) => match select_or_fail(&tree, &tree, steps, !path.lax) {
            Some(Tree::Null) => is_null(),
            Some(value) => Found::Value(Json::Tree(value)),
            None => missing(),
        },
    }
}

impl<'a> Json<'a> {
    /// Whether it is neither array nor object.
    pub fn is_scalar(&self) -> bool {
        match self {
            Self::Text(text) => !text.starts_with(['{', '[']),
            Self::Tree(tree) => tree.is_scalar(),
        }
    }

    pub fn is_array(&self) -> bool {
        match self {
            Self::Text(text) => text.starts_with('['),
            Self::Tree(tree) => matches!(tree, Tree::Array(_)),
        }
    }

    /// The value in memory.
    pub fn into_tree(self) -> Tree<'a> {
        match self {
            // The text has been checked when it was found.
            Self::Text(text) => Tree::parse(text).unwrap_or(Tree::Null),
            Self::Tree(tree) => tree,
        }
    }

    /// Appends a scalar as a STRING shows it.
    pub fn write_scalar(&self, out: &mut String) {
        match self {
            Self::Text(text) => match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inside) => {
                    decode_escapes(inside, out);
                }
                None if text.starts_with(['t', 'f']) => out.push_str(text),
                None => write_number(text, out),
            },
            Self::Tree(tree) => tree.write_scalar(out),
        }
    }

    /// The number as it is written; none if it is something else.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(text),
            Self::Tree(Tree::Number(number)) => Some(number),
            Self::Tree(_) => None,
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Text("true") | Self::Tree(Tree::Bool(true)) => Some(true),
            Self::Text("false") | Self::Tree(Tree::Bool(false)) => Some(false),
            _ => None,
        }
    }
}

/// Appends what a path leads to in a text: strings without quotes, objects and arrays as JSON. Gives false where there is
/// nothing, or no JSON.
pub(crate) fn find_text(text: &str, path: &JsonPath, out: &mut String) -> bool {
    match find(text, path) {
        Found::Value(json) if json.is_scalar() => json.write_scalar(out),
        Found::Value(json) => json.into_tree().write(out),
        Found::Nothing | Found::Failed(_) => return false,
    }
    true
}

/// The paths of the second argument.
pub(super) fn paths(arguments: &KernelArguments<'_>) -> Result<Compiled<JsonPath>> {
    Compiled::argument(arguments, 1, |text| Ok(JsonPath::parse(text)))
}

/// The types of the text and the path, the first two arguments; none if they are no strings.
pub(super) fn text_and_path(call: &Arguments<'_>) -> Option<[DataType; 2]> {
    let string = |given: &DataType| match &given.kind {
        Kind::Null => Some(DataType::new(STRING)),
        kind if kind.is_character() => Some(given.clone()),
        _ => None,
    };
    let [text, path, ..] = call.types else { return None };
    Some([string(text)?, string(path)?])
}
