//! SIMILAR TO: patterns of SQL, rewritten as Java's regular expressions, which the whole string must match.

use super::matcher::JavaRegex;
use crate::error::{Error, Result};
use crate::functions::kernel::{Bool, Compiled, Str, map};
use crate::functions::like::escape_character;
use crate::functions::signature::Family;
use crate::functions::{Category, Determinism, Example, Function, Kernel, KernelArguments};
use crate::types::Kind;
use crate::value::Value;

/// What the escape character may stand before.
const SPECIAL: &str = "[]()|^-+*_%?{}";

/// What a backslash makes literal in Java's syntax.
const JAVA_SPECIAL: &str = "[]()|^-+*?{}$\\.";

pub(crate) static FUNCTIONS: &[Function] = &[Function {
    name: "SIMILAR TO",
    aliases: &[],
    category: Category::Comparison,
    signatures: &["string SIMILAR TO pattern [ESCAPE character]"],
    summary: "Whether the whole string matches the SQL regular expression: `%` stands for any characters, `_` for one \
              that ends no line, `[…]` for one of a set, `|`, `(…)`, `*`, `+`, `?` and `{n,m}` are as in other regular \
              expressions, and `.` is any character but a line's end, as in Flink. After the escape character these \
              stand for themselves. A malformed pattern is an error.",
    examples: &[
        Example("'abc' SIMILAR TO 'a(b|c)+'", "TRUE"),
        Example("'abc' SIMILAR TO '[a-c]{2}'", "FALSE"),
        Example("'a%c' SIMILAR TO 'a!%c' ESCAPE '!'", "TRUE"),
        Example("'aXc' SIMILAR TO 'a[[:UPPER:]]c'", "TRUE"),
    ],
    determinism: Determinism::Pure,
    resolve: |call| {
        use Family::Character;
        call.take_optional(&[Character, Character], &[Character])?
            .returns(Kind::Boolean)
            .fallible()
            .kernel(kernel)
    },
}];

fn kernel(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let escape = match arguments.constants.get(2) {
        None | Some(Some(Value::Null)) => None,
        Some(Some(Value::String(text))) => Some(escape_character(text)?),
        Some(_) => return Err(Error::unsupported("the ESCAPE of SIMILAR TO must be a constant")),
    };
    let patterns =
        Compiled::argument(arguments, 1, move |pattern| JavaRegex::whole(&java(pattern, escape)?))?;
    Ok(match arguments.types.len() {
        2 => {
            map::<(Str, Str), Bool, _>(move |(text, pattern)| patterns.with(pattern, |p| p.is_match(text))?)
        }
        _ => map::<(Str, Str, Str), Bool, _>(move |(text, pattern, _)| {
            patterns.with(pattern, |p| p.is_match(text))?
        }),
    })
}

/// The pattern as Java would write it.
fn java(pattern: &str, escape: Option<char>) -> Result<String> {
    let malformed = || Error::invalid(format!("invalid regular expression '{pattern}' of SIMILAR TO"));
    let mut java = String::with_capacity(pattern.len() + 8);
    let mut in_set = false;
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        if Some(character) == escape {
            let next = rest.get(length..).and_then(|rest| rest.chars().next());
            match next {
                Some(next) if SPECIAL.contains(next) || Some(next) == escape => {
                    if JAVA_SPECIAL.contains(next) {
                        java.push('\\');
                    }
                    java.push(next);
                    length += next.len_utf8();
                }
                _ => return Err(Error::invalid(format!("invalid escape sequence in '{pattern}'"))),
            }
        } else if in_set {
            match character {
                ']' => {
                    java.push(']');
                    in_set = false;
                }
                '-' | '^' => java.push(character),
                '[' => {
                    let (class, written) = named_class(rest).ok_or_else(malformed)?;
                    java.push_str(class);
                    length = written;
                }
                special if SPECIAL.contains(special) => return Err(malformed()),
                other => literal(&mut java, other),
            }
        } else {
            match character {
                '_' => java.push('.'),
                '%' => java.push_str("(?s:.*)"),
                '[' => {
                    java.push('[');
                    in_set = true;
                }
                ']' => return Err(malformed()),
                '\\' | '$' => {
                    java.push('\\');
                    java.push(character);
                }
                other => java.push(other),
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    match in_set {
        true => Err(malformed()),
        false => Ok(java),
    }
}

fn literal(java: &mut String, character: char) {
    if character == '\\' || character == '&' {
        java.push('\\');
    }
    java.push(character);
}

/// The class that `[:NAME:]` at the start of `text` names, and its length there.
fn named_class(text: &str) -> Option<(&'static str, usize)> {
    let name = text.strip_prefix("[:")?;
    let name = name.get(..name.find(":]")?)?;
    let upper = name == name.to_uppercase();
    let class = match name.to_uppercase().as_str() {
        "ALPHA" => r"\p{Alpha}",
        "UPPER" => r"\p{Upper}",
        "LOWER" => r"\p{Lower}",
        "DIGIT" => r"\d",
        "SPACE" => r"\x20",
        "WHITESPACE" => r"\s",
        "ALNUM" => r"\p{Alnum}",
        _ => return None,
    };
    (upper || name == name.to_lowercase()).then_some((class, name.len() + 4))
}
