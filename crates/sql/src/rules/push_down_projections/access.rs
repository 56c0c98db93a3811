//! Which columns, and which fields of ROW columns, expressions read.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_expr::{Expr, ExprKind, Kind};

use super::lost;
use crate::error::Result;

/// A column, and from there down positions of fields of ROWs.
pub(super) type Path = Vec<usize>;

/// What is read of a node's columns. No path leads into what another one covers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    paths: BTreeSet<Path>,
}

impl Wanted {
    /// Whole columns.
    pub(super) fn columns(columns: impl IntoIterator<Item = usize>) -> Self {
        Self { paths: columns.into_iter().map(|column| vec![column]).collect() }
    }

    /// Adds what `expression` reads.
    pub(super) fn read_by(&mut self, expression: &Expr) {
        match path_of(expression) {
            Some(path) => self.add(path),
            None => expression.children().into_iter().for_each(|child| self.read_by(child)),
        }
    }

    /// Adds a path.
    pub(super) fn add(&mut self, path: Path) {
        if self.paths.iter().any(|known| path.starts_with(known)) {
            return;
        }
        self.paths.retain(|known| !known.starts_with(&path));
        self.paths.insert(path);
    }

    /// The paths, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }

    /// The columns of which anything is wanted, in order.
    pub(super) fn whole_columns(&self) -> Vec<usize> {
        let columns: BTreeSet<usize> = self.paths.iter().filter_map(|path| path.first().copied()).collect();
        columns.into_iter().collect()
    }

    /// Whether anything is wanted of a column.
    pub(super) fn has_column(&self, column: usize) -> bool {
        self.paths.iter().any(|path| path.first() == Some(&column))
    }

    /// What is wanted of the columns before `width`.
    pub(super) fn before(&self, width: usize) -> Self {
        let paths = self.paths.iter().filter(|path| path.first().is_some_and(|column| *column < width));
        Self { paths: paths.cloned().collect() }
    }
}

/// The path, where an expression is nothing but a column or a field somewhere in it.
pub(super) fn path_of(expression: &Expr) -> Option<Path> {
    match &expression.kind {
        ExprKind::Column(column) => Some(vec![*column]),
        ExprKind::Field { input, index } => {
            let mut path = path_of(input)?;
            path.push(*index);
            Some(path)
        }
        _ => None,
    }
}

/// The field of `row` at a path of positions, and its name after `name`.
pub(super) fn field_of(row: Expr, path: &[usize], name: &str) -> Result<(Arc<str>, Expr)> {
    let mut expression = row;
    let mut full = name.to_owned();
    for index in path {
        let Kind::Row(fields) = &expression.data_type.kind else { return Err(lost()) };
        let field = fields.get(*index).ok_or_else(lost)?;
        let nullable = field.data_type.nullable || expression.data_type.nullable;
        let data_type = field.data_type.clone().with_nullable(nullable);
        full.push('.');
        full.push_str(&field.name);
        expression = Expr { kind: ExprKind::Field { input: Box::new(expression), index: *index }, data_type };
    }
    Ok((full.into(), expression))
}

/// The expression over the columns that `layout` tells the paths of.
pub(super) fn rewrite(expression: Expr, layout: &[Path]) -> Result<Expr> {
    if let Some(path) = path_of(&expression) {
        if let Some(column) = layout.iter().position(|held| *held == path) {
            return Ok(Expr::column(column, expression.data_type));
        }
        let Expr { kind: ExprKind::Field { input, index }, data_type } = expression else {
            return Err(lost());
        };
        let input = Box::new(rewrite(*input, layout)?);
        return Ok(Expr { kind: ExprKind::Field { input, index }, data_type });
    }
    expression.map_children(&mut |child| rewrite(child, layout))
}
