//! Tables: CREATE TABLE with LIKE and AS, and ALTER TABLE.
//!
//! A table is drafted as it is declared ([`Draft`]), changed by LIKE and ALTER, and then built: every
//! name resolved, every type derived, every rule checked, however the draft came about.

mod alter;
mod build;
mod create;
mod draft;
mod like;
