//! JSON_VALUE.

use arrow_array::ArrayRef;
use arrow_array::types::{Float64Type, Int32Type};

use super::found::{Behavior, Found, Json, find, paths, text_and_path};
use super::path::JsonPath;
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::kernel::{Bool, Compiled, Input, Lane, Output, Str, collect_text, over};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Kernel, KernelArguments, Overload};
use crate::types::Kind;
use crate::value::Value;

pub(super) fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let (Some([text, path]), [_, _, returns, rest @ ..]) = (text_and_path(call), call.types) else {
        return no_overload();
    };
    if rest.len() != 4 {
        return no_overload();
    }
    if !matches!(returns.kind, Kind::VarChar { .. } | Kind::Boolean | Kind::Int | Kind::Double) {
        return Err(Error::invalid(format!(
            "JSON_VALUE cannot return {}; it returns STRING, BOOLEAN, INT or DOUBLE, which CAST converts further",
            returns.kind
        )));
    }
    let arguments = [text, path, returns.clone()].into_iter().chain(rest.iter().cloned()).collect();
    Signature::of(arguments).returns_nullable(returns.kind.clone()).fallible().kernel(kernel)
}

/// A row's result.
enum Choice<'a> {
    Scalar(Json<'a>),
    EmptyDefault,
    ErrorDefault,
    Null,
}

/// What stands for nothing, and for errors.
#[derive(Clone, Copy)]
struct Rule {
    on_empty: Behavior,
    on_error: Behavior,
}

impl Rule {
    fn choose<'a>(self, text: &'a str, path: &JsonPath) -> Result<Choice<'a>> {
        let failure = match find(text, path) {
            Found::Value(value) if value.is_scalar() => return Ok(Choice::Scalar(value)),
            Found::Value(_) if !path.lax => {
                "the JSON path leads to an array or an object, not to a scalar".to_owned()
            }
            Found::Failed(message) => message,
            Found::Value(_) | Found::Nothing => {
                return match self.on_empty {
                    Behavior::Error => Err(Error::runtime("JSON_VALUE: the JSON path leads to no scalar")),
                    Behavior::Default => Ok(Choice::EmptyDefault),
                    _ => Ok(Choice::Null),
                };
            }
        };
        match self.on_error {
            Behavior::Error => Err(Error::runtime(format!("JSON_VALUE: {failure}"))),
            Behavior::Default => Ok(Choice::ErrorDefault),
            _ => Ok(Choice::Null),
        }
    }
}

fn kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let paths = paths(arguments)?;
    let rule = Rule { on_empty: Behavior::of(arguments, 3)?, on_error: Behavior::of(arguments, 5)? };
    Ok(match arguments.returns.kind {
        _ if default_is_null(arguments) => {
            let physical = arguments.returns.physical();
            Box::new(move |_, _, _| Ok(Column::null(&physical)))
        }
        Kind::Boolean => {
            fixed::<Bool>(paths, rule, |value| value.boolean().ok_or_else(|| unfit(value, "BOOLEAN")))
        }
        Kind::Int => fixed::<Int32Type>(paths, rule, |value| {
            value.number().and_then(|number| number.parse().ok()).ok_or_else(|| unfit(value, "INT"))
        }),
        Kind::Double => fixed::<Float64Type>(paths, rule, |value| {
            value.number().and_then(|number| number.parse().ok()).ok_or_else(|| unfit(value, "DOUBLE"))
        }),
        _ => Box::new(move |_, columns, rows| {
            over_values(columns, rows, |call, rows| {
                let (empty, error) = (Lane::<Str>::of(call.empty)?, Lane::<Str>::of(call.error)?);
                collect_text(rows, |row, out| {
                    let default = match call.choose(&paths, rule, row)? {
                        Choice::Scalar(value) => {
                            value.write_scalar(out);
                            return Ok(Some(()));
                        }
                        Choice::EmptyDefault => empty.get(row),
                        Choice::ErrorDefault => error.get(row),
                        Choice::Null => None,
                    };
                    Ok(default.map(|text| out.push_str(text)))
                })
            })
        }),
    })
}

/// Whether a constant NULL is the default for anything: in Flink all is NULL then.
fn default_is_null(arguments: &KernelArguments<'_>) -> bool {
    [(3, 4), (5, 6)].into_iter().any(|(behavior, default)| {
        let constant = |index| arguments.constants.get(index).and_then(Option::as_ref);
        matches!(constant(behavior), Some(Value::String(word)) if &**word == "DEFAULT")
            && constant(default) == Some(&Value::Null)
    })
}

fn unfit(value: &Json<'_>, kind: &str) -> Error {
    let mut shown = String::new();
    value.write_scalar(&mut shown);
    Error::runtime(format!("JSON_VALUE: {shown} is no {kind} of JSON; leave RETURNING out and use TRY_CAST"))
}

/// A kernel with results of fixed width.
fn fixed<O>(paths: Compiled<JsonPath>, rule: Rule, convert: fn(&Json<'_>) -> Result<O::Cell>) -> Kernel
where
    O: Output + for<'a> Input<Item<'a> = <O as Output>::Cell>,
{
    Box::new(move |_, columns, rows| {
        over_values(columns, rows, |call, rows| {
            let (empty, error) = (Lane::<O>::of(call.empty)?, Lane::<O>::of(call.error)?);
            O::collect(rows, |row| match call.choose(&paths, rule, row)? {
                Choice::Scalar(value) => convert(&value).map(Some),
                Choice::EmptyDefault => Ok(empty.get(row)),
                Choice::ErrorDefault => Ok(error.get(row)),
                Choice::Null => Ok(None),
            })
        })
    })
}

/// The arguments that vary by row.
struct Columns<'a> {
    text: Lane<'a, Str>,
    path: Lane<'a, Str>,
    empty: &'a Column,
    error: &'a Column,
}

impl<'a> Columns<'a> {
    fn choose(&self, paths: &Compiled<JsonPath>, rule: Rule, row: usize) -> Result<Choice<'a>> {
        match (self.text.get(row), self.path.get(row)) {
            (Some(text), Some(path)) => paths.with(path, |path| rule.choose(text, path))?,
            _ => Ok(Choice::Null),
        }
    }
}

fn over_values(
    columns: &[Column],
    rows: usize,
    compute: impl FnOnce(&Columns<'_>, usize) -> Result<ArrayRef>,
) -> Result<Column> {
    let [text, path, _, _, empty, _, error] = columns else {
        return Err(Error::internal("JSON_VALUE with another number of arguments"));
    };
    over(columns, rows, &[], |rows, _| {
        compute(&Columns { text: Lane::of(text)?, path: Lane::of(path)?, empty, error }, rows)
    })
}
