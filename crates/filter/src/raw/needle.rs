//! How a value can stand in a raw record: from text that a match must hold to bytes to search.

use millstream_format::{Format, RawCharset};

use super::clause::Escape;

/// Where a piece of text stands in the value that a match must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text.
    pub text: String,
    /// Whether the value begins with it.
    pub is_start: bool,
    /// Whether the value ends with it.
    pub is_end: bool,
}

/// How a format writes text.
pub(super) enum Style {
    /// In double quotes, with backslash escapes; numbers, literals and nested values may become text, too.
    Json,
    /// As it stands, but for the quote character, which may be doubled, and the escape character.
    Csv {
        /// The quote character.
        quote: Option<char>,
        /// The escape character.
        escape: Option<char>,
    },
    /// As it stands.
    Plain,
}

impl Style {
    /// The style of a format; `None` where text does not stand as UTF-8.
    pub fn of(format: &Format) -> Option<Self> {
        match format {
            Format::Json(_) => Some(Self::Json),
            Format::Csv(options) => Some(Self::Csv { quote: options.quote, escape: options.escape }),
            Format::Raw(options) => match options.charset {
                RawCharset::Utf8 => Some(Self::Plain),
                // The others replace or recode bytes.
                _ => None,
            },
        }
    }

    /// The longest run of bytes that a record with `piece` in its value must hold, unless it holds
    /// [`Style::escape`]; empty where there is none.
    pub fn needle(&self, piece: &Piece) -> Vec<u8> {
        match self {
            Self::Json => json_needle(piece),
            Self::Csv { quote, escape } => {
                // A line end inside of a field may be written in two ways, and records are told apart by it.
                let is_break = |c: char| {
                    Some(c) == *quote || Some(c) == *escape || matches!(c, '\n' | '\r' | '\u{fffd}')
                };
                longest(piece.text.split(is_break))
            }
            Self::Plain => longest(piece.text.split(['\n', '\r', '\u{fffd}'])),
        }
    }

    /// What can hide a needle of this style.
    pub fn escape(&self, needles_are_ascii: bool) -> Option<Escape> {
        match self {
            Self::Json if needles_are_ascii => Some(Escape::json_ascii()),
            Self::Json => Some(Escape::json_any()),
            // A character that is not ASCII is looked for by its last byte: found too often, never too seldom.
            Self::Csv { escape: Some(escape), .. } => {
                let mut bytes = [0; 4];
                escape.encode_utf8(&mut bytes).as_bytes().last().map(|&last| Escape::Byte(last))
            }
            Self::Csv { escape: None, .. } | Self::Plain => None,
        }
    }
}

/// A JSON string writes a character as it stands or, if it likes, as `\uXXXX` (which [`Style::escape`] looks for);
/// quotes, backslashes and control characters never stand as they are, and `/` may be `\/`.
///
/// A STRING column also takes values that are not strings. Numbers and literals come as they are written. Objects and arrays come
/// rewritten, without spaces and with their numbers recomputed, so where the value may be one (its first character is
/// not known to be another) nothing that could span tokens or be a number is searched.
fn json_needle(piece: &Piece) -> Vec<u8> {
    let text = piece.text.as_str();
    let first = text.chars().next().filter(|_| piece.is_start);
    let may_be_nested = !matches!(first, Some(c) if c != '{' && c != '[');
    // Only a string begins with what no number and no `true`, `false` or `null` begins with.
    let is_string = matches!(first, Some(c) if !matches!(c, '-' | '+' | '.' | '0'..='9' | 't' | 'f' | 'n' | 'N' | 'I' | '{' | '['))
        || piece.is_start && piece.is_end && is_no_scalar(text);
    let is_break = |c: char| {
        matches!(c, '"' | '\\' | '/' | '\u{fffd}')
            || c.is_control()
            || may_be_nested && matches!(c, ':' | ',' | '{' | '}' | '[' | ']')
    };
    let mut pieces: Vec<String> = Vec::new();
    let mut start = 0;
    let mut ends = text.match_indices(is_break).map(|(at, found)| (at, at + found.len())).collect::<Vec<_>>();
    ends.push((text.len(), text.len()));
    for (end, next) in ends {
        let part = text.get(start..end).unwrap_or_default();
        let has_open_quote = is_string && start == 0 && piece.is_start;
        let has_close_quote = is_string && end == text.len() && piece.is_end;
        let could_be_number = part.chars().all(|c| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        if !part.is_empty() && !(may_be_nested && could_be_number) {
            let mut needle = String::with_capacity(part.len() + 2);
            needle.push_str(if has_open_quote { "\"" } else { "" });
            needle.push_str(part);
            needle.push_str(if has_close_quote { "\"" } else { "" });
            pieces.push(needle);
        }
        start = next;
    }
    // ASCII is hidden by fewer escapes.
    let ascii = longest(pieces.iter().map(String::as_str).filter(|p| p.is_ascii()));
    if ascii.len() >= 4 { ascii } else { longest(pieces.iter().map(String::as_str)) }
}

/// Whether a value that is this text can only be a string: it is no number and no literal.
fn is_no_scalar(text: &str) -> bool {
    let starts_like_number =
        text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | '{' | '['));
    !(starts_like_number || matches!(text, "" | "true" | "false" | "null" | "NaN" | "INF" | "Infinity"))
}

fn longest<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<u8> {
    parts.max_by_key(|part| part.len()).unwrap_or_default().as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needle(text: &str, is_start: bool, is_end: bool) -> String {
        let piece = Piece { text: text.to_owned(), is_start, is_end };
        String::from_utf8(Style::Json.needle(&piece)).unwrap()
    }

    #[test]
    fn json_text_is_searched_with_its_quotes_where_it_must_be_a_string() {
        assert_eq!(needle("channel-7", true, true), "\"channel-7\"");
        assert_eq!(needle("channel-", true, false), "\"channel-");
        assert_eq!(needle("true story", true, true), "\"true story\"");
        // A number that is taken as text has no quotes.
        assert_eq!(needle("445", true, true), "445");
        assert_eq!(needle("true", true, true), "true");
    }

    #[test]
    fn what_json_may_write_otherwise_is_left_out() {
        assert_eq!(needle(r"C:\Windows\System32", true, true), "System32\"");
        assert_eq!(needle("/api/users/", false, false), "users");
        assert_eq!(needle("a\"longer", false, false), "longer");
        // Inside of an object that became text, spaces are gone and numbers are recomputed.
        assert_eq!(needle("1,2", false, false), "");
        assert_eq!(needle("77", false, false), "");
        assert_eq!(needle("channel-77", false, false), "channel-77");
        assert_eq!(needle("query=1", false, false), "query=1");
        // The beginning is known, so it is no object.
        assert_eq!(needle("a:1,2", true, false), "\"a:1,2");
    }
}
