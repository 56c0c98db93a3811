//! Formats and their options: Flink's keys, Flink's defaults, checked.

mod reader;

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::framing::Framing;
use reader::OptionReader;

/// A format with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    Json(JsonOptions),
    /// Delimited text.
    Csv(CsvOptions),
    /// A value a line, as it stands.
    Raw(RawOptions),
}

/// Which malformed records are noticed: the option `json.malformed-check` or `csv.malformed-check`.
///
/// What is noticed fails the query or, under `ignore-parse-errors`, is passed over and counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MalformedCheck {
    /// `needed`: a record is judged by the parts that are read of it. One that the search for literals leaves
    /// out is not looked at; fields that no expression needs are checked for balance, not for content.
    #[default]
    Needed,
    /// `all`: every record is read from its first byte to its last before the predicate is decided, as Flink does.
    All,
}

/// The options of `json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonOptions {
    /// `json.fail-on-missing-field`
    pub fail_on_missing_field: bool,
    /// `json.ignore-parse-errors`
    pub ignore_parse_errors: bool,
    /// `json.timestamp-format.standard`
    pub timestamp_standard: TimestampStandard,
    /// `json.map-null-key.mode` and `json.map-null-key.literal`
    pub map_null_key: MapNullKey,
    /// `json.encode.decimal-as-plain-number`
    pub decimal_as_plain_number: bool,
    /// `json.encode.ignore-null-fields`
    pub ignore_null_fields: bool,
    /// `json.malformed-check`
    pub malformed_check: MalformedCheck,
}

/// How the `json` format writes and reads TIMESTAMPs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampStandard {
    /// `SQL`: `2024-01-02 03:04:05.678`, with `Z` for TIMESTAMP_LTZ.
    #[default]
    Sql,
    /// `ISO-8601`: `2024-01-02T03:04:05.678`, with `Z` for TIMESTAMP_LTZ.
    Iso8601,
}

/// What becomes of a NULL key of a MAP when it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MapNullKey {
    /// `FAIL`: the query fails.
    #[default]
    Fail,
    /// `DROP`: the entry is left out.
    Drop,
    /// `LITERAL`: this text stands for the key.
    Literal(String),
}

/// The options of `csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// `csv.field-delimiter`
    pub field_delimiter: char,
    /// `csv.quote-character`; absent with `csv.disable-quote-character`.
    pub quote: Option<char>,
    /// `csv.allow-comments`: lines that start with `#` are left out.
    pub allow_comments: bool,
    /// `csv.ignore-parse-errors`
    pub ignore_parse_errors: bool,
    /// `csv.array-element-delimiter`
    pub array_element_delimiter: String,
    /// `csv.escape-character`
    pub escape: Option<char>,
    /// `csv.null-literal`
    pub null_literal: Option<String>,
    /// `csv.write-bigdecimal-in-scientific-notation`
    pub decimal_in_scientific_notation: bool,
    /// `csv.malformed-check`
    pub malformed_check: MalformedCheck,
}

/// The options of `raw`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawOptions {
    /// `raw.charset`
    pub charset: RawCharset,
    /// `raw.endianness`: whether numbers stand with their lowest byte first.
    pub little_endian: bool,
}

/// The character sets of the `raw` format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RawCharset {
    /// `UTF-8`
    #[default]
    Utf8,
    /// `US-ASCII`
    Ascii,
    /// `ISO-8859-1`
    Latin1,
    /// `UTF-16` and `UTF-16BE`
    Utf16Be,
    /// `UTF-16LE`
    Utf16Le,
}

impl Default for JsonOptions {
    fn default() -> Self {
        Self {
            fail_on_missing_field: false,
            ignore_parse_errors: false,
            timestamp_standard: TimestampStandard::Sql,
            map_null_key: MapNullKey::Fail,
            decimal_as_plain_number: false,
            ignore_null_fields: false,
            malformed_check: MalformedCheck::Needed,
        }
    }
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            field_delimiter: ',',
            quote: Some('"'),
            allow_comments: false,
            ignore_parse_errors: false,
            array_element_delimiter: ";".to_owned(),
            escape: None,
            null_literal: None,
            decimal_in_scientific_notation: true,
            malformed_check: MalformedCheck::Needed,
        }
    }
}

const JSON_KEYS: &[&str] = &[
    "json.fail-on-missing-field",
    "json.ignore-parse-errors",
    "json.timestamp-format.standard",
    "json.map-null-key.mode",
    "json.map-null-key.literal",
    "json.encode.decimal-as-plain-number",
    "json.encode.ignore-null-fields",
    "json.decode.json-parser.enabled",
    "json.malformed-check",
];

