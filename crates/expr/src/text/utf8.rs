//! Bytes as text, as Java reads them: what is no UTF-8 becomes U+FFFD, as often as Java writes it.

/// Appends the text. Each maximal part of a character becomes one U+FFFD, as Unicode recommends it, but a half of a surrogate pair
/// in three bytes, or what there is of them, is one, too.
pub(crate) fn push_lossy(bytes: &[u8], out: &mut String) {
    let mut rest = bytes;
    while let Some(chunk) = rest.utf8_chunks().next() {
        out.push_str(chunk.valid());
        rest = rest.get(chunk.valid().len()..).unwrap_or_default();
        let malformed = match rest {
            [] => return,
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            [0xed, 0xa0..=0xbf, ..] => 2,
            _ => chunk.invalid().len(),
        };
        out.push('\u{fffd}');
        rest = rest.get(malformed..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::push_lossy;

    #[test]
    fn replacements_are_counted_as_in_java() {
        let seen = |bytes: &[u8]| {
            let mut text = String::new();
            push_lossy(bytes, &mut text);
            text.replace('\u{fffd}', "?")
        };
        assert_eq!(seen(b"m\xfdym\xee\xf5\xed\xa75o"), "m?ym???5o");
        assert_eq!(seen(b"a\xed\xa0\x80b"), "a?b");
        assert_eq!(seen(b"\xed\xb0"), "?");
        assert_eq!(seen(b"\xf0\x9fA\xe2\x82"), "?A?");
        assert_eq!(seen("é😀".as_bytes()), "é😀");
    }
}
