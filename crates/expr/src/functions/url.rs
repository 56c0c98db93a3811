//! URLs: their parts, and the encoding of form fields. After the JDK's `java.net.URL`, which Flink asks.

use super::kernel::{Str, slice, text};
use super::signature::{Family, STRING};
use super::{Category, Determinism, Example, Function};
use crate::text::push_lossy;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "PARSE_URL",
        aliases: &[],
        category: Category::String,
        signatures: &["PARSE_URL(url, part[, key])"],
        summary: "A part of the URL: 'HOST', 'PATH', 'QUERY', 'REF', 'PROTOCOL', 'FILE', 'AUTHORITY' or 'USERINFO'; with a \
                  key, the value of that key in the QUERY. NULL where the URL has no such part, is malformed, or has another \
                  protocol than http, https, ftp, file and mailto.",
        examples: &[
            Example(
                "PARSE_URL('http://u:p@flink.apache.org:80/a/b?x=1&y=2#top', 'HOST')",
                "flink.apache.org",
            ),
            Example("PARSE_URL('http://flink.apache.org/a?x=1&y=2', 'QUERY', 'y')", "2"),
            Example("PARSE_URL('flink.apache.org', 'HOST')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            let required = [Family::Character, Family::Character];
            let signature = call.take_optional(&required, &[Family::Character])?;
            signature.returns_nullable(STRING).kernel(|arguments| {
                Ok(match arguments.types.len() {
                    2 => text::<(Str, Str), _>(|(url, part), out| Url::parse(url)?.write_part(part, out)),
                    _ => slice::<(Str, Str)>(|url, (part, key)| {
                        Ok(match part {
                            "QUERY" => Url::parse(url)
                                .and_then(|url| url.query)
                                .and_then(|query| value_of(query, key)),
                            _ => None,
                        })
                    }),
                })
            })
        },
    },
    Function {
        name: "URL_ENCODE",
        aliases: &[],
        category: Category::String,
        signatures: &["URL_ENCODE(string)"],
        summary: "The string as a form field of the type application/x-www-form-urlencoded, in UTF-8.",
        examples: &[Example("URL_ENCODE('a b&c=é')", "a+b%26c%3D%C3%A9")],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?.returns_nullable(STRING).kernel(|_| {
                Ok(text::<(Str,), _>(|(text,), out| {
                    for byte in text.bytes() {
                        match byte {
                            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                                out.push(byte.into())
                            }
                            b' ' => out.push('+'),
                            _ => {
                                out.push('%');
                                out.extend(
                                    [byte >> 4, byte & 15]
                                        .map(|d| char::from(b"0123456789ABCDEF"[usize::from(d)])),
                                );
                            }
                        }
                    }
                }))
            })
        },
    },
    Function {
        name: "URL_DECODE",
        aliases: &[],
        category: Category::String,
        signatures: &["URL_DECODE(string)"],
        summary: "The string of which this is the form field, in UTF-8; bytes that are no UTF-8 become U+FFFD. NULL where a \
                  `%` is not followed by two hexadecimal digits.",
        examples: &[
            Example("URL_DECODE('a+b%26c%3D%C3%A9')", "a b&c=é"),
            Example("URL_DECODE('%zz')", "NULL"),
        ],
        determinism: Determinism::Pure,
        resolve: |call| {
            call.take(&[Family::Character])?
                .returns_nullable(STRING)
                .kernel(|_| Ok(text::<(Str,), _>(|(text,), out| decode(text, out))))
        },
    },
];

fn decode(text: &str, out: &mut String) -> Option<()> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (high, low) = (digit()?, digit()?);
                high << 4 | low
            }
            _ => byte,
        });
    }
    push_lossy(&bytes, out);
    Some(())
}

/// The value of the first pair with this key in a query.
fn value_of<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// The parts of a URL.
#[derive(Debug, PartialEq, Eq)]
struct Url<'a> {
    protocol: &'static str,
    authority: Option<&'a str>,
    user_info: Option<&'a str>,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    reference: Option<&'a str>,
}

