//! Queries: from syntax to plans.
//!
//! A [`QueryBinder`] resolves the names in FROM through the catalogs, expands views and WITH, and builds the plan as it is
//! written; making it better is for the rules. What cannot run is refused here, with its place.

mod from;
mod grouping;
mod insert;
mod lookup;
mod order;
mod select;
mod set_operation;
mod table;
mod unnest;
mod values;

use std::collections::HashSet;
use std::sync::Arc;

use millstream_expr::functions::Module;
use millstream_expr::{CastMode, DataType, Expr, Field};

use self::order::Ordering;
use super::expression::{BindContext, Scope};
use crate::catalog::{Catalogs, ObjectPath};
use crate::config::Configuration;
use crate::error::{Error, Result};
use crate::plan::{Plan, Scan};
use crate::syntax::ast::{Ident, Query, QueryBody, Span, With};

/// Queries within queries, views included, at the most.
const QUERY_DEPTH_MAX: usize = 50;

/// Views and WITH are refused when a plan would come to have more nodes.
const PLAN_NODES_MAX: usize = 20_000;

/// Plans are refused when they are higher: every walk over a plan is a recursion.
const PLAN_HEIGHT_MAX: usize = 200;

/// Binds the queries of one statement.
pub(crate) struct QueryBinder<'a> {
    catalogs: &'a Catalogs,
    config: &'a Configuration,
    context: BindContext,
    /// Whether the rows of a scan come to an end.
    is_bounded: &'a dyn Fn(&Scan) -> Result<bool>,
    /// The catalog and database in which names are looked up.
    namespace: (Arc<str>, Arc<str>),
    /// What WITH has named, the innermost last.
    ctes: Vec<(Arc<str>, Plan)>,
    /// The views that are being expanded, the outermost first.
    views: Vec<ObjectPath>,
    depth: usize,
    nodes: usize,
}

/// Rows, and the names by which expressions know their columns.
struct Relation {
    plan: Plan,
    scope: Scope,
}

impl<'a> QueryBinder<'a> {
    /// A binder in the session's current database. `is_bounded` tells whether the rows of a scan come to an end.
    pub(crate) fn new(
        catalogs: &'a Catalogs,
        config: &'a Configuration,
        modules: Arc<[Module]>,
        is_bounded: &'a dyn Fn(&Scan) -> Result<bool>,
    ) -> Self {
        let namespace = (catalogs.current_catalog().clone(), catalogs.current_database().clone());
        let context = BindContext { time_zone: config.time_zone(), database: namespace.1.clone(), modules };
        Self {
            catalogs,
            config,
            context,
            is_bounded,
            namespace,
            ctes: Vec::new(),
            views: Vec::new(),
            depth: 0,
            nodes: 0,
        }
    }

    /// The plan of a query that stands for itself. Its columns have names of their own.
    ///
    /// # Errors
    /// When the query is wrong or cannot run.
    pub(crate) fn bind_statement(&mut self, query: &Query) -> Result<Plan> {
        let plan = self.bind_query(query, true, None)?;
        self.check_size(&plan, query.span)?;
        let schema = unique_names(&plan.schema);
        Ok(Plan { schema, ..plan })
    }

    /// The plan of a query. Without `ordered` an ORDER BY without a limit says nothing, and is left out.
    /// `wanted` are the types of the columns that the rows go to, which give their types to bare NULLs.
    fn bind_query(&mut self, query: &Query, ordered: bool, wanted: Option<&[DataType]>) -> Result<Plan> {
        if self.depth >= QUERY_DEPTH_MAX {
            return Err(Error::invalid(format!(
                "queries are nested more than {QUERY_DEPTH_MAX} deep; put intermediate results into tables"
            ))
            .at(query.span));
        }
        self.depth += 1;
        let named = self.ctes.len();
        let plan = self.bind_query_inner(query, ordered, wanted);
        self.ctes.truncate(named);
        self.depth -= 1;
        plan
    }

    fn bind_query_inner(
        &mut self,
        query: &Query,
        ordered: bool,
        wanted: Option<&[DataType]>,
    ) -> Result<Plan> {
        if let Some(with) = &query.with {
            self.bind_with(with)?;
        }
        // Parentheses around a query that has nothing else are no query of their own.
        let mut body = &query.body;
        while let QueryBody::Nested(inner) = body
            && inner.with.is_none()
            && inner.order_by.is_empty()
            && inner.limit.is_none()
            && inner.offset.is_none()
        {
            body = &inner.body;
        }
        let limits = order::limits(query)?;
        let ordered = ordered || limits.is_some();
        match body {
            QueryBody::Select(select) => self.bind_select(
                select,
                Ordering { order_by: &query.order_by, kept: ordered, limits },
                wanted,
            ),
            other => {
                let plan = self.bind_body(other, wanted)?;
                let keys = self.order_keys_of_output(&plan, &query.order_by)?;
                let keys = if ordered { keys } else { Vec::new() };
                self.sorted(plan, keys, limits, query)
            }
        }
    }

