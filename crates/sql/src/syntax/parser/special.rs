//! Functions with a syntax of their own.

use super::super::ast::{
    CastKind, Expr, ExprKind, FunctionCall, Ident, Literal, RoundingDirection, TimeUnitFunction, TrimSide,
    UnaryOperator,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::primary::Rule;
use super::{Expected, Parse, Parser};

impl Parser<'_> {
    /// The rule for a function whose syntax is its own, if one begins here.
    pub(super) fn special_rule(&mut self, word: K) -> Option<Rule<Self>> {
        if word == K::RUNNING || (word == K::FINAL && self.at_match_call()) {
            return Some(Self::match_semantics);
        }
        if word == K::MODEL && Self::names(self.nth_kind(1)) {
            return Some(Self::model);
        }
        if !self.nth_is_symbol(1, Symbol::LeftParen) {
            return None;
        }
        Some(match word {
            K::CAST | K::TRY_CAST => Self::cast,
            K::EXTRACT => Self::extract,
            K::POSITION => Self::position,
            K::CONVERT => Self::convert,
            K::TRANSLATE => Self::translate,
            K::OVERLAY => Self::overlay,
            K::FLOOR | K::CEIL | K::CEILING => Self::floor_ceil,
            K::SUBSTRING => Self::substring,
            K::TRIM => Self::trim,
            K::DATE | K::TIME | K::TIMESTAMP | K::DATETIME | K::TUMBLE | K::HOP | K::SESSION => {
                Self::plain_call
            }
            K::TIMESTAMPADD => Self::timestamp_add,
            K::TIMESTAMPDIFF => Self::timestamp_diff,
            K::DATE_DIFF
            | K::DATETIME_DIFF
            | K::TIMESTAMP_DIFF
            | K::TIME_DIFF
            | K::DATE_TRUNC
            | K::TIMESTAMP_TRUNC
            | K::TIME_TRUNC => Self::time_unit_call,
            K::CLASSIFIER | K::MATCH_NUMBER | K::FIRST | K::LAST | K::PREV | K::NEXT => Self::match_function,
            K::JSON_EXISTS => Self::json_exists,
            K::JSON_VALUE => Self::json_value,
            K::JSON_QUERY => Self::json_query,
            K::JSON_OBJECT => Self::json_object,
            K::JSON_OBJECTAGG => Self::json_object_agg,
            K::JSON_ARRAY => Self::json_array,
            K::JSON_ARRAYAGG => Self::json_array_agg,
            _ => return None,
        })
    }

    /// `MODEL m`.
    fn model(&mut self) -> Parse<ExprKind> {
        self.bump();
        self.object_name().map(ExprKind::Model)
    }

    /// Takes the function's word, and the parenthesis behind it.
    pub(super) fn open(&mut self) -> Parse<Ident> {
        let span = self.bump().span;
        self.expect_symbol(Symbol::LeftParen)?;
        Ok(self.ident_at(span))
    }

    pub(super) fn close(&mut self) -> Parse<()> {
        self.expect_symbol(Symbol::RightParen)
    }

    fn boxed(&mut self) -> Parse<Box<Expr>> {
        self.expr().map(Box::new)
    }

    fn cast(&mut self) -> Parse<ExprKind> {
        let kind = if self.nth_is(0, K::CAST) { CastKind::Cast } else { CastKind::TryCast };
        self.open()?;
        let operand = self.boxed()?;
        self.expect(K::AS)?;
        let target = Box::new(self.cast_target()?);
        self.close()?;
        Ok(ExprKind::Cast { kind, operand, target })
    }

    fn extract(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let unit = self.time_unit()?;
        self.expect(K::FROM)?;
        let from = self.boxed()?;
        self.close()?;
        Ok(ExprKind::Extract { unit, from })
    }

    fn position(&mut self) -> Parse<ExprKind> {
        self.open()?;
        // Not a whole expression, which would take the IN.
        let start = self.start();
        let needle = self.nest(|p| p.atom())?;
        let needle = Box::new(Expr::new(needle, self.span_from(start)));
        self.expect(K::IN)?;
        let haystack = self.boxed()?;
        let from = if self.eat(K::FROM) { Some(self.boxed()?) } else { None };
        self.close()?;
        Ok(ExprKind::Position { needle, haystack, from })
    }

    fn convert(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let operand = self.boxed()?;
        self.expect(K::USING)?;
        let charset = self.ident()?;
        self.close()?;
        Ok(ExprKind::ConvertUsing { operand, charset })
    }

    fn translate(&mut self) -> Parse<ExprKind> {
        let name = self.open()?;
        let operand = self.expr()?;
        if self.eat(K::USING) {
            let charset = self.ident()?;
            self.close()?;
            return Ok(ExprKind::TranslateUsing { operand: Box::new(operand), charset });
        }
        let mut values = vec![operand];
        while self.eat_symbol(Symbol::Comma) {
            values.push(self.expr()?);
        }
        self.close()?;
        Ok(ExprKind::Call(self.call_of(name, values)))
    }

    fn overlay(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let operand = self.boxed()?;
        self.expect(K::PLACING)?;
        let placing = self.boxed()?;
        self.expect(K::FROM)?;
        let from = self.boxed()?;
        let length = if self.eat(K::FOR) { Some(self.boxed()?) } else { None };
        self.close()?;
        Ok(ExprKind::Overlay { operand, placing, from, length })
    }

    /// `FLOOR(a)`, `FLOOR(a TO unit)`; OVER may stand behind both.
    fn floor_ceil(&mut self) -> Parse<ExprKind> {
        let direction =
            if self.nth_is(0, K::FLOOR) { RoundingDirection::Floor } else { RoundingDirection::Ceil };
        let name = self.open()?;
        let operand = self.boxed()?;
        if self.eat(K::TO) {
            let unit = self.time_unit()?;
            self.close()?;
            let over = if self.eat(K::OVER) { Some(Box::new(self.over()?)) } else { None };
            return Ok(ExprKind::RoundTo { direction, operand, unit, over });
        }
        self.close()?;
        let mut call = self.call_of(name, vec![*operand]);
        if self.eat(K::OVER) {
            call.over = Some(Box::new(self.over()?));
            call.span = self.span_from(call.span.start);
        }
        Ok(ExprKind::Call(call))
    }

    fn substring(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let operand = self.boxed()?;
        if !self.eat(K::FROM) {
            self.expect_symbol(Symbol::Comma)?;
        }
        let from = self.boxed()?;
        let length =
            if self.eat(K::FOR) || self.eat_symbol(Symbol::Comma) { Some(self.boxed()?) } else { None };
        self.close()?;
        Ok(ExprKind::Substring { operand, from, length })
    }

    fn trim(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let side = if self.eat(K::BOTH) {
            Some(TrimSide::Both)
        } else if self.eat(K::TRAILING) {
            Some(TrimSide::Trailing)
        } else if self.eat(K::LEADING) {
            Some(TrimSide::Leading)
        } else {
            None
        };
        let first = if self.is(K::FROM) { None } else { Some(self.boxed()?) };
        let span = self.nth(0).span;
        if self.eat(K::FROM) {
            if side.is_none() && first.is_none() {
                return self.refuse(
                    span,
                    "FROM without something before it",
                    Some("write TRIM(… FROM …) or TRIM(…)"),
                );
            }
            let from = self.boxed()?;
            self.close()?;
            return Ok(ExprKind::Trim { side: side.unwrap_or(TrimSide::Both), characters: first, from });
        }
        self.close()?;
        match first {
            Some(from) => Ok(ExprKind::Trim { side: side.unwrap_or(TrimSide::Both), characters: None, from }),
            None => self.unexpected(),
        }
    }

    /// A built-in function whose name is a keyword but whose arguments are those of any function.
    fn plain_call(&mut self) -> Parse<ExprKind> {
        let span = self.bump().span;
        let name = super::super::ast::ObjectName::simple(self.ident_at(span));
        let call = self.call_arguments(name, false)?;
        if call.star || call.arguments.is_empty() {
            return self.refuse(call.span, "this function needs arguments", None);
        }
        Ok(ExprKind::Call(call))
    }

    fn timestamp_add(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let unit = self.time_unit()?;
        self.expect_symbol(Symbol::Comma)?;
        let count = self.boxed()?;
        self.expect_symbol(Symbol::Comma)?;
        let operand = self.boxed()?;
        self.close()?;
        Ok(ExprKind::TimestampAdd { unit, count, operand })
    }

    fn timestamp_diff(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let unit = self.time_unit()?;
        self.expect_symbol(Symbol::Comma)?;
        let from = self.boxed()?;
        self.expect_symbol(Symbol::Comma)?;
        let to = self.boxed()?;
        self.close()?;
        Ok(ExprKind::TimestampDiff { unit, from, to })
    }

    fn time_unit_call(&mut self) -> Parse<ExprKind> {
        let (function, values) = match self.kind() {
            TokenKind::Keyword(K::DATE_DIFF) => (TimeUnitFunction::DateDiff, 2),
            TokenKind::Keyword(K::DATETIME_DIFF) => (TimeUnitFunction::DatetimeDiff, 2),
            TokenKind::Keyword(K::TIMESTAMP_DIFF) => (TimeUnitFunction::TimestampDiff, 2),
            TokenKind::Keyword(K::TIME_DIFF) => (TimeUnitFunction::TimeDiff, 2),
            TokenKind::Keyword(K::TIMESTAMP_TRUNC) => (TimeUnitFunction::TimestampTrunc, 1),
            TokenKind::Keyword(K::TIME_TRUNC) => (TimeUnitFunction::TimeTrunc, 1),
            _ => (TimeUnitFunction::DateTrunc, 1),
        };
        let name = self.open()?;
        let mut operands = Vec::new();
        for _ in 0..values {
            operands.push(self.expr()?);
            self.expect_symbol(Symbol::Comma)?;
        }
        // The second argument of DATE_TRUNC is a unit or, in another dialect's form, a value.
        let unit = if function != TimeUnitFunction::DateTrunc {
            Some(self.time_unit()?)
        } else {
            self.builtin_time_unit()?
        };
        let Some(unit) = unit else {
            operands.push(self.expr()?);
            self.close()?;
            return Ok(ExprKind::Call(self.call_of(name, operands)));
        };
        self.close()?;
        Ok(ExprKind::TimeUnitCall { function, operands, unit })
    }

    // MATCH_RECOGNIZE.

    /// Whether FINAL begins `FINAL f(…)`: a name or a function's word stands behind it.
    fn at_match_call(&mut self) -> bool {
        match self.nth_kind(1) {
            TokenKind::Keyword(word) => !word.is_reserved() || word.is_reserved_function(),
            kind => Self::names(kind),
        }
    }

    /// `RUNNING f(a)`, `FINAL f(a)`.
    fn match_semantics(&mut self) -> Parse<ExprKind> {
        let is_final = self.bump().kind == TokenKind::Keyword(K::FINAL);
        let start = self.start();
        let kind = match self.kind() {
            TokenKind::Keyword(K::FIRST | K::LAST) if self.nth_is_symbol(1, Symbol::LeftParen) => {
                self.match_function()?
            }
            _ => self.named_call()?,
        };
        let call = Box::new(Expr::new(kind, self.span_from(start)));
        Ok(ExprKind::MatchSemantics { is_final, call })
    }

    /// `CLASSIFIER()`, `MATCH_NUMBER()`, `FIRST(a, n)`, `LAST(a, n)`, `PREV(a, n)`, `NEXT(a, n)`.
    fn match_function(&mut self) -> Parse<ExprKind> {
        let without_arguments = self.nth_is(0, K::CLASSIFIER) || self.nth_is(0, K::MATCH_NUMBER);
        let name = self.open()?;
        let mut values = Vec::new();
        if !without_arguments {
            values.push(self.expr()?);
            if self.eat_symbol(Symbol::Comma) {
                values.push(self.signed_number()?);
            }
        }
        self.close()?;
        Ok(ExprKind::Call(self.call_of(name, values)))
    }

    /// A number, perhaps with a sign.
    pub(super) fn signed_number(&mut self) -> Parse<Expr> {
        let start = self.start();
        let operator = if self.eat_symbol(Symbol::Minus) {
            Some(UnaryOperator::Minus)
        } else {
            self.eat_symbol(Symbol::Plus);
            None
        };
        let number_start = self.start();
        let number = self.number()?;
        let number = Expr::new(ExprKind::Literal(Literal::Number(number)), self.span_from(number_start));
        Ok(match operator {
            Some(operator) => {
                Expr::new(ExprKind::Unary { operator, operand: Box::new(number) }, self.span_from(start))
            }
            None => number,
        })
    }

    // JDBC.

    /// `{fn f(a)}`.
    pub(super) fn jdbc_call(&mut self) -> Parse<ExprKind> {
        self.bump();
        let start = self.start();
        let is_call = self.nth_is_symbol(1, Symbol::LeftParen);
        let kind = match self.kind() {
            TokenKind::Keyword(K::CONVERT) => {
                self.open()?;
                let operand = self.boxed()?;
                self.expect_symbol(Symbol::Comma)?;
                let target = self.jdbc_type()?;
                self.close()?;
                self.expect_symbol(Symbol::RightBrace)?;
                return Ok(ExprKind::JdbcConvert { operand, target });
            }
            TokenKind::Keyword(K::TIMESTAMPADD) if is_call => self.timestamp_add()?,
            TokenKind::Keyword(K::TIMESTAMPDIFF) if is_call => self.timestamp_diff()?,
            TokenKind::Keyword(
                K::DATE_DIFF
                | K::DATETIME_DIFF
                | K::TIMESTAMP_DIFF
                | K::TIME_DIFF
                | K::DATE_TRUNC
                | K::TIMESTAMP_TRUNC
                | K::TIME_TRUNC,
            ) if is_call => self.time_unit_call()?,
            _ => ExprKind::Call(self.jdbc_named_call()?),
        };
        let call = Expr::new(kind, self.span_from(start));
        self.expect_symbol(Symbol::RightBrace)?;
        Ok(ExprKind::JdbcCall(Box::new(call)))
    }

    fn jdbc_named_call(&mut self) -> Parse<Box<FunctionCall>> {
        let name = match self.kind() {
            TokenKind::Keyword(word)
                if word.is_reserved_function() || matches!(word, K::INSERT | K::SUBSTRING) =>
            {
                let span = self.bump().span;
                self.ident_at(span)
            }
            _ => self.ident()?,
        };
        let mut call = self.empty_call(super::super::ast::ObjectName::simple(name));
        if self.nth_is_symbol(0, Symbol::LeftParen) && self.nth_is_symbol(1, Symbol::Star) {
            self.at += 2;
            self.close()?;
            call.star = true;
        } else if self.nth_is_symbol(0, Symbol::LeftParen) && self.nth_is_symbol(1, Symbol::RightParen) {
            self.at += 2;
        } else {
            let values = self.parenthesized_values(Context::SubQuery)?;
            call.arguments = self.call_of(call.name.last().clone(), values).arguments;
        }
        call.span = self.span_from(call.span.start);
        Ok(call)
    }

    /// `SQL_INTEGER`, `INTEGER`, ….
    fn jdbc_type(&mut self) -> Parse<String> {
        let token = self.nth(0);
        let text = self.text_of(token.span).to_ascii_uppercase();
        let TokenKind::Keyword(word) = token.kind else {
            self.want(Expected::Kind("a JDBC type"));
            return self.unexpected();
        };
        let known = matches!(
            word,
            K::CHAR
                | K::VARCHAR
                | K::DATE
                | K::TIME
                | K::TIMESTAMP
                | K::DECIMAL
                | K::NUMERIC
                | K::BOOLEAN
                | K::INTEGER
                | K::BINARY
                | K::VARBINARY
                | K::TINYINT
                | K::SMALLINT
                | K::BIGINT
                | K::REAL
                | K::DOUBLE
                | K::FLOAT
                | K::SQL_CHAR
                | K::SQL_VARCHAR
                | K::SQL_DATE
                | K::SQL_TIME
                | K::SQL_TIMESTAMP
                | K::SQL_DECIMAL
                | K::SQL_NUMERIC
                | K::SQL_BOOLEAN
                | K::SQL_INTEGER
                | K::SQL_BINARY
                | K::SQL_VARBINARY
                | K::SQL_TINYINT
                | K::SQL_SMALLINT
                | K::SQL_BIGINT
                | K::SQL_REAL
                | K::SQL_DOUBLE
                | K::SQL_FLOAT
        ) || text.starts_with("SQL_INTERVAL_");
        if !known {
            self.want(Expected::Kind("a JDBC type"));
            return self.unexpected();
        }
        self.bump();
        Ok(text)
    }
}
