//! A task: one input, the chains its rows go through, and where each chain ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use millstream_expr::EvalContext;

use super::gather::Gather;
use crate::batch::{ChangeBatch, Event};
use crate::collect::Collector;
use crate::error::Result;
use crate::operator::{Operator, drive};
use crate::source::{Polled, Source, SourceProgress};

/// A piece of a job that one lane works on at a time, from its input to the end of its chains.
pub(crate) struct Task {
    /// Distinguishes the random draws of tasks.
    pub number: u64,
    pub input: Input,
    /// Several where statements share a scan.
    pub branches: Vec<Branch>,
    /// Batches so far.
    pub batches: u64,
    /// What the lane has reported already.
    pub reported: SourceProgress,
}

/// Where a task's rows come from.
pub(crate) enum Input {
    /// A share of the scan of this number.
    Source { source: Box<dyn Source>, scan: usize },
    /// Constant rows.
    Values(VecDeque<ChangeBatch>),
    /// The result of operators that had to see all rows.
    Collected(Box<dyn Collector>),
}

/// A chain of operators and where it ends.
pub(crate) struct Branch {
    pub chain: Vec<Box<dyn Operator>>,
    pub output: Output,
    pub ended: bool,
}

/// Where a chain ends.
pub(crate) enum Output {
    /// The job's sink of this number.
    Sink(usize),
    /// This task's share of an operator that must see all rows, and where the shares come together.
    Gather { gather: Arc<Gather>, slot: usize, collector: Option<Box<dyn Collector>> },
}

/// How a step of a task went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepped {
    Worked,
    Idle,
    Ended,
}

/// Takes the rows that a task has for the job's sinks.
pub(crate) trait SinkRows {
    fn write(&mut self, sink: usize, batch: &ChangeBatch) -> Result<()>;
}

impl Task {
    /// Takes one batch from the input through all chains.
    pub fn step(
        &mut self,
        now_micros: i64,
        wait: Duration,
        seed: u64,
        sinks: &mut dyn SinkRows,
    ) -> Result<Stepped> {
        for branch in &mut self.branches {
            branch.ended |= branch.chain.iter().any(|operator| operator.is_done());
        }
        if self.branches.iter().all(|branch| branch.ended) {
            return Ok(Stepped::Ended);
        }
        let context = self.context(now_micros, seed);
        let batch = match &mut self.input {
            Input::Source { source, .. } => match source.poll(&context, wait)? {
                Polled::Batch(batch) => Some(batch),
                Polled::Again => return Ok(Stepped::Worked),
                Polled::Pending => return Ok(Stepped::Idle),
                Polled::End => None,
            },
            Input::Values(batches) => batches.pop_front(),
            Input::Collected(collector) => collector.next()?,
        };
        let Some(batch) = batch else { return Ok(Stepped::Ended) };
        self.batches += 1;
        for branch in self.branches.iter_mut().filter(|branch| !branch.ended) {
            branch.push(Event::Batch(batch.clone()), &context, sinks)?;
        }
        Ok(Stepped::Worked)
    }

    /// Whether what its source has read was given out.
    pub fn is_at_rest(&self) -> bool {
        match &self.input {
            Input::Source { source, .. } => {
                source.is_at_rest() || self.branches.iter().all(|branch| branch.ended)
            }
            Input::Values(_) | Input::Collected(_) => true,
        }
    }

    /// The input has ended, or its rows are not wanted any more: what the chains still hold goes on.
    pub fn end(&mut self, now_micros: i64, seed: u64, sinks: &mut dyn SinkRows) -> Result<EvalContext> {
        let context = self.context(now_micros, seed);
        self.branches.iter_mut().try_for_each(|branch| branch.push(Event::End, &context, sinks))?;
        Ok(context)
    }

    fn context(&self, now_micros: i64, seed: u64) -> EvalContext {
        EvalContext { now_micros, seed: mix(seed ^ mix(self.number) ^ self.batches) }
    }
}

impl Branch {
    fn push(&mut self, event: Event, context: &EvalContext, sinks: &mut dyn SinkRows) -> Result<()> {
        let output = &mut self.output;
        drive(&mut self.chain, event, context, &mut |event| match (event, &mut *output) {
            (Event::Batch(batch), Output::Sink(sink)) => sinks.write(*sink, &batch),
            (Event::Batch(batch), Output::Gather { collector: Some(collector), .. }) => {
                collector.add(batch, context)
            }
            _ => Ok(()),
        })
    }
}

/// Spreads the bits of a number (the finaliser of splitmix64).
fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
