//! Bytes to Arrow batches and back: JSON, CSV, raw.
