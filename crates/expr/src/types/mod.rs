//! Flink's types as types: what a column, an expression or a literal is.
//!
//! A [`DataType`] is a [`Kind`] and whether NULL may stand there. Equality is exact: lengths,
//! precisions, field names and nullability all count, as they do in Flink's planner.
//!
//! Columns are Arrow arrays. [`DataType::physical`] gives the Arrow type; it is a function of
//! the [`Kind`] alone, so nothing ever has to ask an array what it means:
//!
//! | Flink | Arrow |
//! |---|---|
//! | BOOLEAN | `Boolean` |
//! | TINYINT, SMALLINT, INT, BIGINT | `Int8`, `Int16`, `Int32`, `Int64` |
//! | FLOAT, DOUBLE | `Float32`, `Float64` |
//! | DECIMAL(p, s) | `Decimal128(p, s)` |
//! | CHAR, VARCHAR, STRING | `Utf8View` |
//! | BINARY, VARBINARY, BYTES | `BinaryView` |
//! | DATE | `Date32` (days since 1970-01-01) |
//! | TIME(p) | `Time32(Millisecond)`: Flink keeps no finer time of day |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p), p ≤ 6 | `Timestamp(Microsecond, None)` |
//! | TIMESTAMP(p), TIMESTAMP_LTZ(p), p ≥ 7 | `Decimal128(38, 9)`: nanoseconds, for years 0001 to 9999 do not fit an `i64` of them |
//! | INTERVAL YEAR TO MONTH family | `Int32` (months) |
//! | INTERVAL DAY TO SECOND family | `Int64` (milliseconds) |
//! | ARRAY | `List` (field `element`) |
//! | MAP, MULTISET | `List` (field `entry`) of `Struct` (`key`, `value`; a multiset counts in `Int32`): a key may be NULL, which Arrow's `Map` forbids |
//! | ROW | `Struct` |
//! | VARIANT | `Utf8View`: its JSON text, in one form for equal values |
//! | NULL | `Null` |

mod arithmetic;
mod castable;
mod common;
mod comparison;
mod decimal;
mod display;
mod interval;
mod physical;

use std::sync::Arc;

pub use arithmetic::{ArithmeticOperator, arithmetic_type};
pub use castable::{explicitly_castable, implicitly_castable};
pub use common::{common_type, least_restrictive, type_of_branches};
pub use comparison::{
    comparison_is_nullable, distinctness_operands, equality_operands, is_comparable, ordering_operands,
};
pub use decimal::DecimalShape;
pub use interval::IntervalUnit;
pub(crate) use physical::MICRO_PRECISION;
pub use physical::physical_schema;

/// The longest length a CHAR, VARCHAR, BINARY or VARBINARY may have; `VARCHAR(MAX_LENGTH)` is STRING.
pub const MAX_LENGTH: u32 = i32::MAX as u32;

/// The most digits a DECIMAL may have.
pub const MAX_DECIMAL_PRECISION: u8 = 38;

/// The most fractional digits a TIMESTAMP, TIMESTAMP_LTZ or TIME may have.
pub const MAX_TIME_PRECISION: u8 = 9;

/// A type: its kind and whether NULL may stand there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataType {
    /// What values there are besides NULL.
    pub kind: Kind,
    /// Whether NULL may stand there.
    pub nullable: bool,
}

/// What values a type has, besides NULL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The type of a bare NULL.
    Null,
    /// BOOLEAN
    Boolean,
    /// TINYINT: 8 bits, signed.
    TinyInt,
    /// SMALLINT: 16 bits, signed.
    SmallInt,
    /// INT: 32 bits, signed.
    Int,
    /// BIGINT: 64 bits, signed.
    BigInt,
    /// FLOAT: IEEE 754 single.
    Float,
    /// DOUBLE: IEEE 754 double.
    Double,
    /// DECIMAL(precision, scale), 1 ≤ precision ≤ 38, scale ≤ precision.
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// CHAR(length): exactly that many characters. Length 0 only as the type of `''`.
    Char {
        /// Characters (UTF-16 code units are not counted apart).
        length: u32,
    },
    /// VARCHAR(length), and STRING with [`MAX_LENGTH`].
    VarChar {
        /// Characters at the most.
        length: u32,
    },
    /// BINARY(length): exactly that many bytes.
    Binary {
        /// Bytes.
        length: u32,
    },
    /// VARBINARY(length), and BYTES with [`MAX_LENGTH`].
    VarBinary {
        /// Bytes at the most.
        length: u32,
    },
    /// DATE
    Date,
    /// TIME(precision)
    Time {
        /// Fractional digits of a second, 0 to 9 (values carry 3 at the most).
        precision: u8,
    },
    /// TIMESTAMP(precision): a wall clock without a zone.
    Timestamp {
        /// Fractional digits of a second, 0 to 9.
        precision: u8,
    },
    /// TIMESTAMP_LTZ(precision): an instant, shown in the session's zone.
    TimestampLtz {
        /// Fractional digits of a second, 0 to 9.
        precision: u8,
    },
    /// INTERVAL of months.
    IntervalYearMonth(IntervalField),
    /// INTERVAL of milliseconds.
    IntervalDayTime(IntervalField),
    /// `ARRAY<element>`
    Array(Arc<DataType>),
    /// `MAP<key, value>`
    Map(Arc<DataType>, Arc<DataType>),
    /// `MULTISET<element>`
    Multiset(Arc<DataType>),
    /// `ROW<name type, …>`
    Row(Arc<[Field]>),
    /// VARIANT: a value of JSON, whichever it is.
    Variant,
}

