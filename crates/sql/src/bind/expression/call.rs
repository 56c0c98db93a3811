//! Calls of functions and operators: looking the registry up, choosing the overload, writing implicit casts.

use std::sync::Arc;

use millstream_expr::aggregate;
use millstream_expr::functions::{self, Arguments, Function, Module};
use millstream_expr::{Call, Expr, ExprKind, Value};

use super::{ExpressionBinder, cast, fold, nulls};
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::syntax::ast::{ArgumentValue, FunctionCall, SetQuantifier};

impl ExpressionBinder<'_> {
    /// A call of the registry entry of an operator or a special form.
    pub(super) fn operator(&self, name: &str, arguments: Vec<Expr>) -> Result<Expr> {
        let function =
            functions::lookup(name).ok_or_else(|| Error::unsupported(format!("{name} cannot run yet")))?;
        nulls::check(name, &arguments)?;
        let is_equality = matches!(name, "=" | "<>" | "IS DISTINCT FROM" | "IS NOT DISTINCT FROM");
        let arguments = match arguments.as_slice() {
            // A text that is constant is read while planning, and must be a time.
            [left, right] if is_equality && cast::compares_text_with_time(left, right) => arguments
                .into_iter()
                .map(|side| match side.data_type.kind.is_character() {
                    true => fold::fold_constants(side, &self.context.time_zone),
                    false => side,
                })
                .collect(),
            _ => arguments,
        };
        match arguments.as_slice() {
            [left, right] if is_equality && cast::compares_text_with_time(left, right) => {
                let data_type = self.call(function, arguments.clone())?.data_type;
                let call = self.call(function, cast::texts_as_times(left.clone(), right.clone()))?;
                // What is read as NULL is not seen in the type, as it is not in Flink's.
                if data_type.nullable {
                    return Ok(Expr { kind: call.kind, data_type });
                }
                // Where neither side is NULL, Flink's answer to what cannot be read is FALSE.
                let holds = self.operator("IS TRUE", vec![call])?;
                Ok(Expr { kind: holds.kind, data_type })
            }
            _ => self.call(function, arguments),
        }
    }

    /// A call with its overload chosen and its arguments cast.
    fn call(&self, function: &'static Function, arguments: Vec<Expr>) -> Result<Expr> {
        let types: Vec<_> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        let literals: Vec<Option<Value>> = arguments.iter().map(|a| a.as_literal().cloned()).collect();
        let given = Arguments { types: &types, literals: &literals };
        let overload = function.overload(&given)?;
        if overload.arguments.len() != arguments.len() {
            return Err(Error::internal(format!("{} took another number of arguments", function.name)));
        }
        let arguments = arguments
            .into_iter()
            .zip(&overload.arguments)
            .map(|(argument, wanted)| cast::implicit(argument, wanted, &self.context.time_zone))
            .collect();
        let data_type = overload.returns.clone();
        let call = Call { function, overload: Arc::new(overload), arguments };
        Ok(Expr { kind: ExprKind::Call(call), data_type })
    }

    pub(super) fn bind_function_call(&mut self, call: &FunctionCall) -> Result<Expr> {
        let Some(name) = call.name.as_simple().map(|ident| ident.value.to_uppercase()) else {
            return Err(unknown(call));
        };
        let modules = &self.context.modules;
        if let Some(function) = modules.iter().find_map(|module| aggregate::lookup_in(*module, &name)) {
            return self.bind_aggregate(function, call);
        }
        if call.over.is_some() {
            return Err(Error::unsupported("OVER windows cannot run yet").at(call.span));
        }
        let clause = [
            (call.star, "*"),
            (call.quantifier == Some(SetQuantifier::Distinct), "DISTINCT"),
            (call.filter.is_some(), "FILTER"),
            (!call.within_group.is_empty(), "WITHIN GROUP"),
            (!call.within_distinct.is_empty(), "WITHIN DISTINCT"),
            (!call.order_by.is_empty(), "ORDER BY"),
            (call.separator.is_some(), "SEPARATOR"),
            (call.nulls.is_some(), "IGNORE NULLS"),
        ];
        if let Some((_, word)) = clause.iter().find(|(present, _)| *present) {
            return Err(Error::invalid(format!("{word} goes with aggregate functions only; {name} is none")));
        }
        match name.as_str() {
            "COALESCE" => self.bind_coalesce(call),
            "NULLIF" => self.bind_nullif(call),
            "IF" => self.bind_if(call),
            "IFNULL" => self.bind_ifnull(call),
            "TYPEOF" => self.bind_typeof(call),
            "CURRENT_DATABASE" => self.bind_current_database(call),
            "GROUPING" | "GROUPING_ID" | "GROUP_ID" => self.bind_grouping(&name, call),
            "JSON" => Err(Error::invalid(
                "JSON(…) may stand as a value in JSON_OBJECT and JSON_ARRAY only: JSON_ARRAY(JSON('{\"a\": 1}'))",
            )),
            _ => {
                let function = modules
                    .iter()
                    .find_map(|module| module.lookup(&name))
                    .filter(|function| is_called_by_name(function))
                    .ok_or_else(|| unknown(call))?;
                let arguments = self.bind_arguments(call)?;
                nulls::check(&name, &arguments)?;
                self.call(function, arguments)
            }
        }
    }

    /// A call of a table function: an ARRAY, of which each element is a row.
    pub fn bind_table_function(&mut self, function: &'static Function, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        self.call(function, arguments).map_err(|error| error.at(call.span))
    }

    /// The arguments of a call, which must be plain values.
    pub(super) fn bind_arguments(&mut self, call: &FunctionCall) -> Result<Vec<Expr>> {
        let mut bound = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            if let Some(name) = &argument.name {
                let message = "named arguments are for table functions; give the arguments in their order";
                return Err(Error::unsupported(message).at(name.span));
            }
            match &argument.value {
                ArgumentValue::Expr(expr) => bound.push(self.bind(expr)?),
                ArgumentValue::Table(table) => {
                    return Err(
                        Error::invalid("a table cannot be the argument of a scalar function").at(table.span)
                    );
                }
            }
        }
        Ok(bound)
    }

    fn bind_typeof(&mut self, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        let (value, flag) = match arguments.as_slice() {
            [value] => (value, None),
            [value, flag] => (value, Some(flag)),
            _ => {
                return Err(Error::invalid(
                    "TYPEOF takes a value, and perhaps whether its type must serialize",
                ));
            }
        };
        if flag.is_some_and(|flag| !matches!(flag.as_literal(), Some(Value::Boolean(_)))) {
            return Err(Error::invalid("the second argument of TYPEOF must be TRUE or FALSE"));
        }
        let text = value.data_type.as_result().to_string();
        let mut literal = super::word(&text);
        literal.data_type.nullable = true;
        Ok(literal)
    }

    fn bind_current_database(&mut self, call: &FunctionCall) -> Result<Expr> {
        if !call.arguments.is_empty() {
            return Err(Error::invalid("CURRENT_DATABASE takes no arguments"));
        }
        Ok(super::word(&self.context.database))
    }
}

