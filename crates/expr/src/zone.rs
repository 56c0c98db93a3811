//! The session's time zone: from instants to wall clocks and back.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A time zone that answers quickly where its offset never changes.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    zone: TimeZone,
    fixed: Option<i64>,
}

impl Zone {
    /// This time zone.
    pub fn new(zone: &TimeZone) -> Self {
        let fixed = zone.to_fixed_offset().ok().map(|offset| i64::from(offset.seconds()));
        Self { zone: zone.clone(), fixed }
    }

    /// The wall clock at an instant; both in microseconds since 1970-01-01 00:00:00, of the wall clock or UTC.
    pub fn to_local(&self, instant: i64) -> i64 {
        instant.saturating_add(self.offset_at(instant).saturating_mul(MICROS_PER_SECOND))
    }

    /// The instant at which the wall clock shows `local`. An hour that the clock skips counts on from before
    /// it was skipped; of an hour that the clock shows twice, the first is meant. So it is in Java.
    pub fn to_instant(&self, local: i64) -> i64 {
        local.saturating_sub(self.offset_for(local).saturating_mul(MICROS_PER_SECOND))
    }

    /// Seconds east of Greenwich at an instant.
    fn offset_at(&self, instant: i64) -> i64 {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        // Beyond the years that the zone's rules are kept for, the last offset goes on.
        let bound = if instant < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let timestamp = Timestamp::from_microsecond(instant).unwrap_or(bound);
        i64::from(self.zone.to_offset(timestamp).seconds())
    }

    /// Seconds east of Greenwich while the wall clock shows `local`.
    fn offset_for(&self, local: i64) -> i64 {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let bound = if local < 0 { DateTime::MIN } else { DateTime::MAX };
        let shown = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(SignedDuration::from_micros(local))
            .unwrap_or(bound);
        let offset: Offset = match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        i64::from(offset.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Microseconds of a wall clock of 2024.
    fn micros(month: i8, day: i8, hour: i8, minute: i8) -> i64 {
        let shown = jiff::civil::date(2024, month, day).at(hour, minute, 0, 0);
        shown.to_zoned(TimeZone::UTC).unwrap().timestamp().as_microsecond()
    }

    #[test]
    fn clocks_that_are_put_forward_and_back() {
        let berlin = Zone::new(&TimeZone::get("Europe/Berlin").unwrap());
        assert_eq!(berlin.to_local(micros(7, 1, 12, 0)), micros(7, 1, 14, 0));
        assert_eq!(berlin.to_instant(micros(7, 1, 14, 0)), micros(7, 1, 12, 0));
        // 02:30 is skipped on 31 March and shown twice on 27 October.
        assert_eq!(berlin.to_instant(micros(3, 31, 2, 30)), micros(3, 31, 1, 30));
        assert_eq!(berlin.to_instant(micros(10, 27, 2, 30)), micros(10, 27, 0, 30));
    }

    #[test]
    fn a_fixed_offset_is_added() {
        let zone = Zone::new(&TimeZone::fixed(Offset::constant(8)));
        assert_eq!(zone.to_local(0), 8 * 3_600 * MICROS_PER_SECOND);
        assert_eq!(zone.to_instant(zone.to_local(123)), 123);
    }
}
