//! Precision and scale of what arithmetic and aggregates make of DECIMALs.
//!
//! The rules are SQL Server's, as Hive and Spark bend them where more than 38 digits would be
//! needed: the scale gives way, down to 6, so that whole digits are kept.

use super::{Kind, MAX_DECIMAL_PRECISION};

/// Digits that stay after the point when a result is cut to 38 digits.
const LEAST_ADJUSTED_SCALE: i32 = 6;

/// Precision and scale of an exact number: all its digits, and those after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalShape {
    /// All digits.
    pub precision: u8,
    /// Digits after the point.
    pub scale: u8,
}

impl DecimalShape {
    /// The shape that holds every value of an exact numeric kind; none for any other.
    pub fn of(kind: &Kind) -> Option<Self> {
        let whole = |precision| Some(Self { precision, scale: 0 });
        match kind {
            Kind::TinyInt => whole(3),
            Kind::SmallInt => whole(5),
            Kind::Int => whole(10),
            Kind::BigInt => whole(19),
            Kind::Decimal { precision, scale } => Some(Self { precision: *precision, scale: *scale }),
            _ => None,
        }
    }

    /// The DECIMAL of this shape.
    pub fn kind(self) -> Kind {
        Kind::Decimal { precision: self.precision, scale: self.scale }
    }

    /// Of `self + other` and `self - other`.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let scale = self.s().max(other.s());
        Self::adjusted(self.whole().max(other.whole()) + scale + 1, scale)
    }

    /// Of `self * other`.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self::adjusted(self.p() + other.p() + 1, self.s() + other.s())
    }

    /// Of `self / other`.
    #[must_use]
    pub fn divided_by(self, other: Self) -> Self {
        let scale = LEAST_ADJUSTED_SCALE.max(self.s() + other.p() + 1);
        Self::adjusted(self.whole() + other.s() + scale, scale)
    }

    /// Of `MOD(self, other)`, where either has digits after the point.
    #[must_use]
    pub fn modulo(self, other: Self) -> Self {
        let scale = self.s().max(other.s());
        Self::adjusted(self.whole().min(other.whole()) + scale, scale)
    }

    /// Of `ROUND(self, digits)` and `TRUNCATE(self, digits)`: rounding may carry into one more digit.
    #[must_use]
    pub fn round(self, digits: i32) -> Self {
        if digits >= self.s() {
            self
        } else if digits < 0 {
            Self::clamped(self.whole() + 1, 0)
        } else {
            Self::clamped(self.whole() + 1 + digits, digits)
        }
    }

    /// Of `SUM(self)`.
    #[must_use]
    pub fn sum(self) -> Self {
        Self { precision: MAX_DECIMAL_PRECISION, scale: self.scale }
    }

    /// Of `AVG(self)`: the sum divided by a count.
    #[must_use]
    pub fn average(self) -> Self {
        self.sum().divided_by(Self { precision: 20, scale: 0 })
    }

    /// The shape that holds the values of both, as far as 38 digits go.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let whole = self.whole().max(other.whole());
        let scale = self.s().max(other.s()).min(i32::from(MAX_DECIMAL_PRECISION) - whole);
        Self::clamped(whole + scale, scale)
    }

    fn p(self) -> i32 {
        i32::from(self.precision)
    }

    fn s(self) -> i32 {
        i32::from(self.scale)
    }

    fn whole(self) -> i32 {
        self.p() - self.s()
    }

    fn adjusted(precision: i32, scale: i32) -> Self {
        let most = i32::from(MAX_DECIMAL_PRECISION);
        if precision <= most {
            return Self::clamped(precision, scale);
        }
        let whole = precision - scale;
        Self::clamped(most, (most - whole).max(scale.min(LEAST_ADJUSTED_SCALE)))
    }

    fn clamped(precision: i32, scale: i32) -> Self {
        let precision =
            u8::try_from(precision).unwrap_or(MAX_DECIMAL_PRECISION).clamp(1, MAX_DECIMAL_PRECISION);
        Self { precision, scale: u8::try_from(scale).unwrap_or(0).min(precision) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(precision: u8, scale: u8) -> DecimalShape {
        DecimalShape { precision, scale }
    }

    #[test]
    fn operators_derive_what_flink_derives() {
        assert_eq!(d(10, 0).plus(d(2, 1)), d(12, 1));
        assert_eq!(d(38, 10).plus(d(38, 28)), d(38, 9));
        assert_eq!(d(5, 2).times(d(10, 4)), d(16, 6));
        assert_eq!(d(38, 10).times(d(38, 10)), d(38, 6));
        assert_eq!(d(30, 20).times(d(30, 20)), d(38, 17));
        assert_eq!(d(20, 2).divided_by(d(2, 1)), d(25, 6));
        assert_eq!(d(20, 2).divided_by(d(20, 16)), d(38, 6));
        assert_eq!(d(30, 0).divided_by(d(30, 0)), d(38, 8));
        assert_eq!(d(10, 0).modulo(d(2, 1)), d(2, 1));
    }

    #[test]
    fn rounding_and_aggregates_derive_what_flink_derives() {
        assert_eq!(d(10, 3).round(0), d(8, 0));
        assert_eq!(d(10, 3).round(2), d(10, 2));
        assert_eq!(d(4, 2).round(1), d(4, 1));
        assert_eq!(d(10, 3).round(-1), d(8, 0));
        assert_eq!(d(10, 3).sum(), d(38, 3));
        assert_eq!(d(10, 3).average(), d(38, 6));
        assert_eq!(d(38, 0).union(d(20, 10)), d(38, 0));
        assert_eq!(d(10, 0).union(d(2, 1)), d(11, 1));
    }
}
