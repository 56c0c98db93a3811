//! Patterns of dates and times, parsed: those of Java's `DateTimeFormatter`, and those of `SimpleDateFormat`,
//! which Flink still uses for TO_DATE, FROM_UNIXTIME, UNIX_TIMESTAMP, CONVERT_TZ and DATE_FORMAT of strings.

use crate::error::{Error, Result};

/// The most letters, literals and brackets a pattern may have.
const ITEMS_MAX: usize = 1_000;

/// How a pattern is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `java.time.format.DateTimeFormatter`
    Modern,
    /// `java.text.SimpleDateFormat`
    Legacy,
}

/// A parsed pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) dialect: Dialect,
    pub(super) items: Vec<Item>,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Literal(String),
    /// A field and how often its letter stands there.
    Field(Field, usize),
    /// What is printed up to here, from the last such item on, is padded with spaces to this width.
    Pad(usize),
    /// What may be missing when read, up to the matching end.
    OptionalStart,
    OptionalEnd,
}

/// What a letter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Era,
    YearOfEra,
    Year,
    WeekYear,
    Month,
    QuarterOfYear,
    WeekOfYear,
    WeekOfMonth,
    DayOfYear,
    Day,
    /// The number of the week of the month of seven days from its first, as a day's place in the month tells.
    WeekdayInMonth,
    DayText,
    /// 1 for Sunday.
    LocalDay,
    /// 1 for Monday.
    IsoDay,
    HalfDay,
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfHour,
    /// 1 to 12.
    HalfClockHour,
    Minute,
    Second,
    Fraction,
    MilliOfDay,
    NanoOfSecond,
    NanoOfDay,
    /// `PST`
    ZoneName,
    /// `America/Los_Angeles`
    ZoneId,
    /// `-0800`
    OffsetRfc,
    /// `Z`, `-08`, `-0800`, `-08:00`
    OffsetIso,
    /// As above, but `+00` instead of `Z`.
    OffsetPlain,
    /// `GMT+8`
    OffsetGmt,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// Invalid where Java refuses it, Unsupported for what it knows more.
    pub(super) fn new(text: &str, dialect: Dialect) -> Result<Self> {
        let mut items: Vec<Item> = Vec::new();
        let mut rest = text;
        let mut optional = 0_usize;
        while let Some(character) = rest.chars().next() {
            if items.len() > ITEMS_MAX {
                return Err(Error::unsupported(format!("a pattern of more than {ITEMS_MAX} parts")));
            }
            match character {
                '\'' => {
                    let (literal, after) = quoted(text, rest)?;
                    push_literal(&mut items, &literal);
                    rest = after;
                    continue;
                }
                letter if letter.is_ascii_alphabetic() => {
                    let count = rest.len() - rest.trim_start_matches(letter).len();
                    rest = rest.get(count..).unwrap_or_default();
                    if letter == 'p' && dialect == Dialect::Modern {
                        items.push(Item::Pad(count));
                    } else {
                        items.push(field(text, letter, count, dialect)?);
                    }
                    continue;
                }
                '[' if dialect == Dialect::Modern => {
                    optional += 1;
                    items.push(Item::OptionalStart);
                }
                ']' if dialect == Dialect::Modern => {
                    optional = optional.checked_sub(1).ok_or_else(|| {
                        Error::invalid(format!("the pattern '{text}' has a ']' without a '['"))
                    })?;
                    items.push(Item::OptionalEnd);
                }
                '{' | '}' | '#' if dialect == Dialect::Modern => {
                    return Err(Error::invalid(format!(
                        "the pattern '{text}' holds the reserved character '{character}'"
                    )));
                }
                other => push_literal(&mut items, other.encode_utf8(&mut [0; 4])),
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
        items.extend(std::iter::repeat_n(Item::OptionalEnd, optional));
        Ok(Self { dialect, items })
    }

    /// Whether the next item after `index` is a number of fixed place, so that the one at `index` may not take its
    /// digits.
    pub(super) fn abuts(&self, index: usize) -> bool {
        matches!(self.items.get(index + 1), Some(Item::Field(field, count)) if field.is_number(*count, self.dialect))
    }
}

/// The text of a quotation at the start of `rest`, and what follows it. Two quotation marks are one.
fn quoted<'p>(pattern: &str, rest: &'p str) -> Result<(String, &'p str)> {
    let mut literal = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    if let Some((_, '\'')) = characters.peek() {
        return Ok(("'".to_owned(), rest.get(2..).unwrap_or_default()));
    }
    while let Some((at, character)) = characters.next() {
        match (character, characters.peek()) {
            ('\'', Some((_, '\''))) => {
                characters.next();
                literal.push('\'');
            }
            ('\'', _) => return Ok((literal, rest.get(at + 1..).unwrap_or_default())),
            (other, _) => literal.push(other),
        }
    }
    Err(Error::invalid(format!("the pattern '{pattern}' ends within a quotation")))
}

