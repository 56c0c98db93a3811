//! SHOW: lists of what there is.

use std::sync::Arc;

use millstream_expr::functions::FORMS;
use millstream_expr::{DataType, Field, Value, aggregate};

use super::name_filter::shows;
use super::{Action, Rows, Session};
use crate::catalog::Relation;
use crate::error::{Error, Result};
use crate::syntax::ast::{LikeFilter, ObjectName, PartitionValue, ScopePreposition, Show, Span};

/// FROM or IN with the database or catalog that is listed.
type Scope<'a> = Option<&'a (ScopePreposition, ObjectName)>;

impl Session {
    pub(super) fn show(&self, show: &Show, span: Span) -> Result<Action> {
        let rows = match show {
            Show::Catalogs(like) => names("catalog name", self.catalogs.catalog_names(), like.as_ref()),
            Show::CurrentCatalog => one("current catalog name", self.catalogs.current_catalog()),
            Show::CurrentDatabase => one("current database name", self.catalogs.current_database()),
            Show::Databases { from, like } => self.show_databases(from.as_ref(), like.as_ref())?,
            Show::Tables { from, like } => {
                self.show_relations("table name", from.as_ref(), like.as_ref(), |_| true)?
            }
            Show::Views { from, like } => {
                self.show_relations("view name", from.as_ref(), like.as_ref(), |relation| {
                    matches!(relation, Relation::View(_))
                })?
            }
            Show::Models { from, like } => {
                self.show_relations("model name", from.as_ref(), like.as_ref(), |_| false)?
            }
            Show::Procedures { from, like } => {
                self.show_relations("procedure name", from.as_ref(), like.as_ref(), |_| false)?
            }
            Show::Functions { user, from, like } => {
                self.show_functions(*user, from.as_ref(), like.as_ref())?
            }
            Show::Columns { from: (_, table), like } => self.show_columns(table, like.as_ref())?,
            Show::Partitions { table, partition } => return self.show_partitions(table, partition),
            Show::Modules { full } => self.modules.show(*full),
            Show::Jars => names("jars", &[], None),
            Show::Jobs => {
                return Err(Error::unsupported(
                    "SHOW JOBS: a job here ends with the statements that started it",
                )
                .at(span));
            }
            Show::CreateTable(name) => one("result", &self.show_create_table(name)?),
            Show::CreateView(name) => one("result", &self.show_create_view(name)?),
            Show::CreateCatalog(name) => one("result", &self.show_create_catalog(name)?),
            Show::CreateModel(name) => {
                return Err(Error::unsupported("models are not supported").at(name.span()));
            }
        };
        Ok(Action::Rows(rows))
    }

    fn show_databases(&self, from: Scope<'_>, like: Option<&LikeFilter>) -> Result<Rows> {
        let catalog = match from {
            Some((_, name)) => match name.as_simple() {
                Some(catalog) => self.catalogs.catalog(catalog)?,
                None => return Err(Error::invalid("a catalog's name has one part").at(name.span())),
            },
            None => self.catalogs.catalog_at(self.catalogs.current_catalog())?,
        };
        Ok(names("database name", catalog.database_names(), like))
    }

    /// The catalog and database that are listed.
    fn scope(&self, from: Scope<'_>) -> Result<(Arc<str>, Arc<str>)> {
        match from {
            Some((_, name)) => {
                self.catalogs.database(name)?;
                self.catalogs.database_path(name)
            }
            None => Ok((self.catalogs.current_catalog().clone(), self.catalogs.current_database().clone())),
        }
    }

    fn show_relations(
        &self,
        column: &str,
        from: Scope<'_>,
        like: Option<&LikeFilter>,
        wanted: impl Fn(&Relation) -> bool,
    ) -> Result<Rows> {
        let (catalog, database) = self.scope(from)?;
        let relations = self.catalogs.relations(&catalog, &database);
        let listed = relations.iter().filter(|(_, relation)| wanted(relation)).map(|(name, _)| name);
        Ok(names(column, listed, like))
    }

    /// The built-in functions, in lower case as Flink lists them. There are no user functions.
    fn show_functions(&self, user: bool, from: Scope<'_>, like: Option<&LikeFilter>) -> Result<Rows> {
        self.scope(from)?;
        let mut all: Vec<Arc<str>> = Vec::new();
        if !user && from.is_none() {
            let used = self.modules.used();
            let scalar = used.iter().flat_map(|m| m.functions().chain(m.table_functions()));
            let scalar = scalar.flat_map(|f| std::iter::once(&f.name).chain(f.aliases));
            let aggregates = used.iter().flat_map(|module| aggregate::of_module(*module));
            let aggregates = aggregates.flat_map(|f| std::iter::once(&f.name).chain(f.aliases));
            let forms = FORMS.iter().filter(|form| form.is_call()).map(|form| &form.name);
            let entries = scalar.chain(aggregates).chain(forms);
            let named = entries.filter(|name| !name.contains(' ') && name.starts_with(char::is_alphabetic));
            all.extend(named.map(|name| Arc::from(name.to_lowercase())));
            all.sort();
            all.dedup();
        }
        Ok(names("function name", &all, like))
    }

    fn show_partitions(&self, name: &ObjectName, _partition: &[PartitionValue]) -> Result<Action> {
        let (_, relation) = self.catalogs.resolve(name)?;
        match relation {
            Relation::Table(table) if table.partition_keys.is_empty() => Err(Error::invalid(format!(
                "table '{}' is not partitioned; PARTITIONED BY makes a table so",
                table.path.name
            ))
            .at(name.span())),
            // A catalog in memory keeps no partitions: those of a table are what its files say.
            Relation::Table(_) => Ok(Action::Rows(names("partition name", &[], None))),
            Relation::View(view) => {
                Err(Error::invalid(format!("'{}' is a view, which has no partitions", view.path.name))
                    .at(name.span()))
            }
        }
    }
}

/// A column of STRINGs.
pub(super) fn text_column(name: &str) -> Field {
    Field::new(name, DataType::string())
}

fn one(column: &str, value: &str) -> Rows {
    Rows { schema: [text_column(column)].into(), rows: vec![vec![Value::from(value)]] }
}

fn names<'a>(column: &str, all: impl IntoIterator<Item = &'a Arc<str>>, like: Option<&LikeFilter>) -> Rows {
    let shown = all.into_iter().filter(|name| shows(like, name));
    Rows {
        schema: [text_column(column)].into(),
        rows: shown.map(|name| vec![Value::String(name.clone())]).collect(),
    }
}
