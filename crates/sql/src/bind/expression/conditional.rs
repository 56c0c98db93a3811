//! CASE, COALESCE, NULLIF, IF, IFNULL: all of them branches with conditions.

use millstream_expr::types::{DataType, Kind, common_type, least_restrictive, type_of_branches};
use millstream_expr::{Expr, ExprKind, Value};

use super::{ExpressionBinder, cast, refuse_untyped_null};
use crate::error::{Error, Result};
use crate::syntax::ast::{self, CaseBranch, FunctionCall};

impl ExpressionBinder<'_> {
    pub(super) fn bind_case(
        &mut self,
        operand: Option<&ast::Expr>,
        branches: &[CaseBranch],
        otherwise: Option<&ast::Expr>,
    ) -> Result<Expr> {
        let operand = operand.map(|operand| self.bind(operand)).transpose()?;
        let mut bound = Vec::with_capacity(branches.len());
        for branch in branches {
            let condition = self.bind_when(operand.as_ref(), &branch.when)?;
            bound.push((condition, self.bind(&branch.then)?));
        }
        let otherwise = match otherwise {
            Some(expr) => self.bind(expr)?,
            None => Expr::literal(Value::Null, Kind::Null),
        };
        let values = bound.iter().map(|(_, value)| value).chain([&otherwise]);
        let types: Vec<&DataType> = values.map(|value| &value.data_type).collect();
        let Some(common) = type_of_branches(types.iter().copied()) else {
            if types.iter().all(|t| t.kind == Kind::Null) {
                return Err(Error::invalid("a CASE needs a branch that is not NULL; write CAST(NULL AS …)"));
            }
            return Err(Error::invalid(format!(
                "the branches of CASE have types that do not mix: {}",
                list(&types)
            )));
        };
        Ok(self.branches(bound, otherwise, common))
    }

    fn bind_when(&mut self, operand: Option<&Expr>, when: &[ast::Expr]) -> Result<Expr> {
        let Some(operand) = operand else {
            let [condition] = when else {
                return Err(Error::invalid("WHEN takes one condition; join more with OR"));
            };
            let clause = std::mem::replace(&mut self.clause, "a condition of CASE");
            let bound = self.bind_condition(condition);
            self.clause = clause;
            return bound;
        };
        let mut tests = Vec::with_capacity(when.len());
        for value in when {
            let bound = self.bind(value)?;
            tests.push(
                self.operator("=", vec![operand.clone(), bound]).map_err(|error| error.at(value.span))?,
            );
        }
        Ok(super::predicate::any_of(tests))
    }

    /// A CASE whose values are cast to the kind of `data_type`.
    fn branches(&self, branches: Vec<(Expr, Expr)>, otherwise: Expr, data_type: DataType) -> Expr {
        let value = |value| cast::implicit(value, &data_type, &self.context.time_zone);
        let branches = branches.into_iter().map(|(condition, v)| (condition, value(v))).collect();
        let otherwise = Box::new(value(otherwise));
        Expr { kind: ExprKind::Case { branches, otherwise }, data_type }
    }

    /// The first argument that is not NULL.
    pub(super) fn bind_coalesce(&mut self, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        if arguments.is_empty() {
            return Err(Error::invalid("COALESCE takes one or more arguments"));
        }
        let types: Vec<&DataType> = arguments.iter().map(|argument| &argument.data_type).collect();
        if types.iter().all(|t| t.kind == Kind::Null) {
            return Err(Error::invalid("COALESCE needs an argument that is not NULL; write CAST(NULL AS …)"));
        }
        let common = self.common("COALESCE", &types)?;
        self.first_not_null(arguments, common)
    }

    pub(super) fn bind_ifnull(&mut self, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        let [value, replacement] = arguments.as_slice() else {
            return Err(Error::invalid(
                "IFNULL takes a value and what stands for NULL: IFNULL(value, replacement)",
            ));
        };
        let common = self.common("IFNULL", &[&value.data_type, &replacement.data_type])?;
        if value.data_type.nullable {
            return self.first_not_null(arguments, common);
        }
        // What is never NULL is returned as it is; its type is widened only where Flink would have to cast.
        let keeps_type = value.data_type.kind.length().is_some();
        let data_type = if keeps_type { value.data_type.clone() } else { common.with_nullable(false) };
        Ok(cast::implicit(value.clone(), &data_type, &self.context.time_zone))
    }

    fn common(&self, name: &str, types: &[&DataType]) -> Result<DataType> {
        let mismatch =
            || Error::invalid(format!("the arguments of {name} have types that do not mix: {}", list(types)));
        let common = common_type(types.iter().copied()).ok_or_else(mismatch)?;
        let nullable = types.iter().all(|t| t.nullable || t.kind == Kind::Null);
        // A number joins dates by Flink's common type, but is never cast to one.
        let castable = |t: &DataType| t.kind == Kind::Null || cast::check(t, &common).is_ok();
        if types.iter().all(|t| castable(t)) { Ok(common.with_nullable(nullable)) } else { Err(mismatch()) }
    }

    fn first_not_null(&self, arguments: Vec<Expr>, data_type: DataType) -> Result<Expr> {
        let mut branches = Vec::new();
        let mut otherwise = Expr::literal(Value::Null, Kind::Null);
        for argument in arguments {
            if argument.as_literal() == Some(&Value::Null) {
                continue;
            }
            if !argument.data_type.nullable {
                otherwise = argument;
                break;
            }
            branches.push((self.operator("IS NOT NULL", vec![argument.clone()])?, argument));
        }
        if otherwise.as_literal() == Some(&Value::Null)
            && let Some((_, last)) = branches.pop()
        {
            otherwise = last;
        }
        if branches.is_empty() {
            let cast = cast::implicit(otherwise, &data_type, &self.context.time_zone);
            return Ok(Expr { kind: cast.kind, data_type });
        }
        Ok(self.branches(branches, otherwise, data_type))
    }

    /// NULL where both are equal, else the first.
    pub(super) fn bind_nullif(&mut self, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        let [value, other] = arguments.as_slice() else {
            return Err(Error::invalid("NULLIF takes two arguments: NULLIF(value, value_that_becomes_null)"));
        };
        refuse_untyped_null(value)?;
        let equal = self.operator("=", vec![value.clone(), other.clone()])?;
        let data_type = value.data_type.clone().with_nullable(true);
        Ok(self.branches(vec![(equal, Expr::literal(Value::Null, Kind::Null))], value.clone(), data_type))
    }

    /// The second argument where the first is TRUE, else the third.
    pub(super) fn bind_if(&mut self, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        let [condition, then, otherwise] = arguments.as_slice() else {
            return Err(Error::invalid(
                "IF takes a condition and two values: IF(condition, then, otherwise)",
            ));
        };
        if condition.data_type.kind != Kind::Boolean {
            return Err(Error::invalid(format!(
                "the condition of IF must be a BOOLEAN, not {}",
                condition.data_type
            )));
        }
        let (a, b) = (&then.data_type, &otherwise.data_type);
        refuse_untyped_null(then)?;
        refuse_untyped_null(otherwise)?;
        let mismatch = || Error::invalid(format!("the values of IF have types that do not mix: {a}, {b}"));
        let refused = |t: &DataType| !t.kind.has_order() || t.kind.is_interval();
        if refused(a) || refused(b) {
            return Err(Error::invalid(format!(
                "IF is not for nested types and intervals such as {a}; use CASE WHEN … THEN … ELSE … END"
            )));
        }
        let common = least_restrictive([a, b]).ok_or_else(mismatch)?;
        // Of two datetimes the first decides.
        let kind = if a.kind.is_datetime() { a.kind.clone() } else { common.kind };
        let nullable = [condition, then, otherwise].iter().any(|part| part.data_type.nullable);
        let data_type = DataType { kind, nullable };
        Ok(self.branches(vec![(condition.clone(), then.clone())], otherwise.clone(), data_type))
    }
}

fn list(types: &[&DataType]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
