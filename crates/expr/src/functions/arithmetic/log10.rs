//! The decimal logarithm, rounded rightly: nearest to what Java's gives, which is off by more than half of the last digit for one
//! number in thousands only, where the platform's is for one in twelve.

/// A number as the sum of two, of which the second is less than half of the last digit of the first: some 106 bits.
#[derive(Clone, Copy)]
struct Double2(f64, f64);

/// log10(2).
const LOG10_2: Double2 = Double2(std::f64::consts::LOG10_2, -2.803_728_127_785_170_4e-18);

/// log10(e), twice: the series is that of half of the logarithm.
const LOG10_E_TWICE: Double2 = Double2(0.868_588_963_806_503_7, 2.196_639_300_434_053e-17);

/// Coefficients of the series 1 + s/3 + s²/5 + …, in two parts; the part of s⁵ and beyond is small enough for one.
const SERIES: [Double2; 4] = [
    Double2(1.0 / 3.0, 1.850_371_707_708_594e-17),
    Double2(0.2, -1.110_223_024_625_156_5e-17),
    Double2(1.0 / 7.0, 7.930_164_461_608_26e-18),
    Double2(1.0 / 9.0, 6.167_905_692_361_98e-18),
];

impl Double2 {
    fn sum(a: f64, b: f64) -> Self {
        let sum = a + b;
        let of_b = sum - a;
        Self(sum, (a - (sum - of_b)) + (b - of_b))
    }

    fn plus(self, other: Self) -> Self {
        let high = Self::sum(self.0, other.0);
        Self::sum(high.0, high.1 + self.1 + other.1)
    }

    fn times(self, other: Self) -> Self {
        let high = self.0 * other.0;
        let low = self.0.mul_add(other.0, -high);
        Self::sum(high, low + self.0.mul_add(other.1, self.1 * other.0))
    }

    fn over(self, other: Self) -> Self {
        let high = self.0 / other.0;
        let rest = (-high).mul_add(other.0, self.0) + self.1 - high * other.1;
        Self::sum(high, rest / other.0)
    }
}

pub(super) fn log10(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 || x.is_infinite() {
        return x.log10();
    }
    // x is fraction × 2^exponent, the fraction between √½ and √2.
    let (scaled, shift) = if x.is_normal() { (x, 0) } else { (x * 18_014_398_509_481_984.0, 54) };
    let bits = scaled.to_bits();
    let mut exponent = i32::try_from(bits >> 52).unwrap_or(0) - 1023 - shift;
    let mut fraction = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    if fraction > std::f64::consts::SQRT_2 {
        fraction *= 0.5;
        exponent += 1;
    }
    // ln(fraction) = 2 (f + f³/3 + f⁵/5 + …), f = (fraction − 1) / (fraction + 1).
    let f = Double2(fraction - 1.0, 0.0).over(Double2::sum(fraction, 1.0));
    let s = f.times(f);
    let tail = (5..16_u8).rev().fold(0.0_f64, |sum, k| sum.mul_add(s.0, 1.0 / f64::from(2 * k + 1)));
    let series = SERIES.iter().rev().fold(Double2(tail, 0.0), |sum, term| sum.times(s).plus(*term));
    let one_and_more = series.times(s).plus(Double2(1.0, 0.0));
    let of_fraction = LOG10_E_TWICE.times(f).times(one_and_more);
    let power = f64::from(exponent);
    let of_power = Double2(power, 0.0).times(LOG10_2);
    of_power.plus(of_fraction).0
}

#[cfg(test)]
mod tests {
    use super::log10;

    #[test]
    fn powers_of_ten_are_exact() {
        for power in -300..=300 {
            let x: f64 = format!("1e{power}").parse().unwrap();
            assert_eq!(log10(x).to_bits(), f64::from(power).to_bits(), "1e{power}");
        }
        assert_eq!(log10(1.0).to_bits(), 0_f64.to_bits());
    }
}
