//! The functions of time that have units or words between their arguments.

use millstream_expr::types::Kind;
use millstream_expr::{CastMode, DataType, Expr};

use super::{ExpressionBinder, interval, word};
use crate::bind::data_type::bind_interval;
use crate::error::{Error, Result};
use crate::syntax::ast::{self, IntervalQualifier, RoundingDirection, TimeUnit};

impl ExpressionBinder<'_> {
    pub(super) fn bind_extract(&mut self, unit: &TimeUnit, from: &ast::Expr) -> Result<Expr> {
        let from = self.bind(from)?;
        self.operator("EXTRACT", vec![word(unit_name(unit)?), from])
    }

    pub(super) fn bind_round_to(
        &mut self,
        direction: RoundingDirection,
        operand: &ast::Expr,
        unit: &TimeUnit,
        over: bool,
    ) -> Result<Expr> {
        if over {
            return Err(Error::invalid("OVER goes with aggregate functions only"));
        }
        let name = match direction {
            RoundingDirection::Floor => "FLOOR",
            RoundingDirection::Ceil => "CEIL",
        };
        let operand = self.bind(operand)?;
        self.operator(name, vec![operand, word(unit_name(unit)?)])
    }

    pub(super) fn bind_timestamp_add(
        &mut self,
        unit: &TimeUnit,
        count: &ast::Expr,
        operand: &ast::Expr,
    ) -> Result<Expr> {
        let (count, operand) = (self.bind(count)?, self.bind(operand)?);
        self.operator("TIMESTAMPADD", vec![word(unit_name(unit)?), count, operand])
    }

    pub(super) fn bind_timestamp_diff(
        &mut self,
        unit: &TimeUnit,
        from: &ast::Expr,
        to: &ast::Expr,
    ) -> Result<Expr> {
        let (from, to) = (self.bind(from)?, self.bind(to)?);
        self.operator("TIMESTAMPDIFF", vec![word(unit_name(unit)?), from, to])
    }

    /// `(a - b) MONTH`, where whole months are counted as TIMESTAMPDIFF counts them, and `(a - b) SECOND`.
    pub(super) fn bind_minus_as_interval(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        qualifier: &IntervalQualifier,
    ) -> Result<Expr> {
        let kind = bind_interval(qualifier)?;
        let (left, right) = (self.bind(left)?, self.bind(right)?);
        let (a, b) = (&left.data_type, &right.data_type);
        if std::mem::discriminant(&a.kind) != std::mem::discriminant(&b.kind) {
            let message = format!(
                "both sides of this difference must be of one type, not {a} and {b}; cast one of them"
            );
            return Err(Error::invalid(message).at(qualifier.span));
        }
        if matches!(kind, Kind::IntervalDayTime(_)) {
            return self.operator("MINUS AS INTERVAL", vec![left, right]);
        }
        let months = self.operator("TIMESTAMPDIFF", vec![word("MONTH"), right, left])?;
        let data_type = DataType { kind: interval::months(), nullable: months.data_type.nullable };
        Ok(Expr::cast(months, data_type, CastMode::Implicit))
    }

    /// `INTERVAL n DAY`: so many times the unit.
    pub(super) fn bind_interval_of(
        &mut self,
        negated: bool,
        value: &ast::Expr,
        qualifier: &IntervalQualifier,
    ) -> Result<Expr> {
        let kind = bind_interval(qualifier)?;
        let unit = interval::unit(&kind).ok_or_else(|| {
            Error::invalid("a number of what? such an interval has one field only").at(qualifier.span)
        })?;
        let count = self.bind(value)?;
        if !count.data_type.kind.is_exact_numeric() {
            let message = format!("an INTERVAL counts by a whole number, not by {}", count.data_type);
            return Err(Error::invalid(message).at(value.span));
        }
        let count = if negated { self.operator("-", vec![count])? } else { count };
        self.operator("*", vec![Expr::literal(unit, kind), count])
    }
}

/// The name by which the registry knows a unit.
fn unit_name(unit: &TimeUnit) -> Result<&str> {
    Ok(match unit {
        TimeUnit::Nanosecond => "NANOSECOND",
        TimeUnit::Microsecond => "MICROSECOND",
        TimeUnit::Millisecond => "MILLISECOND",
        TimeUnit::Second => "SECOND",
        TimeUnit::Minute => "MINUTE",
        TimeUnit::Hour => "HOUR",
        TimeUnit::Day => "DAY",
        TimeUnit::DayOfWeek => "DOW",
        TimeUnit::DayOfYear => "DOY",
        TimeUnit::IsoDayOfWeek => "ISODOW",
        TimeUnit::IsoYear => "ISOYEAR",
        TimeUnit::Week => "WEEK",
        TimeUnit::Month => "MONTH",
        TimeUnit::Quarter => "QUARTER",
        TimeUnit::Year => "YEAR",
        TimeUnit::Epoch => "EPOCH",
        TimeUnit::Decade => "DECADE",
        TimeUnit::Century => "CENTURY",
        TimeUnit::Millennium => "MILLENNIUM",
        TimeUnit::WeekStarting(day) => {
            return Err(Error::unsupported(format!("WEEK({day}) is not supported; weeks begin on Monday")));
        }
        TimeUnit::Named(name) => jdbc_unit(name).ok_or_else(|| {
            let known = "YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, …";
            Error::invalid(format!("'{name}' is no unit of time; there are {known}"))
        })?,
    })
}

/// The units by their names of JDBC.
fn jdbc_unit(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_uppercase().strip_prefix("SQL_TSI_")? {
        "FRAC_SECOND" | "MICROSECOND" => "MICROSECOND",
        "SECOND" => "SECOND",
        "MINUTE" => "MINUTE",
        "HOUR" => "HOUR",
        "DAY" => "DAY",
        "WEEK" => "WEEK",
        "MONTH" => "MONTH",
        "QUARTER" => "QUARTER",
        "YEAR" => "YEAR",
        _ => return None,
    })
}
