//! Which argument types the functions of the registry take: found by asking them.

use std::collections::BTreeSet;

use millstream_expr::functions::{self, Arguments, Determinism, Function};
use millstream_expr::types::{DataType, Kind};

use crate::chance::Chance;

/// Arguments of a call at the most.
const ARGUMENTS_MAX: usize = 4;

/// Combinations of types that are tried for a function and a number of arguments.
const TRIES: usize = 300;

/// Combinations that are kept of them.
const KEPT_MAX: usize = 60;

/// A function with the argument types it takes, as positions in the list of types that were tried.
pub struct Callable {
    /// Its name.
    pub name: &'static str,
    /// Combinations of argument types.
    pub combinations: Vec<Vec<usize>>,
}

/// All functions that are called by name and give the same whenever they are called.
pub fn callables(types: &[DataType], chance: &mut Chance) -> Vec<Callable> {
    functions::all()
        .filter(|function| is_called_by_name(function) && function.determinism == Determinism::Pure)
        .flat_map(|function| {
            std::iter::once(function.name).chain(function.aliases.iter().copied()).map(move |n| (n, function))
        })
        .map(|(name, function)| Callable { name, combinations: combinations(function, types, chance) })
        .filter(|callable| !callable.combinations.is_empty())
        .collect()
}

fn is_called_by_name(function: &Function) -> bool {
    let plain = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    // These are written in forms of their own; `forms` has them.
    let form = [
        "LIKE",
        "IN",
        "NOT",
        "ITEM",
        "ROW",
        "ARRAY",
        "MAP",
        "EXTRACT",
        "TIMESTAMPADD",
        "TIMESTAMPDIFF",
        "TRIM",
        "OVERLAY",
        "POSITION",
        "JSON_EXISTS",
        "JSON_VALUE",
        "JSON_QUERY",
        "JSON_OBJECT",
        "JSON_ARRAY",
    ];
    plain(function.name) && !form.contains(&function.name)
}

fn combinations(function: &Function, types: &[DataType], chance: &mut Chance) -> Vec<Vec<usize>> {
    let mut found = BTreeSet::new();
    for count in 0..=ARGUMENTS_MAX {
        let allowed: Vec<Vec<usize>> = (0..count).map(|place| alone(function, types, count, place)).collect();
        if count > 0 && allowed.iter().all(Vec::is_empty) {
            try_alike(function, types, count, &mut found);
            continue;
        }
        if count == 0 {
            found.extend(takes(function, &[]).then(Vec::new));
            continue;
        }
        let mut kept = 0;
        for _ in 0..TRIES {
            let combination: Vec<usize> =
                allowed.iter().filter_map(|places| chance.pick(places).copied()).collect();
            let given: Vec<DataType> = combination.iter().filter_map(|at| types.get(*at).cloned()).collect();
            if given.len() == count && kept < KEPT_MAX && takes(function, &given) && found.insert(combination)
            {
                kept += 1;
            }
        }
        try_alike(function, types, count, &mut found);
    }
    found.into_iter().collect()
}

/// The types that may stand in one place while NULL stands in the others.
fn alone(function: &Function, types: &[DataType], count: usize, place: usize) -> Vec<usize> {
    let mut given = vec![DataType::new(Kind::Null); count];
    let mut allowed = Vec::new();
    for (at, data_type) in types.iter().enumerate() {
        if let Some(slot) = given.get_mut(place) {
            *slot = data_type.clone();
        }
        if takes(function, &given) {
            allowed.push(at);
        }
    }
    allowed
}

fn try_alike(function: &Function, types: &[DataType], count: usize, found: &mut BTreeSet<Vec<usize>>) {
    for (at, data_type) in types.iter().enumerate() {
        if takes(function, &vec![data_type.clone(); count]) {
            found.insert(vec![at; count]);
        }
    }
}

fn takes(function: &Function, types: &[DataType]) -> bool {
    let literals = vec![None; types.len()];
    function.overload(&Arguments { types, literals: &literals }).is_ok()
}
