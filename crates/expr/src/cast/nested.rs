//! Between nested types: element by element, field by field in order. A value of which a part fails, fails.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ListArray};
use arrow_schema::DataType as Arrow;

use super::failures::{Converted, Failures};
use super::{Conversion, converter, misfit};
use crate::error::{Error, Result};
use crate::types::{DataType, Kind};
use crate::value::{MapColumn, map_array, row_array};
use crate::zone::Zone;

/// Between ARRAYs, MAPs, MULTISETs and ROWs; `None` for other types.
///
/// # Errors
/// Of the parts.
pub(super) fn conversion(from: &DataType, to: &DataType, zone: &Zone) -> Result<Option<Conversion>> {
    Ok(Some(match (&from.kind, &to.kind) {
        (Kind::Array(a), Kind::Array(b)) => lists(converter(a, b, zone)?, to),
        (Kind::Map(k, v), Kind::Map(l, w)) => maps(converter(k, l, zone)?, converter(v, w, zone)?, to),
        (Kind::Multiset(a), Kind::Multiset(b)) => {
            let count = DataType::not_null(Kind::Int);
            maps(converter(a, b, zone)?, converter(&count, &count, zone)?, to)
        }
        (Kind::Row(a), Kind::Row(b)) if a.len() == b.len() => {
            let fields = a
                .iter()
                .zip(b.iter())
                .map(|(x, y)| converter(&x.data_type, &y.data_type, zone))
                .collect::<Result<Vec<_>>>()?;
            rows(fields, to)
        }
        _ => return Ok(None),
    }))
}

fn lists(element: Conversion, to: &DataType) -> Conversion {
    let (fallible, cost, physical) = (element.fallible, element.cost.saturating_mul(4), to.physical());
    Conversion::new(fallible, cost, move |array| {
        let list = array.as_list_opt::<i32>().ok_or_else(|| misfit(array))?;
        let Arrow::List(field) = &physical else {
            return Err(Error::internal("an ARRAY does not stand as a list"));
        };
        let elements = element.run(list.values())?;
        let failures = outer(&elements.failures, list.value_offsets(), list);
        let array = ListArray::try_new(
            Arc::clone(field),
            list.offsets().clone(),
            elements.array,
            list.nulls().cloned(),
        )?;
        Ok(Converted { array: Arc::new(array), failures })
    })
}

fn maps(key: Conversion, value: Conversion, to: &DataType) -> Conversion {
    let fallible = key.fallible || value.fallible;
    let (cost, to) = (key.cost.saturating_add(value.cost).saturating_mul(4), to.clone());
    Conversion::new(fallible, cost, move |array| {
        let map = MapColumn::of(array).ok_or_else(|| misfit(array))?;
        let (keys, values) = (key.run(map.keys)?, value.run(map.values)?);
        let mut failures = outer(&keys.failures, map.offsets(), array);
        failures.merge(outer(&values.failures, map.offsets(), array));
        let columns = [keys.array, values.array];
        let array = map_array(&to, map.offsets().clone(), columns, array.nulls().cloned())?;
        Ok(Converted { array, failures })
    })
}

fn rows(fields: Vec<Conversion>, to: &DataType) -> Conversion {
    let fallible = fields.iter().any(|f| f.fallible);
    let cost = fields.iter().fold(1, |cost: u32, f| cost.saturating_add(f.cost));
    let to = to.clone();
    Conversion::new(fallible, cost, move |array| {
        let row = array.as_struct_opt().ok_or_else(|| misfit(array))?;
        let mut failures = Failures::default();
        let mut columns = Vec::with_capacity(fields.len());
        for (field, column) in fields.iter().zip(row.columns()) {
            let part = field.run(column)?;
            let mut failed = part.failures;
            failed.rows.retain(|i| row.is_valid(*i));
            failures.merge(failed);
            columns.push(part.array);
        }
        Ok(Converted { array: row_array(&to, columns, row.len(), row.nulls().cloned())?, failures })
    })
}

/// The rows whose elements failed. Elements that no row holds do not count.
fn outer(elements: &Failures, offsets: &[i32], array: &dyn Array) -> Failures {
    let mut failures = Failures::default();
    let mut failed = elements.rows.iter().copied().peekable();
    for row in 0..array.len() {
        let range = super::print::range(offsets, row);
        while failed.next_if(|i| *i < range.start).is_some() {}
        let mut hit = false;
        while failed.next_if(|i| *i < range.end).is_some() {
            hit = true;
        }
        if hit && array.is_valid(row) {
            failures.push(row, || elements.first.clone().unwrap_or_default());
        }
    }
    failures
}
