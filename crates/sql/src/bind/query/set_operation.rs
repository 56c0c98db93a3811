//! UNION, INTERSECT and EXCEPT.

use std::sync::Arc;

use millstream_expr::types::least_restrictive;
use millstream_expr::{DataType, Field, Kind};

use super::select::deduplicated;
use super::{QueryBinder, cast_columns};
use crate::error::{Error, Result};
use crate::plan::Plan;
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
            _ => Err(Error::unsupported(format!("{name} cannot run yet")).at(operation.span)),
        }
    }
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
