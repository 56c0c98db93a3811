//! GROUP BY: the keys, and GROUPING SETS, ROLLUP and CUBE.
//!
//! With several grouping sets each row stands once for each set, beside a row of constants that says which set it
//! is and which keys belong to it; the other keys are NULL there. That is an UNNEST of a constant array.

use millstream_expr::{DataType, Expr, ExprKind, Field, Kind, Value};

use super::QueryBinder;
use crate::bind::expression::{ExpressionBinder, GroupingColumns, Scope};
use crate::error::{Error, Result};
use crate::plan::{Plan, TableFunction};
use crate::syntax::ast::{self, GroupBy, GroupingElement, Span};

/// Grouping sets at the most: each row is multiplied by their number.
const GROUPING_SETS_MAX: usize = 4096;

/// What is grouped, and by what.
pub(super) struct Grouping {
    /// The rows, once for each grouping set.
    pub(super) plan: Plan,
    /// The names of their columns.
    pub(super) scope: Scope,
    /// The keys as expressions name them.
    pub(super) keys: Vec<Expr>,
    /// The keys as rows are grouped: NULL where they do not belong to the set.
    pub(super) computed: Vec<Expr>,
    /// What tells the sets apart, where there are several.
    pub(super) columns: Option<GroupingColumns>,
}

/// A grouping set: positions of keys.
type Set = Vec<usize>;

impl QueryBinder<'_> {
    pub(super) fn bind_grouping(
        &self,
        group_by: Option<&GroupBy>,
        plan: Plan,
        scope: Scope,
    ) -> Result<Grouping> {
        let Some(group_by) = group_by else {
            return Ok(Grouping { plan, scope, keys: Vec::new(), computed: Vec::new(), columns: None });
        };
        let mut keys = Vec::new();
        let sets = self.grouping_sets(group_by, &scope, &mut keys)?;
        if sets.len() == 1 {
            return Ok(Grouping { plan, scope, computed: keys.clone(), keys, columns: None });
        }
        // A key that is missing from a set may be NULL, and so may be what is computed from it.
        let partial: Vec<bool> =
            (0..keys.len()).map(|key| !sets.iter().all(|set| set.contains(&key))).collect();
        let may_be_null: Vec<usize> = keys
            .iter()
            .zip(&partial)
            .filter(|(_, partial)| **partial)
            .flat_map(|(key, _)| key.columns())
            .collect();
        let scope = scope.with_nullable(&may_be_null);
        let mut keys = Vec::new();
        let sets = self.grouping_sets(group_by, &scope, &mut keys)?;
        for (key, partial) in keys.iter().zip(&partial) {
            if *partial && !key.data_type.nullable {
                return Err(Error::unsupported(
                    "a grouping set cannot leave out an expression that is never NULL; name it in a sub-query and group by its column",
                )
                .at(group_by.span));
            }
        }
        Ok(expanded(plan, scope, keys, &partial, &sets))
    }

    /// The grouping sets of a GROUP BY: each element is a list of sets, of which every combination counts.
    fn grouping_sets(&self, group_by: &GroupBy, scope: &Scope, keys: &mut Vec<Expr>) -> Result<Vec<Set>> {
        let mut sets: Vec<Set> = vec![Vec::new()];
        for element in &group_by.elements {
            let own = self.element_sets(element, scope, keys, group_by.span)?;
            if sets.len().saturating_mul(own.len()) > GROUPING_SETS_MAX {
                return Err(too_many(group_by.span));
            }
            sets = sets.iter().flat_map(|set| own.iter().map(|other| union(set, other))).collect();
        }
        if group_by.distinct {
            let mut seen: Vec<Set> = Vec::new();
            sets.retain(|set| {
                let new = !seen.contains(set);
                if new {
                    seen.push(set.clone());
                }
                new
            });
        }
        Ok(sets)
    }

    fn element_sets(
        &self,
        element: &GroupingElement,
        scope: &Scope,
        keys: &mut Vec<Expr>,
        place: Span,
    ) -> Result<Vec<Set>> {
        match element {
            GroupingElement::Empty(_) => Ok(vec![Vec::new()]),
            GroupingElement::Expr(expr) => Ok(vec![self.bind_set(expr, scope, keys)?]),
            GroupingElement::GroupingSets(elements) => {
                let mut sets = Vec::new();
                for element in elements {
                    sets.extend(self.element_sets(element, scope, keys, place)?);
                    if sets.len() > GROUPING_SETS_MAX {
                        return Err(too_many(place));
                    }
                }
                Ok(sets)
            }
            GroupingElement::Rollup(exprs) => {
                let parts = self.bind_sets(exprs, scope, keys)?;
                let prefixes = (0..=parts.len()).rev().map(|n| joined(parts.iter().take(n)));
                Ok(prefixes.collect())
            }
            GroupingElement::Cube(exprs) => {
                let parts = self.bind_sets(exprs, scope, keys)?;
                let Some(count) = u32::try_from(parts.len()).ok().and_then(|n| 1_usize.checked_shl(n)) else {
                    return Err(too_many(place));
                };
                if count > GROUPING_SETS_MAX {
                    return Err(too_many(place));
                }
                // From all of the parts to none: the first part is the highest bit.
                let subset = |bits: usize| {
                    let chosen = parts.iter().rev().enumerate().filter(move |(bit, _)| bits >> bit & 1 == 1);
                    let mut chosen: Vec<&Set> = chosen.map(|(_, part)| part).collect();
                    chosen.reverse();
                    joined(chosen)
                };
                Ok((0..count).rev().map(subset).collect())
            }
        }
    }

    fn bind_sets(&self, exprs: &[ast::Expr], scope: &Scope, keys: &mut Vec<Expr>) -> Result<Vec<Set>> {
        exprs.iter().map(|expr| self.bind_set(expr, scope, keys)).collect()
    }

    /// A key, or several in parentheses.
    fn bind_set(&self, expr: &ast::Expr, scope: &Scope, keys: &mut Vec<Expr>) -> Result<Set> {
        if let ast::ExprKind::Row(parts) = &expr.kind {
            let sets = self.bind_sets(parts, scope, keys)?;
            return Ok(joined(&sets));
        }
        let key = ExpressionBinder::new(scope, &self.context, "GROUP BY").bind_typed(expr)?;
        let position = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
            keys.push(key);
            keys.len() - 1
        });
        Ok(vec![position])
    }
}

