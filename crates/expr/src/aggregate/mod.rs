//! Aggregate functions: a registry like that of [`functions`](crate::functions), and grouped accumulators.
//!
//! Every accumulator keeps to one contract, which a property test checks for each entry of the registry:
//!
//! - *add*: what a group gives depends on the rows added to it, and for the aggregates that list values on their order, not on the
//!   batches in which they came;
//! - *retract*: rows added and taken away again leave what was before. FIRST_VALUE, LAST_VALUE, MIN and MAX keep more for it, so they
//!   have an accumulator of their own for inputs with retractions ([`AggregateOverload::accumulate`]); APPROX_COUNT_DISTINCT alone cannot;
//! - *merge*: parts, accumulated apart and merged in their order, give what the whole gives;
//! - *state*: a group's state goes into bytes and back ([`Accumulator::encode`], [`Accumulator::decode`]), and goes on from there.
//!
//! Sums of floating point numbers keep the second and third but for rounding.

mod average;
mod concat;
mod count;
mod edge;
mod estimate;
mod extreme;
mod json;
mod list;
mod multiset;
mod percentile;
mod ranked;
mod registry;
mod rows;
mod state;
mod sum;
mod variance;
mod xxh64;

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};

use crate::error::{Error, Result};
use crate::expr::Expr;
use crate::functions::signature::{NO_OVERLOAD, Signature};
use crate::functions::{Arguments, Example};
use crate::types::DataType;

pub use registry::{all, lookup, lookup_in, of_module};

/// An aggregate function.
pub struct AggregateFunction {
    /// The canonical name in upper case.
    pub name: &'static str,
    /// Other names it answers to, in upper case.
    pub aliases: &'static [&'static str],
    /// How it is called, a line each.
    pub signatures: &'static [&'static str],
    /// What it does, NULLs and empty groups included.
    pub summary: &'static str,
    /// Calls over the column `x` of `(VALUES …) AS t(x)` with their results; a test runs them.
    pub examples: &'static [Example],
    /// Chooses the overload for the arguments.
    pub resolve: fn(&Arguments<'_>) -> Result<AggregateOverload>,
}

/// What an aggregate call means for given argument types.
pub struct AggregateOverload {
    /// The types that the arguments are cast to.
    pub arguments: Vec<DataType>,
    /// The type of the result, for a group that has rows.
    pub returns: DataType,
    /// Whether the result over no rows is NULL, whatever [`AggregateOverload::returns`] says; COUNT gives 0.
    pub null_when_empty: bool,
    /// Makes an accumulator without groups, for rows that are only added.
    pub accumulator: MakeAccumulator,
    /// Makes one that takes rows away, too, where [`AggregateOverload::accumulator`] does not.
    pub retracting: Option<MakeAccumulator>,
}

/// Makes an accumulator without groups.
pub type MakeAccumulator = Box<dyn Fn() -> Box<dyn Accumulator> + Send + Sync>;

impl AggregateOverload {
    /// An accumulator without groups; with `retracts`, one from which rows can be taken away.
    pub fn accumulate(&self, retracts: bool) -> Box<dyn Accumulator> {
        match &self.retracting {
            Some(make) if retracts => make(),
            _ => (self.accumulator)(),
        }
    }

    /// The same with another accumulator for inputs of which rows are taken away.
    fn or_retracting(self, make: impl Fn() -> Box<dyn Accumulator> + Send + Sync + 'static) -> Self {
        Self { retracting: Some(Box::new(make)), ..self }
    }
}

/// The running values of one aggregate for many groups, numbered from 0.
pub trait Accumulator: Send {
    /// Adds rows: `groups[i]` is the group of row `i`; `groups_total` bounds the numbers. Rows where `keep`
    /// is not TRUE are passed over. With `retract`, rows are taken away that were added before.
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()>;

    /// Adds the groups of `other`, an accumulator of the same call: its group `i` into `groups[i]`.
    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()>;

    /// The results of groups 0 to `groups_total`, in order.
    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef>;

    /// Appends the state of one group, in a form that only [`Accumulator::decode`] of an accumulator of the same call reads.
    /// Nothing is appended for a group that has not been seen.
    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()>;

    /// Puts what `encode` wrote into a group, in place of what is there. No bytes are the state of no rows: so a group is
    /// emptied, and its number can be given to another key.
    ///
    /// # Errors
    /// Internal, for bytes that `encode` did not write; the group is then left as it was, or empty.
    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()>;

    /// About how many bytes it holds.
    fn memory(&self) -> usize;

    /// For [`Accumulator::merge`]: the other one as its own type.
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any>;
}

/// A call of an aggregate function whose overload has been chosen.
#[derive(Clone)]
pub struct AggregateCall {
    /// The registry entry.
    pub function: &'static AggregateFunction,
    /// The overload chosen for the arguments.
    pub overload: Arc<AggregateOverload>,
    /// The arguments, of exactly the overload's types. COUNT(*) has none.
    pub arguments: Vec<Expr>,
    /// DISTINCT: each combination of arguments counts once.
    pub distinct: bool,
    /// FILTER (WHERE …): BOOLEAN over the input's columns.
    pub filter: Option<Expr>,
    /// The type of the result in this place (a global aggregate over no rows may be NULL).
    pub data_type: DataType,
}

impl PartialEq for AggregateCall {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.function, other.function)
            && self.arguments == other.arguments
            && self.distinct == other.distinct
            && self.filter == other.filter
            && self.data_type == other.data_type
    }
}

impl fmt::Debug for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AggregateCall")
            .field("function", &self.function.name)
            .field("arguments", &self.arguments)
            .field("distinct", &self.distinct)
            .field("filter", &self.filter)
            .finish()
    }
}

impl AggregateFunction {
    /// The overload for these arguments.
    ///
    /// # Errors
    /// Names the types given and the signatures there are, if none fits.
    pub fn overload(&self, arguments: &Arguments<'_>) -> Result<AggregateOverload> {
        (self.resolve)(arguments).map_err(|error| match error.message == NO_OVERLOAD {
            true => arguments.mismatch_with(self.name, self.signatures),
            false => error,
        })
    }
}

/// The overload of a call whose arguments fit.
fn overload(
    signature: Signature,
    returns: DataType,
    accumulator: impl Fn() -> Box<dyn Accumulator> + Send + Sync + 'static,
) -> AggregateOverload {
    AggregateOverload {
        arguments: signature.into_arguments(),
        returns,
        null_when_empty: true,
        accumulator: Box::new(accumulator),
        retracting: None,
    }
}

/// The other accumulator of a merge as what it must be.
fn merged<A: Accumulator + 'static>(other: Box<dyn Accumulator>) -> Result<A> {
    match other.into_any().downcast::<A>() {
        Ok(other) => Ok(*other),
        Err(_) => Err(Error::internal("accumulators of different aggregates were merged")),
    }
}

/// The column of argument `index` as what the accumulator takes it for.
fn argument<'a, T>(
    arguments: &'a [ArrayRef],
    index: usize,
    view: impl FnOnce(&'a ArrayRef) -> Option<&'a T>,
) -> Result<&'a T> {
    arguments.get(index).and_then(view).ok_or_else(|| {
        Error::internal(format!("argument {index} of an aggregate is not of the type asked for"))
    })
}
