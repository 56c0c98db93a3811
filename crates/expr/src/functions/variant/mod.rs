//! VARIANT: JSON values as values of SQL, taken apart by key and position.

mod access;
mod text;

pub(crate) use access::item;
pub use text::{NoVariant, shown_variant, write_variant};

use super::kernel::{Bool, Str, text as text_kernel};
use super::signature::{Family, no_overload};
use super::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::error::Result;
use crate::types::{DataType, Kind};

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "PARSE_JSON",
        aliases: &[],
        category: Category::Variant,
        signatures: &["PARSE_JSON(string[, allow_duplicate_keys])"],
        summary: "The VARIANT that the JSON text is; what stands behind its first value does not count. A text that is no JSON is an \
                  error, and so is a key that stands twice in an object, unless the second argument is TRUE: then the last one counts.",
        examples: &[
            Example(
                "JSON_STRING(PARSE_JSON('{\"b\": 1.50, \"a\": [1, null]}'))",
                "{\"a\":[1,null],\"b\":1.5}",
            ),
            Example("JSON_STRING(PARSE_JSON('{\"a\": 1, \"a\": 2}', TRUE))", "{\"a\":2}"),
            Example("PARSE_JSON('null') IS NULL", "FALSE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| parse(call, false),
    },
    Function {
        name: "TRY_PARSE_JSON",
        aliases: &[],
        category: Category::Variant,
        signatures: &["TRY_PARSE_JSON(string[, allow_duplicate_keys])"],
        summary: "As PARSE_JSON, but NULL where that is an error.",
        examples: &[
            Example("JSON_STRING(TRY_PARSE_JSON('[1, 2]'))", "[1,2]"),
            Example("TRY_PARSE_JSON('{') IS NULL", "TRUE"),
            Example("TRY_PARSE_JSON('{\"a\": 1, \"a\": 2}') IS NULL", "TRUE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| parse(call, true),
    },
];

fn parse(call: &Arguments<'_>, or_null: bool) -> Result<Overload> {
    let signature = match call.types {
        [_] => call.take(&[Family::Character])?,
        [_, flag] if matches!(flag.kind, Kind::Boolean | Kind::Null) => {
            let text = Arguments { types: call.types.get(..1).unwrap_or_default(), literals: &[] };
            let mut arguments = text.take(&[Family::Character])?.into_arguments();
            arguments.push(DataType { kind: Kind::Boolean, nullable: flag.nullable });
            super::signature::Signature::of(arguments)
        }
        _ => return no_overload(),
    };
    if or_null {
        return signature
            .returns_nullable(Kind::Variant)
            .kernel(move |arguments| Ok(kernel(arguments.types.len(), true)));
    }
    signature
        .returns(Kind::Variant)
        .fallible()
        .kernel(move |arguments| Ok(kernel(arguments.types.len(), false)))
}

fn kernel(arguments: usize, or_null: bool) -> Kernel {
    let parse = move |text: &str, duplicate_keys: bool, out: &mut String| match write_variant(
        text,
        duplicate_keys,
        out,
    ) {
        Ok(()) => Ok(Some(())),
        Err(_) if or_null => Ok(None),
        Err(why) => Err(why.into()),
    };
    match arguments {
        1 => text_kernel::<(Str,), _>(move |(text,), out| parse(text, false, out)),
        _ => {
            text_kernel::<(Str, Bool), _>(move |(text, duplicate_keys), out| parse(text, duplicate_keys, out))
        }
    }
}
