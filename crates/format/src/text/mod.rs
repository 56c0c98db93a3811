//! Values as text, in Java's forms: numbers, dates and times, base64.

pub(crate) mod base64;
pub(crate) mod decimal;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod temporal;

/// Java's `String.trim`: without the characters up to space at both ends.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| *b > b' ').unwrap_or(text.len());
    let end = text.iter().rposition(|b| *b > b' ').map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or(&[])
}