/// Whether users call it by its name; operators have forms of their own.
fn is_called_by_name(function: &Function) -> bool {
    const FORMS: [&str; 8] = ["LIKE", "SIMILAR TO", "IN", "NOT", "ITEM", "ROW", "ARRAY", "MAP"];
    function.name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !function.name.starts_with("IS ")
        && !FORMS.contains(&function.name)
}

/// What is to be done for a function of a module that is not in use, or that makes tables.
pub(in crate::bind) fn elsewhere(name: &str) -> Option<String> {
    let module = Module::ALL.into_iter().find(|module| {
        module.lookup(name).is_some()
            || module.table_function(name).is_some()
            || aggregate::lookup_in(*module, name).is_some()
    })?;
    let upper = name.to_uppercase();
    Some(match module.table_function(name) {
        Some(_) => format!(
            "; {upper} is a table function of module '{0}': LOAD MODULE {0}, then FROM …, LATERAL TABLE({upper}(…)) AS t(x)",
            module.name()
        ),
        None => format!("; it belongs to module '{0}': LOAD MODULE {0}", module.name()),
    })
}

fn unknown(call: &FunctionCall) -> Error {
    let parts: Vec<&str> = call.name.parts().iter().map(|part| part.value.as_str()).collect();
    let name = parts.join(".");
    if let Some(reason) = functions::refused(&name) {
        return Error::unsupported(format!("{} {reason}", name.to_uppercase())).at(call.name.span());
    }
    if let Some(mend) = elsewhere(&name) {
        return Error::invalid(format!("function '{name}' not found{mend}")).at(call.name.span());
    }
    let scalars = functions::all()
        .filter(|f| is_called_by_name(f))
        .flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied()));
    let aggregates = aggregate::all().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied()));
    let forms = functions::FORMS.iter().filter(|form| form.is_call()).map(|form| form.name);
    let mend = did_you_mean(&name, scalars.chain(aggregates).chain(forms));
    Error::invalid(format!("function '{name}' not found{mend}")).at(call.name.span())
}
