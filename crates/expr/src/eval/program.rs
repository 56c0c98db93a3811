//! A compiled program: regions of steps.

use std::sync::Arc;

use arrow_array::ArrayRef;

use crate::cast::Cast;
use crate::functions::{Determinism, Kernel};
use crate::types::DataType;

/// What [`Evaluator::new`](super::Evaluator::new) makes of expressions.
pub(super) struct Program {
    /// The results, in order.
    pub roots: Vec<Region>,
    /// Their types.
    pub types: Vec<DataType>,
    /// Parts that several places need, by slot.
    pub shared: Vec<Region>,
}

/// Steps that are all needed once the last one is: it computes the region's value. Each step
/// reads the results of earlier ones, so running a region takes no recursion.
pub(super) struct Region {
    pub steps: Vec<Step>,
    /// Whether it can fail for a row.
    pub fallible: bool,
    /// About how long it takes for a row; a comparison of numbers takes 1.
    pub cost: u32,
    /// How many columns of the batch it reads.
    pub columns: u32,
}

/// The index of a step in its region.
pub(super) type Register = usize;

pub(super) enum Step {
    Column(usize),
    Constant(ArrayRef),
    /// The value of a region that other places need, too.
    Shared(usize),
    Call {
        kernel: Arc<Kernel>,
        arguments: Vec<Register>,
        determinism: Determinism,
        /// Tells this call's random numbers from another's.
        salt: u64,
    },
    Cast {
        input: Register,
        cast: Arc<Cast>,
    },
    Field {
        input: Register,
        index: usize,
    },
    And(Vec<Region>),
    Or(Vec<Region>),
    Case {
        branches: Vec<(Region, Region)>,
        otherwise: Region,
    },
}
