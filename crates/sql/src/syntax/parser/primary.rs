//! Operands: what stands between operators.

use super::super::ast::{
    CaseBranch, ContextVariable, Expr, ExprKind, IntervalQualifier, Literal, Sign, UnaryOperator,
};
use super::super::keyword::{Keyword as K, KeywordClass};
use super::super::token::{Symbol, TokenKind};
use super::context::{Context, QueryOrExpr};
use super::{Expected, Parse, Parser};

const EXPRESSION: Expected = Expected::Kind("an expression");

impl Parser<'_> {
    /// One operand.
    pub(super) fn primary(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        match self.kind() {
            TokenKind::Symbol(Symbol::LeftParen) => return self.parenthesized(context),
            TokenKind::Keyword(K::ROW) if self.nth_is_symbol(1, Symbol::LeftParen) => {
                self.bump();
                let values = self.parenthesized_values(context)?;
                return Ok(Expr::new(ExprKind::Row(values), self.span_from(start)));
            }
            TokenKind::Keyword(K::CURSOR) => {
                let span = self.bump().span;
                if !context.takes_cursor() {
                    return self.refuse(
                        span,
                        "a cursor stands in the arguments of a table function only",
                        None,
                    );
                }
                self.expect_symbol(Symbol::LeftParen)?;
                let query = self.nest(Self::query)?;
                self.expect_symbol(Symbol::RightParen)?;
                return Ok(Expr::new(ExprKind::Cursor(Box::new(query)), self.span_from(start)));
            }
            _ => {}
        }
        let kind = self.atom()?;
        Ok(Expr::new(kind, self.span_from(start)))
    }

    /// An operand that is neither in parentheses nor a row.
    pub(super) fn atom(&mut self) -> Parse<ExprKind> {
        if let Some(literal) = self.literal_opt()? {
            return Ok(ExprKind::Literal(literal));
        }
        match self.kind() {
            TokenKind::Keyword(word) => {
                if let Some(kind) = self.special_form(word)? {
                    return Ok(kind);
                }
                match word {
                    K::CASE => return self.case(),
                    K::INTERVAL => return self.interval(),
                    K::ARRAY => return self.array(),
                    K::MULTISET => return self.multiset(),
                    K::MAP if self.at_map() => return self.map(),
                    K::PERIOD => {
                        self.bump();
                        self.expect_symbol(Symbol::LeftParen)?;
                        let from = self.expr()?;
                        self.expect_symbol(Symbol::Comma)?;
                        let to = self.expr()?;
                        self.expect_symbol(Symbol::RightParen)?;
                        return Ok(ExprKind::Row(vec![from, to]));
                    }
                    K::NEW => {
                        self.bump();
                        let name = self.object_name()?;
                        return Ok(ExprKind::New(Box::new(self.routine_call(name, Context::SubQuery)?)));
                    }
                    K::NEXT | K::CURRENT => {
                        self.bump();
                        self.expect_all(&[K::VALUE, K::FOR])?;
                        let name = self.object_name()?;
                        return Ok(if word == K::NEXT {
                            ExprKind::NextValue(name)
                        } else {
                            ExprKind::CurrentValue(name)
                        });
                    }
                    K::SPECIFIC => return self.named_call(),
                    _ if word.is_reserved_function() && self.nth_is_symbol(1, Symbol::LeftParen) => {
                        return self.named_call();
                    }
                    _ if matches!(
                        word.class(),
                        KeywordClass::ReservedVariable | KeywordClass::ReservedFunctionVariable
                    ) =>
                    {
                        return self.context_variable(word);
                    }
                    _ => {}
                }
            }
            TokenKind::Symbol(Symbol::Question) => {
                self.bump();
                let index = self.parameters;
                self.parameters += 1;
                return Ok(ExprKind::Parameter(index));
            }
            TokenKind::Symbol(Symbol::LeftBraceFn) => return self.jdbc_call(),
            TokenKind::Symbol(sign @ (Symbol::Plus | Symbol::Minus)) => {
                // Only where an operand cannot begin with an operator: behind POSITION's parenthesis.
                let operator = if sign == Symbol::Plus { UnaryOperator::Plus } else { UnaryOperator::Minus };
                self.bump();
                let number_start = self.start();
                let number = Expr::new(
                    ExprKind::Literal(Literal::Number(self.number()?)),
                    self.span_from(number_start),
                );
                return Ok(ExprKind::Unary { operator, operand: Box::new(number) });
            }
            _ => {}
        }
        if !Self::names(self.kind()) {
            self.want(EXPRESSION);
            return self.unexpected();
        }
        if self.at_call() {
            return self.named_call();
        }
        let name = self.object_name()?;
        Ok(if self.eat_dot_star() { ExprKind::QualifiedWildcard(name) } else { ExprKind::Name(name) })
    }

    /// `(a)`, `(a, b)`, `(query)`, `(a - b) DAY`.
    fn parenthesized(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        let mut values = self.parenthesized_values(context)?;
        if self.at_interval_qualifier() {
            let qualifier = self.interval_qualifier()?;
            return match (values.pop(), values.is_empty()) {
                (
                    Some(Expr {
                        kind:
                            ExprKind::Binary { left, operator: super::super::ast::BinaryOperator::Minus, right },
                        ..
                    }),
                    true,
                ) => {
                    let kind = ExprKind::MinusAsInterval { left, right, qualifier };
                    Ok(Expr::new(kind, self.span_from(start)))
                }
                _ => self.refuse(
                    self.span_from(start),
                    "a unit of time stands behind (a - b) only",
                    Some("write INTERVAL (…) unit, or AS before a name"),
                ),
            };
        }
        match (values.pop(), values.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                values.push(last);
                Ok(Expr::new(ExprKind::Row(values), self.span_from(start)))
            }
            (None, _) => self.unexpected(),
        }
    }

    /// `(a, b, …)`, where the first may be a query without parentheses of its own if the context takes queries in parentheses.
    pub(super) fn parenthesized_values(&mut self, context: Context) -> Parse<Vec<Expr>> {
        self.parenthesized_values_or(context, |_| Ok(None))
    }

    /// As [`Parser::parenthesized_values`], with another form that a value may have.
    pub(super) fn parenthesized_values_or(
        &mut self,
        context: Context,
        mut other: impl FnMut(&mut Self) -> Parse<Option<Expr>>,
    ) -> Parse<Vec<Expr>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let first = match other(self)? {
            Some(value) => value,
            None => {
                let start = self.start();
                match self.query_or_expr(context.parenthesized())? {
                    QueryOrExpr::Query(query) => Expr::new(ExprKind::Subquery(query), self.span_from(start)),
                    QueryOrExpr::Expr(expr) => expr,
                }
            }
        };
        let mut values = vec![first];
        while self.eat_symbol(Symbol::Comma) {
            let value = match other(self)? {
                Some(value) => value,
                None => self.expression(context)?,
            };
            values.push(value);
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(values)
    }

    fn context_variable(&mut self, word: K) -> Parse<ExprKind> {
        let variable = match word {
            K::CURRENT_CATALOG => ContextVariable::CurrentCatalog,
            K::CURRENT_DATE => ContextVariable::CurrentDate,
            K::CURRENT_DEFAULT_TRANSFORM_GROUP => ContextVariable::CurrentDefaultTransformGroup,
            K::CURRENT_PATH => ContextVariable::CurrentPath,
            K::CURRENT_ROLE => ContextVariable::CurrentRole,
            K::CURRENT_SCHEMA => ContextVariable::CurrentSchema,
            K::CURRENT_TIME => ContextVariable::CurrentTime,
            K::CURRENT_TIMESTAMP => ContextVariable::CurrentTimestamp,
            K::CURRENT_USER => ContextVariable::CurrentUser,
            K::LOCALTIME => ContextVariable::Localtime,
            K::LOCALTIMESTAMP => ContextVariable::Localtimestamp,
            K::SESSION_USER => ContextVariable::SessionUser,
            K::SYSTEM_USER => ContextVariable::SystemUser,
            K::USER => ContextVariable::User,
            _ => {
                self.want(EXPRESSION);
                return self.unexpected();
            }
        };
        self.bump();
        Ok(ExprKind::ContextVariable(variable))
    }

    fn case(&mut self) -> Parse<ExprKind> {
        self.bump();
        let operand = if self.is(K::WHEN) { None } else { Some(Box::new(self.expr()?)) };
        let mut branches = Vec::new();
        while self.eat(K::WHEN) {
            let when = self.exprs(Context::SubQuery)?;
            self.expect(K::THEN)?;
            branches.push(CaseBranch { when, then: self.expr()? });
        }
        if branches.is_empty() {
            return self.unexpected();
        }
        let otherwise = if self.eat(K::ELSE) { Some(Box::new(self.expr()?)) } else { None };
        self.expect(K::END)?;
        Ok(ExprKind::Case { operand, branches, otherwise })
    }

    /// `INTERVAL '…' qualifier`, `INTERVAL a unit`.
    fn interval(&mut self) -> Parse<ExprKind> {
        let start = self.bump().span.start;
        let sign = self.interval_sign();
        if self.kind() == TokenKind::String {
            return self
                .interval_literal(start, sign)
                .map(|literal| ExprKind::Literal(Literal::Interval(literal)));
        }
        let value_start = self.start();
        let value = if self.eat_symbol(Symbol::LeftParen) {
            let value = self.expr()?;
            self.expect_symbol(Symbol::RightParen)?;
            value
        } else if self.at_number() {
            let number = self.number()?;
            Expr::new(ExprKind::Literal(Literal::Number(number)), self.span_from(value_start))
        } else {
            self.want(Expected::Kind("a string"));
            self.want(Expected::Kind("a number"));
            self.want(Expected::Symbol(Symbol::LeftParen));
            let name = self.object_name()?;
            let kind =
                if self.eat_dot_star() { ExprKind::QualifiedWildcard(name) } else { ExprKind::Name(name) };
            Expr::new(kind, self.span_from(value_start))
        };
        let qualifier: IntervalQualifier = self.interval_qualifier_start()?;
        Ok(ExprKind::IntervalOf { negated: sign == Sign::Minus, value: Box::new(value), qualifier })
    }

    /// `ARRAY[…]`, `ARRAY(query)`.
    fn array(&mut self) -> Parse<ExprKind> {
        self.bump();
        if self.eat_symbol(Symbol::LeftParen) {
            let query = self.nest(Self::query)?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(ExprKind::ArrayQuery(Box::new(query)));
        }
        self.bracketed_values(true).map(ExprKind::Array)
    }

    /// `MULTISET[…]`, `MULTISET(query)`.
    fn multiset(&mut self) -> Parse<ExprKind> {
        self.bump();
        if self.eat_symbol(Symbol::LeftParen) {
            let query = self.nest(Self::leaf_query)?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(ExprKind::MultisetQuery(Box::new(query)));
        }
        self.bracketed_values(false).map(ExprKind::Multiset)
    }

    /// Whether MAP begins a constructor, not a name or a call.
    fn at_map(&mut self) -> bool {
        self.nth_is_symbol(1, Symbol::LeftBracket)
            || (self.nth_is_symbol(1, Symbol::LeftParen) && !self.nth_is_symbol(2, Symbol::RightParen))
    }

    /// `MAP[…]`, `MAP(query)`.
    fn map(&mut self) -> Parse<ExprKind> {
        self.bump();
        if self.eat_symbol(Symbol::LeftParen) {
            let query = self.nest(Self::leaf_query)?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(ExprKind::MapQuery(Box::new(query)));
        }
        self.bracketed_values(true).map(ExprKind::Map)
    }

    fn bracketed_values(&mut self, may_be_empty: bool) -> Parse<Vec<Expr>> {
        self.expect_symbol(Symbol::LeftBracket)?;
        if may_be_empty && self.eat_symbol(Symbol::RightBracket) {
            return Ok(Vec::new());
        }
        let values = if may_be_empty {
            self.exprs(Context::NonQuery)?
        } else {
            self.comma_list(|p| p.expression(Context::NonQuery))?
        };
        self.expect_symbol(Symbol::RightBracket)?;
        Ok(values)
    }
}
