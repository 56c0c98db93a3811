//! The aggregates of all rooms, joined.

use super::{
    AggregateFunction, average, concat, count, edge, estimate, extreme, json, list, multiset, percentile,
    sum, variance,
};
use crate::functions::Module;

static ROOMS: &[&[AggregateFunction]] = &[
    average::FUNCTIONS,
    count::FUNCTIONS,
    edge::FUNCTIONS,
    estimate::FUNCTIONS,
    extreme::FUNCTIONS,
    json::FUNCTIONS,
    list::FUNCTIONS,
    multiset::FUNCTIONS,
    percentile::FUNCTIONS,
    sum::FUNCTIONS,
    variance::FUNCTIONS,
];

/// The aggregate functions of a module.
pub fn of_module(module: Module) -> Box<dyn Iterator<Item = &'static AggregateFunction>> {
    match module {
        Module::Core => Box::new(all()),
        Module::Blink => Box::new(concat::FUNCTIONS.iter()),
    }
}

/// Every aggregate function of Flink, room by room.
pub fn all() -> impl Iterator<Item = &'static AggregateFunction> {
    ROOMS.iter().copied().flatten()
}

/// Flink's aggregate function of this name or alias, in whatever case it is written.
pub fn lookup(name: &str) -> Option<&'static AggregateFunction> {
    lookup_in(Module::Core, name)
}

/// The aggregate function of this name or alias in a module, in whatever case it is written.
pub fn lookup_in(module: Module, name: &str) -> Option<&'static AggregateFunction> {
    of_module(module).find(|function| {
        std::iter::once(&function.name).chain(function.aliases).any(|known| known.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_stand_once() {
        assert_eq!(lookup("count").map(|f| f.name), Some("COUNT"));
        assert!(lookup("NO_SUCH").is_none());
        for function in all() {
            for name in std::iter::once(&function.name).chain(function.aliases) {
                assert!(
                    lookup(name).is_some_and(|found| std::ptr::eq(found, function)),
                    "{name} stands twice"
                );
            }
        }
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
