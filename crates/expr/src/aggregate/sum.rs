//! SUM.

use std::any::Any;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{ArrayRef, ArrowNativeTypeOp, BooleanArray, PrimitiveArray};
use arrow_buffer::NullBuffer;

use super::rows::Taken;
use super::state::{Fixed, decode_slot};
use super::{Accumulator, AggregateFunction, argument, merged, overload};
use crate::error::Result;
use crate::functions::Example;
use crate::functions::signature::{Family, no_overload};
use crate::types::{DataType, Kind, MAX_DECIMAL_PRECISION};

/// One more than the greatest unscaled value of a DECIMAL(38, s).
const DECIMAL_LIMIT: i128 = 10_i128.pow(38);

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "SUM",
    aliases: &[],
    signatures: &["SUM([DISTINCT] number)"],
    summary: "The sum of the values that are not NULL, NULL where there is none. It has the type of its argument; a \
              DECIMAL(p, s) is summed as DECIMAL(38, s). An integer sum that does not fit its type wraps around, as \
              in Flink: cast the argument to BIGINT or DECIMAL where sums may be large.",
    examples: &[Example("SUM(x)", "4")],
    resolve: |call| {
        let signature = call.take(&[Family::Numeric])?;
        let nullable = signature.is_nullable();
        let (kind, make): (_, fn() -> Box<dyn Accumulator>) = match signature.kind(0) {
            Kind::TinyInt => (Kind::TinyInt, || Box::new(Sum::<Int8Type>::default())),
            Kind::SmallInt => (Kind::SmallInt, || Box::new(Sum::<Int16Type>::default())),
            Kind::Int => (Kind::Int, || Box::new(Sum::<Int32Type>::default())),
            Kind::BigInt => (Kind::BigInt, || Box::new(Sum::<Int64Type>::default())),
            Kind::Float => (Kind::Float, || Box::new(Sum::<Float32Type>::default())),
            Kind::Double => (Kind::Double, || Box::new(Sum::<Float64Type>::default())),
            Kind::Decimal { scale, .. } => {
                let scale = *scale;
                let kind = Kind::Decimal { precision: MAX_DECIMAL_PRECISION, scale };
                let returns = DataType { kind, nullable };
                return Ok(overload(signature, returns, move || {
                    Box::new(DecimalSum { scale: scale.cast_signed(), sums: Vec::new(), counts: Vec::new() })
                }));
            }
            _ => return no_overload(),
        };
        Ok(overload(signature, DataType { kind, nullable }, make))
    },
}];

struct Sum<P: ArrowPrimitiveType<Native: Fixed>> {
    sums: Vec<P::Native>,
    /// How many values that are not NULL were added.
    counts: Vec<i64>,
}

impl<P: ArrowPrimitiveType<Native: Fixed>> Default for Sum<P> {
    fn default() -> Self {
        Self { sums: Vec::new(), counts: Vec::new() }
    }
}

impl<P: ArrowPrimitiveType<Native: Fixed>> Sum<P> {
    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, P::Native::default());
        self.counts.resize(groups, 0);
    }
}

impl<P: ArrowPrimitiveType<Native: Fixed>> Accumulator for Sum<P> {
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
        if let ([sum], [count], false, true) =
            (self.sums.as_mut_slice(), self.counts.as_mut_slice(), retract, taken.is_all())
        {
            *sum = values.iter().fold(*sum, |sum, value| sum.add_wrapping(*value));
            *count += i64::try_from(values.len()).unwrap_or(i64::MAX);
            return Ok(());
        }
        let (sums, counts) = (&mut self.sums, &mut self.counts);
        taken.each(|row, group| {
            if let (Some(sum), Some(count)) = (sums.get_mut(group), counts.get_mut(group)) {
                if retract {
                    *sum = sum.sub_wrapping(values[row]);
                    *count -= 1;
                } else {
                    *sum = sum.add_wrapping(values[row]);
                    *count += 1;
                }
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
        let values = self.sums.get(..groups_total).unwrap_or_default().to_vec();
        let nulls = present(&self.counts, groups_total);
        Ok(Arc::new(PrimitiveArray::<P>::new(values.into(), nulls)))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let (Some(sum), Some(count)) = (self.sums.get(group), self.counts.get(group)) {
            (*sum, *count).put(state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut slots = Vec::new();
        decode_slot(&mut slots, 0, state, (P::Native::default(), 0))?;
        self.grow(group + 1);
        if let (Some(sum), Some(count), Some(slot)) =
            (self.sums.get_mut(group), self.counts.get_mut(group), slots.first())
        {
            (*sum, *count) = *slot;
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<P::Native>() + self.counts.capacity() * size_of::<i64>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The groups to which values were added.
pub(super) fn present(counts: &[i64], groups_total: usize) -> Option<NullBuffer> {
    let nulls: NullBuffer = counts.iter().take(groups_total).map(|count| *count != 0).collect();
    (nulls.null_count() > 0).then_some(nulls)
}

/// The sum of DECIMALs. Where it leaves 38 digits, Flink goes on from nothing at the next value; so it does here.
struct DecimalSum {
    scale: i8,
    /// `None` before the first value, and after an overflow.
    sums: Vec<Option<i128>>,
    counts: Vec<i64>,
}

impl DecimalSum {
    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.sums.len());
        self.sums.resize(groups, None);
        self.counts.resize(groups, 0);
    }

    fn add(&mut self, group: usize, value: i128, count: i64) {
        if let (Some(sum), Some(counted)) = (self.sums.get_mut(group), self.counts.get_mut(group)) {
            *sum = match *sum {
                None => Some(value),
                // Two values of 38 digits fit an i128.
                Some(sum) => Some(sum + value).filter(|sum| sum.abs() < DECIMAL_LIMIT),
            };
            *counted += count;
        }
    }
}

impl Accumulator for DecimalSum {
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
            if let Some(sum) = sum {
                self.add(*group as usize, *sum, *count);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let sums: PrimitiveArray<Decimal128Type> = self
            .sums
            .iter()
            .zip(&self.counts)
            .take(groups_total)
            .map(|(sum, count)| sum.filter(|_| *count != 0))
            .collect();
        Ok(Arc::new(sums.with_precision_and_scale(MAX_DECIMAL_PRECISION, self.scale)?))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let (Some(sum), Some(count)) = (self.sums.get(group), self.counts.get(group)) {
            (*sum, *count).put(state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut slots = Vec::new();
        decode_slot(&mut slots, 0, state, (None, 0))?;
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
