//! Between numbers, and between numbers and BOOLEAN: as Java narrows and widens them. What a
//! DECIMAL has no room for becomes NULL, under CAST as under TRY_CAST; NaN and infinities fail under both.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray};
use arrow_buffer::BooleanBuffer;

use super::{Conversion, misfit};
use crate::decimal;
use crate::error::{Error, Result};
use crate::types::{DataType, DecimalShape, Kind};

/// A number as Java's casts make it of another: integers keep their low bits, what has a fraction loses it and
/// stops at the bounds of INT or BIGINT (so that TINYINT and SMALLINT keep the low bits of an INT), NaN is 0.
trait JavaCast<T> {
    fn java_cast(self) -> T;
}

macro_rules! java_cast {
    ($($from:ty => $($to:ty)+ $(, through i32 => $($narrow:ty)+)?;)+) => {
        $($(
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_lossless,
                reason = "what Java's casts do is what `as` does"
            )]
            impl JavaCast<$to> for $from {
                #[inline]
                fn java_cast(self) -> $to {
                    self as $to
                }
            }
        )+
        $($(
            #[allow(clippy::cast_possible_truncation, reason = "Java narrows floats to byte and short by way of int")]
            impl JavaCast<$narrow> for $from {
                #[inline]
                fn java_cast(self) -> $narrow {
                    self as i32 as $narrow
                }
            }
        )+)?)+
    };
}

java_cast! {
    i8 => i8 i16 i32 i64 f32 f64;
    i16 => i8 i16 i32 i64 f32 f64;
    i32 => i8 i16 i32 i64 f32 f64;
    i64 => i8 i16 i32 i64 f32 f64;
    f32 => i32 i64 f32 f64, through i32 => i8 i16;
    f64 => i32 i64 f32 f64, through i32 => i8 i16;
}

/// From a number or BOOLEAN to a number or BOOLEAN; `None` for other types.
pub(super) fn conversion(from: &DataType, to: &DataType) -> Option<Conversion> {
    if let (Kind::Decimal { scale, .. }, Some(to)) =
        (&from.kind, DecimalShape::of(&to.kind).filter(|_| is_decimal(to)))
    {
        return Some(between_decimals(*scale, to));
    }
    Some(match &from.kind {
        Kind::TinyInt => from_integer::<Int8Type>(to)?,
        Kind::SmallInt => from_integer::<Int16Type>(to)?,
        Kind::Int => from_integer::<Int32Type>(to)?,
        Kind::BigInt => from_integer::<Int64Type>(to)?,
        Kind::Float if is_decimal(to) => double_to_decimal::<Float32Type>(to)?,
        Kind::Double if is_decimal(to) => double_to_decimal::<Float64Type>(to)?,
        Kind::Float => from_primitive::<Float32Type>(to)?,
        Kind::Double => from_primitive::<Float64Type>(to)?,
        Kind::Decimal { scale, .. } => from_decimal(*scale, to)?,
        Kind::Boolean => from_boolean(to)?,
        _ => return None,
    })
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type.kind, Kind::Decimal { .. })
}

fn from_integer<F: ArrowPrimitiveType>(to: &DataType) -> Option<Conversion>
where
    F::Native: Into<i128> + Default + PartialEq + JavaCasts,
{
    if !is_decimal(to) {
        return from_primitive::<F>(to);
    }
    let (shape, physical) = (DecimalShape::of(&to.kind)?, to.physical());
    // A type whose whole digits hold every value of the integer cannot overflow.
    let digits = F::DATA_TYPE.primitive_width().map_or(19, |bytes| [3, 5, 10, 19][bytes.ilog2() as usize]);
    if shape.precision - shape.scale >= digits {
        let by = decimal::power_of_ten(shape.scale);
        return Some(Conversion::sure(1, move |array| {
            let input = array.as_primitive_opt::<F>().ok_or_else(|| misfit(array))?;
            let output: PrimitiveArray<Decimal128Type> = input.unary(|v| Into::<i128>::into(v) * by);
            Ok(Arc::new(output.with_data_type(physical.clone())) as ArrayRef)
        }));
    }
    Some(Conversion::sure(2, move |array| {
        let input = array.as_primitive_opt::<F>().ok_or_else(|| misfit(array))?;
        let output: PrimitiveArray<Decimal128Type> =
            input.unary_opt(|v| decimal::fitted(Into::<i128>::into(v), 0, shape));
        Ok(Arc::new(output.with_data_type(physical.clone())) as ArrayRef)
    }))
}

