//! Operators, by precedence climbing.
//!
//! Each operator has a left and a right precedence; an operator takes its left side from what has been read if its left precedence is at least
//! the right precedence of the operator before. The numbers are Calcite's, so that the same text makes the same tree.

use super::super::ast::{
    BinaryOperator as B, Comparison, Expr, ExprKind, IsTest, LikeKind, ObjectName, QuantifiedOperand,
    Quantifier, UnaryOperator,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Expected, Parse, Parser};

const OPERATOR: Expected = Expected::Kind("an operator");

const OR: u8 = 22;
const AND: u8 = 24;
const NOT: u8 = 26;
const IS: u8 = 28;
const COMPARISON: u8 = 30;
const MATCH: u8 = 32;
const EXISTS: u8 = 40;
const ADDITIVE: u8 = 40;
const MULTIPLICATIVE: u8 = 60;
const SIGN: u8 = 80;
const ACCESS: u8 = 100;

/// An operator behind an operand.
enum Infix {
    Binary(B),
    And,
    Or,
    In { negated: bool },
    Quantified(Comparison, Quantifier),
    Between { negated: bool },
    Like { kind: LikeKind, negated: bool },
    Is { test: IsTest, negated: bool },
    FormatJson,
    Item,
}

/// An operator with its precedences and how many tokens write it.
struct Operator {
    infix: Infix,
    left: u8,
    right: u8,
    tokens: usize,
}

impl Operator {
    /// An infix operator that associates to the left.
    fn binary(operator: B, precedence: u8, tokens: usize) -> Option<Self> {
        Some(Self { infix: Infix::Binary(operator), left: precedence, right: precedence + 1, tokens })
    }

    fn compare(comparison: Comparison) -> Option<Self> {
        Self::binary(B::Compare(comparison), COMPARISON, 1)
    }

    fn other(infix: Infix, left: u8, right: u8, tokens: usize) -> Option<Self> {
        Some(Self { infix, left, right, tokens })
    }
}

