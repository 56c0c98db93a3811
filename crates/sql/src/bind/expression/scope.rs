//! The columns that an expression can name.

use std::sync::Arc;

use millstream_expr::types::{Field, Kind};
use millstream_expr::{Expr, ExprKind};

use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::syntax::ast::{Ident, ObjectName};

/// The columns of one or more relations side by side, as a node's input has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    relations: Vec<Relation>,
    /// Names that stand for expressions over the columns, and come before the names of columns.
    aliases: Vec<(Arc<str>, Expr)>,
}

/// Some of a scope's columns, under one name.
#[derive(Clone, Debug, PartialEq)]
struct Relation {
    /// The name's parts, the outermost first: an alias alone, or catalog, database and table. Empty: it has no name.
    name: Vec<Arc<str>>,
    /// The position of its first column.
    start: usize,
    columns: Vec<Field>,
    /// Whether `*` passes it over.
    hidden: bool,
}

impl Scope {
    /// No columns, as for a SELECT without FROM.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The columns of one relation. Its name is an alias, or the parts of a table's path, outermost first; empty if it has none.
    pub fn relation(name: Vec<Arc<str>>, columns: &[Field]) -> Self {
        Self {
            relations: vec![Relation { name, start: 0, columns: columns.to_vec(), hidden: false }],
            aliases: Vec::new(),
        }
    }

    /// Columns that the planner has added: they have no table, and are not among those of `*`.
    pub fn hidden(columns: &[Field]) -> Self {
        let mut scope = Self::relation(Vec::new(), columns);
        scope.relations.iter_mut().for_each(|relation| relation.hidden = true);
        scope
    }

    /// The same columns, of which those at these positions may be NULL.
    #[must_use]
    pub fn with_nullable(mut self, positions: &[usize]) -> Self {
        for relation in &mut self.relations {
            let start = relation.start;
            for (index, field) in relation.columns.iter_mut().enumerate() {
                field.data_type.nullable |= positions.contains(&(start + index));
            }
        }
        self
    }

    /// The columns of both, this scope's first.
    #[must_use]
    pub fn beside(mut self, right: Scope) -> Self {
        let shift = self.width();
        self.relations.extend(right.relations.into_iter().map(|r| Relation { start: r.start + shift, ..r }));
        self
    }

    /// The same columns under more names: each of these stands for its expression, before any column of that name. The first
    /// of equal names counts.
    #[must_use]
    pub fn with_aliases(mut self, aliases: impl IntoIterator<Item = (Arc<str>, Expr)>) -> Self {
        self.aliases.extend(aliases);
        self
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.relations.last().map_or(0, |r| r.start + r.columns.len())
    }

    /// The column at a position.
    pub fn field(&self, position: usize) -> Option<&Field> {
        let relation = self.relations.iter().rev().find(|r| r.start <= position)?;
        relation.columns.get(position - relation.start)
    }

