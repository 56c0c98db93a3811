//! Predicates with a syntax of their own: IS, IN, BETWEEN, LIKE, comparisons with SOME and ALL.

use millstream_expr::types::{DataType, Kind, least_restrictive};
use millstream_expr::{Expr, ExprKind};

use super::{ExpressionBinder, cast, fold, like_name};
use crate::error::{Error, Result};
use crate::syntax::ast::{self, Comparison, IsTest, LikeKind, QuantifiedOperand, Quantifier};

impl ExpressionBinder<'_> {
    pub(super) fn bind_is(&mut self, operand: &ast::Expr, test: IsTest, negated: bool) -> Result<Expr> {
        let bound = self.bind(operand)?;
        let boolean = |bound: &Expr, name: &str| match bound.data_type.kind {
            Kind::Boolean => Ok(()),
            _ => Err(Error::invalid(format!("IS {name} tests a BOOLEAN, not {}", bound.data_type))),
        };
        let json = |name: &str| -> Result<Expr> {
            let test = self.operator(name, vec![bound.clone()])?;
            if negated { self.negate(test) } else { Ok(test) }
        };
        match test {
            IsTest::Null => self.operator(if negated { "IS NOT NULL" } else { "IS NULL" }, vec![bound]),
            IsTest::Unknown => {
                boolean(&bound, "UNKNOWN")?;
                self.operator(if negated { "IS NOT NULL" } else { "IS NULL" }, vec![bound])
            }
            IsTest::True => {
                boolean(&bound, "TRUE")?;
                self.operator(if negated { "IS NOT TRUE" } else { "IS TRUE" }, vec![bound])
            }
            IsTest::False => {
                boolean(&bound, "FALSE")?;
                self.operator(if negated { "IS NOT FALSE" } else { "IS FALSE" }, vec![bound])
            }
            IsTest::JsonValue => json("IS JSON VALUE"),
            IsTest::JsonObject => json("IS JSON OBJECT"),
            IsTest::JsonArray => json("IS JSON ARRAY"),
            IsTest::JsonScalar => json("IS JSON SCALAR"),
            IsTest::ASet | IsTest::Empty => {
                Err(Error::unsupported("tests of multisets are not supported; compare CARDINALITY(m)"))
            }
        }
    }

    pub(super) fn negate(&self, condition: Expr) -> Result<Expr> {
        self.operator("NOT", vec![condition])
    }

    pub(super) fn bind_in(&mut self, operand: &ast::Expr, list: &[ast::Expr], negated: bool) -> Result<Expr> {
        let value = self.bind(operand)?;
        let mut members = self.bind_all(list)?;
        // What the members have in common counts, the value's own type only where they are compared with it.
        let common = least_restrictive(members.iter().map(|member| &member.data_type));
        let only_nulls = members.iter().all(|member| member.data_type.kind == Kind::Null);
        if common.is_none() && !only_nulls {
            return Err(Error::invalid("the members of this list have types that do not mix"));
        }
        let member_type = self.member_type(&value.data_type, common.as_ref())?;
        if is_decimal(&value.data_type) && members.iter().any(|m| !holds_both(&value.data_type, &m.data_type))
        {
            let tests = members.into_iter().map(|member| self.equals_member(&value, member));
            let found = any_of(tests.collect::<Result<_>>()?);
            return if negated { self.negate(found) } else { Ok(found) };
        }
        for member in &mut members {
            let taken = std::mem::replace(member, Expr::literal(millstream_expr::Value::Null, Kind::Null));
            // What Flink casts to a CHAR is cut to its length.
            let cut = matches!(
                (&value.data_type.kind, &taken.data_type.kind),
                (Kind::Char { .. }, Kind::VarChar { .. })
            );
            let to = if cut { &value.data_type } else { &member_type };
            let cast = cast::implicit(taken, to, &self.context.time_zone);
            *member = fold::fold_constants(cast, &self.context.time_zone);
        }
        let value = match member_type.kind.length() {
            // Strings compare whatever their length.
            Some(_) => value,
            None => cast::implicit(value, &member_type, &self.context.time_zone),
        };
        let constant = members.iter().all(|member| member.as_literal().is_some());
        let found = if constant && value.data_type.kind.has_order() {
            let arguments = std::iter::once(value).chain(members).collect();
            self.operator("IN", arguments)?
        } else {
            let tests = members.into_iter().map(|member| self.operator("=", vec![value.clone(), member]));
            any_of(tests.collect::<Result<_>>()?)
        };
        if negated { self.negate(found) } else { Ok(found) }
    }

    /// Whether a DECIMAL is this member of an IN list in which no DECIMAL holds both sides of each comparison: unlike `=`, IN compares
    /// DECIMALs exactly then, and an approximate member as the value's own type.
    fn equals_member(&self, value: &Expr, member: Expr) -> Result<Expr> {
        if is_decimal(&member.data_type) {
            let at_least = self.operator(">=", vec![value.clone(), member.clone()])?;
            let at_most = self.operator("<=", vec![value.clone(), member])?;
            return Ok(junction(vec![at_least, at_most], ExprKind::And));
        }
        let member = cast::implicit(member, &value.data_type, &self.context.time_zone);
        self.operator("=", vec![value.clone(), member])
    }

    /// To what the members of an IN list are cast: to the value's type, as Flink does (so `2 IN (2.5)` is TRUE there and here),
    /// unless both differ in lengths and digits only; then to what holds both.
    fn member_type(&self, value: &DataType, common: Option<&DataType>) -> Result<DataType> {
        let Some(common) = common else { return Ok(value.clone()) };
        if value.kind == Kind::Null {
            return Ok(common.clone());
        }
        if std::mem::discriminant(&value.kind) == std::mem::discriminant(&common.kind)
            || value.kind.is_character() && common.kind.is_character()
            || value.kind.is_binary() && common.kind.is_binary()
        {
            return least_restrictive([value, common]).ok_or_else(|| mismatch(value, common));
        }
        cast::check(common, value).map_err(|_| mismatch(value, common))?;
        Ok(value.clone())
    }

    pub(super) fn bind_between(
        &mut self,
        operand: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        symmetric: bool,
        negated: bool,
    ) -> Result<Expr> {
        let value = self.bind(operand)?;
        let (low, high) = (self.bind(low)?, self.bind(high)?);
        let within = |from: &Expr, to: &Expr| -> Result<Expr> {
            Ok(junction(
                vec![
                    self.operator(">=", vec![value.clone(), from.clone()])?,
                    self.operator("<=", vec![value.clone(), to.clone()])?,
                ],
                ExprKind::And,
            ))
        };
        let forward = within(&low, &high)?;
        let found = if symmetric { any_of(vec![forward, within(&high, &low)?]) } else { forward };
        if negated { self.negate(found) } else { Ok(found) }
    }

    pub(super) fn bind_like(
        &mut self,
        kind: LikeKind,
        operand: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        negated: bool,
    ) -> Result<Expr> {
        let name = like_name(kind)?;
        let mut arguments = vec![self.bind(operand)?, self.bind(pattern)?];
        if let Some(escape) = escape {
            arguments.push(self.bind(escape)?);
        }
        let matched = self.operator(name, arguments)?;
        if negated { self.negate(matched) } else { Ok(matched) }
    }

    pub(super) fn bind_quantified(
        &mut self,
        operand: &ast::Expr,
        comparison: Comparison,
        quantifier: Quantifier,
        among: &QuantifiedOperand,
    ) -> Result<Expr> {
        let QuantifiedOperand::List(list) = among else {
            return Err(Error::unsupported("a sub-query in an expression cannot run yet"));
        };
        let value = self.bind(operand)?;
        let mut tests = Vec::with_capacity(list.len());
        for member in list {
            let bound = self.bind(member)?;
            tests.push(self.operator(symbol(comparison), vec![value.clone(), bound])?);
        }
        Ok(match quantifier {
            Quantifier::Some => any_of(tests),
            Quantifier::All => junction(tests, ExprKind::And),
        })
    }

    /// AND and OR over conditions; nested ones of the same kind are one.
    pub(super) fn bind_junction(&mut self, parts: &[ast::Expr], name: &str) -> Result<Expr> {
        let mut conditions = Vec::with_capacity(parts.len());
        for part in parts {
            let bound = self.bind(part)?;
            if bound.data_type.kind != Kind::Boolean {
                let message = format!("{name} joins BOOLEANs, not {}", bound.data_type);
                return Err(Error::invalid(message).at(part.span));
            }
            conditions.push(bound);
        }
        Ok(junction(conditions, if name == "AND" { ExprKind::And } else { ExprKind::Or }))
    }
}

