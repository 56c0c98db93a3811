//! Reading `.slt` files, and what the program printed.

pub mod answer;
pub mod file;
