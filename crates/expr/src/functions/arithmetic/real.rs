//! Functions over real numbers: their arguments and results are DOUBLE.
//!
//! Java's inverse and hyperbolic functions are those of fdlibm, to the last bit, and so are these. Its others are the processor
//! maker's, and may differ from ours by the last digit.

use arrow_array::types::Float64Type;

use super::log10::log10;
use super::{function, hyperbolic};
use crate::error::Result;
use crate::functions::signature::{Family, no_overload};
use crate::functions::vector::{binary, unary};
use crate::functions::{Arguments, Example, Function, Overload};
use crate::types::Kind;

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "POWER",
        &[],
        &["POWER(numeric1, numeric2)"],
        "The first number raised to the power of the second.",
        &[Example("POWER(2, 10)", "1024.0")],
        |a| of_two(a, power),
    ),
    function(
        "SQRT",
        &[],
        &["SQRT(numeric)"],
        "The square root; NaN for a negative number. As in Flink it is POWER(numeric, 0.5), which is Infinity for -Infinity.",
        &[Example("SQRT(2.25)", "1.5")],
        |a| of_one(a, |v| power(v, 0.5)),
    ),
    function(
        "EXP",
        &[],
        &["EXP(numeric)"],
        "e raised to the power of the number.",
        &[Example("EXP(0)", "1.0")],
        |a| of_one(a, f64::exp),
    ),
    function(
        "LN",
        &[],
        &["LN(numeric)"],
        "The natural logarithm; -Infinity for 0, NaN for a negative number.",
        &[Example("LN(1)", "0.0")],
        |a| of_one(a, f64::ln),
    ),
    function(
        "LOG",
        &[],
        &["LOG(numeric2)", "LOG(base, numeric2)"],
        "The natural logarithm, or that to a base.",
        &[Example("LOG(2, 8)", "3.0"), Example("LOG(1)", "0.0")],
        |a| if a.types.len() == 1 { of_one(a, f64::ln) } else { of_two(a, |base, v| v.ln() / base.ln()) },
    ),
    function(
        "LOG2",
        &[],
        &["LOG2(numeric)"],
        "The logarithm to base 2.",
        &[Example("LOG2(8)", "3.0")],
        |a| of_one(a, |v| v.ln() / 2_f64.ln()),
    ),
    function(
        "LOG10",
        &[],
        &["LOG10(numeric)"],
        "The logarithm to base 10.",
        &[Example("LOG10(1000)", "3.0")],
        |a| of_one(a, log10),
    ),
    function("SIN", &[], &["SIN(numeric)"], "The sine.", &[Example("SIN(0)", "0.0")], |a| {
        of_one(a, f64::sin)
    }),
    function("COS", &[], &["COS(numeric)"], "The cosine.", &[Example("COS(0)", "1.0")], |a| {
        of_one(a, f64::cos)
    }),
    function("TAN", &[], &["TAN(numeric)"], "The tangent.", &[Example("TAN(0)", "0.0")], |a| {
        of_one(a, f64::tan)
    }),
    function(
        "COT",
        &[],
        &["COT(numeric)"],
        "The cotangent; Infinity for 0.",
        &[Example("COT(0)", "Infinity")],
        |a| of_one(a, |v| 1.0 / v.tan()),
    ),
    function(
        "ASIN",
        &[],
        &["ASIN(numeric)"],
        "The arc sine; NaN beyond -1 and 1.",
        &[Example("ASIN(0)", "0.0")],
        |a| of_one(a, libm::asin),
    ),
    function(
        "ACOS",
        &[],
        &["ACOS(numeric)"],
        "The arc cosine; NaN beyond -1 and 1.",
        &[Example("ACOS(1)", "0.0")],
        |a| of_one(a, libm::acos),
    ),
    function("ATAN", &[], &["ATAN(numeric)"], "The arc tangent.", &[Example("ATAN(0)", "0.0")], |a| {
        of_one(a, libm::atan)
    }),
    function(
        "ATAN2",
        &[],
        &["ATAN2(numeric1, numeric2)"],
        "The angle of the point with the ordinate numeric1 and the abscissa numeric2.",
        &[Example("ATAN2(0, 1)", "0.0")],
        |a| {
            let decimals = a.types.iter().filter(|t| matches!(t.kind, Kind::Decimal { .. })).count();
            // Flink knows it of two DECIMALs, or of none.
            if decimals == 1 && a.types.len() == 2 { no_overload() } else { of_two(a, atan2) }
        },
    ),
    function("SINH", &[], &["SINH(numeric)"], "The hyperbolic sine.", &[Example("SINH(0)", "0.0")], |a| {
        of_one(a, hyperbolic::sinh)
    }),
    function("COSH", &[], &["COSH(numeric)"], "The hyperbolic cosine.", &[Example("COSH(0)", "1.0")], |a| {
        of_one(a, hyperbolic::cosh)
    }),
    function("TANH", &[], &["TANH(numeric)"], "The hyperbolic tangent.", &[Example("TANH(0)", "0.0")], |a| {
        of_one(a, hyperbolic::tanh)
    }),
    function(
        "DEGREES",
        &[],
        &["DEGREES(numeric)"],
        "The angle in degrees of one in radians.",
        &[Example("DEGREES(1)", "57.29577951308232")],
        |a| of_one(a, |v| v * (180.0 / std::f64::consts::PI)),
    ),
    function(
        "RADIANS",
        &[],
        &["RADIANS(numeric)"],
        "The angle in radians of one in degrees.",
        &[Example("RADIANS(180)", "3.141592653589793")],
        |a| of_one(a, |v| v * (std::f64::consts::PI / 180.0)),
    ),
    function(
        "PI",
        &[],
        &["PI()", "PI"],
        "The ratio of a circle's circumference to its diameter.",
        &[Example("PI()", "3.141592653589793")],
        |a| constant(a, std::f64::consts::PI),
    ),
    function(
        "E",
        &[],
        &["E()"],
        "The base of natural logarithms.",
        &[Example("E()", "2.718281828459045")],
        |a| constant(a, std::f64::consts::E),
    ),
];

