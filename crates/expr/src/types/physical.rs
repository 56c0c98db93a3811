//! The Arrow type in which each Flink type stands in memory.

use std::sync::Arc;

use arrow_schema::{DataType as Arrow, Field as ArrowField, Fields, Schema, TimeUnit};

use super::{DataType, Field, Kind};

/// TIMESTAMPs finer than this many fractional digits are kept as nanoseconds in a `Decimal128`.
pub(crate) const MICRO_PRECISION: u8 = 6;

impl DataType {
    /// The Arrow type of a column of this type (see the module's table).
    pub fn physical(&self) -> Arrow {
        match &self.kind {
            Kind::Null => Arrow::Null,
            Kind::Boolean => Arrow::Boolean,
            Kind::TinyInt => Arrow::Int8,
            Kind::SmallInt => Arrow::Int16,
            Kind::Int | Kind::IntervalYearMonth(_) => Arrow::Int32,
            Kind::BigInt | Kind::IntervalDayTime(_) => Arrow::Int64,
            Kind::Float => Arrow::Float32,
            Kind::Double => Arrow::Float64,
            Kind::Decimal { precision, scale } => Arrow::Decimal128(*precision, scale.cast_signed()),
            Kind::Char { .. } | Kind::VarChar { .. } | Kind::Variant => Arrow::Utf8View,
            Kind::Binary { .. } | Kind::VarBinary { .. } => Arrow::BinaryView,
            Kind::Date => Arrow::Date32,
            Kind::Time { .. } => Arrow::Time32(TimeUnit::Millisecond),
            Kind::Timestamp { precision } | Kind::TimestampLtz { precision } => {
                if *precision <= MICRO_PRECISION {
                    Arrow::Timestamp(TimeUnit::Microsecond, None)
                } else {
                    Arrow::Decimal128(38, 9)
                }
            }
            Kind::Array(element) => {
                Arrow::List(Arc::new(ArrowField::new("element", element.physical(), true)))
            }
            Kind::Map(key, value) => map_of(key.physical(), value.physical()),
            Kind::Multiset(element) => map_of(element.physical(), Arrow::Int32),
            Kind::Row(fields) => Arrow::Struct(physical_fields(fields)),
        }
    }
}

/// The Arrow schema of columns with these names and types. Every Arrow field is nullable: what
/// may be NULL is known to the plan, and checked where rows are written.
pub fn physical_schema(fields: &[Field]) -> Schema {
    Schema::new(physical_fields(fields))
}

fn physical_fields(fields: &[Field]) -> Fields {
    fields.iter().map(|f| ArrowField::new(f.name.as_ref(), f.data_type.physical(), true)).collect()
}

fn map_of(key: Arrow, value: Arrow) -> Arrow {
    let entry = Fields::from(vec![ArrowField::new("key", key, true), ArrowField::new("value", value, true)]);
    Arrow::List(Arc::new(ArrowField::new("entry", Arrow::Struct(entry), true)))
}
