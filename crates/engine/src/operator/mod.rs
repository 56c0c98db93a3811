//! Operators: synchronous, deterministic steps from events to events.
//!
//! An operator is pushed one event and then asked for what follows from it until it has nothing
//! more. So it never holds more than the consequences of one event, and whoever drives it decides when
//! to go on; it waits for nothing and asks no clock.

mod calc;
mod correlate;
mod limit;
mod lookup;
mod not_null;

use millstream_expr::EvalContext;

pub(crate) use calc::{Calc, renumber};
pub(crate) use correlate::Correlate;
pub(crate) use limit::{Limit, LimitCount};
pub(crate) use lookup::Lookup;
pub(crate) use not_null::NotNull;

use crate::batch::Event;
use crate::error::Result;

/// One step of a chain.
pub(crate) trait Operator: Send {
    /// Takes an event. Only called when [`Operator::next`] has nothing more to give.
    fn push(&mut self, event: Event, context: &EvalContext) -> Result<()>;

    /// The next event that follows from what was pushed.
    fn next(&mut self, context: &EvalContext) -> Result<Option<Event>>;

    /// Whether no further rows can change what it gives out: its input may stop.
    fn is_done(&self) -> bool {
        false
    }
}

/// Sends an event through a chain of operators; what comes out at its end goes to `out`.
pub(crate) fn drive(
    chain: &mut [Box<dyn Operator>],
    event: Event,
    context: &EvalContext,
    out: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let Some((first, rest)) = chain.split_first_mut() else { return out(event) };
    first.push(event, context)?;
    while let Some(event) = first.next(context)? {
        drive(rest, event, context, out)?;
    }
    Ok(())
}
