//! The configuration keys that mean something here.

use super::{parse_bytes, parse_duration, parse_time_zone};
use crate::error::{Error, Result};

/// A key with a meaning, its kind of value and its default.
#[derive(Clone, Copy, Debug)]
pub struct ConfigKey {
    /// The key, as Flink writes it.
    pub key: &'static str,
    /// What values it takes.
    pub kind: ValueKind,
    /// The value where nothing is set.
    pub default: Option<&'static str>,
    /// What it does, in a line.
    pub meaning: &'static str,
}

/// What values a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, at least so great.
    Integer {
        /// The least value.
        min: i64,
    },
    /// A duration such as `10 s`.
    Duration,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// One of the words `taken`, in any case; those `refused` are Flink's, and mean nothing here yet.
    WordOf {
        /// What may be set.
        taken: &'static [&'static str],
        /// What Flink would take.
        refused: &'static [&'static str],
    },
    /// A size such as `64 mb`.
    Bytes,
    /// A time zone.
    TimeZone,
    /// Any text.
    Text,
}

const fn key(
    key: &'static str,
    kind: ValueKind,
    default: Option<&'static str>,
    meaning: &'static str,
) -> ConfigKey {
    ConfigKey { key, kind, default, meaning }
}

/// The known keys, in alphabetical order.
pub const KEYS: &[ConfigKey] = &[
    key(
        "execution.runtime-mode",
        ValueKind::Word(&["STREAMING", "BATCH", "AUTOMATIC"]),
        Some("STREAMING"),
        "whether a query over finished input is planned as a stream or as a finished table",
    ),
    key(
        "millstream.commit.interval",
        ValueKind::Duration,
        Some("10 ms"),
        "how long rows for a topic wait for more of them before they are committed, while there is more to read",
    ),
    key(
        "millstream.memory.state",
        ValueKind::Bytes,
        Some("256 mb"),
        "what the stateful operators of a job (GROUP BY, ORDER BY, DISTINCT) may hold together in memory",
    ),
    key(
        "millstream.source.max-record-size",
        ValueKind::Bytes,
        Some("16 mb"),
        "the longest line or record that a file or pipe may have",
    ),
    key(
        "parallelism.default",
        ValueKind::Integer { min: 1 },
        Some("1"),
        "lanes of a job: parallel instances of its operators",
    ),
    key(
        "pipeline.auto-watermark-interval",
        ValueKind::Duration,
        Some("200 ms"),
        "how often watermarks are made; without effect so far: no operator waits for them",
    ),
    key(
        "pipeline.max-parallelism",
        ValueKind::Integer { min: -1 },
        Some("-1"),
        "the most lanes a job may have",
    ),
    key(
        "pipeline.name",
        ValueKind::Text,
        None,
        "the name of the jobs that follow, under which `--data` keeps their progress; unset, `insert-into_` and the table",
    ),
    key(
        "pipeline.object-reuse",
        ValueKind::Boolean,
        Some("false"),
        "taken, without effect: rows are never copied here",
    ),
    key(
        "sql-client.execution.max-table-result.rows",
        ValueKind::Integer { min: -1 },
        Some("1000000"),
        "rows kept of a result that is shown as a table; without effect: none are kept",
    ),
    key(
        "sql-client.execution.result-mode",
        ValueKind::Word(&["TABLE", "CHANGELOG", "TABLEAU"]),
        Some("TABLE"),
        "how Flink's client shows results; without effect: `--output` says how they are shown",
    ),
    key(
        "sql-client.verbose",
        ValueKind::Boolean,
        Some("false"),
        "whether errors show all that is known; without effect: they always do",
    ),
    key(
        "table.display.max-column-width",
        ValueKind::Integer { min: 1 },
        Some("30"),
        "characters of a column that is shown as a table, where its type has no length",
    ),
    key(
        "table.dml-sync",
        ValueKind::Boolean,
        Some("false"),
        "whether an INSERT over input without end is waited for, too",
    ),
    key(
        "table.dynamic-table-options.enabled",
        ValueKind::Boolean,
        Some("true"),
        "whether the OPTIONS hint may change a table's options",
    ),
    key(
        "table.exec.mini-batch.allow-latency",
        ValueKind::Duration,
        Some("0 ms"),
        "how long rows may wait for more; without effect",
    ),
    key(
        "table.exec.mini-batch.enabled",
        ValueKind::Boolean,
        Some("false"),
        "whether rows are gathered before they change state; without effect: rows are taken in batches always",
    ),
    key(
        "table.exec.mini-batch.size",
        ValueKind::Integer { min: -1 },
        Some("-1"),
        "rows gathered at the most; without effect",
    ),
    key(
        "table.exec.resource.default-parallelism",
        ValueKind::Integer { min: -1 },
        Some("-1"),
        "as parallelism.default, over which it wins",
    ),
    key(
        "table.exec.sink.not-null-enforcer",
        ValueKind::Word(&["ERROR", "DROP"]),
        Some("ERROR"),
        "what becomes of a NULL on its way into a NOT NULL column: the job fails, or the row is left out",
    ),
    key(
        "table.exec.sink.type-length-enforcer",
        ValueKind::WordOf { taken: &["IGNORE"], refused: &["TRIM_PAD", "ERROR"] },
        Some("IGNORE"),
        "what becomes of a value that does not fit the length of a column it is written to: it is written as it is",
    ),
    key(
        "table.exec.source.idle-timeout",
        ValueKind::Duration,
        Some("0 ms"),
        "after how long an idle source no longer holds watermarks back; without effect so far",
    ),
    key(
        "table.exec.state.ttl",
        ValueKind::Duration,
        Some("0 ms"),
        "how long unused state is kept; 0 is for ever; without effect so far: state lives as long as its query",
    ),
    key(
        "table.local-time-zone",
        ValueKind::TimeZone,
        Some("UTC"),
        "the session's time zone, in which TIMESTAMP_LTZ is read and shown",
    ),
    key(
        "table.sql-dialect",
        ValueKind::Word(&["DEFAULT"]),
        Some("default"),
        "the dialect of SQL: only Flink's own",
    ),
];

