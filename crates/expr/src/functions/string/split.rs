//! Strings cut at separators.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Int32Type;
use arrow_buffer::{NullBufferBuilder, OffsetBuffer};

use super::utf16;
use crate::error::{Error, Result};
use crate::functions::kernel::{Compiled, Lane, Str, over, slice, text_lists};
use crate::functions::regexp::{JavaRegex, halves};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Category, Determinism, Example, Function, Kernel, KernelArguments};
use crate::types::DataType;
use crate::value::java_map::{hash_order, java_hash};
use crate::value::map_array;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "SPLIT_INDEX",
        aliases: &[],
        category: Category::String,
        signatures: &["SPLIT_INDEX(string, separator, index)"],
        summary: "The part number `index`, from 0, of the string cut at every separator: a string, or the code, 1 to 255, \
                  of one character. With an empty separator it is cut at every white space character. NULL where there is \
                  no such part; the empty string has none.",
        examples: &[
            Example("SPLIT_INDEX('a,b,c', ',', 1)", "b"),
            Example("SPLIT_INDEX('a,b,c', 44, 1)", "b"),
            Example("SPLIT_INDEX('a,b,c', ',', 3)", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            if let Ok(signature) = call.take(&[Family::Character, Family::Character, Family::Int]) {
                return signature.returns_nullable(STRING).kernel(|_| {
                    Ok(slice::<(Str, Int32Type)>(|text, (separator, index)| {
                        let Ok(index) = usize::try_from(index) else { return Ok(None) };
                        Ok(match separator {
                            _ if text.is_empty() => None,
                            "" => text.split(is_java_whitespace).nth(index),
                            _ => text.split(separator).nth(index),
                        })
                    }))
                });
            }
            let signature = call.take(&[Family::Character, Family::Int, Family::Int])?;
            signature.returns_nullable(STRING).kernel(|_| {
                Ok(slice::<(Int32Type, Int32Type)>(|text, (separator, index)| {
                    let separator = u8::try_from(separator).ok().filter(|code| *code > 0).map(char::from);
                    let (Some(separator), Ok(index)) = (separator, usize::try_from(index)) else {
                        return Ok(None);
                    };
                    Ok(if text.is_empty() { None } else { text.split(separator).nth(index) })
                }))
            })
        },
    },
    Function {
        name: "SPLIT",
        aliases: &[],
        category: Category::String,
        signatures: &["SPLIT(string, separator)"],
        summary: "An ARRAY of the parts of the string cut at every separator; with an empty separator, of its UTF-16 units. \
                  The empty string has no parts.",
        examples: &[
            Example("SPLIT('a,b,', ',')", "[a, b, ]"),
            Example("SPLIT('abc', '')", "[a, b, c]"),
            Example("SPLIT('', ',')", "[]"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            let kind = DataType::array(DataType::string()).kind;
            signature.returns(kind).kernel(|_| {
                Ok(text_lists::<(Str, Str), _>(|(text, separator), out| match separator {
                    _ if text.is_empty() => {}
                    "" => {
                        let mut part = String::new();
                        for unit in text.encode_utf16() {
                            part.clear();
                            utf16::push([unit], &mut part);
                            out.append_value(&part);
                        }
                    }
                    _ => text.split(separator).for_each(|part| out.append_value(part)),
                }))
            })
        },
    },
    Function {
        name: "STR_TO_MAP",
        aliases: &[],
        category: Category::String,
        signatures: &["STR_TO_MAP(string[, pair_regex, key_value_regex])"],
        summary: "A MAP of the pairs that stand in the string: it is cut into pairs at the first Java regular expression \
                  (`,` by default), and each pair at the first match of the second one (`=` by default). A pair without a \
                  value has NULL; of equal keys the last counts.",
        examples: &[
            Example("STR_TO_MAP('k1=v1,k2=v2')", "{k1=v1, k2=v2}"),
            Example("STR_TO_MAP('k1:v1;k2', ';', ':')", "{k1=v1, k2=NULL}"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            use Family::Character;
            let signature = match call.types.len() {
                1 => call.take(&[Character])?,
                _ => call.take(&[Character, Character, Character])?,
            };
            let map = DataType::map(DataType::string(), DataType::string());
            signature.returns_nullable(map.kind).fallible().kernel(str_to_map)
        },
    },
];

/// What Java counts as white space where strings are cut at it.
fn is_java_whitespace(character: char) -> bool {
    match character {
        '\t'..='\r' | '\u{1c}'..='\u{1f}' => true,
        '\u{a0}' | '\u{85}' | '\u{2007}' | '\u{202f}' => false,
        other => other.is_whitespace(),
    }
}

/// The parts of `text` as Java's `String.split` cuts it: an empty match at the start cuts nothing off; without a
/// limit, empty parts at the end are left out.
fn java_split<'a>(text: &'a str, separator: &JavaRegex, limit: Option<usize>) -> Result<Vec<&'a str>> {
    let (mut parts, mut from) = (Vec::new(), 0);
    separator.each(text, 0, |(start, end), _| {
        let more = limit.is_none_or(|limit| parts.len() + 1 < limit);
        if more && end > 0 {
            parts.push(text.get(from..start).unwrap_or_default());
            from = end;
        }
    })?;
    if from == 0 && parts.is_empty() {
        return Ok(vec![text]);
    }
    parts.push(text.get(from..).unwrap_or_default());
    if limit.is_none() {
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
    }
    Ok(parts)
}

