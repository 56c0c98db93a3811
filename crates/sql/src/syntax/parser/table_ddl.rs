//! CREATE TABLE and the elements of a schema.

use super::super::ast::{
    ColumnDef, ColumnKind, Constraint, ConstraintKind, CreateMode, CreateTable, Distribution,
    DistributionKind, LikeFeature, LikeMerge, LikeOption, ObjectName, SchemaElement, StatementKind,
    StringLiteral, TableBody, TableLike, TableOption, Watermark,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Expected, Parse, Parser};

impl Parser<'_> {
    /// `TABLE …` behind CREATE or REPLACE.
    pub(super) fn create_table(&mut self, mode: CreateMode, temporary: bool) -> Parse<StatementKind> {
        self.expect(K::TABLE)?;
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        let body_span = self.nth(0).span;
        let body = if self.is_symbol(Symbol::LeftParen) { self.table_body()? } else { TableBody::None };
        let comment = self.comment(false)?;
        let distribution = if self.eat(K::DISTRIBUTED) { Some(self.distribution()?) } else { None };
        let partitioned_by = self.partitioned_by()?;
        let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
        let like =
            if mode != CreateMode::Replace && self.is(K::LIKE) { Some(self.table_like()?) } else { None };
        let as_query = if mode == CreateMode::Replace {
            self.expect(K::AS)?;
            Some(self.query()?)
        } else if like.is_none() && self.eat(K::AS) {
            Some(self.query()?)
        } else {
            None
        };
        if as_query.is_none() && matches!(body, TableBody::Names(_)) {
            return self.refuse(
                body_span,
                "columns without types where there is no AS query",
                Some("give each column a type, or add AS query"),
            );
        }
        Ok(StatementKind::CreateTable(Box::new(CreateTable {
            mode,
            temporary,
            if_not_exists,
            name,
            body,
            comment,
            distribution,
            partitioned_by,
            options,
            like,
            as_query,
        })))
    }

    /// `COMMENT '…'`; in some places the string may have any form.
    pub(super) fn comment(&mut self, any_string: bool) -> Parse<Option<StringLiteral>> {
        if !self.eat(K::COMMENT) {
            return Ok(None);
        }
        if any_string { self.string().map(Some) } else { self.plain_string().map(Some) }
    }

    /// `PARTITIONED BY (…)`.
    pub(super) fn partitioned_by(&mut self) -> Parse<Vec<super::super::ast::Ident>> {
        if !self.eat(K::PARTITIONED) {
            return Ok(Vec::new());
        }
        self.expect(K::BY)?;
        self.parenthesized_idents()
    }

    // Options.

    /// `('key' = 'value', …)`; may be empty.
    pub(super) fn options(&mut self) -> Parse<Vec<TableOption>> {
        self.strings_in_parentheses(Self::option)
    }

    /// `('key', …)`; may be empty.
    pub(super) fn option_keys(&mut self) -> Parse<Vec<StringLiteral>> {
        self.strings_in_parentheses(Self::string)
    }

    fn strings_in_parentheses<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let list = if self.is_symbol(Symbol::RightParen) { Vec::new() } else { self.comma_list(rule)? };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(list)
    }

    fn option(&mut self) -> Parse<TableOption> {
        let key_start = self.start();
        let key = self.string()?;
        let key_span = self.span_from(key_start);
        self.expect_symbol(Symbol::Equal)?;
        let value_start = self.start();
        let value = self.string()?;
        Ok(TableOption { key, key_span, value, value_span: self.span_from(value_start) })
    }

    // Schema.

    fn table_body(&mut self) -> Parse<TableBody> {
        self.expect_symbol(Symbol::LeftParen)?;
        let body = if self.at_name_only() {
            TableBody::Names(self.comma_list(Self::object_name)?)
        } else {
            let mut watermarks = 0;
            TableBody::Elements(self.comma_list(|p| p.schema_element(&mut watermarks))?)
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(body)
    }

    /// Whether a list of names, without types, begins here.
    fn at_name_only(&mut self) -> bool {
        Self::names(self.kind())
            && matches!(self.nth_kind(1), TokenKind::Symbol(Symbol::Comma | Symbol::RightParen))
    }

    /// A column, watermark or constraint.
    pub(super) fn schema_element(&mut self, watermarks: &mut usize) -> Parse<SchemaElement> {
        if let Some(constraint) = self.table_constraint()? {
            return Ok(SchemaElement::Constraint(constraint));
        }
        if let Some(watermark) = self.watermark(watermarks)? {
            return Ok(SchemaElement::Watermark(watermark));
        }
        self.column().map(SchemaElement::Column)
    }

    pub(super) fn watermark(&mut self, watermarks: &mut usize) -> Parse<Option<Watermark>> {
        let span = self.nth(0).span;
        if !self.eat(K::WATERMARK) {
            return Ok(None);
        }
        self.expect(K::FOR)?;
        let column = self.object_name()?;
        self.expect(K::AS)?;
        let expr = self.expression(Context::NonQuery)?;
        *watermarks += 1;
        if *watermarks > 1 {
            return self.refuse(span, "a second WATERMARK; a table has at most one", None);
        }
        Ok(Some(Watermark { column, expr, span: self.span_from(span.start) }))
    }

    pub(super) fn column(&mut self) -> Parse<ColumnDef> {
        let start = self.start();
        let name = self.object_name()?;
        if name.as_simple().is_some() && self.eat(K::AS) {
            let kind = ColumnKind::Computed(self.expression(Context::NonQuery)?);
            let comment = self.comment(true)?;
            return Ok(ColumnDef { name, kind, comment, span: self.span_from(start) });
        }
        let data_type = self.column_type()?;
        let kind = if self.eat(K::METADATA) {
            let key = if self.eat(K::FROM) { Some(self.string()?) } else { None };
            ColumnKind::Metadata { data_type, key, is_virtual: self.eat(K::VIRTUAL) }
        } else {
            ColumnKind::Physical { data_type, constraint: self.column_constraint(&name)? }
        };
        let comment = self.comment(true)?;
        Ok(ColumnDef { name, kind, comment, span: self.span_from(start) })
    }

    // Constraints.

    fn column_constraint(&mut self, column: &ObjectName) -> Parse<Option<Constraint>> {
        let start = self.start();
        let Some((name, kind)) = self.constraint_head()? else { return Ok(None) };
        let enforced = self.enforcement()?;
        let columns = vec![column.last().clone()];
        Ok(Some(Constraint { name, kind, columns, enforced, span: self.span_from(start) }))
    }

    pub(super) fn table_constraint(&mut self) -> Parse<Option<Constraint>> {
        let start = self.start();
        let Some((name, kind)) = self.constraint_head()? else { return Ok(None) };
        let columns = self.parenthesized_idents()?;
        let enforced = self.enforcement()?;
        Ok(Some(Constraint { name, kind, columns, enforced, span: self.span_from(start) }))
    }

    fn constraint_head(&mut self) -> Parse<Option<(Option<super::super::ast::Ident>, ConstraintKind)>> {
        let name = if self.eat(K::CONSTRAINT) { Some(self.ident()?) } else { None };
        if self.eat(K::PRIMARY) {
            self.expect(K::KEY)?;
            return Ok(Some((name, ConstraintKind::PrimaryKey)));
        }
        if self.eat(K::UNIQUE) {
            return Ok(Some((name, ConstraintKind::Unique)));
        }
        if name.is_some() { self.unexpected() } else { Ok(None) }
    }

    fn enforcement(&mut self) -> Parse<Option<bool>> {
        if self.eat(K::ENFORCED) {
            return Ok(Some(true));
        }
        if self.eat(K::NOT) {
            self.expect(K::ENFORCED)?;
            return Ok(Some(false));
        }
        Ok(None)
    }

    // DISTRIBUTED.

    /// `BY HASH(a) INTO n BUCKETS`, `INTO n BUCKETS`, behind DISTRIBUTED or DISTRIBUTION.
    pub(super) fn distribution(&mut self) -> Parse<Distribution> {
        let start = self.last_span().start;
        let (mut kind, mut columns, mut buckets) = (None, Vec::new(), None);
        if self.eat(K::BY) {
            kind = if self.eat(K::HASH) {
                Some(DistributionKind::Hash)
            } else if self.eat(K::RANGE) {
                Some(DistributionKind::Range)
            } else {
                None
            };
            columns = self.parenthesized_idents()?;
            if self.is(K::INTO) {
                buckets = Some(self.buckets()?);
            }
        } else {
            buckets = Some(self.buckets()?);
        }
        Ok(Distribution { kind, columns, buckets, span: self.span_from(start) })
    }

    fn buckets(&mut self) -> Parse<u32> {
        self.expect(K::INTO)?;
        let span = self.nth(0).span;
        if self.at_number() && self.kind() != TokenKind::Integer {
            return self.refuse(span, "the number of buckets must be a positive integer", None);
        }
        let buckets = self.unsigned_int()?;
        self.expect(K::BUCKETS)?;
        Ok(buckets)
    }

    // LIKE.

    fn table_like(&mut self) -> Parse<TableLike> {
        let start = self.bump().span.start;
        let source = self.object_name()?;
        let mut options = Vec::new();
        if self.eat_symbol(Symbol::LeftParen) {
            loop {
                options.push(self.like_option()?);
                if self.eat_symbol(Symbol::RightParen) {
                    break;
                }
            }
        }
        Ok(TableLike { source, options, span: self.span_from(start) })
    }

    fn like_option(&mut self) -> Parse<LikeOption> {
        let merges = [
            (K::INCLUDING, LikeMerge::Including),
            (K::EXCLUDING, LikeMerge::Excluding),
            (K::OVERWRITING, LikeMerge::Overwriting),
        ];
        let features = [
            (K::ALL, LikeFeature::All),
            (K::CONSTRAINTS, LikeFeature::Constraints),
            (K::DISTRIBUTION, LikeFeature::Distribution),
            (K::GENERATED, LikeFeature::Generated),
            (K::METADATA, LikeFeature::Metadata),
            (K::OPTIONS, LikeFeature::Options),
            (K::PARTITIONS, LikeFeature::Partitions),
            (K::WATERMARKS, LikeFeature::Watermarks),
        ];
        let Some(merge) = merges.into_iter().find_map(|(word, merge)| self.eat(word).then_some(merge)) else {
            return self.unexpected();
        };
        let Some(feature) =
            features.into_iter().find_map(|(word, feature)| self.eat(word).then_some(feature))
        else {
            return self.unexpected();
        };
        Ok(LikeOption { merge, feature })
    }

    /// Notes words that could begin a definition, for messages.
    pub(super) fn want_words(&mut self, words: &[K]) {
        for word in words {
            self.want(Expected::Keyword(*word));
        }
    }
}
