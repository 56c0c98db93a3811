//! Flink SQL: from text to a syntax tree, to catalog objects and types, to a checked stream plan.
//!
//! What it is: [`syntax`] (text to tree), [`catalog`] (tables and views as objects), [`config`] (what SET sets), [`bind`] (tree to typed
//! expressions and to the plan as written), [`plan`] (the relational nodes that EXPLAIN prints and the engine runs), [`rules`] (plans made
//! better), and [`session`], the way in: a statement comes, what is left to do for it goes out.
//!
//! What it is not: it runs nothing and reads nothing. No I/O, no clock, no threads.
//!
//! Invariants:
//! - Every syntax node knows its place in the text; every error that has a place gives it.
//! - A plan is fully typed and resolved: columns are positions, functions are registry entries, implicit casts are written out.
//! - What cannot run is refused here, by name and place; never run with another meaning.

pub mod bind;
pub mod catalog;
pub mod config;
mod error;
mod explain;
pub mod names;
pub mod plan;
pub mod rules;
pub mod session;
pub mod syntax;

pub use error::{Error, ErrorKind, Result};