/// The parts as [`java_split`] gives them, halves of characters among them.
fn split_in_halves<'a>(
    text: &'a str,
    separator: &JavaRegex,
    limit: Option<usize>,
) -> Result<Vec<Cow<'a, str>>> {
    Ok(match separator.halved(text)? {
        None => java_split(text, separator, limit)?.into_iter().map(Cow::Borrowed).collect(),
        Some(halved) => java_split(&halved, separator, limit)?
            .into_iter()
            .map(|part| Cow::Owned(halves::whole(part)))
            .collect(),
    })
}

fn str_to_map(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let returns = arguments.returns.clone();
    let given = arguments.types.len() == 3;
    let between_pairs = Compiled::argument(arguments, 1, JavaRegex::new)?;
    let in_pair = Compiled::argument(arguments, 2, JavaRegex::new)?;
    Ok(Box::new(move |_, columns, rows| {
        over(columns, rows, &[true; 3], |rows, nulls| -> Result<ArrayRef> {
            let lanes = columns.iter().map(Lane::<Str>::of).collect::<Result<Vec<_>>>()?;
            let Some(texts) = lanes.first() else {
                return Err(Error::internal("STR_TO_MAP without a string"));
            };
            let (mut keys, mut values) = (StringViewBuilder::new(), StringViewBuilder::new());
            let (mut lengths, mut valid) = (Vec::with_capacity(rows), NullBufferBuilder::new(rows));
            for row in 0..rows {
                let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
                valid.append(is_valid);
                let mut written = Vec::new();
                let mut pairs: Vec<(Cow<'_, str>, Option<Cow<'_, str>>)> = Vec::new();
                if is_valid && !texts.item(row).is_empty() {
                    let separator = |index: usize, default: &'static str| match lanes.get(index) {
                        Some(lane) if given => lane.item(row),
                        _ => default,
                    };
                    written = between_pairs
                        .with(separator(1, ","), |regex| split_in_halves(texts.item(row), regex, None))??;
                    for pair in &written {
                        let mut parts = in_pair
                            .with(separator(2, "="), |regex| split_in_halves(pair, regex, Some(2)))??;
                        let (key, value) = match (parts.len(), parts.pop(), parts.pop()) {
                            (2, Some(value), Some(key)) => (key, Some(value)),
                            _ => (Cow::Borrowed(&**pair), None),
                        };
                        match pairs.iter_mut().find(|(known, _)| *known == key) {
                            Some(known) => known.1 = value,
                            None => pairs.push((key, value)),
                        }
                    }
                }
                let hashes: Vec<i32> = pairs.iter().map(|(key, _)| java_hash(key)).collect();
                let order = hash_order(&hashes, written.len());
                for (key, value) in order.into_iter().filter_map(|at| pairs.get(at)) {
                    keys.append_value(key);
                    values.append_option(value.as_ref());
                }
                lengths.push(pairs.len());
            }
            let columns: [ArrayRef; 2] = [Arc::new(keys.finish()), Arc::new(values.finish())];
            map_array(&returns, OffsetBuffer::from_lengths(lengths), columns, valid.finish())
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_as_java_does() {
        let split =
            |text: &'static str, regex| java_split(text, &JavaRegex::new(regex).unwrap(), None).unwrap();
        assert_eq!(split("a,b,,", ","), ["a", "b"]);
        assert_eq!(split(",a", ","), ["", "a"]);
        assert_eq!(split("ab", ""), ["a", "b"]);
        assert_eq!(split("ab", "x"), ["ab"]);
        assert!(split(",", ",").is_empty());
        let two =
            |text: &'static str, regex| java_split(text, &JavaRegex::new(regex).unwrap(), Some(2)).unwrap();
        assert_eq!(two("a=1=2", "="), ["a", "1=2"]);
        assert_eq!(two("a=", "="), ["a", ""]);
        assert_eq!(two("a", "."), ["", ""]);
    }
}
