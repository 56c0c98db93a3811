//! ELT: one argument out of many, by number.

use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, new_null_array};

use super::kernel::{Lane, over};
use super::signature::{Family, Signature, no_overload};
use super::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::types::{DataType, Kind, common_type};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "ELT",
    aliases: &[],
    category: Category::String,
    signatures: &["ELT(index, string[, string…])", "ELT(index, bytes[, bytes…])"],
    summary: "The argument number `index`, from 1, of those that follow. NULL if there is none, or the index is NULL.",
    examples: &[Example("ELT(2, 'scala', 'java')", "java"), Example("ELT(3, 'scala', 'java')", "NULL")],
    determinism: Determinism::Pure,
    resolve,
}];

fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let Some((_, choices)) = call.types.split_first() else { return no_overload() };
    if choices.is_empty() {
        return no_overload();
    }
    call.take_rest(&[Family::BigInt], Family::Character)
        .or_else(|_| call.take_rest(&[Family::BigInt], Family::Binary))?;
    let index = call.literals.first().and_then(Option::as_ref);
    let negative = match index {
        Some(Value::TinyInt(index)) => *index < 0,
        Some(Value::SmallInt(index)) => *index < 0,
        Some(Value::Int(index)) => *index < 0,
        Some(Value::BigInt(index)) => *index < 0,
        _ => false,
    };
    if negative {
        return Err(Error::invalid(
            "the index of ELT must not be negative: the first string has the number 1",
        ));
    }
    let Some(common) = common_type(choices) else { return no_overload() };
    let index =
        DataType { kind: Kind::BigInt, nullable: call.types.first().is_none_or(|index| index.nullable) };
    let mut arguments = vec![index];
    arguments.extend(choices.iter().map(|choice| match choice.kind {
        Kind::Null => common.clone().with_nullable(true),
        _ => choice.clone(),
    }));
    // Beside a NULL no length is sure.
    let beside_null = choices.iter().any(|choice| choice.kind == Kind::Null);
    let returns = match common.kind {
        Kind::Char { length } if beside_null => Kind::VarChar { length },
        Kind::Binary { length } if beside_null => Kind::VarBinary { length },
        kind => kind,
    };
    Signature::of(arguments)
        .returns_nullable(returns)
        .kernel(|arguments| Ok(choose(arguments.returns.clone())))
}

fn choose(returns: DataType) -> Kernel {
    Box::new(move |_, columns, rows| {
        over(columns, rows, &[true], |rows, nulls| -> Result<ArrayRef> {
            let Some((index, choices)) = columns.split_first() else {
                return Err(Error::internal("ELT without an index"));
            };
            let index = Lane::<Int64Type>::of(index)?;
            let nothing = new_null_array(&returns.physical(), 1);
            let arrays: Vec<&dyn arrow_array::Array> = std::iter::once(&nothing)
                .chain(choices.iter().map(Column::array))
                .map(|array| &**array as &dyn arrow_array::Array)
                .collect();
            let picked: Vec<(usize, usize)> = (0..rows)
                .map(|row| {
                    let number = usize::try_from(index.item(row)).unwrap_or(0);
                    let is_null = nulls.is_some_and(|nulls| nulls.is_null(row));
                    match choices.get(number.wrapping_sub(1)) {
                        Some(choice) if !is_null => (number, if choice.is_constant() { 0 } else { row }),
                        _ => (0, 0),
                    }
                })
                .collect();
            Ok(arrow_select::interleave::interleave(&arrays, &picked)?)
        })
    })
}
