//! COLLECT: how often each value came.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};

use super::list::bytes_of;
use super::rows::Taken;
use super::state::{Fixed, State, put_length, put_value};
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::Result;
use crate::functions::Example;
use crate::functions::signature::Family;
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "COLLECT",
    aliases: &[],
    signatures: &["COLLECT([DISTINCT] value)"],
    summary: "A MULTISET of the values that are not NULL; empty where there is none.",
    examples: &[Example("COLLECT(x)", "{1=1, 3=1}")],
    resolve: |call| {
        let signature = call.take(&[Family::Any])?;
        let element = DataType { kind: signature.kind(0).clone(), nullable: signature.is_nullable() };
        let returns = DataType::not_null(Kind::Multiset(Arc::new(element.clone())));
        let overload = overload(signature, returns, move || {
            Box::new(Multiset { of: element.clone(), groups: Vec::new(), bytes: 0 })
        });
        Ok(AggregateOverload { null_when_empty: false, ..overload })
    },
}];

/// The values of a group: how often each came, and which of them came when for the first time.
#[derive(Clone, Default)]
struct Counts {
    counts: HashMap<Value, Count>,
    next: u64,
}

#[derive(Clone, Copy)]
struct Count {
    place: u64,
    /// Less than 0 while a row was taken away that has not been added yet.
    count: i64,
}

impl Counts {
    /// Adds `more` of a value; gives how many bytes more are held.
    fn add(&mut self, value: Value, more: i64) -> isize {
        let bytes = isize::try_from(bytes_of(&value) + size_of::<Count>()).unwrap_or(isize::MAX);
        match self.counts.entry(value) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Count { place: self.next, count: more });
                self.next += 1;
                bytes
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                entry.get_mut().count += more;
                if entry.get().count == 0 {
                    entry.remove();
                    return -bytes;
                }
                0
            }
        }
    }

    /// In the order of first appearance.
    fn ordered(&self) -> Vec<(&Value, i64)> {
        let mut all: Vec<(&Value, &Count)> = self.counts.iter().collect();
        all.sort_by_key(|(_, count)| count.place);
        all.into_iter().map(|(value, count)| (value, count.count)).collect()
    }

    fn bytes(&self) -> usize {
        self.counts.keys().map(|value| bytes_of(value) + size_of::<Count>()).sum()
    }
}

struct Multiset {
    of: DataType,
    groups: Vec<Counts>,
    /// Of the values.
    bytes: usize,
}

impl Multiset {
    fn grow(&mut self, groups_total: usize) {
        self.groups.resize(groups_total.max(self.groups.len()), Counts::default());
    }

    fn add(&mut self, group: usize, value: Value, more: i64) {
        if let Some(counts) = self.groups.get_mut(group) {
            self.bytes = self.bytes.saturating_add_signed(counts.add(value, more));
        }
    }
}

impl Accumulator for Multiset {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.grow(groups_total);
        let column = argument(arguments, 0, Some)?;
        let step = if retract { -1 } else { 1 };
        let mut result = Ok(());
        Taken::without_nulls(groups, keep, std::slice::from_ref(column)).each(|row, group| {
            if result.is_ok() {
                match Value::from_array(column, row, &self.of) {
                    Ok(value) => self.add(group, value, step),
                    Err(error) => result = Err(error),
                }
            }
        });
        result
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for (counts, group) in other.groups.iter().zip(groups) {
            for (value, count) in counts.ordered() {
                self.add(*group as usize, value.clone(), count);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let multiset = |counts: &Counts| {
            let present = counts.ordered().into_iter().filter(|(_, count)| *count > 0);
            let count = |count| Value::Int(i32::try_from(count).unwrap_or(i32::MAX));
            Value::Map(present.map(|(value, many)| (value.clone(), count(many))).collect())
        };
        let values: Vec<Value> = self.groups.iter().take(groups_total).map(multiset).collect();
        Value::column(&values, &DataType::new(Kind::Multiset(Arc::new(self.of.clone()))))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(counts) = self.groups.get(group) {
            let all = counts.ordered();
            put_length(all.len(), state);
            for (value, count) in all {
                put_value(value, state);
                count.put(state);
            }
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut counts = Counts::default();
        if let Some(mut state) = State::of(state) {
            for _ in 0..state.length()? {
                let (value, count) = (state.value()?, i64::get(&mut state)?);
                counts.add(value, count);
            }
            state.end()?;
        }
        self.grow(group + 1);
        if let Some(slot) = self.groups.get_mut(group) {
            self.bytes += counts.bytes();
            self.bytes = self.bytes.saturating_sub(std::mem::replace(slot, counts).bytes());
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Counts>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
