//! Which expressions the other side is likely not to evaluate: those of a shape at which it has broken before.
//!
//! One that breaks spoils the statement in which it stands with others. So what is suspect is asked for alone, and what
//! has broken at each of several times is not asked for again.

use std::collections::HashMap;
use std::rc::Rc;

use crate::compare::{Difference, difference};
use crate::node::Node;
use crate::sides::Said;

/// Times that a shape must break, and never be evaluated, until it is left out.
const ENOUGH: usize = 3;

/// What became of the expressions of each shape.
#[derive(Default)]
pub struct Suspicion {
    shapes: HashMap<String, Counts>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    evaluated: usize,
    refused: usize,
    broken: usize,
}

/// How an expression is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With others in one statement.
    Together,
    /// In a statement of its own.
    Alone,
    /// Not at all.
    Never,
}

impl Suspicion {
    /// How to ask for an expression.
    pub fn manner(&self, node: &Node) -> Manner {
        let itself = match self.shapes.get(&node.shape()) {
            Some(counts) if counts.broken >= ENOUGH && counts.evaluated + counts.refused == 0 => {
                Manner::Never
            }
            Some(counts) if (counts.broken + counts.refused) * 3 > counts.evaluated => Manner::Alone,
            _ => Manner::Together,
        };
        let parts = node.arguments.iter().map(|argument| self.manner(argument));
        parts.fold(itself, |worst, part| match (worst, part) {
            (Manner::Never, _) | (_, Manner::Never) => Manner::Never,
            (Manner::Alone, _) | (_, Manner::Alone) => Manner::Alone,
            _ => Manner::Together,
        })
    }

    /// Learns from an answer.
    pub fn learn(&mut self, node: &Rc<Node>, ours: &Said, other: &Said) {
        if node.head.is_empty() {
            return;
        }
        let counts = self.shapes.entry(node.shape()).or_default();
        match (difference(ours, other), other) {
            (Some(Difference::OtherBreaks(_)), _) => counts.broken += 1,
            (Some(Difference::OtherRefuses(_) | Difference::OtherFails(..)), _) | (_, Said::Refused(_)) => {
                counts.refused += 1;
            }
            _ => counts.evaluated += 1,
        }
    }
}
