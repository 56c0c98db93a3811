//! What runs: queries, inserts, statement sets; and EXPLAIN of them.

use super::{Action, Environment, Session};
use crate::bind::query::QueryBinder;
use crate::error::{Error, Result};
use crate::explain::{Explained, explain};
use crate::plan::{Insert, Plan, Scan};
use crate::rules::{RuleContext, optimize};
use crate::syntax::ast::{self, ExplainDetail, Query, Span, Statement, StatementKind};

/// INSERTs of a statement set at the most.
const STATEMENT_SET_MAX: usize = 10_000;

impl Session {
    /// The plan of a query as written.
    pub(super) fn bind_statement(&self, query: &Query, environment: &dyn Environment) -> Result<Plan> {
        let is_bounded = |scan: &Scan| environment.is_bounded(scan, &self.config);
        QueryBinder::new(&self.catalogs, &self.config, self.modules.used(), &is_bounded).bind_statement(query)
    }

    /// As [`Session::bind_statement`], for a query that does not run now: it may read rows without an end.
    pub(crate) fn bind_definition(&self, query: &Query) -> Result<Plan> {
        QueryBinder::new(&self.catalogs, &self.config, self.modules.used(), &|_| Ok(true))
            .bind_statement(query)
    }

    pub(super) fn bind_inserts(
        &self,
        inserts: &[ast::Insert],
        environment: &dyn Environment,
    ) -> Result<Vec<Insert>> {
        let is_bounded = |scan: &Scan| environment.is_bounded(scan, &self.config);
        let bind = |insert| {
            QueryBinder::new(&self.catalogs, &self.config, self.modules.used(), &is_bounded)
                .bind_insert(insert)
        };
        inserts.iter().map(bind).collect()
    }

    pub(super) fn optimized_query(&self, plan: Plan) -> Result<Plan> {
        optimize(plan, &RuleContext { time_zone: self.config.time_zone() })
    }

    pub(super) fn optimized_insert(&self, insert: Insert) -> Result<Insert> {
        Ok(Insert { query: self.optimized_query(insert.query)?, ..insert })
    }

    /// INSERT: within BEGIN STATEMENT SET and END it is kept.
    pub(super) fn insert(&mut self, insert: &ast::Insert, environment: &dyn Environment) -> Result<Action> {
        let bound = self.bind_inserts(std::slice::from_ref(insert), environment)?;
        match &mut self.statement_set {
            Some(set) => {
                if set.len() + bound.len() > STATEMENT_SET_MAX {
                    return Err(Error::invalid(format!(
                        "a statement set has {STATEMENT_SET_MAX} INSERTs at the most"
                    ))
                    .at(insert.span));
                }
                set.extend(bound);
                Ok(Action::Done)
            }
            None => {
                let optimized = bound.into_iter().map(|insert| self.optimized_insert(insert));
                optimized.collect::<Result<_>>().map(Action::Insert)
            }
        }
    }

    /// Between BEGIN STATEMENT SET and END only INSERT can stand, and what a prompt itself understands.
    pub(super) fn check_statement_set(&self, statement: &Statement) -> Result<()> {
        let fits = matches!(
            statement.kind,
            StatementKind::Insert(_)
                | StatementKind::BeginStatementSet
                | StatementKind::EndStatementSet
                | StatementKind::Client(_)
        );
        if self.statement_set.is_some() && !fits {
            return Err(Error::invalid("a statement set takes INSERT only; END ends it").at(statement.span));
        }
        Ok(())
    }

    pub(super) fn begin_statement_set(&mut self, place: Span) -> Result<()> {
        if self.statement_set.is_some() {
            return Err(Error::invalid("a statement set has begun already; END ends it").at(place));
        }
        self.statement_set = Some(Vec::new());
        Ok(())
    }

    pub(super) fn end_statement_set(&mut self, place: Span) -> Result<Action> {
        let inserts = self.take_statement_set(place)?;
        let optimized = inserts.into_iter().map(|insert| self.optimized_insert(insert));
        optimized.collect::<Result<_>>().map(Action::Insert)
    }

    /// The inserts since BEGIN STATEMENT SET, as written.
    pub(super) fn take_statement_set(&mut self, place: Span) -> Result<Vec<Insert>> {
        let Some(inserts) = self.statement_set.take() else {
            return Err(Error::invalid("END without BEGIN STATEMENT SET").at(place));
        };
        if inserts.is_empty() {
            return Err(Error::invalid("the statement set is empty; write an INSERT before END").at(place));
        }
        Ok(inserts)
    }

    /// The text of EXPLAIN.
    pub(super) fn explain_statement(
        &self,
        statement: &Statement,
        details: &[ExplainDetail],
        environment: &dyn Environment,
    ) -> Result<String> {
        match &statement.kind {
            StatementKind::Query(query) => {
                let written = self.bind_statement(query, environment)?;
                let optimized = self.optimized_query(written.clone())?;
                let explained =
                    Explained::Query { written: Box::new(written), optimized: Box::new(optimized) };
                explain(&explained, details, &self.config, environment).map_err(|e| e.at(statement.span))
            }
            StatementKind::Insert(insert) => {
                let inserts = self.bind_inserts(std::slice::from_ref(insert), environment)?;
                self.explain_inserts(inserts, details, environment).map_err(|e| e.at(statement.span))
            }
            StatementKind::StatementSet(inserts) => {
                let inserts = self.bind_inserts(inserts, environment)?;
                self.explain_inserts(inserts, details, environment).map_err(|e| e.at(statement.span))
            }
            StatementKind::CreateTable(create) if create.as_query.is_some() => {
                // The table is made in a copy of the session, which is thrown away.
                let inserts = self.clone().create_table(create, environment)?.into_iter().collect();
                self.explain_inserts(inserts, details, environment).map_err(|e| e.at(statement.span))
            }
            StatementKind::Execute(inner) => self.explain_statement(inner, details, environment),
            _ => {
                Err(Error::invalid("EXPLAIN takes a query, an INSERT, a statement set, or CREATE TABLE … AS")
                    .at(statement.span))
            }
        }
    }

    pub(super) fn explain_inserts(
        &self,
        written: Vec<Insert>,
        details: &[ExplainDetail],
        environment: &dyn Environment,
    ) -> Result<String> {
        let optimized =
            written.iter().cloned().map(|insert| self.optimized_insert(insert)).collect::<Result<_>>()?;
        explain(&Explained::Inserts { written, optimized }, details, &self.config, environment)
    }
}
