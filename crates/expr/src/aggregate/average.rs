//! AVG.

use std::any::Any;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{ArrayRef, ArrowNativeTypeOp, BooleanArray, PrimitiveArray};

use super::rows::Taken;
use super::state::{Fixed, decode_slot};
use super::{Accumulator, AggregateFunction, argument, merged, overload};
use crate::error::Result;
use crate::functions::Example;
use crate::functions::signature::{Family, no_overload};
use crate::types::{DataType, Kind, MAX_DECIMAL_PRECISION};

/// One more than the greatest unscaled value of a DECIMAL(38, s).
const DECIMAL_LIMIT: i128 = 10_i128.pow(38);

/// The fewest fractional digits of the average of DECIMALs.
const DECIMAL_SCALE_MIN: u8 = 6;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "AVG",
    aliases: &[],
    signatures: &["AVG([DISTINCT] number)"],
    summary: "The arithmetic mean of the values that are not NULL, NULL where there is none. It has the type of its \
              argument, so that the average of integers is cut to an integer; the average of a DECIMAL(p, s) is a \
              DECIMAL(38, s), with at least 6 fractional digits, rounded half up.",
    examples: &[Example("AVG(x)", "2")],
    resolve: |call| {
        let signature = call.take(&[Family::Numeric])?;
        let nullable = signature.is_nullable();
        let (kind, make): (_, fn() -> Box<dyn Accumulator>) = match signature.kind(0) {
            Kind::TinyInt => (Kind::TinyInt, || Box::new(Average::<Int8Type>::default())),
            Kind::SmallInt => (Kind::SmallInt, || Box::new(Average::<Int16Type>::default())),
            Kind::Int => (Kind::Int, || Box::new(Average::<Int32Type>::default())),
            Kind::BigInt => (Kind::BigInt, || Box::new(Average::<Int64Type>::default())),
            Kind::Float => (Kind::Float, || Box::new(Average::<Float32Type>::default())),
            Kind::Double => (Kind::Double, || Box::new(Average::<Float64Type>::default())),
            Kind::Decimal { scale, .. } => {
                let from = *scale;
                let scale = from.max(DECIMAL_SCALE_MIN);
                let returns =
                    DataType { kind: Kind::Decimal { precision: MAX_DECIMAL_PRECISION, scale }, nullable };
                return Ok(overload(signature, returns, move || Box::new(DecimalAverage::new(from, scale))));
            }
            _ => return no_overload(),
        };
        Ok(overload(signature, DataType { kind, nullable }, make))
    },
}];

/// How the values of a type are averaged: summed as something wider, then divided.
trait Averaged: ArrowPrimitiveType {
    type Sum: ArrowNativeTypeOp + Fixed;
    fn widen(value: Self::Native) -> Self::Sum;
    fn divide(sum: Self::Sum, count: i64) -> Self::Native;
}

macro_rules! averaged_integer {
    ($($primitive:ident $native:ident),+) => {$(
        impl Averaged for $primitive {
            type Sum = i64;

            fn widen(value: $native) -> i64 {
                i64::from(value)
            }

            #[allow(clippy::cast_possible_truncation, reason = "wraps as Flink's cast does; a mean lies between its values")]
            #[allow(trivial_numeric_casts, reason = "the widest of them needs no cast")]
            fn divide(sum: i64, count: i64) -> $native {
                sum.wrapping_div(count) as $native
            }
        }
    )+};
}

averaged_integer!(Int8Type i8, Int16Type i16, Int32Type i32, Int64Type i64);

impl Averaged for Float32Type {
    type Sum = f64;

    fn widen(value: f32) -> f64 {
        f64::from(value)
    }

    #[allow(clippy::cast_possible_truncation, reason = "rounds to the nearest FLOAT, as Flink's cast does")]
    fn divide(sum: f64, count: i64) -> f32 {
        (sum / count as f64) as f32
    }
}

impl Averaged for Float64Type {
    type Sum = f64;

    fn widen(value: f64) -> f64 {
        value
    }

    fn divide(sum: f64, count: i64) -> f64 {
        sum / count as f64
    }
}

struct Average<P: Averaged> {
    sums: Vec<P::Sum>,
    counts: Vec<i64>,
}

impl<P: Averaged> Default for Average<P> {
    fn default() -> Self {
        Self { sums: Vec::new(), counts: Vec::new() }
    }
}

impl<P: Averaged> Average<P> {
    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, P::Sum::default());
        self.counts.resize(groups, 0);
    }
}