fn of_one(arguments: &Arguments<'_>, f: fn(f64) -> f64) -> Result<Overload> {
    arguments
        .take(&[Family::Double])?
        .returns(Kind::Double)
        .kernel(move |known| Ok(unary::<Float64Type, Float64Type>(known.returns, move |v| one_nan(f(v)))))
}

fn of_two(arguments: &Arguments<'_>, f: fn(f64, f64) -> f64) -> Result<Overload> {
    arguments.take(&[Family::Double, Family::Double])?.returns(Kind::Double).kernel(move |known| {
        Ok(binary::<Float64Type, Float64Type, Float64Type>(known.returns, move |a, b| one_nan(f(a, b))))
    })
}

/// Java's arc tangent of a quotient. Where it is beyond 2^60 and the abscissa negative, the original of fdlibm rounds once more than
/// its descendants.
fn atan2(y: f64, x: f64) -> f64 {
    const PI_LOW: f64 = 1.224_646_799_147_353_2e-16;
    const GREAT: i64 = 60;
    let exponent = |v: f64| i64::try_from(v.abs().to_bits() >> 32).unwrap_or(0);
    let steep = (exponent(y) - exponent(x)) >> 20 > GREAT;
    if !(steep && x < 0.0 && x.is_finite() && y.is_finite()) {
        return libm::atan2(y, x);
    }
    let right = std::f64::consts::FRAC_PI_2 + 0.5 * PI_LOW - PI_LOW;
    if y > 0.0 { std::f64::consts::PI - right } else { right - std::f64::consts::PI }
}

/// Java knows one NaN only.
fn one_nan(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}

/// Java's power: where the exponent is not a number the result is none, and 1 has no infinite power.
fn power(base: f64, exponent: f64) -> f64 {
    match exponent.is_nan() || exponent.is_infinite() && base.abs() == 1.0 {
        true => f64::NAN,
        false => base.powf(exponent),
    }
}

fn constant(arguments: &Arguments<'_>, value: f64) -> Result<Overload> {
    arguments.take(&[])?.returns_not_null(Kind::Double).kernel(move |known| {
        let returns = known.returns.clone();
        Ok(crate::functions::kernel::constant(move |_| crate::Value::Double(value).to_array(&returns, 1)))
    })
}
