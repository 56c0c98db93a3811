//! One value, outside of a column: literals, defaults, limits, printed cells.

mod arrays;
pub mod java_map;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use arrays::MapColumn;
pub(crate) use arrays::{map_array, row_array};

/// A single value. What it means follows from the [`DataType`](crate::DataType) beside it:
/// the same `Decimal(150)` is 1.50 as DECIMAL(3, 2). Floats are equal when their bits are,
/// so that a `Value` can be a key.
#[derive(Clone, Debug)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// BOOLEAN
    Boolean(bool),
    /// TINYINT
    TinyInt(i8),
    /// SMALLINT
    SmallInt(i16),
    /// INT
    Int(i32),
    /// BIGINT
    BigInt(i64),
    /// FLOAT
    Float(f32),
    /// DOUBLE
    Double(f64),
    /// DECIMAL: the unscaled value.
    Decimal(i128),
    /// CHAR, VARCHAR, STRING; VARIANT: its JSON text
    String(Arc<str>),
    /// BINARY, VARBINARY, BYTES
    Bytes(Arc<[u8]>),
    /// DATE: days since 1970-01-01.
    Date(i32),
    /// TIME: milliseconds since midnight.
    Time(i32),
    /// TIMESTAMP, TIMESTAMP_LTZ of every precision: nanoseconds since 1970-01-01 00:00:00 (of the wall clock, or UTC).
    Timestamp(i128),
    /// INTERVAL of months.
    Months(i32),
    /// INTERVAL of milliseconds.
    Milliseconds(i64),
    /// ARRAY
    Array(Vec<Value>),
    /// MAP and MULTISET, in the order of insertion.
    Map(Vec<(Value, Value)>),
    /// ROW
    Row(Vec<Value>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        use Value::{
            Array, BigInt, Boolean, Bytes, Date, Decimal, Double, Float, Int, Map, Milliseconds, Months,
            Null, Row, SmallInt, String, Time, Timestamp, TinyInt,
        };
        match (self, other) {
            (Null, Null) => true,
            (Boolean(a), Boolean(b)) => a == b,
            (TinyInt(a), TinyInt(b)) => a == b,
            (SmallInt(a), SmallInt(b)) => a == b,
            (Int(a), Int(b)) | (Date(a), Date(b)) | (Time(a), Time(b)) | (Months(a), Months(b)) => a == b,
            (BigInt(a), BigInt(b)) | (Milliseconds(a), Milliseconds(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Double(a), Double(b)) => a.to_bits() == b.to_bits(),
            (Decimal(a), Decimal(b)) | (Timestamp(a), Timestamp(b)) => a == b,
            (String(a), String(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Array(a), Array(b)) | (Row(a), Row(b)) => a == b,
            (Map(a), Map(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Boolean(v) => v.hash(state),
            Self::TinyInt(v) => v.hash(state),
            Self::SmallInt(v) => v.hash(state),
            Self::Int(v) | Self::Date(v) | Self::Time(v) | Self::Months(v) => v.hash(state),
            Self::BigInt(v) | Self::Milliseconds(v) => v.hash(state),
            Self::Float(v) => v.to_bits().hash(state),
            Self::Double(v) => v.to_bits().hash(state),
            Self::Decimal(v) | Self::Timestamp(v) => v.hash(state),
            Self::String(v) => v.hash(state),
            Self::Bytes(v) => v.hash(state),
            Self::Array(v) | Self::Row(v) => v.hash(state),
            Self::Map(v) => v.hash(state),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}
