//! LISTAGG, ARRAY_AGG, JSON_ARRAYAGG, and FIRST_VALUE and LAST_VALUE of rows that change: all the values of a group,
//! in the order in which they came.

use std::any::Any;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray};

use super::rows::Taken;
use super::state::{State, put_values};
use super::{Accumulator, AggregateFunction, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::Example;
use crate::functions::signature::{Family, STRING};
use crate::types::DataType;
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
            let list = List::new(DataType::string(), Form::Text(separator), values(DataType::string()));
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
            let of = element.clone();
            let read: Read = Arc::new(move |arguments, row| {
                Value::from_array(argument(arguments, 0, Some)?, row, &of).map(Some)
            });
            let list = List::new(DataType::array(element), Form::Array, read);
            Ok(overload(signature, returns, move || Box::new(list.clone())))
        },
    },
];

/// The value that a row adds; `None` where it adds none.
pub(super) type Read = Arc<dyn Fn(&[ArrayRef], usize) -> Result<Option<Value>> + Send + Sync>;

/// Reads the first argument, of this type, where it is not NULL.
pub(super) fn values(data_type: DataType) -> Read {
    Arc::new(move |arguments, row| {
        let column = argument(arguments, 0, Some)?;
        match column.is_null(row) {
            true => Ok(None),
            false => Value::from_array(column, row, &data_type).map(Some),
        }
    })
}

/// What the values become in the end.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// One string, with this between the values.
    Text(Arc<str>),
    /// An array of JSON of the values, which are JSON.
    Json,
    Array,
    First,
    Last,
}

#[derive(Clone)]
pub(super) struct List {
    returns: DataType,
    form: Form,
    read: Read,
    groups: Vec<Vec<Value>>,
    /// Of the values.
    bytes: usize,
}

impl List {
    /// Lists that read their values with `read`, and become `form`, a value of the type `returns`.
    pub(super) fn new(returns: DataType, form: Form, read: Read) -> Self {
        Self { returns, form, read, groups: Vec::new(), bytes: 0 }
    }

    fn grow(&mut self, groups_total: usize) {
        self.groups.resize(groups_total.max(self.groups.len()), Vec::new());
    }

    fn result(&self, values: &[Value]) -> Value {
        match &self.form {
            Form::Json => {
                let texts: Vec<&str> = values.iter().filter_map(text).collect();
                Value::String(format!("[{}]", texts.join(",")).into())
            }
            _ if values.is_empty() => Value::Null,
            Form::Text(separator) => {
                let texts: Vec<&str> = values.iter().filter_map(text).collect();
                Value::String(texts.join(separator).into())
            }
            Form::Array => Value::Array(values.to_vec()),
            Form::First => values.first().cloned().unwrap_or(Value::Null),
            Form::Last => values.last().cloned().unwrap_or(Value::Null),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// About how many bytes a value holds.
pub(super) fn bytes_of(value: &Value) -> usize {
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
        self.grow(groups_total);
        let mut result = Ok(());
        Taken::without_nulls(groups, keep, &[]).each(|row, group| {
            let (Some(values), Ok(())) = (self.groups.get_mut(group), &result) else { return };
            match (self.read)(arguments, row) {
                Ok(None) => {}
                Ok(Some(value)) if retract => {
                    if let Some(at) = values.iter().position(|known| *known == value) {
                        self.bytes -= bytes_of(&values.remove(at));
                    }
                }
                Ok(Some(value)) => {
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
        self.grow(groups_total);
        self.bytes += other.bytes;
        for (values, group) in other.groups.into_iter().zip(groups) {
            if let Some(own) = self.groups.get_mut(*group as usize) {
                own.extend(values);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let results: Vec<Value> =
            self.groups.iter().take(groups_total).map(|values| self.result(values)).collect();
        Value::column(&results, &self.returns)
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(values) = self.groups.get(group) {
            put_values(values, state);
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let values = match State::of(state) {
            None => Vec::new(),
            Some(mut state) => {
                let values = state.values()?;
                state.end()?;
                values
            }
        };
        self.grow(group + 1);
        if let Some(slot) = self.groups.get_mut(group) {
            self.bytes += values.iter().map(bytes_of).sum::<usize>();
            self.bytes -= std::mem::replace(slot, values).iter().map(bytes_of).sum::<usize>();
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Vec<Value>>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
