//! MATCH_RECOGNIZE.

use super::super::ast::{
    AfterMatch, MatchRecognize, Measure, Pattern, PatternKind, PatternQuantifier, RowsPerMatch, Subset,
    VariableDefinition,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Expected, Parse, Parser};

impl Parser<'_> {
    pub(super) fn match_recognize(&mut self) -> Parse<Box<MatchRecognize>> {
        let start = self.bump().span.start;
        self.expect_symbol(Symbol::LeftParen)?;
        let partition_by = if self.eat(K::PARTITION) {
            self.expect(K::BY)?;
            self.exprs(Context::NonQuery)?
        } else {
            Vec::new()
        };
        let order_by = if self.is(K::ORDER) { self.order_by()? } else { Vec::new() };
        let measures = if self.eat(K::MEASURES) { self.comma_list(Self::measure)? } else { Vec::new() };
        let rows_per_match = if self.eat(K::ONE) {
            self.expect_all(&[K::ROW, K::PER, K::MATCH])?;
            Some(RowsPerMatch::One)
        } else if self.eat(K::ALL) {
            self.expect_all(&[K::ROWS, K::PER, K::MATCH])?;
            Some(RowsPerMatch::All)
        } else {
            None
        };
        let after_match = if self.eat(K::AFTER) { Some(self.after_match()?) } else { None };
        self.expect(K::PATTERN)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let anchored_start = self.eat_symbol(Symbol::Caret);
        let pattern = self.pattern()?;
        let anchored_end = self.eat_symbol(Symbol::Dollar);
        self.expect_symbol(Symbol::RightParen)?;
        let within = if self.eat(K::WITHIN) {
            let start = self.start();
            self.expect(K::INTERVAL)?;
            let sign = self.interval_sign();
            Some(self.interval_literal(start, sign)?)
        } else {
            None
        };
        let subsets = if self.eat(K::SUBSET) { self.comma_list(Self::subset)? } else { Vec::new() };
        self.expect(K::DEFINE)?;
        let define = self.comma_list(|p| {
            let variable = p.ident()?;
            p.expect(K::AS)?;
            Ok(VariableDefinition { variable, condition: p.expr()? })
        })?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Box::new(MatchRecognize {
            partition_by,
            order_by,
            measures,
            rows_per_match,
            after_match,
            anchored_start,
            pattern,
            anchored_end,
            within,
            subsets,
            define,
            span: self.span_from(start),
        }))
    }

    fn measure(&mut self) -> Parse<Measure> {
        let expr = self.expression(Context::NonQuery)?;
        self.expect(K::AS)?;
        Ok(Measure { expr, alias: self.ident()? })
    }

    fn after_match(&mut self) -> Parse<AfterMatch> {
        self.expect_all(&[K::MATCH, K::SKIP])?;
        if self.eat(K::PAST) {
            self.expect_all(&[K::LAST, K::ROW])?;
            return Ok(AfterMatch::PastLastRow);
        }
        self.expect(K::TO)?;
        if self.eat_all(&[K::NEXT, K::ROW]) {
            return Ok(AfterMatch::NextRow);
        }
        // FIRST and LAST can be names of variables, too.
        if self.nth_is(0, K::FIRST) && Self::names(self.nth_kind(1)) {
            self.bump();
            return self.ident().map(AfterMatch::First);
        }
        if self.nth_is(0, K::LAST) && Self::names(self.nth_kind(1)) {
            self.bump();
        }
        self.ident().map(AfterMatch::Last)
    }

    fn subset(&mut self) -> Parse<Subset> {
        let name = self.ident()?;
        self.expect_symbol(Symbol::Equal)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let variables = self.exprs(Context::NonQuery)?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Subset { name, variables })
    }

    // Patterns.

    /// `a | b`.
    fn pattern(&mut self) -> Parse<Pattern> {
        self.nest(|p| {
            let start = p.start();
            let first = p.pattern_sequence()?;
            if !p.is_symbol(Symbol::Bar) {
                return Ok(first);
            }
            let mut choices = vec![first];
            while p.eat_symbol(Symbol::Bar) {
                choices.push(p.pattern_sequence()?);
            }
            Ok(Pattern { kind: PatternKind::Alternation(choices), span: p.span_from(start) })
        })
    }

    /// `a b`.
    fn pattern_sequence(&mut self) -> Parse<Pattern> {
        let start = self.start();
        let mut parts = Vec::new();
        self.pattern_factor(&mut parts)?;
        while self.at_pattern() {
            self.pattern_factor(&mut parts)?;
        }
        match (parts.pop(), parts.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                parts.push(last);
                Ok(Pattern { kind: PatternKind::Sequence(parts), span: self.span_from(start) })
            }
            (None, _) => self.unexpected(),
        }
    }

    fn at_pattern(&mut self) -> bool {
        match self.kind() {
            TokenKind::Symbol(Symbol::LeftParen | Symbol::LeftBrace) | TokenKind::Keyword(K::PERMUTE) => true,
            kind => Self::names(kind),
        }
    }

    /// `a`, `a*`, `a{2,3}?`; and `a {- b -}`, which are two parts.
    fn pattern_factor(&mut self, parts: &mut Vec<Pattern>) -> Parse<()> {
        let start = self.start();
        let pattern = self.pattern_primary()?;
        let bounds = |min, max| Some(PatternQuantifier { min: Some(min), max });
        let quantifier = match self.kind() {
            TokenKind::Symbol(Symbol::Star) => bounds(0, None),
            TokenKind::Symbol(Symbol::Plus) => bounds(1, None),
            TokenKind::Symbol(Symbol::Question) => bounds(0, Some(1)),
            TokenKind::Symbol(Symbol::LeftBrace) if !self.nth_is_symbol(1, Symbol::Minus) => {
                self.bump();
                Some(self.pattern_bounds()?)
            }
            _ => None,
        };
        let Some(quantifier) = quantifier else {
            parts.push(pattern);
            return Ok(());
        };
        self.bump();
        let reluctant = self.eat_symbol(Symbol::Question) && quantifier.min != quantifier.max;
        let kind = PatternKind::Quantified { pattern: Box::new(pattern), quantifier, reluctant };
        parts.push(Pattern { kind, span: self.span_from(start) });
        Ok(())
    }

    /// `n}`, `n,}`, `n,m}`, `,m}`, without taking the brace.
    fn pattern_bounds(&mut self) -> Parse<PatternQuantifier> {
        let quantifier = if self.eat_symbol(Symbol::Comma) {
            PatternQuantifier { min: None, max: Some(self.unsigned_int()?) }
        } else {
            let min = self.unsigned_int()?;
            let max = if !self.eat_symbol(Symbol::Comma) {
                Some(min)
            } else if self.at_number() {
                Some(self.unsigned_int()?)
            } else {
                None
            };
            PatternQuantifier { min: Some(min), max }
        };
        if self.is_symbol(Symbol::RightBrace) { Ok(quantifier) } else { self.unexpected() }
    }

    fn pattern_primary(&mut self) -> Parse<Pattern> {
        let start = self.start();
        let kind = if self.eat_symbol(Symbol::LeftParen) {
            let pattern = self.pattern()?;
            self.expect_symbol(Symbol::RightParen)?;
            return Ok(pattern);
        } else if self.eat_symbol(Symbol::LeftBrace) {
            self.expect_symbol(Symbol::Minus)?;
            let pattern = self.pattern()?;
            self.expect_symbol(Symbol::Minus)?;
            self.expect_symbol(Symbol::RightBrace)?;
            PatternKind::Exclude(Box::new(pattern))
        } else if self.eat(K::PERMUTE) {
            PatternKind::Permute(self.parenthesized_list(Self::pattern)?)
        } else {
            self.want(Expected::Kind("a pattern"));
            PatternKind::Variable(self.ident()?)
        };
        Ok(Pattern { kind, span: self.span_from(start) })
    }
}