impl<P: Averaged> Accumulator for Average<P> {
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
        let taken = Taken::without_nulls(groups, keep, arguments);
        let (sums, counts) = (&mut self.sums, &mut self.counts);
        taken.each(|row, group| {
            if let (Some(sum), Some(count)) = (sums.get_mut(group), counts.get_mut(group)) {
                let value = P::widen(values[row]);
                *sum = if retract { sum.sub_wrapping(value) } else { sum.add_wrapping(value) };
                *count += if retract { -1 } else { 1 };
            }
        });
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for ((theirs, more), group) in other.sums.iter().zip(&other.counts).zip(groups) {
            let group = *group as usize;
            if let (Some(sum), Some(count)) = (self.sums.get_mut(group), self.counts.get_mut(group)) {
                *sum = sum.add_wrapping(*theirs);
                *count += more;
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let averages: PrimitiveArray<P> = self
            .sums
            .iter()
            .zip(&self.counts)
            .take(groups_total)
            .map(|(sum, count)| (*count != 0).then(|| P::divide(*sum, *count)))
            .collect();
        Ok(Arc::new(averages))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let (Some(sum), Some(count)) = (self.sums.get(group), self.counts.get(group)) {
            (*sum, *count).put(state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut slots = Vec::new();
        decode_slot(&mut slots, 0, state, (P::Sum::default(), 0))?;
        self.grow(group + 1);
        if let (Some(sum), Some(count), Some(slot)) =
            (self.sums.get_mut(group), self.counts.get_mut(group), slots.first())
        {
            (*sum, *count) = *slot;
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<P::Sum>() + self.counts.capacity() * size_of::<i64>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The average of DECIMALs: a sum of 38 digits, NULL once it does not fit.
struct DecimalAverage {
    scale: u8,
    /// By what the sum is multiplied before it is divided: the result may have more fractional digits.
    factor: i128,
    sums: Vec<Option<i128>>,
    counts: Vec<i64>,
}

impl DecimalAverage {
    fn new(from: u8, scale: u8) -> Self {
        let factor = 10_i128.pow(u32::from(scale.saturating_sub(from)));
        Self { scale, factor, sums: Vec::new(), counts: Vec::new() }
    }

    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, Some(0));
        self.counts.resize(groups, 0);
    }

    fn add(&mut self, group: usize, value: i128, count: i64) {
        if let (Some(sum), Some(counted)) = (self.sums.get_mut(group), self.counts.get_mut(group)) {
            *sum = sum.and_then(|sum| Some(sum + value).filter(|sum| sum.abs() < DECIMAL_LIMIT));
            *counted += count;
        }
    }

    /// The sum divided by the count, rounded half up; `None` where it does not fit.
    fn divide(&self, sum: i128, count: i64) -> Option<i128> {
        let (count, whole) = (i128::from(count), sum / i128::from(count));
        let rest = (sum % count).checked_mul(self.factor)?;
        let (fraction, rest) = (rest / count, rest % count);
        let up = if rest.abs() * 2 >= count.abs() { rest.signum() * count.signum() } else { 0 };
        let average = whole.checked_mul(self.factor)?.checked_add(fraction + up)?;
        (average.abs() < DECIMAL_LIMIT).then_some(average)
    }
}

impl Accumulator for DecimalAverage {
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
        let taken = Taken::without_nulls(groups, keep, arguments);
        taken.each(|row, group| match retract {
            true => self.add(group, -values[row], -1),
            false => self.add(group, values[row], 1),
        });
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for ((sum, count), group) in other.sums.iter().zip(&other.counts).zip(groups) {
            match sum {
                Some(sum) => self.add(*group as usize, *sum, *count),
                None => {
                    if let Some(sum) = self.sums.get_mut(*group as usize) {
                        *sum = None;
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let averages: PrimitiveArray<Decimal128Type> = self
            .sums
            .iter()
            .zip(&self.counts)
            .take(groups_total)
            .map(|(sum, count)| sum.filter(|_| *count != 0).and_then(|sum| self.divide(sum, *count)))
            .collect();
        Ok(Arc::new(averages.with_precision_and_scale(MAX_DECIMAL_PRECISION, self.scale.cast_signed())?))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let (Some(sum), Some(count)) = (self.sums.get(group), self.counts.get(group)) {
            (*sum, *count).put(state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut slots = Vec::new();
        decode_slot(&mut slots, 0, state, (Some(0), 0))?;
        self.grow(group + 1);
        if let (Some(sum), Some(count), Some(slot)) =
            (self.sums.get_mut(group), self.counts.get_mut(group), slots.first())
        {
            (*sum, *count) = *slot;
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<Option<i128>>() + self.counts.capacity() * size_of::<i64>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
