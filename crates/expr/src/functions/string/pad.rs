//! LPAD and RPAD.

use arrow_array::types::Int32Type;

use super::{TEXT_MAX, too_long, utf16};
use crate::error::Result;
use crate::functions::kernel::{Str, text};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "LPAD",
        aliases: &[],
        category: Category::String,
        signatures: &["LPAD(string, length, padding)"],
        summary: "The string with the padding repeated before it, up to `length` UTF-16 units; a longer string is cut to \
                  its first units. NULL for an empty padding or a negative length.",
        examples: &[
            Example("LPAD('hi', 5, 'xyz')", "xyzhi"),
            Example("LPAD('hi', 1, '?')", "h"),
            Example("LPAD('hi', 5, '')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| pad(call, |base, padding| padding.chain(base).collect()),
    },
    Function {
        name: "RPAD",
        aliases: &[],
        category: Category::String,
        signatures: &["RPAD(string, length, padding)"],
        summary: "The string with the padding repeated after it, up to `length` UTF-16 units; a longer string is cut to \
                  its first units. NULL for an empty padding or a negative length.",
        examples: &[Example("RPAD('hi', 5, 'xyz')", "hixyz"), Example("RPAD('hi', -1, 'x')", "NULL")],
        determinism: Determinism::Pure,
        resolve: |call| pad(call, |base, padding| base.chain(padding).collect()),
    },
];

type Units<'a> = &'a mut dyn Iterator<Item = u16>;

fn pad(call: &Arguments<'_>, join: fn(Units<'_>, Units<'_>) -> Vec<u16>) -> Result<Overload> {
    let signature = call.take(&[Family::Character, Family::Int, Family::Character])?;
    let length_is_good = matches!(call.literals.get(1), Some(Some(Value::Int(length))) if *length >= 0);
    let padding_is_good =
        matches!(call.literals.get(2), Some(Some(Value::String(padding))) if !padding.is_empty());
    let typed = match length_is_good && padding_is_good {
        true => signature.returns(STRING),
        false => signature.returns_nullable(STRING),
    };
    typed.fallible().kernel(move |_| {
        Ok(text::<(Str, Int32Type, Str), _>(move |(base, length, padding), out| {
            let Ok(length) = usize::try_from(length) else { return Ok(None) };
            if padding.is_empty() {
                return Ok(None);
            }
            if length > TEXT_MAX {
                return Err(too_long("padding"));
            }
            let needed = length.saturating_sub(utf16::length(base));
            let mut padding = padding.encode_utf16().cycle().take(needed);
            let mut base = base.encode_utf16().take(length);
            utf16::push(join(&mut base, &mut padding), out);
            Ok(Some(()))
        }))
    })
}
