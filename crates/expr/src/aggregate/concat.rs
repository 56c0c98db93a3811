//! CONCAT_AGG, of the module `blink`.

use std::sync::Arc;

use super::list::{Form, List, values};
use super::{AggregateFunction, overload};
use crate::error::Error;
use crate::functions::Example;
use crate::functions::signature::{Family, STRING, Signature};
use crate::types::DataType;
use crate::value::Value;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "CONCAT_AGG",
    aliases: &[],
    signatures: &["CONCAT_AGG([separator, ]string)"],
    summary: "The strings that are not NULL, in the order in which the rows come, with the constant separator between them, by default a \
              line feed. NULL where there is none.",
    examples: &[Example("CONCAT_AGG('-', CAST(x AS STRING))", "1-3")],
    resolve: |call| {
        let signature = call.take_optional(&[Family::Character], &[Family::Character])?;
        let (column, separator): (usize, Arc<str>) = match call.literals {
            [_] => (0, "\n".into()),
            [Some(Value::String(text)), _] => (1, Arc::clone(text)),
            _ => return Err(Error::unsupported("the separator of CONCAT_AGG must be a constant string")),
        };
        let read = values(DataType::string());
        let read = Arc::new(move |arguments: &[arrow_array::ArrayRef], row| {
            read(arguments.get(column..).unwrap_or_default(), row)
        });
        let list = List::new(DataType::string(), Form::Text(separator), read);
        let signature = Signature::of(signature.into_arguments());
        Ok(overload(signature, DataType::new(STRING), move || Box::new(list.clone())))
    },
}];
