//! Flink SQL: text to syntax tree, to catalog and types, to a checked stream plan.
