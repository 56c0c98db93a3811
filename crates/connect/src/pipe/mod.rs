//! `stdin` and `stdout`: pipes as tables without an end.

pub(crate) mod input;
pub(crate) mod output;
mod ready;
pub(crate) mod sink;
