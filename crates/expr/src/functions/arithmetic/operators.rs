//! `+`, `-`, `*`, `/` and MOD.

use super::{datetime, decimals, function, integers};
use crate::error::Result;
use crate::functions::signature::no_overload;
use crate::functions::vector::{binary, unary};
use crate::functions::{Arguments, Example, Function, Kernel, Overload};
use crate::types::{ArithmeticOperator, DataType, DecimalShape, Kind, arithmetic_type, least_restrictive};
use crate::value::Value;
use arrow_array::types::{self as t, ArrowPrimitiveType};

/// Java knows one NaN only; the processor's has a sign, by which it would be sorted and grouped.
macro_rules! one_nan {
    ($type:ty, $value:expr) => {{
        let value = $value;
        if value.is_nan() { <$type as ArrowPrimitiveType>::Native::NAN } else { value }
    }};
}

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "+",
        &[],
        &["numeric1 + numeric2", "interval1 + interval2", "datetime + interval", "+ numeric"],
        "The sum. Integers wrap around; a DECIMAL that needs more than 38 digits becomes NULL. Months are added to a \
         day of the month that the new month has.",
        &[
            Example("1 + 2.5", "3.5"),
            Example("2147483647 + 1", "-2147483648"),
            Example("DATE '2024-01-31' + INTERVAL '1' MONTH", "2024-02-29"),
        ],
        |arguments| match arguments.types {
            [only] if only.kind.is_numeric() || only.kind.is_interval() => Ok(same(only)),
            [a, b] => two(arguments, ArithmeticOperator::Add, a, b),
            _ => no_overload(),
        },
    ),
    function(
        "-",
        &[],
        &["numeric1 - numeric2", "interval1 - interval2", "datetime - interval", "- numeric", "- interval"],
        "The difference, or the number with the other sign. Integers wrap around; a DECIMAL that needs more than 38 \
         digits becomes NULL.",
        &[
            Example("1 - 2.5", "-1.5"),
            Example("-(2)", "-2"),
            Example("TIMESTAMP '2024-01-01 00:00:00' - INTERVAL '1' SECOND", "2023-12-31 23:59:59"),
        ],
        |arguments| match arguments.types {
            [only] => negated(only),
            [a, b] => two(arguments, ArithmeticOperator::Subtract, a, b),
            _ => no_overload(),
        },
    ),
    function(
        "*",
        &[],
        &["numeric1 * numeric2", "interval * integer"],
        "The product. Integers wrap around; a DECIMAL that needs more than 38 digits becomes NULL.",
        &[Example("2 * 1.5", "3.0"), Example("INTERVAL '1' DAY * 2", "+2 00:00:00.000")],
        |arguments| match arguments.types {
            [a, b] => two(arguments, ArithmeticOperator::Multiply, a, b),
            _ => no_overload(),
        },
    ),
    function(
        "/",
        &[],
        &["numeric1 / numeric2"],
        "The quotient; of integers it is cut towards zero. Dividing an integer or a DECIMAL by zero fails the query; \
         a FLOAT or DOUBLE gives an infinity or NaN.",
        &[Example("7 / 2", "3"), Example("-7 / 2", "-3"), Example("2.0 / 3", "0.666666666667")],
        |arguments| match arguments.types {
            [a, b] => two(arguments, ArithmeticOperator::Divide, a, b),
            _ => no_overload(),
        },
    ),
    function(
        "MOD",
        &["%"],
        &["MOD(numeric1, numeric2)", "numeric1 % numeric2"],
        "What the first number leaves when divided by the second; it has the sign of the first. A divisor of zero \
         fails the query.",
        &[Example("MOD(-7, 2)", "-1"), Example("7.5 % 2", "1.5")],
        |arguments| match arguments.types {
            [a, b] => two(arguments, ArithmeticOperator::Modulo, a, b),
            _ => no_overload(),
        },
    ),
];

/// The value as it is.
fn same(only: &DataType) -> Overload {
    Overload {
        arguments: vec![only.clone()],
        returns: only.clone(),
        fallible: false,
        kernel: Box::new(|_| {
            let kernel: Kernel = Box::new(|_, arguments, _| match arguments {
                [argument] => Ok(argument.clone()),
                _ => Err(crate::functions::vector::arity(1, arguments)),
            });
            Ok(kernel)
        }),
    }
}

