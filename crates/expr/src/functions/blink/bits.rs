//! Bits of integers.

use arrow_array::types::{Int32Type, Int64Type};

use super::function;
use crate::error::Result;
use crate::functions::signature::Family;
use crate::functions::vector::{binary, unary};
use crate::functions::{Arguments, Category, Example, Function, Overload};
use crate::types::Kind;

pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "BITAND",
        Category::Bitwise,
        &["BITAND(integer1, integer2)"],
        "The bits that both have; INT where neither is a BIGINT.",
        &[Example("BITAND(6, 3)", "2")],
        |call| of_two(call, |a, b| a & b, |a, b| a & b),
    ),
    function(
        "BITOR",
        Category::Bitwise,
        &["BITOR(integer1, integer2)"],
        "The bits that either has; INT where neither is a BIGINT.",
        &[Example("BITOR(6, 3)", "7")],
        |call| of_two(call, |a, b| a | b, |a, b| a | b),
    ),
    function(
        "BITXOR",
        Category::Bitwise,
        &["BITXOR(integer1, integer2)"],
        "The bits that one of both has; INT where neither is a BIGINT.",
        &[Example("BITXOR(6, 3)", "5")],
        |call| of_two(call, |a, b| a ^ b, |a, b| a ^ b),
    ),
    function(
        "BITNOT",
        Category::Bitwise,
        &["BITNOT(integer)"],
        "The bits that it has not; a BIGINT for a BIGINT, else an INT.",
        &[Example("BITNOT(7)", "-8")],
        |call| {
            if let Ok(signature) = call.take(&[Family::Int]) {
                return signature
                    .returns(Kind::Int)
                    .kernel(|known| Ok(unary::<Int32Type, Int32Type>(known.returns, |v| !v)));
            }
            call.take(&[Family::BigInt])?
                .returns(Kind::BigInt)
                .kernel(|known| Ok(unary::<Int64Type, Int64Type>(known.returns, |v| !v)))
        },
    ),
];

fn of_two(call: &Arguments<'_>, narrow: fn(i32, i32) -> i32, wide: fn(i64, i64) -> i64) -> Result<Overload> {
    if let Ok(signature) = call.take(&[Family::Int, Family::Int]) {
        return signature
            .returns(Kind::Int)
            .kernel(move |known| Ok(binary::<Int32Type, Int32Type, Int32Type>(known.returns, narrow)));
    }
    call.take(&[Family::BigInt, Family::BigInt])?
        .returns(Kind::BigInt)
        .kernel(move |known| Ok(binary::<Int64Type, Int64Type, Int64Type>(known.returns, wide)))
}
