//! What a ladder is to read.

use std::sync::Arc;

use millstream_expr::Expr;
use millstream_expr::types::{DataType, Field};
use millstream_format::Format;

/// What is to be read of the records of a source.
#[derive(Clone, Debug)]
pub struct LadderSpec {
    /// How records are written.
    pub format: Format,
    /// The columns of a record, in order, as the format sees them (without partition and metadata columns).
    pub record: Arc<[Field]>,
    /// What is read of each record.
    pub fields: Vec<SourceField>,
    /// BOOLEAN over `fields`; absent: every row passes.
    pub predicate: Option<Expr>,
    /// The columns of the batches: positions in `fields`, and the name of each.
    pub output: Vec<(usize, Arc<str>)>,
}

/// Where the values of a field come from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceField {
    /// From the record.
    Record {
        /// The position in [`LadderSpec::record`].
        column: usize,
        /// From there down: positions of fields of ROWs. Empty: the whole column.
        path: Vec<usize>,
        /// The type of what is read.
        data_type: DataType,
    },
    /// Stands beside each record: the offset of a message, its key.
    Beside {
        /// The position in the slice given to [`Ladder::feed_messages`](super::Ladder::feed_messages).
        slot: usize,
        /// The type.
        data_type: DataType,
    },
    /// The same for all records of a file: a partition or metadata column.
    Constant {
        /// The position in the slice given to [`Ladder::set_constants`](super::Ladder::set_constants).
        slot: usize,
        /// The type.
        data_type: DataType,
    },
}

impl SourceField {
    /// The type of its values.
    pub fn data_type(&self) -> &DataType {
        match self {
            Self::Record { data_type, .. }
            | Self::Beside { data_type, .. }
            | Self::Constant { data_type, .. } => data_type,
        }
    }
}
