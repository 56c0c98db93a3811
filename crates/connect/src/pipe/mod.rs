//! `stdin` and `stdout`: pipes as tables without an end.

pub(crate) mod output;