fn union(set: &[usize], other: &[usize]) -> Set {
    let mut all = set.to_vec();
    for key in other {
        if !all.contains(key) {
            all.push(*key);
        }
    }
    all
}

fn joined<'s>(sets: impl IntoIterator<Item = &'s Set>) -> Set {
    sets.into_iter().fold(Vec::new(), |all, set| union(&all, set))
}

fn too_many(place: Span) -> Error {
    Error::invalid(format!("GROUP BY makes more than {GROUPING_SETS_MAX} grouping sets")).at(place)
}

/// The rows once for each set, beside the constants of the set.
fn expanded(plan: Plan, scope: Scope, keys: Vec<Expr>, partial: &[bool], sets: &[Set]) -> Grouping {
    let width = plan.schema.len();
    let number = DataType::not_null(Kind::Int);
    let mut fields = vec![Field::new("$set", number.clone()), Field::new("$group_id", number)];
    let mut flags: Vec<Option<usize>> = Vec::with_capacity(keys.len());
    for (key, partial) in partial.iter().enumerate() {
        flags.push(partial.then_some(width + fields.len()));
        if *partial {
            fields.push(Field::new(format!("$in{key}"), DataType::not_null(Kind::Boolean)));
        }
    }
    let constants = sets.iter().enumerate().map(|(at, set)| {
        let sorted = |set: &Set| {
            let mut sorted = set.clone();
            sorted.sort_unstable();
            sorted
        };
        // How often the same set has stood before.
        let repeated = sets.iter().take(at).filter(|earlier| sorted(earlier) == sorted(set)).count();
        let int = |n: usize| Value::Int(i32::try_from(n).unwrap_or(i32::MAX));
        let member = |key: usize| Value::Boolean(set.contains(&key));
        let members = partial.iter().enumerate().filter(|(_, partial)| **partial).map(|(key, _)| member(key));
        Value::Row([int(at), int(repeated)].into_iter().chain(members).collect())
    });
    let element = DataType::not_null(Kind::Row(fields.iter().cloned().collect()));
    let collection = Expr {
        kind: ExprKind::Literal(Value::Array(constants.collect())),
        data_type: DataType::array(element).with_nullable(false),
    };
    let computed = keys
        .iter()
        .zip(&flags)
        .map(|(key, flag)| match flag {
            None => key.clone(),
            Some(column) => Expr {
                kind: ExprKind::Case {
                    branches: vec![(Expr::column(*column, DataType::not_null(Kind::Boolean)), key.clone())],
                    otherwise: Box::new(Expr::literal(Value::Null, key.data_type.kind.clone())),
                },
                data_type: key.data_type.clone(),
            },
        })
        .collect();
    let function = TableFunction::Unnest { collection, with_ordinality: false };
    let scope = scope.beside(Scope::hidden(&fields));
    let plan = Plan::correlate(plan, function, fields, false);
    let columns = GroupingColumns { keys: keys.clone(), flags, set: Some((width, width + 1)) };
    Grouping { plan, scope, keys, computed, columns: Some(columns) }
}
