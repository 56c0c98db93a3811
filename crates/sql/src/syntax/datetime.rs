//! The forms of dates, times and timestamps that Flink's parser takes in its literals.

/// Whether a string is a date: year, month and day as numbers, the day within its month.
pub fn is_date(text: &str) -> bool {
    let mut parts = text.trim().splitn(3, '-');
    let mut next = |most: usize| parts.next().and_then(|part| digits(part, most));
    match (next(4), next(2), next(2)) {
        (Some(year), Some(month @ 1..=12), Some(day @ 1..)) => day <= month_length(year, month),
        _ => false,
    }
}

/// Whether a string is a time of day, perhaps with a fraction of a second.
pub fn is_time(text: &str) -> bool {
    let (clock, fraction) = match text.trim().split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text.trim(), None),
    };
    let mut parts = clock.splitn(3, ':');
    let mut next = || parts.next().and_then(|part| digits(part, 2));
    matches!((next(), next(), next()), (Some(0..=23), Some(0..=59), Some(0..=59)))
        && fraction.is_none_or(|fraction| fraction.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a string is a date and a time of day, or a date alone.
pub fn is_timestamp(text: &str) -> bool {
    match text.trim().split_once(' ') {
        Some((date, time)) => is_date(date) && is_time(time),
        None => is_date(text),
    }
}

fn digits(text: &str, most: usize) -> Option<u32> {
    let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
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
    fn forms_are_calcites() {
        assert!(is_date("2020-02-29") && is_date("2020-1-1"));
        assert!(!is_date("2021-02-29") && !is_date("2020-13-01") && !is_date("12/21/99") && !is_date(""));
        assert!(is_time("12:03:04") && is_time("12:03:04.123"));
        assert!(!is_time("12:00:00 PM") && !is_time("25:00:00"));
        assert!(is_timestamp("2020-01-01 12:00:00.5") && is_timestamp("2020-01-01"));
        assert!(!is_timestamp("2020-01-01T12:00:00"));
    }
}
