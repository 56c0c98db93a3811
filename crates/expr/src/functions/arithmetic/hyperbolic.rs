//! Hyperbolic functions as fdlibm computes them, and so Java: the choice of the formula decides the last digit.

use libm::{exp, expm1};

/// From here on `exp(-x)` is lost beside `exp(x)`.
const LARGE: f64 = 22.0;

/// The logarithm of the greatest DOUBLE, cut to 32 bits behind the exponent.
const EXP_MAX: f64 = f64::from_bits(0x4086_2E42_FFFF_FFFF);

/// The hyperbolic sine.
pub(super) fn sinh(x: f64) -> f64 {
    let (size, half) = (x.abs(), 0.5_f64.copysign(x));
    if !x.is_finite() || size < 2_f64.powi(-28) {
        x
    } else if size < 1.0 {
        let t = expm1(size);
        half * (2.0 * t - t * t / (t + 1.0))
    } else if size < LARGE {
        let t = expm1(size);
        half * (t + t / (t + 1.0))
    } else {
        scaled_exp(size, half)
    }
}

/// The hyperbolic cosine.
pub(super) fn cosh(x: f64) -> f64 {
    let size = x.abs();
    if !x.is_finite() {
        size
    } else if size < 0.5 * std::f64::consts::LN_2 {
        let t = expm1(size);
        let w = 1.0 + t;
        if size < 2_f64.powi(-55) { w } else { 1.0 + t * t / (w + w) }
    } else if size < LARGE {
        let t = exp(size);
        0.5 * t + 0.5 / t
    } else {
        scaled_exp(size, 0.5)
    }
}

/// The hyperbolic tangent.
pub(super) fn tanh(x: f64) -> f64 {
    let size = x.abs();
    let positive = if x.is_nan() {
        return x;
    } else if size >= LARGE {
        1.0
    } else if size < 2_f64.powi(-55) {
        return x;
    } else if size >= 1.0 {
        1.0 - 2.0 / (expm1(2.0 * size) + 2.0)
    } else {
        let t = expm1(-2.0 * size);
        -t / (t + 2.0)
    };
    positive.copysign(x)
}

/// `half * exp(size)`, also where only the exponential is too great.
fn scaled_exp(size: f64, half: f64) -> f64 {
    if size < EXP_MAX {
        return half * exp(size);
    }
    let root = exp(0.5 * size);
    half * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_digits_are_those_of_java() {
        assert_eq!(cosh(-1.0), 1.543080634815244);
        assert_eq!(sinh(1.0), 1.1752011936438014);
        assert_eq!(tanh(1.0), 0.7615941559557649);
        assert_eq!(cosh(0.1), 1.0050041680558035);
    }

    #[test]
    fn ends_keep_their_sign() {
        assert!(sinh(-0.0).is_sign_negative() && tanh(-0.0).is_sign_negative());
        assert_eq!(
            (sinh(f64::NEG_INFINITY), cosh(f64::NEG_INFINITY), tanh(-800.0)),
            (f64::NEG_INFINITY, f64::INFINITY, -1.0)
        );
        assert!(sinh(f64::NAN).is_nan() && cosh(f64::NAN).is_nan() && tanh(f64::NAN).is_nan());
        assert!(cosh(710.0).is_finite() && cosh(711.0).is_infinite());
    }
}
