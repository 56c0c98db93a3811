//! Prefix and infix operators.

use millstream_expr::Expr;

use super::{ExpressionBinder, literal, predicate, refuse_untyped_null};
use crate::error::{Error, Result};
use crate::syntax::ast::{self, BinaryOperator, ExprKind as Syntax, Literal, UnaryOperator};

impl ExpressionBinder<'_> {
    pub(super) fn bind_unary(&mut self, operator: UnaryOperator, operand: &ast::Expr) -> Result<Expr> {
        // A sign belongs to the number behind it: -2147483648 is an INT, 2147483648 is none.
        if let (UnaryOperator::Minus, Syntax::Literal(number @ Literal::Number(_))) =
            (operator, &operand.kind)
        {
            return literal::bind(number, self.context, true);
        }
        let bound = self.bind(operand)?;
        refuse_untyped_null(&bound).map_err(|error| error.at(operand.span))?;
        match operator {
            UnaryOperator::Exists | UnaryOperator::Unique => {
                Err(Error::invalid("EXISTS and UNIQUE go before a query in parentheses"))
            }
            UnaryOperator::Minus => self.operator("-", vec![bound]),
            UnaryOperator::Not => self.negate(bound),
            UnaryOperator::Plus
                if bound.data_type.kind.is_numeric() || bound.data_type.kind.is_interval() =>
            {
                Ok(bound)
            }
            UnaryOperator::Plus => {
                Err(Error::invalid(format!("+ goes before a number or an interval, not {}", bound.data_type)))
            }
        }
    }

    pub(super) fn bind_binary(
        &mut self,
        left: &ast::Expr,
        operator: BinaryOperator,
        right: &ast::Expr,
    ) -> Result<Expr> {
        let name = match operator {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "MOD",
            BinaryOperator::Concat => "||",
            BinaryOperator::Compare(comparison) => predicate::symbol(comparison),
            BinaryOperator::IsDistinctFrom => "IS DISTINCT FROM",
            BinaryOperator::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
            BinaryOperator::Contains
            | BinaryOperator::Overlaps
            | BinaryOperator::PeriodEquals
            | BinaryOperator::Precedes
            | BinaryOperator::Succeeds
            | BinaryOperator::ImmediatelyPrecedes
            | BinaryOperator::ImmediatelySucceeds => return self.bind_period(left, operator, right),
            BinaryOperator::MemberOf
            | BinaryOperator::SubmultisetOf
            | BinaryOperator::NotSubmultisetOf
            | BinaryOperator::MultisetUnion { .. }
            | BinaryOperator::MultisetIntersect { .. }
            | BinaryOperator::MultisetExcept { .. } => {
                return Err(Error::unsupported("operators on multisets are not supported"));
            }
        };
        let arguments = vec![self.bind(left)?, self.bind(right)?];
        self.operator(name, arguments)
    }
}
