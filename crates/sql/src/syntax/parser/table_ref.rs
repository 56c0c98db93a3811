//! What stands in FROM.

use super::super::ast::{
    Expr, ExprKind, ExtendColumn, FromItem, Hint, HintArguments, Join, JoinConstraint, JoinKind, Literal,
    NumberLiteral, ObjectName, Pivot, PivotAggregate, PivotValue, Query, QueryBody, Sample, TableAlias,
    TableFactor, TableFunction, TableOption, TableSource, TableTarget, Unpivot, UnpivotValue,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Expected, Parse, Parser};

impl Parser<'_> {
    /// A table and what is joined to it.
    pub(super) fn joined_tables(&mut self) -> Parse<FromItem> {
        let first = self.table_factor()?;
        let joins = self.joins()?;
        Ok(FromItem { first, joins })
    }

    fn joins(&mut self) -> Parse<Vec<Join>> {
        let mut joins = Vec::new();
        while let Some(join) = self.join()? {
            joins.push(join);
        }
        Ok(joins)
    }

    fn join(&mut self) -> Parse<Option<Join>> {
        let start = self.start();
        let Some((kind, natural)) = self.join_kind()? else { return Ok(None) };
        let right = self.table_factor()?;
        let constraint = self.join_constraint()?;
        Ok(Some(Join { kind, natural, right, constraint, span: self.span_from(start) }))
    }

    /// `[NATURAL] LEFT JOIN`, if it stands here.
    fn join_kind(&mut self) -> Parse<Option<(JoinKind, bool)>> {
        if (self.nth_is(0, K::CROSS) || self.nth_is(0, K::OUTER)) && self.nth_is(1, K::APPLY) {
            let span = self.nth(0).span.to(self.nth(1).span);
            return self.refuse(span, "Flink does not take APPLY", Some("use JOIN LATERAL TABLE(…) ON TRUE"));
        }
        let natural = self.eat(K::NATURAL);
        let kind = match self.kind() {
            TokenKind::Keyword(K::JOIN | K::INNER) => JoinKind::Inner,
            TokenKind::Keyword(K::CROSS) => JoinKind::Cross,
            TokenKind::Keyword(K::LEFT) => JoinKind::Left,
            TokenKind::Keyword(K::RIGHT) => JoinKind::Right,
            TokenKind::Keyword(K::FULL) => JoinKind::Full,
            _ => {
                self.want_words(&[K::JOIN, K::INNER, K::LEFT, K::RIGHT, K::FULL, K::CROSS]);
                return if natural { self.unexpected() } else { Ok(None) };
            }
        };
        if !self.eat(K::JOIN) {
            self.bump();
            if matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full) {
                self.eat(K::OUTER);
            }
            self.expect(K::JOIN)?;
        }
        Ok(Some((kind, natural)))
    }

    fn join_constraint(&mut self) -> Parse<Option<JoinConstraint>> {
        if self.eat(K::ON) {
            return self.expr().map(|condition| Some(JoinConstraint::On(condition)));
        }
        if self.eat(K::USING) {
            return self.parenthesized_idents().map(|columns| Some(JoinConstraint::Using(columns)));
        }
        Ok(None)
    }

    /// A table with what may follow it.
    pub(super) fn table_factor(&mut self) -> Parse<TableFactor> {
        self.nest(|p| {
            let start = p.start();
            let lateral = p.eat(K::LATERAL);
            let source = p.table_source(lateral)?;
            let mut factor = TableFactor {
                lateral,
                source,
                match_recognize: None,
                pivot: None,
                unpivot: None,
                alias: None,
                sample: None,
                span: p.span_from(start),
            };
            p.table_clauses(&mut factor)?;
            factor.span = p.span_from(start);
            Ok(factor)
        })
    }

    /// What may follow a table.
    fn table_clauses(&mut self, factor: &mut TableFactor) -> Parse<()> {
        let end = self.at;
        if matches!(factor.source, TableSource::Named { .. } | TableSource::Query(_) | TableSource::Join(_))
            && self.is(K::MATCH_RECOGNIZE)
        {
            factor.match_recognize = Some(self.match_recognize()?);
        }
        if self.is(K::PIVOT) {
            factor.pivot = Some(self.pivot()?);
        }
        if self.is(K::UNPIVOT) {
            factor.unpivot = Some(self.unpivot()?);
        }
        if let Some(name) = self.alias()? {
            let columns =
                if self.is_symbol(Symbol::LeftParen) { self.parenthesized_idents()? } else { Vec::new() };
            factor.alias = Some(TableAlias { name, columns });
        }
        if self.is(K::TABLESAMPLE) {
            factor.sample = Some(self.sample()?);
        }
        if self.at > end && matches!(factor.source, TableSource::Join(_)) {
            return self.refuse_clause_of_join();
        }
        Ok(())
    }

    fn table_source(&mut self, lateral: bool) -> Parse<TableSource> {
        if self.is_symbol(Symbol::LeftParen) {
            let source = self.parenthesized_table()?;
            return if lateral && matches!(source, TableSource::Join(_)) {
                self.refuse_clause_of_join()
            } else {
                Ok(source)
            };
        }
        if self.eat(K::UNNEST) {
            return self.unnest();
        }
        if self.eat(K::TABLE) {
            return self.wrapped_table_function();
        }
        if lateral {
            return self.unexpected();
        }
        let name = self.object_name()?;
        if self.is_symbol(Symbol::LeftParen) && !self.at_extend() {
            let call = self.routine_call(name, Context::Cursor)?;
            return Ok(TableSource::Function(TableFunction { call, wrapped: false }));
        }
        self.named_table(name)
    }

    /// What stands behind UNNEST.
    fn unnest(&mut self) -> Parse<TableSource> {
        let collections = self.parenthesized_values(Context::SubQuery)?;
        let with_ordinality = self.eat(K::WITH);
        if with_ordinality {
            self.expect(K::ORDINALITY)?;
        }
        Ok(TableSource::Unnest { collections, with_ordinality })
    }

    /// `(f(…))` behind TABLE.
    fn wrapped_table_function(&mut self) -> Parse<TableSource> {
        self.expect_symbol(Symbol::LeftParen)?;
        let specific = self.eat(K::SPECIFIC);
        let name = self.object_name()?;
        let mut call = self.routine_call(name, Context::Cursor)?;
        call.specific = specific;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(TableSource::Function(TableFunction { call, wrapped: true }))
    }

    fn named_table(&mut self, name: ObjectName) -> Parse<TableSource> {
        let table = self.table_target_rest(name)?;
        let system_time = if self.eat(K::FOR) {
            self.expect_all(&[K::SYSTEM_TIME, K::AS, K::OF])?;
            Some(Box::new(self.expression(Context::NonQuery)?))
        } else {
            None
        };
        Ok(TableSource::Named { table, system_time })
    }

    /// `(query)` or `(a JOIN b)`.
    fn parenthesized_table(&mut self) -> Parse<TableSource> {
        self.expect_symbol(Symbol::LeftParen)?;
        let is_query = matches!(self.kind(), TokenKind::Keyword(K::SELECT | K::VALUES | K::VALUE | K::WITH))
            || (self.nth_is(0, K::TABLE) && !self.nth_is_symbol(1, Symbol::LeftParen));
        let source = if is_query {
            TableSource::Query(Box::new(self.query()?))
        } else {
            self.want(Expected::Kind("a query"));
            self.query_or_join()?
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(source)
    }

    /// What stands in parentheses and begins with neither SELECT nor a word like it.
    fn query_or_join(&mut self) -> Parse<TableSource> {
        let start = self.start();
        let item = Box::new(self.joined_tables()?);
        match bare(item) {
            // Queries in parentheses can be combined, but ORDER BY needs them in a query of its own.
            Ok(TableSource::Query(query)) => self.combined(start, query).map(TableSource::Query),
            Ok(source) => Ok(source),
            Err(item) if item.joins.is_empty() => self.refuse(
                item.first.span,
                "a single table stands in parentheses where a query or a join should",
                Some("remove the parentheses"),
            ),
            Err(item) => Ok(TableSource::Join(item)),
        }
    }

    /// The set operations behind a query in parentheses.
    fn combined(&mut self, start: u32, first: Box<Query>) -> Parse<Box<Query>> {
        match self.set_operations(start, QueryBody::Nested(first))? {
            QueryBody::Nested(query) => Ok(query),
            body => {
                let span = self.span_from(start);
                Ok(Box::new(Query {
                    with: None,
                    body,
                    order_by: Vec::new(),
                    offset: None,
                    limit: None,
                    span,
                }))
            }
        }
    }

    fn refuse_clause_of_join<T>(&mut self) -> Parse<T> {
        let span = self.last_span();
        self.refuse(
            span,
            "a join in parentheses can have neither a name nor clauses of its own",
            Some("name the tables inside, or write (SELECT … FROM …)"),
        )
    }

    // Names of tables.

    /// A table's name, its hints and EXTEND columns.
    pub(super) fn table_target(&mut self) -> Parse<TableTarget> {
        let name = self.object_name()?;
        self.table_target_rest(name)
    }

    fn table_target_rest(&mut self, name: ObjectName) -> Parse<TableTarget> {
        let hints = self.hints()?;
        let extended = self.eat(K::EXTEND);
        let extend = if extended || (self.nth_is_symbol(0, Symbol::LeftParen) && self.at_extend()) {
            self.parenthesized_list(|p| {
                let name = p.object_name()?;
                let mut data_type = p.cast_type()?;
                if p.eat_all(&[K::NOT, K::NULL]) {
                    data_type.nullable = Some(false);
                    data_type.span = p.span_from(data_type.span.start);
                }
                Ok(ExtendColumn { name, data_type })
            })?
        } else {
            Vec::new()
        };
        Ok(TableTarget { name, hints, extend })
    }

    /// Whether a parenthesis opens EXTEND columns: a name and the beginning of a type behind it.
    fn at_extend(&mut self) -> bool {
        if !Self::names(self.nth_kind(1)) {
            return false;
        }
        let mut ahead = 2;
        while self.nth_is_symbol(ahead, Symbol::Dot) && Self::names(self.nth_kind(ahead + 1)) {
            ahead += 2;
        }
        match self.nth_kind(ahead) {
            TokenKind::Keyword(word) => begins_type(word),
            kind => Self::names(kind),
        }
    }

    // Hints.

    /// `/*+ name(…), … */`, if it stands here.
    pub(super) fn hints(&mut self) -> Parse<Vec<Hint>> {
        if !self.nth_is_symbol(0, Symbol::HintStart) {
            return Ok(Vec::new());
        }
        self.bump();
        let hints = self.comma_list(Self::hint)?;
        self.expect_symbol(Symbol::HintEnd)?;
        Ok(hints)
    }

    fn hint(&mut self) -> Parse<Hint> {
        let start = self.start();
        let name = self.ident()?;
        let arguments = if self.eat_symbol(Symbol::LeftParen) {
            let arguments = if self.is_symbol(Symbol::RightParen) {
                HintArguments::None
            } else if self.nth_is_symbol(1, Symbol::Equal) {
                HintArguments::Options(self.comma_list(Self::hint_option)?)
            } else if Self::names(self.kind()) {
                HintArguments::Names(self.comma_list(Self::ident)?)
            } else {
                HintArguments::Literals(self.comma_list(Self::hint_literal)?)
            };
            self.expect_symbol(Symbol::RightParen)?;
            arguments
        } else {
            HintArguments::None
        };
        Ok(Hint { name, arguments, span: self.span_from(start) })
    }

    /// `'key' = 'value'`, `key = 'value'`.
    fn hint_option(&mut self) -> Parse<TableOption> {
        let key_start = self.start();
        let key = if Self::names(self.kind()) {
            super::super::ast::StringLiteral { value: self.ident()?.value, charset: None }
        } else {
            self.string()?
        };
        let key_span = self.span_from(key_start);
        self.expect_symbol(Symbol::Equal)?;
        let value_start = self.start();
        let value = self.string()?;
        Ok(TableOption { key, key_span, value, value_span: self.span_from(value_start) })
    }

    fn hint_literal(&mut self) -> Parse<Expr> {
        if !self.at_string_literal() {
            return self.signed_number();
        }
        let start = self.start();
        let string = self.string()?;
        Ok(Expr::new(ExprKind::Literal(Literal::String(string)), self.span_from(start)))
    }

    // TABLESAMPLE, PIVOT, UNPIVOT.

    fn sample(&mut self) -> Parse<Sample> {
        self.bump();
        if self.eat(K::SUBSTITUTE) {
            self.expect_symbol(Symbol::LeftParen)?;
            let name = self.string()?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(Sample::Substitute(name));
        }
        let system = self.eat(K::SYSTEM);
        if !system {
            self.expect(K::BERNOULLI)?;
        }
        self.expect_symbol(Symbol::LeftParen)?;
        let span = self.nth(0).span;
        let percentage = self.number()?;
        if !is_percentage(&percentage) {
            return self.refuse(span, "a sample's percentage lies between 0 and 100", None);
        }
        self.expect_symbol(Symbol::RightParen)?;
        let mut repeatable = None;
        if self.eat(K::REPEATABLE) {
            self.expect_symbol(Symbol::LeftParen)?;
            let negative = self.eat_symbol(Symbol::Minus);
            if !negative {
                self.eat_symbol(Symbol::Plus);
            }
            let seed = i32::try_from(self.unsigned_int()?).unwrap_or(i32::MAX);
            repeatable = Some(if negative { -seed } else { seed });
            self.expect_symbol(Symbol::RightParen)?;
        }
        Ok(Sample::Percentage { system, percentage, repeatable })
    }

    fn pivot(&mut self) -> Parse<Box<Pivot>> {
        self.bump();
        self.expect_symbol(Symbol::LeftParen)?;
        let aggregates = self.comma_list(|p| {
            let start = p.start();
            let call = p.nest(|p| p.named_call())?;
            let call = Expr::new(call, p.span_from(start));
            Ok(PivotAggregate { call, alias: p.alias()? })
        })?;
        self.expect(K::FOR)?;
        let axes = self.ident_or_list()?;
        self.expect(K::IN)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let values = if self.is_symbol(Symbol::RightParen) {
            Vec::new()
        } else {
            self.comma_list(|p| Ok(PivotValue { row: p.row()?, alias: p.alias()? }))?
        };
        self.expect_symbol(Symbol::RightParen)?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Box::new(Pivot { aggregates, axes, values }))
    }

    fn unpivot(&mut self) -> Parse<Box<Unpivot>> {
        self.bump();
        let include_nulls = if self.eat(K::INCLUDE) {
            self.expect(K::NULLS)?;
            Some(true)
        } else if self.eat(K::EXCLUDE) {
            self.expect(K::NULLS)?;
            Some(false)
        } else {
            None
        };
        self.expect_symbol(Symbol::LeftParen)?;
        let measures = self.ident_or_list()?;
        self.expect(K::FOR)?;
        let axes = self.ident_or_list()?;
        self.expect(K::IN)?;
        let values = self.parenthesized_list(|p| {
            let columns = p.ident_or_list()?;
            let row = if p.eat(K::AS) { Some(p.row()?) } else { None };
            Ok(UnpivotValue { columns, row })
        })?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Box::new(Unpivot { include_nulls, measures, axes, values }))
    }
}

