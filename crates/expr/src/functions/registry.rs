//! The lists of all rooms, joined: names to entries.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{
    Arguments, Function, arithmetic, choose, collection, comparison, conditional, hash, json, like, logical,
    regexp, string, temporal, url,
};
use crate::error::Error;

/// The lists of the rooms that are one file, then those of the rooms that are folders. A new room is added here.
static ROOMS: &[&[&[Function]]] = &[
    &[
        choose::FUNCTIONS,
        comparison::FUNCTIONS,
        conditional::FUNCTIONS,
        hash::FUNCTIONS,
        json::FUNCTIONS,
        like::FUNCTIONS,
        logical::FUNCTIONS,
        regexp::FUNCTIONS,
        regexp::SIMILAR_FUNCTIONS,
        url::FUNCTIONS,
    ],
    &arithmetic::ROOMS,
    &collection::ROOMS,
    &string::ROOMS,
    &temporal::ROOMS,
];

/// Every function and operator, room by room.
pub fn all() -> impl Iterator<Item = &'static Function> {
    ROOMS.iter().copied().flatten().copied().flatten()
}

/// The function or operator of this name or alias, in whatever case it is written.
pub fn lookup(name: &str) -> Option<&'static Function> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        all().flat_map(|f| std::iter::once(&f.name).chain(f.aliases).map(move |name| (*name, f))).collect()
    });
    by_name.get(name.to_uppercase().as_str()).copied()
}

/// The error for arguments that fit no overload of the entry `name`.
pub(super) fn mismatch(arguments: &Arguments<'_>, name: &str) -> Error {
    match lookup(name) {
        Some(function) => arguments.mismatch(function),
        None => Error::internal(format!("{name} is not in the registry")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(lookup("is Null").map(|f| f.name), Some("IS NULL"));
        assert!(lookup("NO_SUCH").is_none());
    }

    #[test]
    fn every_name_is_upper_case_and_taken_once() {
        let mut names: Vec<&str> =
            all().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "a name is taken twice");
        }
        assert!(names.iter().all(|n| *n == n.to_uppercase()));
    }

    #[test]
    fn every_entry_is_documented() {
        for function in all() {
            assert!(!function.signatures.is_empty(), "{} has no signature", function.name);
            assert!(!function.summary.is_empty(), "{} has no summary", function.name);
            assert!(!function.examples.is_empty(), "{} has no example", function.name);
        }
    }
}
