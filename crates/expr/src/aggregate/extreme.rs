//! MIN and MAX.

use std::any::Any;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray};
use arrow_schema::DataType as Arrow;

use super::ranked::{Outcome, Ranking, values};
use super::rows::Taken;
use super::state::{Fixed, State, decode_slot, encode_slot, put_bytes};
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::signature::{Family, no_overload};
use crate::functions::{Arguments, Example};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "MIN",
        aliases: &[],
        signatures: &["MIN(value)"],
        summary: "The least of the values that are not NULL, NULL where there is none. Takes numbers, strings (in the \
                  order of their UTF-8 bytes), BOOLEANs and datetimes.",
        examples: &[Example("MIN(x)", "1")],
        resolve: |call| resolve(call, End::Least),
    },
    AggregateFunction {
        name: "MAX",
        aliases: &[],
        signatures: &["MAX(value)"],
        summary: "The greatest of the values that are not NULL, NULL where there is none. Takes what MIN takes.",
        examples: &[Example("MAX(x)", "3")],
        resolve: |call| resolve(call, End::Greatest),
    },
];

/// Which end of the order is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Least,
    Greatest,
}

impl End {
    /// Whether `new` takes the place of `old`. A NaN takes no place, and gives none up, as in Flink.
    #[inline]
    fn prefers<T: PartialOrd + ?Sized>(self, new: &T, old: &T) -> bool {
        match self {
            End::Least => new < old,
            End::Greatest => new > old,
        }
    }
}

fn resolve(call: &Arguments<'_>, end: End) -> Result<AggregateOverload> {
    let signature = call.take(&[Family::Any])?;
    let returns = DataType { kind: signature.kind(0).clone(), nullable: signature.is_nullable() };
    let physical = returns.physical();
    let make: Box<dyn Fn() -> Box<dyn Accumulator> + Send + Sync> = match &returns.kind {
        Kind::Boolean => Box::new(move || Box::new(Booleans { end, found: Vec::new() })),
        Kind::Char { .. } | Kind::VarChar { .. } => {
            Box::new(move || Box::new(Strings { end, found: Vec::new(), bytes: 0 }))
        }
        Kind::TinyInt => Box::new(move || Primitives::<Int8Type>::boxed(end, &physical)),
        Kind::SmallInt => Box::new(move || Primitives::<Int16Type>::boxed(end, &physical)),
        Kind::Int => Box::new(move || Primitives::<Int32Type>::boxed(end, &physical)),
        Kind::BigInt => Box::new(move || Primitives::<Int64Type>::boxed(end, &physical)),
        Kind::Float => Box::new(move || Primitives::<Float32Type>::boxed(end, &physical)),
        Kind::Double => Box::new(move || Primitives::<Float64Type>::boxed(end, &physical)),
        Kind::Decimal { .. } => Box::new(move || Primitives::<Decimal128Type>::boxed(end, &physical)),
        Kind::Date => Box::new(move || Primitives::<Date32Type>::boxed(end, &physical)),
        Kind::Time { .. } => Box::new(move || Primitives::<Time32MillisecondType>::boxed(end, &physical)),
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. }
            if physical == (DataType::new(Kind::Timestamp { precision: 6 })).physical() =>
        {
            Box::new(move || Primitives::<TimestampMicrosecondType>::boxed(end, &physical))
        }
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
            Box::new(move || Primitives::<Decimal128Type>::boxed(end, &physical))
        }
        _ => return no_overload(),
    };
    let result: Outcome = Arc::new(move |ranks| {
        let found = match end {
            End::Least => ranks.present().next(),
            End::Greatest => ranks.present().next_back(),
        };
        found.map_or(Value::Null, |(value, _)| value.clone())
    });
    let ranking = Ranking::new(returns.clone(), values(returns.clone()), result);
    Ok(overload(signature, returns, make).or_retracting(move || Box::new(ranking.clone())))
}

/// The error for rows that are taken away.
fn no_retraction() -> Error {
    Error::internal("MIN or MAX was made for rows that do not change")
}

struct Primitives<P: ArrowPrimitiveType<Native: Fixed>> {
    end: End,
    physical: Arrow,
    found: Vec<P::Native>,
    any: Vec<bool>,
}

impl<P: ArrowPrimitiveType<Native: Fixed>> Primitives<P> {
    fn boxed(end: End, physical: &Arrow) -> Box<dyn Accumulator> {
        Box::new(Self { end, physical: physical.clone(), found: Vec::new(), any: Vec::new() })
    }

    fn grow(&mut self, groups_total: usize) {
        let groups = groups_total.max(self.found.len());
        self.found.resize(groups, P::Native::default());
        self.any.resize(groups, false);
    }
}

/// Puts `new` in the place of what was found, if there was nothing, or `new` is preferred.
#[inline]
fn offer<T: Copy + PartialOrd>(end: End, found: &mut [T], any: &mut [bool], group: usize, new: T) {
    if let (Some(found), Some(any)) = (found.get_mut(group), any.get_mut(group))
        && (!*any || end.prefers(&new, found))
    {
        *found = new;
        *any = true;
    }
}

