//! The lists of all rooms, joined: names to entries.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{
    Arguments, Function, arithmetic, blink, choose, collection, comparison, conditional, hash, json, like,
    logical, regexp, string, temporal, url, variant,
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
        variant::FUNCTIONS,
    ],
    &arithmetic::ROOMS,
    &collection::ROOMS,
    &string::ROOMS,
    &temporal::ROOMS,
];

/// A module: a set of functions that a session loads and uses under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Module {
    /// Flink's own functions.
    Core,
    /// Those of Blink and rsqldb that Flink does not have.
    Blink,
}

impl Module {
    /// Every module there is.
    pub const ALL: [Self; 2] = [Self::Core, Self::Blink];

    /// The name under which it is loaded.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Blink => "blink",
        }
    }

    /// The module of this name, which is case-sensitive as in Flink.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|module| module.name() == name)
    }

    /// Its scalar functions and operators.
    pub fn functions(self) -> Box<dyn Iterator<Item = &'static Function>> {
        match self {
            Self::Core => Box::new(all()),
            Self::Blink => Box::new(blink::FUNCTIONS.iter().copied().flatten()),
        }
    }

    /// Its table functions. What each gives is an ARRAY, of which every element is a row.
    pub fn table_functions(self) -> &'static [Function] {
        match self {
            Self::Core => &[],
            Self::Blink => blink::TABLE_FUNCTIONS,
        }
    }

    /// Its scalar function or operator of this name or alias, in whatever case it is written.
    pub fn lookup(self, name: &str) -> Option<&'static Function> {
        match self {
            Self::Core => lookup(name),
            Self::Blink => self.functions().find(|function| is_called(function, name)),
        }
    }

    /// Its table function of this name, in whatever case it is written.
    pub fn table_function(self, name: &str) -> Option<&'static Function> {
        self.table_functions().iter().find(|function| is_called(function, name))
    }
}

fn is_called(function: &Function, name: &str) -> bool {
    std::iter::once(&function.name).chain(function.aliases).any(|known| known.eq_ignore_ascii_case(name))
}

/// Every function and operator of Flink, room by room.
pub fn all() -> impl Iterator<Item = &'static Function> {
    ROOMS.iter().copied().flatten().copied().flatten()
}

/// Flink's function or operator of this name or alias, in whatever case it is written.
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
        let every = Module::ALL.into_iter().flat_map(|m| m.functions().chain(m.table_functions()));
        let mut names: Vec<&str> =
            every.flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "a name is taken twice");
        }
        assert!(names.iter().all(|n| *n == n.to_uppercase()));
    }

    #[test]
    fn every_entry_is_documented() {
        for function in Module::ALL.into_iter().flat_map(|m| m.functions().chain(m.table_functions())) {
            assert!(!function.signatures.is_empty(), "{} has no signature", function.name);
            assert!(!function.summary.is_empty(), "{} has no summary", function.name);
            assert!(!function.examples.is_empty(), "{} has no example", function.name);
        }
    }
}
