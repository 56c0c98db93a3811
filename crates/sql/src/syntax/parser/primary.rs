//! Operands: what stands between operators.

use super::super::ast::{BinaryOperator, CaseBranch, ContextVariable, Expr, ExprKind, Literal, Query, Sign};
use super::super::keyword::{Keyword as K, KeywordClass};
use super::super::token::{Symbol, TokenKind};
use super::context::{Context, QueryOrExpr};
use super::{Expected, Parse, Parser};

const EXPRESSION: Expected = Expected::Kind("an expression");

/// A rule that reads an operand from its first word on.
pub(super) type Rule<P> = fn(&mut P) -> Parse<ExprKind>;

impl Parser<'_> {
    /// One operand.
    pub(super) fn primary(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        let kind = match self.kind() {
            TokenKind::Symbol(Symbol::LeftParen) => return self.parenthesized(context),
            TokenKind::Keyword(K::ROW) if self.nth_is_symbol(1, Symbol::LeftParen) => {
                self.row_constructor(context)?
            }
            TokenKind::Keyword(K::CURSOR) => self.cursor(context)?,
            _ => self.atom()?,
        };
        Ok(Expr::new(kind, self.span_from(start)))
    }

    fn row_constructor(&mut self, context: Context) -> Parse<ExprKind> {
        self.bump();
        self.parenthesized_values(context).map(ExprKind::Row)
    }

    fn cursor(&mut self, context: Context) -> Parse<ExprKind> {
        let span = self.bump().span;
        if !context.takes_cursor() {
            return self.refuse(span, "a cursor stands in the arguments of a table function only", None);
        }
        self.query_in_parentheses().map(ExprKind::Cursor)
    }

    fn query_in_parentheses(&mut self) -> Parse<Box<Query>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let query = Box::new(self.query()?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(query)
    }

    fn leaf_query_in_parentheses(&mut self) -> Parse<Box<Query>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let query = Box::new(self.nest(Self::leaf_query)?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(query)
    }

    /// An operand that is neither in parentheses nor a row.
    pub(super) fn atom(&mut self) -> Parse<ExprKind> {
        if let Some(literal) = self.literal_opt()? {
            return Ok(ExprKind::Literal(literal));
        }
        match self.kind() {
            TokenKind::Keyword(word) => {
                if let Some(rule) = self.keyword_rule(word) {
                    return rule(self);
                }
            }
            TokenKind::Symbol(Symbol::Question) => return self.parameter(),
            TokenKind::Symbol(Symbol::LeftBraceFn) => return self.jdbc_call(),
            // Only where an operand cannot begin with an operator: behind POSITION's parenthesis.
            TokenKind::Symbol(Symbol::Plus | Symbol::Minus) => {
                return self.signed_number().map(|number| number.kind);
            }
            _ => {}
        }
        if !Self::names(self.kind()) {
            self.want(EXPRESSION);
            return self.unexpected();
        }
        if self.at_call() { self.named_call() } else { self.column_name() }
    }

    /// The rule for an operand that begins with a keyword, unless the word is just a name here.
    fn keyword_rule(&mut self, word: K) -> Option<Rule<Self>> {
        if let Some(rule) = self.special_rule(word) {
            return Some(rule);
        }
        let called = self.nth_is_symbol(1, Symbol::LeftParen);
        Some(match word {
            K::CASE => Self::case,
            K::INTERVAL => Self::interval,
            K::ARRAY => Self::array,
            K::MULTISET => Self::multiset,
            K::MAP if self.at_map() => Self::map,
            K::PERIOD => Self::period,
            K::NEW => Self::new_object,
            K::NEXT | K::CURRENT => Self::sequence_value,
            K::SPECIFIC => Self::named_call,
            _ if word.is_reserved_function() && called => Self::named_call,
            _ => match word.class() {
                KeywordClass::ReservedVariable | KeywordClass::ReservedFunctionVariable => {
                    Self::context_variable
                }
                _ => return None,
            },
        })
    }

    /// `a.b`, `a.b.*`.
    fn column_name(&mut self) -> Parse<ExprKind> {
        let name = self.object_name()?;
        Ok(if self.eat_dot_star() { ExprKind::QualifiedWildcard(name) } else { ExprKind::Name(name) })
    }

    fn parameter(&mut self) -> Parse<ExprKind> {
        self.bump();
        let index = self.parameters;
        self.parameters += 1;
        Ok(ExprKind::Parameter(index))
    }

    fn period(&mut self) -> Parse<ExprKind> {
        self.bump();
        self.expect_symbol(Symbol::LeftParen)?;
        let mut values = vec![self.expr()?];
        self.expect_symbol(Symbol::Comma)?;
        values.push(self.expr()?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(ExprKind::Row(values))
    }

    fn new_object(&mut self) -> Parse<ExprKind> {
        self.bump();
        let name = self.object_name()?;
        self.routine_call(name, Context::SubQuery).map(ExprKind::New)
    }

    /// `NEXT VALUE FOR s`, `CURRENT VALUE FOR s`.
    fn sequence_value(&mut self) -> Parse<ExprKind> {
        let next = self.bump().kind == TokenKind::Keyword(K::NEXT);
        self.expect_all(&[K::VALUE, K::FOR])?;
        let name = self.object_name()?;
        Ok(if next { ExprKind::NextValue(name) } else { ExprKind::CurrentValue(name) })
    }

    /// `(a)`, `(a, b)`, `(query)`, `(a - b) DAY`.
    fn parenthesized(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        let mut values = self.parenthesized_values(context)?;
        if self.at_interval_qualifier() {
            let kind = self.minus_as_interval(start, values)?;
            return Ok(Expr::new(kind, self.span_from(start)));
        }
        match values.pop() {
            Some(only) if values.is_empty() => Ok(only),
            last => {
                values.extend(last);
                Ok(Expr::new(ExprKind::Row(values), self.span_from(start)))
            }
        }
    }

    /// The unit behind `(a - b)`.
    fn minus_as_interval(&mut self, start: u32, mut values: Vec<Expr>) -> Parse<ExprKind> {
        let qualifier = self.interval_qualifier()?;
        let only = values.pop().filter(|_| values.is_empty()).map(|only| only.kind);
        match only {
            Some(ExprKind::Binary { left, operator: BinaryOperator::Minus, right }) => {
                Ok(ExprKind::MinusAsInterval { left, right, qualifier })
            }
            _ => self.refuse(
                self.span_from(start),
                "a unit of time stands behind (a - b) only",
                Some("write INTERVAL (…) unit, or AS before a name"),
            ),
        }
    }

    /// `(a, b, …)`, where the first may be a query without parentheses of its own if the context takes queries in parentheses.
    pub(super) fn parenthesized_values(&mut self, context: Context) -> Parse<Vec<Expr>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let mut values = vec![self.first_value(context)?];
        while self.eat_symbol(Symbol::Comma) {
            values.push(self.expression(context)?);
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(values)
    }

    /// What stands right behind an opening parenthesis: an expression or a query.
    pub(super) fn first_value(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        Ok(match self.query_or_expr(context.parenthesized())? {
            QueryOrExpr::Query(query) => Expr::new(ExprKind::Subquery(query), self.span_from(start)),
            QueryOrExpr::Expr(expr) => expr,
        })
    }

    fn context_variable(&mut self) -> Parse<ExprKind> {
        let TokenKind::Keyword(word) = self.kind() else { return self.unexpected() };
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
        let qualifier = self.interval_qualifier_start()?;
        Ok(ExprKind::IntervalOf { negated: sign == Sign::Minus, value: Box::new(value), qualifier })
    }

    /// `ARRAY[…]`, `ARRAY(query)`.
    fn array(&mut self) -> Parse<ExprKind> {
        self.bump();
        if self.is_symbol(Symbol::LeftParen) {
            return self.query_in_parentheses().map(ExprKind::ArrayQuery);
        }
        self.bracketed_values(true).map(ExprKind::Array)
    }

    /// `MULTISET[…]`, `MULTISET(query)`.
    fn multiset(&mut self) -> Parse<ExprKind> {
        self.bump();
        if self.is_symbol(Symbol::LeftParen) {
            return self.leaf_query_in_parentheses().map(ExprKind::MultisetQuery);
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
        if self.is_symbol(Symbol::LeftParen) {
            return self.leaf_query_in_parentheses().map(ExprKind::MapQuery);
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
