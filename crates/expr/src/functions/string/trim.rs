//! Characters taken off the ends of strings.

use crate::error::Result;
use crate::functions::kernel::{Str, slice, slice_of};
use crate::functions::signature::{Family, STRING, Typed};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::types::Kind;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "TRIM",
        aliases: &[],
        category: Category::String,
        signatures: &["TRIM([BOTH | LEADING | TRAILING] [characters FROM] string)"],
        summary: "The string without the given characters, or spaces, at its ends.",
        examples: &[
            Example("TRIM('  ab  ')", "ab"),
            Example("TRIM(LEADING 'x' FROM 'xxaxx')", "axx"),
            Example("TRIM(BOTH 'xy' FROM 'xyaxy')", "a"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let (leading, trailing) = match call.literals.first() {
                Some(Some(Value::String(side))) if &**side == "LEADING" => (true, false),
                Some(Some(Value::String(side))) if &**side == "TRAILING" => (false, true),
                _ => (true, true),
            };
            use Family::Character;
            let signature = call.take(&[Character, Character, Character])?;
            let length = signature.length(2);
            signature.returns(Kind::VarChar { length }).kernel(move |_| {
                Ok(slice_of::<(Str, Str)>(2, move |text, (_, characters)| {
                    Ok(Some(trimmed(text, characters, leading, trailing)))
                }))
            })
        },
    },
    Function {
        name: "LTRIM",
        aliases: &[],
        category: Category::String,
        signatures: &["LTRIM(string[, characters])"],
        summary: "The string without the given characters, or spaces, at its start.",
        examples: &[Example("LTRIM('  ab  ')", "ab  "), Example("LTRIM('xyxa', 'xy')", "a")],
        determinism: Determinism::Pure,
        resolve: |call| one_sided(call, true, false),
    },
    Function {
        name: "RTRIM",
        aliases: &[],
        category: Category::String,
        signatures: &["RTRIM(string[, characters])"],
        summary: "The string without the given characters, or spaces, at its end.",
        examples: &[Example("RTRIM('  ab  ')", "  ab"), Example("RTRIM('axyx', 'xy')", "a")],
        determinism: Determinism::Pure,
        resolve: |call| one_sided(call, false, true),
    },
    Function {
        name: "BTRIM",
        aliases: &[],
        category: Category::String,
        signatures: &["BTRIM(string[, characters])"],
        summary: "The string without the given characters, or spaces, at its ends.",
        examples: &[Example("BTRIM('  ab  ')", "ab"), Example("BTRIM('xyaxy', 'xy')", "a")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
            trim(signature.returns(STRING), true, true)
        },
    },
];

fn one_sided(call: &Arguments<'_>, leading: bool, trailing: bool) -> Result<Overload> {
    let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
    let length = signature.length(0);
    trim(signature.returns(Kind::VarChar { length }), leading, trailing)
}

/// A call of a string and perhaps the characters that are taken off it.
fn trim(typed: Typed, leading: bool, trailing: bool) -> Result<Overload> {
    typed.kernel(move |arguments| {
        Ok(match arguments.types.len() {
            1 => slice::<()>(move |text, ()| Ok(Some(trimmed(text, " ", leading, trailing)))),
            _ => slice::<(Str,)>(move |text, (characters,)| {
                Ok(Some(trimmed(text, characters, leading, trailing)))
            }),
        })
    })
}

/// `text` without `characters` at its ends.
fn trimmed<'a>(mut text: &'a str, characters: &str, leading: bool, trailing: bool) -> &'a str {
    let mut single = characters.chars();
    if let (Some(only), None) = (single.next(), single.next()) {
        text = if leading { text.trim_start_matches(only) } else { text };
        return if trailing { text.trim_end_matches(only) } else { text };
    }
    let among = |character: char| characters.contains(character);
    text = if leading { text.trim_start_matches(among) } else { text };
    if trailing { text.trim_end_matches(among) } else { text }
}
