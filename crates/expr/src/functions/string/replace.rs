//! Strings with parts put in the place of others, turned around or repeated.

use std::collections::HashMap;

use arrow_array::types::{Int32Type, Int64Type};

use super::{TEXT_MAX, too_long, utf16};
use crate::error::{Error, Result};
use crate::functions::kernel::{Nullable, Str, text};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Category, Determinism, Example, Function};
use crate::types::{DataType, Kind, MAX_LENGTH};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "REPLACE",
        aliases: &[],
        category: Category::String,
        signatures: &["REPLACE(string, part, replacement)"],
        summary: "The string with every occurrence of `part` replaced, from the start, without overlap. An empty part \
                  stands before every UTF-16 unit and at the end.",
        examples: &[
            Example("REPLACE('hello world', 'world', 'flink')", "hello flink"),
            Example("REPLACE('ababab', 'aba', 'z')", "zbab"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            use Family::Character;
            call.take(&[Character, Character, Character])?.returns(STRING).fallible().kernel(|_| {
                Ok(text::<(Str, Str, Str), _>(|(text, part, replacement), out| {
                    replace(text, part, replacement, out)
                }))
            })
        },
    },
    Function {
        name: "TRANSLATE",
        aliases: &["TRANSLATE3"],
        category: Category::String,
        signatures: &["TRANSLATE(string, from, to)"],
        summary: "The string with each character that stands in `from` replaced by the one at the same place in `to`, or \
                  left out if `to` is shorter or NULL. Of a character that stands in `from` twice, the first counts. NULL \
                  only if the string is.",
        examples: &[
            Example("TRANSLATE('www.apache.org', 'wapcheorg', 'WAPCHEORG')", "WWW.APACHE.ORG"),
            Example("TRANSLATE('abcabc', 'abc', '1')", "11"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            use Family::Character;
            let signature = call.take(&[Character, Character, Character])?;
            let nullable = call.types.first().is_none_or(|string| string.nullable);
            signature.returns_type(DataType { kind: STRING, nullable }).kernel(|_| {
                Ok(text::<(Str, Nullable<Str>, Nullable<Str>), _>(|(text, from, to), out| {
                    translate(text, from.unwrap_or_default(), to.unwrap_or_default(), out);
                }))
            })
        },
    },
    Function {
        name: "OVERLAY",
        aliases: &[],
        category: Category::String,
        signatures: &["OVERLAY(string PLACING replacement FROM start [FOR length])"],
        summary: "The string with `length` UTF-16 units from the position `start` (counted from 1) replaced; without a \
                  length, as many as the replacement has. What follows the replaced part is left out where the length is \
                  not positive. The string itself where it has no such position.",
        examples: &[
            Example("OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6)", "xxxxxxxxx"),
            Example("OVERLAY('xxxxxtest' PLACING 'xxxx' FROM 6 FOR 2)", "xxxxxxxxxst"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let required = [Family::Character, Family::Character, Family::BigInt];
            let signature = call.take_optional(&required, &[Family::BigInt])?;
            let length = signature.length(0).saturating_add(signature.length(1)).min(MAX_LENGTH);
            signature.returns(Kind::VarChar { length }).fallible().kernel(|arguments| {
                Ok(match arguments.types.len() {
                    3 => text::<(Str, Str, Int64Type), _>(|(text, new, start), out| {
                        let length = i32::try_from(utf16::length(new)).unwrap_or(i32::MAX);
                        overlay(text, new, start, length, out);
                    }),
                    _ => text::<(Str, Str, Int64Type, Int64Type), _>(|(text, new, start, length), out| {
                        let length = low(length);
                        let reached = i32::try_from(start).ok().filter(|start| *start > 0);
                        // Java counts beyond the greatest number, and then looks for what lies before the string.
                        if reached.is_some_and(|start| {
                            length > 0
                                && start.wrapping_add(length) < 0
                                && utf16::length(text) >= start.unsigned_abs() as usize
                        }) {
                            return Err(Error::runtime(format!(
                                "OVERLAY cannot replace {length} units from {start} on"
                            )));
                        }
                        overlay(text, new, start, length, out);
                        Ok(())
                    }),
                })
            })
        },
    },
    Function {
        name: "REVERSE",
        aliases: &[],
        category: Category::String,
        signatures: &["REVERSE(string)"],
        summary: "The string with its characters in the opposite order.",
        examples: &[Example("REVERSE('a😀c')", "c😀a")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?
                .returns_nullable(STRING)
                .kernel(|_| Ok(text::<(Str,), _>(|(text,), out| out.extend(text.chars().rev()))))
        },
    },
    Function {
        name: "REPEAT",
        aliases: &[],
        category: Category::String,
        signatures: &["REPEAT(string, count)"],
        summary: "The string `count` times over. Empty where that is not positive.",
        examples: &[Example("REPEAT('ab', 3)", "ababab"), Example("REPEAT('ab', -1)", "")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character, Family::Int])?.returns(STRING).fallible().kernel(|_| {
                Ok(text::<(Str, Int32Type), _>(|(text, count), out| {
                    let count = usize::try_from(count).unwrap_or(0);
                    if text.len().saturating_mul(count) > TEXT_MAX {
                        return Err(too_long("REPEAT"));
                    }
                    (0..count).for_each(|_| out.push_str(text));
                    Ok(())
                }))
            })
        },
    },
];