/// The known key of that name.
pub(super) fn find(name: &str) -> Option<&'static ConfigKey> {
    KEYS.iter().find(|known| known.key == name)
}

impl ConfigKey {
    /// Whether `value` is of the key's kind.
    pub(super) fn check(&self, value: &str) -> Result<()> {
        let wrong = |expected: &str| {
            Err(Error::invalid(format!("'{value}' is not a value of '{}': it takes {expected}", self.key)))
        };
        match self.kind {
            ValueKind::Boolean => match value.to_ascii_lowercase().as_str() {
                "true" | "false" => Ok(()),
                _ => wrong("true or false"),
            },
            ValueKind::Integer { min } => match value.parse::<i64>() {
                Ok(number) if number >= min && number <= i64::from(i32::MAX) => Ok(()),
                _ => wrong(&format!("a whole number from {min} to {}", i32::MAX)),
            },
            ValueKind::Duration => parse_duration(value)
                .map(|_| ())
                .map_err(|e| Error::invalid(format!("{} (key '{}')", e.message, self.key))),
            ValueKind::Bytes => parse_bytes(value)
                .map(|_| ())
                .map_err(|e| Error::invalid(format!("{} (key '{}')", e.message, self.key))),
            ValueKind::TimeZone => parse_time_zone(value)
                .map(|_| ())
                .map_err(|e| Error::invalid(format!("{} (key '{}')", e.message, self.key))),
            ValueKind::Word(words) => {
                if words.iter().any(|word| word.eq_ignore_ascii_case(value)) {
                    return Ok(());
                }
                match words.split_last() {
                    Some((last, rest)) if !rest.is_empty() => {
                        wrong(&format!("{} or {last}", rest.join(", ")))
                    }
                    _ => wrong(&words.join(", ")),
                }
            }
            ValueKind::WordOf { taken, refused } => {
                if taken.iter().any(|word| word.eq_ignore_ascii_case(value)) {
                    return Ok(());
                }
                if refused.iter().any(|word| word.eq_ignore_ascii_case(value)) {
                    return Err(Error::unsupported(format!(
                        "'{}' = '{value}' is not supported yet: it takes {}",
                        self.key,
                        taken.join(" or ")
                    )));
                }
                wrong(&taken.join(" or "))
            }
            ValueKind::Text => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_flink_would_take_is_told_from_what_is_wrong() {
        let enforcer = find("table.exec.sink.type-length-enforcer").unwrap();
        assert!(enforcer.check("ignore").is_ok());
        assert!(enforcer.check("trim_pad").unwrap_err().message.contains("not supported yet"));
        assert!(enforcer.check("cut").unwrap_err().message.contains("it takes IGNORE"));
    }

    #[test]
    fn defaults_are_values_of_their_keys() {
        for known in KEYS {
            if let Some(default) = known.default {
                known.check(default).unwrap();
            }
        }
        assert!(KEYS.is_sorted_by_key(|known| known.key));
    }
}