const CSV_KEYS: &[&str] = &[
    "csv.field-delimiter",
    "csv.disable-quote-character",
    "csv.quote-character",
    "csv.allow-comments",
    "csv.ignore-parse-errors",
    "csv.array-element-delimiter",
    "csv.escape-character",
    "csv.null-literal",
    "csv.write-bigdecimal-in-scientific-notation",
    "csv.malformed-check",
];

const RAW_KEYS: &[&str] = &["raw.charset", "raw.endianness"];

impl Format {
    /// The names by which formats are asked for.
    pub const NAMES: &'static [&'static str] = &["json", "csv", "raw"];

    /// The keys of the options of the format `name`, with the format's prefix; empty for an unknown format.
    pub fn option_keys(name: &str) -> &'static [&'static str] {
        match name {
            "json" => JSON_KEYS,
            "csv" => CSV_KEYS,
            "raw" => RAW_KEYS,
            _ => &[],
        }
    }

    /// The format `name` with those of `options` that start with `name.`; others are not looked at.
    ///
    /// An unknown format, an unknown key and a value that does not fit are errors that list what would.
    pub fn from_options(name: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        let keys = Self::option_keys(name);
        if keys.is_empty() {
            return Err(Error::invalid(format!(
                "unknown format '{name}'; the formats are {}",
                Self::NAMES.join(", ")
            )));
        }
        let options = OptionReader::new(name, keys, options)?;
        match name {
            "json" => JsonOptions::read(&options).map(Self::Json),
            "csv" => CsvOptions::read(&options).map(Self::Csv),
            _ => RawOptions::read(&options).map(Self::Raw),
        }
    }

    /// The name of the format.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Csv(_) => "csv",
            Self::Raw(_) => "raw",
        }
    }

    /// How records are told apart.
    pub fn framing(&self) -> Framing {
        match self {
            Self::Csv(options) if options.quote.is_some() || options.escape.is_some() => {
                let ascii = |character: char| u8::try_from(character).ok().filter(u8::is_ascii);
                Framing::Csv {
                    delimiter: ascii(options.field_delimiter).unwrap_or(b','),
                    quote: options.quote.and_then(ascii),
                    escape: options.escape.and_then(ascii),
                    comments: options.allow_comments,
                }
            }
            _ => Framing::Lines,
        }
    }

    /// Whether malformed records are passed over.
    pub fn ignores_parse_errors(&self) -> bool {
        match self {
            Self::Json(options) => options.ignore_parse_errors,
            Self::Csv(options) => options.ignore_parse_errors,
            Self::Raw(_) => false,
        }
    }
}

impl JsonOptions {
    fn read(options: &OptionReader<'_>) -> Result<Self> {
        let defaults = Self::default();
        let map_null_key = match options.choice("map-null-key.mode", &["FAIL", "DROP", "LITERAL"])? {
            Some("DROP") => MapNullKey::Drop,
            Some("LITERAL") => {
                MapNullKey::Literal(options.text("map-null-key.literal").unwrap_or("null").to_owned())
            }
            _ => MapNullKey::Fail,
        };
        let timestamp_standard = match options.choice("timestamp-format.standard", &["SQL", "ISO-8601"])? {
            Some("ISO-8601") => TimestampStandard::Iso8601,
            _ => TimestampStandard::Sql,
        };
        // Both of Flink's decoders mean the same here, and there is one; the key is checked so that scripts run.
        options.boolean("decode.json-parser.enabled")?;
        let read = Self {
            fail_on_missing_field: options
                .boolean("fail-on-missing-field")?
                .unwrap_or(defaults.fail_on_missing_field),
            ignore_parse_errors: options
                .boolean("ignore-parse-errors")?
                .unwrap_or(defaults.ignore_parse_errors),
            timestamp_standard,
            map_null_key,
            decimal_as_plain_number: options
                .boolean("encode.decimal-as-plain-number")?
                .unwrap_or(defaults.decimal_as_plain_number),
            ignore_null_fields: options
                .boolean("encode.ignore-null-fields")?
                .unwrap_or(defaults.ignore_null_fields),
            malformed_check: malformed_check(options)?,
        };
        if read.fail_on_missing_field && read.ignore_parse_errors {
            return Err(Error::invalid(
                "options 'json.fail-on-missing-field' and 'json.ignore-parse-errors' cannot both be true; leave one out",
            ));
        }
        Ok(read)
    }
}

