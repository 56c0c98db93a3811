//! The forms of dates, times and timestamps that Flink's parser takes in the JDBC literals `{d '…'}`, `{t '…'}` and `{ts '…'}`.
//!
//! Numbers may have blanks before them and leading zeros, as Java's lenient reading of fields allows; nothing may follow the last one.

/// Whether a string is a date: year, month and day as numbers, the day within its month.
pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-').map(number);
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        // The days that the Gregorian reform left out do not exist in Java's calendar.
        (Some(1582), Some(10), Some(5..=14)) => false,
        (Some(year @ 1..=9999), Some(month @ 1..=12), Some(day @ 1..)) => day <= month_length(year, month),
        _ => false,
    }
}

/// Whether a string is a time of day, perhaps with a fraction of a second.
pub(super) fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.splitn(3, ':').map(number);
    let fields = (parts.next().flatten(), parts.next().flatten(), parts.next().flatten());
    matches!(fields, (Some(0..=23), Some(0..=59), Some(0..=59)))
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a string is a date and a time of day, or a date alone.
pub(super) fn is_timestamp(text: &str) -> bool {
    let lead = text.len() - text.trim_start_matches(' ').len();
    match text.get(lead..).and_then(|rest| rest.split_once(' ')) {
        Some((date, time)) => is_date(date) && is_time(time),
        None => is_date(text),
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.trim_start_matches(' ');
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn month_length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_javas() {
        for good in ["2020-02-29", "2020-1-1", " 2020-1-1", "2020- 1-1", "02020-001-01", "1-1-1"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2021-02-29",
            "2020-13-01",
            "12/21/99",
            "",
            "0-1-1",
            "12345-1-1",
            "2020-1-1 ",
            "1582-10-10",
            "+1-1-1",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn times_may_have_a_fraction() {
        for good in ["12:03:04", "1:2:3", "12:03:04.123", "12:03:04."] {
            assert!(is_time(good), "{good}");
        }
        for bad in ["12:00:00 PM", "25:00:00", "12:00", "1:1:1 ", "1:1:1.a"] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn timestamps_may_have_no_time() {
        for good in ["2020-01-01 12:00:00.5", "2020-01-01", " 2020-1-1  1:1:1"] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in ["2020-01-01T12:00:00", "2020-01-01 ", "2020-01-01 12:00"] {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }
}
