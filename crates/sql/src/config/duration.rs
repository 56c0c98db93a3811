//! Durations as Flink's configuration writes them: `10 s`, `500ms`, `1 min`.

use std::time::Duration;

use crate::error::{Error, Result};

/// The units with their labels and nanoseconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["d", "day", "days"], 86_400_000_000_000),
    (&["h", "hour", "hours"], 3_600_000_000_000),
    (&["m", "min", "minute", "minutes"], 60_000_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["ms", "milli", "millis", "millisecond", "milliseconds"], 1_000_000),
    (&["µs", "micro", "micros", "microsecond", "microseconds"], 1_000),
    (&["ns", "nano", "nanos", "nanosecond", "nanoseconds"], 1),
];

/// A whole number with a unit; without one it is milliseconds.
///
/// # Errors
/// When the text is not a number with a known unit, or too long a time.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let trimmed = text.trim();
    let invalid = || {
        Error::invalid(format!(
            "'{text}' is not a duration: write a whole number and a unit (d, h, min, s, ms, µs or ns), such as '10 s'"
        ))
    };
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(digits).ok_or_else(invalid)?;
    let number: u64 = number.parse().map_err(|_| invalid())?;
    let unit = unit.trim().to_lowercase();
    let nanos_each = if unit.is_empty() {
        1_000_000
    } else {
        UNITS.iter().find(|(labels, _)| labels.contains(&unit.as_str())).ok_or_else(invalid)?.1
    };
    number.checked_mul(nanos_each).map(Duration::from_nanos).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        for (text, millis) in
            [("10 s", 10_000), ("500ms", 500), ("1 min", 60_000), ("7", 7), ("2 DAYS", 172_800_000)]
        {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for bad in ["", "s", "-1 s", "1.5 s", "1 fortnight", "99999999999999999999 d", "9999999999999 d"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
