//! Lengths, and where a string stands in another.

use arrow_array::types::Int32Type;

use crate::error::{Error, Result};
use crate::functions::kernel::{Bool, Bytes, Str, map};
use crate::functions::signature::Family;
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "CHAR_LENGTH",
        aliases: &["CHARACTER_LENGTH"],
        category: Category::String,
        signatures: &["CHAR_LENGTH(string)"],
        summary: "How many characters the string has.",
        examples: &[Example("CHAR_LENGTH('a😀c')", "3")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?
                .returns(Kind::Int)
                .kernel(|_| Ok(map::<(Str,), Int32Type, _>(|(text,)| length(text))))
        },
    },
    Function {
        name: "POSITION",
        aliases: &[],
        category: Category::String,
        signatures: &["POSITION(part IN string)"],
        summary: "The position, from 1, of the first occurrence of `part` in the string; 0 if it does not occur.",
        examples: &[Example("POSITION('b' IN 'abc')", "2"), Example("POSITION('x' IN 'abc')", "0")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character, Family::Character])?
                .returns(Kind::Int)
                .kernel(|_| Ok(map::<(Str, Str), Int32Type, _>(|(part, text)| position(text, part, 1))))
        },
    },
    Function {
        name: "LOCATE",
        aliases: &[],
        category: Category::String,
        signatures: &["LOCATE(part, string[, start])"],
        summary: "The position, from 1, of the first occurrence of `part` in the string at or after the position \
                  `start`; 0 if there is none. The empty string is found at 1.",
        examples: &[Example("LOCATE('b', 'abcb', 3)", "4"), Example("LOCATE('x', 'abc')", "0")],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character, Family::Character], &[Family::Int])?;
            signature.returns(Kind::Int).kernel(|arguments| {
                Ok(match arguments.types.len() {
                    2 => map::<(Str, Str), Int32Type, _>(|(part, text)| position(text, part, 1)),
                    _ => map::<(Str, Str, Int32Type), Int32Type, _>(|(part, text, start)| {
                        position(text, part, start)
                    }),
                })
            })
        },
    },
    Function {
        name: "INSTR",
        aliases: &[],
        category: Category::String,
        signatures: &["INSTR(string, part[, start[, occurrence]])"],
        summary: "The position, from 1, of an occurrence of `part` in the string: of the first, or of the one with that \
                  number, at or after the position `start`; with a negative start, counted from the end and going \
                  backwards. 0 if there is none. The number of the occurrence must be positive.",
        examples: &[
            Example("INSTR('abcb', 'b')", "2"),
            Example("INSTR('abcb', 'b', 1, 2)", "4"),
            Example("INSTR('abcb', 'b', -1)", "4"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature =
                call.take_optional(&[Family::Character, Family::Character], &[Family::Int, Family::Int])?;
            signature.returns(Kind::Int).fallible().kernel(|arguments| {
                Ok(match arguments.types.len() {
                    2 => map::<(Str, Str), Int32Type, _>(|(text, part)| position(text, part, 1)),
                    3 => map::<(Str, Str, Int32Type), Int32Type, _>(|(text, part, start)| {
                        instr(text, part, start, 1)
                    }),
                    _ => map::<(Str, Str, Int32Type, Int32Type), Int32Type, _>(
                        |(text, part, start, occurrence)| match occurrence > 0 {
                            true => Ok(instr(text, part, start, occurrence)),
                            false => Err(Error::runtime(format!(
                                "INSTR looks for occurrence {occurrence}; occurrences count from 1"
                            ))),
                        },
                    ),
                })
            })
        },
    },
    Function {
        name: "STARTSWITH",
        aliases: &[],
        category: Category::String,
        signatures: &["STARTSWITH(string, start)", "STARTSWITH(bytes, start)"],
        summary: "Whether the string, or byte string, starts so. With an empty start it does.",
        examples: &[
            Example("STARTSWITH('abc', 'ab')", "TRUE"),
            Example("STARTSWITH(x'0102', x'02')", "FALSE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| compare_bytes(call, <[u8]>::starts_with),
    },
    Function {
        name: "ENDSWITH",
        aliases: &[],
        category: Category::String,
        signatures: &["ENDSWITH(string, end)", "ENDSWITH(bytes, end)"],
        summary: "Whether the string, or byte string, ends so. With an empty end it does.",
        examples: &[Example("ENDSWITH('abc', 'bc')", "TRUE"), Example("ENDSWITH(x'0102', x'01')", "FALSE")],
        determinism: Determinism::Pure,
        resolve: |call| compare_bytes(call, <[u8]>::ends_with),
    },
    Function {
        name: "HASH_CODE",
        aliases: &[],
        category: Category::Hash,
        signatures: &["HASH_CODE(string)"],
        summary: "The absolute value of the hash that Java gives the string; for the smallest INT, which has none, that \
                  itself.",
        examples: &[Example("HASH_CODE('abc')", "96354")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?.returns(Kind::Int).kernel(|_| {
                Ok(map::<(Str,), Int32Type, _>(|(text,)| {
                    let step = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
                    text.encode_utf16().fold(0, step).wrapping_abs()
                }))
            })
        },
    },
];

fn compare_bytes(call: &Arguments<'_>, compare: fn(&[u8], &[u8]) -> bool) -> Result<Overload> {
    if let Ok(signature) = call.take(&[Family::Character, Family::Character]) {
        return signature.returns(Kind::Boolean).kernel(move |_| {
            Ok(map::<(Str, Str), Bool, _>(move |(text, part)| compare(text.as_bytes(), part.as_bytes())))
        });
    }
    call.take(&[Family::Binary, Family::Binary])?
        .returns(Kind::Boolean)
        .kernel(move |_| Ok(map::<(Bytes, Bytes), Bool, _>(move |(bytes, part)| compare(bytes, part))))
}

/// How many characters `text` has, as an INT.
fn length(text: &str) -> i32 {
    // Characters are the bytes that continue none.
    let count = text.bytes().filter(|byte| byte.cast_signed() >= -64).count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The position of `part` in `text` at or after position `start`, both from 1; 0 if there is none.
fn position(text: &str, part: &str, start: i32) -> i32 {
    if part.is_empty() {
        return 1;
    }
    // The least number runs over to the greatest.
    let skipped = usize::try_from(start.wrapping_sub(1)).unwrap_or(0);
    let from = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    match text.get(from..).and_then(|rest| memchr::memmem::find(rest.as_bytes(), part.as_bytes())) {
        Some(at) => length(text.get(..from + at).unwrap_or_default()) + 1,
        None => 0,
    }
}

fn instr(text: &str, part: &str, start: i32, occurrence: i32) -> i32 {
    if start == 0 {
        return 0;
    }
    if start < 0 {
        // Flink looks for the reversed part in the reversed string.
        let reversed = |text: &str| text.chars().rev().collect::<String>();
        let found = instr(&reversed(text), &reversed(part), start.saturating_neg(), occurrence);
        return if found == 0 { 0 } else { length(text) + 2 - found - length(part) };
    }
    let (mut start, mut found) = (start, 0);
    for _ in 0..occurrence {
        found = position(text, part, start);
        if found == 0 || part.is_empty() {
            return found;
        }
        start = found + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        assert_eq!(position("a😀cb", "b", 1), 4);
        assert_eq!(position("a😀cb", "b", 4), 4);
        assert_eq!(position("a😀cb", "b", 5), 0);
        assert_eq!(position("abcb", "b", -7), 2);
        assert_eq!(position("abcb", "", 3), 1);
        assert_eq!(position("abcb", "b", i32::MIN), 0);
        assert_eq!(position("", "a", 1), 0);
    }

    #[test]
    fn occurrences_may_overlap_and_be_counted_from_the_end() {
        assert_eq!(instr("aaa", "aa", 1, 2), 2);
        assert_eq!(instr("abab", "ab", -1, 2), 1);
        assert_eq!(instr("abab", "ab", -3, 1), 1);
        assert_eq!(instr("abcb", "b", -2, 2), 0);
        assert_eq!(instr("abc", "", -1, 1), 4);
        assert_eq!(instr("abc", "c", 0, 1), 0);
        assert_eq!(instr("abc", "c", i32::MIN, 1), 0);
    }
}
