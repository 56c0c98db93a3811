//! GREATEST and LEAST. CASE, COALESCE, NULLIF and IF are forms of [`Expr`](crate::Expr).

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Datum, make_array};
use arrow_buffer::NullBuffer;
use arrow_ord::cmp;
use arrow_select::zip::zip;

use super::signature::no_overload;
use super::vector::like;
use super::{Arguments, Category, Determinism, Example, Function, Kernel, Overload};
use crate::error::Result;
use crate::eval::Column;
use crate::types::{DataType, Kind, common_type};

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "GREATEST",
        aliases: &[],
        category: Category::Conditional,
        signatures: &["GREATEST(value1[, value2, …])"],
        summary: "The greatest of the values; NULL where any of them is. NaN is greater than every number.",
        examples: &[Example("GREATEST(1, 2.5, 2)", "2.5"), Example("GREATEST(1, CAST(NULL AS INT))", "NULL")],
        determinism: Determinism::Pure,
        resolve: |arguments| overload(arguments, true),
    },
    Function {
        name: "LEAST",
        aliases: &[],
        category: Category::Conditional,
        signatures: &["LEAST(value1[, value2, …])"],
        summary: "The least of the values; NULL where any of them is.",
        examples: &[Example("LEAST('b', 'a')", "a")],
        determinism: Determinism::Pure,
        resolve: |arguments| overload(arguments, false),
    },
];

fn overload(arguments: &Arguments<'_>, greatest: bool) -> Result<Overload> {
    let Some(common) = common_type(arguments.types) else { return no_overload() };
    let ordered = common.kind.has_order() && common.kind != Kind::Null;
    // DATE beside TIMESTAMP has a common type, but not one in which both keep their order.
    let mixed = arguments.types.iter().any(|t| {
        t.kind != Kind::Null
            && std::mem::discriminant(&t.kind) != std::mem::discriminant(&common.kind)
            && t.kind.is_datetime()
    });
    if !ordered || mixed {
        return no_overload();
    }
    let cast = |t: &DataType| DataType { kind: common.kind.clone(), nullable: t.nullable };
    Ok(Overload {
        arguments: arguments.types.iter().map(cast).collect(),
        returns: common,
        fallible: false,
        kernel: Box::new(move |_| {
            let kernel: Kernel = Box::new(move |_, arguments, rows| extreme(arguments, rows, greatest));
            Ok(kernel)
        }),
    })
}

fn extreme(arguments: &[Column], rows: usize, greatest: bool) -> Result<Column> {
    let constant = arguments.iter().all(Column::is_constant);
    let rows = if constant { 1 } else { rows };
    let arrays = arguments.iter().map(|a| a.clone().into_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
    // Arrow's order is that of Java's compareTo: NaN last, -0.0 before 0.0, FALSE before TRUE, strings by bytes.
    let better = if greatest { cmp::gt } else { cmp::lt };
    let mut arrays = arrays.into_iter();
    let Some(mut best) = arrays.next() else { return no_overload() };
    let mut nulls = best.logical_nulls();
    for next in arrays {
        nulls = NullBuffer::union(nulls.as_ref(), next.logical_nulls().as_ref());
        let wins = better(&next as &dyn Datum, &best as &dyn Datum)?;
        best = zip(&wins, &next, &best)?;
    }
    let best = make_array(best.to_data().into_builder().nulls(nulls).build()?);
    Ok(like(constant, Arc::clone(&best)))
}
