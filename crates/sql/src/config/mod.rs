//! The session's configuration: Flink's keys, as SET and RESET see them.
//!
//! Any key can be set, as in Flink, where a connector or a job may read keys of its own. The keys that mean
//! something to this program are listed in [`KEYS`]: their values are checked when they are set, and
//! their defaults stand where nothing is set.

mod bytes;
mod duration;
mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

pub use bytes::parse_bytes;
pub use duration::parse_duration;
pub use keys::{ConfigKey, KEYS, ValueKind};

use crate::error::{Error, Result};
use crate::names::nearest;

/// The most keys a session may set.
const KEYS_MAX: usize = 4096;

/// The keys and values that are set, and the defaults of the known ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    values: Arc<BTreeMap<String, String>>,
}

/// Whether inputs are thought of as streams or as finished tables (`execution.runtime-mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuntimeMode {
    /// Rows come one by one, and results grow with them.
    Streaming,
    /// All input is there; results are made once.
    Batch,
}

/// What a sink does with a NULL in a NOT NULL column (`table.exec.sink.not-null-enforcer`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNullEnforcer {
    /// The job fails.
    Error,
    /// The row is left out.
    Drop,
}

impl Configuration {
    /// Sets a key. Values of known keys are checked.
    ///
    /// # Errors
    /// When a known key's value is not of its kind.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        if key.is_empty() {
            return Err(Error::invalid("the key of SET must not be empty"));
        }
        if let Some(known) = keys::find(key) {
            known.check(value)?;
        }
        let values = Arc::make_mut(&mut self.values);
        if values.len() >= KEYS_MAX && !values.contains_key(key) {
            return Err(Error::invalid(format!(
                "cannot set '{key}': {KEYS_MAX} keys are set already; RESET some of them"
            )));
        }
        values.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Takes a key back to its default.
    pub fn reset(&mut self, key: &str) {
        Arc::make_mut(&mut self.values).remove(key);
    }

    /// Takes all keys back to their defaults.
    pub fn reset_all(&mut self) {
        self.values = Arc::default();
    }

    /// The value that is set, or the known key's default.
    pub fn get(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some(value) => Some(value),
            None => keys::find(key).and_then(|known| known.default),
        }
    }

    /// Whether the key has been set.
    pub fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// What is set, by key.
    pub fn values(&self) -> &Arc<BTreeMap<String, String>> {
        &self.values
    }

    /// `execution.runtime-mode`. AUTOMATIC is taken for STREAMING, as Flink's SQL client does.
    pub fn runtime_mode(&self) -> RuntimeMode {
        if self.is("execution.runtime-mode", "BATCH") { RuntimeMode::Batch } else { RuntimeMode::Streaming }
    }

    /// `table.exec.sink.not-null-enforcer`
    pub fn not_null_enforcer(&self) -> NotNullEnforcer {
        if self.is("table.exec.sink.not-null-enforcer", "DROP") {
            NotNullEnforcer::Drop
        } else {
            NotNullEnforcer::Error
        }
    }

    /// `table.local-time-zone`; UTC unless set.
    pub fn time_zone(&self) -> TimeZone {
        // The value was checked when it was set.
        self.get("table.local-time-zone").and_then(|name| parse_time_zone(name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// The lanes of a job: `table.exec.resource.default-parallelism` or else `parallelism.default`, at most
    /// `pipeline.max-parallelism`.
    pub fn parallelism(&self) -> usize {
        let positive =
            |key: &str| self.get(key).and_then(|value| value.parse().ok()).filter(|lanes: &usize| *lanes > 0);
        let own =
            positive("table.exec.resource.default-parallelism").or_else(|| positive("parallelism.default"));
        own.unwrap_or(1).min(positive("pipeline.max-parallelism").unwrap_or(usize::MAX))
    }

    /// The truth of a BOOLEAN key.
    pub fn is_true(&self, key: &str) -> bool {
        self.is(key, "true")
    }

    /// The value of a duration key.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        self.get(key).and_then(|value| parse_duration(value).ok())
    }

    /// The value of a size key, in bytes; 0 where none is set and the key has no default.
    pub fn bytes(&self, key: &str) -> usize {
        self.get(key).and_then(|value| parse_bytes(value).ok()).unwrap_or(0)
    }

    fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|set| set.eq_ignore_ascii_case(value))
    }
}

