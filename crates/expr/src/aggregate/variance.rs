//! Variances and standard deviations, computed as Flink's planner rewrites them: from sums of values and of squares, in
//! the argument's own arithmetic.

use std::any::Any;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{ArrayRef, ArrowNativeTypeOp, BooleanArray, PrimitiveArray};

use super::rows::Taken;
use super::state::{Fixed, decode_slot, encode_slot};
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::Result;
use crate::functions::signature::{Family, no_overload};
use crate::functions::{Arguments, Example};
use crate::types::{DataType, Kind, MAX_DECIMAL_PRECISION};

/// One more than the greatest unscaled value of a DECIMAL(38, s).
const DECIMAL_LIMIT: i128 = 10_i128.pow(38);

/// The fewest fractional digits of a result of DECIMALs.
const DECIMAL_SCALE_MIN: u8 = 6;

/// Which measure is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Measure {
    /// Divided by one less than the number of values.
    sample: bool,
    /// The square root is taken.
    root: bool,
}

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "VAR_POP",
        aliases: &[],
        signatures: &["VAR_POP([DISTINCT] number)"],
        summary: "The population variance of the values that are not NULL, NULL where there is none. It has the type of its \
                  argument and is computed in its arithmetic, as in Flink: of integers it is cut, and squares may wrap \
                  around; cast the argument to DOUBLE for a fraction. Of a DECIMAL it is a DECIMAL(38, s) with at least 6 \
                  fractional digits.",
        examples: &[Example("VAR_POP(x)", "1")],
        resolve: |call| resolve(call, Measure { sample: false, root: false }),
    },
    AggregateFunction {
        name: "VAR_SAMP",
        aliases: &["VARIANCE"],
        signatures: &["VAR_SAMP([DISTINCT] number)"],
        summary: "The sample variance of the values that are not NULL, NULL where there are fewer than two. Its type and \
                  arithmetic are those of VAR_POP.",
        examples: &[Example("VAR_SAMP(x)", "2")],
        resolve: |call| resolve(call, Measure { sample: true, root: false }),
    },
    AggregateFunction {
        name: "STDDEV_POP",
        aliases: &[],
        signatures: &["STDDEV_POP([DISTINCT] number)"],
        summary: "The square root of VAR_POP, in the same type.",
        examples: &[Example("STDDEV_POP(x)", "1")],
        resolve: |call| resolve(call, Measure { sample: false, root: true }),
    },
    AggregateFunction {
        name: "STDDEV_SAMP",
        aliases: &["STDDEV"],
        signatures: &["STDDEV_SAMP([DISTINCT] number)"],
        summary: "The square root of VAR_SAMP, in the same type.",
        examples: &[Example("STDDEV_SAMP(x)", "1")],
        resolve: |call| resolve(call, Measure { sample: true, root: true }),
    },
];

fn resolve(call: &Arguments<'_>, measure: Measure) -> Result<AggregateOverload> {
    let signature = call.take(&[Family::Numeric])?;
    // A single value has no sample variance, whatever may be NULL.
    let nullable = signature.is_nullable() || measure.sample;
    let make: Box<dyn Fn() -> Box<dyn Accumulator> + Send + Sync> = match *signature.kind(0) {
        Kind::TinyInt => Box::new(move || Variance::<Int8Type>::boxed(measure)),
        Kind::SmallInt => Box::new(move || Variance::<Int16Type>::boxed(measure)),
        Kind::Int => Box::new(move || Variance::<Int32Type>::boxed(measure)),
        Kind::BigInt => Box::new(move || Variance::<Int64Type>::boxed(measure)),
        Kind::Float => Box::new(move || Variance::<Float32Type>::boxed(measure)),
        Kind::Double => Box::new(move || Variance::<Float64Type>::boxed(measure)),
        Kind::Decimal { scale: from, .. } => {
            let scale = from.max(DECIMAL_SCALE_MIN);
            let kind = Kind::Decimal { precision: MAX_DECIMAL_PRECISION, scale };
            return Ok(overload(signature, DataType { kind, nullable }, move || {
                Box::new(DecimalVariance { measure, from, scale, sums: Vec::new() })
            }));
        }
        _ => return no_overload(),
    };
    let returns = DataType { kind: signature.kind(0).clone(), nullable };
    Ok(overload(signature, returns, make))
}

/// The arithmetic of a type: `None` where there is no result.
trait Measured: ArrowPrimitiveType<Native: Fixed> {
    fn measure(
        measure: Measure,
        sum: Self::Native,
        squares: Self::Native,
        count: i64,
    ) -> Option<Self::Native>;
}

macro_rules! measured_integer {
    ($($primitive:ident $native:ident),+) => {$(
        impl Measured for $primitive {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "Flink's casts cut and round alike")]
            #[allow(trivial_numeric_casts, reason = "the widest of them needs no cast")]
            fn measure(measure: Measure, sum: $native, squares: $native, count: i64) -> Option<$native> {
                let divisor = count - i64::from(measure.sample);
                if count == 0 || divisor == 0 {
                    return None;
                }
                let of_mean = i64::from(sum.wrapping_mul(sum)).wrapping_div(count);
                let variance = i64::from(squares).wrapping_sub(of_mean).wrapping_div(divisor);
                Some(if measure.root { (variance as f64).sqrt() as $native } else { variance as $native })
            }
        }
    )+};
}

measured_integer!(Int8Type i8, Int16Type i16, Int32Type i32, Int64Type i64);

