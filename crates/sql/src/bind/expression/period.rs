//! OVERLAPS, CONTAINS, PRECEDES and their like, over pairs of two ends or of a start and a length.

use millstream_expr::types::least_restrictive;
use millstream_expr::{Expr, ExprKind};

use super::{ExpressionBinder, predicate};
use crate::error::{Error, Result};
use crate::syntax::ast::{self, BinaryOperator, ExprKind as Syntax};

/// A period by its earlier and later end.
struct Period {
    start: Expr,
    end: Expr,
}

impl ExpressionBinder<'_> {
    pub(super) fn bind_period(
        &mut self,
        left: &ast::Expr,
        operator: BinaryOperator,
        right: &ast::Expr,
    ) -> Result<Expr> {
        let (a, b) = (self.period(left)?, self.period(right)?);
        let compare = |name: &str, x: &Expr, y: &Expr| self.operator(name, vec![x.clone(), y.clone()]);
        let both = |x: Expr, y: Expr| predicate::all_of(vec![x, y]);
        Ok(match operator {
            BinaryOperator::Overlaps => {
                both(compare(">=", &a.end, &b.start)?, compare(">=", &b.end, &a.start)?)
            }
            BinaryOperator::Contains => {
                both(compare("<=", &a.start, &b.start)?, compare(">=", &a.end, &b.end)?)
            }
            BinaryOperator::PeriodEquals => {
                both(compare("=", &a.start, &b.start)?, compare("=", &a.end, &b.end)?)
            }
            BinaryOperator::Precedes => compare("<=", &a.end, &b.start)?,
            BinaryOperator::ImmediatelyPrecedes => compare("=", &a.end, &b.start)?,
            BinaryOperator::Succeeds => compare(">=", &a.start, &b.end)?,
            BinaryOperator::ImmediatelySucceeds => compare("=", &a.start, &b.end)?,
            _ => return Err(Error::internal("no operator of periods")),
        })
    }

    fn period(&mut self, written: &ast::Expr) -> Result<Period> {
        let (first, second) = match &written.kind {
            Syntax::Row(ends) => {
                let [first, second] = ends.as_slice() else {
                    return Err(Error::invalid("a period is a pair: (start, end) or (start, length)")
                        .at(written.span));
                };
                let (first, second) = (self.bind(first)?, self.bind(second)?);
                if second.data_type.kind.is_interval() {
                    let end = self.operator("+", vec![first.clone(), second])?;
                    (first, end)
                } else {
                    (first, second)
                }
            }
            _ => {
                let point = self.bind(written)?;
                (point.clone(), point)
            }
        };
        for end in [&first, &second] {
            if !end.data_type.kind.is_datetime() {
                let message =
                    format!("a period is made of dates, times or timestamps, not {}", end.data_type);
                return Err(Error::invalid(message).at(written.span));
            }
        }
        let in_order = self.operator("<=", vec![first.clone(), second.clone()])?;
        let data_type = least_restrictive([&first.data_type, &second.data_type]).ok_or_else(|| {
            let message = format!(
                "the ends of a period have types that do not mix: {}, {}",
                first.data_type, second.data_type
            );
            Error::invalid(message).at(written.span)
        })?;
        let cast = |end: &Expr| super::cast::implicit(end.clone(), &data_type, &self.context.time_zone);
        let either = |then: &Expr, otherwise: &Expr| Expr {
            data_type: data_type.clone(),
            kind: ExprKind::Case {
                branches: vec![(in_order.clone(), cast(then))],
                otherwise: Box::new(cast(otherwise)),
            },
        };
        Ok(Period { start: either(&first, &second), end: either(&second, &first) })
    }
}
