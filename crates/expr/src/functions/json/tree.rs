//! A JSON value in memory, and as text with its keys in order.

use std::borrow::Cow;

use super::cursor::{Cursor, Malformed};
use super::number::write_number;
use super::string::{compare, decode, write_string};

/// A value. Of members with the same key the last one counts, in the place of the first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl<'a> Tree<'a> {
    /// The first value of a text.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(text);
        cursor.next();
        let start = cursor.at();
        let tree = Self::read(&mut cursor)?;
        cursor.end_of_text(cursor.since(start))?;
        Ok(tree)
    }

    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        Ok(match cursor.next() {
            Some(b'{') => {
                let mut members: Vec<(Cow<'a, str>, Self)> = Vec::new();
                cursor.members(|cursor, key| {
                    let key = decode(key);
                    let value = Self::read(cursor)?;
                    match members.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, earlier)) => *earlier = value,
                        None => members.push((key, value)),
                    }
                    Ok(())
                })?;
                Self::Object(members)
            }
            Some(b'[') => {
                let mut elements = Vec::new();
                cursor.elements(|cursor, _| {
                    elements.push(Self::read(cursor)?);
                    Ok(())
                })?;
                Self::Array(elements)
            }
            Some(b'"') => Self::String(decode(cursor.string()?)),
            Some(b't') => {
                cursor.word("true")?;
                Self::Bool(true)
            }
            Some(b'f') => {
                cursor.word("false")?;
                Self::Bool(false)
            }
            Some(b'n') => {
                cursor.word("null")?;
                Self::Null
            }
            Some(b'-' | b'0'..=b'9') => Self::Number(Cow::Borrowed(cursor.number()?)),
            Some(_) => return cursor.error("a value was expected"),
            None => return cursor.error("the text ends where a value was expected"),
        })
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Tree<'static> {
        match self {
            Self::Null => Tree::Null,
            Self::Bool(value) => Tree::Bool(value),
            Self::Number(number) => Tree::Number(Cow::Owned(number.into_owned())),
            Self::String(text) => Tree::String(Cow::Owned(text.into_owned())),
            Self::Array(elements) => Tree::Array(elements.into_iter().map(Tree::into_owned).collect()),
            Self::Object(members) => {
                let owned = |(key, value): (Cow<'_, str>, Tree<'_>)| {
                    (Cow::Owned(key.into_owned()), value.into_owned())
                };
                Tree::Object(members.into_iter().map(owned).collect())
            }
        }
    }

    /// Whether it is neither array nor object.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// The member of an object.
    pub fn member(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Appends it as text without spaces, keys in the order of Java's strings.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => write_number(number, out),
            Self::String(text) => write_string(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (position, element) in elements.iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut sorted: Vec<&(Cow<'a, str>, Self)> = members.iter().collect();
                sorted.sort_by(|(a, _), (b, _)| compare(a, b));
                out.push('{');
                for (position, (key, value)) in sorted.into_iter().enumerate() {
                    if position > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Appends a scalar as a string value shows it: without quotes.
    pub fn write_scalar(&self, out: &mut String) {
        match self {
            Self::String(text) => out.push_str(text),
            other => other.write(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_print_sorted_and_without_spaces() {
        let mut out = String::new();
        Tree::parse(r#" {"b": 1.50, "a": {"z": [1, "x\/\u00e9", null ], "é": true}, "b": 1e5} x"#)
            .unwrap()
            .write(&mut out);
        assert_eq!(out, r#"{"a":{"z":[1,"x/é",null],"é":true},"b":1E+5}"#);
    }
}