macro_rules! measured_float {
    ($($primitive:ident $native:ident),+) => {$(
        impl Measured for $primitive {
            #[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 round")]
            fn measure(measure: Measure, sum: $native, squares: $native, count: i64) -> Option<$native> {
                let divisor = count - i64::from(measure.sample);
                if count == 0 || divisor == 0 {
                    return None;
                }
                let variance = (squares - sum * sum / count as $native) / divisor as $native;
                Some(if measure.root { variance.sqrt() } else { variance })
            }
        }
    )+};
}

measured_float!(Float32Type f32, Float64Type f64);

struct Variance<P: Measured> {
    measure: Measure,
    /// Sum, sum of squares and count of each group.
    sums: Vec<(P::Native, P::Native, i64)>,
}

impl<P: Measured> Variance<P> {
    fn boxed(measure: Measure) -> Box<dyn Accumulator> {
        Box::new(Self { measure, sums: Vec::new() })
    }

    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, (P::Native::default(), P::Native::default(), 0));
    }
}

impl<P: Measured> Accumulator for Variance<P> {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.grow(groups_total);
        let values = argument(arguments, 0, |array| array.as_primitive_opt::<P>())?.values();
        let sums = &mut self.sums;
        Taken::without_nulls(groups, keep, arguments).each(|row, group| {
            if let Some((sum, squares, count)) = sums.get_mut(group) {
                let (value, square) = (values[row], values[row].mul_wrapping(values[row]));
                (*sum, *squares, *count) = match retract {
                    true => (sum.sub_wrapping(value), squares.sub_wrapping(square), *count - 1),
                    false => (sum.add_wrapping(value), squares.add_wrapping(square), *count + 1),
                };
            }
        });
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for ((sum, squares, count), group) in other.sums.iter().zip(groups) {
            if let Some(own) = self.sums.get_mut(*group as usize) {
                *own = (own.0.add_wrapping(*sum), own.1.add_wrapping(*squares), own.2 + count);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let measure = self.measure;
        let results: PrimitiveArray<P> = self
            .sums
            .iter()
            .take(groups_total)
            .map(|(sum, squares, count)| P::measure(measure, *sum, *squares, *count))
            .collect();
        Ok(Arc::new(results))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        encode_slot(&self.sums, group, state);
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        decode_slot(&mut self.sums, group, state, (P::Native::default(), P::Native::default(), 0))
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<(P::Native, P::Native, i64)>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Of DECIMALs: exact sums, NULL once one does not fit.
struct DecimalVariance {
    measure: Measure,
    from: u8,
    scale: u8,
    sums: Vec<(Option<(i128, i128)>, i64)>,
}

impl DecimalVariance {
    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, (Some((0, 0)), 0));
    }

    fn add(&mut self, group: usize, added: Option<(i128, i128)>, count: i64) {
        if let Some((sums, counted)) = self.sums.get_mut(group) {
            *sums = sums.zip(added).and_then(|((sum, squares), (value, square))| {
                Some((sum.checked_add(value)?, squares.checked_add(square)?))
            });
            *counted += count;
        }
    }

    /// (Σx² − (Σx)²/n) / n, as one fraction over n², rounded half up to the scale of the result.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "Flink takes the root as a DOUBLE"
    )]
    fn result(&self, sums: Option<(i128, i128)>, count: i64) -> Option<i128> {
        let divisor = count - i64::from(self.measure.sample);
        if count <= 0 || divisor <= 0 {
            return None;
        }
        let (sum, squares) = sums?;
        let numerator = squares.checked_mul(count.into())?.checked_sub(sum.checked_mul(sum)?)?;
        let denominator = i128::from(count).checked_mul(divisor.into())?;
        // Squares have twice the fractional digits.
        let shift = i32::from(self.scale) - 2 * i32::from(self.from);
        let (numerator, denominator) = match u32::try_from(shift) {
            Ok(digits) => (numerator.checked_mul(10_i128.checked_pow(digits)?)?, denominator),
            Err(_) => (numerator, denominator.checked_mul(10_i128.checked_pow(shift.unsigned_abs())?)?),
        };
        let half_up = numerator.rem_euclid(denominator).checked_mul(2)? >= denominator;
        let variance = numerator.div_euclid(denominator) + i128::from(half_up);
        if !self.measure.root {
            return (variance.abs() < DECIMAL_LIMIT).then_some(variance);
        }
        let unit = 10_f64.powi(self.scale.into());
        Some(((numerator as f64 / denominator as f64 / unit).sqrt() * unit).round() as i128)
    }
}

impl Accumulator for DecimalVariance {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.grow(groups_total);
        let values = argument(arguments, 0, |array| array.as_primitive_opt::<Decimal128Type>())?.values();
        Taken::without_nulls(groups, keep, arguments).each(|row, group| {
            let value = values[row];
            let square = value.checked_mul(value);
            match retract {
                true => self.add(group, square.map(|square| (-value, -square)), -1),
                false => self.add(group, square.map(|square| (value, square)), 1),
            }
        });
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for ((sums, count), group) in other.sums.iter().zip(groups) {
            self.add(*group as usize, *sums, *count);
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let results: PrimitiveArray<Decimal128Type> =
            self.sums.iter().take(groups_total).map(|(sums, count)| self.result(*sums, *count)).collect();
        Ok(Arc::new(results.with_precision_and_scale(MAX_DECIMAL_PRECISION, self.scale.cast_signed())?))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        encode_slot(&self.sums, group, state);
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        decode_slot(&mut self.sums, group, state, (Some((0, 0)), 0))
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<(Option<(i128, i128)>, i64)>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
