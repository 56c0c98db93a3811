//! Sizes as Flink's configuration writes them: `64 mb`, `1g`, `4096`.

use crate::error::{Error, Result};

/// The units with their labels and bytes.
const UNITS: &[(&[&str], usize)] = &[
    (&["", "b", "bytes"], 1),
    (&["k", "kb", "kibibytes"], 1 << 10),
    (&["m", "mb", "mebibytes"], 1 << 20),
    (&["g", "gb", "gibibytes"], 1 << 30),
    (&["t", "tb", "tebibytes"], 1 << 40),
];

/// A whole number with a unit; without one it is bytes. As in Flink, `kb` are 1024 bytes.
///
/// # Errors
/// When the text is not a number with a known unit, or does not fit.
pub fn parse_bytes(text: &str) -> Result<usize> {
    let trimmed = text.trim();
    let invalid = || {
        Error::invalid(format!(
            "'{text}' is not a size: write a whole number and a unit (b, kb, mb, gb or tb), such as '64 mb'"
        ))
    };
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(digits).ok_or_else(invalid)?;
    let number: usize = number.parse().map_err(|_| invalid())?;
    let unit = unit.trim().to_lowercase();
    let each = UNITS.iter().find(|(labels, _)| labels.contains(&unit.as_str())).ok_or_else(invalid)?.1;
    number.checked_mul(each).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        for (text, bytes) in [("4096", 4096), ("64 mb", 64 << 20), ("1g", 1 << 30), ("2 KB", 2048), ("0b", 0)]
        {
            assert_eq!(parse_bytes(text).unwrap(), bytes, "{text}");
        }
        for bad in ["", "mb", "-1 mb", "1.5 gb", "1 pb", "99999999999999999999", "99999999999 tb"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }
}