fn replace(text: &str, part: &str, replacement: &str, out: &mut String) -> Result<()> {
    if part.is_empty() {
        if (utf16::length(text) + 1).saturating_mul(replacement.len()) > TEXT_MAX {
            return Err(too_long("REPLACE"));
        }
        // Between the two units of a character, Java puts the replacement, too, and loses the character.
        for unit in text.encode_utf16() {
            out.push_str(replacement);
            utf16::push([unit], out);
        }
        out.push_str(replacement);
        return Ok(());
    }
    let mut from = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), part.as_bytes()) {
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(replacement);
        from = at + part.len();
        if out.len() > TEXT_MAX {
            return Err(too_long("REPLACE"));
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Ok(())
}

fn translate(text: &str, from: &str, to: &str, out: &mut String) {
    if text.is_ascii() && from.is_ascii() && to.is_ascii() {
        translate_ascii(text, from, to, out);
        return;
    }
    // Short lists are quicker searched than hashed.
    if from.len() <= 16 {
        out.extend(text.chars().filter_map(|character| match from.chars().position(|c| c == character) {
            Some(place) => to.chars().nth(place),
            None => Some(character),
        }));
        return;
    }
    let mut table = HashMap::new();
    let mut replacements = to.chars();
    for character in from.chars() {
        let replacement = replacements.next();
        table.entry(character).or_insert(replacement);
    }
    out.extend(
        text.chars().filter_map(|character| table.get(&character).copied().unwrap_or(Some(character))),
    );
}

/// TRANSLATE where each character is a byte.
fn translate_ascii(text: &str, from: &str, to: &str, out: &mut String) {
    let mut table: [Option<u8>; 128] = std::array::from_fn(|byte| u8::try_from(byte).ok());
    // Of a character that stands there twice the first counts.
    for (place, byte) in from.bytes().enumerate().rev() {
        if let Some(entry) = table.get_mut(usize::from(byte)) {
            *entry = to.as_bytes().get(place).copied();
        }
    }
    let replaced = |byte| table.get(usize::from(byte)).copied().flatten();
    out.extend(text.bytes().filter_map(replaced).map(char::from));
}

/// The low bits, which is what Java keeps.
#[allow(clippy::cast_possible_truncation, reason = "as Java does it")]
fn low(length: i64) -> i32 {
    length as i32
}

fn overlay(text: &str, new: &str, start: i64, length: i32, out: &mut String) {
    let before = usize::try_from(start).ok().and_then(|start| start.checked_sub(1));
    if text.is_ascii() {
        // A byte is a unit.
        let Some((before, rest)) =
            before.and_then(|before| text.split_at_checked(before)).filter(|(_, rest)| !rest.is_empty())
        else {
            out.push_str(text);
            return;
        };
        out.push_str(before);
        out.push_str(new);
        if let Some(length) = usize::try_from(length).ok().filter(|length| *length > 0) {
            out.push_str(rest.get(length..).unwrap_or_default());
        }
        return;
    }
    let units = utf16::units(text);
    let Some(before) = before.filter(|before| *before < units.len()) else {
        out.push_str(text);
        return;
    };
    utf16::push(units.get(..before).unwrap_or_default().iter().copied(), out);
    out.push_str(new);
    if let Some(length) = usize::try_from(length).ok().filter(|length| *length > 0) {
        let after = before.saturating_add(length);
        utf16::push(units.get(after..).unwrap_or_default().iter().copied(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn overlay_keeps_java_s_corners() {
        let overlay =
            |text: &str, new: &str, start, length| written(|out| overlay(text, new, start, length, out));
        assert_eq!(overlay("abcdef", "ZZ", 3, 1), "abZZdef");
        assert_eq!(overlay("abcdef", "ZZ", 3, 0), "abZZ");
        assert_eq!(overlay("abcdef", "ZZ", 3, -1), "abZZ");
        assert_eq!(overlay("abcdef", "ZZ", 0, 1), "abcdef");
        assert_eq!(overlay("abcdef", "ZZ", 9, 1), "abcdef");
        assert_eq!(overlay("abcdef", "Z", 6, 1), "abcdeZ");
        assert_eq!(overlay("abcdef", "ZZ", 3, 99), "abZZ");
        assert_eq!(overlay("a😀cdef", "ZZ", 3, 1), "a?ZZcdef");
    }

    #[test]
    fn an_empty_part_stands_everywhere() {
        assert_eq!(written(|out| replace("ab", "", "x", out).unwrap()), "xaxbx");
        assert_eq!(written(|out| replace("", "", "x", out).unwrap()), "x");
        assert!(replace(&"a".repeat(1 << 13), "", &"x".repeat(1 << 12), &mut String::new()).is_err());
    }

    #[test]
    fn translate_is_the_same_for_long_and_short_lists() {
        let translate = |text: &str, from: &str, to: &str| written(|out| translate(text, from, to, out));
        assert_eq!(translate("www.apache.org", "abcae", "12345"), "www.1p13h5.org");
        assert_eq!(translate("翻译test，测试", "翻译测试test，", "test翻译  "), "te翻译 翻st");
        let padded = format!("abcae{}", "x".repeat(20));
        assert_eq!(translate("www.apache.org", &padded, "12345"), "www.1p13h5.org");
    }
}
