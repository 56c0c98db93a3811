//! From text to syntax tree.
//!
//! Knows Flink's lexical rules and grammar; knows no catalog, no types, no functions.
//!
//! Invariants: every node has its place in the text; nesting and height of a tree are bounded, so neither the parser nor anybody who
//! walks the tree by plain recursion can overflow the stack; printing a tree gives text that parses to the same tree.

pub mod ast;
mod keyword;

pub use keyword::{Keyword, KeywordClass};

/// The greatest height of a tree the parser makes: how many nodes stand one within another.
pub const MAX_TREE_HEIGHT: u32 = 256;