impl<P: ArrowPrimitiveType<Native: Fixed>> Accumulator for Primitives<P> {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        if retract {
            return Err(no_retraction());
        }
        self.grow(groups_total);
        let values = argument(arguments, 0, |array| array.as_primitive_opt::<P>())?.values();
        let (end, found, any) = (self.end, self.found.as_mut_slice(), self.any.as_mut_slice());
        Taken::without_nulls(groups, keep, arguments)
            .each(|row, group| offer(end, found, any, group, values[row]));
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for ((value, any), group) in other.found.iter().zip(&other.any).zip(groups) {
            if *any {
                offer(self.end, &mut self.found, &mut self.any, *group as usize, *value);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let found: PrimitiveArray<P> = self
            .found
            .iter()
            .zip(&self.any)
            .take(groups_total)
            .map(|(found, any)| any.then_some(*found))
            .collect();
        Ok(Arc::new(found.with_data_type(self.physical.clone())))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let (Some(found), Some(any)) = (self.found.get(group), self.any.get(group)) {
            any.then_some(*found).put(state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut slots = Vec::new();
        decode_slot(&mut slots, 0, state, None)?;
        self.grow(group + 1);
        if let (Some(found), Some(any), Some(slot)) =
            (self.found.get_mut(group), self.any.get_mut(group), slots.first())
        {
            *any = slot.is_some();
            *found = slot.unwrap_or_default();
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.found.capacity() * size_of::<P::Native>() + self.any.capacity()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

struct Booleans {
    end: End,
    found: Vec<Option<bool>>,
}

impl Booleans {
    fn offer(&mut self, group: usize, new: bool) {
        if let Some(found) = self.found.get_mut(group)
            && found.is_none_or(|old| self.end.prefers(&new, &old))
        {
            *found = Some(new);
        }
    }
}

impl Accumulator for Booleans {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        if retract {
            return Err(no_retraction());
        }
        self.found.resize(groups_total.max(self.found.len()), None);
        let values = argument(arguments, 0, |array| array.as_boolean_opt())?.values();
        Taken::without_nulls(groups, keep, arguments).each(|row, group| self.offer(group, values.value(row)));
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.found.resize(groups_total.max(self.found.len()), None);
        for (value, group) in other.found.iter().zip(groups) {
            if let Some(value) = value {
                self.offer(*group as usize, *value);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.found.resize(groups_total.max(self.found.len()), None);
        Ok(Arc::new(self.found.iter().take(groups_total).copied().collect::<BooleanArray>()))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        encode_slot(&self.found, group, state);
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        decode_slot(&mut self.found, group, state, None)
    }

    fn memory(&self) -> usize {
        self.found.capacity()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

struct Strings {
    end: End,
    found: Vec<Option<String>>,
    /// Of the strings found.
    bytes: usize,
}

impl Strings {
    fn offer(&mut self, group: usize, new: &str) {
        let Some(found) = self.found.get_mut(group) else { return };
        match found {
            Some(old) if self.end.prefers(new, old.as_str()) => {
                self.bytes -= old.capacity();
                old.clear();
                old.push_str(new);
                self.bytes += old.capacity();
            }
            Some(_) => {}
            None => self.bytes += found.insert(new.to_owned()).capacity(),
        }
    }
}

impl Accumulator for Strings {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        if retract {
            return Err(no_retraction());
        }
        self.found.resize(groups_total.max(self.found.len()), None);
        let values = argument(arguments, 0, |array| array.as_string_view_opt())?;
        Taken::without_nulls(groups, keep, arguments).each(|row, group| self.offer(group, values.value(row)));
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.found.resize(groups_total.max(self.found.len()), None);
        for (value, group) in other.found.iter().zip(groups) {
            if let Some(value) = value {
                self.offer(*group as usize, value);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.found.resize(groups_total.max(self.found.len()), None);
        let mut column = StringViewBuilder::with_capacity(groups_total);
        for found in self.found.iter().take(groups_total) {
            match found {
                Some(found) => column.try_append_value(found)?,
                None => column.append_null(),
            }
        }
        Ok(Arc::new(column.finish()))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(Some(found)) = self.found.get(group) {
            put_bytes(found.as_bytes(), state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let found = match State::of(state) {
            None => None,
            Some(mut state) => {
                let text = state.text()?.to_owned();
                state.end()?;
                Some(text)
            }
        };
        self.found.resize(self.found.len().max(group + 1), None);
        if let Some(slot) = self.found.get_mut(group) {
            self.bytes += found.as_ref().map_or(0, String::capacity);
            self.bytes -= std::mem::replace(slot, found).as_ref().map_or(0, String::capacity);
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.found.capacity() * size_of::<Option<String>>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