pub(super) fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

pub(super) fn any_of(conditions: Vec<Expr>) -> Expr {
    junction(conditions, ExprKind::Or)
}

pub(super) fn all_of(conditions: Vec<Expr>) -> Expr {
    junction(conditions, ExprKind::And)
}

/// Conditions joined; one alone is itself. What is joined the same way inside becomes part of the one list.
fn junction(conditions: Vec<Expr>, form: fn(Vec<Expr>) -> ExprKind) -> Expr {
    let same = std::mem::discriminant(&form(Vec::new()));
    let mut parts = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let inner_same = std::mem::discriminant(&condition.kind) == same;
        match condition.kind {
            ExprKind::And(inner) | ExprKind::Or(inner) if inner_same => parts.extend(inner),
            kind => parts.push(Expr { kind, data_type: condition.data_type }),
        }
    }
    let nullable = parts.iter().any(|part| part.data_type.nullable);
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            Expr { kind: form(parts), data_type: DataType { kind: Kind::Boolean, nullable } }
        }
        (None, _) => Expr { kind: form(Vec::new()), data_type: DataType::not_null(Kind::Boolean) },
    }
}

fn mismatch(value: &DataType, members: &DataType) -> Error {
    Error::invalid(format!("a value of type {value} is not looked up in a list of {members}"))
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type.kind, Kind::Decimal { .. })
}

/// Whether a DECIMAL holds all values of both types.
fn holds_both(decimal: &DataType, other: &DataType) -> bool {
    let scale = |of: &DataType| match of.kind {
        Kind::Decimal { scale, .. } => Some(scale),
        _ => None,
    };
    match (scale(other), least_restrictive([decimal, other])) {
        (Some(other), Some(common)) => scale(&common) >= scale(decimal).max(Some(other)),
        _ => !other.kind.is_approximate(),
    }
}
