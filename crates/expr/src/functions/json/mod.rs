//! JSON: the SQL/JSON functions over text.
//!
//! A text's first value is what counts; what stands behind it does not, except directly behind a number or a word. Paths are
//! Jayway's, `strict` unless they begin with `lax`. Results that are JSON have their keys in order and no spaces; numbers with a point or an
//! exponent print as Java's `BigDecimal`. A path of names and positions is followed in the text itself, checked to its end, without
//! building the value.

mod call;
mod compare;
mod construct;
mod cursor;
mod evaluate;
mod exists;
mod filter;
mod found;
mod member;
mod number;
mod operand;
mod path;
mod query;
mod quote;
mod string;
mod tree;
mod value;

pub(crate) use cursor::{Cursor, Malformed};
pub(crate) use found::find_text;
pub(crate) use member::{Member, write_object};
pub(crate) use path::JsonPath;
pub(crate) use string::{compare, decode, write_string};

use super::kernel::{Bool, Nullable, Str, map, text};
use super::signature::{Family, STRING};
use super::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::error::Result;
use crate::types::Kind;

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    json(
        "JSON_EXISTS",
        &["JSON_EXISTS(json, path [{ TRUE | FALSE | UNKNOWN | ERROR } ON ERROR])"],
        "Whether the path leads to something else than null. A text that is no JSON, and for a strict path whatever is not \
         there, is an error: FALSE, or what ON ERROR says. NULL where an argument is.",
        &[
            Example("JSON_EXISTS('{\"a\": true}', '$.a')", "TRUE"),
            Example("JSON_EXISTS('{\"a\": [{\"b\": 1}]}', '$.a[0].b')", "TRUE"),
            Example("JSON_EXISTS('{\"a\": true}', 'strict $.b' TRUE ON ERROR)", "TRUE"),
            Example("JSON_EXISTS('{\"a\": null}', 'lax $.a')", "FALSE"),
        ],
        exists::resolve,
    ),
    json(
        "JSON_VALUE",
        &["JSON_VALUE(json, path [RETURNING type] [{ NULL | ERROR | DEFAULT value } ON EMPTY] \
           [{ NULL | ERROR | DEFAULT value } ON ERROR])"],
        "The string, number or BOOLEAN to which the path leads, as a STRING, or as a BOOLEAN, INT or DOUBLE where RETURNING says so and \
         it is one. Nothing there, for a lax path: ON EMPTY; for a strict path, or in a text that is no JSON: ON ERROR. Both are \
         NULL unless written. NULL where an argument is.",
        &[
            Example("JSON_VALUE('{\"a\": true}', '$.a')", "true"),
            Example("JSON_VALUE('{\"a\": [1, {\"b\": 1.50}]}', '$.a[1].b')", "1.50"),
            Example("JSON_VALUE('{\"a\": 42}', '$.a' RETURNING INT) + 1", "43"),
            Example("JSON_VALUE('{\"a\": 1}', 'lax $.b' DEFAULT 'none' ON EMPTY)", "none"),
            Example("JSON_VALUE('{\"a\": [1]}', '$.a')", "NULL"),
        ],
        value::resolve,
    ),
    json(
        "JSON_QUERY",
        &[
            "JSON_QUERY(json, path [RETURNING type] [{ WITHOUT | WITH CONDITIONAL | WITH UNCONDITIONAL } WRAPPER] \
           [{ NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR } ON EMPTY] [… ON ERROR])",
        ],
        "The object or array to which the path leads, as JSON text, or as an ARRAY<STRING> where RETURNING says so. With a wrapper \
         it is put into an array: always, or where it is no array. What is not there is treated as in JSON_VALUE.",
        &[
            Example("JSON_QUERY('{\"a\": {\"c\": 2, \"b\": [1, 2]}}', '$.a')", "{\"b\":[1,2],\"c\":2}"),
            Example("JSON_QUERY('{\"a\": [1, 2, 3]}', '$.a[1:]')", "[2,3]"),
            Example("JSON_QUERY('{\"a\": 1}', '$.a' WITH CONDITIONAL WRAPPER)", "[1]"),
            Example("JSON_QUERY('{\"a\": 1}', 'lax $.b' EMPTY OBJECT ON EMPTY)", "{}"),
            Example(
                "JSON_QUERY('{\"a\": [\"x\", {\"b\": 1}]}', '$.a' RETURNING ARRAY<STRING>)",
                "[x, {\"b\":1}]",
            ),
        ],
        query::resolve,
    ),
    json(
        "JSON_OBJECT",
        &["JSON_OBJECT([[KEY] key VALUE value, …] [{ NULL | ABSENT } ON NULL])"],
        "An object of these members as JSON text. NULLs become null, or are left out. JSON_OBJECT, JSON_ARRAY and JSON(text) as \
         values are put in as JSON. Fails where a key is NULL.",
        &[
            Example("JSON_OBJECT('b' VALUE 1, 'a' VALUE 'x')", "{\"a\":\"x\",\"b\":1}"),
            Example("JSON_OBJECT('a' VALUE CAST(NULL AS INT) ABSENT ON NULL)", "{}"),
            Example("JSON_OBJECT('a' VALUE JSON('[1, 2]'))", "{\"a\":[1,2]}"),
        ],
        construct::resolve_object,
    ),
    json(
        "JSON_ARRAY",
        &["JSON_ARRAY([value, …] [{ NULL | ABSENT } ON NULL])"],
        "An array of these values as JSON text. NULLs are left out, or become null. JSON_OBJECT, JSON_ARRAY and JSON(text) as \
         values are put in as JSON.",
        &[
            Example("JSON_ARRAY(1, 'x', TRUE)", "[1,\"x\",true]"),
            Example("JSON_ARRAY(CAST(NULL AS INT), JSON_ARRAY(1))", "[[1]]"),
            Example("JSON_ARRAY(CAST(NULL AS INT) NULL ON NULL)", "[null]"),
        ],
        construct::resolve_array,
    ),
    json(
        "JSON_STRING",
        &["JSON_STRING(value)"],
        "The value as JSON text: strings in quotes, bytes as base64, rows and maps as objects. NULL where it is NULL.",
        &[
            Example("JSON_STRING('a\"b')", "\"a\\\"b\""),
            Example("JSON_STRING(1.50)", "1.50"),
            Example("JSON_STRING(CAST(NULL AS STRING))", "NULL"),
        ],
        construct::resolve_string,
    ),
    json(
        "JSON_QUOTE",
        &["JSON_QUOTE(string)"],
        "The string as a JSON string: in quotes, with quotes, backslashes, slashes, control characters and everything beyond ASCII \
         escaped. NULL where it is NULL.",
        &[
            Example("JSON_QUOTE('a/\"é')", "\"a\\/\\\"\\u00e9\""),
            Example("JSON_QUOTE(CAST(NULL AS STRING))", "NULL"),
        ],
        |call| {
            call.take(&[Family::Character])?
                .returns(STRING)
                .kernel(|_| Ok(text::<(Str,), _>(|(string,), out| quote::quote(string, out))))
        },
    ),
    json(
        "JSON_UNQUOTE",
        &["JSON_UNQUOTE(string)"],
        "What the JSON string holds. A string that is no JSON, or is no JSON string, stays as it is. NULL where it is NULL.",
        &[
            Example("JSON_UNQUOTE('\"a\\u0062c\"')", "abc"),
            Example("JSON_UNQUOTE('{\"a\":1}')", "{\"a\":1}"),
            Example("JSON_UNQUOTE('abc')", "abc"),
        ],
        |call| {
            call.take(&[Family::Character])?
                .returns(STRING)
                .fallible()
                .kernel(|_| Ok(text::<(Str,), _>(|(string,), out| quote::unquote(string, out))))
        },
    ),
    json(
        "IS JSON VALUE",
        &["string IS [NOT] JSON [VALUE]"],
        "Whether the string is JSON. FALSE where it is NULL.",
        &[
            Example("'[1, 2]' IS JSON", "TRUE"),
            Example("'abc' IS JSON", "FALSE"),
            Example("CAST(NULL AS STRING) IS JSON", "FALSE"),
        ],
        |call| is_json(call, |_| true),
    ),
    json(
        "IS JSON OBJECT",
        &["string IS [NOT] JSON OBJECT"],
        "Whether the string is a JSON object. FALSE where it is NULL.",
        &[Example("'{}' IS JSON OBJECT", "TRUE"), Example("'[]' IS JSON OBJECT", "FALSE")],
        |call| is_json(call, |first| first == b'{'),
    ),
    json(
        "IS JSON ARRAY",
        &["string IS [NOT] JSON ARRAY"],
        "Whether the string is a JSON array. FALSE where it is NULL.",
        &[Example("'[]' IS JSON ARRAY", "TRUE"), Example("'{}' IS JSON ARRAY", "FALSE")],
        |call| is_json(call, |first| first == b'['),
    ),
    json(
        "IS JSON SCALAR",
        &["string IS [NOT] JSON SCALAR"],
        "Whether the string is a JSON string, number, true, false or null. FALSE where it is NULL.",
        &[Example("'1.5' IS JSON SCALAR", "TRUE"), Example("'[]' IS JSON SCALAR", "FALSE")],
        |call| is_json(call, |first| !matches!(first, b'{' | b'[')),
    ),
];

const fn json(
    name: &'static str,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    Function {
        name,
        aliases: &[],
        category: Category::Json,
        signatures,
        summary,
        examples,
        determinism: Determinism::Pure,
        resolve,
    }
}

fn is_json(call: &Arguments<'_>, fits: fn(u8) -> bool) -> Result<Overload> {
    call.take(&[Family::Character])?.returns_not_null(Kind::Boolean).kernel(move |_| {
        Ok(map::<(Nullable<Str>,), Bool, _>(move |(text,)| {
            text.is_some_and(|text| evaluate::first_character(text).is_some_and(fits))
        }))
    })
}
