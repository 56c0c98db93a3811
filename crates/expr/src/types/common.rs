//! The one type that the values of several types are brought to.
//!
//! Flink has two such rules, which mostly agree. Calcite's `leastRestrictive` decides for what the
//! grammar itself knows: arithmetic, `=`, CASE, IN, NULLIF, VALUES, set operations, ARRAY and MAP constructors.
//! Flink's own `findCommonType` decides for functions: COALESCE, IFNULL, GREATEST, the ARRAY_ and MAP_ functions.
//! They part over FLOAT beside DOUBLE, TIMESTAMP beside TIMESTAMP_LTZ, and over types that only an implicit cast joins.

use std::sync::Arc;

use super::{
    DataType, DecimalShape, Field, IntervalField, IntervalResolution, Kind, castable::implicitly_castable,
};

/// The common type by the rule of CASE, VALUES, UNION, IN, arithmetic and constructors; none where the types do
/// not mix. NULL-typed members only make it nullable; of NULLs alone there is none.
pub fn least_restrictive<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<DataType> {
    merge_all(types, Rule::Calcite)
}

/// The common type by the rule of COALESCE, IFNULL, GREATEST and the collection functions; none where the types do
/// not mix. NULL-typed members only make it nullable; of NULLs alone there is none.
pub fn common_type<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<DataType> {
    merge_all(types, Rule::Flink)
}

/// The common type of the results of CASE, by Calcite's rules; none where the types do not mix.
///
/// Beside a NULL, nested types are not merged there: the last one is taken, as it is.
pub fn type_of_branches<'a>(types: impl IntoIterator<Item = &'a DataType>) -> Option<DataType> {
    let types: Vec<&DataType> = types.into_iter().collect();
    let merged = merge_all(types.iter().copied(), Rule::Calcite)?;
    let last = types.iter().rev().find(|data_type| data_type.kind != Kind::Null)?;
    let beside_null = types.iter().any(|data_type| data_type.kind == Kind::Null);
    Some(if beside_null && merged.kind.is_nested() { (*last).clone().with_nullable(true) } else { merged })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Calcite,
    Flink,
}

fn merge_all<'a>(types: impl IntoIterator<Item = &'a DataType>, rule: Rule) -> Option<DataType> {
    let mut nullable = false;
    let mut common: Option<Kind> = None;
    for data_type in types {
        nullable |= data_type.nullable || data_type.kind == Kind::Null;
        common = match common {
            _ if data_type.kind == Kind::Null => common,
            None => Some(data_type.kind.clone()),
            Some(kind) => Some(merge(&kind, &data_type.kind, rule)?),
        };
    }
    Some(DataType { kind: common?, nullable })
}

fn merge(a: &Kind, b: &Kind, rule: Rule) -> Option<Kind> {
    if a == b {
        return Some(a.clone());
    }
    let merged = match (a, b) {
        _ if a.is_character() && b.is_character() => {
            strings(a, b, |length| Kind::Char { length }, |length| Kind::VarChar { length })
        }
        _ if a.is_binary() && b.is_binary() => {
            strings(a, b, |length| Kind::Binary { length }, |length| Kind::VarBinary { length })
        }
        _ if a.is_numeric() && b.is_numeric() => numbers(a, b, rule),
        (Kind::Time { precision: p }, Kind::Time { precision: q }) => {
            Some(Kind::Time { precision: *p.max(q) })
        }
        (
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. },
            Kind::Timestamp { .. } | Kind::TimestampLtz { .. },
        ) => timestamps(a, b, rule),
        (Kind::IntervalYearMonth(f), Kind::IntervalYearMonth(g)) => {
            Some(Kind::IntervalYearMonth(intervals(*f, *g)))
        }
        (Kind::IntervalDayTime(f), Kind::IntervalDayTime(g)) => {
            Some(Kind::IntervalDayTime(intervals(*f, *g)))
        }
        (Kind::Array(x), Kind::Array(y)) => child(x, y, rule).map(Kind::Array),
        (Kind::Multiset(x), Kind::Multiset(y)) => child(x, y, rule).map(Kind::Multiset),
        (Kind::Map(k, v), Kind::Map(l, w)) => Some(Kind::Map(child(k, l, rule)?, child(v, w, rule)?)),
        (Kind::Row(x), Kind::Row(y)) if x.len() == y.len() => rows(x, y, rule),
        _ => None,
    };
    if merged.is_some() || rule == Rule::Calcite {
        return merged;
    }
    // What is left may be joined by an implicit cast: DATE and TIMESTAMP meet as DATE.
    let (x, y) = (DataType::new(a.clone()), DataType::new(b.clone()));
    if implicitly_castable(&x, &y) { Some(y.kind) } else { implicitly_castable(&y, &x).then_some(x.kind) }
}