fn push_literal(items: &mut Vec<Item>, text: &str) {
    match items.last_mut() {
        Some(Item::Literal(literal)) => literal.push_str(text),
        _ => items.push(Item::Literal(text.to_owned())),
    }
}

/// The field of a letter that stands `count` times.
fn field(pattern: &str, letter: char, count: usize, dialect: Dialect) -> Result<Item> {
    use Field::{
        ClockHour, Day, DayOfYear, DayText, Era, Fraction, HalfClockHour, HalfDay, HalfHour, Hour, IsoDay,
        LocalDay, MilliOfDay, Minute, Month, NanoOfDay, NanoOfSecond, OffsetGmt, OffsetIso, OffsetPlain,
        OffsetRfc, QuarterOfYear, Second, WeekOfMonth, WeekOfYear, WeekYear, WeekdayInMonth, Year, YearOfEra,
        ZoneId, ZoneName,
    };
    let legacy = dialect == Dialect::Legacy;
    // The field, and how often its letter may stand.
    let (field, most) = match letter {
        'G' => (Era, 5),
        'y' => (YearOfEra, 19),
        'Y' => (WeekYear, 19),
        'M' | 'L' => (Month, 5),
        'w' => (WeekOfYear, 2),
        'W' => (WeekOfMonth, 1),
        'D' => (DayOfYear, 3),
        'd' => (Day, 2),
        'F' => (WeekdayInMonth, 1),
        'E' => (DayText, 5),
        'a' => (HalfDay, 1),
        'H' => (Hour, 2),
        'k' => (ClockHour, 2),
        'K' => (HalfHour, 2),
        'h' => (HalfClockHour, 2),
        'm' => (Minute, 2),
        's' => (Second, 2),
        'S' => (Fraction, 9),
        'z' => (ZoneName, 4),
        'X' => (OffsetIso, if legacy { 3 } else { 5 }),
        'Z' => (OffsetRfc, 5),
        'u' => (if legacy { IsoDay } else { Year }, 19),
        'Q' | 'q' if !legacy => (QuarterOfYear, 5),
        'e' | 'c' if !legacy => (LocalDay, 5),
        'A' if !legacy => (MilliOfDay, 19),
        'n' if !legacy => (NanoOfSecond, 19),
        'N' if !legacy => (NanoOfDay, 19),
        'V' if !legacy => (ZoneId, 2),
        'O' if !legacy => (OffsetGmt, 4),
        'x' if !legacy => (OffsetPlain, 5),
        'B' if !legacy => return Err(Error::unsupported(format!("the pattern letter 'B' of '{pattern}'"))),
        _ => {
            return Err(Error::invalid(format!(
                "the pattern '{pattern}' holds the unknown letter '{letter}'"
            )));
        }
    };
    let most = if legacy && letter != 'X' { usize::from(u8::MAX) } else { most };
    if count > most || (letter == 'c' && count == 2) {
        return Err(Error::invalid(format!(
            "the pattern '{pattern}' holds the letter '{letter}' {count} times"
        )));
    }
    Ok(Item::Field(field, count))
}

impl Field {
    /// Whether it is a number where its letter stands `count` times.
    pub(super) fn is_number(self, count: usize, dialect: Dialect) -> bool {
        match self {
            Self::Month | Self::QuarterOfYear | Self::LocalDay => count < 3,
            Self::Era | Self::DayText | Self::HalfDay => false,
            Self::ZoneName
            | Self::ZoneId
            | Self::OffsetRfc
            | Self::OffsetIso
            | Self::OffsetPlain
            | Self::OffsetGmt => false,
            // A fraction has a fixed number of digits; before it, a number of variable width takes all digits there are.
            Self::Fraction => dialect == Dialect::Legacy || count > 0,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_quotations() {
        let pattern = Pattern::new("yyyy'T'HH ''''x''", Dialect::Modern);
        assert!(pattern.is_ok());
        let pattern = Pattern::new("HH'o''clock' :mm", Dialect::Modern).unwrap();
        assert_eq!(
            pattern.items,
            [Item::Field(Field::Hour, 2), Item::Literal("o'clock :".into()), Item::Field(Field::Minute, 2)]
        );
    }

    #[test]
    fn what_java_refuses() {
        for text in ["b", "MMMMMM", "ddd", "aa", "cc", "{", "]", "'open", "SSSSSSSSSS", "XXXXXX"] {
            assert!(Pattern::new(text, Dialect::Modern).is_err(), "{text}");
        }
        for text in ["n", "Q", "e", "XXXX", "'open"] {
            assert!(Pattern::new(text, Dialect::Legacy).is_err(), "{text}");
        }
        assert!(Pattern::new("[[yyyy]", Dialect::Modern).is_ok());
        assert!(Pattern::new("MMMMMM", Dialect::Legacy).is_ok());
        assert!(Pattern::new(&"y-".repeat(1_000), Dialect::Legacy).is_err());
    }
}
