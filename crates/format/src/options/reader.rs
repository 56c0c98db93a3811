//! Typed access to the options of one format.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The options of one format, whose keys are known to be valid.
pub(super) struct OptionReader<'a> {
    name: &'a str,
    options: &'a BTreeMap<String, String>,
}

impl<'a> OptionReader<'a> {
    /// An error if an option of the format is not among `keys`.
    pub(super) fn new(name: &'a str, keys: &[&str], options: &'a BTreeMap<String, String>) -> Result<Self> {
        let prefix = format!("{name}.");
        for key in options.keys().filter(|key| key.starts_with(&prefix)) {
            if !keys.contains(&key.as_str()) {
                let near = keys.iter().min_by_key(|k| distance(k, key)).filter(|k| distance(k, key) <= 3);
                let hint = near.map(|k| format!(" (did you mean '{k}'?)")).unwrap_or_default();
                return Err(Error::invalid(format!(
                    "unknown option '{key}' of format '{name}'{hint}; the options are {}",
                    keys.join(", ")
                )));
            }
        }
        Ok(Self { name, options })
    }

    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.options.get(&self.key(key)).map(String::as_str)
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>> {
        match self.text(key) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => {
                Err(Error::invalid(format!("option '{}' is true or false, not '{text}'", self.key(key))))
            }
        }
    }

    /// One of `choices`, in any case.
    pub(super) fn choice<'c>(&self, key: &str, choices: &[&'c str]) -> Result<Option<&'c str>> {
        match self.text(key) {
            None => Ok(None),
            Some(text) => match choices.iter().find(|c| c.eq_ignore_ascii_case(text)) {
                Some(choice) => Ok(Some(choice)),
                None => Err(Error::invalid(format!(
                    "option '{}' is one of {}, not '{text}'",
                    self.key(key),
                    choices.join(", ")
                ))),
            },
        }
    }

    pub(super) fn character(&self, key: &str) -> Result<Option<char>> {
        self.text(key).map(|text| self.one_character(key, text)).transpose()
    }

    /// A character that may be written as a Java escape: `\t`, `\u0001`.
    pub(super) fn unescaped_character(&self, key: &str) -> Result<Option<char>> {
        self.text(key)
            .map(|text| match text.strip_prefix('\\').and_then(unescape) {
                Some(character) => Ok(character),
                None => self.one_character(key, text),
            })
            .transpose()
    }

    fn one_character(&self, key: &str, text: &str) -> Result<char> {
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            // Flink's characters are UTF-16 code units.
            (Some(character), None) if character.len_utf16() == 1 => Ok(character),
            _ => Err(Error::invalid(format!("option '{}' is one character, not '{text}'", self.key(key)))),
        }
    }
}

/// The character that `\` and `text` stand for in Java.
fn unescape(text: &str) -> Option<char> {
    Some(match text {
        "t" => '\t',
        "n" => '\n',
        "r" => '\r',
        "b" => '\u{8}',
        "f" => '\u{c}',
        "\\" => '\\',
        "'" => '\'',
        "\"" => '"',
        _ => {
            let hex = text.trim_start_matches('u');
            if hex.len() == text.len() || hex.len() != 4 {
                return None;
            }
            return u32::from_str_radix(hex, 16).ok().and_then(char::from_u32);
        }
    })
}

/// Edits between two short texts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let edited = (diagonal + usize::from(ca != *cb)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = edited;
            left = edited;
        }
    }
    row.last().copied().unwrap_or(0)
}
