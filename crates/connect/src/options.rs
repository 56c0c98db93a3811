//! The WITH options of a table, read by the connector that they name.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use millstream_engine::{Error, ErrorKind, Result};
use millstream_format::Format;
use millstream_sql::config::{parse_bytes, parse_duration};
use millstream_sql::names::did_you_mean;

use crate::failure::format_error;

/// What a connector takes.
pub(crate) struct KnownOptions {
    /// The connector's name.
    pub connector: &'static str,
    /// Options that must be given.
    pub required: &'static [&'static str],
    /// Options that may be given. A `#` stands for any column's name.
    pub optional: &'static [&'static str],
    /// Options that Flink's connector has and this one does not.
    pub unsupported: &'static [&'static str],
    /// Whether it reads or writes bytes, so that it needs a `format`.
    pub has_format: bool,
}

/// The options of one table, checked against what its connector takes.
pub(crate) struct Options<'a> {
    table: &'a str,
    values: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Checks that nothing is missing and nothing is unknown.
    pub fn check(table: &'a str, values: &'a BTreeMap<String, String>, known: &KnownOptions) -> Result<Self> {
        let format_keys = match values.get("format") {
            Some(name) if known.has_format => Format::option_keys(name),
            _ => &[],
        };
        let formats = known.has_format.then_some("format");
        let required = || known.required.iter().copied().chain(formats);
        for key in required() {
            if !values.contains_key(key) {
                let near = did_you_mean_in(key, values);
                return Err(invalid(format!(
                    "table '{table}' lacks the option '{key}', which connector '{}' requires{near}",
                    known.connector
                )));
            }
        }
        for key in values.keys().map(String::as_str) {
            let is_known = key == "connector"
                || required().any(|k| k == key)
                || known.optional.iter().any(|pattern| fits(pattern, key))
                || format_keys.contains(&key);
            if is_known {
                continue;
            }
            if known.unsupported.iter().any(|pattern| fits(pattern, key)) {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "the option '{key}' of table '{table}' is Flink's, but connector '{}' does not support it here: leave it out",
                        known.connector
                    ),
                ));
            }
            let belongs_to = Format::NAMES.iter().find(|f| Format::option_keys(f).contains(&key));
            if let Some(other) = belongs_to.filter(|_| known.has_format) {
                return Err(invalid(format!(
                    "the option '{key}' of table '{table}' is one of the format '{other}', but its format is '{}'",
                    values.get("format").map_or("", String::as_str)
                )));
            }
            let mut all: Vec<&str> = required().chain(known.optional.iter().copied()).collect();
            all.extend_from_slice(format_keys);
            all.sort_unstable();
            return Err(invalid(format!(
                "unknown option '{key}' of table '{table}'{}; connector '{}' takes {}",
                did_you_mean(key, &all),
                known.connector,
                if all.is_empty() { "no options".to_owned() } else { all.join(", ") }
            )));
        }
        Ok(Self { table, values })
    }

    /// The keys that are given.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.values.keys().map(String::as_str)
    }

    /// The text of an option.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).map(String::as_str)
    }

    /// The text of an option that [`Options::check`] has found.
    pub fn required(&self, key: &str) -> Result<&'a str> {
        self.text(key).ok_or_else(|| invalid(format!("table '{}' lacks the option '{key}'", self.table)))
    }

    /// A number within bounds.
    pub fn number<N>(&self, key: &str, least: N, most: N) -> Result<Option<N>>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(key) else { return Ok(None) };
        match text.trim().parse::<N>() {
            Ok(number) if number >= least && number <= most => Ok(Some(number)),
            _ => Err(self.wrong(key, &format!("a number from {least} to {most}"))),
        }
    }

    /// `true` or `false`.
    pub fn truth(&self, key: &str) -> Result<Option<bool>> {
        match self.text(key).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A length of time, such as `10 s`.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>> {
        let parse = |text| parse_duration(text).map_err(|e| self.wrong_because(key, &e.message));
        self.text(key).map(parse).transpose()
    }

    /// A size in bytes, such as `128 mb`.
    pub fn bytes(&self, key: &str) -> Result<Option<usize>> {
        let parse = |text| parse_bytes(text).map_err(|e| self.wrong_because(key, &e.message));
        self.text(key).map(parse).transpose()
    }

    /// One of some words, in any case; its position.
    pub fn word(&self, key: &str, words: &[&str]) -> Result<Option<usize>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match words.iter().position(|word| word.eq_ignore_ascii_case(text.trim())) {
            Some(position) => Ok(Some(position)),
            None => Err(self.wrong(key, &words.join(" or "))),
        }
    }

    /// The `format` with its own options.
    pub fn format(&self) -> Result<Format> {
        Format::from_options(self.required("format")?, self.values)
            .map_err(|e| format_error(e, &format!("table '{}'", self.table)))
    }

    /// The error for a value that does not fit.
    pub fn wrong(&self, key: &str, expected: &str) -> Error {
        let value = self.text(key).unwrap_or_default();
        invalid(format!(
            "'{value}' is not a value of the option '{key}' of table '{}': it takes {expected}",
            self.table
        ))
    }

    fn wrong_because(&self, key: &str, reason: &str) -> Error {
        invalid(format!("{reason} (option '{key}' of table '{}')", self.table))
    }
}