fn child(a: &DataType, b: &DataType, rule: Rule) -> Option<Arc<DataType>> {
    merge_all([a, b], rule).map(Arc::new)
}

fn rows(a: &[Field], b: &[Field], rule: Rule) -> Option<Kind> {
    // The names are those of the first.
    a.iter()
        .zip(b)
        .map(|(x, y)| Some(Field::new(x.name.clone(), merge_all([&x.data_type, &y.data_type], rule)?)))
        .collect::<Option<Arc<[Field]>>>()
        .map(Kind::Row)
}

/// Strings of different lengths meet in a type of varying length, so that none is padded.
fn strings(a: &Kind, b: &Kind, fixed: fn(u32) -> Kind, varying: fn(u32) -> Kind) -> Option<Kind> {
    let (m, n) = (a.length()?, b.length()?);
    let length = m.max(n);
    let both_fixed = *a == fixed(m) && *b == fixed(n);
    Some(if both_fixed && m == n { fixed(length) } else { varying(length) })
}

fn numbers(a: &Kind, b: &Kind, rule: Rule) -> Option<Kind> {
    let is_decimal = |kind: &Kind| matches!(kind, Kind::Decimal { .. });
    Some(match (a.is_approximate(), b.is_approximate()) {
        (false, false) => {
            let (x, y) = (DecimalShape::of(a)?, DecimalShape::of(b)?);
            if is_decimal(a) || is_decimal(b) {
                x.union(y).kind()
            } else if y.precision > x.precision {
                b.clone()
            } else {
                a.clone()
            }
        }
        // Calcite counts FLOAT as precise as DOUBLE, so whichever comes first stays.
        (true, true) if rule == Rule::Calcite => a.clone(),
        (true, true) => Kind::Double,
        (true, false) if is_decimal(b) => Kind::Double,
        (true, false) => a.clone(),
        // In Flink only a DECIMAL behind a FLOAT widens it.
        (false, true) if is_decimal(a) && rule == Rule::Calcite => Kind::Double,
        (false, true) => b.clone(),
    })
}

fn timestamps(a: &Kind, b: &Kind, rule: Rule) -> Option<Kind> {
    let (p, q) = (a.time_precision()?, b.time_precision()?);
    let precision = p.max(q);
    let zoned = |kind: &Kind| matches!(kind, Kind::TimestampLtz { .. });
    let result_zoned = match rule {
        // In Calcite both are one family: the later one counts where the precisions differ, the first where not.
        Rule::Calcite if p == q => zoned(a),
        Rule::Calcite => zoned(b),
        Rule::Flink => zoned(a) || zoned(b),
    };
    Some(if result_zoned { Kind::TimestampLtz { precision } } else { Kind::Timestamp { precision } })
}

