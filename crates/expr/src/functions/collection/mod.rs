//! Arrays, maps and rows: made, taken apart and compared.

mod access;
mod array;
mod comparing;
mod construct;
mod elements;
mod join;
mod map;
mod order;
mod set;

use std::sync::Arc;

use super::signature::no_overload;
use super::{Arguments, Function};
use crate::error::Result;
use crate::types::{DataType, Kind, common_type, implicitly_castable};

/// The lists of the files here.
pub(super) static ROOMS: [&[Function]; 7] = [
    access::FUNCTIONS,
    array::FUNCTIONS,
    construct::FUNCTIONS,
    join::FUNCTIONS,
    map::FUNCTIONS,
    order::FUNCTIONS,
    set::FUNCTIONS,
];

/// The argument `index` of a call and the type of its elements, if it is an ARRAY.
fn array<'a>(call: &Arguments<'a>, index: usize) -> Result<(&'a DataType, &'a DataType)> {
    match call.types.get(index) {
        Some(given @ DataType { kind: Kind::Array(element), .. }) => Ok((given, element)),
        _ => no_overload(),
    }
}

/// What an argument that stands for an element is cast to.
fn element(given: &DataType, element: &DataType) -> Result<DataType> {
    match given.kind == Kind::Null
        || implicitly_castable(given, &element.clone().with_nullable(given.nullable))
    {
        true => Ok(element.clone().with_nullable(given.nullable)),
        false => no_overload(),
    }
}

/// The common type of arguments that are all of the kind that `is` knows; NULL where it is not known yet.
fn common(types: &[DataType], is: fn(&Kind) -> bool) -> Result<DataType> {
    match common_type(types) {
        Some(common) if is(&common.kind) => Ok(common),
        _ => no_overload(),
    }
}

/// An ARRAY of this element type and nullability.
fn array_of(element: DataType, nullable: bool) -> DataType {
    DataType { kind: Kind::Array(Arc::new(element)), nullable }
}