/// What a climb stops at and takes.
#[derive(Clone, Copy)]
pub(super) struct Climb {
    /// Operators with a lower left precedence are left alone.
    minimum: u8,
    /// AND is left alone: it belongs to the BETWEEN around.
    stop_at_and: bool,
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self, context: Context) -> Parse<Expr> {
        self.climb(Climb { minimum: 0, stop_at_and: false }, context)
    }

    /// An expression where queries need parentheses: the common case.
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.expression(Context::SubQuery)
    }

    /// Expressions between commas.
    pub(super) fn exprs(&mut self, context: Context) -> Parse<Vec<Expr>> {
        let mut list = vec![self.expression(context)?];
        while self.eat_symbol(Symbol::Comma) {
            list.push(self.expression(Context::SubQuery)?);
        }
        Ok(list)
    }

    fn climb(&mut self, climb: Climb, context: Context) -> Parse<Expr> {
        self.nest(|p| {
            let start = p.start();
            let mut left = p.prefixed(climb, context)?;
            // Whether `left` is an AND or OR whose operands are being collected.
            let mut open = false;
            loop {
                p.want(OPERATOR);
                match p.operator()? {
                    Some(operator) if p.takes(&operator, climb) => {
                        left = p.step(operator, climb, start, left, &mut open)?;
                    }
                    _ => return Ok(left),
                }
            }
        })
    }

    /// Whether an operator belongs to this climb.
    fn takes(&self, operator: &Operator, climb: Climb) -> bool {
        operator.left >= climb.minimum && !(climb.stop_at_and && matches!(operator.infix, Infix::And))
    }

    /// Takes an operator and its right side.
    fn step(
        &mut self,
        operator: Operator,
        climb: Climb,
        start: u32,
        left: Expr,
        open: &mut bool,
    ) -> Parse<Expr> {
        self.at += operator.tokens;
        let right = Climb { minimum: operator.right, ..climb };
        if let Infix::And | Infix::Or = operator.infix {
            let is_and = matches!(operator.infix, Infix::And);
            let operand = self.climb(right, Context::SubQuery)?;
            if !*open || matches!(left.kind, ExprKind::And(_)) != is_and {
                self.grow()?;
            }
            let kind = joined(left, operand, is_and, open);
            return Ok(Expr::new(kind, self.span_from(start)));
        }
        *open = false;
        self.grow()?;
        let kind = self.apply(operator.infix, left, right)?;
        self.item_fields(Expr::new(kind, self.span_from(start)))
    }

    /// An operand with the operators before it.
    fn prefixed(&mut self, climb: Climb, context: Context) -> Parse<Expr> {
        let (operator, precedence) = match self.kind() {
            TokenKind::Symbol(Symbol::Plus) => (UnaryOperator::Plus, SIGN),
            TokenKind::Symbol(Symbol::Minus) => (UnaryOperator::Minus, SIGN),
            TokenKind::Keyword(K::NOT) => (UnaryOperator::Not, NOT),
            TokenKind::Keyword(K::EXISTS) => (UnaryOperator::Exists, EXISTS),
            TokenKind::Keyword(K::UNIQUE) => (UnaryOperator::Unique, EXISTS),
            _ => return self.accessed(context),
        };
        let start = self.bump().span.start;
        let operand = self.climb(Climb { minimum: precedence, ..climb }, context)?;
        Ok(Expr::new(unary(operator, operand), self.span_from(start)))
    }

    /// An operand with the `.field`s and `.method(…)`s behind it.
    fn accessed(&mut self, context: Context) -> Parse<Expr> {
        let start = self.start();
        let base = self.primary(context)?;
        if self.nth_is_symbol(0, Symbol::Dot) { self.fields(start, base) } else { Ok(base) }
    }

    fn fields(&mut self, start: u32, mut base: Expr) -> Parse<Expr> {
        while self.nth_is_symbol(0, Symbol::Dot) && Self::names(self.nth_kind(1)) {
            self.bump();
            self.grow()?;
            let field = self.ident()?;
            let kind = if self.nth_is_symbol(0, Symbol::LeftParen) {
                let call = self.call_arguments(ObjectName::simple(field), false)?;
                ExprKind::Method { base: Box::new(base), call }
            } else {
                ExprKind::Field { base: Box::new(base), field }
            };
            base = Expr::new(kind, self.span_from(start));
        }
        Ok(base)
    }

    /// The operator that comes next, if one does.
    fn operator(&mut self) -> Parse<Option<Operator>> {
        Ok(match self.kind() {
            TokenKind::Symbol(symbol) => return self.sign_operator(symbol),
            TokenKind::Keyword(word) => self.word_operator(word, 0),
            _ => None,
        })
    }

    fn sign_operator(&mut self, symbol: Symbol) -> Parse<Option<Operator>> {
        let comparison = match symbol {
            Symbol::Equal => Comparison::Equal,
            Symbol::NotEqual => Comparison::NotEqual,
            Symbol::Less => Comparison::Less,
            Symbol::LessOrEqual => Comparison::LessOrEqual,
            Symbol::Greater => Comparison::Greater,
            Symbol::GreaterOrEqual => Comparison::GreaterOrEqual,
            Symbol::BangEqual => {
                let span = self.nth(0).span;
                return self.refuse(span, "Flink does not take !=", Some("use <>"));
            }
            _ => {
                return Ok(match symbol {
                    Symbol::Plus => Operator::binary(B::Plus, ADDITIVE, 1),
                    Symbol::Minus => Operator::binary(B::Minus, ADDITIVE, 1),
                    Symbol::Star => Operator::binary(B::Multiply, MULTIPLICATIVE, 1),
                    Symbol::Slash => Operator::binary(B::Divide, MULTIPLICATIVE, 1),
                    Symbol::Percent => Operator::binary(B::Modulo, MULTIPLICATIVE, 1),
                    Symbol::Concat => Operator::binary(B::Concat, MULTIPLICATIVE, 1),
                    Symbol::LeftBracket => Operator::other(Infix::Item, ACCESS, 0, 1),
                    _ => None,
                });
            }
        };
        let quantifier = match self.nth_kind(1) {
            TokenKind::Keyword(K::SOME | K::ANY) => Quantifier::Some,
            TokenKind::Keyword(K::ALL) => Quantifier::All,
            _ => return Ok(Operator::compare(comparison)),
        };
        let infix = Infix::Quantified(comparison, quantifier);
        Ok(Operator::other(infix, MATCH, MATCH + 1, 2))
    }

    /// The operator that a word begins, `ahead` tokens behind the next one (1 behind NOT).
    fn word_operator(&mut self, word: K, ahead: usize) -> Option<Operator> {
        let negated = ahead > 0;
        let tokens = ahead + 1;
        let like = |kind, tokens| Operator::other(Infix::Like { kind, negated }, MATCH + 1, MATCH, tokens);
        match word {
            K::IN => Operator::other(Infix::In { negated }, MATCH, MATCH + 1, tokens),
            K::BETWEEN => Operator::other(Infix::Between { negated }, MATCH, MATCH + 1, tokens),
            K::LIKE => like(LikeKind::Like, tokens),
            K::ILIKE => like(LikeKind::ILike, tokens),
            K::RLIKE => like(LikeKind::RLike, tokens),
            K::SIMILAR if self.nth_is(tokens, K::TO) => like(LikeKind::Similar, tokens + 1),
            K::SUBMULTISET if self.nth_is(tokens, K::OF) => {
                let operator = if negated { B::NotSubmultisetOf } else { B::SubmultisetOf };
                Operator::binary(operator, COMPARISON, tokens + 1)
            }
            _ if negated => None,
            K::NOT => match self.nth_kind(1) {
                TokenKind::Keyword(next) => self.word_operator(next, 1),
                _ => None,
            },
            K::AND => Operator::other(Infix::And, AND, AND + 1, 1),
            K::OR => Operator::other(Infix::Or, OR, OR + 1, 1),
            K::IS => self.is_operator(),
            K::FORMAT if self.nth_is(1, K::JSON) => {
                let encoded = self.nth_is(2, K::ENCODING)
                    && matches!(self.nth_kind(3), TokenKind::Keyword(K::UTF8 | K::UTF16 | K::UTF32));
                Operator::other(Infix::FormatJson, IS, 0, if encoded { 4 } else { 2 })
            }
            K::MEMBER if self.nth_is(1, K::OF) => Operator::binary(B::MemberOf, COMPARISON, 2),
            K::CONTAINS => Operator::binary(B::Contains, COMPARISON, 1),
            K::OVERLAPS => Operator::binary(B::Overlaps, COMPARISON, 1),
            K::EQUALS => Operator::binary(B::PeriodEquals, COMPARISON, 1),
            K::PRECEDES => Operator::binary(B::Precedes, COMPARISON, 1),
            K::SUCCEEDS => Operator::binary(B::Succeeds, COMPARISON, 1),
            K::IMMEDIATELY if self.nth_is(1, K::PRECEDES) => {
                Operator::binary(B::ImmediatelyPrecedes, COMPARISON, 2)
            }
            K::IMMEDIATELY if self.nth_is(1, K::SUCCEEDS) => {
                Operator::binary(B::ImmediatelySucceeds, COMPARISON, 2)
            }
            K::MULTISET => self.multiset_operator(),
            _ => None,
        }
    }

    fn multiset_operator(&mut self) -> Option<Operator> {
        let distinct = self.nth_is(2, K::DISTINCT);
        let tokens = if distinct || self.nth_is(2, K::ALL) { 3 } else { 2 };
        match self.nth_kind(1) {
            TokenKind::Keyword(K::UNION) => Operator::binary(B::MultisetUnion { distinct }, 14, tokens),
            TokenKind::Keyword(K::INTERSECT) => {
                Operator::binary(B::MultisetIntersect { distinct }, 16, tokens)
            }
            TokenKind::Keyword(K::EXCEPT) => Operator::binary(B::MultisetExcept { distinct }, 14, tokens),
            _ => None,
        }
    }

    /// `IS [NOT] …`.
    fn is_operator(&mut self) -> Option<Operator> {
        let negated = self.nth_is(1, K::NOT);
        let at = if negated { 2 } else { 1 };
        let TokenKind::Keyword(word) = self.nth_kind(at) else { return None };
        let next = self.nth_kind(at + 1);
        let (test, tokens) = match (word, next) {
            (K::DISTINCT, TokenKind::Keyword(K::FROM)) => {
                let operator = if negated { B::IsNotDistinctFrom } else { B::IsDistinctFrom };
                return Operator::binary(operator, COMPARISON, at + 2);
            }
            (K::NULL, _) => (IsTest::Null, 1),
            (K::TRUE, _) => (IsTest::True, 1),
            (K::FALSE, _) => (IsTest::False, 1),
            (K::UNKNOWN, _) => (IsTest::Unknown, 1),
            (K::EMPTY, _) => (IsTest::Empty, 1),
            (K::A, TokenKind::Keyword(K::SET)) => (IsTest::ASet, 2),
            (K::JSON, TokenKind::Keyword(K::VALUE)) => (IsTest::JsonValue, 2),
            (K::JSON, TokenKind::Keyword(K::OBJECT)) => (IsTest::JsonObject, 2),
            (K::JSON, TokenKind::Keyword(K::ARRAY)) => (IsTest::JsonArray, 2),
            (K::JSON, TokenKind::Keyword(K::SCALAR)) => (IsTest::JsonScalar, 2),
            (K::JSON, _) => (IsTest::JsonValue, 1),
            _ => return None,
        };
        Operator::other(Infix::Is { test, negated }, IS, 0, at + tokens)
    }

    /// Reads what stands behind an operator, and makes the node. (Small functions, because this is where the parser recurses.)
    fn apply(&mut self, infix: Infix, left: Expr, right: Climb) -> Parse<ExprKind> {
        let operand = Box::new(left);
        match infix {
            Infix::Binary(operator) => self.right_side(operand, operator, right),
            Infix::In { negated } => self.in_list(operand, negated),
            Infix::Quantified(comparison, quantifier) => {
                let among = self.list_or_query()?;
                Ok(ExprKind::Quantified { operand, comparison, quantifier, among })
            }
            Infix::Between { negated } => self.between(operand, negated, right),
            Infix::Like { kind, negated } => self.like(operand, kind, negated, right),
            Infix::Is { test, negated } => Ok(ExprKind::Is { operand, test, negated }),
            Infix::FormatJson => Ok(ExprKind::FormatJson(operand)),
            Infix::Item => self.item(operand),
            // Read by `climb` itself.
            Infix::And | Infix::Or => Ok(operand.kind),
        }
    }

    fn right_side(&mut self, left: Box<Expr>, operator: B, right: Climb) -> Parse<ExprKind> {
        let right = Box::new(self.climb(right, Context::SubQuery)?);
        Ok(ExprKind::Binary { left, operator, right })
    }

    fn in_list(&mut self, operand: Box<Expr>, negated: bool) -> Parse<ExprKind> {
        Ok(match self.list_or_query()? {
            QuantifiedOperand::List(list) => ExprKind::InList { operand, list, negated },
            QuantifiedOperand::Query(query) => ExprKind::InQuery { operand, query, negated },
        })
    }

    fn between(&mut self, operand: Box<Expr>, negated: bool, right: Climb) -> Parse<ExprKind> {
        let symmetric = self.eat(K::SYMMETRIC);
        if !symmetric {
            self.eat(K::ASYMMETRIC);
        }
        let low = Box::new(self.climb(Climb { minimum: 0, stop_at_and: true }, Context::SubQuery)?);
        self.expect(K::AND)?;
        let high = Box::new(self.climb(right, Context::SubQuery)?);
        Ok(ExprKind::Between { operand, low, high, symmetric, negated })
    }

    fn like(&mut self, operand: Box<Expr>, kind: LikeKind, negated: bool, right: Climb) -> Parse<ExprKind> {
        let pattern = Box::new(self.climb(right, Context::SubQuery)?);
        let escape =
            if self.eat(K::ESCAPE) { Some(Box::new(self.climb(right, Context::SubQuery)?)) } else { None };
        Ok(ExprKind::Like { kind, operand, pattern, escape, negated })
    }

    fn item(&mut self, base: Box<Expr>) -> Parse<ExprKind> {
        let index = Box::new(self.expr()?);
        self.expect_symbol(Symbol::RightBracket)?;
        Ok(ExprKind::Item { base, index })
    }

    /// The `.field`s behind `a[i]`.
    fn item_fields(&mut self, mut base: Expr) -> Parse<Expr> {
        let start = base.span.start;
        while matches!(base.kind, ExprKind::Item { .. } | ExprKind::Field { .. })
            && self.nth_is_symbol(0, Symbol::Dot)
            && Self::names(self.nth_kind(1))
        {
            self.bump();
            self.grow()?;
            let field = self.ident()?;
            base = Expr::new(ExprKind::Field { base: Box::new(base), field }, self.span_from(start));
        }
        Ok(base)
    }

    /// `(a, b, …)` or `(query)`, behind IN, ANY and ALL.
    fn list_or_query(&mut self) -> Parse<QuantifiedOperand> {
        let mut list = self.parenthesized_values(Context::NonCursor)?;
        if list.len() == 1
            && let Some(Expr { kind: ExprKind::Subquery(query), .. }) =
                list.pop_if(|only| matches!(only.kind, ExprKind::Subquery(_)))
        {
            return Ok(QuantifiedOperand::Query(query));
        }
        Ok(QuantifiedOperand::List(list))
    }
}

fn unary(operator: UnaryOperator, operand: Expr) -> ExprKind {
    match (operator, operand.kind) {
        (UnaryOperator::Exists, ExprKind::Subquery(query)) => ExprKind::Exists(query),
        (UnaryOperator::Unique, ExprKind::Subquery(query)) => ExprKind::Unique(query),
        (operator, kind) => ExprKind::Unary { operator, operand: Box::new(Expr::new(kind, operand.span)) },
    }
}

/// `left AND right`, `left OR right`, flat where `left` is one of the same kind that is still open.
fn joined(left: Expr, right: Expr, is_and: bool, open: &mut bool) -> ExprKind {
    let was_open = std::mem::replace(open, true);
    match (left.kind, is_and) {
        (ExprKind::And(mut operands), true) if was_open => {
            operands.push(right);
            ExprKind::And(operands)
        }
        (ExprKind::Or(mut operands), false) if was_open => {
            operands.push(right);
            ExprKind::Or(operands)
        }
        (kind, is_and) => {
            let operands = vec![Expr::new(kind, left.span), right];
            if is_and { ExprKind::And(operands) } else { ExprKind::Or(operands) }
        }
    }
}
