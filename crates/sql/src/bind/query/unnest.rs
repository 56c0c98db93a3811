//! UNNEST: the elements of a collection as rows beside the row that holds it.

use std::sync::Arc;

use millstream_expr::{DataType, Expr, Field, Kind};

use super::from::table_function;
use super::{QueryBinder, Relation, rename};
use crate::bind::expression::{ExpressionBinder, Scope};
use crate::error::{Error, Result};
use crate::plan::{Plan, TableFunction};
use crate::syntax::ast::{self, TableFactor};

/// The name of the column that WITH ORDINALITY adds.
const ORDINALITY: &str = "ORDINALITY";

impl QueryBinder<'_> {
    pub(super) fn bind_unnest(
        &mut self,
        left: Relation,
        collections: &[ast::Expr],
        with_ordinality: bool,
        factor: &TableFactor,
        outer: bool,
    ) -> Result<Relation> {
        let collection = match collections {
            [one] => one,
            [_, second, ..] => {
                return Err(Error::unsupported(
                    "UNNEST of several collections is not supported; write one UNNEST for each",
                )
                .at(second.span));
            }
            [] => return Err(Error::internal("UNNEST without a collection")),
        };
        let bound = ExpressionBinder::new(&left.scope, &self.context, "UNNEST").bind_typed(collection)?;
        let made = columns(&bound).map_err(|e| e.at(collection.span))?;
        unnested(left, bound, made, with_ordinality, factor, outer)
    }

    /// The rows of a table function of a module: what it gives is an ARRAY, and its elements are the rows.
    pub(super) fn bind_table_function(
        &mut self,
        left: Relation,
        called: &ast::TableFunction,
        factor: &TableFactor,
        outer: bool,
    ) -> Result<Relation> {
        let function = table_function(&self.context.modules, called)?;
        let mut binder = ExpressionBinder::new(&left.scope, &self.context, "a table function");
        let bound = binder.bind_table_function(function, &called.call)?;
        let made = columns(&bound).map_err(|e| e.at(called.call.span))?;
        unnested(left, bound, made, false, factor, outer)
    }
}

/// The elements of a collection beside the rows that hold it, with the names that an alias gives them.
fn unnested(
    left: Relation,
    bound: Expr,
    mut made: Vec<Field>,
    with_ordinality: bool,
    factor: &TableFactor,
    outer: bool,
) -> Result<Relation> {
    if with_ordinality {
        made.push(Field::new(ORDINALITY, DataType::not_null(Kind::Int)));
    }
    let mut name = Vec::new();
    if let Some(alias) = &factor.alias {
        name.push(Arc::from(alias.name.value.as_str()));
        rename(&mut made, &alias.columns, alias.name.span)?;
    }
    let width = left.plan.schema.len();
    let function = TableFunction::Unnest { collection: bound, with_ordinality };
    let plan = Plan::correlate(left.plan, function, made, outer);
    let right = Scope::relation(name, plan.schema.get(width..).unwrap_or_default());
    Ok(Relation { plan, scope: left.scope.beside(right) })
}

/// The columns that the elements of a collection make: those of an ARRAY or MULTISET of ROWs are its fields.
fn columns(collection: &Expr) -> Result<Vec<Field>> {
    match &collection.data_type.kind {
        Kind::Array(element) | Kind::Multiset(element) => match &element.kind {
            Kind::Row(fields) => Ok(fields
                .iter()
                .map(|field| {
                    let nullable = field.data_type.nullable || element.nullable;
                    Field {
                        name: field.name.clone(),
                        data_type: field.data_type.clone().with_nullable(nullable),
                    }
                })
                .collect()),
            _ => Ok(vec![Field::new("EXPR$0", element.as_ref().clone())]),
        },
        Kind::Map(key, value) => {
            Ok(vec![Field::new("KEY", key.as_ref().clone()), Field::new("VALUE", value.as_ref().clone())])
        }
        _ => Err(Error::invalid(format!(
            "UNNEST takes an ARRAY, MAP or MULTISET, not {}",
            collection.data_type
        ))),
    }
}
