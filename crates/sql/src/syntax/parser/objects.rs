//! CREATE, ALTER and DROP: which object, and all of it for those that are not tables.

use super::super::ast::{
    AlterCatalog, AlterCatalogAction, AlterDatabase, AlterFunction, AlterMaterializedTable,
    AlterMaterializedTableAction, AlterModel, AlterModelAction, AlterView, AlterViewAction, ColumnDef,
    CreateCatalog, CreateDatabase, CreateFunction, CreateMaterializedTable, CreateMode, CreateModel,
    CreateView, DropDatabase, DropFunction, DropObject, ExprKind, FunctionLanguage, FunctionScope,
    IntervalLiteral, Literal, RefreshMode, Resource, StatementKind,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Parse, Parser};

/// What CREATE, ALTER and DROP can stand before.
const OBJECTS: &[K] = &[K::CATALOG, K::DATABASE, K::FUNCTION, K::MATERIALIZED, K::MODEL, K::TABLE, K::VIEW];

impl Parser<'_> {
    pub(super) fn create(&mut self) -> Parse<StatementKind> {
        self.bump();
        let or_replace = self.eat(K::OR);
        if or_replace {
            self.expect(K::REPLACE)?;
        }
        let temporary = self.eat(K::TEMPORARY);
        let mode = if or_replace { CreateMode::CreateOrReplace } else { CreateMode::Create };
        match self.kind() {
            TokenKind::Keyword(K::TABLE) => self.create_table(mode, temporary),
            TokenKind::Keyword(K::VIEW) => self.create_view(or_replace, temporary),
            TokenKind::Keyword(K::FUNCTION | K::SYSTEM) => self.create_function(temporary),
            TokenKind::Keyword(K::CATALOG) => self.create_catalog(),
            TokenKind::Keyword(K::DATABASE) => self.create_database(),
            TokenKind::Keyword(K::MATERIALIZED) => self.create_materialized_table(or_replace, temporary),
            TokenKind::Keyword(K::MODEL) => self.create_model(temporary),
            _ => {
                self.want_words(OBJECTS);
                self.unexpected()
            }
        }
    }

    pub(super) fn alter(&mut self) -> Parse<StatementKind> {
        self.bump();
        match self.kind() {
            TokenKind::Keyword(K::TABLE) => self.alter_table(),
            TokenKind::Keyword(K::VIEW) => self.alter_view(),
            TokenKind::Keyword(K::FUNCTION | K::TEMPORARY) => self.alter_function(),
            TokenKind::Keyword(K::CATALOG) => self.alter_catalog(),
            TokenKind::Keyword(K::DATABASE) => self.alter_database(),
            TokenKind::Keyword(K::MATERIALIZED) => self.alter_materialized_table(),
            TokenKind::Keyword(K::MODEL) => self.alter_model(),
            TokenKind::Keyword(K::SYSTEM | K::SESSION) => self.alter_variable(),
            _ => {
                self.want_words(OBJECTS);
                self.unexpected()
            }
        }
    }

    pub(super) fn drop_object(&mut self) -> Parse<StatementKind> {
        self.bump();
        let temporary_span = self.nth(0).span;
        let temporary = self.eat(K::TEMPORARY);
        let TokenKind::Keyword(word) = self.kind() else {
            self.want_words(OBJECTS);
            return self.unexpected();
        };
        match word {
            K::FUNCTION | K::SYSTEM => {
                let system = self.eat(K::SYSTEM);
                self.expect(K::FUNCTION)?;
                let if_exists = self.if_exists();
                let name = self.object_name()?;
                return Ok(StatementKind::DropFunction(DropFunction { temporary, system, if_exists, name }));
            }
            K::DATABASE => {
                self.bump();
                let if_exists = self.if_exists();
                let name = self.object_name()?;
                let cascade = self.eat(K::CASCADE);
                if !cascade {
                    self.eat(K::RESTRICT);
                }
                return Ok(StatementKind::DropDatabase(DropDatabase { if_exists, name, cascade }));
            }
            K::MATERIALIZED => {
                self.bump();
                if temporary {
                    return self.refuse(temporary_span, "there is no temporary materialized table", None);
                }
                self.expect(K::TABLE)?;
            }
            K::TABLE | K::VIEW | K::CATALOG | K::MODEL => {
                self.bump();
            }
            _ => {
                self.want_words(OBJECTS);
                return self.unexpected();
            }
        }
        let if_exists = self.if_exists();
        let object = DropObject { temporary, if_exists, name: self.object_name()? };
        Ok(match word {
            K::TABLE => StatementKind::DropTable(object),
            K::VIEW => StatementKind::DropView(object),
            K::CATALOG => StatementKind::DropCatalog(object),
            K::MODEL => StatementKind::DropModel(object),
            _ => StatementKind::DropMaterializedTable(object),
        })
    }

    // Views.

    fn create_view(&mut self, or_replace: bool, temporary: bool) -> Parse<StatementKind> {
        self.bump();
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        let columns =
            if self.is_symbol(Symbol::LeftParen) { self.parenthesized_idents()? } else { Vec::new() };
        let comment = self.comment(false)?;
        self.expect(K::AS)?;
        let query = self.query()?;
        Ok(StatementKind::CreateView(Box::new(CreateView {
            or_replace,
            temporary,
            if_not_exists,
            name,
            columns,
            comment,
            query,
        })))
    }

    fn alter_view(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.object_name()?;
        let action = if self.eat(K::RENAME) {
            self.expect(K::TO)?;
            AlterViewAction::Rename(self.object_name()?)
        } else {
            self.expect(K::AS)?;
            AlterViewAction::SetQuery(Box::new(self.query()?))
        };
        Ok(StatementKind::AlterView(Box::new(AlterView { name, action })))
    }

    // Functions.

    fn create_function(&mut self, temporary: bool) -> Parse<StatementKind> {
        let system_span = self.nth(0).span;
        let system = self.eat(K::SYSTEM);
        if system && !temporary {
            return self.refuse(
                system_span,
                "system functions can only be temporary",
                Some("write CREATE TEMPORARY SYSTEM FUNCTION"),
            );
        }
        self.expect(K::FUNCTION)?;
        let if_not_exists = self.if_not_exists();
        let name =
            if system { super::super::ast::ObjectName::simple(self.ident()?) } else { self.object_name()? };
        self.expect(K::AS)?;
        let class = self.plain_string()?;
        let language = self.function_language()?;
        let using_span = self.nth(0).span;
        let mut resources = Vec::new();
        if self.eat(K::USING) {
            if matches!(language, Some(FunctionLanguage::Sql | FunctionLanguage::Python)) {
                return self.refuse(using_span, "USING JAR goes with functions in Java and Scala only", None);
            }
            resources = self.comma_list(|p| {
                p.expect(K::JAR)?;
                p.plain_string().map(Resource::Jar)
            })?;
        }
        let scope = match (temporary, system) {
            (true, true) => FunctionScope::TemporarySystem,
            (true, false) => FunctionScope::Temporary,
            _ => FunctionScope::Catalog,
        };
        Ok(StatementKind::CreateFunction(Box::new(CreateFunction {
            scope,
            if_not_exists,
            name,
            class,
            language,
            resources,
        })))
    }

    fn function_language(&mut self) -> Parse<Option<FunctionLanguage>> {
        if !self.eat(K::LANGUAGE) {
            return Ok(None);
        }
        let languages = [
            (K::JAVA, FunctionLanguage::Java),
            (K::SCALA, FunctionLanguage::Scala),
            (K::SQL, FunctionLanguage::Sql),
            (K::PYTHON, FunctionLanguage::Python),
        ];
        match languages.into_iter().find_map(|(word, language)| self.eat(word).then_some(language)) {
            Some(language) => Ok(Some(language)),
            None => self.unexpected(),
        }
    }

    fn alter_function(&mut self) -> Parse<StatementKind> {
        let scope = if !self.eat(K::TEMPORARY) {
            FunctionScope::Catalog
        } else if self.eat(K::SYSTEM) {
            FunctionScope::TemporarySystem
        } else {
            FunctionScope::Temporary
        };
        self.expect(K::FUNCTION)?;
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        self.expect(K::AS)?;
        let class = self.plain_string()?;
        let language = self.function_language()?;
        Ok(StatementKind::AlterFunction(Box::new(AlterFunction { scope, if_exists, name, class, language })))
    }

    // Catalogs and databases.

    fn create_catalog(&mut self) -> Parse<StatementKind> {
        self.bump();
        let if_not_exists = self.if_not_exists();
        let name = self.ident()?;
        let comment = self.comment(true)?;
        let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
        Ok(StatementKind::CreateCatalog(Box::new(CreateCatalog { if_not_exists, name, comment, options })))
    }

    fn alter_catalog(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.ident()?;
        let action = if self.eat(K::SET) {
            AlterCatalogAction::SetOptions(self.options()?)
        } else if self.eat(K::RESET) {
            AlterCatalogAction::ResetOptions(self.option_keys()?)
        } else {
            self.expect(K::COMMENT)?;
            AlterCatalogAction::Comment(self.string()?)
        };
        Ok(StatementKind::AlterCatalog(Box::new(AlterCatalog { name, action })))
    }

    fn create_database(&mut self) -> Parse<StatementKind> {
        self.bump();
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        let comment = self.comment(false)?;
        let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
        Ok(StatementKind::CreateDatabase(Box::new(CreateDatabase { if_not_exists, name, comment, options })))
    }

    fn alter_database(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.object_name()?;
        self.expect(K::SET)?;
        let options = self.options()?;
        Ok(StatementKind::AlterDatabase(Box::new(AlterDatabase { name, options })))
    }

    // Materialized tables.

    fn create_materialized_table(&mut self, or_replace: bool, temporary: bool) -> Parse<StatementKind> {
        let span = self.bump().span;
        if temporary {
            return self.refuse(span, "there is no temporary materialized table", None);
        }
        if or_replace {
            return self.refuse(span, "a materialized table cannot be replaced", None);
        }
        self.expect(K::TABLE)?;
        let name = self.object_name()?;
        let mut constraint = None;
        if self.eat_symbol(Symbol::LeftParen) {
            constraint = self.table_constraint()?;
            if constraint.is_none() {
                return self.unexpected();
            }
            self.expect_symbol(Symbol::RightParen)?;
        }
        let comment = self.comment(false)?;
        let partitioned_by = self.partitioned_by()?;
        let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
        self.expect(K::FRESHNESS)?;
        let freshness = self.freshness()?;
        let refresh_mode = if self.eat(K::REFRESH_MODE) { Some(self.refresh_mode()?) } else { None };
        self.expect(K::AS)?;
        let query = self.query()?;
        Ok(StatementKind::CreateMaterializedTable(Box::new(CreateMaterializedTable {
            name,
            constraint,
            comment,
            partitioned_by,
            options,
            freshness,
            refresh_mode,
            query,
        })))
    }

    /// `= INTERVAL …` behind FRESHNESS.
    fn freshness(&mut self) -> Parse<IntervalLiteral> {
        self.expect_symbol(Symbol::Equal)?;
        let value = self.expression(Context::NonQuery)?;
        match value.kind {
            ExprKind::Literal(Literal::Interval(interval)) => Ok(interval),
            _ => self.refuse(
                value.span,
                "FRESHNESS is not an interval",
                Some("write FRESHNESS = INTERVAL '1' HOUR"),
            ),
        }
    }

    /// `= FULL`, `= CONTINUOUS` behind REFRESH_MODE.
    fn refresh_mode(&mut self) -> Parse<RefreshMode> {
        self.expect_symbol(Symbol::Equal)?;
        if self.eat(K::FULL) {
            return Ok(RefreshMode::Full);
        }
        self.expect(K::CONTINUOUS)?;
        Ok(RefreshMode::Continuous)
    }

    fn alter_materialized_table(&mut self) -> Parse<StatementKind> {
        self.bump();
        self.expect(K::TABLE)?;
        let name = self.object_name()?;
        let action = if self.eat(K::SUSPEND) {
            AlterMaterializedTableAction::Suspend
        } else if self.eat(K::RESUME) {
            let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
            AlterMaterializedTableAction::Resume(options)
        } else if self.eat(K::REFRESH) {
            let partition = if self.eat(K::PARTITION) { self.partition_spec(true)? } else { Vec::new() };
            AlterMaterializedTableAction::Refresh(partition)
        } else if self.eat(K::SET) {
            if self.eat(K::FRESHNESS) {
                AlterMaterializedTableAction::SetFreshness(self.freshness()?)
            } else if self.eat(K::REFRESH_MODE) {
                AlterMaterializedTableAction::SetRefreshMode(self.refresh_mode()?)
            } else {
                AlterMaterializedTableAction::SetOptions(self.options()?)
            }
        } else if self.eat(K::RESET) {
            AlterMaterializedTableAction::ResetOptions(self.option_keys()?)
        } else {
            self.expect(K::AS)?;
            AlterMaterializedTableAction::SetQuery(Box::new(self.query()?))
        };
        Ok(StatementKind::AlterMaterializedTable(Box::new(AlterMaterializedTable { name, action })))
    }

    // Models.

    fn create_model(&mut self, temporary: bool) -> Parse<StatementKind> {
        self.bump();
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        let input = if self.eat(K::INPUT) { self.parenthesized_list(Self::column)? } else { Vec::new() };
        let output: Vec<ColumnDef> =
            if self.eat(K::OUTPUT) { self.parenthesized_list(Self::column)? } else { Vec::new() };
        let comment = self.comment(false)?;
        let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
        let as_query = if self.eat(K::AS) { Some(self.query()?) } else { None };
        Ok(StatementKind::CreateModel(Box::new(CreateModel {
            temporary,
            if_not_exists,
            name,
            input,
            output,
            comment,
            options,
            as_query,
        })))
    }

    fn alter_model(&mut self) -> Parse<StatementKind> {
        self.bump();
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        let action = if self.eat(K::RENAME) {
            self.expect(K::TO)?;
            AlterModelAction::Rename(self.object_name()?)
        } else if self.eat(K::SET) {
            AlterModelAction::SetOptions(self.options()?)
        } else {
            self.expect(K::RESET)?;
            AlterModelAction::ResetOptions(self.option_keys()?)
        };
        Ok(StatementKind::AlterModel(Box::new(AlterModel { if_exists, name, action })))
    }
}