fn negated(only: &DataType) -> Result<Overload> {
    let kernel: fn(&DataType) -> Kernel = match only.physical() {
        _ if !only.kind.is_numeric() && !only.kind.is_interval() => return no_overload(),
        arrow_schema::DataType::Int8 => |t| unary::<t::Int8Type, t::Int8Type>(t, i8::wrapping_neg),
        arrow_schema::DataType::Int16 => |t| unary::<t::Int16Type, t::Int16Type>(t, i16::wrapping_neg),
        arrow_schema::DataType::Int32 => |t| unary::<t::Int32Type, t::Int32Type>(t, i32::wrapping_neg),
        arrow_schema::DataType::Int64 => |t| unary::<t::Int64Type, t::Int64Type>(t, i64::wrapping_neg),
        arrow_schema::DataType::Float32 => {
            |t| unary::<t::Float32Type, t::Float32Type>(t, |v| one_nan!(t::Float32Type, -v))
        }
        arrow_schema::DataType::Float64 => {
            |t| unary::<t::Float64Type, t::Float64Type>(t, |v| one_nan!(t::Float64Type, -v))
        }
        _ => |t| unary::<t::Decimal128Type, t::Decimal128Type>(t, i128::wrapping_neg),
    };
    Ok(Overload {
        arguments: vec![only.clone()],
        returns: only.clone(),
        fallible: false,
        kernel: Box::new(move |known| Ok(kernel(known.returns))),
    })
}

fn two(
    arguments: &Arguments<'_>,
    operator: ArithmeticOperator,
    a: &DataType,
    b: &DataType,
) -> Result<Overload> {
    if let Some(overload) = datetime::overload(operator, a, b) {
        return Ok(overload);
    }
    let Some(returns) = arithmetic_type(operator, a, b) else { return no_overload() };
    let divides = matches!(operator, ArithmeticOperator::Divide | ArithmeticOperator::Modulo);
    let fallible = divides
        && !returns.kind.is_approximate()
        && !arguments.literals.get(1).and_then(Option::as_ref).is_some_and(is_not_zero);
    let exact = matches!(a.kind, Kind::Decimal { .. }) || matches!(b.kind, Kind::Decimal { .. });
    if exact && !returns.kind.is_approximate() {
        // Integers become DECIMALs that hold them, so no digit is lost before the operation.
        let decimal = |t: &DataType| {
            let kind = DecimalShape::of(&t.kind).map_or_else(|| t.kind.clone(), DecimalShape::kind);
            DataType { kind, nullable: t.nullable }
        };
        return Ok(Overload {
            arguments: vec![decimal(a), decimal(b)],
            returns,
            fallible,
            kernel: Box::new(move |known| decimals::kernel(operator, known)),
        });
    }
    // Both sides become the wider type first, as Java's operands do.
    let wider = if returns.kind.is_approximate() {
        returns.kind.clone()
    } else {
        match least_restrictive([a, b]) {
            Some(wider) => wider.kind,
            None => return no_overload(),
        }
    };
    let side = |t: &DataType| DataType { kind: wider.clone(), nullable: t.nullable };
    Ok(Overload {
        arguments: vec![side(a), side(b)],
        kernel: if returns.kind.is_approximate() {
            Box::new(move |known| Ok(floats(operator, known.returns)))
        } else {
            Box::new(move |known| integers::kernel(operator, known))
        },
        returns,
        fallible,
    })
}

/// Whether an exact number is known not to be 0.
pub(super) fn is_not_zero(literal: &Value) -> bool {
    match literal {
        Value::TinyInt(v) => *v != 0,
        Value::SmallInt(v) => *v != 0,
        Value::Int(v) => *v != 0,
        Value::BigInt(v) => *v != 0,
        Value::Decimal(v) => *v != 0,
        _ => false,
    }
}

fn floats(operator: ArithmeticOperator, returns: &DataType) -> Kernel {
    macro_rules! over {
        ($type:ty) => {
            match operator {
                ArithmeticOperator::Add => {
                    binary::<$type, $type, $type>(returns, |a, b| one_nan!($type, a + b))
                }
                ArithmeticOperator::Subtract => {
                    binary::<$type, $type, $type>(returns, |a, b| one_nan!($type, a - b))
                }
                ArithmeticOperator::Multiply => {
                    binary::<$type, $type, $type>(returns, |a, b| one_nan!($type, a * b))
                }
                ArithmeticOperator::Divide => {
                    binary::<$type, $type, $type>(returns, |a, b| one_nan!($type, a / b))
                }
                ArithmeticOperator::Modulo => {
                    binary::<$type, $type, $type>(returns, |a, b| one_nan!($type, a % b))
                }
            }
        };
    }
    if returns.kind == Kind::Float { over!(t::Float32Type) } else { over!(t::Float64Type) }
}
