//! Operators that must see all their input before they can give out a row: ORDER BY, GROUP BY.
//!
//! Each task has its own share and adds rows to it; at the end of input the shares are merged, and the
//! result is given out batch by batch. What they hold counts against the job's memory budget.

mod aggregate;
mod latest;
mod sort;

use std::any::Any;

use millstream_expr::EvalContext;

pub(crate) use aggregate::{Aggregate, AggregateSpec};
pub(crate) use latest::{Latest, LatestSpec};
pub(crate) use sort::{Sort, SortSpec};

use crate::batch::ChangeBatch;
use crate::error::Result;

/// A task's share of a collecting operator, and, once merged and finished, its result.
pub(crate) trait Collector: Send {
    /// Takes rows.
    fn add(&mut self, batch: ChangeBatch, context: &EvalContext) -> Result<()>;

    /// The end of this share's input: work that each lane can do for itself is done here.
    fn seal(&mut self, context: &EvalContext) -> Result<()>;

    /// Takes in another share of the same operator, which comes after this one in order of arrival.
    fn merge(&mut self, other: Box<dyn Collector>) -> Result<()>;

    /// All shares are in: [`Collector::next`] will be called from here on.
    fn finish(&mut self) -> Result<()>;

    /// The next rows of the result.
    fn next(&mut self) -> Result<Option<ChangeBatch>>;

    /// For [`Collector::merge`]: the other one as its own type.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}
