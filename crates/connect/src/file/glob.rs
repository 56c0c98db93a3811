//! Patterns of paths: `*`, `?`, `[…]`, `{…,…}` within a name, and `**` for any directories.

use millstream_engine::{Error, ErrorKind, Result};

/// How deep `{…}` may be nested, and how many names it may stand for.
const ALTERNATIVES_MAX: usize = 256;

/// A pattern for one part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// `**`: any number of directories, none included.
    AnyDirectories,
    /// The names that any of these matches.
    Name(Vec<Vec<Token>>),
}

/// A piece of a name's pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// `[a-z]`, `[!a-z]`
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// Whether a path has characters that make it a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The segment of one part of a path.
///
/// # Errors
/// An open bracket or brace, and too many alternatives.
pub(super) fn parse_segment(text: &str) -> Result<Segment> {
    if text == "**" {
        return Ok(Segment::AnyDirectories);
    }
    let names = expand(text)?;
    names.iter().map(|name| parse_name(name, text)).collect::<Result<_>>().map(Segment::Name)
}

impl Segment {
    /// Whether a name matches. A name that starts with `.` or `_` is hidden: only a pattern that starts
    /// with that character matches it.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::AnyDirectories => !is_hidden(name),
            Self::Name(alternatives) => alternatives.iter().any(|tokens| {
                let shows = !is_hidden(name)
                    || matches!((tokens.first(), name.chars().next()), (Some(Token::Literal(a)), Some(b)) if *a == b);
                shows && matches_name(tokens, name)
            }),
        }
    }
}

/// Whether Flink would pass over a file or directory of this name.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

/// Writes out the alternatives of `{a,b}`.
fn expand(text: &str) -> Result<Vec<String>> {
    let mut names = vec![String::new()];
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at_checked(open).unwrap_or((rest, ""));
        let close = after.find('}').ok_or_else(|| invalid(text, "a '{' without its '}'"))?;
        let inner = after.get(1..close).unwrap_or_default();
        if inner.contains('{') {
            return Err(invalid(text, "a '{' inside of another"));
        }
        let mut expanded = Vec::new();
        for name in &names {
            expanded.extend(inner.split(',').map(|alternative| format!("{name}{before}{alternative}")));
        }
        if expanded.len() > ALTERNATIVES_MAX {
            return Err(invalid(text, &format!("more than {ALTERNATIVES_MAX} alternatives")));
        }
        names = expanded;
        rest = after.get(close + 1..).unwrap_or_default();
    }
    for name in &mut names {
        name.push_str(rest);
    }
    Ok(names)
}

fn parse_name(name: &str, text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '[' => {
                let negated = chars.next_if(|c| matches!(c, '!' | '^')).is_some();
                let mut ranges = Vec::new();
                loop {
                    let from = chars.next().ok_or_else(|| invalid(text, "a '[' without its ']'"))?;
                    if from == ']' && !ranges.is_empty() {
                        break;
                    }
                    let mut to = from;
                    let mut ahead = chars.clone();
                    if ahead.next() == Some('-')
                        && let Some(end) = ahead.next().filter(|c| *c != ']')
                    {
                        to = end;
                        chars = ahead;
                    }
                    ranges.push((from, to));
                }
                Token::Set { negated, ranges }
            }
            c => Token::Literal(c),
        });
    }
    Ok(tokens)
}

/// Matches by going on greedily and coming back to the last `*`: time is the product of both lengths at worst.
fn matches_name(tokens: &[Token], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut token, mut at) = (0, 0);
    let mut last_any: Option<(usize, usize)> = None;
    while at < name.len() {
        let matched = match (tokens.get(token), name.get(at)) {
            (Some(Token::Any), _) => {
                last_any = Some((token, at));
                token += 1;
                continue;
            }
            (Some(Token::One), Some(_)) => true,
            (Some(Token::Literal(a)), Some(b)) => a == b,
            (Some(Token::Set { negated, ranges }), Some(c)) => {
                ranges.iter().any(|(from, to)| from <= c && c <= to) != *negated
            }
            _ => false,
        };
        if matched {
            token += 1;
            at += 1;
        } else if let Some((any, from)) = last_any {
            // The star takes one character more.
            last_any = Some((any, from + 1));
            token = any + 1;
            at = from + 1;
        } else {
            return false;
        }
    }
    tokens.get(token..).unwrap_or_default().iter().all(|t| *t == Token::Any)
}

fn invalid(text: &str, what: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("'{text}' is not a pattern of file names: it has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        parse_segment(pattern).unwrap().matches(name)
    }

    #[test]
    fn names_match_patterns() {
        for (pattern, name) in [
            ("*", "a.json"),
            ("*.json", "a.json"),
            ("a*b*c", "aXbYbZc"),
            ("?.j[s-t]on", "é.json"),
            ("[!a]x", "bx"),
            ("x{1,22}.csv", "x22.csv"),
            ("[]]", "]"),
            ("_*", "_x"),
            ("*a*a*a*b", "aaaaaaaab"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.json", "a.jso"),
            ("?", "ab"),
            ("[!a]x", "ax"),
            ("x{1,2}.csv", "x3.csv"),
            ("*", ".hidden"),
            ("*", "_hidden"),
            ("?hidden", "_hidden"),
            ("*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(parse_segment("a[b").is_err());
        assert!(parse_segment("a{b").is_err());
    }
}