/// A time zone as Flink writes it: a region (`Europe/Berlin`), `UTC`, or an offset (`GMT-08:00`, `UTC+01:00`, `+02:00`).
///
/// # Errors
/// When the name is none of these.
pub fn parse_time_zone(name: &str) -> Result<TimeZone> {
    let invalid = || {
        let hint = nearest(name, jiff::tz::db().available().map(|n| n.as_str().to_owned()))
            .map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        Error::invalid(format!(
            "'{name}' is not a time zone: write a region such as 'Europe/Berlin', 'UTC', or an offset such as 'GMT-08:00'{hint}"
        ))
    };
    if matches!(name, "UTC" | "Z" | "GMT" | "UT") {
        return Ok(TimeZone::UTC);
    }
    let offset = ["GMT", "UTC", "UT", ""].iter().find_map(|prefix| name.strip_prefix(prefix));
    if let Some(rest) = offset.filter(|rest| rest.starts_with(['+', '-'])) {
        return parse_offset(rest).map(TimeZone::fixed).ok_or_else(invalid);
    }
    TimeZone::get(name).map_err(|_| invalid())
}

/// `+8`, `-08:00`, `+0530`, `+05:30:15`.
fn parse_offset(text: &str) -> Option<jiff::tz::Offset> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let number = |part: &str, max: i32| {
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<i32>().ok()).flatten().filter(|n| *n <= max)
    };
    let parts: Vec<&str> = if digits.contains(':') {
        digits.split(':').collect()
    } else {
        (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..digits.len().min(at + 2))).collect()
    };
    let (hours, rest) = parts.split_first()?;
    if rest.len() > 2 {
        return None;
    }
    let mut seconds = number(hours, 18)? * 3600;
    for (part, unit) in rest.iter().zip([60, 1]) {
        seconds += number(part, 59)? * unit;
    }
    if seconds > 18 * 3600 {
        return None;
    }
    jiff::tz::Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_kept_and_known_ones_checked() {
        let mut config = Configuration::default();
        config.set("my.own.key", "anything").unwrap();
        assert_eq!(config.get("my.own.key"), Some("anything"));
        let error = config.set("execution.runtime-mode", "fast").unwrap_err();
        assert!(error.message.contains("STREAMING, BATCH or AUTOMATIC"), "{}", error.message);
        config.set("execution.runtime-mode", "batch").unwrap();
        assert_eq!(config.runtime_mode(), RuntimeMode::Batch);
        config.reset("execution.runtime-mode");
        assert_eq!(config.runtime_mode(), RuntimeMode::Streaming);
    }

    #[test]
    fn numbers_have_their_range() {
        let mut config = Configuration::default();
        assert!(config.set("parallelism.default", "0").is_err());
        assert!(config.set("parallelism.default", "many").is_err());
        config.set("parallelism.default", "4").unwrap();
        assert_eq!(config.parallelism(), 4);
        config.set("table.exec.resource.default-parallelism", "8").unwrap();
        assert_eq!(config.parallelism(), 8);
        config.set("pipeline.max-parallelism", "3").unwrap();
        assert_eq!(config.parallelism(), 3);
    }

    #[test]
    fn time_zones_are_regions_or_offsets() {
        for good in ["UTC", "Europe/Berlin", "GMT-08:00", "UTC+1", "+05:30", "GMT+0530"] {
            assert!(parse_time_zone(good).is_ok(), "{good}");
        }
        for bad in ["Mars/Olympus", "GMT+99", "+1:2:3:4", ""] {
            assert!(parse_time_zone(bad).is_err(), "{bad}");
        }
        let error = parse_time_zone("Europe/Berlni").unwrap_err();
        assert!(error.message.ends_with("did you mean 'Europe/Berlin'?"), "{}", error.message);
    }
}
