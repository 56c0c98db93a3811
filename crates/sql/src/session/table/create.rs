//! CREATE TABLE, with LIKE and AS.

use std::sync::Arc;

use millstream_expr::types::implicitly_castable;
use millstream_expr::{CastMode, Expr, Field, Value};

use super::build::build;
use super::draft::{Draft, DraftColumn, DraftKind, column_name};
use super::like::{Own, inherited};
use crate::bind::expression::BindContext;
use crate::catalog::{Relation, Table};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::plan::{Insert, Plan};
use crate::session::objects::options_map;
use crate::session::{Environment, Session};
use crate::syntax::ast::{self, CreateMode, CreateTable, SchemaElement, TableBody};

impl Session {
    /// CREATE TABLE. What AS asks for is done when the insert that is given back has run.
    pub(in crate::session) fn create_table(
        &mut self,
        statement: &CreateTable,
        environment: &dyn Environment,
    ) -> Result<Option<Insert>> {
        let path = self.catalogs.object_path(&statement.name)?;
        let place = statement.name.span();
        let taken = if statement.temporary {
            self.catalogs.temporary_relation(&path)
        } else {
            self.catalogs.permanent_relation(&path)
        };
        match (taken, statement.mode) {
            (Some(_), CreateMode::Create) if statement.if_not_exists => return Ok(None),
            (Some(Relation::View(_)), CreateMode::CreateOrReplace | CreateMode::Replace) => {
                return Err(Error::invalid(format!("'{}' is a view; drop it first", path.name)).at(place));
            }
            (None, CreateMode::Replace) => {
                return Err(Error::invalid(format!(
                    "table '{}' does not exist and cannot be replaced; write CREATE OR REPLACE TABLE",
                    path.name
                ))
                .at(place));
            }
            _ => {}
        }
        if statement.mode != CreateMode::Create && statement.as_query.is_none() {
            return Err(Error::invalid("a table is replaced only by REPLACE TABLE … AS query").at(place));
        }
        let query = match &statement.as_query {
            Some(query) => Some((query, self.query_of_table(statement, query, environment)?)),
            None => None,
        };
        let draft = self.draft(statement, query.as_ref().map(|(_, plan)| plan))?;
        let table = build(path.clone(), draft, &self.bind_context()).map_err(|e| e.at(place))?;
        let table = Arc::new(table);
        let insert = match query {
            Some((query, plan)) => Some(fill(&table, plan).map_err(|e| e.at(query.span))?),
            None => None,
        };
        let relation = Relation::Table(table);
        match statement.mode {
            CreateMode::Create => self.catalogs.create_relation(&path, relation, statement.temporary),
            CreateMode::CreateOrReplace | CreateMode::Replace => {
                self.catalogs.put_relation(&path, relation, statement.temporary)
            }
        }
        .map_err(|e| e.at(place))?;
        Ok(insert)
    }

    /// What expressions in definitions depend on.
    pub(in crate::session) fn bind_context(&self) -> BindContext {
        BindContext {
            time_zone: self.config.time_zone(),
            database: self.catalogs.current_database().clone(),
            modules: self.modules.used(),
        }
    }

    fn query_of_table(
        &self,
        statement: &CreateTable,
        query: &ast::Query,
        environment: &dyn Environment,
    ) -> Result<Plan> {
        let refused = [
            (statement.temporary, "AS makes no temporary tables; leave TEMPORARY out"),
            (statement.like.is_some(), "LIKE and AS do not go together"),
        ];
        if let Some((_, message)) = refused.iter().find(|(present, _)| *present) {
            return Err(Error::unsupported(*message).at(query.span));
        }
        self.bind_statement(query, environment)
    }

