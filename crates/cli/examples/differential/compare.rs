//! Whether both sides say the same of an expression.

use crate::sides::Said;

/// How they differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Ours refuses what the other takes.
    OursRefuses(String),
    /// The other refuses what ours takes.
    OtherRefuses(String),
    /// The types: ours, the other's.
    Type(String, String),
    /// A value: the row, ours, the other's.
    Value(usize, String, String),
    /// Only ours fails for a row.
    OursFails(usize, String),
    /// Only the other fails for a row.
    OtherFails(usize, String),
    /// The other has no answer: its own code breaks.
    OtherBreaks(String),
}

impl Difference {
    /// A word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OursRefuses(_) => "ours refuses",
            Self::OtherRefuses(_) => "Flink refuses",
            Self::Type(..) => "type",
            Self::Value(..) => "value",
            Self::OursFails(..) => "ours fails",
            Self::OtherFails(..) => "Flink fails",
            Self::OtherBreaks(_) => "Flink breaks",
        }
    }

    /// What was said, in one line.
    pub fn detail(&self) -> String {
        let line = |text: &str| text.lines().next().unwrap_or_default().chars().take(300).collect::<String>();
        match self {
            Self::OursRefuses(error) | Self::OtherRefuses(error) | Self::OtherBreaks(error) => line(error),
            Self::Type(ours, other) => format!("{ours}, in Flink {other}"),
            Self::Value(row, ours, other) => format!("row {row}: {}, in Flink {}", line(ours), line(other)),
            Self::OursFails(row, error) | Self::OtherFails(row, error) => {
                format!("row {row}: {}", line(error))
            }
        }
    }
}

/// Parts of messages that tell of a fault in Flink's own code, not in the expression: generated code that does not compile,
/// classes that do not fit, values that break what prints them.
const BREAKS: &[&str] = &[
    ", Column ",
    "Cannot invoke \"",
    "cannot be cast to class",
    "None.get",
    "MatchError",
    "convertTypeToSpec",
    "Invalid value for ",
    "Underflow",
    "BigInteger would overflow",
    "NullPointerException",
    "Unsupported temporal arithmetic",
    "failed to preserve datatypes",
    "Type is not supported: ANY",
    "Unsupported casting from NULL to",
    "Division impossible",
    "StackOverflowError",
    "is NOT NULL, however, a null value is being written",
];

/// What stands before an address.
const ADDRESSES: &[&str] =
    &["[B@", "org.apache.flink.table.data.binary.Binary", "org.apache.flink.table.data.Generic"];

/// How they differ, if they do.
pub fn difference(ours: &Said, other: &Said) -> Option<Difference> {
    let found = plain_difference(ours, other)?;
    Some(match found {
        _ if prints_addresses(other) => {
            Difference::OtherBreaks("an object is printed as its address".to_owned())
        }
        Difference::OtherFails(_, error) | Difference::OtherRefuses(error)
            if BREAKS.iter().any(|part| error.contains(part)) =>
        {
            Difference::OtherBreaks(error)
        }
        other => other,
    })
}

/// Whether a value holds the address of an object, as Java prints one that has no text.
fn prints_addresses(said: &Said) -> bool {
    let Said::Evaluated { rows, .. } = said else { return false };
    rows.iter().flatten().flatten().any(|value| ADDRESSES.iter().any(|part| value.contains(part)))
}

fn plain_difference(ours: &Said, other: &Said) -> Option<Difference> {
    match (ours, other) {
        (Said::Refused(_), Said::Refused(_)) => None,
        // What cannot be computed for any row may be refused before there is one.
        (Said::Refused(_), Said::Evaluated { rows, .. }) if rows.iter().flatten().any(Result::is_err) => None,
        (Said::Refused(error), _) => Some(Difference::OursRefuses(error.clone())),
        (Said::Evaluated { rows, .. }, Said::Refused(_)) if rows.iter().flatten().any(Result::is_err) => None,
        (_, Said::Refused(error)) => Some(Difference::OtherRefuses(error.clone())),
        (
            Said::Evaluated { data_type, rows },
            Said::Evaluated { data_type: other_type, rows: other_rows },
        ) => {
            // A job that fails may give no row at all: which of them is to blame is not known.
            let nothing_else = !other_rows.iter().flatten().any(Result::is_ok);
            let fails = |rows: &[Option<Result<String, String>>]| rows.iter().flatten().any(Result::is_err);
            if nothing_else && fails(rows) && fails(other_rows) {
                return None;
            }
            for (row, pair) in rows.iter().zip(other_rows).enumerate() {
                let row = row + 1;
                match pair {
                    (Some(Ok(value)), Some(Ok(other))) if !equal(value, other) => {
                        return Some(Difference::Value(row, value.clone(), other.clone()));
                    }
                    (Some(Err(error)), Some(Ok(_))) => {
                        return Some(Difference::OursFails(row, error.clone()));
                    }
                    (Some(Ok(_)), Some(Err(error))) => {
                        return Some(Difference::OtherFails(row, error.clone()));
                    }
                    _ => {}
                }
            }
            let partly =
                other_rows.iter().any(Option::is_none) || rows.iter().any(|row| matches!(row, Some(Err(_))));
            let same = data_type == other_type
                || other_type.is_empty()
                || partly && outer(data_type) == outer(other_type);
            (!same).then(|| Difference::Type(data_type.clone(), other_type.clone()))
        }
    }
}

fn outer(data_type: &str) -> &str {
    data_type.strip_suffix(" NOT NULL").unwrap_or(data_type)
}

/// Equal text; numbers may be written in several ways.
fn equal(ours: &str, other: &str) -> bool {
    ours == other
}