/// Whether `key` is one of those that `pattern` stands for.
fn fits(pattern: &str, key: &str) -> bool {
    match pattern.split_once('#') {
        None => pattern == key,
        Some((before, after)) => key
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|name| !name.is_empty()),
    }
}

fn did_you_mean_in(key: &str, values: &BTreeMap<String, String>) -> String {
    match millstream_sql::names::nearest(key, values.keys()) {
        Some(near) => format!("; is '{near}' meant to be it?"),
        None => String::new(),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: KnownOptions = KnownOptions {
        connector: "filesystem",
        required: &["path"],
        optional: &["fields.#.kind"],
        unsupported: &["auto-compaction"],
        has_format: true,
    };

    fn message(options: &[(&str, &str)]) -> String {
        let values = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        match Options::check("t", &values, &KNOWN) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        assert_eq!(message(&[("connector", "filesystem"), ("path", "x"), ("format", "json")]), "ok");
        assert_eq!(message(&[("path", "x"), ("format", "json"), ("fields.a.b.kind", "x")]), "ok");
        assert_eq!(
            message(&[("pth", "x"), ("format", "json")]),
            "table 't' lacks the option 'path', which connector 'filesystem' requires; is 'pth' meant to be it?"
        );
        let unknown = message(&[("path", "x"), ("format", "json"), ("json.ignore-parse-error", "true")]);
        assert!(
            unknown.starts_with(
                "unknown option 'json.ignore-parse-error' of table 't'; did you mean 'json.ignore-parse-errors'?"
            ),
            "{unknown}"
        );
        assert!(unknown.contains("takes fields.#.kind, format, json.decode"), "{unknown}");
        let other = message(&[("path", "x"), ("format", "json"), ("csv.null-literal", "")]);
        assert!(other.contains("is one of the format 'csv', but its format is 'json'"), "{other}");
        let flinks = message(&[("path", "x"), ("format", "json"), ("auto-compaction", "true")]);
        assert!(flinks.contains("is Flink's, but"), "{flinks}");
    }

    #[test]
    fn values_are_checked() {
        let values =
            BTreeMap::from([("rows".to_owned(), "x".to_owned()), ("on".to_owned(), "yes".to_owned())]);
        let options = Options { table: "t", values: &values };
        let error = options.number("rows", 1, 9).unwrap_err();
        assert_eq!(
            error.message,
            "'x' is not a value of the option 'rows' of table 't': it takes a number from 1 to 9"
        );
        assert!(options.truth("on").is_err());
        assert_eq!(options.number::<i32>("other", 1, 9), Ok(None));
    }
}
