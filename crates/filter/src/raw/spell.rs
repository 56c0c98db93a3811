//! How formats write text: from what a value must hold to what its record's bytes must hold.

use millstream_format::{CsvOptions, Format, RawCharset, RawOptions};

use super::rarity;

/// Text that a value must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) text: String,
    /// Whether the value starts with it.
    pub(super) at_start: bool,
    /// Whether the value ends with it.
    pub(super) at_end: bool,
}

/// What the bytes of a record hold if a value of it holds `needle` and no escape that
/// [`EscapeSearch`](millstream_format::EscapeSearch) finds stands in it: the rarest such literal. Characters that may be
/// written with an escape of another kind or without (`\/`) are left out. `None` where nothing is certain.
pub(super) fn spell(format: &Format, needle: &Needle) -> Option<Vec<u8>> {
    let pieces = match format {
        Format::Json(_) => json(needle),
        Format::Csv(options) => csv(options, &needle.text),
        Format::Raw(options) => raw(options, &needle.text),
    };
    // A lone byte is in almost every record.
    pieces.into_iter().filter(|piece| piece.len() >= 2).max_by_key(|piece| rarity::bits(piece))
}

/// What numbers are made of.
fn is_numeric(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '-' | '+' | '.' | 'e' | 'E')
}

/// What `json` makes of a value in a STRING column is the text of a string, a bare `true`, `false` or number as
/// written, or the compact text of an array or object.
fn json(needle: &Needle) -> Vec<Vec<u8>> {
    let Needle { text, at_start, at_end } = needle;
    let opens = |c: char| matches!(c, '{' | '[');
    let closes = |c: char| matches!(c, '}' | ']');
    let in_container = (!*at_start || text.starts_with(opens)) && (!*at_end || text.ends_with(closes));
    if in_container {
        // Numbers are printed anew there and blanks left out, so only what can stand in strings and words alone
        // is certain: it stands there as it does in the record.
        return text
            .split(|c: char| {
                matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"' | '\\' | '/') || c.is_ascii_control()
            })
            .filter(|piece| !piece.chars().all(is_numeric))
            .map(|piece| piece.as_bytes().to_vec())
            .collect();
    }
    let bare = text.chars().all(is_numeric)
        || ["true", "false"].iter().any(|word| match (at_start, at_end) {
            (true, true) => word == text,
            (true, false) => word.starts_with(text.as_str()),
            (false, _) => word.ends_with(text.as_str()),
        });
    let mut pieces = Vec::new();
    let mut piece = if *at_start && !bare { b"\"".to_vec() } else { Vec::new() };
    for character in text.chars() {
        match character {
            '"' | '\\' => piece.extend_from_slice(&[b'\\', if character == '"' { b'"' } else { b'\\' }]),
            // These have two forms each: `/` and `\/`; a control character may stand as it is.
            '/' => pieces.push(std::mem::take(&mut piece)),
            _ if character.is_ascii_control() => pieces.push(std::mem::take(&mut piece)),
            _ => piece.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    if *at_end && !bare {
        piece.push(b'"');
    }
    pieces.push(piece);
    pieces
}

/// In quotes a quote is doubled, and line ends may stand: both are left out.
fn csv(options: &CsvOptions, text: &str) -> Vec<Vec<u8>> {
    text.split(|c: char| Some(c) == options.quote || matches!(c, '\n' | '\r'))
        .map(|piece| piece.as_bytes().to_vec())
        .collect()
}

fn raw(options: &RawOptions, text: &str) -> Vec<Vec<u8>> {
    let certain = |piece: &&str| match options.charset {
        RawCharset::Utf8 => true,
        RawCharset::Ascii | RawCharset::Latin1 => piece.is_ascii(),
        RawCharset::Utf16Be | RawCharset::Utf16Le => false,
    };
    // What is no character reads as the replacement character.
    text.split([char::REPLACEMENT_CHARACTER, '\n', '\r'])
        .filter(certain)
        .map(|piece| piece.as_bytes().to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use millstream_format::JsonOptions;

    use super::*;

    fn spelled(text: &str, at_start: bool, at_end: bool) -> Option<String> {
        let needle = Needle { text: text.to_owned(), at_start, at_end };
        spell(&Format::Json(JsonOptions::default()), &needle).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn whole_strings_stand_in_quotes() {
        assert_eq!(spelled("channel-77", true, true).unwrap(), "\"channel-77\"");
        assert_eq!(spelled("chan", true, false).unwrap(), "\"chan");
        assert_eq!(spelled(".exe", false, true).unwrap(), ".exe\"");
        assert_eq!(spelled(r"C:\Windows", true, true).unwrap(), r#""C:\\Windows""#);
    }

    #[test]
    fn bare_values_have_no_quotes() {
        assert_eq!(spelled("6196", true, true).unwrap(), "6196");
        assert_eq!(spelled("-1e5", true, false).unwrap(), "-1e5");
        assert_eq!(spelled("true", true, true).unwrap(), "true");
        assert_eq!(spelled("rue", false, true).unwrap(), "rue");
        assert_eq!(spelled("rue", true, true).unwrap(), "\"rue\"");
    }

    #[test]
    fn what_has_two_spellings_is_left_out() {
        assert_eq!(spelled("ab/cdefg", true, true).unwrap(), "cdefg\"");
        assert_eq!(spelled("a\tbcd", true, true).unwrap(), "bcd\"");
    }

    #[test]
    fn the_text_of_containers_is_printed_anew() {
        assert_eq!(spelled("\"price\":10.50", false, false).unwrap(), "price");
        assert_eq!(spelled("10.50", false, false), None);
        assert_eq!(spelled("{\"a\":1}", true, true), None);
        assert_eq!(spelled("query=1", false, false).unwrap(), "query=1");
        assert_eq!(spelled(r"\System32\", false, false).unwrap(), "System32");
    }
}
