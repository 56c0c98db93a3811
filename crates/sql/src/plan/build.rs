//! Plans from their parts: the output columns follow from the node.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_expr::aggregate::AggregateCall;
use millstream_expr::{DataType, Expr, Field, Kind, Value};

use super::{Lookup, Node, Plan, Scan, ScanField, SortKey, TableFunction};
use crate::catalog::{Table, TableColumnKind};

impl Plan {
    /// All physical and metadata columns of a table, and every row.
    pub fn scan(table: Arc<Table>, options: BTreeMap<String, String>) -> Self {
        let columns = table.columns.iter().enumerate();
        let read = columns.filter(|(_, column)| !matches!(column.kind, TableColumnKind::Computed(_)));
        let (fields, schema): (Vec<ScanField>, Vec<Field>) = read
            .map(|(index, column)| {
                let data_type = column.data_type.clone();
                (
                    ScanField { column: index, path: Vec::new(), data_type: data_type.clone() },
                    Field { name: column.name.clone(), data_type },
                )
            })
            .unzip();
        let output = (0..fields.len()).collect();
        let scan = Scan { table, options, fields, predicate: None, output, limit: None };
        Self { node: Node::Scan(scan), schema: schema.into() }
    }

    /// A scan whose output columns are named after the fields they read.
    pub fn from_scan(scan: Scan) -> Self {
        let schema = scan
            .output
            .iter()
            .filter_map(|position| scan.fields.get(*position))
            .map(|field| Field::new(scan.field_name(field), field.data_type.clone()))
            .collect();
        Self { node: Node::Scan(scan), schema }
    }

    /// Constant rows. Each row has a value for each column.
    pub fn values(schema: Arc<[Field]>, rows: Vec<Vec<Value>>) -> Self {
        Self { node: Node::Values(rows), schema }
    }

    /// One row without columns: what a SELECT without FROM is computed from.
    pub fn single_row() -> Self {
        Self::values([].into(), vec![Vec::new()])
    }

    /// One expression for each output column.
    pub fn project(input: Plan, columns: impl IntoIterator<Item = (Arc<str>, Expr)>) -> Self {
        let (schema, expressions): (Vec<Field>, Vec<Expr>) = columns
            .into_iter()
            .map(|(name, expression)| (Field { name, data_type: expression.data_type.clone() }, expression))
            .unzip();
        Self { node: Node::Project { input: Box::new(input), expressions }, schema: schema.into() }
    }

    /// The rows for which `predicate` is TRUE.
    pub fn filter(input: Plan, predicate: Expr) -> Self {
        let schema = input.schema.clone();
        Self { node: Node::Filter { input: Box::new(input), predicate }, schema }
    }

    /// The rows of all inputs under the column names and types of `schema`.
    pub fn union_all(inputs: Vec<Plan>, schema: Arc<[Field]>) -> Self {
        Self { node: Node::UnionAll { inputs }, schema }
    }

    /// One row for each group: keys with their names, then aggregates with theirs.
    pub fn aggregate(
        input: Plan,
        keys: Vec<(Arc<str>, Expr)>,
        aggregates: Vec<(Arc<str>, AggregateCall)>,
    ) -> Self {
        let (names, keys): (Vec<_>, Vec<Expr>) = keys.into_iter().unzip();
        let (aggregate_names, aggregates): (Vec<_>, Vec<AggregateCall>) = aggregates.into_iter().unzip();
        let types =
            keys.iter().map(|key| &key.data_type).chain(aggregates.iter().map(|call| &call.data_type));
        let schema = names
            .into_iter()
            .chain(aggregate_names)
            .zip(types)
            .map(|(name, data_type)| Field { name, data_type: data_type.clone() })
            .collect();
        Self { node: Node::Aggregate { input: Box::new(input), keys, aggregates }, schema }
    }

    /// The rows in order, then OFFSET and FETCH.
    pub fn sort(input: Plan, keys: Vec<SortKey>, offset: u64, fetch: Option<u64>) -> Self {
        let schema = input.schema.clone();
        Self { node: Node::Sort { input: Box::new(input), keys, offset, fetch }, schema }
    }

    /// For each input row, its columns beside each row that `function` makes of it: these under the names `made`.
    pub fn correlate(input: Plan, function: TableFunction, made: Vec<Field>, left: bool) -> Self {
        let made = made.into_iter().map(|field| Field {
            data_type: if left { field.data_type.with_nullable(true) } else { field.data_type },
            name: field.name,
        });
        let schema = input.schema.iter().cloned().chain(made).collect();
        Self { node: Node::Correlate { input: Box::new(input), function, left }, schema }
    }

    /// For each input row, its columns beside those of the row that is looked up: these under the names `made`.
    pub fn lookup(input: Plan, lookup: Lookup, made: Vec<Field>) -> Self {
        let made = made.into_iter().map(|field| Field {
            data_type: if lookup.left { field.data_type.with_nullable(true) } else { field.data_type },
            name: field.name,
        });
        let schema = input.schema.iter().cloned().chain(made).collect();
        Self { node: Node::Lookup { input: Box::new(input), lookup: Box::new(lookup) }, schema }
    }

    /// A column of the output as an expression.
    pub fn column(&self, index: usize) -> Option<Expr> {
        self.schema.get(index).map(|field| Expr::column(index, field.data_type.clone()))
    }
}

impl Scan {
    /// Where the columns of the PRIMARY KEY stand in the output of a scan whose rows change; empty where rows do not.
    pub fn key_positions(&self) -> Vec<usize> {
        if !self.table.gives_changes() {
            return Vec::new();
        }
        let is_key = |field: &ScanField| {
            let column = self.table.columns.get(field.column);
            field.path.is_empty()
                && column.is_some_and(|column| self.table.primary_key.contains(&column.name))
        };
        let output = self.output.iter().enumerate();
        let fields = output.filter_map(|(position, field)| Some((position, self.fields.get(*field)?)));
        fields.filter(|(_, field)| is_key(field)).map(|(position, _)| position).collect()
    }

    /// The name of what a field reads: `column`, or `column.field.field`.
    pub fn field_name(&self, field: &ScanField) -> String {
        let Some(column) = self.table.columns.get(field.column) else { return String::new() };
        let mut name = column.name.to_string();
        let mut data_type: &DataType = &column.data_type;
        for step in &field.path {
            let Kind::Row(fields) = &data_type.kind else { break };
            let Some(inner) = fields.get(*step) else { break };
            name.push('.');
            name.push_str(&inner.name);
            data_type = &inner.data_type;
        }
        name
    }
}
