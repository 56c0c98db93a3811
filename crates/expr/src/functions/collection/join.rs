//! ARRAY_JOIN.

use arrow_array::Array;
use arrow_array::cast::AsArray;

use super::array::first;
use crate::error::{Error, Result};
use crate::functions::kernel::{Lane, Str, collect_text, over};
use crate::functions::signature::{Family, STRING, Signature, no_overload};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::types::DataType;

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "ARRAY_JOIN",
    aliases: &[],
    category: Category::Collection,
    signatures: &["ARRAY_JOIN(array, delimiter[, null_replacement])"],
    summary: "The strings of the array with the delimiter between them. NULLs are left out, or replaced. NULL if an argument is.",
    examples: &[
        Example("ARRAY_JOIN(ARRAY['a', 'b', 'c'], '-')", "a-b-c"),
        Example("ARRAY_JOIN(ARRAY['a', CAST(NULL AS STRING)], '-', '?')", "a-?"),
    ],
    determinism: Determinism::Pure,
    resolve,
}];

fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let (given, element) = super::array(call, 0)?;
    if !element.kind.is_character() {
        return no_overload();
    }
    let words = Arguments { types: &call.types[1..], literals: &[] };
    let words = words.take_optional(&[Family::Character], &[Family::Character])?.into_arguments();
    let arguments: Vec<DataType> = std::iter::once(given.clone()).chain(words).collect();
    Signature::of(arguments).returns(STRING).kernel(|_| {
        let kernel: Kernel = Box::new(|_, columns, rows| {
            over(columns, rows, &[true; 3], |rows, nulls| {
                let arrays = first(columns)?;
                let values = arrays.values().as_string_view_opt();
                let values =
                    values.ok_or_else(|| Error::internal("strings of an array do not stand as views"))?;
                let word = |index: usize| columns.get(index).map(Lane::<Str>::of).transpose();
                let (delimiter, replacement) = (word(1)?, word(2)?);
                collect_text(rows, |row, out| {
                    if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                        return Ok(None);
                    }
                    let delimiter = delimiter.as_ref().map_or("", |delimiter| delimiter.item(row));
                    let replacement = replacement.as_ref().map(|replacement| replacement.item(row));
                    let words = arrays.range(row);
                    let words = words.filter_map(|at| {
                        if values.is_valid(at) { Some(values.value(at)) } else { replacement }
                    });
                    for (index, word) in words.enumerate() {
                        if index > 0 {
                            out.push_str(delimiter);
                        }
                        out.push_str(word);
                    }
                    Ok(Some(()))
                })
            })
        });
        Ok(kernel)
    })
}
