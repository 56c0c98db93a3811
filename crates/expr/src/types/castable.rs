//! Which types convert to which: by themselves, and when asked to.

use super::{DataType, IntervalResolution, Kind};

/// Whether a value of `from` may be taken for a `to` without being asked for: widening that loses nothing, besides
/// TIMESTAMP to DATE and TIME, which Flink counts in. A nullable type never becomes a NOT NULL one this way.
pub fn implicitly_castable(from: &DataType, to: &DataType) -> bool {
    if from.nullable && !to.nullable {
        return false;
    }
    if from.kind == to.kind || from.kind == Kind::Null {
        return true;
    }
    match (&from.kind, &to.kind) {
        (Kind::Array(a), Kind::Array(b)) | (Kind::Multiset(a), Kind::Multiset(b)) => {
            implicitly_castable(a, b)
        }
        (Kind::Map(k, v), Kind::Map(l, w)) => implicitly_castable(k, l) && implicitly_castable(v, w),
        (Kind::Row(a), Kind::Row(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(x, y)| implicitly_castable(&x.data_type, &y.data_type))
        }
        (Kind::Char { .. }, Kind::Char { .. })
        | (Kind::Char { .. } | Kind::VarChar { .. }, Kind::VarChar { .. })
        | (Kind::Binary { .. }, Kind::Binary { .. })
        | (Kind::Binary { .. } | Kind::VarBinary { .. }, Kind::VarBinary { .. })
        | (Kind::Timestamp { .. }, Kind::Date | Kind::Time { .. })
        | (Kind::Time { .. }, Kind::Time { .. })
        | (
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. },
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. },
        )
        | (Kind::IntervalYearMonth(_), Kind::IntervalYearMonth(_))
        | (Kind::IntervalDayTime(_), Kind::IntervalDayTime(_)) => true,
        (from, Kind::Decimal { .. } | Kind::Double) => from.is_numeric(),
        (from, Kind::Float) => from.is_exact_numeric(),
        (from, to) => {
            let rank = |kind: &Kind| match kind {
                Kind::TinyInt => Some(1),
                Kind::SmallInt => Some(2),
                Kind::Int => Some(3),
                Kind::BigInt => Some(4),
                _ => None,
            };
            matches!((rank(from), rank(to)), (Some(a), Some(b)) if a <= b)
        }
    }
}

/// Whether `CAST(from AS to)` is allowed. A value may still fail to convert. What may be NULL plays no part.
pub fn explicitly_castable(from: &DataType, to: &DataType) -> bool {
    use Kind::{
        Array, Boolean, Date, IntervalDayTime, IntervalYearMonth, Map, Multiset, Null, Row, Time, Timestamp,
        TimestampLtz,
    };
    if from.kind == to.kind {
        return true;
    }
    match (&from.kind, &to.kind) {
        (_, Null) => false,
        (Null, _) => true,
        (Array(a), Array(b)) | (Multiset(a), Multiset(b)) => explicitly_castable(a, b),
        (Map(k, v), Map(l, w)) => explicitly_castable(k, l) && explicitly_castable(v, w),
        (Row(a), Row(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(x, y)| explicitly_castable(&x.data_type, &y.data_type))
        }
        // Everything prints.
        (_, to) if to.is_character() => true,
        (Kind::Variant, to) => to.is_numeric() || to.is_datetime() || *to == Boolean,
        (_, Kind::Variant) => false,
        (from, to) if from.is_nested() || to.is_nested() => false,
        (from, to) if from.is_character() => !to.is_interval(),
        (from, to) if from.is_binary() || to.is_binary() => from.is_binary() && to.is_binary(),
        (Boolean, to) => to.is_numeric(),
        (from, Boolean) => from.is_numeric(),
        (from, to) if from.is_numeric() && to.is_numeric() => true,
        (IntervalYearMonth(_), IntervalYearMonth(_)) | (IntervalDayTime(_), IntervalDayTime(_)) => true,
        // A number of what, if there is more than one field?
        (IntervalYearMonth(field) | IntervalDayTime(field), number)
        | (number, IntervalYearMonth(field) | IntervalDayTime(field)) => {
            number.is_exact_numeric() && is_single_field(field.resolution)
        }
        (Timestamp { .. } | TimestampLtz { .. }, to) => to.is_datetime(),
        (Date | Time { .. }, Timestamp { .. } | TimestampLtz { .. }) | (Time { .. }, Time { .. }) => true,
        _ => false,
    }
}

fn is_single_field(resolution: IntervalResolution) -> bool {
    resolution.from() == resolution.to()
}

#[cfg(test)]
mod tests {
    use super::super::{IntervalField, MAX_LENGTH};
    use super::*;

    fn kinds() -> Vec<Kind> {
        let field = |resolution| IntervalField { resolution, precision: 2, fraction: 3 };
        vec![
            Kind::Boolean,
            Kind::Int,
            Kind::Double,
            Kind::Decimal { precision: 5, scale: 2 },
            Kind::VarChar { length: MAX_LENGTH },
            Kind::Binary { length: 2 },
            Kind::Date,
            Kind::Time { precision: 0 },
            Kind::Timestamp { precision: 3 },
            Kind::TimestampLtz { precision: 3 },
            Kind::IntervalYearMonth(field(IntervalResolution::Year)),
            Kind::IntervalDayTime(field(IntervalResolution::DayToSecond)),
            Kind::Array(DataType::new(Kind::Int).into()),
        ]
    }

    /// A row for each source, a column for each target, in the order of `kinds`.
    #[test]
    fn explicit_casts_are_those_of_flink() {
        let allowed = [
            "xxxxx........",
            "xxxxx.....x..",
            "xxxxx........",
            "xxxxx.....x..",
            "xxxxxxxxxx...",
            "....xx.......",
            "....x.x.xx...",
            "....x..xxx...",
            "....x.xxxx...",
            "....x.xxxx...",
            ".x.xx.....x..",
            "....x......x.",
            "....x.......x",
        ];
        for (from, row) in kinds().into_iter().zip(allowed) {
            let from = DataType::new(from);
            let found: String = kinds()
                .into_iter()
                .map(|to| if explicitly_castable(&from, &DataType::new(to)) { 'x' } else { '.' })
                .collect();
            assert_eq!(found, row, "from {from}");
        }
    }

    #[test]
    fn implicit_casts_widen() {
        let castable = |a: Kind, b: Kind| implicitly_castable(&DataType::new(a), &DataType::new(b));
        assert!(castable(Kind::TinyInt, Kind::BigInt));
        assert!(!castable(Kind::BigInt, Kind::Int));
        assert!(castable(Kind::BigInt, Kind::Float));
        assert!(!castable(Kind::Double, Kind::Float));
        assert!(castable(Kind::Char { length: 3 }, Kind::VarChar { length: 1 }));
        assert!(!castable(Kind::VarChar { length: 1 }, Kind::Char { length: 3 }));
        assert!(!castable(Kind::Int, Kind::VarChar { length: 3 }));
        assert!(!implicitly_castable(&DataType::new(Kind::Int), &DataType::not_null(Kind::Int)));
    }
}