    /// All columns, in order of position.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.relations.iter().flat_map(|r| &r.columns)
    }

    /// What a name means: a column, perhaps qualified by its relation, and from there down fields of ROWs.
    ///
    /// # Errors
    /// Invalid, when there is no such column or field, or more than one.
    pub fn resolve(&self, name: &ObjectName) -> Result<Expr> {
        let parts = name.parts();
        if let [only] = parts
            && let Some((_, expr)) = self.aliases.iter().find(|(alias, _)| **alias == *only.value)
        {
            return Ok(expr.clone());
        }
        // The longest qualifier that names a relation counts; without one, the first part is a column.
        for qualifier in (1..parts.len()).rev() {
            let (relation_parts, rest) = parts.split_at(qualifier);
            let Some(relation) = self.named(relation_parts)? else { continue };
            let [column, fields @ ..] = rest else { continue };
            return match find([relation], &column.value).as_slice() {
                [] => Err(relation.no_column(column)),
                [path] => self.descend(path, fields),
                _ => Err(ambiguous(column)),
            };
        }
        let [column, fields @ ..] = parts else { return Err(Error::internal("a name without parts")) };
        match find(&self.relations, &column.value).as_slice() {
            [] => Err(self.no_name(column, fields)),
            [path] => self.descend(path, fields),
            _ => Err(ambiguous(column)),
        }
    }

    /// The columns for `*`, or for `t.*` and `t.a_row.*`, each with its name.
    ///
    /// # Errors
    /// Invalid, when there are no columns, or the qualifier names neither a relation nor a ROW.
    pub fn expand(&self, qualifier: Option<&ObjectName>) -> Result<Vec<(Arc<str>, Expr)>> {
        let Some(name) = qualifier else {
            if self.relations.is_empty() {
                return Err(Error::invalid("SELECT * needs a FROM: there are no columns"));
            }
            let shown = self.relations.iter().filter(|relation| !relation.hidden);
            let positions =
                shown.flat_map(|relation| relation.start..relation.start + relation.columns.len());
            return positions.map(|position| self.named_column(position)).collect();
        };
        if let Some(relation) = self.named(name.parts())? {
            let positions = relation.start..relation.start + relation.columns.len();
            return positions.map(|position| self.named_column(position)).collect();
        }
        let row = self.resolve(name)?;
        let Kind::Row(fields) = row.data_type.kind.clone() else {
            let message =
                format!("'{}' is of type {}; only tables and ROWs have a .*", written(name), row.data_type);
            return Err(Error::invalid(message).at(name.span()));
        };
        (0..fields.len())
            .map(|index| field(row.clone(), index))
            .collect::<Option<_>>()
            .ok_or_else(|| Error::internal("a ROW without its fields"))
    }

    fn named_column(&self, position: usize) -> Result<(Arc<str>, Expr)> {
        let name = self.field(position).map(|f| f.name.clone());
        Ok((name.ok_or_else(|| Error::internal("a column without a name"))?, self.column(position)?))
    }

    fn column(&self, position: usize) -> Result<Expr> {
        let field = self.field(position).ok_or_else(|| Error::internal("a column out of its scope"))?;
        Ok(Expr::column(position, field.data_type.clone()))
    }

    /// The field at the end of a path (a column, then positions in ROWs) and of further names.
    fn descend(&self, path: &[usize], fields: &[Ident]) -> Result<Expr> {
        let [position, inside @ ..] = path else { return Err(Error::internal("an empty path")) };
        let mut expr = self.column(*position)?;
        for index in inside {
            expr = field(expr, *index).ok_or_else(|| Error::internal("a path that leads to no field"))?.1;
        }
        fields.iter().try_fold(expr, field_named)
    }

    /// The relation that these parts name, if any does.
    fn named(&self, parts: &[Ident]) -> Result<Option<&Relation>> {
        let mut found = self.relations.iter().filter(|r| r.is_named(parts));
        let first = found.next();
        match (found.next(), parts.last()) {
            (Some(_), Some(last)) => {
                Err(Error::invalid(format!("table '{}' is ambiguous; give its uses aliases", last.value))
                    .at(last.span))
            }
            _ => Ok(first),
        }
    }

    fn no_name(&self, column: &Ident, fields: &[Ident]) -> Error {
        if let [relation] = self.relations.as_slice()
            && fields.is_empty()
        {
            return relation.no_column(column);
        }
        if fields.is_empty() {
            let mend = did_you_mean(&column.value, self.fields().map(|f| f.name.as_ref()));
            return Error::invalid(format!("column '{}' not found{mend}", column.value)).at(column.span);
        }
        let tables = self.relations.iter().filter_map(|r| r.name.last()).map(AsRef::as_ref);
        let columns = self.fields().map(|f| f.name.as_ref());
        let mend = did_you_mean(&column.value, tables.chain(columns));
        Error::invalid(format!("'{}' is neither a table nor a column here{mend}", column.value))
            .at(column.span)
    }
}

impl Relation {
    fn is_named(&self, parts: &[Ident]) -> bool {
        !parts.is_empty()
            && parts.len() <= self.name.len()
            && self.name.iter().rev().zip(parts.iter().rev()).all(|(a, b)| a.as_ref() == b.value)
    }

    fn no_column(&self, column: &Ident) -> Error {
        let mend = did_you_mean(&column.value, self.columns.iter().map(|f| f.name.as_ref()));
        let table = self.name.last().map_or_else(String::new, |name| format!(" in table '{name}'"));
        Error::invalid(format!("column '{}' not found{table}{mend}", column.value)).at(column.span)
    }
}

fn ambiguous(column: &Ident) -> Error {
    Error::invalid(format!("column '{}' is ambiguous; write its table before it", column.value))
        .at(column.span)
}

fn written(name: &ObjectName) -> String {
    let parts: Vec<&str> = name.parts().iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}

/// Paths to what a name means: columns of that name, else fields of that name inside of ROWs, those nearest to the top
/// only. Flink finds a field without the names of the ROWs around it.
fn find<'a>(relations: impl IntoIterator<Item = &'a Relation>, name: &str) -> Vec<Vec<usize>> {
    let mut level: Vec<(Vec<usize>, &Field)> = relations
        .into_iter()
        .flat_map(|r| r.columns.iter().enumerate().map(|(index, field)| (vec![r.start + index], field)))
        .collect();
    while !level.is_empty() {
        let found: Vec<_> =
            level.iter().filter(|(_, f)| f.name.as_ref() == name).map(|(path, _)| path.clone()).collect();
        if !found.is_empty() {
            return found;
        }
        let mut below = Vec::new();
        for (path, field) in &level {
            let Kind::Row(fields) = &field.data_type.kind else { continue };
            below.extend(fields.iter().enumerate().map(|(index, f)| {
                let path: Vec<usize> = path.iter().copied().chain([index]).collect();
                (path, f)
            }));
        }
        level = below;
    }
    Vec::new()
}

