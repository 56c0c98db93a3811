//! BIN: integers in binary notation.

use arrow_array::types::Int64Type;

use super::function;
use crate::functions::kernel::text;
use crate::functions::signature::{Family, STRING};
use crate::functions::{Example, Function};

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[function(
    "BIN",
    &[],
    &["BIN(integer)"],
    "The integer in binary notation; a negative one as the 64 bits of its two's complement.",
    &[Example("BIN(4)", "100"), Example("CHAR_LENGTH(BIN(-1))", "64")],
    |arguments| {
        arguments.take(&[Family::BigInt])?.returns(STRING).kernel(|_| {
            Ok(text::<(Int64Type,), ()>(|(value,), out: &mut String| {
                let bits = value.cast_unsigned();
                let count = 64 - bits.leading_zeros().min(63);
                out.extend((0..count).rev().map(|place| if bits >> place & 1 == 1 { '1' } else { '0' }));
            }))
        })
    },
)];
