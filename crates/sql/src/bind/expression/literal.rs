//! Literals as typed constants.

use millstream_expr::types::{Kind, MAX_DECIMAL_PRECISION};
use millstream_expr::{Expr, Value};

use super::{BindContext, datetime, interval};
use crate::error::{Error, Result};
use crate::syntax::ast::{Literal, NumberForm, NumberLiteral, StringLiteral};

/// The constant that is written; `negative` with a minus sign before it (numbers only).
pub(super) fn bind(literal: &Literal, context: &BindContext, negative: bool) -> Result<Expr> {
    let (value, kind) = match literal {
        Literal::Null => (Value::Null, Kind::Null),
        Literal::Boolean(value) => (Value::Boolean(*value), Kind::Boolean),
        Literal::Unknown => (Value::Null, Kind::Boolean),
        Literal::Number(number) => bind_number(number, negative)?,
        Literal::String(string) => bind_string(string)?,
        Literal::Binary(literal) => {
            let bytes = literal.bytes().ok_or_else(|| {
                Error::invalid(
                    "a binary literal with an odd number of hexadecimal digits; write two for each byte",
                )
            })?;
            (Value::Bytes(bytes.as_slice().into()), Kind::Binary { length: length(bytes.len())? })
        }
        Literal::Datetime(literal) => return datetime::bind(literal, context),
        Literal::Interval(literal) => return interval::bind(literal),
    };
    Ok(Expr::literal(value, kind))
}

/// INT or BIGINT by size, DECIMAL by digits, DOUBLE with an exponent.
fn bind_number(number: &NumberLiteral, negative: bool) -> Result<(Value, Kind)> {
    let text = if negative { format!("-{}", number.text) } else { number.text.clone() };
    let out_of_range = |mend: &str| Error::invalid(format!("the number {text} is out of range; {mend}"));
    if number.form == NumberForm::Approximate {
        let value: f64 = text.parse().map_err(|_| Error::internal(format!("'{text}' is no number")))?;
        if value.is_infinite() {
            return Err(out_of_range("a DOUBLE ends near 1.8E308"));
        }
        return Ok((Value::Double(value), Kind::Double));
    }
    let mend = "write it as a string and cast it: CAST('…' AS DECIMAL(p, s))";
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    // Flink takes exact literals whose digits, read as one whole number, fit a BIGINT.
    let unscaled: i64 = format!("{whole}{fraction}").parse().map_err(|_| out_of_range(mend))?;
    if fraction.is_empty() {
        return Ok(match i32::try_from(unscaled) {
            Ok(value) => (Value::Int(value), Kind::Int),
            Err(_) => (Value::BigInt(unscaled), Kind::BigInt),
        });
    }
    let digits = |text: &str| u8::try_from(text.len()).ok().filter(|n| *n <= MAX_DECIMAL_PRECISION);
    let whole_digits = digits(whole.trim_start_matches('-')).ok_or_else(|| out_of_range(mend))?;
    let scale = digits(fraction).ok_or_else(|| out_of_range(mend))?;
    let precision = whole_digits + scale;
    if precision > MAX_DECIMAL_PRECISION {
        return Err(out_of_range(mend));
    }
    Ok((Value::Decimal(i128::from(unscaled)), Kind::Decimal { precision, scale }))
}

fn bind_string(string: &StringLiteral) -> Result<(Value, Kind)> {
    let fits = match string.charset.as_deref() {
        None | Some("UTF8" | "UTF-8" | "UTF16" | "UTF-16" | "UTF-16LE" | "UTF16LE") => true,
        Some("ISO-8859-1" | "ISO8859-1" | "LATIN1") => string.value.chars().all(|c| u32::from(c) <= 0xFF),
        Some("US-ASCII" | "ASCII") => string.value.is_ascii(),
        Some(charset) => {
            return Err(Error::unsupported(format!(
                "character set {charset} is not supported; strings are Unicode"
            )));
        }
    };
    if !fits {
        return Err(Error::invalid("this string has characters that its character set has not"));
    }
    // Flink counts UTF-16 units in the type of a literal.
    let length = length(string.value.encode_utf16().count())?;
    Ok((Value::from(string.value.as_str()), Kind::Char { length }))
}

fn length(units: usize) -> Result<u32> {
    u32::try_from(units).map_err(|_| Error::invalid("this literal is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str, form: NumberForm, negative: bool) -> String {
        match bind_number(&NumberLiteral { text: text.to_owned(), form }, negative) {
            Ok((value, kind)) => format!("{value:?} {kind}"),
            Err(error) => error.message,
        }
    }

    #[test]
    fn numbers_have_the_types_of_flink() {
        use NumberForm::{Approximate, Decimal, Integer};
        assert_eq!(number("2147483647", Integer, false), "Int(2147483647) INT");
        assert_eq!(number("2147483648", Integer, false), "BigInt(2147483648) BIGINT");
        assert_eq!(number("2147483648", Integer, true), "Int(-2147483648) INT");
        assert_eq!(number("9223372036854775808", Integer, true), "BigInt(-9223372036854775808) BIGINT");
        assert!(number("9223372036854775808", Integer, false).contains("out of range"));
        assert_eq!(number(".5", Decimal, false), "Decimal(5) DECIMAL(1, 1)");
        assert_eq!(number("00.50", Decimal, false), "Decimal(50) DECIMAL(4, 2)");
        assert_eq!(number("5.", Decimal, false), "Int(5) INT");
        assert_eq!(number("1.50", Decimal, true), "Decimal(-150) DECIMAL(3, 2)");
        assert_eq!(number("0.7623533651719233", Decimal, false), "Decimal(7623533651719233) DECIMAL(17, 16)");
        assert!(number("1.12345678901234567890", Decimal, false).contains("out of range"));
        assert_eq!(number("1E-400", Approximate, false), "Double(0.0) DOUBLE");
        assert!(number("1e400", Approximate, false).contains("out of range"));
    }
}