/// The source of a table that has nothing around it, or the item as it was.
fn bare(item: Box<FromItem>) -> Result<TableSource, Box<FromItem>> {
    let first = &item.first;
    let plain = item.joins.is_empty()
        && !first.lateral
        && first.match_recognize.is_none()
        && first.pivot.is_none()
        && first.unpivot.is_none()
        && first.alias.is_none()
        && first.sample.is_none()
        && matches!(first.source, TableSource::Query(_) | TableSource::Join(_));
    if plain { Ok(item.first.source) } else { Err(item) }
}

/// Whether a word begins a type, for telling columns with types from arguments.
fn begins_type(word: K) -> bool {
    !word.is_reserved()
        || matches!(
            word,
            K::ANY
                | K::ARRAY
                | K::BIGINT
                | K::BINARY
                | K::BOOLEAN
                | K::BYTES
                | K::CHAR
                | K::CHARACTER
                | K::DATE
                | K::DEC
                | K::DECIMAL
                | K::DOUBLE
                | K::FLOAT
                | K::INT
                | K::INTEGER
                | K::MULTISET
                | K::NUMERIC
                | K::RAW
                | K::REAL
                | K::ROW
                | K::SMALLINT
                | K::STRING
                | K::STRUCTURED
                | K::TIME
                | K::TIMESTAMP
                | K::TIMESTAMP_LTZ
                | K::TINYINT
                | K::VARBINARY
                | K::VARCHAR
                | K::VARIANT
        )
}

fn is_percentage(number: &NumberLiteral) -> bool {
    number.text.parse::<f64>().is_ok_and(|n| (0.0..=100.0).contains(&n))
}
