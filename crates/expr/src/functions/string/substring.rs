//! Pieces of strings, by position.

use arrow_array::types::Int32Type;

use crate::functions::kernel::slice;
use crate::functions::signature::Family;
use crate::functions::{Category, Determinism, Example, Function};
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "SUBSTRING",
        aliases: &["SUBSTR"],
        category: Category::String,
        signatures: &["SUBSTRING(string FROM start [FOR length])", "SUBSTRING(string, start[, length])"],
        summary: "The part of the string from the character at `start`, counted from 1, or from the end where it is \
                  negative; 0 is the first character, too. It has at the most `length` characters. Empty where it starts \
                  outside of the string; NULL for a negative length.",
        examples: &[
            Example("SUBSTRING('abcdef', 2, 3)", "bcd"),
            Example("SUBSTRING('abcdef' FROM -2)", "ef"),
            Example("SUBSTRING('abcdef', 0, 2)", "ab"),
            Example("SUBSTRING('abc', 1, -1)", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character, Family::Int], &[Family::Int])?;
            let length = signature.length(0);
            signature.returns_nullable(Kind::VarChar { length }).kernel(|arguments| {
                Ok(match arguments.types.len() {
                    2 => slice::<(Int32Type,)>(|text, (start,)| Ok(substring(text, start, i32::MAX))),
                    _ => slice::<(Int32Type, Int32Type)>(|text, (start, length)| {
                        Ok(substring(text, start, length))
                    }),
                })
            })
        },
    },
    Function {
        name: "LEFT",
        aliases: &[],
        category: Category::String,
        signatures: &["LEFT(string, length)"],
        summary: "The first characters of the string, `length` at the most. Empty where that is not positive.",
        examples: &[Example("LEFT('abc', 2)", "ab"), Example("LEFT('abc', -1)", "")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Int])?;
            let length = signature.length(0);
            signature.returns_nullable(Kind::VarChar { length }).kernel(|_| {
                Ok(slice::<(Int32Type,)>(|text, (length,)| Ok(substring(text, 1, length.max(0)))))
            })
        },
    },
    Function {
        name: "RIGHT",
        aliases: &[],
        category: Category::String,
        signatures: &["RIGHT(string, length)"],
        summary: "The last characters of the string, `length` at the most. Empty where that is not positive.",
        examples: &[Example("RIGHT('abc', 2)", "bc"), Example("RIGHT('abc', -1)", "")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Int])?;
            let length = signature.length(0);
            signature.returns_nullable(Kind::VarChar { length }).kernel(|_| {
                Ok(slice::<(Int32Type,)>(|text, (length,)| Ok(text.get(from_end(text, length)..))))
            })
        },
    },
];

/// The byte at which the last `count` characters of `text` start.
fn from_end(text: &str, count: i32) -> usize {
    let Some(before) = usize::try_from(count).ok().and_then(|count| count.checked_sub(1)) else {
        return text.len();
    };
    if text.is_ascii() {
        return text.len().saturating_sub(before.saturating_add(1));
    }
    text.char_indices().rev().nth(before).map_or(0, |(at, _)| at)
}

/// The byte at which the character number `count`, from 0, starts, or the end of `text`.
fn from_start(text: &str, count: usize) -> usize {
    // Where as many bytes are ASCII, they are as many characters.
    match text.as_bytes().get(..count) {
        Some(bytes) if bytes.is_ascii() => count,
        None if text.is_ascii() => text.len(),
        _ => text.char_indices().nth(count).map_or(text.len(), |(at, _)| at),
    }
}

fn substring(text: &str, start: i32, length: i32) -> Option<&str> {
    let length = usize::try_from(length).ok()?;
    let from = match usize::try_from(start) {
        Ok(start) => from_start(text, start.saturating_sub(1)),
        Err(_) => {
            let back = start.unsigned_abs() as usize;
            match text.char_indices().rev().nth(back - 1) {
                Some((at, _)) => at,
                None => return Some(""),
            }
        }
    };
    let rest = text.get(from..)?;
    rest.get(..from_start(rest, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        assert_eq!(substring("a😀cdef", 2, 2), Some("😀c"));
        assert_eq!(substring("abcdef", -2, 1), Some("e"));
        assert_eq!(substring("a😀c", -2, 9), Some("😀c"));
        assert_eq!(substring("abcdef", -10, 6), Some(""));
        assert_eq!(substring("abcdef", 10, 2), Some(""));
        assert_eq!(substring("abc", i32::MAX, i32::MAX), Some(""));
        assert_eq!(substring("abc", i32::MIN, i32::MAX), Some(""));
        assert_eq!(substring("abc", 2, 0), Some(""));
        assert_eq!(substring("abc", 2, -1), None);
        assert_eq!(substring("", 1, 1), Some(""));
    }

    #[test]
    fn the_end_is_counted_from_behind() {
        let right = |text: &'static str, count| text.get(from_end(text, count)..).unwrap();
        assert_eq!(right("a😀c", 2), "😀c");
        assert_eq!(right("abc", 9), "abc");
        assert_eq!(right("é", 9), "é");
        assert_eq!(right("abc", 0), "");
        assert_eq!(right("", 1), "");
    }
}
