//! A table as declared, before it is checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_expr::DataType;

use crate::bind::bind_data_type;
use crate::catalog::{Distribution, Table, TableColumnKind};
use crate::error::{Error, Result};
use crate::syntax::ast::{
    self, ColumnDef, ColumnKind, Constraint, ConstraintKind, ObjectName, SchemaElement, Span,
};

/// A table as declared. What has a place in the statement's text knows it; what comes from a table that
/// exists has the place of that table's name.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) columns: Vec<DraftColumn>,
    pub(super) primary_key: Option<DraftKey>,
    pub(super) watermark: Option<DraftWatermark>,
    pub(super) partition_keys: Vec<(Arc<str>, Span)>,
    pub(super) distribution: Option<Distribution>,
    pub(super) options: BTreeMap<String, String>,
    pub(super) comment: Option<String>,
}

/// A column as declared.
#[derive(Clone, Debug)]
pub(super) struct DraftColumn {
    pub(super) name: Arc<str>,
    pub(super) kind: DraftKind,
    pub(super) comment: Option<String>,
    pub(super) span: Span,
}

/// What kind of column.
#[derive(Clone, Debug)]
pub(super) enum DraftKind {
    Physical(DataType),
    Computed(Arc<ast::Expr>),
    Metadata { data_type: DataType, key: String, is_virtual: bool },
}

/// A primary key as declared.
#[derive(Clone, Debug)]
pub(super) struct DraftKey {
    pub(super) name: Arc<str>,
    pub(super) columns: Vec<Arc<str>>,
    pub(super) span: Span,
}

/// A watermark as declared.
#[derive(Clone, Debug)]
pub(super) struct DraftWatermark {
    pub(super) column: Arc<str>,
    pub(super) written: Arc<ast::Expr>,
    pub(super) span: Span,
}

impl Draft {
    /// The declaration of a table that exists, all of it at `place`.
    pub(super) fn of(table: &Table, place: Span) -> Self {
        let columns = table.columns.iter().map(|column| DraftColumn {
            name: column.name.clone(),
            kind: match &column.kind {
                TableColumnKind::Physical => DraftKind::Physical(column.data_type.clone()),
                TableColumnKind::Computed(computed) => DraftKind::Computed(computed.written.clone()),
                TableColumnKind::Metadata { key, is_virtual } => DraftKind::Metadata {
                    data_type: column.data_type.clone(),
                    key: key.clone(),
                    is_virtual: *is_virtual,
                },
            },
            comment: column.comment.clone(),
            span: place,
        });
        let watermark = table.watermark.as_ref().and_then(|watermark| {
            Some(DraftWatermark {
                column: table.columns.get(watermark.column)?.name.clone(),
                written: watermark.written.clone(),
                span: place,
            })
        });
        Self {
            columns: columns.collect(),
            primary_key: table.primary_key_name.as_ref().map(|name| DraftKey {
                name: name.clone(),
                columns: table.primary_key.clone(),
                span: place,
            }),
            watermark,
            partition_keys: table.partition_keys.iter().map(|key| (key.clone(), place)).collect(),
            distribution: table.distribution.clone(),
            options: table.options.clone(),
            comment: table.comment.clone(),
        }
    }

    /// Adds columns, constraints and watermarks as written.
    pub(super) fn add_elements(&mut self, elements: &[SchemaElement]) -> Result<()> {
        for element in elements {
            match element {
                SchemaElement::Column(column) => self.add_column(column)?,
                SchemaElement::Watermark(watermark) => self.add_watermark(watermark)?,
                SchemaElement::Constraint(constraint) => self.add_constraint(constraint)?,
            }
        }
        Ok(())
    }

    /// Adds a column at the end.
    pub(super) fn add_column(&mut self, written: &ColumnDef) -> Result<()> {
        let column = draft_column(written)?;
        if self.columns.iter().any(|known| known.name == column.name) {
            return Err(
                Error::invalid(format!("column '{}' is declared twice", column.name)).at(written.name.span())
            );
        }
        self.columns.push(column);
        self.add_column_constraint(written)
    }

