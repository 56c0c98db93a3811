//! Flink's types and typed scalar expressions, evaluated over Arrow columns.
