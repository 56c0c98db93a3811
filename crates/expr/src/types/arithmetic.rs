//! The types of `+`, `-`, `*`, `/` and MOD over numbers.

use super::{DataType, DecimalShape, Kind, common::least_restrictive};

/// An arithmetic operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the meaning")]
pub enum ArithmeticOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// The type of an arithmetic operation over two numbers; none if either is no number, or for a MOD over FLOAT or DOUBLE.
///
/// Integers stay integers (of the wider type; MOD takes the divisor's), a DECIMAL beside an exact number is derived by
/// [`DecimalShape`], beside FLOAT or DOUBLE it becomes DOUBLE. The operands of a DECIMAL result are not cast to it
/// before: that could change their values. NULL where either operand is.
pub fn arithmetic_type(operator: ArithmeticOperator, left: &DataType, right: &DataType) -> Option<DataType> {
    let kind = match (DecimalShape::of(&left.kind), DecimalShape::of(&right.kind)) {
        (Some(a), Some(b)) => {
            let decimal = [left, right].iter().any(|t| matches!(t.kind, Kind::Decimal { .. }));
            match operator {
                // MOD of whole numbers is smaller than the divisor, so its type serves.
                ArithmeticOperator::Modulo if a.scale == 0 && b.scale == 0 => right.kind.clone(),
                ArithmeticOperator::Modulo => a.modulo(b).kind(),
                _ if !decimal => least_restrictive([left, right])?.kind,
                ArithmeticOperator::Add | ArithmeticOperator::Subtract => a.plus(b).kind(),
                ArithmeticOperator::Multiply => a.times(b).kind(),
                ArithmeticOperator::Divide => a.divided_by(b).kind(),
            }
        }
        _ if operator == ArithmeticOperator::Modulo => return None,
        _ if left.kind.is_numeric() && right.kind.is_numeric() => least_restrictive([left, right])?.kind,
        _ => return None,
    };
    Some(DataType { kind, nullable: left.nullable || right.nullable })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(operator: ArithmeticOperator, left: Kind, right: Kind) -> Option<String> {
        arithmetic_type(operator, &DataType::not_null(left), &DataType::not_null(right))
            .map(|t| t.to_string())
    }

    fn decimal(precision: u8, scale: u8) -> Kind {
        Kind::Decimal { precision, scale }
    }

    #[test]
    fn integers_stay_integers() {
        use ArithmeticOperator::{Add, Divide, Modulo};
        assert_eq!(derived(Add, Kind::TinyInt, Kind::TinyInt).unwrap(), "TINYINT NOT NULL");
        assert_eq!(derived(Divide, Kind::Int, Kind::BigInt).unwrap(), "BIGINT NOT NULL");
        assert_eq!(derived(Modulo, Kind::BigInt, Kind::Int).unwrap(), "INT NOT NULL");
        assert_eq!(derived(Modulo, Kind::TinyInt, Kind::SmallInt).unwrap(), "SMALLINT NOT NULL");
    }

    #[test]
    fn decimals_and_floats_derive_what_flink_derives() {
        use ArithmeticOperator::{Add, Divide, Modulo, Multiply};
        assert_eq!(derived(Add, Kind::Int, decimal(2, 1)).unwrap(), "DECIMAL(12, 1) NOT NULL");
        assert_eq!(derived(Multiply, Kind::BigInt, decimal(2, 1)).unwrap(), "DECIMAL(22, 1) NOT NULL");
        assert_eq!(derived(Divide, Kind::TinyInt, decimal(3, 2)).unwrap(), "DECIMAL(11, 6) NOT NULL");
        assert_eq!(derived(Modulo, Kind::Int, decimal(2, 1)).unwrap(), "DECIMAL(2, 1) NOT NULL");
        assert_eq!(derived(Modulo, decimal(10, 0), decimal(1, 0)).unwrap(), "DECIMAL(1, 0) NOT NULL");
        assert_eq!(derived(Add, Kind::Float, decimal(2, 1)).unwrap(), "DOUBLE NOT NULL");
        assert_eq!(derived(Add, Kind::Float, Kind::Double).unwrap(), "FLOAT NOT NULL");
        assert_eq!(derived(Modulo, Kind::Double, Kind::Int), None);
        assert_eq!(derived(Add, Kind::Boolean, Kind::Int), None);
    }
}
