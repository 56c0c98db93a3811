//! UNION, INTERSECT and EXCEPT.

use std::sync::Arc;

use millstream_expr::aggregate::{self, AggregateCall};
use millstream_expr::functions::Arguments;
use millstream_expr::types::least_restrictive;
use millstream_expr::{DataType, Expr, Field, Kind, Value};

use super::select::deduplicated;
use super::{QueryBinder, cast_columns};
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::rules::{call, conjunction};
use crate::syntax::ast::{QueryBody, SetOperation, SetOperator, Span};

impl QueryBinder<'_> {
    pub(super) fn bind_set_operation(
        &mut self,
        operation: &SetOperation,
        wanted: Option<&[DataType]>,
    ) -> Result<Plan> {
        let mut inputs = Vec::with_capacity(operation.operands.len());
        for operand in &operation.operands {
            inputs.push(self.bind_body(operand, wanted)?);
        }
        let name = match operation.operator {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        };
        let schema = common_schema(&inputs, operation, name)?;
        let types: Vec<DataType> = schema.iter().map(|field| field.data_type.clone()).collect();
        let inputs = inputs.into_iter().map(|input| cast_columns(input, &types)).collect();
        match (operation.operator, operation.all) {
            (SetOperator::Union, true) => Ok(Plan::union_all(inputs, schema)),
            (SetOperator::Union, false) => {
                let all = Plan::union_all(inputs, schema);
                self.require_bounded(&all, "UNION without ALL", operation.span)?;
                Ok(deduplicated(all))
            }
            (SetOperator::Intersect | SetOperator::Except, true) => {
                Err(Error::unsupported(format!("{name} ALL cannot run yet; {name} without ALL can"))
                    .at(operation.span))
            }
            (SetOperator::Intersect, false) => self.by_operands(inputs, &schema, operation, true),
            (SetOperator::Except, false) => self.by_operands(inputs, &schema, operation, false),
        }
    }

    /// The different rows that are in the first input, and in each of the others (INTERSECT) or in none of them (EXCEPT):
    /// all inputs together, grouped by their columns, and for each group in how many rows each input has it.
    fn by_operands(
        &self,
        inputs: Vec<Plan>,
        schema: &Arc<[Field]>,
        operation: &SetOperation,
        in_all: bool,
    ) -> Result<Plan> {
        let count = inputs.len();
        let width = schema.len();
        let truth = DataType::not_null(Kind::Boolean);
        let flag_names: Vec<Arc<str>> = (0..count).map(|i| format!("$from{i}").into()).collect();
        let flagged = inputs.into_iter().enumerate().map(|(number, input)| {
            let own: Vec<_> = schema
                .iter()
                .enumerate()
                .filter_map(|(i, field)| Some((field.name.clone(), input.column(i)?)))
                .collect();
            let flags = flag_names
                .iter()
                .enumerate()
                .map(|(i, name)| (name.clone(), Expr::literal(Value::Boolean(i == number), Kind::Boolean)));
            let columns: Vec<_> = own.into_iter().chain(flags).collect();
            Plan::project(input, columns)
        });
        let flags = flag_names.iter().map(|name| Field { name: name.clone(), data_type: truth.clone() });
        let all: Arc<[Field]> = schema.iter().cloned().chain(flags).collect();
        let all = Plan::union_all(flagged.collect(), all);
        self.require_bounded(&all, "INTERSECT or EXCEPT", operation.span)?;
        let function = aggregate::lookup("COUNT").ok_or_else(missing)?;
        let mut calls = Vec::with_capacity(count);
        for (number, name) in flag_names.iter().enumerate() {
            let overload = function.overload(&Arguments { types: &[], literals: &[] })?;
            let call = AggregateCall {
                function,
                data_type: overload.returns.clone(),
                overload: Arc::new(overload),
                arguments: Vec::new(),
                distinct: false,
                filter: Some(Expr::column(width + number, truth.clone())),
            };
            calls.push((name.clone(), call));
        }
        let keys: Vec<_> = schema
            .iter()
            .enumerate()
            .map(|(i, field)| (field.name.clone(), Expr::column(i, field.data_type.clone())))
            .collect();
        let grouped = Plan::aggregate(all, keys, calls);
        let mut terms = Vec::with_capacity(count);
        for number in 0..count {
            let rows = grouped.column(width + number).ok_or_else(missing)?;
            let none = Expr::literal(Value::BigInt(0), Kind::BigInt);
            let operator = if number == 0 || in_all { ">" } else { "=" };
            terms.push(call(operator, vec![rows, none]).ok_or_else(missing)?);
        }
        let kept = Plan::filter(grouped, conjunction(terms).ok_or_else(missing)?);
        let columns: Vec<_> = schema
            .iter()
            .enumerate()
            .filter_map(|(i, field)| Some((field.name.clone(), kept.column(i)?)))
            .collect();
        Ok(Plan::project(kept, columns))
    }
}

fn missing() -> Error {
    Error::internal("COUNT and comparisons are not in the registry")
}

/// The columns of a set operation: the names of the first operand, and types that fit all.
fn common_schema(inputs: &[Plan], operation: &SetOperation, name: &str) -> Result<Arc<[Field]>> {
    let Some(first) = inputs.first() else { return Err(Error::internal("a set operation without operands")) };
    for (input, operand) in inputs.iter().zip(&operation.operands) {
        if input.schema.len() != first.schema.len() {
            return Err(Error::invalid(format!(
                "the operands of {name} must have equally many columns: the first has {}, this one {}",
                first.schema.len(),
                input.schema.len()
            ))
            .at(place_of(operand)));
        }
    }
    let columns = first.schema.iter().enumerate().map(|(column, field)| {
        let types: Vec<&DataType> =
            inputs.iter().filter_map(|input| input.schema.get(column)).map(|f| &f.data_type).collect();
        match least_restrictive(types.iter().copied()) {
            Some(data_type) if data_type.kind != Kind::Null => {
                Ok(Field { name: field.name.clone(), data_type })
            }
            _ => {
                let listed: Vec<String> = types.iter().map(|t| t.to_string()).collect();
                Err(Error::invalid(format!(
                    "column {} of {name} has no common type: {}",
                    column + 1,
                    listed.join(", ")
                ))
                .at(operation.span))
            }
        }
    });
    columns.collect()
}

fn place_of(body: &QueryBody) -> Span {
    match body {
        QueryBody::Select(select) => select.span,
        QueryBody::Values(values) => values.span,
        QueryBody::Table(target) => target.span(),
        QueryBody::SetOperation(operation) => operation.span,
        QueryBody::Nested(query) => query.span,
    }
}
