//! Which types compare, and what they are compared as.

use super::{DataType, DecimalShape, Kind, common::least_restrictive};

/// Whether two types may stand on the two sides of a comparison: both of one family, nested types member by member.
/// A string beside a DATE, TIME or TIMESTAMP is read as one; beside a number it is refused, as by Flink's `=`.
pub fn is_comparable(left: &DataType, right: &DataType) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Null, _) | (_, Kind::Null) => true,
        (Kind::Row(a), Kind::Row(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|(x, y)| is_comparable(&x.data_type, &y.data_type))
        }
        (Kind::Array(a), Kind::Array(b)) | (Kind::Multiset(a), Kind::Multiset(b)) => is_comparable(a, b),
        (Kind::Map(k, v), Kind::Map(l, w)) => is_comparable(k, l) && is_comparable(v, w),
        (a, b) => {
            (a.is_character() && (b.is_character() || b.is_datetime()))
                || (b.is_character() && a.is_datetime())
                || (a.is_numeric() && b.is_numeric())
                || (a.is_binary() && b.is_binary())
                || matches!(
                    (a, b),
                    (Kind::Boolean, Kind::Boolean)
                        | (Kind::Variant, Kind::Variant)
                        | (Kind::Date, Kind::Date)
                        | (Kind::Time { .. }, Kind::Time { .. })
                        | (
                            Kind::Timestamp { .. } | Kind::TimestampLtz { .. },
                            Kind::Timestamp { .. } | Kind::TimestampLtz { .. }
                        )
                        | (Kind::IntervalYearMonth(_), Kind::IntervalYearMonth(_))
                        | (Kind::IntervalDayTime(_), Kind::IntervalDayTime(_))
                )
        }
    }
}

/// The types to which the sides of `=` and `<>` are cast; none where they do not compare.
/// FLOAT beside DOUBLE compares as whichever stands first, as it does in Flink. DECIMALs of different scales and strings of
/// different lengths stay as they are: they compare exactly.
pub fn equality_operands(left: &DataType, right: &DataType) -> Option<(DataType, DataType)> {
    let scale = |of: &Kind| match of {
        Kind::Decimal { scale, .. } => Some(*scale),
        _ => of.is_integer().then_some(0),
    };
    if let (Some(a), Some(b)) = (scale(&left.kind), scale(&right.kind)) {
        // Where no DECIMAL holds both, `=` rounds to the one that is nearest.
        let common = least_restrictive([left, right])?.kind;
        if scale(&common).is_some_and(|scale| scale < a.max(b)) {
            return both(left, right, &common);
        }
    }
    operands(left, right)
}

/// The types to which the sides of `IS [NOT] DISTINCT FROM` are cast; none where they do not compare. Unlike `=`, it compares
/// DECIMALs exactly even where no DECIMAL holds both.
pub fn distinctness_operands(left: &DataType, right: &DataType) -> Option<(DataType, DataType)> {
    let decimal = |side: &DataType| matches!(side.kind, Kind::Decimal { .. });
    if decimal(left) && decimal(right) { operands(left, right) } else { equality_operands(left, right) }
}

/// The types to which the sides of `<`, `<=`, `>` and `>=` are cast; none where they do not compare, or have no order
/// (ARRAY, MAP, MULTISET, ROW, VARIANT). Unlike `=`, an order takes a string beside a number for a number.
pub fn ordering_operands(left: &DataType, right: &DataType) -> Option<(DataType, DataType)> {
    if !left.kind.has_order() || !right.kind.has_order() {
        return None;
    }
    match (&left.kind, &right.kind) {
        // `=` makes both the first of the two types; an order needs no cast, so the wider one decides.
        (Kind::Float, Kind::Double) | (Kind::Double, Kind::Float) => both(left, right, &Kind::Double),
        (text, number) | (number, text) if text.is_character() && number.is_numeric() => {
            // Flink leaves some room above the number's own type.
            let roomy = DataType::not_null(Kind::BigInt);
            let number = DataType::not_null(number.clone());
            both(left, right, &least_restrictive([&number, &roomy])?.kind)
        }
        _ => operands(left, right),
    }
}