    /// Adds the constraint that is written with a column.
    pub(super) fn add_column_constraint(&mut self, written: &ColumnDef) -> Result<()> {
        match &written.kind {
            ColumnKind::Physical { constraint: Some(constraint), .. } => self.add_constraint(constraint),
            _ => Ok(()),
        }
    }

    /// Adds a watermark.
    pub(super) fn add_watermark(&mut self, written: &ast::Watermark) -> Result<()> {
        if let Some(known) = &self.watermark {
            return Err(Error::invalid(format!(
                "a table has one watermark at the most, and column '{}' has one already",
                known.column
            ))
            .at(written.span));
        }
        let column = column_name(&written.column)?;
        let expression = Arc::new(written.expr.clone());
        self.watermark = Some(DraftWatermark { column, written: expression, span: written.column.span() });
        Ok(())
    }

    /// Adds a primary key.
    pub(super) fn add_constraint(&mut self, written: &Constraint) -> Result<()> {
        if written.kind == ConstraintKind::Unique {
            return Err(Error::unsupported("UNIQUE is not supported; only PRIMARY KEY … NOT ENFORCED is")
                .at(written.span));
        }
        if written.enforced != Some(false) {
            return Err(Error::unsupported(
                "a PRIMARY KEY must be NOT ENFORCED: the data are not owned here, so nothing can check it; write PRIMARY KEY (…) NOT ENFORCED",
            )
            .at(written.span));
        }
        if self.primary_key.is_some() {
            return Err(Error::invalid("a table has one primary key at the most").at(written.span));
        }
        let columns: Vec<Arc<str>> =
            written.columns.iter().map(|column| Arc::from(column.value.as_str())).collect();
        let name = match &written.name {
            Some(name) => Arc::from(name.value.as_str()),
            None => format!("PK_{}", columns.join("_")).into(),
        };
        self.primary_key = Some(DraftKey { name, columns, span: written.span });
        Ok(())
    }

    /// Sets how rows are distributed.
    pub(super) fn set_distribution(&mut self, written: &ast::Distribution) -> Result<()> {
        if written.buckets == Some(0) {
            return Err(
                Error::invalid("a table is distributed into one bucket at the least").at(written.span)
            );
        }
        self.distribution = Some(Distribution {
            kind: written.kind,
            columns: written.columns.iter().map(|column| Arc::from(column.value.as_str())).collect(),
            buckets: written.buckets,
        });
        Ok(())
    }

    /// The position of a column.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column.name == *name)
    }
}

/// A column as written, its constraint aside.
pub(super) fn draft_column(written: &ColumnDef) -> Result<DraftColumn> {
    let name = column_name(&written.name)?;
    let kind = match &written.kind {
        ColumnKind::Physical { data_type, .. } => DraftKind::Physical(bind_data_type(data_type)?),
        ColumnKind::Computed(expression) => DraftKind::Computed(Arc::new(expression.clone())),
        ColumnKind::Metadata { data_type, key, is_virtual } => DraftKind::Metadata {
            data_type: bind_data_type(data_type)?,
            key: key.as_ref().map_or_else(|| name.to_string(), |key| key.value.clone()),
            is_virtual: *is_virtual,
        },
    };
    let comment = written.comment.as_ref().map(|comment| comment.value.clone());
    Ok(DraftColumn { name, kind, comment, span: written.span })
}

/// The name of a column of the table itself.
pub(super) fn column_name(name: &ObjectName) -> Result<Arc<str>> {
    match name.as_simple() {
        Some(simple) => Ok(Arc::from(simple.value.as_str())),
        None => {
            Err(Error::unsupported("only whole columns can be named here, not fields of ROWs")
                .at(name.span()))
        }
    }
}
