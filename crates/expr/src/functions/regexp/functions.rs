//! The functions that take regular expressions.

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Int32Type;

use super::halves;
use super::matcher::JavaRegex;
use crate::error::Result;
use crate::functions::kernel::{Bool, Compiled, Str, map, slice, text, text_lists};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Arguments, Category, Determinism, Example, Function, Kernel, KernelArguments};
use crate::types::{DataType, Kind};
use crate::value::Value;

/// A pattern, or `None` where Java refuses it: most functions answer that with NULL or FALSE.
type Pattern = Option<JavaRegex>;

pub(crate) static FUNCTIONS: &[Function] = &[
    Function {
        name: "REGEXP",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP(string, regex)"],
        summary: "Whether some part of the string matches the Java regular expression. FALSE for an empty or malformed \
                  one; NULL if an argument is NULL.",
        examples: &[
            Example("REGEXP('foobar', 'o+b')", "TRUE"),
            Example("REGEXP('foobar', '^o')", "FALSE"),
            Example("REGEXP('foobar', '(')", "FALSE"),
            Example("REGEXP('foobar', '')", "FALSE"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character, Family::Character])?.returns(Kind::Boolean).fallible().kernel(
                |arguments| {
                    let patterns = patterns(arguments)?;
                    Ok(map::<(Str, Str), Bool, _>(move |(text, regex)| {
                        patterns.with(regex, |pattern| match pattern {
                            Some(pattern) if !regex.is_empty() => pattern.is_match(text),
                            _ => Ok(false),
                        })?
                    }))
                },
            )
        },
    },
    Function {
        name: "REGEXP_EXTRACT",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_EXTRACT(string, regex[, group])"],
        summary: "The part of the string that the first match of the Java regular expression, or the group of that number \
                  in it, covers; group 0 is the whole match and the default. NULL where nothing matches, the group took no \
                  part or does not exist, the expression is malformed, or an argument is NULL.",
        examples: &[
            Example("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", "bar"),
            Example("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')", "foothebar"),
            Example("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 3)", "NULL"),
            Example("REGEXP_EXTRACT('b', '(a)?b', 1)", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character, Family::Character], &[Family::Int])?;
            signature.returns_nullable(STRING).fallible().kernel(|arguments| {
                let patterns = patterns(arguments)?;
                let extract = move |text: &str, regex: &str, group: i32| -> Result<Option<(usize, usize)>> {
                    patterns.with(regex, |pattern| {
                        let Some((pattern, group)) = pattern.as_ref().zip(usize::try_from(group).ok()) else {
                            return Ok(None);
                        };
                        if group > pattern.groups() {
                            return Ok(None);
                        }
                        Ok(pattern.find_group(text, 0, group)?.and_then(|(_, part)| part))
                    })?
                };
                Ok(match arguments.types.len() {
                    2 => slice::<(Str,)>(move |text, (regex,)| {
                        Ok(extract(text, regex, 0)?.and_then(|(start, end)| text.get(start..end)))
                    }),
                    _ => slice::<(Str, Int32Type)>(move |text, (regex, group)| {
                        Ok(extract(text, regex, group)?.and_then(|(start, end)| text.get(start..end)))
                    }),
                })
            })
        },
    },
    Function {
        name: "REGEXP_SUBSTR",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_SUBSTR(string, regex)"],
        summary: "The part of the string that the first match of the Java regular expression covers. NULL where nothing \
                  matches, the expression is malformed, or an argument is NULL.",
        examples: &[
            Example("REGEXP_SUBSTR('abc123', '\\d+')", "123"),
            Example("REGEXP_SUBSTR('abc', '\\d')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            signature.returns_nullable(STRING).fallible().kernel(|arguments| {
                let patterns = patterns(arguments)?;
                Ok(slice::<(Str,)>(move |text, (regex,)| {
                    let found = patterns.with(regex, |pattern| match pattern {
                        Some(pattern) => pattern.find(text, 0),
                        None => Ok(None),
                    })??;
                    Ok(found.and_then(|(start, end)| text.get(start..end)))
                }))
            })
        },
    },
    Function {
        name: "REGEXP_REPLACE",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_REPLACE(string, regex, replacement)"],
        summary: "The string with every match of the Java regular expression replaced; `$1` in the replacement stands for \
                  itself. NULL where the expression is malformed or an argument is NULL.",
        examples: &[
            Example("REGEXP_REPLACE('foobar', 'oo|ar', '')", "fb"),
            Example("REGEXP_REPLACE('foobar', '(o)', '$1-')", "f$1-$1-bar"),
            Example("REGEXP_REPLACE('ab', '', '-')", "-a-b-"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            use Family::Character;
            let signature = call.take(&[Character, Character, Character])?;
            let typed = match constant_pattern_is_valid(call)? {
                true => signature.returns(STRING),
                false => signature.returns_nullable(STRING),
            };
            typed.fallible().kernel(|arguments| {
                let patterns = patterns(arguments)?;
                Ok(text::<(Str, Str, Str), _>(move |(text, regex, replacement), out| {
                    patterns.with(regex, |pattern| {
                        let Some(pattern) = pattern else { return Ok(None) };
                        match pattern.halved(text)? {
                            Some(halved) => {
                                let mut replaced = String::new();
                                replace(&halved, pattern, replacement, &mut replaced)?;
                                out.push_str(&halves::whole(&replaced));
                            }
                            None => replace(text, pattern, replacement, out)?,
                        }
                        Ok(Some(()))
                    })?
                }))
            })
        },
    },
    Function {
        name: "REGEXP_COUNT",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_COUNT(string, regex)"],
        summary: "How often the Java regular expression matches in the string, one match after the other. NULL where the \
                  expression is malformed or an argument is NULL.",
        examples: &[
            Example("REGEXP_COUNT('a.b.c', '\\.')", "2"),
            Example("REGEXP_COUNT('aaa', '')", "4"),
            Example("REGEXP_COUNT('aaa', '(')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            signature.returns_nullable(Kind::Int).fallible().kernel(|arguments| {
                let patterns = patterns(arguments)?;
                Ok(map::<(Str, Str), Int32Type, _>(move |(text, regex)| {
                    patterns.with(regex, |pattern| {
                        let Some(pattern) = pattern else { return Ok(None) };
                        let halved = pattern.halved(text)?;
                        let mut count = 0;
                        pattern.each(halved.as_deref().unwrap_or(text), 0, |_, _| count += 1)?;
                        Ok(Some(count))
                    })?
                }))
            })
        },
    },
    Function {
        name: "REGEXP_INSTR",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_INSTR(string, regex)"],
        summary: "The position, from 1, of the first match of the Java regular expression in the string; 0 where nothing \
                  matches. It counts UTF-16 units, as Flink does: a character beyond U+FFFF counts twice. NULL where the \
                  expression is malformed or an argument is NULL.",
        examples: &[
            Example("REGEXP_INSTR('hello world', 'o')", "5"),
            Example("REGEXP_INSTR('hello', 'x')", "0"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            signature.returns_nullable(Kind::Int).fallible().kernel(|arguments| {
                let patterns = patterns(arguments)?;
                Ok(map::<(Str, Str), Int32Type, _>(move |(text, regex)| {
                    patterns.with(regex, |pattern| {
                        let Some(pattern) = pattern else { return Ok(None) };
                        Ok(Some(match pattern.find(text, 0)? {
                            Some((start, _)) => {
                                let before = text.get(..start).unwrap_or_default().encode_utf16().count();
                                i32::try_from(before).unwrap_or(i32::MAX - 1) + 1
                            }
                            None => 0,
                        }))
                    })?
                }))
            })
        },
    },
    Function {
        name: "REGEXP_EXTRACT_ALL",
        aliases: &[],
        category: Category::String,
        signatures: &["REGEXP_EXTRACT_ALL(string, regex[, group])"],
        summary: "An ARRAY of what the group of that number covers in every match of the Java regular expression, one after \
                  the other, NULL for a match that the group took no part in. Group 0 is the whole match; 1 is the default. \
                  NULL where the group does not exist, the expression is malformed, or an argument is NULL.",
        examples: &[
            Example("REGEXP_EXTRACT_ALL('100-200, 300-400', '(\\d+)-(\\d+)', 2)", "[200, 400]"),
            Example("REGEXP_EXTRACT_ALL('abab', 'a(b)')", "[b, b]"),
            Example("REGEXP_EXTRACT_ALL('abab', 'ab')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character, Family::Character], &[Family::Int])?;
            let returns = DataType::array(DataType::string());
            signature.returns_type(returns).fallible().kernel(extract_all)
        },
    },
];

fn patterns(arguments: &KernelArguments<'_>) -> Result<Compiled<Pattern>> {
    Compiled::argument(arguments, 1, JavaRegex::if_valid)
}

/// Whether the second argument is a constant that compiles.
fn constant_pattern_is_valid(call: &Arguments<'_>) -> Result<bool> {
    match call.literals.get(1) {
        Some(Some(Value::String(pattern))) => Ok(JavaRegex::if_valid(pattern)?.is_some()),
        Some(Some(Value::Null)) => Ok(true),
        _ => Ok(false),
    }
}

fn extract_all(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let patterns = patterns(arguments)?;
    let extract =
        move |text: &str, regex: &str, group: i32, out: &mut StringViewBuilder| -> Result<Option<()>> {
            patterns.with(regex, |pattern| {
                let Some((pattern, group)) = pattern.as_ref().zip(usize::try_from(group).ok()) else {
                    return Ok(None);
                };
                if group > pattern.groups() {
                    return Ok(None);
                }
                pattern.each(text, group, |_, part| {
                    out.append_option(part.and_then(|(start, end)| text.get(start..end)))
                })?;
                Ok(Some(()))
            })?
        };
    Ok(match arguments.types.len() {
        2 => text_lists::<(Str, Str), _>(move |(text, regex), out| extract(text, regex, 1, out)),
        _ => text_lists::<(Str, Str, Int32Type), _>(move |(text, regex, group), out| {
            extract(text, regex, group, out)
        }),
    })
}

/// Appends the text with `replacement` in place of each match.
fn replace(text: &str, pattern: &JavaRegex, replacement: &str, out: &mut String) -> Result<()> {
    let mut from = 0;
    pattern.each(text, 0, |(start, end), _| {
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str(replacement);
        from = end;
    })?;
    out.push_str(text.get(from..).unwrap_or_default());
    Ok(())
}