/// Whether a comparison of the two may be NULL: where a side is, or a field of a ROW on either side.
pub fn comparison_is_nullable(left: &DataType, right: &DataType) -> bool {
    fn may_be_null(side: &DataType) -> bool {
        let in_fields = || match &side.kind {
            Kind::Row(fields) => fields.iter().any(|field| may_be_null(&field.data_type)),
            _ => false,
        };
        side.nullable || in_fields()
    }
    may_be_null(left) || may_be_null(right)
}

fn operands(left: &DataType, right: &DataType) -> Option<(DataType, DataType)> {
    if !is_comparable(left, right) {
        return None;
    }
    match (&left.kind, &right.kind) {
        // NULL beside NULL: the answer is NULL whatever they are compared as.
        (Kind::Null, Kind::Null) => both(left, right, &Kind::Boolean),
        (Kind::Null, kind) | (kind, Kind::Null) => both(left, right, kind),
        // Lengths do not matter to a comparison, so strings are compared as they stand.
        (a, b) if a.is_character() && b.is_character() || a.is_binary() && b.is_binary() => {
            Some((left.clone(), right.clone()))
        }
        (a, b) if a.is_character() => both(left, right, b),
        (a, b) if b.is_character() => both(left, right, a),
        (Kind::Decimal { .. }, b) | (b, Kind::Decimal { .. }) if b.is_exact_numeric() => {
            Some((as_decimal(left)?, as_decimal(right)?))
        }
        (Kind::Decimal { .. }, b) | (b, Kind::Decimal { .. }) if b.is_approximate() => {
            both(left, right, &Kind::Double)
        }
        _ => both(left, right, &least_restrictive([left, right])?.kind),
    }
}

fn both(left: &DataType, right: &DataType, kind: &Kind) -> Option<(DataType, DataType)> {
    let side = |of: &DataType| DataType { kind: kind.clone(), nullable: of.nullable };
    Some((side(left), side(right)))
}

fn as_decimal(side: &DataType) -> Option<DataType> {
    Some(DataType { kind: DecimalShape::of(&side.kind)?.kind(), nullable: side.nullable })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(pair: Option<(DataType, DataType)>) -> Option<String> {
        pair.map(|(a, b)| format!("{a}, {b}"))
    }

    #[test]
    fn sides_are_brought_to_one_type() {
        let int = DataType::not_null(Kind::Int);
        let decimal = DataType::new(Kind::Decimal { precision: 2, scale: 1 });
        assert_eq!(
            kinds(equality_operands(&int, &decimal)).unwrap(),
            "DECIMAL(10, 0) NOT NULL, DECIMAL(2, 1)"
        );
        let text = DataType::not_null(Kind::Char { length: 10 });
        let date = DataType::new(Kind::Date);
        assert_eq!(kinds(equality_operands(&text, &date)).unwrap(), "DATE NOT NULL, DATE");
        let string = DataType::string();
        assert_eq!(kinds(equality_operands(&text, &string)).unwrap(), "CHAR(10) NOT NULL, STRING");
        assert_eq!(kinds(equality_operands(&int, &DataType::new(Kind::Null))).unwrap(), "INT NOT NULL, INT");
    }

    #[test]
    fn float_beside_double_is_compared_as_flink_does() {
        let (float, double) = (DataType::new(Kind::Float), DataType::new(Kind::Double));
        assert_eq!(kinds(equality_operands(&float, &double)).unwrap(), "FLOAT, FLOAT");
        assert_eq!(kinds(ordering_operands(&float, &double)).unwrap(), "DOUBLE, DOUBLE");
    }

    #[test]
    fn families_do_not_mix() {
        let int = DataType::new(Kind::Int);
        assert_eq!(equality_operands(&int, &DataType::string()), None);
        assert_eq!(kinds(ordering_operands(&int, &DataType::string())).unwrap(), "BIGINT, BIGINT");
        assert_eq!(equality_operands(&int, &DataType::new(Kind::Boolean)), None);
        assert_eq!(
            equality_operands(&DataType::new(Kind::Date), &DataType::new(Kind::Timestamp { precision: 0 })),
            None
        );
        let array = DataType::array(int);
        assert!(equality_operands(&array, &array).is_some());
        assert_eq!(ordering_operands(&array, &array), None);
    }
}