impl<'a> Url<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(|character| character <= ' ');
        let text = match text.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("url:") => text.get(4..)?,
            _ => text,
        };
        let colon =
            text.find([':', '/']).filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(':')))?;
        let protocol = ["http", "https", "ftp", "file", "mailto"]
            .into_iter()
            .find(|known| text.get(..colon).is_some_and(|given| given.eq_ignore_ascii_case(known)))?;
        let rest = text.get(colon + 1..)?;
        let (rest, reference) = split_at(rest, '#');
        let mut url =
            Self { protocol, authority: None, user_info: None, host: "", path: "", query: None, reference };
        if protocol == "mailto" {
            url.path = rest;
            return Some(url);
        }
        let (rest, query) = split_at(rest, '?');
        url.query = query;
        url.path = match rest.strip_prefix("//").filter(|after| !after.starts_with("//")) {
            Some(after) => {
                let end = after.find('/').unwrap_or(after.len());
                let (authority, path) = (after.get(..end)?, after.get(end..)?);
                url.authority = Some(authority);
                url.server(authority)?;
                path
            }
            None => rest,
        };
        Some(url)
    }

    /// Takes the authority apart; `None` where it is malformed.
    fn server(&mut self, authority: &'a str) -> Option<()> {
        let (user_info, host) = match authority.split_once('@') {
            // Two of them: no server.
            Some((_, rest)) if rest.contains('@') => return Some(()),
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        self.user_info = user_info;
        let (host, port) = match host.strip_prefix('[') {
            Some(address) => {
                let end = address.find(']').filter(|end| *end > 1)?;
                address.get(..end)?.split('%').next()?.parse::<std::net::Ipv6Addr>().ok()?;
                let after = address.get(end + 1..)?;
                let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
                (host.get(..end + 2)?, port)
            }
            None => match host.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (host, None),
            },
        };
        self.host = host;
        match port {
            None | Some("" | "-1") => Some(()),
            Some(port) => port.parse::<i32>().ok().filter(|port| *port >= 0).map(|_| ()),
        }
    }

    fn write_part(&self, part: &str, out: &mut String) -> Option<()> {
        out.push_str(match part {
            "HOST" => self.host,
            "PATH" | "FILE" => self.path,
            "QUERY" => self.query?,
            "REF" => self.reference?,
            "PROTOCOL" => self.protocol,
            "AUTHORITY" => self.authority?,
            "USERINFO" => self.user_info?,
            _ => return None,
        });
        if let ("FILE", Some(query)) = (part, self.query) {
            out.push('?');
            out.push_str(query);
        }
        Some(())
    }
}

/// What stands before and after the first `mark`.
fn split_at(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(url: &str, part: &str) -> Option<String> {
        let mut out = String::new();
        Url::parse(url)?.write_part(part, &mut out).map(|()| out)
    }

    #[test]
    fn parts_as_java_finds_them() {
        let url = "http://u:p@facebook.com:80/path/p1.php?query=1#Ref";
        for (name, expected) in [
            ("HOST", "facebook.com"),
            ("PATH", "/path/p1.php"),
            ("QUERY", "query=1"),
            ("REF", "Ref"),
            ("PROTOCOL", "http"),
            ("FILE", "/path/p1.php?query=1"),
            ("AUTHORITY", "u:p@facebook.com:80"),
            ("USERINFO", "u:p"),
        ] {
            assert_eq!(part(url, name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(part(url, "host"), None);
    }

    #[test]
    fn odd_urls() {
        for (url, name, expected) in [
            ("http://facebook.com", "PATH", Some("")),
            ("http://facebook.com", "QUERY", None),
            ("http://facebook.com#a?b", "REF", Some("a?b")),
            ("http://facebook.com?x=1#a", "FILE", Some("?x=1")),
            ("HTTP://Host:80/a", "PROTOCOL", Some("http")),
            ("HTTP://Host:80/a", "HOST", Some("Host")),
            ("file:///a/b", "HOST", Some("")),
            ("jdbc:mysql://h/a", "HOST", None),
            ("mailto:a@b.c", "PATH", Some("a@b.c")),
            ("http:/a/b", "PATH", Some("/a/b")),
            ("http:a/b", "PATH", Some("a/b")),
            ("http://[::1]:80/a", "HOST", Some("[::1]")),
            ("http://[x]/a", "HOST", None),
            ("http://h:x/c", "HOST", None),
            ("http://h:/c", "AUTHORITY", Some("h:")),
            ("http://u@x@h/c", "HOST", Some("")),
            (" url:http://h/c ", "HOST", Some("h")),
            ("http://h/c?", "QUERY", Some("")),
            ("//h/c", "HOST", None),
            ("", "HOST", None),
        ] {
            assert_eq!(part(url, name).as_deref(), expected, "{url} {name}");
        }
    }

    #[test]
    fn keys_of_queries() {
        assert_eq!(value_of("a=1&b=2&ab=3", "b"), Some("2"));
        assert_eq!(value_of("ab=3&b", "b"), None);
    }

    #[test]
    fn decoding_needs_two_digits() {
        let decoded = |text: &str| {
            let mut out = String::new();
            decode(text, &mut out).map(|()| out)
        };
        assert_eq!(decoded("%F0%9F%98%80+é").as_deref(), Some("😀 é"));
        assert_eq!(decoded("%C3").as_deref(), Some("\u{fffd}"));
        assert_eq!(decoded("a%4"), None);
        assert_eq!(decoded("%-1"), None);
    }
}