    fn bind_with(&mut self, with: &With) -> Result<()> {
        for cte in &with.ctes {
            let plan = self.bind_query(&cte.query, false, None)?;
            let plan = renamed(plan, &cte.columns, cte.name.span)?;
            self.ctes.push((Arc::from(cte.name.value.as_str()), plan));
        }
        Ok(())
    }

    fn bind_body(&mut self, body: &QueryBody, wanted: Option<&[DataType]>) -> Result<Plan> {
        match body {
            QueryBody::Select(select) => self.bind_select(select, Ordering::default(), wanted),
            QueryBody::Values(values) => self.bind_values(values, wanted),
            QueryBody::Table(target) => Ok(self.bind_table(target, &[])?.plan),
            QueryBody::SetOperation(operation) => self.bind_set_operation(operation, wanted),
            QueryBody::Nested(query) => self.bind_query(query, false, wanted),
        }
    }

    /// Refuses what needs all rows where there is no last one.
    fn require_bounded(&self, plan: &Plan, what: &str, place: Span) -> Result<()> {
        match plan.unbounded_scan(self.is_bounded)? {
            None => Ok(()),
            Some(scan) => Err(Error::unsupported(format!(
                "{what} over rows without an end cannot run yet, and those of table '{}' have none; \
                 bound them, for example with LIMIT in a sub-query",
                scan.table.path.name
            ))
            .at(place)),
        }
    }

    /// Refuses plans that are too big to be walked or to be run.
    fn check_size(&mut self, plan: &Plan, place: Span) -> Result<()> {
        self.nodes = self.nodes.saturating_add(plan.node_count());
        if self.nodes > PLAN_NODES_MAX || plan.height() > PLAN_HEIGHT_MAX {
            return Err(Error::invalid(
                "the query is too big once its views and WITH are written out; put intermediate results into tables",
            )
            .at(place));
        }
        Ok(())
    }
}

/// The plan with its columns renamed. No names: as it is.
fn renamed(plan: Plan, names: &[Ident], place: Span) -> Result<Plan> {
    if names.is_empty() {
        return Ok(plan);
    }
    check_names(names, plan.schema.len(), names.last().map_or(place, |last| last.span))?;
    let columns = names.iter().zip(plan.schema.iter()).enumerate().map(|(index, (name, field))| {
        (Arc::from(name.value.as_str()), Expr::column(index, field.data_type.clone()))
    });
    let columns: Vec<_> = columns.collect();
    Ok(Plan::project(plan, columns))
}

/// Gives columns their new names. No names: they keep theirs.
fn rename(fields: &mut [Field], names: &[Ident], place: Span) -> Result<()> {
    if !names.is_empty() {
        check_names(names, fields.len(), place)?;
    }
    for (field, name) in fields.iter_mut().zip(names) {
        field.name = Arc::from(name.value.as_str());
    }
    Ok(())
}

fn check_names(names: &[Ident], columns: usize, place: Span) -> Result<()> {
    if names.len() == columns {
        return Ok(());
    }
    Err(Error::invalid(format!("{} column names are given for {columns} columns", names.len())).at(place))
}

/// The columns under names that occur once: the second `a` is called `a0`, as in Flink.
fn unique_names(schema: &[Field]) -> Arc<[Field]> {
    let mut taken: HashSet<Arc<str>> = HashSet::with_capacity(schema.len());
    let unique = |field: &Field| {
        let mut name = field.name.clone();
        let mut number = 0_usize;
        while !taken.insert(name.clone()) {
            name = format!("{}{number}", field.name).into();
            number += 1;
        }
        Field { name, data_type: field.data_type.clone() }
    };
    schema.iter().map(unique).collect()
}

/// The plan with its columns cast to these kinds, where they differ.
fn cast_columns(plan: Plan, types: &[DataType]) -> Plan {
    let same = plan.schema.iter().zip(types).all(|(field, wanted)| field.data_type.same_kind(wanted));
    if same {
        return plan;
    }
    let columns: Vec<_> = plan
        .schema
        .iter()
        .zip(types)
        .enumerate()
        .map(|(index, (field, wanted))| {
            (field.name.clone(), cast_to(Expr::column(index, field.data_type.clone()), wanted))
        })
        .collect();
    Plan::project(plan, columns)
}

/// The expression as a value of this kind; what may be NULL stays so.
fn cast_to(expression: Expr, wanted: &DataType) -> Expr {
    if expression.data_type.same_kind(wanted) {
        return expression;
    }
    let data_type = wanted.clone().with_nullable(expression.data_type.nullable);
    Expr::cast(expression, data_type, CastMode::Implicit)
}