/// A named field of a ROW, or a column of a table or query.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name as written; Flink's names are case-sensitive.
    pub name: Arc<str>,
    /// The type.
    pub data_type: DataType,
}

/// How an interval type was written; it decides printing and the type's name, not the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntervalField {
    /// The resolution.
    pub resolution: IntervalResolution,
    /// Digits of the leading field.
    pub precision: u8,
    /// Fractional digits of a second, for resolutions that end in SECOND.
    pub fraction: u8,
}

/// From which unit to which unit an interval is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the meaning")]
pub enum IntervalResolution {
    Year,
    YearToMonth,
    Month,
    Day,
    DayToHour,
    DayToMinute,
    DayToSecond,
    Hour,
    HourToMinute,
    HourToSecond,
    Minute,
    MinuteToSecond,
    Second,
}

impl DataType {
    /// A type that may be NULL.
    pub fn new(kind: Kind) -> Self {
        Self { kind, nullable: true }
    }

    /// A type that is never NULL.
    pub fn not_null(kind: Kind) -> Self {
        Self { kind, nullable: false }
    }

    /// STRING: VARCHAR of the greatest length.
    pub fn string() -> Self {
        Self::new(Kind::VarChar { length: MAX_LENGTH })
    }

    /// BYTES: VARBINARY of the greatest length.
    pub fn bytes() -> Self {
        Self::new(Kind::VarBinary { length: MAX_LENGTH })
    }

    /// The same kind with another nullability.
    #[must_use]
    pub fn with_nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// An ARRAY of `element`.
    pub fn array(element: DataType) -> Self {
        Self::new(Kind::Array(Arc::new(element)))
    }

    /// A MAP from `key` to `value`.
    pub fn map(key: DataType, value: DataType) -> Self {
        Self::new(Kind::Map(Arc::new(key), Arc::new(value)))
    }

    /// A ROW of `fields`.
    pub fn row(fields: impl IntoIterator<Item = Field>) -> Self {
        Self::new(Kind::Row(fields.into_iter().collect()))
    }

    /// Whether both have the same kind and, in nested types, the same kinds and names all the way down,
    /// whatever may be NULL.
    pub fn same_kind(&self, other: &DataType) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Array(a), Kind::Array(b)) | (Kind::Multiset(a), Kind::Multiset(b)) => a.same_kind(b),
            (Kind::Map(k, v), Kind::Map(l, w)) => k.same_kind(l) && v.same_kind(w),
            (Kind::Row(a), Kind::Row(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .zip(b.iter())
                        .all(|(x, y)| x.name == y.name && x.data_type.same_kind(&y.data_type))
            }
            (a, b) => a == b,
        }
    }
}

impl Kind {
    /// TINYINT, SMALLINT, INT or BIGINT.
    pub fn is_integer(&self) -> bool {
        matches!(self, Kind::TinyInt | Kind::SmallInt | Kind::Int | Kind::BigInt)
    }

    /// An integer or a DECIMAL.
    pub fn is_exact_numeric(&self) -> bool {
        self.is_integer() || matches!(self, Kind::Decimal { .. })
    }

    /// FLOAT or DOUBLE.
    pub fn is_approximate(&self) -> bool {
        matches!(self, Kind::Float | Kind::Double)
    }

    /// Any number.
    pub fn is_numeric(&self) -> bool {
        self.is_exact_numeric() || self.is_approximate()
    }

    /// CHAR or VARCHAR.
    pub fn is_character(&self) -> bool {
        matches!(self, Kind::Char { .. } | Kind::VarChar { .. })
    }

    /// BINARY or VARBINARY.
    pub fn is_binary(&self) -> bool {
        matches!(self, Kind::Binary { .. } | Kind::VarBinary { .. })
    }

    /// DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ.
    pub fn is_datetime(&self) -> bool {
        matches!(self, Kind::Date | Kind::Time { .. } | Kind::Timestamp { .. } | Kind::TimestampLtz { .. })
    }

    /// An interval of either family.
    pub fn is_interval(&self) -> bool {
        matches!(self, Kind::IntervalYearMonth(_) | Kind::IntervalDayTime(_))
    }

    /// The length of a CHAR, VARCHAR, BINARY or VARBINARY.
    pub fn length(&self) -> Option<u32> {
        match self {
            Kind::Char { length }
            | Kind::VarChar { length }
            | Kind::Binary { length }
            | Kind::VarBinary { length } => Some(*length),
            _ => None,
        }
    }

    /// The fractional digits of a TIME, TIMESTAMP or TIMESTAMP_LTZ.
    pub fn time_precision(&self) -> Option<u8> {
        match self {
            Kind::Time { precision } | Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
                Some(*precision)
            }
            _ => None,
        }
    }

    /// Whether its values have an order: neither those of ARRAY, MAP, MULTISET and ROW nor of VARIANT have.
    pub fn has_order(&self) -> bool {
        !self.is_nested() && *self != Kind::Variant
    }

    /// ARRAY, MAP, MULTISET or ROW.
    pub fn is_nested(&self) -> bool {
        matches!(self, Kind::Array(_) | Kind::Map(..) | Kind::Multiset(_) | Kind::Row(_))
    }
}

impl Field {
    /// A field named `name`.
    pub fn new(name: impl Into<Arc<str>>, data_type: DataType) -> Self {
        Self { name: name.into(), data_type }
    }
}
