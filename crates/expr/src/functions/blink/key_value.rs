//! KEYVALUE: a value out of `k1=v1;k2=v2`.

use super::function;
use crate::functions::kernel::{Str, slice};
use crate::functions::signature::{Family, STRING};
use crate::functions::{Category, Example, Function};

pub(super) static FUNCTIONS: &[Function] = &[function(
    "KEYVALUE",
    Category::String,
    &["KEYVALUE(string, pair_separator, key_value_separator, key)"],
    "The value of the key in a string of pairs: it is cut at every pair separator, and each pair at its first key-value separator. Of \
     equal keys the first counts. NULL where the key is not there or an argument is NULL or empty.",
    &[
        Example("KEYVALUE('k1=v1;k2=v2=x', ';', '=', 'k2')", "v2=x"),
        Example("KEYVALUE('k1:v1|k2:v2', '|', ':', 'k3')", "NULL"),
    ],
    |call| {
        use Family::Character;
        let signature = call.take(&[Character, Character, Character, Character])?;
        signature.returns_nullable(STRING).kernel(|_| {
            Ok(slice::<(Str, Str, Str)>(|text, (pairs, pair, key)| Ok(value_of(text, pairs, pair, key))))
        })
    },
)];

/// The value of the first pair with this key.
pub(super) fn value_of<'a>(text: &'a str, between: &str, inside: &str, key: &str) -> Option<&'a str> {
    if between.is_empty() || inside.is_empty() || key.is_empty() {
        return None;
    }
    text.split(between)
        .find_map(|pair| pair.split_once(inside).filter(|(found, _)| *found == key).map(|(_, v)| v))
}