fn intervals(a: IntervalField, b: IntervalField) -> IntervalField {
    let (from, to) = (a.resolution.from().min(b.resolution.from()), a.resolution.to().max(b.resolution.to()));
    IntervalField {
        resolution: IntervalResolution::between(from, to).unwrap_or(a.resolution),
        precision: a.precision.max(b.precision),
        fraction: a.fraction.max(b.fraction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_null(kind: Kind) -> DataType {
        DataType::not_null(kind)
    }

    fn decimal(precision: u8, scale: u8) -> DataType {
        not_null(Kind::Decimal { precision, scale })
    }

    fn char(length: u32) -> DataType {
        not_null(Kind::Char { length })
    }

    fn least(types: &[DataType]) -> Option<String> {
        least_restrictive(types).map(|t| t.to_string())
    }

    fn common(types: &[DataType]) -> Option<String> {
        common_type(types).map(|t| t.to_string())
    }

    #[test]
    fn numbers_meet_in_the_smallest_type_that_holds_both() {
        let int = not_null(Kind::Int);
        assert_eq!(least(&[int.clone(), decimal(2, 1)]).unwrap(), "DECIMAL(11, 1) NOT NULL");
        assert_eq!(least(&[decimal(38, 0), decimal(20, 10)]).unwrap(), "DECIMAL(38, 0) NOT NULL");
        assert_eq!(least(&[int.clone(), not_null(Kind::TinyInt)]).unwrap(), "INT NOT NULL");
        assert_eq!(least(&[not_null(Kind::Float), decimal(2, 1)]).unwrap(), "DOUBLE NOT NULL");
        assert_eq!(least(&[not_null(Kind::Float), not_null(Kind::BigInt)]).unwrap(), "FLOAT NOT NULL");
        assert_eq!(least(&[int, DataType::new(Kind::Null)]).unwrap(), "INT");
    }

    #[test]
    fn the_two_rules_part_over_floats_and_zoned_timestamps() {
        let mixed = [not_null(Kind::Float), not_null(Kind::Double)];
        assert_eq!(least(&mixed).unwrap(), "FLOAT NOT NULL");
        assert_eq!(common(&mixed).unwrap(), "DOUBLE NOT NULL");
        let widened = [decimal(2, 1), not_null(Kind::Float)];
        assert_eq!(least(&widened).unwrap(), "DOUBLE NOT NULL");
        assert_eq!(common(&widened).unwrap(), "FLOAT NOT NULL");
        let times =
            [not_null(Kind::TimestampLtz { precision: 3 }), not_null(Kind::Timestamp { precision: 0 })];
        assert_eq!(least(&times).unwrap(), "TIMESTAMP(3) NOT NULL");
        assert_eq!(common(&times).unwrap(), "TIMESTAMP_LTZ(3) NOT NULL");
        let dates = [not_null(Kind::Date), not_null(Kind::Timestamp { precision: 0 })];
        assert_eq!(least(&dates), None);
        assert_eq!(common(&dates).unwrap(), "DATE NOT NULL");
    }

    #[test]
    fn strings_of_different_lengths_are_not_padded() {
        assert_eq!(least(&[char(1), char(3)]).unwrap(), "VARCHAR(3) NOT NULL");
        assert_eq!(least(&[char(3), char(3)]).unwrap(), "CHAR(3) NOT NULL");
        assert_eq!(least(&[char(3), DataType::string()]).unwrap(), "STRING");
        assert_eq!(least(&[char(3), not_null(Kind::Int)]), None);
    }

    #[test]
    fn nested_types_meet_member_by_member() {
        let row = |first: DataType, second: DataType| {
            DataType::row([Field::new("a", first), Field::new("b", second)]).with_nullable(false)
        };
        assert_eq!(
            least(&[row(not_null(Kind::Int), char(1)), row(decimal(2, 1), char(3))]).unwrap(),
            "ROW<`a` DECIMAL(11, 1) NOT NULL, `b` VARCHAR(3) NOT NULL> NOT NULL"
        );
        assert_eq!(
            least(&[DataType::array(not_null(Kind::Int)), DataType::array(decimal(2, 1))]).unwrap(),
            "ARRAY<DECIMAL(11, 1) NOT NULL>"
        );
    }

    #[test]
    fn nulls_alone_have_no_type() {
        assert_eq!(least(&[DataType::new(Kind::Null)]), None);
        assert_eq!(common(&[DataType::new(Kind::Null), DataType::new(Kind::Null)]), None);
    }
}