/// All that a primitive number casts to.
trait JavaCasts:
    JavaCast<i8> + JavaCast<i16> + JavaCast<i32> + JavaCast<i64> + JavaCast<f32> + JavaCast<f64>
{
}

impl<T> JavaCasts for T where
    T: JavaCast<i8> + JavaCast<i16> + JavaCast<i32> + JavaCast<i64> + JavaCast<f32> + JavaCast<f64>
{
}

fn from_primitive<F: ArrowPrimitiveType>(to: &DataType) -> Option<Conversion>
where
    F::Native: JavaCasts + Default + PartialEq,
{
    fn each<F: ArrowPrimitiveType, T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<ArrayRef>
    where
        F::Native: JavaCast<T::Native>,
    {
        let input = array.as_primitive_opt::<F>().ok_or_else(|| misfit(array))?;
        let output: PrimitiveArray<T> = input.unary(JavaCast::java_cast);
        Ok(Arc::new(output))
    }
    Some(match to.kind {
        Kind::TinyInt => Conversion::sure(1, each::<F, Int8Type>),
        Kind::SmallInt => Conversion::sure(1, each::<F, Int16Type>),
        Kind::Int => Conversion::sure(1, each::<F, Int32Type>),
        Kind::BigInt => Conversion::sure(1, each::<F, Int64Type>),
        Kind::Float => Conversion::sure(1, each::<F, Float32Type>),
        Kind::Double => Conversion::sure(1, each::<F, Float64Type>),
        Kind::Boolean => Conversion::sure(1, non_zero::<F>),
        _ => return None,
    })
}

fn non_zero<F: ArrowPrimitiveType>(array: &ArrayRef) -> Result<ArrayRef>
where
    F::Native: Default + PartialEq,
{
    let input = array.as_primitive_opt::<F>().ok_or_else(|| misfit(array))?;
    let values = input.values();
    let truths = BooleanBuffer::collect_bool(values.len(), |row| values[row] != F::Native::default());
    Ok(Arc::new(BooleanArray::new(truths, input.nulls().cloned())))
}

fn from_boolean(to: &DataType) -> Option<Conversion> {
    fn each<T: ArrowPrimitiveType>(array: &ArrayRef, one: T::Native) -> Result<PrimitiveArray<T>> {
        let input = array.as_boolean_opt().ok_or_else(|| misfit(array))?;
        let values = input.values().iter().map(|v| if v { one } else { T::Native::default() });
        Ok(PrimitiveArray::new(values.collect(), input.nulls().cloned()))
    }
    Some(match to.kind {
        Kind::TinyInt => Conversion::sure(1, |a| Ok(Arc::new(each::<Int8Type>(a, 1)?))),
        Kind::SmallInt => Conversion::sure(1, |a| Ok(Arc::new(each::<Int16Type>(a, 1)?))),
        Kind::Int => Conversion::sure(1, |a| Ok(Arc::new(each::<Int32Type>(a, 1)?))),
        Kind::BigInt => Conversion::sure(1, |a| Ok(Arc::new(each::<Int64Type>(a, 1)?))),
        Kind::Float => Conversion::sure(1, |a| Ok(Arc::new(each::<Float32Type>(a, 1.0)?))),
        Kind::Double => Conversion::sure(1, |a| Ok(Arc::new(each::<Float64Type>(a, 1.0)?))),
        Kind::Decimal { precision, scale } if precision > scale => {
            let (one, physical) = (decimal::power_of_ten(scale), to.physical());
            Conversion::sure(1, move |a| {
                Ok(Arc::new(each::<Decimal128Type>(a, one)?.with_data_type(physical.clone())))
            })
        }
        // TRUE does not fit: there is no digit before the point.
        Kind::Decimal { .. } => {
            let physical = to.physical();
            Conversion::sure(2, move |array| {
                let input = array.as_boolean_opt().ok_or_else(|| misfit(array))?;
                let values = input.iter().map(|v| (v == Some(false)).then_some(0_i128));
                let output: PrimitiveArray<Decimal128Type> = values.collect();
                Ok(Arc::new(output.with_data_type(physical.clone())))
            })
        }
        _ => return None,
    })
}

