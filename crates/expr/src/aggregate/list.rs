//! LISTAGG, ARRAY_AGG and COLLECT: all the values of a group.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};

use super::rows::Taken;
use super::{Accumulator, AggregateFunction, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::Example;
use crate::functions::signature::{Family, STRING};
use crate::types::{DataType, Kind};
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "LISTAGG",
        aliases: &[],
        signatures: &["LISTAGG([DISTINCT] string[, separator])"],
        summary: "The strings that are not NULL, in the order in which the rows come, with the constant separator between them, \
                  by default a comma. NULL where there is none.",
        examples: &[Example("LISTAGG(CAST(x AS STRING), '-')", "1-3")],
        resolve: |call| {
            let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
            let separator: Arc<str> = match call.literals.get(1) {
                None => ",".into(),
                Some(Some(Value::String(text))) => Arc::clone(text),
                Some(_) => {
                    return Err(Error::unsupported("the separator of LISTAGG must be a constant string"));
                }
            };
            let list =
                List { of: DataType::string(), form: Form::Text(separator), groups: Vec::new(), bytes: 0 };
            Ok(overload(signature, DataType::new(STRING), move || Box::new(list.clone())))
        },
    },
    AggregateFunction {
        name: "ARRAY_AGG",
        aliases: &[],
        signatures: &["ARRAY_AGG([DISTINCT] value)"],
        summary: "An ARRAY of the values, NULLs too, in the order in which the rows come. NULL where there are no rows.",
        examples: &[Example("ARRAY_AGG(x)", "[1, 3, NULL]")],
        resolve: |call| {
            let signature = call.take(&[Family::Any])?;
            let element = DataType { kind: signature.kind(0).clone(), nullable: signature.is_nullable() };
            let returns = DataType::array(element.clone()).with_nullable(element.nullable);
            let list = List { of: element, form: Form::Array, groups: Vec::new(), bytes: 0 };
            Ok(overload(signature, returns, move || Box::new(list.clone())))
        },
    },
    AggregateFunction {
        name: "COLLECT",
        aliases: &[],
        signatures: &["COLLECT([DISTINCT] value)"],
        summary: "A MULTISET of the values that are not NULL; empty where there is none.",
        examples: &[Example("COLLECT(x)", "{1=1, 3=1}")],
        resolve: |call| {
            let signature = call.take(&[Family::Any])?;
            let element = DataType { kind: signature.kind(0).clone(), nullable: signature.is_nullable() };
            let returns = DataType::not_null(Kind::Multiset(Arc::new(element.clone())));
            let list = List { of: element, form: Form::Multiset, groups: Vec::new(), bytes: 0 };
            Ok(overload(signature, returns, move || Box::new(list.clone())))
        },
    },
];

/// What the values become in the end.
#[derive(Clone, Debug)]
enum Form {
    /// One string, with this between the values.
    Text(Arc<str>),
    Array,
    Multiset,
}

#[derive(Clone)]
struct List {
    of: DataType,
    form: Form,
    groups: Vec<Vec<Value>>,
    /// Of the values.
    bytes: usize,
}

/// About how many bytes a value holds.
fn bytes_of(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Array(parts) | Value::Row(parts) => parts.iter().map(bytes_of).sum(),
            Value::Map(entries) => entries.iter().map(|(key, value)| bytes_of(key) + bytes_of(value)).sum(),
            _ => 0,
        }
}

impl Accumulator for List {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.groups.resize(groups_total.max(self.groups.len()), Vec::new());
        let column = argument(arguments, 0, Some)?;
        let taken = match self.form {
            Form::Array => Taken::without_nulls(groups, keep, &[]),
            _ => Taken::without_nulls(groups, keep, std::slice::from_ref(column)),
        };
        let mut result = Ok(());
        taken.each(|row, group| {
            let (Some(values), Ok(())) = (self.groups.get_mut(group), &result) else { return };
            match Value::from_array(column, row, &self.of) {
                Ok(value) if retract => {
                    if let Some(at) = values.iter().position(|known| *known == value) {
                        self.bytes -= bytes_of(&values.remove(at));
                    }
                }
                Ok(value) => {
                    self.bytes += bytes_of(&value);
                    values.push(value);
                }
                Err(error) => result = Err(error),
            }
        });
        result
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.groups.resize(groups_total.max(self.groups.len()), Vec::new());
        self.bytes += other.bytes;
        for (values, group) in other.groups.into_iter().zip(groups) {
            if let Some(own) = self.groups.get_mut(*group as usize) {
                own.extend(values);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.groups.resize(groups_total.max(self.groups.len()), Vec::new());
        let returns = match self.form {
            Form::Text(_) => DataType::string(),
            Form::Array => DataType::array(self.of.clone()),
            Form::Multiset => DataType::new(Kind::Multiset(Arc::new(self.of.clone()))),
        };
        let value = |values: &Vec<Value>| match &self.form {
            Form::Text(separator) => joined(values, separator),
            Form::Array if values.is_empty() => Value::Null,
            Form::Array => Value::Array(values.clone()),
            Form::Multiset => counted(values),
        };
        let values: Vec<Value> = self.groups.iter().take(groups_total).map(value).collect();
        Value::column(&values, &returns)
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<Value>>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn joined(values: &[Value], separator: &str) -> Value {
    let texts: Vec<&str> = values
        .iter()
        .filter_map(|value| if let Value::String(text) = value { Some(&**text) } else { None })
        .collect();
    if texts.is_empty() { Value::Null } else { Value::String(texts.join(separator).into()) }
}

/// Each value with how often it stands there, in the order of first occurrence.
fn counted(values: &[Value]) -> Value {
    let mut places: HashMap<&Value, usize> = HashMap::new();
    let mut counts: Vec<(Value, i32)> = Vec::new();
    for value in values {
        let place = *places.entry(value).or_insert(counts.len());
        match counts.get_mut(place) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => counts.push((value.clone(), 1)),
        }
    }
    Value::Map(counts.into_iter().map(|(value, count)| (value, Value::Int(count))).collect())
}
