//! Strings one after the other.

use arrow_array::ArrayRef;

use crate::Result;
use crate::functions::kernel::{Lane, Str, collect_text, over, text};
use crate::functions::signature::{Family, STRING, no_overload};
use crate::functions::{Category, Determinism, Example, Function, Kernel};
use crate::types::{Kind, MAX_LENGTH};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "||",
        aliases: &[],
        category: Category::String,
        signatures: &["string || string"],
        summary: "Both strings, one after the other.",
        examples: &[Example("'a' || 'b'", "ab"), Example("'a' || CAST(NULL AS STRING)", "NULL")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            let length = signature.length(0).saturating_add(signature.length(1)).min(MAX_LENGTH);
            let kind = match (signature.kind(0), signature.kind(1)) {
                (Kind::Char { .. }, Kind::Char { .. }) => Kind::Char { length },
                _ => Kind::VarChar { length },
            };
            signature.returns(kind).kernel(|_| {
                Ok(text::<(Str, Str), _>(|(first, second), out| {
                    out.push_str(first);
                    out.push_str(second);
                }))
            })
        },
    },
    Function {
        name: "CONCAT",
        aliases: &[],
        category: Category::String,
        signatures: &["CONCAT(string[, string…])"],
        summary: "All the strings, one after the other. NULL if any of them is NULL.",
        examples: &[
            Example("CONCAT('a', 'b', 'c')", "abc"),
            Example("CONCAT('a', CAST(NULL AS STRING))", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            if call.types.is_empty() {
                return no_overload();
            }
            call.take_rest(&[], Family::Character)?.returns(STRING).kernel(|_| Ok(concat()))
        },
    },
    Function {
        name: "CONCAT_WS",
        aliases: &[],
        category: Category::String,
        signatures: &["CONCAT_WS(separator[, string…])"],
        summary: "The strings that are not NULL, with the separator between them. NULL if the separator is NULL.",
        examples: &[
            Example("CONCAT_WS('~', 'a', CAST(NULL AS STRING), '', 'c')", "a~~c"),
            Example("CONCAT_WS(CAST(NULL AS STRING), 'a')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take_rest(&[Family::Character], Family::Character)?
                .returns(STRING)
                .kernel(|_| Ok(concat_ws()))
        },
    },
];

fn concat() -> Kernel {
    Box::new(|_, columns, rows| {
        over(columns, rows, &vec![true; columns.len()], |rows, nulls| -> Result<ArrayRef> {
            let parts = columns.iter().map(Lane::<Str>::of).collect::<Result<Vec<_>>>()?;
            collect_text(rows, |row, out| {
                if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                    return Ok(None);
                }
                parts.iter().for_each(|part| out.push_str(part.item(row)));
                Ok(Some(()))
            })
        })
    })
}

fn concat_ws() -> Kernel {
    Box::new(|_, columns, rows| {
        over(columns, rows, &[true], |rows, _| -> Result<ArrayRef> {
            let parts = columns.iter().map(Lane::<Str>::of).collect::<Result<Vec<_>>>()?;
            collect_text(rows, |row, out| {
                let Some((separator, parts)) = parts.split_first() else { return Ok(None) };
                let Some(separator) = separator.get(row) else { return Ok(None) };
                for (index, part) in parts.iter().filter_map(|part| part.get(row)).enumerate() {
                    if index > 0 {
                        out.push_str(separator);
                    }
                    out.push_str(part);
                }
                Ok(Some(()))
            })
        })
    })
}
