//! Upper and lower case.

use crate::error::Result;
use crate::functions::kernel::{Str, text};
use crate::functions::signature::Family;
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "UPPER",
        aliases: &[],
        category: Category::String,
        signatures: &["UPPER(string)"],
        summary: "The string in upper case.",
        examples: &[Example("UPPER('abc é')", "ABC É"), Example("UPPER('straße')", "STRASSE")],
        determinism: Determinism::Pure,
        resolve: |call| {
            same_type(call, |text, out| match text.is_ascii() {
                true => {
                    out.push_str(text);
                    out.make_ascii_uppercase();
                }
                false => out.push_str(&text.to_uppercase()),
            })
        },
    },
    Function {
        name: "LOWER",
        aliases: &[],
        category: Category::String,
        signatures: &["LOWER(string)"],
        summary: "The string in lower case.",
        examples: &[Example("LOWER('ABC É')", "abc é")],
        determinism: Determinism::Pure,
        resolve: |call| {
            same_type(call, |text, out| match text.is_ascii() {
                true => {
                    out.push_str(text);
                    out.make_ascii_lowercase();
                }
                false => out.push_str(&text.to_lowercase()),
            })
        },
    },
    Function {
        name: "INITCAP",
        aliases: &[],
        category: Category::String,
        signatures: &["INITCAP(string)"],
        summary: "The string with the first letter of each word in upper case and the others in lower case. A word is a \
                  row of ASCII letters and digits; other letters are left as they are.",
        examples: &[Example("INITCAP('hello wORLD foo-bar 1abc')", "Hello World Foo-Bar 1abc")],
        determinism: Determinism::Pure,
        resolve: |call| {
            same_type(call, |text, out| {
                let mut inside = false;
                out.extend(text.chars().map(|character| {
                    let turned = match inside {
                        true => character.to_ascii_lowercase(),
                        false => character.to_ascii_uppercase(),
                    };
                    inside = character.is_ascii_alphanumeric();
                    turned
                }));
            })
        },
    },
];

/// A string of the same type as the only argument.
fn same_type(call: &Arguments<'_>, function: fn(&str, &mut String)) -> Result<Overload> {
    let signature = call.take(&[Family::Character])?;
    let kind = signature.kind(0).clone();
    signature.returns(kind).kernel(move |_| Ok(text::<(Str,), _>(move |(text,), out| function(text, out))))
}
