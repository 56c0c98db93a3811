//! Functions of dates, times, timestamps and intervals. Intervals beside datetimes stand in `arithmetic`.

mod add;
mod convert;
mod date_fields;
mod difference;
pub(super) mod early;
mod extract;
mod fields;
mod format;
mod legacy;
mod moment;
mod names;
mod now;
mod pattern;
mod print;
mod read;
mod round;
mod unit;
mod zones;

use super::Function;

pub(super) use round::round_to;

/// The lists of the files here.
pub(super) static ROOMS: [&[Function]; 6] = [
    add::FUNCTIONS,
    convert::FUNCTIONS,
    difference::FUNCTIONS,
    extract::FUNCTIONS,
    format::FUNCTIONS,
    now::FUNCTIONS,
];
