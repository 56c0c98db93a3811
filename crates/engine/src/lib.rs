//! Operators, event time and jobs over Arrow batches.
