//! The clock, which comes from the evaluation's context.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Int64Type, Time32MillisecondType, TimestampMicrosecondType};
use arrow_array::{ArrayRef, PrimitiveArray};

use super::unit::{MICROS_PER_MILLI, MILLIS_PER_DAY, MILLIS_PER_SECOND};
use crate::error::Result;
use crate::functions::kernel::constant;
use crate::functions::signature::Signature;
use crate::functions::{Arguments, Category, Determinism, Example, Function, Overload};
use crate::types::Kind;
use crate::zone::Zone;

const MILLIS_PRECISION: u8 = 3;

pub(super) static FUNCTIONS: &[Function] = &[
    clock(
        "CURRENT_TIMESTAMP",
        &["NOW", "CURRENT_ROW_TIMESTAMP"],
        &["CURRENT_TIMESTAMP", "NOW()", "CURRENT_ROW_TIMESTAMP()"],
        "The instant at hand, as TIMESTAMP_LTZ(3).",
        &[Example("CURRENT_TIMESTAMP = NOW()", "TRUE")],
        |call| {
            now(call, Kind::TimestampLtz { precision: MILLIS_PRECISION }, |millis, _| {
                Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from(vec![millis * MICROS_PER_MILLI]))
            })
        },
    ),
    clock(
        "PROCTIME",
        &[],
        &["PROCTIME()"],
        "The instant at which a row is processed, as TIMESTAMP_LTZ(3): what look-up joins go by.",
        &[Example("PROCTIME() = NOW()", "TRUE")],
        |call| {
            now(call, Kind::TimestampLtz { precision: MILLIS_PRECISION }, |millis, _| {
                Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from(vec![millis * MICROS_PER_MILLI]))
            })
        },
    ),
    clock(
        "LOCALTIMESTAMP",
        &[],
        &["LOCALTIMESTAMP"],
        "What the clocks of the session's zone show, as TIMESTAMP(3).",
        &[Example("LOCALTIMESTAMP = CAST(CURRENT_TIMESTAMP AS TIMESTAMP(3))", "TRUE")],
        |call| {
            now(call, Kind::Timestamp { precision: MILLIS_PRECISION }, |_, local| {
                Arc::new(PrimitiveArray::<TimestampMicrosecondType>::from(vec![local * MICROS_PER_MILLI]))
            })
        },
    ),
    clock(
        "CURRENT_DATE",
        &[],
        &["CURRENT_DATE"],
        "The date in the session's zone.",
        &[Example("CURRENT_DATE = CAST(LOCALTIMESTAMP AS DATE)", "TRUE")],
        |call| {
            now(call, Kind::Date, |_, local| {
                let days = i32::try_from(local.div_euclid(MILLIS_PER_DAY)).unwrap_or_default();
                Arc::new(PrimitiveArray::<Date32Type>::from(vec![days]))
            })
        },
    ),
    clock(
        "LOCALTIME",
        &["CURRENT_TIME"],
        &["LOCALTIME", "CURRENT_TIME"],
        "The time of day in the session's zone, as TIME(0).",
        &[Example("LOCALTIME = CURRENT_TIME", "TRUE")],
        |call| {
            now(call, Kind::Time { precision: 0 }, |_, local| {
                let millis = local.rem_euclid(MILLIS_PER_DAY) / MILLIS_PER_SECOND * MILLIS_PER_SECOND;
                Arc::new(PrimitiveArray::<Time32MillisecondType>::from(vec![
                    i32::try_from(millis).unwrap_or_default(),
                ]))
            })
        },
    ),
];

const fn clock(
    name: &'static str,
    aliases: &'static [&'static str],
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    let (category, determinism) = (Category::Temporal, Determinism::Clock);
    Function { name, aliases, category, signatures, summary, examples, determinism, resolve }
}

/// A call without arguments whose value follows from the instant at hand and what the session's clocks show then, both in
/// milliseconds.
fn now(call: &Arguments<'_>, kind: Kind, value: fn(i64, i64) -> ArrayRef) -> Result<Overload> {
    let signature: Signature = call.take(&[])?;
    signature.returns_not_null(kind).kernel(move |arguments| {
        let zone = Zone::new(arguments.time_zone);
        Ok(constant(move |context| {
            let millis = |micros: i64| micros.div_euclid(MICROS_PER_MILLI);
            Ok(value(millis(context.now_micros), millis(zone.to_local(context.now_micros))))
        }))
    })
}

/// UNIX_TIMESTAMP()
pub(super) fn seconds(call: &Arguments<'_>) -> Result<Overload> {
    now(call, Kind::BigInt, |millis, _| {
        Arc::new(PrimitiveArray::<Int64Type>::from(vec![millis.div_euclid(MILLIS_PER_SECOND)]))
    })
}
