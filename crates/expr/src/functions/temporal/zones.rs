//! Time zones by the names that Java gives them, and offsets as its older classes compute them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Dst, Offset, TimeZone};

use super::unit::MILLIS_PER_SECOND;

/// 1900-01-01 00:00:00 UTC: before it, Java's older classes know the standard offset only.
const OFFSETS_START_SECONDS: i64 = -2_208_988_800;

/// The abbreviations that `java.util.TimeZone` knows, and the zones that they stand for.
const ABBREVIATIONS: [(&str, &str); 28] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("EST", "Etc/GMT+5"),
    ("HST", "Etc/GMT+10"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("MST", "Etc/GMT+7"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// The zone that `java.util.TimeZone` finds for a name: a region, an abbreviation or `GMT+8:00`; else GMT.
pub(super) fn lenient(name: &str) -> TimeZone {
    let region = ABBREVIATIONS.iter().find(|(short, _)| *short == name).map_or(name, |(_, region)| region);
    region_named(region).or_else(|| offset(name.strip_prefix("GMT")?)).unwrap_or(TimeZone::UTC)
}

/// The zone that `java.time.ZoneId` finds for a name, if any: a region, `Z`, `+08:00` or `UTC+8`.
pub(super) fn strict(name: &str) -> Option<TimeZone> {
    if name == "Z" {
        return Some(TimeZone::UTC);
    }
    // Java knows these as abbreviations only.
    if matches!(name, "EST" | "HST" | "MST") {
        return None;
    }
    let prefixed = ["UTC", "GMT", "UT"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    region_named(name).or_else(|| offset(prefixed.unwrap_or(name)))
}

/// A region of the time zone database by its exact name.
fn region_named(name: &str) -> Option<TimeZone> {
    let zone = TimeZone::get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

/// `+8`, `-08`, `+0830` or `+08:30`.
fn offset(text: &str) -> Option<TimeZone> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "00"),
    };
    let number = |text: &str, least: usize| {
        ((least..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let (hours, minutes): (i32, i32) = (number(hours, 1)?, number(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(TimeZone::fixed(Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()?))
}

/// A zone as `java.util.TimeZone` and `GregorianCalendar` use it.
#[derive(Clone, Debug)]
pub(super) struct OldZone {
    zone: TimeZone,
    /// Seconds east of Greenwich outside of summer time, today.
    standard: i64,
}

impl OldZone {
    pub(super) fn new(zone: &TimeZone) -> Self {
        let halves = [1_704_067_200, 1_719_792_000].map(|seconds| {
            let info = zone.to_offset_info(Timestamp::from_second(seconds).unwrap_or_default());
            (info.dst(), i64::from(info.offset().seconds()))
        });
        let [(first, january), (_, july)] = halves;
        Self { zone: zone.clone(), standard: if first == Dst::No { january } else { july } }
    }

    /// Seconds east of Greenwich at an instant, and the zone's abbreviation then.
    pub(super) fn offset_at(&self, seconds: i64) -> (i64, String) {
        let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let info = self.zone.to_offset_info(Timestamp::from_second(seconds).unwrap_or(bound));
        let abbreviation = info.abbreviation().to_owned();
        match seconds < OFFSETS_START_SECONDS {
            true => (self.standard, abbreviation),
            false => (i64::from(info.offset().seconds()), abbreviation),
        }
    }

    /// The instant at which the clock shows `local`, both in milliseconds. An hour that the clock skips counts on from
    /// before it was skipped; of an hour that the clock shows twice, the second is meant.
    pub(super) fn to_instant(&self, local: i64) -> i64 {
        let seconds = local.div_euclid(MILLIS_PER_SECOND);
        if seconds.saturating_sub(self.standard) < OFFSETS_START_SECONDS {
            return local.saturating_sub(self.standard.saturating_mul(MILLIS_PER_SECOND));
        }
        let bound = if seconds < 0 { DateTime::MIN } else { DateTime::MAX };
        let shown = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(jiff::SignedDuration::from_secs(seconds))
            .unwrap_or(bound);
        let offset = match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { after, .. } => after,
        };
        local.saturating_sub(i64::from(offset.seconds()).saturating_mul(MILLIS_PER_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &TimeZone) -> f64 {
        f64::from(zone.to_offset(Timestamp::UNIX_EPOCH).seconds()) / 3_600.0
    }

    #[test]
    fn names_of_zones() {
        assert_eq!(hours(&lenient("PST")), -8.0);
        assert_eq!(hours(&lenient("GMT+8")), 8.0);
        assert_eq!(hours(&lenient("GMT-03:30")), -3.5);
        for unknown in ["xx", "UTC+8", "+08:00", "GMT8", "europe/berlin"] {
            assert_eq!(hours(&lenient(unknown)), 0.0, "{unknown}");
        }
        assert_eq!(strict("UTC+8").map(|zone| hours(&zone)), Some(8.0));
        assert_eq!(strict("+08:00").map(|zone| hours(&zone)), Some(8.0));
        assert_eq!(strict("Asia/Tokyo").map(|zone| hours(&zone)), Some(9.0));
        assert!(strict("PST").is_none() && strict("EST").is_none());
        assert!(ABBREVIATIONS.iter().all(|(_, region)| TimeZone::get(region).is_ok()));
    }

    #[test]
    fn the_second_of_two_hours_is_meant() {
        let zone = OldZone::new(&TimeZone::get("America/Los_Angeles").unwrap());
        let instant = |month, hour| {
            let local = jiff::civil::date(2020, month, if month == 3 { 8 } else { 1 }).at(hour, 30, 0, 0);
            let millis = local.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
            (zone.to_instant(millis) - millis) / 3_600_000
        };
        assert_eq!(instant(3, 2), 8);
        assert_eq!(instant(11, 1), 8);
        assert_eq!(instant(11, 0), 7);
        assert_eq!(zone.offset_at(-62_135_596_800).0, -28_800);
    }
}
