//! The millstream program: commands and terminal output.
fn main() {}
