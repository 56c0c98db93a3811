//! Queries.

use super::super::ast::{
    Cte, Expr, ExprKind, GroupBy, GroupingElement, LimitCount, NamedWindow, NullsOrder, OrderItem, Query,
    QueryBody, Select, SelectItem, SetOperation, SetOperator, SortDirection, Values, With,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::{Context, QueryOrExpr};
use super::{Expected, Parse, Parser};

const QUERY: Expected = Expected::Kind("a query");

/// A set operator as written: `UNION ALL`.
type SetWord = (SetOperator, bool);

impl Parser<'_> {
    /// A query with all its clauses; it may stand in parentheses.
    pub(super) fn query(&mut self) -> Parse<Query> {
        self.nest(|p| {
            let start = p.start();
            let with = p.with()?;
            let first = p.query_leaf()?;
            p.query_rest(start, with, first)
        })
    }

    /// `SELECT …`, `VALUES …` or `TABLE t` alone, or a query in parentheses.
    pub(super) fn leaf_query(&mut self) -> Parse<Query> {
        let start = self.start();
        let body = self.query_leaf()?;
        Ok(Query {
            with: None,
            body,
            order_by: Vec::new(),
            offset: None,
            limit: None,
            span: self.span_from(start),
        })
    }

    /// A query or an expression, whichever stands here.
    pub(super) fn query_or_expr(&mut self, context: Context) -> Parse<QueryOrExpr> {
        let span = self.nth(0).span;
        if self.is(K::WITH) || self.at_leaf() {
            self.check_query(context, span)?;
            return self.query().map(|query| QueryOrExpr::Query(Box::new(query)));
        }
        let expr = self.expression(context)?;
        if !self.at_query_rest() {
            return Ok(QueryOrExpr::Expr(expr));
        }
        // A query in parentheses can be the beginning of a greater one.
        match expr.kind {
            ExprKind::Subquery(query) => {
                self.check_query(context, span)?;
                self.grow()?;
                let query = self.query_rest(span.start, None, QueryBody::Nested(query))?;
                Ok(QueryOrExpr::Query(Box::new(query)))
            }
            _ => self.refuse(expr.span, "an expression stands where a query should", None),
        }
    }

    /// Whether a set operator, ORDER BY or a limit stands here.
    fn at_query_rest(&mut self) -> bool {
        matches!(
            self.kind(),
            TokenKind::Keyword(
                K::UNION | K::INTERSECT | K::EXCEPT | K::MINUS | K::ORDER | K::LIMIT | K::OFFSET | K::FETCH
            )
        )
    }

    /// Whether SELECT, VALUES or TABLE begins a query here.
    fn at_leaf(&mut self) -> bool {
        matches!(self.kind(), TokenKind::Keyword(K::SELECT | K::VALUES | K::VALUE | K::TABLE))
    }

    /// What may stand behind the first operand of a query: set operations, ORDER BY, limits.
    fn query_rest(&mut self, start: u32, with: Option<With>, first: QueryBody) -> Parse<Query> {
        let body = self.set_operations(start, first)?;
        let order_by = if self.is(K::ORDER) { self.order_by()? } else { Vec::new() };
        let (offset, limit) = self.limits()?;
        Ok(Query { with, body, order_by, offset, limit, span: self.span_from(start) })
    }

    // WITH.

    fn with(&mut self) -> Parse<Option<With>> {
        if !self.eat(K::WITH) {
            return Ok(None);
        }
        let ctes = self.comma_list(|p| {
            let name = p.ident()?;
            let columns = if p.is_symbol(Symbol::LeftParen) { p.parenthesized_idents()? } else { Vec::new() };
            p.expect(K::AS)?;
            p.expect_symbol(Symbol::LeftParen)?;
            let query = p.query()?;
            p.expect_symbol(Symbol::RightParen)?;
            Ok(Cte { name, columns, query })
        })?;
        Ok(Some(With { ctes }))
    }

    // Set operations.

    /// An operand of a set operation.
    pub(super) fn query_leaf(&mut self) -> Parse<QueryBody> {
        if let Some(leaf) = self.leaf_opt()? {
            return Ok(leaf);
        }
        if !self.is_symbol(Symbol::LeftParen) {
            self.want(QUERY);
            return self.unexpected();
        }
        self.bump();
        let query = self.query()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(QueryBody::Nested(Box::new(query)))
    }

    fn leaf_opt(&mut self) -> Parse<Option<QueryBody>> {
        Ok(match self.kind() {
            TokenKind::Keyword(K::SELECT) => Some(QueryBody::Select(Box::new(self.select()?))),
            TokenKind::Keyword(K::VALUES | K::VALUE) => Some(QueryBody::Values(self.values()?)),
            TokenKind::Keyword(K::TABLE) => {
                self.bump();
                Some(QueryBody::Table(self.object_name()?))
            }
            _ => None,
        })
    }

    /// Operands and operators, INTERSECT first, all from left to right.
    pub(super) fn set_operations(&mut self, start: u32, first: QueryBody) -> Parse<QueryBody> {
        let mut sum = self.intersections(start, first)?;
        let mut open = None;
        while let Some(word) = self.set_operator(&[SetOperator::Union, SetOperator::Except])? {
            let operand_start = self.start();
            let operand = self.query_leaf()?;
            let operand = self.intersections(operand_start, operand)?;
            sum = self.combine(start, sum, &mut open, word, operand)?;
        }
        Ok(sum)
    }

    fn intersections(&mut self, start: u32, first: QueryBody) -> Parse<QueryBody> {
        let mut product = first;
        let mut open = None;
        while let Some(word) = self.set_operator(&[SetOperator::Intersect])? {
            let operand = self.query_leaf()?;
            product = self.combine(start, product, &mut open, word, operand)?;
        }
        Ok(product)
    }

    /// `left operator right`, flat where `left` was just made by the same operator.
    fn combine(
        &mut self,
        start: u32,
        left: QueryBody,
        open: &mut Option<SetWord>,
        word: SetWord,
        right: QueryBody,
    ) -> Parse<QueryBody> {
        let span = self.span_from(start);
        let was_open = open.replace(word) == Some(word);
        match left {
            QueryBody::SetOperation(mut operation) if was_open => {
                operation.operands.push(right);
                operation.span = span;
                Ok(QueryBody::SetOperation(operation))
            }
            left => {
                self.grow()?;
                let (operator, all) = word;
                Ok(QueryBody::SetOperation(Box::new(SetOperation {
                    operator,
                    all,
                    operands: vec![left, right],
                    span,
                })))
            }
        }
    }

    fn set_operator(&mut self, wanted: &[SetOperator]) -> Parse<Option<SetWord>> {
        let operator = match self.kind() {
            TokenKind::Keyword(K::UNION) => SetOperator::Union,
            TokenKind::Keyword(K::INTERSECT) => SetOperator::Intersect,
            TokenKind::Keyword(K::EXCEPT) => SetOperator::Except,
            TokenKind::Keyword(K::MINUS) => {
                let span = self.nth(0).span;
                return self.refuse(span, "Flink does not take MINUS between queries", Some("use EXCEPT"));
            }
            _ => {
                for word in [K::UNION, K::INTERSECT, K::EXCEPT] {
                    self.want(Expected::Keyword(word));
                }
                return Ok(None);
            }
        };
        if !wanted.contains(&operator) {
            return Ok(None);
        }
        self.bump();
        let all = self.eat(K::ALL);
        if !all {
            self.eat(K::DISTINCT);
        }
        Ok(Some((operator, all)))
    }

    // ORDER BY and limits.

    /// `ORDER BY …`.
    pub(super) fn order_by(&mut self) -> Parse<Vec<OrderItem>> {
        self.expect_all(&[K::ORDER, K::BY])?;
        self.comma_list(Self::order_item)
    }

    pub(super) fn order_item(&mut self) -> Parse<OrderItem> {
        let expr = self.expr()?;
        let direction = if self.eat(K::DESC) {
            SortDirection::Descending
        } else {
            self.eat(K::ASC);
            SortDirection::Ascending
        };
        let nulls = if self.eat_all(&[K::NULLS, K::FIRST]) {
            Some(NullsOrder::First)
        } else if self.eat_all(&[K::NULLS, K::LAST]) {
            Some(NullsOrder::Last)
        } else {
            None
        };
        Ok(OrderItem { expr, direction, nulls })
    }

    /// LIMIT, OFFSET and FETCH: the offset and the count.
    fn limits(&mut self) -> Parse<(Option<LimitCount>, Option<LimitCount>)> {
        let (mut offset, mut count) = (None, None);
        let start = self.start();
        if self.eat(K::LIMIT) {
            if !self.eat(K::ALL) {
                count = Some(self.limit_count()?);
                if self.nth_is_symbol(0, Symbol::Comma)
                    && !matches!(self.nth_kind(1), TokenKind::Keyword(K::ALL))
                {
                    self.bump();
                    self.limit_count()?;
                    return self.refuse(
                        self.span_from(start),
                        "Flink does not take LIMIT start, count",
                        Some("write LIMIT count OFFSET start"),
                    );
                }
            }
            offset = self.offset()?;
        } else if self.is(K::OFFSET) {
            offset = self.offset()?;
            let span = self.nth(0).span;
            if self.eat(K::LIMIT) {
                return self.refuse(
                    span,
                    "Flink does not take OFFSET before LIMIT",
                    Some("write LIMIT count OFFSET start, or OFFSET start ROWS FETCH NEXT count ROWS ONLY"),
                );
            }
            count = self.fetch()?;
        } else {
            count = self.fetch()?;
        }
        Ok((offset, count))
    }

    fn offset(&mut self) -> Parse<Option<LimitCount>> {
        if !self.eat(K::OFFSET) {
            return Ok(None);
        }
        let offset = self.limit_count()?;
        if !self.eat(K::ROW) {
            self.eat(K::ROWS);
        }
        Ok(Some(offset))
    }

    fn fetch(&mut self) -> Parse<Option<LimitCount>> {
        if !self.eat(K::FETCH) {
            return Ok(None);
        }
        if !self.eat(K::FIRST) {
            self.expect(K::NEXT)?;
        }
        let count = self.limit_count()?;
        if !self.eat(K::ROW) {
            self.expect(K::ROWS)?;
        }
        self.expect(K::ONLY)?;
        Ok(Some(count))
    }

    fn limit_count(&mut self) -> Parse<LimitCount> {
        if self.eat_symbol(Symbol::Question) {
            let index = self.parameters;
            self.parameters += 1;
            return Ok(LimitCount::Parameter { index, span: self.last_span() });
        }
        let number = self.number()?;
        Ok(LimitCount::Number { number, span: self.last_span() })
    }

    // SELECT.

    fn select(&mut self) -> Parse<Select> {
        let start = self.bump().span.start;
        let hints = self.hints()?;
        let stream = self.eat(K::STREAM);
        let quantifier = self.set_quantifier();
        let items = self.comma_list(Self::select_item)?;
        let mut select = Select {
            hints,
            stream,
            quantifier,
            items,
            from: Vec::new(),
            filter: None,
            group_by: None,
            having: None,
            windows: Vec::new(),
            qualify: None,
            span: self.span_from(start),
        };
        if self.eat(K::FROM) {
            select.from = self.comma_list(Self::joined_tables)?;
            select.filter = self.filter()?;
            select.group_by = self.group_by()?;
            select.having = if self.eat(K::HAVING) { Some(self.expr()?) } else { None };
            if self.eat(K::WINDOW) {
                select.windows = self.comma_list(|p| {
                    let name = p.ident()?;
                    p.expect(K::AS)?;
                    Ok(NamedWindow { name, spec: p.window_spec()? })
                })?;
            }
            select.qualify = if self.eat(K::QUALIFY) { Some(self.expr()?) } else { None };
            select.span = self.span_from(start);
        }
        Ok(select)
    }

    /// `WHERE …`.
    pub(super) fn filter(&mut self) -> Parse<Option<Expr>> {
        if self.eat(K::WHERE) { self.expr().map(Some) } else { Ok(None) }
    }

    fn select_item(&mut self) -> Parse<SelectItem> {
        let (expr, wildcard) = if self.is_symbol(Symbol::Star) {
            (None, self.bump().span)
        } else {
            let expr = self.expr()?;
            let span = expr.span;
            (Some(expr), span)
        };
        let as_word = self.eat(K::AS);
        let alias = if as_word || self.is_name() {
            if self.kind() == TokenKind::String {
                let span = self.nth(0).span;
                return self.refuse(span, "a string cannot be an alias", Some("quote names with backticks"));
            }
            Some(self.ident()?)
        } else {
            if self.kind() == TokenKind::String {
                let span = self.nth(0).span;
                return self.refuse(span, "a string cannot be an alias", Some("quote names with backticks"));
            }
            None
        };
        match (expr, alias) {
            (None, None) => Ok(SelectItem::Wildcard(wildcard)),
            (None, alias) => Ok(SelectItem::Expr { expr: Expr::new(ExprKind::Wildcard, wildcard), alias }),
            (Some(Expr { kind: ExprKind::QualifiedWildcard(qualifier), span }), None) => {
                Ok(SelectItem::QualifiedWildcard { qualifier, span })
            }
            (Some(expr), alias) => Ok(SelectItem::Expr { expr, alias }),
        }
    }

    // GROUP BY.

    fn group_by(&mut self) -> Parse<Option<GroupBy>> {
        let start = self.start();
        if !self.eat(K::GROUP) {
            return Ok(None);
        }
        self.expect(K::BY)?;
        let distinct = self.eat(K::DISTINCT);
        if !distinct {
            self.eat(K::ALL);
        }
        let elements = self.comma_list(Self::grouping_element)?;
        Ok(Some(GroupBy { distinct, elements, span: self.span_from(start) }))
    }

    fn grouping_element(&mut self) -> Parse<GroupingElement> {
        if self.eat_all(&[K::GROUPING, K::SETS]) {
            let elements = self.nest(|p| p.parenthesized_list(Self::grouping_element))?;
            return Ok(GroupingElement::GroupingSets(elements));
        }
        if self.eat(K::ROLLUP) {
            return self.grouping_exprs().map(GroupingElement::Rollup);
        }
        if self.eat(K::CUBE) {
            return self.grouping_exprs().map(GroupingElement::Cube);
        }
        if self.nth_is_symbol(0, Symbol::LeftParen) && self.nth_is_symbol(1, Symbol::RightParen) {
            let start = self.start();
            self.at += 2;
            return Ok(GroupingElement::Empty(self.span_from(start)));
        }
        self.expr().map(GroupingElement::Expr)
    }

    fn grouping_exprs(&mut self) -> Parse<Vec<Expr>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let list = self.exprs(Context::SubQuery)?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(list)
    }

    // VALUES.

    fn values(&mut self) -> Parse<Values> {
        let start = self.bump().span.start;
        let rows = self.comma_list(Self::row)?;
        Ok(Values { rows, span: self.span_from(start) })
    }

    /// A row of VALUES: `(a, b)`, `ROW(a, b)`, `(ROW(a, b))` or a bare value. DEFAULT may stand for a value.
    pub(super) fn row(&mut self) -> Parse<Vec<Expr>> {
        let parenthesized_row = self.nth_is_symbol(0, Symbol::LeftParen)
            && self.nth_is(1, K::ROW)
            && self.nth_is_symbol(2, Symbol::LeftParen);
        if parenthesized_row {
            self.bump();
            self.bump();
            let row = self.row_values()?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(row);
        }
        if self.nth_is(0, K::ROW) && self.nth_is_symbol(1, Symbol::LeftParen) {
            self.bump();
            return self.row_values();
        }
        if self.is_symbol(Symbol::LeftParen) {
            return self.row_values();
        }
        Ok(vec![self.expression(Context::NonCursor)?])
    }

    fn row_values(&mut self) -> Parse<Vec<Expr>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let mut values = match self.default_opt() {
            Some(default) => vec![default],
            None => vec![self.first_value(Context::NonCursor)?],
        };
        while self.eat_symbol(Symbol::Comma) {
            values.push(match self.default_opt() {
                Some(default) => default,
                None => self.expression(Context::NonCursor)?,
            });
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(values)
    }
}
