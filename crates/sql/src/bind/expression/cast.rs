//! CAST, TRY_CAST, and the casts that the binder writes.

use std::sync::Arc;

use jiff::tz::TimeZone;
use millstream_expr::types::{DataType, Field, IntervalField, IntervalResolution, Kind, explicitly_castable};
use millstream_expr::{CastMode, Expr, ExprKind, Value};

use super::{ExpressionBinder, fold};
use crate::bind::data_type::bind_with_nullability;
use crate::error::{Error, Result};
use crate::syntax::ast::{self, CastKind};

impl ExpressionBinder<'_> {
    pub(super) fn bind_cast(
        &mut self,
        kind: CastKind,
        operand: &ast::Expr,
        target: &ast::DataType,
    ) -> Result<Expr> {
        let input = self.bind(operand)?;
        let to = bind_with_nullability(target, input.data_type.nullable || kind == CastKind::TryCast)?;
        let to = without_time_digits(to);
        if to.kind.is_interval() && input.data_type.kind.is_numeric() && input.as_literal().is_none() {
            return self.counted_interval(input, to, kind);
        }
        if kind == CastKind::TryCast {
            check_interval_tried(&input.data_type, &to)?;
        }
        explicit(input, to, kind)
    }

    /// An interval of a number that is no literal: Flink takes it for months or milliseconds, whatever the unit is.
    fn counted_interval(&self, input: Expr, to: DataType, kind: CastKind) -> Result<Expr> {
        check(&input.data_type, &to)?;
        if !input.data_type.kind.is_integer() {
            return Err(Error::invalid(format!(
                "a value of type {} cannot be cast to {to}; cast it to BIGINT first",
                input.data_type
            )));
        }
        let counted = match to.kind {
            Kind::IntervalYearMonth(_) => {
                let months = interval_of(IntervalResolution::Month);
                let months = DataType { kind: Kind::IntervalYearMonth(months), nullable: to.nullable };
                // The number of months keeps its value when its unit becomes another.
                return explicit(explicit(input, months, kind)?, to, CastKind::Cast);
            }
            _ => {
                let milli = Kind::IntervalDayTime(interval_of(IntervalResolution::Second));
                self.operator("*", vec![input, Expr::literal(Value::Milliseconds(1), milli)])?
            }
        };
        Ok(Expr { kind: counted.kind, data_type: to })
    }
}

/// Refuses TRY_CAST of intervals to numbers, but for months to whole numbers: Flink refuses it, too, or takes the milliseconds for
/// the number, whatever the unit is.
fn check_interval_tried(from: &DataType, to: &DataType) -> Result<()> {
    let taken = matches!((&from.kind, &to.kind), (Kind::IntervalYearMonth(_), Kind::Int | Kind::BigInt));
    if from.kind.is_interval() && to.kind.is_numeric() && !taken {
        return Err(Error::invalid(format!("TRY_CAST of {from} to {to} is not supported; use CAST")));
    }
    Ok(())
}

fn interval_of(resolution: IntervalResolution) -> IntervalField {
    IntervalField { resolution, precision: 2, fraction: 3 }
}

/// CAST or TRY_CAST to `data_type`, which may be NULL where the input or TRY_CAST is.
fn explicit(input: Expr, data_type: DataType, kind: CastKind) -> Result<Expr> {
    check(&input.data_type, &data_type)?;
    if let Some(Value::Null) = input.as_literal() {
        return Ok(Expr { kind: ExprKind::Literal(Value::Null), data_type: data_type.with_nullable(true) });
    }
    let mode = match kind {
        CastKind::Cast => CastMode::Fail,
        CastKind::TryCast => CastMode::Null,
    };
    if input.data_type.kind == data_type.kind {
        // Nothing to convert; TRY_CAST alone makes the type nullable.
        return Ok(Expr { kind: input.kind, data_type });
    }
    Ok(Expr::cast(input, data_type, mode))
}

/// Whether a cast is one that Flink allows.
pub(super) fn check(from: &DataType, to: &DataType) -> Result<()> {
    if explicitly_castable(from, to) {
        return Ok(());
    }
    let advice = match (&from.kind, &to.kind) {
        (number, Kind::Timestamp { .. }) if number.is_numeric() => {
            "; use TO_TIMESTAMP(FROM_UNIXTIME(n)), where n counts seconds"
        }
        (number, Kind::TimestampLtz { .. }) if number.is_numeric() => "; use TO_TIMESTAMP_LTZ(n, precision)",
        (Kind::Timestamp { .. }, number) if number.is_numeric() => "; use UNIX_TIMESTAMP(CAST(t AS STRING))",
        _ => "",
    };
    Err(Error::invalid(format!("a value of type {from} cannot be cast to {to}{advice}")))
}

/// `expr` as a value of `wanted`'s kind, by a cast that the user has not written; a literal becomes a literal. What may be NULL
/// stays as it is.
pub(super) fn implicit(expr: Expr, wanted: &DataType, time_zone: &TimeZone) -> Expr {
    if expr.data_type.same_kind(wanted) || wanted.kind == Kind::Null {
        return expr;
    }
    let data_type = DataType { kind: wanted.kind.clone(), nullable: expr.data_type.nullable };
    if let Some(Value::Null) = expr.as_literal() {
        return Expr { kind: ExprKind::Literal(Value::Null), data_type };
    }
    let is_literal = expr.as_literal().is_some();
    let cast = Expr::cast(expr, data_type, CastMode::Implicit);
    if is_literal { fold::fold_whole(cast, time_zone) } else { cast }
}

/// Whether one side of `=` is a string, and no literal, that is read as a date or time because the other side is one.
pub(super) fn compares_text_with_time(left: &Expr, right: &Expr) -> bool {
    let reads = |text: &Expr, time: &Expr| {
        text.data_type.kind.is_character() && text.as_literal().is_none() && time.data_type.kind.is_datetime()
    };
    reads(left, right) || reads(right, left)
}

/// The sides of such an `=`. A string that is no date or time is NULL, so that no row fails, as in Flink. (A literal that is none
/// fails nevertheless.)
pub(super) fn texts_as_times(left: Expr, right: Expr) -> Vec<Expr> {
    let (left_type, right_type) = (left.data_type.clone(), right.data_type.clone());
    let read = |side: Expr, other: DataType| {
        if side.data_type.kind.is_character() {
            Expr::cast(side, other.with_nullable(true), CastMode::Read)
        } else {
            side
        }
    };
    vec![read(left, right_type), read(right, left_type)]
}

/// Flink's planner keeps no digits of TIME in types: they print without.
fn without_time_digits(data_type: DataType) -> DataType {
    let inner = |part: &Arc<DataType>| Arc::new(without_time_digits(DataType::clone(part)));
    let kind = match &data_type.kind {
        Kind::Time { .. } => Kind::Time { precision: 0 },
        Kind::Array(element) => Kind::Array(inner(element)),
        Kind::Multiset(element) => Kind::Multiset(inner(element)),
        Kind::Map(key, value) => Kind::Map(inner(key), inner(value)),
        Kind::Row(fields) => Kind::Row(
            fields
                .iter()
                .map(|f| Field::new(f.name.clone(), without_time_digits(f.data_type.clone())))
                .collect(),
        ),
        _ => return data_type,
    };
    DataType { kind, nullable: data_type.nullable }
}
