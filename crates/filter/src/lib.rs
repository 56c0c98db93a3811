//! Predicates decided over raw records before they are decoded.
