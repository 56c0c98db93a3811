//! The table functions. Each gives an ARRAY, whose elements become rows.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringViewBuilder};
use arrow_array::types::Int64Type;
use arrow_schema::{DataType as Arrow, Field as ArrowField};

use super::function;
use super::key_value::value_of;
use crate::error::{Error, Result};
use crate::eval::Column;
use crate::functions::json::{JsonPath, find_text};
use crate::functions::kernel::{Compiled, Lane, Str, collect_text_lists, over, text_lists};
use crate::functions::signature::{Family, Signature};
use crate::functions::{Arguments, Category, Example, Function, Kernel, KernelArguments, Overload};
use crate::types::{DataType, Kind};

/// The most rows that GENERATE_SERIES makes for the rows of one batch.
const SERIES_MAX: i64 = 1 << 24;

pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "STRING_SPLIT",
        Category::Table,
        &["STRING_SPLIT(string, separator)"],
        "A row for each part of the string cut at every separator; with an empty separator, one row of the whole. No rows where either is \
         NULL.",
        &[Example("STRING_SPLIT('a,b,', ',')", "[a, b, ]")],
        |call| {
            let signature = call.take(&[Family::Character, Family::Character])?;
            strings(signature).kernel(|_| {
                Ok(text_lists::<(Str, Str), _>(|(text, separator), out| {
                    if separator.is_empty() {
                        out.append_value(text);
                    } else {
                        text.split(separator).for_each(|part| out.append_value(part));
                    }
                }))
            })
        },
    ),
    function(
        "JSON_TUPLE",
        Category::Table,
        &["JSON_TUPLE(json, path, …)"],
        "A row for each path, which is a name or a JSON path: what the path leads to in the JSON text, as a string; objects and arrays as \
         JSON. NULL where it leads nowhere or the text is no JSON.",
        &[Example("JSON_TUPLE('{\"a\": 1, \"b\": {\"c\": [2]}}', 'a', '$.b.c', 'd')", "[1, [2], NULL]")],
        |call| {
            let signature = call.take_rest(&[Family::Character, Family::Character], Family::Character)?;
            strings(signature).kernel(tuple)
        },
    ),
    function(
        "MULTI_KEYVALUE",
        Category::Table,
        &["MULTI_KEYVALUE(string, pair_separator, key_value_separator, key, …)"],
        "A row for each key: its value, as KEYVALUE gives it.",
        &[Example("MULTI_KEYVALUE('a=1;b=2', ';', '=', 'b', 'c')", "[2, NULL]")],
        |call| {
            use Family::Character;
            let signature = call.take_rest(&[Character, Character, Character, Character], Character)?;
            strings(signature).kernel(|_| Ok(values()))
        },
    ),
    function(
        "GENERATE_SERIES",
        Category::Table,
        &["GENERATE_SERIES(from, to)"],
        "A row for each BIGINT from `from` up to, and without, `to`.",
        &[Example("GENERATE_SERIES(1, 4)", "[1, 2, 3]"), Example("GENERATE_SERIES(4, 1)", "[]")],
        series,
    ),
];

fn strings(signature: Signature) -> crate::functions::signature::Typed {
    signature.returns(DataType::array(DataType::string()).kind)
}

/// Calls `append` for each row with its first argument and all others.
fn rows_of(
    columns: &[Column],
    rows: usize,
    mut append: impl FnMut(&str, &[&str], &mut StringViewBuilder) -> Result<()>,
) -> Result<Column> {
    over(columns, rows, &vec![true; columns.len()], |rows, nulls| {
        let lanes = columns.iter().map(Lane::<Str>::of).collect::<Result<Vec<_>>>()?;
        let mut arguments = Vec::with_capacity(lanes.len());
        collect_text_lists(rows, |row, out| {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                return Ok(None);
            }
            arguments.clear();
            arguments.extend(lanes.iter().map(|lane| lane.item(row)));
            let Some((first, others)) = arguments.split_first() else { return Ok(None) };
            append(first, others, out).map(Some)
        })
    })
}

fn tuple(arguments: &KernelArguments<'_>) -> Result<Kernel> {
    let paths: Vec<Compiled<JsonPath>> = (1..arguments.types.len())
        .map(|index| Compiled::argument(arguments, index, |text| Ok(JsonPath::parse(text))))
        .collect::<Result<_>>()?;
    Ok(Box::new(move |_, columns, rows| {
        rows_of(columns, rows, |json, texts, out| {
            for (text, path) in texts.iter().zip(&paths) {
                let mut found = String::new();
                match path.with(text, |path| find_text(json, path, &mut found))? {
                    true => out.append_value(&found),
                    false => out.append_null(),
                }
            }
            Ok(())
        })
    }))
}

fn values() -> Kernel {
    Box::new(|_, columns, rows| {
        rows_of(columns, rows, |text, others, out| {
            if let [between, inside, keys @ ..] = others {
                for key in keys {
                    out.append_option(value_of(text, between, inside, key));
                }
            }
            Ok(())
        })
    })
}

fn series(call: &Arguments<'_>) -> Result<Overload> {
    let signature = call.take(&[Family::BigInt, Family::BigInt])?;
    let returns = DataType::array(DataType::not_null(Kind::BigInt)).kind;
    signature.returns(returns).fallible().kernel(|_| {
        let kernel: Kernel = Box::new(|_, columns, rows| {
            over(columns, rows, &[true, true], |rows, nulls| {
                let [from, to] = columns else {
                    return Err(Error::internal("GENERATE_SERIES takes two numbers"));
                };
                let (from, to) = (Lane::<Int64Type>::of(from)?, Lane::<Int64Type>::of(to)?);
                let field = Arc::new(ArrowField::new("element", Arrow::Int64, true));
                let mut lists = ListBuilder::with_capacity(Int64Builder::new(), rows).with_field(field);
                let mut left = SERIES_MAX;
                for row in 0..rows {
                    let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
                    if is_valid && to.item(row) > from.item(row) {
                        left = to.item(row).checked_sub(from.item(row)).map_or(-1, |count| left - count);
                        if left < 0 {
                            return Err(Error::runtime(format!(
                                "GENERATE_SERIES makes more than {SERIES_MAX} rows at a time; ask for fewer"
                            )));
                        }
                        (from.item(row)..to.item(row)).for_each(|number| lists.values().append_value(number));
                    }
                    lists.append(is_valid);
                }
                Ok(Arc::new(lists.finish()))
            })
        });
        Ok(kernel)
    })
}
