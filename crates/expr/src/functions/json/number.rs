//! Numbers of JSON as Java's `Integer`, `Long`, `BigInteger` and `BigDecimal` print them.

/// The digits of fraction that stand before Java turns to exponents: 0.0000001 prints as 1E-7.
const LEAST_PLAIN_EXPONENT: i64 = -6;

/// Whether a number has neither point nor exponent.
pub(super) fn is_whole(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// Appends a number of JSON or a decimal number that Java wrote: whole ones in full, others as `BigDecimal` prints them.
pub(super) fn write_number(number: &str, out: &mut String) {
    if is_whole(number) {
        out.push_str(if number == "-0" { "0" } else { number });
        return;
    }
    let (negative, rest) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Ok(exponent) = exponent.parse::<i64>() else {
        // Beyond what a BigDecimal holds; it is left as it stands.
        out.push_str(number);
        return;
    };
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let (digits, is_zero) = if digits.is_empty() { ("0", true) } else { (digits, false) };
    let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX).saturating_sub(exponent);
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let adjusted = length.saturating_sub(scale).saturating_sub(1);
    if negative && !is_zero {
        out.push('-');
    }
    if scale >= 0 && adjusted >= LEAST_PLAIN_EXPONENT {
        let scale = usize::try_from(scale).unwrap_or(0);
        match digits.len().checked_sub(scale) {
            Some(point @ 1..) => {
                let (whole, fraction) = digits.split_at(point);
                out.push_str(whole);
                if scale > 0 {
                    out.push('.');
                    out.push_str(fraction);
                }
            }
            _ => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', scale - digits.len()));
                out.push_str(digits);
            }
        }
        return;
    }
    let (first, others) = digits.split_at(1);
    out.push_str(first);
    if !others.is_empty() {
        out.push('.');
        out.push_str(others);
    }
    if adjusted != 0 {
        out.push('E');
        out.push(if adjusted < 0 { '-' } else { '+' });
        out.push_str(&adjusted.unsigned_abs().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_java() {
        for (number, printed) in [
            ("42", "42"),
            ("-0", "0"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1.50", "1.50"),
            ("1e5", "1E+5"),
            ("1E400", "1E+400"),
            ("1.0E10", "1.0E+10"),
            ("1.0E-5", "0.000010"),
            ("0.00000001", "1E-8"),
            ("0.1e-7", "1E-8"),
            ("-0.0", "0.0"),
            ("0e3", "0E+3"),
            ("-1.25", "-1.25"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            ("12.5e1", "125"),
            ("100.00", "100.00"),
        ] {
            let mut out = String::new();
            write_number(number, &mut out);
            assert_eq!(out, printed, "{number}");
        }
    }
}
