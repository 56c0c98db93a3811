//! COUNT.

use std::any::Any;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array};

use super::rows::Taken;
use super::state::{decode_slot, encode_slot};
use super::{Accumulator, AggregateFunction, AggregateOverload, merged, overload};
use crate::error::Result;
use crate::functions::Example;
use crate::functions::signature::Family;
use crate::types::{DataType, Kind};

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "COUNT",
    aliases: &[],
    signatures: &["COUNT(*)", "COUNT([DISTINCT] expression)"],
    summary: "The number of rows; with an argument, of the rows in which it is not NULL. 0 where there is none.",
    examples: &[Example("COUNT(*)", "3"), Example("COUNT(x)", "2"), Example("COUNT(DISTINCT x)", "2")],
    resolve: |call| {
        let signature = call.take_optional(&[], &[Family::Any])?;
        let overload = overload(signature, DataType::not_null(Kind::BigInt), || Box::new(Count::default()));
        Ok(AggregateOverload { null_when_empty: false, ..overload })
    },
}];

#[derive(Default)]
struct Count {
    counts: Vec<i64>,
}

impl Accumulator for Count {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.counts.resize(groups_total.max(self.counts.len()), 0);
        let taken = Taken::without_nulls(groups, keep, arguments);
        let step = if retract { -1 } else { 1 };
        match self.counts.as_mut_slice() {
            [count] => *count += step * i64::try_from(taken.len()).unwrap_or(i64::MAX),
            counts => taken.each(|_, group| {
                if let Some(count) = counts.get_mut(group) {
                    *count += step;
                }
            }),
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.counts.resize(groups_total.max(self.counts.len()), 0);
        for (count, group) in other.counts.iter().zip(groups) {
            if let Some(sum) = self.counts.get_mut(*group as usize) {
                *sum += count;
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.counts.resize(groups_total, 0);
        Ok(Arc::new(Int64Array::from(self.counts.clone())))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        encode_slot(&self.counts, group, state);
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        decode_slot(&mut self.counts, group, state, 0)
    }

    fn memory(&self) -> usize {
        self.counts.capacity() * size_of::<i64>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
