//! JSON_QUERY.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{ListBuilder, StringViewBuilder};
use arrow_schema::Field as ArrowField;

use super::found::{Behavior, Found, find, paths, text_and_path};
use super::path::JsonPath;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::functions::kernel::{Lane, Str, collect_text, over};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Kernel, KernelArguments, Overload};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let (Some([text, path]), [_, _, returns, rest @ ..]) = (text_and_path(call), call.types) else {
        return no_overload();
    };
    if rest.len() != 3 {
        return no_overload();
    }
    let is_array = match &returns.kind {
        Kind::VarChar { .. } => false,
        Kind::Array(element) if matches!(element.kind, Kind::VarChar { .. }) => true,
        other => {
            return Err(Error::invalid(format!(
                "JSON_QUERY cannot return {other}; it returns STRING or ARRAY<STRING>"
            )));
        }
    };
    let object = Value::from("EMPTY OBJECT");
    if is_array && call.literals.iter().flatten().any(|literal| *literal == object) {
        return Err(Error::invalid(
            "JSON_QUERY cannot return an EMPTY OBJECT as an ARRAY; write EMPTY ARRAY",
        ));
    }
    let arguments = [text, path, returns.clone()].into_iter().chain(rest.iter().cloned()).collect();
    Signature::of(arguments).returns_nullable(returns.kind.clone()).fallible().kernel(kernel)
}

/// How a result is put into an array.
#[derive(Clone, Copy)]
enum Wrapper {
    Without,
    Conditional,
    Unconditional,
}

/// A row's result.
enum Answer<'a> {
    Value(Tree<'a>),
    EmptyArray,
    EmptyObject,
    Null,
}

/// What is done with what a path leads to.
#[derive(Clone, Copy)]
struct Rule {
    wrapper: Wrapper,
    on_empty: Behavior,
    on_error: Behavior,
    /// The result is an ARRAY of SQL, so it must be one of JSON.
    as_array: bool,
}

impl Rule {
    fn answer<'a>(self, text: &'a str, path: &JsonPath) -> Result<Answer<'a>> {
        let nothing = "the JSON path leads to no array or object";
        let value = match find(text, path) {
            Found::Nothing => return stand_in(self.on_empty, nothing),
            Found::Failed(message) => return stand_in(self.on_error, &message),
            Found::Value(value) => value,
        };
        let wrapped = match self.wrapper {
            Wrapper::Without => false,
            Wrapper::Conditional => !value.is_array(),
            Wrapper::Unconditional => true,
        };
        if !wrapped && value.is_scalar() {
            return stand_in(if path.lax { self.on_empty } else { self.on_error }, nothing);
        }
        if self.as_array && !wrapped && !value.is_array() {
            return stand_in(self.on_error, "the JSON path leads to an object, not to an array");
        }
        let tree = value.into_tree();
        Ok(Answer::Value(if wrapped { Tree::Array(vec![tree]) } else { tree }))
    }
}

fn stand_in(behavior: Behavior, message: &str) -> Result<Answer<'static>> {
    match behavior {
        Behavior::Error => Err(Error::runtime(format!("JSON_QUERY: {message}"))),
        Behavior::EmptyArray => Ok(Answer::EmptyArray),
        Behavior::EmptyObject => Ok(Answer::EmptyObject),
        Behavior::Null | Behavior::Default => Ok(Answer::Null),
    }
}

fn kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let paths = paths(arguments)?;
    let wrapper = match arguments.constants.get(3) {
        Some(Some(Value::String(word))) if word.as_ref() == "CONDITIONAL" => Wrapper::Conditional,
        Some(Some(Value::String(word))) if word.as_ref() == "UNCONDITIONAL" => Wrapper::Unconditional,
        _ => Wrapper::Without,
    };
    let rule = Rule {
        wrapper,
        on_empty: Behavior::of(arguments, 4)?,
        on_error: Behavior::of(arguments, 5)?,
        as_array: matches!(arguments.returns.kind, Kind::Array(_)),
    };
    Ok(Box::new(move |_, columns, rows| {
        let [text, path, ..] = columns else {
            return Err(Error::internal("JSON_QUERY with another number of arguments"));
        };
        over(columns, rows, &[], |rows, _| {
            let (text, path) = (Lane::<Str>::of(text)?, Lane::<Str>::of(path)?);
            let answer = |row: usize| match (text.get(row), path.get(row)) {
                (Some(text), Some(path)) => paths.with(path, |path| rule.answer(text, path))?,
                _ => Ok(Answer::Null),
            };
            if rule.as_array {
                return collect_lists(rows, answer);
            }
            collect_text(rows, |row, out| {
                match answer(row)? {
                    Answer::Null => return Ok(None),
                    Answer::EmptyArray => out.push_str("[]"),
                    Answer::EmptyObject => out.push_str("{}"),
                    Answer::Value(tree) => tree.write(out),
                }
                Ok(Some(()))
            })
        })
    }))
}

/// A column of ARRAY<STRING>: strings as they are, null as NULL, all else as JSON text.
fn collect_lists<'a>(rows: usize, answer: impl Fn(usize) -> Result<Answer<'a>>) -> Result<ArrayRef> {
    let element = ArrowField::new("element", DataType::string().physical(), true);
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(element);
    let mut text = String::new();
    for row in 0..rows {
        let elements = match answer(row)? {
            Answer::Null => {
                lists.append_null();
                continue;
            }
            Answer::Value(Tree::Array(elements)) => elements,
            Answer::Value(_) | Answer::EmptyArray | Answer::EmptyObject => Vec::new(),
        };
        for element in elements {
            if element == Tree::Null {
                lists.values().append_null();
                continue;
            }
            text.clear();
            element.write_scalar(&mut text);
            lists.values().try_append_value(&text)?;
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}
