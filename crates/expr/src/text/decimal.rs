//! DECIMAL in plain notation, with as many digits after the point as its scale says.

use super::write_unsigned;

/// Appends the DECIMAL of this unscaled value and scale: `150` with scale 2 is `1.50`.
pub fn write_decimal(unscaled: i128, scale: u8, out: &mut String) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = unscaled.unsigned_abs();
    if scale == 0 {
        return write_unsigned(digits, 1, out);
    }
    let one = 10_u128.checked_pow(u32::from(scale)).unwrap_or(u128::MAX);
    write_unsigned(digits / one, 1, out);
    out.push('.');
    write_unsigned(digits % one, usize::from(scale), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_kept() {
        let text = |unscaled, scale| {
            let mut out = String::new();
            write_decimal(unscaled, scale, &mut out);
            out
        };
        assert_eq!(text(150, 2), "1.50");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(0, 38), format!("0.{}", "0".repeat(38)));
        assert_eq!(text(10_i128.pow(38) - 1, 19), format!("{}.{}", "9".repeat(19), "9".repeat(19)));
    }
}
