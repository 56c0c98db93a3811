//! The words that stand for arguments in the signatures of the registry.

use millstream_expr::functions::Function;

/// For each signature of a function the words of its arguments, those that can be left out left out.
pub fn of(function: &Function) -> Vec<Vec<&'static str>> {
    match bound_form(function.name) {
        Some(words) => vec![words.to_vec()],
        None => function.signatures.iter().map(|signature| words(signature)).collect(),
    }
}

/// The arguments of calls that the binder makes of forms with words of their own.
fn bound_form(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "TRIM" => &["'BOTH'", "characters", "string"],
        "MINUS AS INTERVAL" => &["timestamp", "timestamp"],
        "JSON_EXISTS" => &["json", "path", "'FALSE'"],
        "JSON_VALUE" => &["json", "path", "null", "'NULL'", "null", "'NULL'", "null"],
        "JSON_QUERY" => &["json", "path", "null", "'WITHOUT'", "'NULL'", "'NULL'"],
        "JSON_OBJECT" => &["'NULL'", "'vv'", "'k1'", "integer", "'k2'", "string"],
        "JSON_ARRAY" => &["'NULL'", "'vv'", "integer", "string"],
        "IN" => &["integer", "constant", "constant", "constant"],
        "ROW" => &["integer", "string"],
        "MAP" => &["key", "integer"],
        _ => return None,
    })
}

/// The words in lower case, without what stands in brackets that say it can be left out.
fn words(signature: &'static str) -> Vec<&'static str> {
    let mut words = Vec::new();
    let mut optional = 0_u32;
    let mut start = None;
    let mut before = ' ';
    for (at, c) in signature.char_indices().chain([(signature.len(), ' ')]) {
        let in_word = c.is_ascii_lowercase() || c == '_' || (c.is_ascii_digit() && start.is_some());
        match (start, in_word) {
            (None, true) if !before.is_ascii_uppercase() => start = Some(at),
            (Some(from), false) => {
                words.extend(signature.get(from..at).filter(|_| optional == 0));
                start = None;
            }
            _ => {}
        }
        match c {
            '[' if optional > 0
                || signature.get(at..).is_some_and(|s| s.starts_with("[,"))
                || before == ' '
                || before == '(' =>
            {
                optional += 1;
            }
            ']' => optional = optional.saturating_sub(1),
            _ => {}
        }
        before = c;
    }
    words
}
