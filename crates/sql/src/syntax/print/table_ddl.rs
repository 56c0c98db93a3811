//! CREATE TABLE and ALTER TABLE.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    AlterElement, AlterTable, AlterTableAction, ColumnDef, ColumnKind, ColumnPosition, Constraint,
    ConstraintKind, CreateMode, CreateTable, Distribution, DistributionKind, LikeFeature, LikeMerge,
    LikeOption, SchemaElement, TableBody, TableLike, TableOption, Watermark,
};
use super::{Clause, Commas, Optional, Word, write_list};

impl Display for CreateTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verb = match self.mode {
            CreateMode::Create => "CREATE",
            CreateMode::CreateOrReplace => "CREATE OR REPLACE",
            CreateMode::Replace => "REPLACE",
        };
        let (temporary, if_not_exists) =
            (Word(self.temporary, "TEMPORARY "), Word(self.if_not_exists, "IF NOT EXISTS "));
        write!(f, "{verb} {temporary}TABLE {if_not_exists}{}", self.name)?;
        match &self.body {
            TableBody::None => {}
            TableBody::Elements(elements) => write!(f, " ({})", Commas(elements))?,
            TableBody::Names(names) => write!(f, " ({})", Commas(names))?,
        }
        write!(
            f,
            "{}{}",
            Optional(" COMMENT ", &self.comment),
            Optional(" DISTRIBUTED ", &self.distribution)
        )?;
        write!(f, "{}", Clause(" PARTITIONED BY (", &self.partitioned_by, ")"))?;
        write!(f, "{}", Clause(" WITH (", &self.options, ")"))?;
        write!(f, "{}{}", Optional(" ", &self.like), Optional(" AS ", &self.as_query))
    }
}

impl Display for SchemaElement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, "{column}"),
            Self::Watermark(watermark) => write!(f, "{watermark}"),
            Self::Constraint(constraint) => write!(f, "{constraint}"),
        }
    }
}

impl Display for ColumnDef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        match &self.kind {
            ColumnKind::Physical { data_type, constraint: None } => write!(f, "{data_type}")?,
            ColumnKind::Physical { data_type, constraint: Some(constraint) } => {
                write!(f, "{data_type} {}{}", ConstraintHead(constraint), Enforcement(constraint.enforced))?;
            }
            ColumnKind::Computed(expr) => write!(f, "AS {expr}")?,
            ColumnKind::Metadata { data_type, key, is_virtual } => {
                write!(
                    f,
                    "{data_type} METADATA{}{}",
                    Optional(" FROM ", key),
                    Word(*is_virtual, " VIRTUAL")
                )?;
            }
        }
        write!(f, "{}", Optional(" COMMENT ", &self.comment))
    }
}

impl Display for Watermark {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "WATERMARK FOR {} AS {}", self.column, self.expr)
    }
}

impl Display for Constraint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}){}", ConstraintHead(self), Commas(&self.columns), Enforcement(self.enforced))
    }
}

/// `[CONSTRAINT name] PRIMARY KEY`.
struct ConstraintHead<'a>(&'a Constraint);

impl Display for ConstraintHead<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.0.name {
            write!(f, "CONSTRAINT {name} ")?;
        }
        f.write_str(match self.0.kind {
            ConstraintKind::PrimaryKey => "PRIMARY KEY",
            ConstraintKind::Unique => "UNIQUE",
        })
    }
}

/// `[NOT] ENFORCED`, if it is written.
struct Enforcement(Option<bool>);

impl Display for Enforcement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(true) => " ENFORCED",
            Some(false) => " NOT ENFORCED",
            None => "",
        })
    }
}

impl Display for Distribution {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.columns.is_empty() {
            let kind = match self.kind {
                Some(DistributionKind::Hash) => "HASH",
                Some(DistributionKind::Range) => "RANGE",
                None => "",
            };
            write!(f, "BY {kind}({})", Commas(&self.columns))?;
        }
        match self.buckets {
            Some(buckets) => write!(f, "{}INTO {buckets} BUCKETS", Word(!self.columns.is_empty(), " ")),
            None => Ok(()),
        }
    }
}

impl Display for TableOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)
    }
}

impl Display for TableLike {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "LIKE {}", self.source)?;
        if self.options.is_empty() {
            return Ok(());
        }
        f.write_str(" (")?;
        write_list(f, &self.options, " ")?;
        f.write_str(")")
    }
}

impl Display for LikeOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let merge = match self.merge {
            LikeMerge::Including => "INCLUDING",
            LikeMerge::Excluding => "EXCLUDING",
            LikeMerge::Overwriting => "OVERWRITING",
        };
        let feature = match self.feature {
            LikeFeature::All => "ALL",
            LikeFeature::Constraints => "CONSTRAINTS",
            LikeFeature::Distribution => "DISTRIBUTION",
            LikeFeature::Generated => "GENERATED",
            LikeFeature::Metadata => "METADATA",
            LikeFeature::Options => "OPTIONS",
            LikeFeature::Partitions => "PARTITIONS",
            LikeFeature::Watermarks => "WATERMARKS",
        };
        write!(f, "{merge} {feature}")
    }
}

impl Display for AlterTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER TABLE {}{} {}", Word(self.if_exists, "IF EXISTS "), self.name, self.action)
    }
}

impl Display for AlterTableAction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rename(name) => write!(f, "RENAME TO {name}"),
            Self::RenameColumn { from, to } => write!(f, "RENAME {from} TO {to}"),
            Self::SetOptions(options) => write!(f, "SET ({})", Commas(options)),
            Self::ResetOptions(keys) => write!(f, "RESET ({})", Commas(keys)),
            Self::Add(elements) => write!(f, "ADD ({})", Commas(elements)),
            Self::Modify(elements) => write!(f, "MODIFY ({})", Commas(elements)),
            Self::AddPartitions { if_not_exists, partitions } => {
                write!(f, "ADD{}", Word(*if_not_exists, " IF NOT EXISTS"))?;
                partitions.iter().try_for_each(|(partition, options)| {
                    write!(f, " PARTITION ({}){}", Commas(partition), Clause(" WITH (", options, ")"))
                })
            }
            Self::DropPartitions { if_exists, partitions } => {
                write!(f, "DROP {}", Word(*if_exists, "IF EXISTS "))?;
                for (at, partition) in partitions.iter().enumerate() {
                    write!(f, "{}PARTITION ({})", Word(at > 0, ", "), Commas(partition))?;
                }
                Ok(())
            }
            Self::DropColumns(columns) => write!(f, "DROP ({})", Commas(columns)),
            Self::DropPrimaryKey => f.write_str("DROP PRIMARY KEY"),
            Self::DropConstraint(name) => write!(f, "DROP CONSTRAINT {name}"),
            Self::DropWatermark => f.write_str("DROP WATERMARK"),
            Self::DropDistribution => f.write_str("DROP DISTRIBUTION"),
        }
    }
}

impl Display for AlterElement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { column, position } => write!(f, "{column}{}", Optional(" ", position)),
            Self::Watermark(watermark) => write!(f, "{watermark}"),
            Self::Constraint(constraint) => write!(f, "{constraint}"),
            Self::Distribution(distribution) => write!(f, "DISTRIBUTION {distribution}"),
        }
    }
}

impl Display for ColumnPosition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("FIRST"),
            Self::After(column) => write!(f, "AFTER {column}"),
        }
    }
}
