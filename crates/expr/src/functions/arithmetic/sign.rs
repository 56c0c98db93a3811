//! ABS and SIGN.

use arrow_array::types as t;
use arrow_schema::DataType as Arrow;

use super::function;
use crate::decimal::power_of_ten;
use crate::error::Result;
use crate::functions::signature::no_overload;
use crate::functions::vector::{try_unary, unary};
use crate::functions::{Arguments, Example, Function, Kernel, Overload};
use crate::types::{DataType, Kind};

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "ABS",
        &[],
        &["ABS(numeric)"],
        "The number without its sign. The least integer of its type has no such number, and stays as it is.",
        &[Example("ABS(-1.5)", "1.5"), Example("ABS(3)", "3")],
        |arguments| keeping_type(arguments, abs),
    ),
    function(
        "SIGN",
        &[],
        &["SIGN(numeric)"],
        "-1, 0 or 1, of the number's type.",
        &[Example("SIGN(-2.50)", "-1.00"), Example("SIGN(0)", "0")],
        |arguments| keeping_type(arguments, sign),
    ),
];

fn keeping_type(arguments: &Arguments<'_>, make: fn(&DataType) -> Kernel) -> Result<Overload> {
    let [only] = arguments.types else { return no_overload() };
    if !only.kind.is_numeric() {
        return no_overload();
    }
    Ok(Overload {
        arguments: vec![only.clone()],
        returns: only.clone(),
        fallible: false,
        kernel: Box::new(move |known| Ok(make(known.returns))),
    })
}

fn abs(t: &DataType) -> Kernel {
    match t.physical() {
        Arrow::Int8 => unary::<t::Int8Type, t::Int8Type>(t, i8::wrapping_abs),
        Arrow::Int16 => unary::<t::Int16Type, t::Int16Type>(t, i16::wrapping_abs),
        Arrow::Int32 => unary::<t::Int32Type, t::Int32Type>(t, i32::wrapping_abs),
        Arrow::Int64 => unary::<t::Int64Type, t::Int64Type>(t, i64::wrapping_abs),
        Arrow::Float32 => unary::<t::Float32Type, t::Float32Type>(t, f32::abs),
        Arrow::Float64 => unary::<t::Float64Type, t::Float64Type>(t, f64::abs),
        _ => unary::<t::Decimal128Type, t::Decimal128Type>(t, i128::wrapping_abs),
    }
}

fn sign(t: &DataType) -> Kernel {
    match t.physical() {
        Arrow::Int8 => unary::<t::Int8Type, t::Int8Type>(t, i8::signum),
        Arrow::Int16 => unary::<t::Int16Type, t::Int16Type>(t, i16::signum),
        Arrow::Int32 => unary::<t::Int32Type, t::Int32Type>(t, i32::signum),
        Arrow::Int64 => unary::<t::Int64Type, t::Int64Type>(t, i64::signum),
        // Java's signum keeps zeros and NaN as they are.
        Arrow::Float32 => {
            unary::<t::Float32Type, t::Float32Type>(t, |v| if v == 0.0 { v } else { v.signum() })
        }
        Arrow::Float64 => {
            unary::<t::Float64Type, t::Float64Type>(t, |v| if v == 0.0 { v } else { v.signum() })
        }
        _ => {
            let (precision, scale) =
                if let Kind::Decimal { precision, scale } = t.kind { (precision, scale) } else { (1, 0) };
            let one = power_of_ten(scale);
            // Where no digit stands in front of the point there is no 1.
            try_unary::<t::Decimal128Type, t::Decimal128Type>(t, move |v| {
                Ok((v == 0 || precision > scale).then(|| v.signum() * one))
            })
        }
    }
}
