//! FIRST_VALUE and LAST_VALUE.

use std::any::Any;
use std::collections::HashMap;

use arrow_array::{ArrayRef, BooleanArray};

use super::list::{Form, List, values};
use super::rows::Taken;
use super::state::{State, put_value};
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::signature::{Family, no_overload};
use crate::functions::{Arguments, Example};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "FIRST_VALUE",
        aliases: &[],
        signatures: &["FIRST_VALUE(value)"],
        summary: "The first value that is not NULL, in the order in which the rows come, NULL where there is none. Takes numbers, \
                  strings and BOOLEANs.",
        examples: &[Example("FIRST_VALUE(x)", "1")],
        resolve: |call| resolve(call, false),
    },
    AggregateFunction {
        name: "LAST_VALUE",
        aliases: &[],
        signatures: &["LAST_VALUE(value)"],
        summary: "The last value that is not NULL, in the order in which the rows come, NULL where there is none. Takes what \
                  FIRST_VALUE takes.",
        examples: &[Example("LAST_VALUE(x)", "3")],
        resolve: |call| resolve(call, true),
    },
];

fn resolve(call: &Arguments<'_>, last: bool) -> Result<AggregateOverload> {
    let signature = call.take(&[Family::Any])?;
    let kind = signature.kind(0).clone();
    if !(kind.is_numeric() || kind.is_character() || kind == Kind::Boolean) {
        return no_overload();
    }
    let returns = DataType { kind, nullable: signature.is_nullable() };
    let of = returns.clone();
    let form = if last { Form::Last } else { Form::First };
    let list = List::new(of.clone(), form, values(of.clone()));
    Ok(overload(signature, returns, move || {
        Box::new(Edge { last, of: of.clone(), found: Vec::new(), bytes: 0 })
    })
    .or_retracting(move || Box::new(list.clone())))
}

struct Edge {
    last: bool,
    of: DataType,
    found: Vec<Option<Value>>,
    /// Of the strings found.
    bytes: usize,
}

impl Edge {
    fn put(&mut self, group: usize, value: Value) {
        if let Some(found) = self.found.get_mut(group) {
            self.bytes += text_bytes(&value);
            self.bytes -= found.replace(value).as_ref().map_or(0, text_bytes);
        }
    }
}

/// The bytes that a value holds beside itself.
fn text_bytes(value: &Value) -> usize {
    if let Value::String(text) = value { text.len() } else { 0 }
}

impl Accumulator for Edge {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        if retract {
            return Err(Error::internal("FIRST_VALUE or LAST_VALUE was made for rows that do not change"));
        }
        self.found.resize(groups_total.max(self.found.len()), None);
        // Only one row of a batch counts for a group: its value alone is taken out of the column.
        let mut rows: HashMap<usize, usize> = HashMap::new();
        let (last, found) = (self.last, &self.found);
        Taken::without_nulls(groups, keep, arguments).each(|row, group| {
            if last {
                rows.insert(group, row);
            } else if found.get(group).is_some_and(Option::is_none) {
                rows.entry(group).or_insert(row);
            }
        });
        let column = argument(arguments, 0, Some)?;
        for (group, row) in rows {
            let value = Value::from_array(column, row, &self.of)?;
            self.put(group, value);
        }
        Ok(())
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.found.resize(groups_total.max(self.found.len()), None);
        for (value, group) in other.found.into_iter().zip(groups) {
            let group = *group as usize;
            let free = self.found.get(group).is_some_and(Option::is_none);
            if let Some(value) = value.filter(|_| self.last || free) {
                self.put(group, value);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.found.resize(groups_total.max(self.found.len()), None);
        Value::column(
            self.found.iter().take(groups_total).map(|v| v.as_ref().unwrap_or(&Value::Null)),
            &self.of,
        )
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(Some(found)) = self.found.get(group) {
            put_value(found, state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let found = match State::of(state) {
            None => None,
            Some(mut state) => {
                let value = state.value()?;
                state.end()?;
                Some(value)
            }
        };
        self.found.resize(self.found.len().max(group + 1), None);
        if let Some(slot) = self.found.get_mut(group) {
            self.bytes -= slot.take().as_ref().map_or(0, text_bytes);
        }
        if let Some(value) = found {
            self.put(group, value);
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.found.capacity() * size_of::<Option<Value>>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
