//! Functions of strings, a file for each kind.

mod case;
mod classify;
mod concat;
mod encode;
mod format;
mod pad;
mod printf;
mod replace;
mod search;
mod split;
mod substring;
mod trim;
mod utf16;

use super::Function;

/// The lists of the files here.
pub(super) static ROOMS: [&[Function]; 11] = [
    case::FUNCTIONS,
    classify::FUNCTIONS,
    concat::FUNCTIONS,
    encode::FUNCTIONS,
    pad::FUNCTIONS,
    printf::FUNCTIONS,
    replace::FUNCTIONS,
    search::FUNCTIONS,
    split::FUNCTIONS,
    substring::FUNCTIONS,
    trim::FUNCTIONS,
];

/// The most bytes of one string that a function makes out of a shorter one.
const TEXT_MAX: usize = 16 << 20;

/// The error for a string that would become longer than [`TEXT_MAX`].
fn too_long(function: &str) -> crate::Error {
    crate::Error::runtime(format!(
        "{function} makes a string longer than {TEXT_MAX} bytes; ask for a shorter one"
    ))
}
