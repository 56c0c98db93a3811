//! Processes are killed at random moments, again and again, and what is left is compared with what they had said.
//!
//! `MILLSTREAM_KILLS` is how often (about ten unless set), `MILLSTREAM_SEED` chooses the moments of an earlier run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod chance;
mod facts;
mod jobs;
mod leases;
mod promises;
mod worker;