impl CsvOptions {
    fn read(options: &OptionReader<'_>) -> Result<Self> {
        let defaults = Self::default();
        let quote = options.character("quote-character")?;
        let quote_disabled = options.boolean("disable-quote-character")?.unwrap_or(false);
        if quote_disabled && quote.is_some() {
            return Err(Error::invalid(
                "options 'csv.quote-character' and 'csv.disable-quote-character' exclude each other; leave one out",
            ));
        }
        Ok(Self {
            field_delimiter: options
                .unescaped_character("field-delimiter")?
                .unwrap_or(defaults.field_delimiter),
            quote: if quote_disabled { None } else { quote.or(defaults.quote) },
            allow_comments: options.boolean("allow-comments")?.unwrap_or(defaults.allow_comments),
            ignore_parse_errors: options
                .boolean("ignore-parse-errors")?
                .unwrap_or(defaults.ignore_parse_errors),
            array_element_delimiter: options
                .text("array-element-delimiter")
                .map_or(defaults.array_element_delimiter, ToOwned::to_owned),
            escape: options.character("escape-character")?,
            null_literal: options.text("null-literal").map(ToOwned::to_owned),
            decimal_in_scientific_notation: options
                .boolean("write-bigdecimal-in-scientific-notation")?
                .unwrap_or(defaults.decimal_in_scientific_notation),
            malformed_check: malformed_check(options)?,
        })
    }
}

impl RawOptions {
    fn read(options: &OptionReader<'_>) -> Result<Self> {
        let charset = match options.text("charset") {
            None => RawCharset::Utf8,
            Some(name) => match name.to_ascii_uppercase().as_str() {
                "UTF-8" | "UTF8" => RawCharset::Utf8,
                "US-ASCII" | "ASCII" => RawCharset::Ascii,
                "ISO-8859-1" | "LATIN1" | "ISO8859_1" => RawCharset::Latin1,
                "UTF-16" | "UTF-16BE" => RawCharset::Utf16Be,
                "UTF-16LE" => RawCharset::Utf16Le,
                _ => {
                    return Err(Error::unsupported(format!(
                        "option 'raw.charset': character set '{name}' is not supported; \
                         there are UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE"
                    )));
                }
            },
        };
        let little_endian =
            options.choice("endianness", &["big-endian", "little-endian"])? == Some("little-endian");
        Ok(Self { charset, little_endian })
    }
}

fn malformed_check(options: &OptionReader<'_>) -> Result<MalformedCheck> {
    Ok(match options.choice("malformed-check", &["needed", "all"])? {
        Some("all") => MalformedCheck::All,
        _ => MalformedCheck::Needed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, options: &[(&str, &str)]) -> Result<Format> {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Format::from_options(name, &options)
    }

    fn message(name: &str, options: &[(&str, &str)]) -> String {
        read(name, options).unwrap_err().message
    }

    #[test]
    fn defaults_are_flinks() {
        assert_eq!(
            read("json", &[("connector", "filesystem")]).unwrap(),
            Format::Json(JsonOptions::default())
        );
        assert_eq!(read("csv", &[]).unwrap(), Format::Csv(CsvOptions::default()));
        assert_eq!(read("raw", &[]).unwrap(), Format::Raw(RawOptions::default()));
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        assert!(message("avro", &[]).contains("json, csv, raw"));
        let unknown = message("json", &[("json.ignore-parse-error", "true")]);
        assert!(unknown.contains("json.ignore-parse-error'"), "{unknown}");
        assert!(unknown.contains("did you mean 'json.ignore-parse-errors'"), "{unknown}");
        assert!(message("json", &[("json.timestamp-format.standard", "RFC")]).contains("SQL, ISO-8601"));
        assert!(message("json", &[("json.ignore-parse-errors", "yes")]).contains("true or false"));
        assert!(message("csv", &[("csv.quote-character", "ab")]).contains("one character"));
        assert!(message("raw", &[("raw.charset", "EBCDIC")]).contains("UTF-8"));
    }

    #[test]
    fn options_that_exclude_each_other_are_refused() {
        message("json", &[("json.fail-on-missing-field", "true"), ("json.ignore-parse-errors", "true")]);
        message("csv", &[("csv.quote-character", "'"), ("csv.disable-quote-character", "true")]);
    }

    #[test]
    fn a_delimiter_may_be_written_as_an_escape() {
        let Format::Csv(options) = read("csv", &[("csv.field-delimiter", "\\t")]).unwrap() else { panic!() };
        assert_eq!(options.field_delimiter, '\t');
        let Format::Csv(options) = read("csv", &[("csv.field-delimiter", "\\u0001")]).unwrap() else {
            panic!()
        };
        assert_eq!(options.field_delimiter, '\u{1}');
    }
}