fn from_decimal(scale: u8, to: &DataType) -> Option<Conversion> {
    fn each<T: ArrowPrimitiveType>(
        cost: u32,
        convert: impl Fn(i128) -> T::Native + Send + Sync + 'static,
    ) -> Conversion {
        Conversion::sure(cost, move |array| {
            let input = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| misfit(array))?;
            let output: PrimitiveArray<T> = input.unary(&convert);
            Ok(Arc::new(output))
        })
    }
    let by = decimal::power_of_ten(scale);
    // The whole part's low 64 bits, and of those the low bits of narrower types.
    #[allow(clippy::cast_possible_truncation, reason = "BigDecimal.longValue keeps the low bits, too")]
    let whole = move |value: i128| (value / by) as i64;
    Some(match to.kind {
        Kind::TinyInt => each::<Int8Type>(4, move |v| whole(v).java_cast()),
        Kind::SmallInt => each::<Int16Type>(4, move |v| whole(v).java_cast()),
        Kind::Int => each::<Int32Type>(4, move |v| whole(v).java_cast()),
        Kind::BigInt => each::<Int64Type>(4, whole),
        Kind::Float => each::<Float32Type>(40, move |v| decimal::to_float(v, scale)),
        Kind::Double => each::<Float64Type>(4, move |v| decimal::to_double(v, scale)),
        Kind::Boolean => Conversion::sure(1, non_zero::<Decimal128Type>),
        _ => return None,
    })
}

fn between_decimals(from: u8, to: DecimalShape) -> Conversion {
    let physical = DataType::new(to.kind()).physical();
    Conversion::sure(2, move |array| {
        let input = array.as_primitive_opt::<Decimal128Type>().ok_or_else(|| misfit(array))?;
        let output: PrimitiveArray<Decimal128Type> = input.unary_opt(|v| decimal::fitted(v, from, to));
        Ok(Arc::new(output.with_data_type(physical.clone())) as ArrayRef)
    })
}

/// A double has the digits that are printed for it: 1.005 is 1.01 as DECIMAL(5, 2). A FLOAT is a double first.
fn double_to_decimal<F: ArrowPrimitiveType>(to: &DataType) -> Option<Conversion>
where
    F::Native: Into<f64>,
{
    let (shape, physical) = (DecimalShape::of(&to.kind)?, to.physical());
    Some(Conversion::fallible(100, move |array| {
        let input = array.as_primitive_opt::<F>().ok_or_else(|| misfit(array))?;
        let mut text = String::new();
        let values = input.iter().map(|value| {
            let Some(value) = value.map(Into::<f64>::into) else { return Ok(None) };
            text.clear();
            crate::text::write_double(value, &mut text);
            match value.is_finite() {
                true => Ok(decimal::parse(&text, shape).ok()),
                // TRY_CAST fails, too, as it does in Flink.
                false => Err(Error::runtime(format!("{text} is no DECIMAL"))),
            }
        });
        let output = values.collect::<Result<PrimitiveArray<Decimal128Type>>>()?;
        let output: ArrayRef = Arc::new(output.with_data_type(physical.clone()));
        Ok(output.into())
    }))
}
