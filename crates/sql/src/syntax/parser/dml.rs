//! Statements that write: INSERT, UPDATE, DELETE, MERGE.

use super::super::ast::{
    Assignment, Delete, Expr, ExprKind, Ident, Insert, Merge, MergeInsert, ObjectName, PartitionValue,
    StatementKind, Update,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::{Parse, Parser};

impl Parser<'_> {
    pub(super) fn insert(&mut self) -> Parse<Insert> {
        let start = self.start();
        let upsert = self.eat(K::UPSERT);
        if !upsert {
            self.expect(K::INSERT)?;
        }
        let overwrite_span = self.nth(0).span;
        let overwrite = self.eat(K::OVERWRITE);
        if overwrite && upsert {
            return self.refuse(overwrite_span, "OVERWRITE with UPSERT", Some("write INSERT OVERWRITE"));
        }
        if !overwrite {
            self.expect(K::INTO)?;
        }
        let table = self.table_target()?;
        let partition = if self.eat(K::PARTITION) { self.partition_spec(true)? } else { Vec::new() };
        let columns = if self.nth_is_symbol(0, Symbol::LeftParen) && Self::names(self.nth_kind(1)) {
            self.insert_columns()?
        } else {
            Vec::new()
        };
        let source = self.query()?;
        Ok(Insert { upsert, overwrite, table, partition, columns, source, span: self.span_from(start) })
    }

    fn insert_columns(&mut self) -> Parse<Vec<ObjectName>> {
        self.parenthesized_list(|p| {
            let name = p.object_name()?;
            if !matches!(p.kind(), TokenKind::Symbol(_) | TokenKind::End | TokenKind::Invalid(_)) {
                let span = p.nth(0).span;
                return p.refuse(span, "a type behind a column of INSERT", Some("name the columns only"));
            }
            Ok(name)
        })
    }

    /// `(name = literal, …)`; the value may be left out unless `values` are needed.
    pub(super) fn partition_spec(&mut self, values: bool) -> Parse<Vec<PartitionValue>> {
        self.parenthesized_list(|p| {
            let name = p.ident()?;
            let value = if values || p.is_symbol(Symbol::Equal) {
                p.expect_symbol(Symbol::Equal)?;
                Some(p.literal()?)
            } else {
                None
            };
            Ok(PartitionValue { name, value })
        })
    }

    /// A literal of any kind; a number may have a sign.
    pub(super) fn literal(&mut self) -> Parse<Expr> {
        let start = self.start();
        if matches!(self.kind(), TokenKind::Symbol(Symbol::Plus | Symbol::Minus)) || self.at_number() {
            return self.signed_number();
        }
        if self.eat(K::INTERVAL) {
            let sign = self.interval_sign();
            let interval = self.interval_literal(start, sign)?;
            let kind = ExprKind::Literal(super::super::ast::Literal::Interval(interval));
            return Ok(Expr::new(kind, self.span_from(start)));
        }
        match self.literal_opt()? {
            Some(literal) => Ok(Expr::new(ExprKind::Literal(literal), self.span_from(start))),
            None => {
                self.want(super::Expected::Kind("a literal"));
                self.unexpected()
            }
        }
    }

    /// The value of `ALTER SESSION SET name = …`: a literal, a name, or ON.
    pub(super) fn variable_value(&mut self) -> Parse<Expr> {
        let start = self.start();
        let name = if self.eat(K::ON) {
            Some(Ident { value: "ON".to_owned(), span: self.last_span() })
        } else if self.is_name() {
            Some(self.ident()?)
        } else {
            None
        };
        match name {
            Some(name) => Ok(Expr::new(ExprKind::Name(ObjectName::simple(name)), self.span_from(start))),
            None => self.literal(),
        }
    }

    pub(super) fn update(&mut self) -> Parse<StatementKind> {
        self.bump();
        let table = self.table_target()?;
        let alias = self.alias()?;
        self.expect(K::SET)?;
        let assignments = self.comma_list(|p| {
            let column = ObjectName::simple(p.ident()?);
            p.expect_symbol(Symbol::Equal)?;
            Ok(Assignment { column, value: p.expr()? })
        })?;
        let filter = self.filter()?;
        Ok(StatementKind::Update(Box::new(Update { table, alias, assignments, filter })))
    }

    pub(super) fn delete(&mut self) -> Parse<StatementKind> {
        self.bump();
        self.expect(K::FROM)?;
        let table = self.table_target()?;
        let alias = self.alias()?;
        let filter = self.filter()?;
        Ok(StatementKind::Delete(Box::new(Delete { table, alias, filter })))
    }

    pub(super) fn merge(&mut self) -> Parse<StatementKind> {
        self.bump();
        self.expect(K::INTO)?;
        let table = self.table_target()?;
        let alias = self.alias()?;
        self.expect(K::USING)?;
        let source = self.table_factor()?;
        self.expect(K::ON)?;
        let condition = self.expr()?;
        let when_matched = if self.eat_all(&[K::WHEN, K::MATCHED]) {
            self.expect_all(&[K::THEN, K::UPDATE, K::SET])?;
            self.comma_list(|p| {
                let column = p.object_name()?;
                p.expect_symbol(Symbol::Equal)?;
                Ok(Assignment { column, value: p.expr()? })
            })?
        } else {
            Vec::new()
        };
        let when_not_matched =
            if when_matched.is_empty() || self.is(K::WHEN) { Some(self.merge_insert()?) } else { None };
        Ok(StatementKind::Merge(Box::new(Merge {
            table,
            alias,
            source,
            condition,
            when_matched,
            when_not_matched,
        })))
    }

    fn merge_insert(&mut self) -> Parse<MergeInsert> {
        self.expect_all(&[K::WHEN, K::NOT, K::MATCHED, K::THEN, K::INSERT])?;
        let columns = if self.nth_is_symbol(0, Symbol::LeftParen) && Self::names(self.nth_kind(1)) {
            self.parenthesized_idents()?
        } else {
            Vec::new()
        };
        let parenthesized = self.eat_symbol(Symbol::LeftParen);
        self.expect(K::VALUES)?;
        let row = self.row()?;
        if parenthesized {
            self.expect_symbol(Symbol::RightParen)?;
        }
        Ok(MergeInsert { columns, row })
    }
}