    /// The table as declared: what LIKE takes over, the elements, and the columns of AS.
    fn draft(&self, statement: &CreateTable, query: Option<&Plan>) -> Result<Draft> {
        let elements: &[SchemaElement] = match &statement.body {
            TableBody::Elements(elements) => elements,
            TableBody::None | TableBody::Names(_) => &[],
        };
        let mut draft = match &statement.like {
            Some(like) => {
                let (_, relation) = self.catalogs.resolve(&like.source)?;
                let Relation::Table(base) = relation else {
                    return Err(Error::invalid(format!(
                        "LIKE takes a table, and '{}' is a view",
                        like.source.last().value
                    ))
                    .at(like.source.span()));
                };
                let own = Own {
                    elements,
                    options: &statement.options,
                    partitioned: !statement.partitioned_by.is_empty(),
                    distributed: statement.distribution.is_some(),
                };
                inherited(Draft::of(base, like.source.span()), like, &own)?
            }
            None => Draft::default(),
        };
        draft.add_elements(elements)?;
        if let Some(plan) = query {
            add_query_columns(&mut draft, statement, &plan.schema)?;
        }
        let keys = statement.partitioned_by.iter();
        draft.partition_keys.extend(keys.map(|key| (Arc::from(key.value.as_str()), key.span)));
        if let Some(distribution) = &statement.distribution {
            draft.set_distribution(distribution)?;
        }
        draft.options.extend(options_map(&statement.options)?);
        draft.comment = statement.comment.as_ref().map(|comment| comment.value.clone());
        Ok(draft)
    }
}

/// The columns of `AS query` behind those declared. A column declared under the name of one of the query's gives it its type; a list
/// of names gives the order.
fn add_query_columns(draft: &mut Draft, statement: &CreateTable, schema: &[Field]) -> Result<()> {
    let span = statement.as_query.as_ref().map(|query| query.span).unwrap_or_default();
    let column = |field: &Field| DraftColumn {
        name: field.name.clone(),
        kind: DraftKind::Physical(field.data_type.clone()),
        comment: None,
        span,
    };
    if let TableBody::Names(names) = &statement.body {
        if names.len() != schema.len() {
            return Err(Error::invalid(format!(
                "{} columns are named, and the query has {}",
                names.len(),
                schema.len()
            ))
            .at(statement.name.span()));
        }
        for name in names {
            let wanted = column_name(name)?;
            let field = schema.iter().find(|field| field.name == wanted).ok_or_else(|| {
                let hint = did_you_mean(&wanted, schema.iter().map(|field| &field.name));
                Error::invalid(format!("column '{wanted}' not found in the query{hint}")).at(name.span())
            })?;
            draft.columns.push(column(field));
        }
        return Ok(());
    }
    // Declared columns that the query gives, too, stand where the query has them.
    for field in schema {
        let declared = draft.position(&field.name).map(|at| draft.columns.remove(at));
        match declared {
            None => draft.columns.push(column(field)),
            Some(DraftColumn { kind: DraftKind::Physical(wanted), span, name, comment }) => {
                if !implicitly_castable(&field.data_type, &wanted.clone().with_nullable(true)) {
                    return Err(Error::invalid(format!(
                        "column '{name}' is declared as {wanted}, which a value of type {} does not become by itself",
                        field.data_type
                    ))
                    .at(span));
                }
                draft.columns.push(DraftColumn { kind: DraftKind::Physical(wanted), span, name, comment });
            }
            Some(other) => {
                return Err(Error::invalid(format!(
                    "column '{}' is computed or metadata, and the query gives it, too",
                    field.name
                ))
                .at(other.span));
            }
        }
    }
    Ok(())
}

/// The insert that fills a new table from the query that it is made AS: by name.
fn fill(table: &Arc<Table>, query: Plan) -> Result<Insert> {
    let mut columns = Vec::new();
    for column in table.persisted_columns() {
        let found = query.schema.iter().position(|field| field.name == column.name);
        let value = match found.and_then(|at| query.column(at)) {
            Some(value) if value.data_type.same_kind(&column.data_type) => value,
            Some(value) => {
                let wanted = column.data_type.clone().with_nullable(value.data_type.nullable);
                Expr::cast(value, wanted, CastMode::Implicit)
            }
            None if column.data_type.nullable => Expr::literal(Value::Null, column.data_type.kind.clone()),
            None => {
                return Err(Error::invalid(format!(
                    "column '{}' is NOT NULL, and the query does not give it",
                    column.name
                )));
            }
        };
        columns.push((column.name.clone(), value));
    }
    Ok(Insert { table: Arc::clone(table), overwrite: false, query: Plan::project(query, columns) })
}
