//! Function calls, their arguments, and what stands behind them.

use super::super::ast::{
    Argument, ArgumentValue, Expr, ExprKind, FrameBound, FrameUnits, FunctionCall, Ident, NullTreatment,
    ObjectName, Over, PartialWindow, Query, QueryBody, SetQuantifier, TableArgument, WindowFrame, WindowSpec,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Parse, Parser};

impl Parser<'_> {
    /// Whether a call of a function by its name stands here: `a.b.c(`.
    pub(super) fn at_call(&mut self) -> bool {
        let mut ahead = 0;
        while Self::names(self.nth_kind(ahead)) {
            if self.nth_is_symbol(ahead + 1, Symbol::LeftParen) {
                return true;
            }
            if !self.nth_is_symbol(ahead + 1, Symbol::Dot) {
                return false;
            }
            ahead += 2;
        }
        false
    }

    /// A call by name, with all that may stand behind it.
    pub(super) fn named_call(&mut self) -> Parse<ExprKind> {
        let specific = self.eat(K::SPECIFIC);
        let is_array_agg = self.nth_is(0, K::ARRAY_AGG) && self.nth_is_symbol(1, Symbol::LeftParen);
        let name = self.function_name()?;
        let mut call =
            if is_array_agg { self.array_agg_arguments(name)? } else { self.call_arguments(name, specific)? };
        if let Some(columns) = descriptor(&call) {
            return Ok(ExprKind::Descriptor(columns));
        }
        self.call_suffix(&mut call)?;
        Ok(ExprKind::Call(call))
    }

    /// A name, or a reserved word that names a function.
    fn function_name(&mut self) -> Parse<ObjectName> {
        match self.kind() {
            TokenKind::Keyword(word) if word.is_reserved_function() => {
                let span = self.bump().span;
                Ok(ObjectName::simple(self.ident_at(span)))
            }
            _ => self.object_name(),
        }
    }

    /// `f(…)`, whose name has been taken: `*`, nothing, or arguments, perhaps with DISTINCT.
    pub(super) fn call_arguments(&mut self, name: ObjectName, specific: bool) -> Parse<Box<FunctionCall>> {
        let mut call = self.empty_call(name);
        call.specific = specific;
        self.expect_symbol(Symbol::LeftParen)?;
        if self.nth_is_symbol(0, Symbol::Star) {
            self.bump();
            call.star = true;
        } else if !self.is_symbol(Symbol::RightParen) {
            call.quantifier = self.set_quantifier();
            call.arguments = self.arguments(Context::SubQuery)?;
        }
        self.expect_symbol(Symbol::RightParen)?;
        call.span = self.span_from(call.span.start);
        Ok(call)
    }

    /// `f(…)` without DISTINCT and `*`: procedures, constructors, table functions.
    pub(super) fn routine_call(&mut self, name: ObjectName, context: Context) -> Parse<Box<FunctionCall>> {
        let mut call = self.empty_call(name);
        self.expect_symbol(Symbol::LeftParen)?;
        if !self.is_symbol(Symbol::RightParen) {
            call.arguments = self.arguments(context)?;
        }
        self.expect_symbol(Symbol::RightParen)?;
        call.span = self.span_from(call.span.start);
        Ok(call)
    }

    /// A call that has only a name so far.
    pub(super) fn empty_call(&self, name: ObjectName) -> Box<FunctionCall> {
        let span = name.span();
        Box::new(FunctionCall {
            name,
            specific: false,
            quantifier: None,
            star: false,
            arguments: Vec::new(),
            order_by: Vec::new(),
            separator: None,
            nulls: None,
            within_distinct: Vec::new(),
            within_group: Vec::new(),
            filter: None,
            over: None,
            span,
        })
    }

    /// A call of a built-in function, made of its word and its values.
    pub(super) fn call_of(&self, name: Ident, values: Vec<Expr>) -> Box<FunctionCall> {
        let mut call = self.empty_call(ObjectName::simple(name));
        call.arguments = values
            .into_iter()
            .map(|value| Argument { name: None, value: ArgumentValue::Expr(value) })
            .collect();
        call.span = self.span_from(call.span.start);
        call
    }

    /// `DISTINCT`, `ALL`.
    pub(super) fn set_quantifier(&mut self) -> Option<SetQuantifier> {
        if self.eat(K::DISTINCT) {
            Some(SetQuantifier::Distinct)
        } else if self.eat(K::ALL) {
            Some(SetQuantifier::All)
        } else {
            None
        }
    }

    /// `ARRAY_AGG([DISTINCT] a [IGNORE NULLS] [ORDER BY b] [SEPARATOR '…'])`.
    fn array_agg_arguments(&mut self, name: ObjectName) -> Parse<Box<FunctionCall>> {
        let mut call = self.empty_call(name);
        self.expect_symbol(Symbol::LeftParen)?;
        call.quantifier = self.set_quantifier();
        call.arguments = self.comma_list(|p| p.argument(false, Context::SubQuery))?;
        call.nulls = self.null_treatment();
        if self.is(K::ORDER) {
            call.order_by = self.order_by()?;
        }
        if self.eat(K::SEPARATOR) {
            call.separator = Some(self.string()?);
        }
        self.expect_symbol(Symbol::RightParen)?;
        call.span = self.span_from(call.span.start);
        Ok(call)
    }

    fn arguments(&mut self, context: Context) -> Parse<Vec<Argument>> {
        let mut list = vec![self.argument(true, context)?];
        while self.eat_symbol(Symbol::Comma) {
            list.push(self.argument(false, context)?);
        }
        Ok(list)
    }

    fn argument(&mut self, first: bool, context: Context) -> Parse<Argument> {
        let name = if Self::names(self.kind()) && self.nth_is_symbol(1, Symbol::Arrow) {
            let name = self.ident()?;
            self.bump();
            Some(name)
        } else {
            None
        };
        let value = if self.is(K::TABLE) && Self::names(self.nth_kind(1)) {
            self.named_table_argument()?
        } else if let Some(default) = self.default_opt() {
            ArgumentValue::Expr(default)
        } else if first {
            self.first_argument(context)?
        } else {
            ArgumentValue::Expr(self.expression(context)?)
        };
        Ok(Argument { name, value })
    }

    /// `TABLE t [PARTITION BY …] [ORDER BY …]`.
    fn named_table_argument(&mut self) -> Parse<ArgumentValue> {
        let start = self.bump().span.start;
        let body = QueryBody::Table(self.object_name()?);
        let span = self.span_from(start);
        let query = Query { with: None, body, order_by: Vec::new(), offset: None, limit: None, span };
        self.table_argument(query, start)
    }

    /// The first argument may be a query, and one with PARTITION BY is a table.
    fn first_argument(&mut self, context: Context) -> Parse<ArgumentValue> {
        let start = self.start();
        let value = self.first_value(context)?;
        match value.kind {
            ExprKind::Subquery(query) if self.is(K::PARTITION) => self.table_argument(*query, start),
            kind => Ok(ArgumentValue::Expr(Expr::new(kind, value.span))),
        }
    }

    /// `DEFAULT`, if it stands here.
    pub(super) fn default_opt(&mut self) -> Option<Expr> {
        self.eat(K::DEFAULT).then(|| Expr::new(ExprKind::Default, self.last_span()))
    }

    /// `[PARTITION BY a] [ORDER BY b]` behind a table that is an argument.
    fn table_argument(&mut self, query: Query, start: u32) -> Parse<ArgumentValue> {
        let partition_by = if self.eat(K::PARTITION) {
            self.expect(K::BY)?;
            self.ident_or_list()?
        } else {
            Vec::new()
        };
        let order_by = if self.eat(K::ORDER) {
            self.expect(K::BY)?;
            // A parenthesis here opens the list, not an expression.
            if self.is_symbol(Symbol::LeftParen) {
                self.parenthesized_list(Self::order_item)?
            } else {
                vec![self.order_item()?]
            }
        } else {
            Vec::new()
        };
        let span = self.span_from(start);
        Ok(ArgumentValue::Table(Box::new(TableArgument { query, partition_by, order_by, span })))
    }

    /// `IGNORE NULLS`, `RESPECT NULLS`.
    fn null_treatment(&mut self) -> Option<NullTreatment> {
        if self.eat_all(&[K::IGNORE, K::NULLS]) {
            Some(NullTreatment::Ignore)
        } else if self.eat_all(&[K::RESPECT, K::NULLS]) {
            Some(NullTreatment::Respect)
        } else {
            None
        }
    }

    /// NULL treatment, WITHIN DISTINCT, WITHIN GROUP, FILTER and OVER, in this order.
    fn call_suffix(&mut self, call: &mut FunctionCall) -> Parse<()> {
        if let Some(nulls) = self.null_treatment() {
            call.nulls = Some(nulls);
        }
        if self.eat_all(&[K::WITHIN, K::DISTINCT]) {
            self.expect_symbol(Symbol::LeftParen)?;
            call.within_distinct = self.exprs(Context::SubQuery)?;
            self.expect_symbol(Symbol::RightParen)?;
        }
        if self.is(K::WITHIN) {
            call.within_group = self.within_group()?;
        }
        if self.eat(K::FILTER) {
            self.expect_symbol(Symbol::LeftParen)?;
            self.expect(K::WHERE)?;
            call.filter = Some(Box::new(self.expr()?));
            self.expect_symbol(Symbol::RightParen)?;
        }
        if self.eat(K::OVER) {
            call.over = Some(Box::new(self.over()?));
        }
        call.span = self.span_from(call.span.start);
        Ok(())
    }

    /// `WITHIN GROUP (ORDER BY …)`.
    pub(super) fn within_group(&mut self) -> Parse<Vec<super::super::ast::OrderItem>> {
        self.expect_all(&[K::WITHIN, K::GROUP])?;
        self.expect_symbol(Symbol::LeftParen)?;
        let order = self.order_by()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(order)
    }

    /// What stands behind OVER.
    pub(super) fn over(&mut self) -> Parse<Over> {
        if self.is_name() { self.ident().map(Over::Named) } else { self.window_spec().map(Over::Spec) }
    }

    /// `([base] [PARTITION BY …] [ORDER BY …] [frame])`.
    pub(super) fn window_spec(&mut self) -> Parse<WindowSpec> {
        let start = self.start();
        self.expect_symbol(Symbol::LeftParen)?;
        let base = if self.is_name() { Some(self.ident()?) } else { None };
        let partition_by = if self.eat(K::PARTITION) {
            self.expect(K::BY)?;
            self.exprs(Context::NonQuery)?
        } else {
            Vec::new()
        };
        let order_by = if self.is(K::ORDER) { self.order_by()? } else { Vec::new() };
        let units = if self.eat(K::ROWS) {
            Some(FrameUnits::Rows)
        } else if self.eat(K::RANGE) {
            Some(FrameUnits::Range)
        } else {
            None
        };
        let frame = match units {
            Some(units) if self.eat(K::BETWEEN) => {
                let begin = self.frame_bound()?;
                self.expect(K::AND)?;
                Some(WindowFrame { units, start: begin, end: Some(self.frame_bound()?) })
            }
            Some(units) => Some(WindowFrame { units, start: self.frame_bound()?, end: None }),
            None => None,
        };
        let partial = if self.eat(K::ALLOW) {
            self.expect(K::PARTIAL)?;
            Some(PartialWindow::Allow)
        } else if self.eat(K::DISALLOW) {
            self.expect(K::PARTIAL)?;
            Some(PartialWindow::Disallow)
        } else {
            None
        };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(WindowSpec { base, partition_by, order_by, frame, partial, span: self.span_from(start) })
    }

    fn frame_bound(&mut self) -> Parse<FrameBound> {
        if self.eat_all(&[K::CURRENT, K::ROW]) {
            return Ok(FrameBound::CurrentRow);
        }
        if self.eat_all(&[K::UNBOUNDED, K::PRECEDING]) {
            return Ok(FrameBound::UnboundedPreceding);
        }
        if self.eat_all(&[K::UNBOUNDED, K::FOLLOWING]) {
            return Ok(FrameBound::UnboundedFollowing);
        }
        let value = Box::new(self.expression(Context::NonQuery)?);
        if self.eat(K::PRECEDING) {
            return Ok(FrameBound::Preceding(value));
        }
        self.expect(K::FOLLOWING)?;
        Ok(FrameBound::Following(value))
    }
}

/// The columns, if a call is `DESCRIPTOR(a, b)`.
fn descriptor(call: &FunctionCall) -> Option<Vec<ObjectName>> {
    let is_descriptor =
        call.name.as_simple().is_some_and(|name| name.value.eq_ignore_ascii_case("DESCRIPTOR"));
    if !is_descriptor || call.quantifier.is_some() || call.arguments.is_empty() {
        return None;
    }
    call.arguments
        .iter()
        .map(|argument| match (&argument.name, &argument.value) {
            (None, ArgumentValue::Expr(expr)) => expr.as_name().cloned(),
            _ => None,
        })
        .collect()
}
