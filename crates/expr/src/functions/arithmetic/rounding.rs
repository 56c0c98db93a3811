//! CEIL, FLOOR, ROUND and TRUNCATE of numbers.

use arrow_array::types as t;

use super::function;
use crate::decimal::{self, power_of_ten};
use crate::error::{Error, Result};
use crate::functions::kernel::map;
use crate::functions::signature::{Family, no_overload};
use crate::functions::temporal::round_to;
use crate::functions::vector::{try_unary, unary};
use crate::functions::{Arguments, Example, Function, Kernel, Overload};
use crate::types::{DataType, DecimalShape, Kind};
use crate::value::Value;

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    function(
        "CEIL",
        &["CEILING"],
        &["CEIL(numeric)", "CEIL(datetime TO unit)"],
        "The least whole number that is not less. A DECIMAL keeps its precision. A date or time is rounded up to a unit; weeks \
         begin on Sunday. As Flink does it, a DATE to DAY is the next day, and longer units look at the date alone.",
        &[
            Example("CEIL(1.2)", "2"),
            Example("CEIL(-1.2)", "-1"),
            Example("CEIL(TIMESTAMP '2018-03-20 06:44:31' TO HOUR)", "2018-03-20 07:00:00"),
        ],
        |arguments| whole(arguments, Direction::Up),
    ),
    function(
        "FLOOR",
        &[],
        &["FLOOR(numeric)", "FLOOR(datetime TO unit)"],
        "The greatest whole number that is not greater. A DECIMAL keeps its precision. A date or time is rounded down to a unit; \
         weeks begin on Sunday.",
        &[
            Example("FLOOR(1.8)", "1"),
            Example("FLOOR(-1.2)", "-2"),
            Example("FLOOR(DATE '2021-02-27' TO WEEK)", "2021-02-21"),
        ],
        |arguments| whole(arguments, Direction::Down),
    ),
    function(
        "ROUND",
        &[],
        &["ROUND(numeric[, digits])"],
        "The number rounded, half away from zero, to so many digits after the point, or before it where the digits are \
         negative. A DOUBLE is rounded by the digits that are printed for it.",
        &[Example("ROUND(2.345, 2)", "2.35"), Example("ROUND(-25, -1)", "-30"), Example("ROUND(2.5)", "3")],
        |arguments| digits(arguments, Cut::HalfUp),
    ),
    function(
        "TRUNCATE",
        &[],
        &["TRUNCATE(numeric[, digits])"],
        "The number cut towards zero after so many digits after the point, or before it where the digits are negative.",
        &[Example("TRUNCATE(2.345, 2)", "2.34"), Example("TRUNCATE(-25, -1)", "-20")],
        |arguments| digits(arguments, Cut::Down),
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

fn whole(arguments: &Arguments<'_>, direction: Direction) -> Result<Overload> {
    let up = direction == Direction::Up;
    let [only] = arguments.types else { return round_to(arguments, up) };
    let kind = match only.kind {
        Kind::Decimal { precision, .. } => Kind::Decimal { precision, scale: 0 },
        ref kind if kind.is_numeric() => kind.clone(),
        _ => return no_overload(),
    };
    arguments.take(&[Family::Numeric])?.returns(kind).kernel(move |known| {
        Ok(match (known.types.first().map(|t| &t.kind), known.returns) {
            (Some(Kind::Float), t) => {
                unary::<t::Float32Type, t::Float32Type>(t, if up { f32::ceil } else { f32::floor })
            }
            (Some(Kind::Double), t) => {
                unary::<t::Float64Type, t::Float64Type>(t, if up { f64::ceil } else { f64::floor })
            }
            (Some(Kind::Decimal { scale, .. }), t) => {
                let unit = power_of_ten(*scale);
                unary::<t::Decimal128Type, t::Decimal128Type>(t, move |v| {
                    if up { -(-v).div_euclid(unit) } else { v.div_euclid(unit) }
                })
            }
            _ => Box::new(|_, arguments, _| {
                arguments.first().cloned().ok_or_else(|| Error::internal("CEIL or FLOOR of nothing"))
            }),
        })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    HalfUp,
    Down,
}

impl Cut {
    /// `value / unit × unit`, cut as this says. `unit` is positive.
    fn to_multiple(self, value: i128, unit: i128) -> i128 {
        let whole = match self {
            Self::HalfUp => decimal::divide_half_up(value, unit),
            Self::Down => value / unit,
        };
        whole.saturating_mul(unit)
    }
}

fn digits(arguments: &Arguments<'_>, cut: Cut) -> Result<Overload> {
    let literal = match arguments.literals.get(1) {
        None => Some(0),
        Some(Some(Value::TinyInt(v))) => Some(i32::from(*v)),
        Some(Some(Value::SmallInt(v))) => Some(i32::from(*v)),
        Some(Some(Value::Int(v))) => Some(*v),
        _ => None,
    };
    let call = arguments.take_optional(&[Family::Numeric], &[Family::Int])?;
    // How many digits a DECIMAL result has depends on how many are asked for; where that is not known, it keeps its own.
    let kind = match (DecimalShape::of(call.kind(0)), call.kind(0), literal) {
        (Some(shape), Kind::Decimal { .. }, Some(digits)) => shape.round(digits).kind(),
        (_, kind, _) => kind.clone(),
    };
    call.returns(kind).fallible().kernel(move |known| kernel(cut, known.types, known.returns))
}

fn kernel(cut: Cut, types: &[DataType], returns: &DataType) -> Result<Kernel> {
    let one = types.len() == 1;
    let from = types.first().map_or(&Kind::Null, |t| &t.kind);
    macro_rules! over {
        ($type:ty, $f:expr) => {{
            let f = $f;
            if one {
                try_unary::<$type, $type>(returns, move |v| f(v, 0))
            } else {
                map::<($type, t::Int32Type), $type, _>(move |(v, digits)| f(v, digits))
            }
        }};
    }
    macro_rules! integer {
        ($type:ty, $native:ty) => {
            over!($type, move |v: $native, digits: i32| {
                check(cut, digits, v == 0)?;
                Ok(Some(low(whole_number(cut, v.into(), digits)) as $native))
            })
        };
    }
    #[allow(clippy::cast_possible_truncation, reason = "Java keeps the low bits, too")]
    Ok(match from {
        Kind::TinyInt => integer!(t::Int8Type, i8),
        Kind::SmallInt => integer!(t::Int16Type, i16),
        Kind::Int => integer!(t::Int32Type, i32),
        Kind::BigInt => integer!(t::Int64Type, i64),
        Kind::Float => over!(t::Float32Type, move |v: f32, digits| {
            // As Flink does it: the digits are those of the DOUBLE, and TRUNCATE comes back by way of one.
            let digits = real(cut, v.into(), digits)?;
            Ok(Some(match cut {
                Cut::HalfUp => digits.to_text().parse().unwrap_or(v),
                Cut::Down => digits.to_double().map_or(v, |v| v as f32),
            }))
        }),
        Kind::Double => over!(t::Float64Type, move |v: f64, digits: i32| {
            // A whole number has nothing after the point. Java's decimals know no negative zero.
            if (0..=DIGITS_MAX).contains(&digits) && v.fract() == 0.0 {
                return Ok(Some(v + 0.0));
            }
            if let Some(cut) = clearly(cut, v, digits) {
                return Ok(Some(cut));
            }
            let digits = real(cut, v, digits)?;
            Ok(Some(digits.to_double().unwrap_or(v)))
        }),
        Kind::Decimal { scale, .. } => {
            let (Some(to), scale) = (DecimalShape::of(&returns.kind), *scale) else {
                return Err(Error::internal("ROUND of a DECIMAL gives none"));
            };
            let round = move |v: i128, digits: i32| {
                check(cut, digits.min(0), v == 0)?;
                Ok(decimal_number(cut, v, scale, digits, to))
            };
            if one {
                try_unary::<t::Decimal128Type, t::Decimal128Type>(returns, move |v| round(v, 0))
            } else {
                let physical = returns.physical();
                let kernel =
                    map::<(t::Decimal128Type, t::Int32Type), t::Decimal128Type, _>(move |(v, digits)| {
                        round(v, digits)
                    });
                Box::new(move |context, arguments, rows| {
                    retyped(kernel(context, arguments, rows)?, &physical)
                })
            }
        }
        other => return Err(Error::internal(format!("rounding of {other}"))),
    })
}

/// The same DECIMAL column with its precision and scale.
fn retyped(column: crate::Column, physical: &arrow_schema::DataType) -> Result<crate::Column> {
    use arrow_array::cast::AsArray;
    let typed = |array: &arrow_array::ArrayRef| -> Result<arrow_array::ArrayRef> {
        let array = array
            .as_primitive_opt::<t::Decimal128Type>()
            .ok_or_else(|| Error::internal("ROUND of a DECIMAL gave another type"))?;
        Ok(std::sync::Arc::new(array.clone().with_data_type(physical.clone())))
    };
    Ok(match &column {
        crate::Column::Array(array) => crate::Column::Array(typed(array)?),
        crate::Column::Constant(array) => crate::Column::Constant(typed(array)?),
    })
}

/// The most digits for which Java can move the point: beyond them its numbers run over.
const DIGITS_MAX: i32 = 646_456_993;

/// # Errors
/// When Java could not move the point so far. TRUNCATE has nothing to do behind it.
fn check(cut: Cut, digits: i32, is_zero: bool) -> Result<()> {
    let most = if cut == Cut::Down { i32::MAX } else { DIGITS_MAX };
    match is_zero || (-DIGITS_MAX..=most).contains(&digits) {
        true => Ok(()),
        false => Err(Error::runtime(format!("cannot round to {digits} digits; {DIGITS_MAX} are possible"))),
    }
}

/// An integer cut before the point.
fn whole_number(cut: Cut, value: i64, digits: i32) -> i128 {
    let places = digits.min(0).unsigned_abs();
    match u8::try_from(places) {
        Ok(0) => value.into(),
        Ok(places @ 1..=19) => cut.to_multiple(value.into(), power_of_ten(places)),
        _ => 0,
    }
}

#[allow(clippy::cast_possible_truncation, reason = "Java keeps the low bits, too")]
fn low(value: i128) -> i64 {
    value as i64
}

/// A DECIMAL of scale `from` cut to so many digits, as one of shape `to`.
fn decimal_number(cut: Cut, value: i128, from: u8, digits: i32, to: DecimalShape) -> Option<i128> {
    let places = i64::from(from) - i64::from(digits);
    let value = match u8::try_from(places.max(0)) {
        Ok(0) => value,
        Ok(places @ 1..=38) => cut.to_multiple(value, power_of_ten(places)),
        _ => 0,
    };
    decimal::fitted(value, from, to)
}

/// Digits after the point that TRUNCATE of a DOUBLE looks at: it is a DECIMAL(38, 18) on the way.
const TRUNCATED_SCALE: i32 = 18;

/// The printed digits of a double, cut to so many digits after the point.
fn real(cut: Cut, value: f64, digits: i32) -> Result<Digits> {
    let mut text = String::with_capacity(24);
    crate::text::write_double(value, &mut text);
    if !value.is_finite() {
        return Err(Error::runtime(format!("cannot round {text}; it has no digits")));
    }
    let printed = Digits::read(&text);
    check(cut, digits, printed.value == 0)?;
    Ok(match cut {
        Cut::HalfUp => printed.cut(cut, digits),
        Cut::Down => printed.cut(Cut::HalfUp, TRUNCATED_SCALE).cut(cut, digits),
    })
}

/// The double cut to so many digits, where it is so far from the border that its printed digits, which are within a unit of its last
/// place, cannot be on the other side.
fn clearly(cut: Cut, value: f64, digits: i32) -> Option<f64> {
    /// Up to here the number of units is off by less than a quarter of the margin.
    const UNITS_MAX: f64 = (1_u64 << 40) as f64;
    const MARGIN: f64 = 1.0 / (1 << 10) as f64;
    // 10^22 is the last one that a DOUBLE is exact for; what TRUNCATE rounds away before is within the margin four places from there.
    let most = if cut == Cut::Down { TRUNCATED_SCALE - 4 } else { 22 };
    let places = u8::try_from(digits).ok().filter(|_| digits <= most)?;
    #[allow(clippy::cast_precision_loss, reason = "see above")]
    let factor = power_of_ten(places) as f64;
    let units = value.abs() * factor;
    if units.is_nan() || units >= UNITS_MAX {
        return None;
    }
    let fraction = units.fract();
    let up = match cut {
        Cut::HalfUp if (fraction - 0.5).abs() > MARGIN => fraction > 0.5,
        Cut::Down if fraction > MARGIN && fraction < 1.0 - MARGIN => false,
        _ => return None,
    };
    let units = units.floor() + if up { 1.0 } else { 0.0 };
    // Both are exact, so the quotient is the nearest; there is no negative zero.
    Some(if value < 0.0 && units > 0.0 { -(units / factor) } else { units / factor })
}

/// A decimal number: `value × 10^-places`.
#[derive(Clone, Copy, Debug)]
struct Digits {
    negative: bool,
    value: i128,
    places: i64,
}

impl Digits {
    /// A number as Java prints it: at most 17 digits, perhaps with an exponent.
    fn read(text: &str) -> Self {
        let unsigned = text.strip_prefix('-');
        let (mantissa, exponent) =
            unsigned.unwrap_or(text).split_once('E').unwrap_or((unsigned.unwrap_or(text), "0"));
        let (mut value, mut places, mut behind) = (0_i128, 0, false);
        for byte in mantissa.bytes() {
            if byte == b'.' {
                behind = true;
            } else {
                value = value.saturating_mul(10).saturating_add(i128::from(byte & 15));
                places += i64::from(behind);
            }
        }
        let exponent: i64 = exponent.parse().unwrap_or(0);
        Self { negative: unsigned.is_some(), value, places: places - exponent }
    }

    /// The number cut to so many digits after the point.
    fn cut(self, cut: Cut, digits: i32) -> Self {
        let dropped = self.places - i64::from(digits);
        let value = match u8::try_from(dropped.max(0)) {
            Ok(0) => self.value,
            Ok(dropped @ 1..=37) => cut.to_multiple(self.value, power_of_ten(dropped)),
            _ => 0,
        };
        Self { value, negative: self.negative && value != 0, ..self }
    }

    /// The nearest DOUBLE.
    fn to_double(self) -> Option<f64> {
        const EXACT_MAX: i128 = 1 << 53;
        // Both sides of the division are exact, so its result is the nearest.
        if (0..=EXACT_MAX).contains(&self.value)
            && let Ok(places @ 0..=22) = u8::try_from(self.places)
        {
            #[allow(clippy::cast_precision_loss, reason = "up to 2^53, and 10^22, a DOUBLE is exact")]
            let quotient = self.value as f64 / power_of_ten(places) as f64;
            return Some(if self.negative { -quotient } else { quotient });
        }
        self.to_text().parse().ok()
    }

    fn to_text(self) -> String {
        format!("{}{}e{}", if self.negative { "-" } else { "" }, self.value, -self.places)
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::Strategy as _;

    use super::*;

    #[test]
    fn doubles_are_cut_by_their_printed_digits() {
        let round = |text, digits| Digits::read(text).cut(Cut::HalfUp, digits).to_double().unwrap();
        assert_eq!(round("2.345", 2), 2.35);
        assert_eq!(round("1.005", 2), 1.01);
        assert_eq!(round("-2.5", 0), -3.0);
        assert_eq!(round("1234.5", -2), 1200.0);
        assert_eq!(round("1.5E10", -10), 2e10);
        assert_eq!(round("1.5E-10", 3), 0.0);
        assert_eq!(round("1.5E300", 2), 1.5e300);
        let truncate = |text, digits| Digits::read(text).cut(Cut::Down, digits).to_double().unwrap();
        assert_eq!(truncate("2.349", 2), 2.34);
        assert_eq!(truncate("1.005", 2), 1.0);
        assert!(round("-0.4", 0).is_sign_positive());
    }

    proptest::proptest! {
        #[test]
        fn what_is_clear_is_what_the_digits_give(
            value in proptest::prop_oneof![
                proptest::num::f64::NORMAL,
                -1e6..1e6_f64,
                (-1_000_000..1_000_000_i64, 0..8_i32).prop_map(|(n, places)| n as f64 / 10_f64.powi(places)),
            ],
            digits in -2..24,
            down in proptest::bool::ANY,
        ) {
            let cut = if down { Cut::Down } else { Cut::HalfUp };
            if let Some(clear) = clearly(cut, value, digits) {
                let slow = real(cut, value, digits).unwrap().to_double().unwrap();
                proptest::prop_assert_eq!(clear.to_bits(), slow.to_bits(), "{} to {}", value, digits);
            }
        }
    }

    #[test]
    fn the_quotient_is_what_the_text_is_read_as() {
        for text in
            ["0.1", "2.675", "123456789.12345678", "9.87654321E-5", "1.7976931348623157E308", "4.9E-324"]
        {
            for digits in [0, 2, 5, 12] {
                let number = Digits::read(text).cut(Cut::HalfUp, digits);
                assert_eq!(number.to_double(), number.to_text().parse().ok(), "{text} to {digits}");
            }
        }
    }

    #[test]
    fn integers_are_cut_before_the_point() {
        assert_eq!(whole_number(Cut::HalfUp, 25, -1), 30);
        assert_eq!(whole_number(Cut::HalfUp, -25, -1), -30);
        assert_eq!(whole_number(Cut::Down, -25, -1), -20);
        assert_eq!(whole_number(Cut::HalfUp, 25, 3), 25);
        assert_eq!(whole_number(Cut::HalfUp, 5, -19), 0);
        assert_eq!(whole_number(Cut::HalfUp, 5, i32::MIN), 0);
    }
}
