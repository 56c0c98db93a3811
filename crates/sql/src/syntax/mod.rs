//! From text to syntax tree.
//!
//! Knows Flink's lexical rules and grammar; knows no catalog, no types, no functions.
//!
//! Invariants: every node has its place in the text; nesting and height of a tree are bounded, so neither the parser nor anybody who
//! walks the tree by plain recursion can overflow the stack; printing a tree gives text that parses to the same tree.

pub mod ast;
mod datetime;
mod error;
mod keyword;
mod lexer;
mod parser;
mod print;
mod script;
mod token;

pub use error::{SyntaxError, SyntaxProblem};
pub use keyword::{Keyword, KeywordClass};
pub use script::{Completeness, Statements, completeness, parse, statements};

/// The longest text that is parsed, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// How deep expressions, queries, types and patterns can stand within each other. Each pair of parentheses is a level or two.
pub const MAX_NESTING: u32 = 150;

/// The greatest height of a tree the parser makes: how many nodes stand one within another. Chains of AND, of OR, of one set operator and of
/// joins are flat and do not count; chains of other operators do.
pub const MAX_TREE_HEIGHT: u32 = 256;
