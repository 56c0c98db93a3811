//! Which day some fields of a date mean, as Java's `GregorianCalendar` finds it out: weeks begin on Sunday, the first one of a year or
//! month is that of its first day, and where fields contradict each other, those that were set last count.

use super::moment::hybrid_to_days;

/// A field of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateField {
    Year,
    Month,
    Day,
    DayOfYear,
    /// 1 is Sunday.
    DayOfWeek,
    WeekOfYear,
    WeekOfMonth,
    /// Which Tuesday of the month, say.
    WeekdayInMonth,
    WeekYear,
}

const FIELDS: usize = 9;
const SUNDAY: i64 = 1;

/// Fields with the order in which they were set, from 1; 0 is not set.
#[derive(Clone, Debug, Default)]
pub(super) struct DateFields {
    values: [i64; FIELDS],
    order: [u32; FIELDS],
    last: u32,
}

impl DateFields {
    pub(super) fn set(&mut self, field: DateField, value: i64) {
        let place = field as usize;
        self.last += 1;
        if let (Some(slot), Some(order)) = (self.values.get_mut(place), self.order.get_mut(place)) {
            (*slot, *order) = (value, self.last);
        }
    }

    fn order(&self, field: DateField) -> u32 {
        self.order.get(field as usize).copied().unwrap_or(0)
    }

    fn get(&self, field: DateField) -> Option<i64> {
        (self.order(field) > 0).then(|| self.values.get(field as usize).copied()).flatten()
    }

    /// Days since 1970-01-01; none where the year is out of range.
    pub(super) fn days(&self, before_christ: bool) -> Option<i64> {
        let year_of_era = self.get(DateField::Year).unwrap_or(1970);
        let year = if before_christ { 1_i64.checked_sub(year_of_era)? } else { year_of_era };
        let weekday = self.get(DateField::DayOfWeek);
        if self.order(DateField::WeekYear) > self.order(DateField::Year) {
            let first = first_sunday(hybrid_to_days(self.get(DateField::WeekYear)?, 1, 1)?);
            let week = self.get(DateField::WeekOfYear).unwrap_or(1);
            let day = weekday.unwrap_or(SUNDAY).checked_sub(SUNDAY)?;
            return first.checked_add(day)?.checked_add(week.checked_sub(1)?.checked_mul(7)?);
        }
        match self.decisive() {
            Decisive::DayOfYear(day) => hybrid_to_days(year, 1, 1)?.checked_add(day)?.checked_sub(1),
            Decisive::WeekOfYear(week) => in_week(hybrid_to_days(year, 1, 1)?, week, weekday),
            Decisive::Month(within) => {
                let month = self.get(DateField::Month).unwrap_or(1);
                let first = || hybrid_to_days(year, month, 1);
                match within {
                    WithinMonth::Day(day) => hybrid_to_days(year, month, day),
                    WithinMonth::Week(week) => in_week(first()?, week, weekday),
                    WithinMonth::Weekday(count) if count >= 0 => {
                        let end = first()?.checked_add(count.checked_mul(7)?)?.checked_sub(1)?;
                        on_or_before(end, weekday.unwrap_or(SUNDAY))
                    }
                    WithinMonth::Weekday(count) => {
                        let next_month = hybrid_to_days(year, month.checked_add(1)?, 1)?;
                        let end = next_month.checked_add(count.checked_add(1)?.checked_mul(7)?)?;
                        on_or_before(end.checked_sub(1)?, weekday.unwrap_or(SUNDAY))
                    }
                }
            }
        }
    }

    /// What the day is taken from: the fields that were completed last; if nothing is whole, a week or a day of the week alone.
    fn decisive(&self) -> Decisive {
        use DateField as F;
        let with_weekday = |field| match (self.order(field), self.order(F::DayOfWeek)) {
            (0, _) | (_, 0) => 0,
            (a, b) => a.max(b),
        };
        let (mut week_of_month, mut in_month, mut week_of_year) =
            (with_weekday(F::WeekOfMonth), with_weekday(F::WeekdayInMonth), with_weekday(F::WeekOfYear));
        let (day, day_of_year) = (self.order(F::Day), self.order(F::DayOfYear));
        let mut best = day.max(week_of_month).max(in_month).max(day_of_year).max(week_of_year);
        if best == 0 {
            week_of_month = self.order(F::WeekOfMonth);
            in_month = self.order(F::WeekdayInMonth).max(self.order(F::DayOfWeek));
            week_of_year = self.order(F::WeekOfYear);
            best = week_of_month.max(in_month).max(week_of_year);
        }
        let value = |field| self.get(field).unwrap_or(1);
        let newer_than_week_of_year = |field| self.order(field) >= self.order(F::WeekOfYear);
        if best == day {
            return Decisive::Month(WithinMonth::Day(value(F::Day)));
        }
        let by_week = best == week_of_month && newer_than_week_of_year(F::WeekOfMonth);
        let by_weekday = best == in_month && newer_than_week_of_year(F::WeekdayInMonth);
        if by_week || by_weekday {
            let week = match week_of_month == in_month {
                true => self.order(F::WeekOfMonth) >= self.order(F::WeekdayInMonth),
                false => best == week_of_month,
            };
            return Decisive::Month(match week {
                true => WithinMonth::Week(value(F::WeekOfMonth)),
                false => WithinMonth::Weekday(value(F::WeekdayInMonth)),
            });
        }
        match best == day_of_year {
            true => Decisive::DayOfYear(value(F::DayOfYear)),
            false => Decisive::WeekOfYear(value(F::WeekOfYear)),
        }
    }
}

/// What a day is taken from.
enum Decisive {
    Month(WithinMonth),
    DayOfYear(i64),
    WeekOfYear(i64),
}

enum WithinMonth {
    Day(i64),
    Week(i64),
    Weekday(i64),
}

/// The Sunday of the week in which a year or month begins.
fn first_sunday(first: i64) -> i64 {
    first - (first + 4).rem_euclid(7)
}

/// The day of the week (Sunday, where there is none) in a week that is counted from that of `first`.
fn in_week(first: i64, week: i64, weekday: Option<i64>) -> Option<i64> {
    let sunday = first_sunday(first);
    let day = match weekday {
        Some(weekday) => on_or_before(sunday.checked_add(6)?, weekday)?,
        None => sunday,
    };
    day.checked_add(week.checked_sub(1)?.checked_mul(7)?)
}

/// The last such day of the week up to a day.
fn on_or_before(day: i64, weekday: i64) -> Option<i64> {
    // 1970-01-01 was a Thursday: 4 days after a Sunday.
    let since = day.checked_add(4)?.checked_sub(weekday.checked_sub(SUNDAY)?)?;
    day.checked_sub(since.rem_euclid(7))
}
