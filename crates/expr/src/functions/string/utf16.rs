//! Strings as Java counts them: in UTF-16 units, of which a character beyond U+FFFF takes two.
//!
//! Some of Flink's functions cut between the two; what is left of such a character becomes `?`, as
//! when Java writes it as UTF-8.

/// The units of a string.
pub(super) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// How many units a string has.
pub(super) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Appends units to a string.
pub(super) fn push(units: impl IntoIterator<Item = u16>, out: &mut String) {
    out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('?')));
}