/// The field of a ROW with its name; NULL where the ROW is.
pub(super) fn field(row: Expr, index: usize) -> Option<(Arc<str>, Expr)> {
    let Kind::Row(fields) = &row.data_type.kind else { return None };
    let Field { name, data_type } = fields.get(index)?.clone();
    let nullable = data_type.nullable || row.data_type.nullable;
    let kind = ExprKind::Field { input: Box::new(row), index };
    Some((name, Expr { kind, data_type: data_type.with_nullable(nullable) }))
}

/// The field `name` of a ROW.
pub(super) fn field_named(row: Expr, name: &Ident) -> Result<Expr> {
    let Kind::Row(fields) = &row.data_type.kind else {
        let message =
            format!("a value of type {} has no field '{}'; only a ROW has fields", row.data_type, name.value);
        return Err(Error::invalid(message).at(name.span));
    };
    let index = fields.iter().position(|f| f.name.as_ref() == name.value).ok_or_else(|| {
        let mend = did_you_mean(&name.value, fields.iter().map(|f| f.name.as_ref()));
        Error::invalid(format!("field '{}' not found in {}{mend}", name.value, row.data_type)).at(name.span)
    })?;
    field(row, index).map(|(_, expr)| expr).ok_or_else(|| Error::internal("a ROW without its fields"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::Span;
    use millstream_expr::types::DataType;

    fn name(text: &str) -> ObjectName {
        let ident = |part: &str| Ident { value: part.to_owned(), span: Span::default() };
        ObjectName::from_parts(text.split('.').map(ident).collect()).unwrap()
    }

    fn int(name: &str) -> Field {
        Field::new(name, DataType::not_null(Kind::Int))
    }

    fn scope() -> Scope {
        let row = DataType::row([int("x"), Field::new("deep", DataType::row([int("y"), int("x")]))]);
        let left =
            Scope::relation(vec!["cat".into(), "db".into(), "t".into()], &[int("a"), Field::new("r", row)]);
        left.beside(Scope::relation(vec!["u".into()], &[int("a"), int("b")]))
    }

    fn resolved(text: &str) -> String {
        match scope().resolve(&name(text)) {
            Ok(expr) => {
                let mut path = Vec::new();
                let mut at = &expr;
                while let ExprKind::Field { input, index } = &at.kind {
                    path.insert(0, *index);
                    at = input;
                }
                let ExprKind::Column(column) = at.kind else { panic!("not a column") };
                format!("{column}{path:?} {}", expr.data_type)
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn names_are_columns_and_fields() {
        assert_eq!(resolved("b"), "3[] INT NOT NULL");
        assert_eq!(resolved("u.a"), "2[] INT NOT NULL");
        assert_eq!(resolved("t.a"), "0[] INT NOT NULL");
        assert_eq!(resolved("cat.db.t.a"), "0[] INT NOT NULL");
        assert_eq!(resolved("r.x"), "1[0] INT");
        assert_eq!(resolved("t.r.deep.y"), "1[1, 0] INT");
    }

    #[test]
    fn a_field_is_found_without_the_rows_around_it() {
        assert_eq!(resolved("x"), "1[0] INT");
        assert_eq!(resolved("y"), "1[1, 0] INT");
        assert_eq!(resolved("deep.x"), "1[1, 1] INT");
        assert_eq!(resolved("t.y"), "1[1, 0] INT");
    }

    #[test]
    fn wrong_names_are_told_apart() {
        assert_eq!(resolved("a"), "column 'a' is ambiguous; write its table before it");
        assert_eq!(resolved("bb"), "column 'bb' not found; did you mean 'b'?");
        assert_eq!(resolved("u.c"), "column 'c' not found in table 'u'");
        assert_eq!(resolved("v.c"), "'v' is neither a table nor a column here");
        assert_eq!(resolved("b.c"), "a value of type INT NOT NULL has no field 'c'; only a ROW has fields");
        assert_eq!(
            resolved("r.z"),
            "field 'z' not found in ROW<`x` INT NOT NULL, `deep` ROW<`y` INT NOT NULL, `x` INT NOT NULL>>"
        );
    }

    #[test]
    fn stars_expand() {
        let names = |qualifier: Option<&str>| -> Vec<String> {
            let name = qualifier.map(name);
            let columns = scope().expand(name.as_ref()).unwrap();
            columns.into_iter().map(|(name, expr)| format!("{name} {}", expr.data_type)).collect()
        };
        assert_eq!(names(None).len(), 4);
        assert_eq!(names(Some("u")), ["a INT NOT NULL", "b INT NOT NULL"]);
        assert_eq!(names(Some("t.r.deep")), ["y INT", "x INT"]);
        assert!(scope().expand(Some(&name("b"))).unwrap_err().message.contains("only tables and ROWs"));
    }
}
