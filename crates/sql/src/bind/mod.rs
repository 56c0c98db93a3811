//! From syntax to meaning: names resolved, types derived, implicit casts written out.

pub(crate) mod data_type;
pub mod expression;
pub(crate) mod query;

pub use data_type::bind_data_type;
