//! FLOAT and DOUBLE as Java prints them.
//!
//! `Double.toString` and `Float.toString` of the Java that Flink runs on (up to 18) do not always give the
//! shortest digits that read back as the same number: they generate digits with the free-format
//! algorithm of Steele and White (1990), stop by the bounds below, and cut large whole numbers by a rule of their
//! own. `2.0E-3` and `1.0E23` come out short, `2.2E-322` and `2.98023223876953125E-8` do not. The
//! digits are what a query shows, so the rules are followed as they are.

use super::wide::Wide;

/// Appends `value` as Java's `Double.toString` prints it: `1.0`, `1.5E10`, `NaN`, `-Infinity`.
pub fn write_double(value: f64, out: &mut String) {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7FF).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    write(value.is_sign_negative(), value.is_nan(), value.is_infinite(), out, || {
        if exponent == 0 {
            let shift = i32::try_from(fraction.leading_zeros()).unwrap_or(0) - 11;
            digits(fraction << shift, 1 - shift - 1023, 53 - shift)
        } else {
            digits(fraction | 1 << 52, exponent - 1023, 53)
        }
    });
}

/// Appends `value` as Java's `Float.toString` prints it.
pub fn write_float(value: f32, out: &mut String) {
    let bits = value.to_bits();
    let exponent = i32::try_from((bits >> 23) & 0xFF).unwrap_or(0);
    let fraction = u64::from(bits & ((1 << 23) - 1));
    write(value.is_sign_negative(), value.is_nan(), value.is_infinite(), out, || {
        if exponent == 0 {
            let shift = i32::try_from(fraction.leading_zeros()).unwrap_or(0) - 40;
            digits(fraction << shift << 29, 1 - shift - 127, 24 - shift)
        } else {
            digits((fraction | 1 << 23) << 29, exponent - 127, 24)
        }
    });
}

/// The digits of a number: `0.d1d2d3… × 10^point`.
struct Digits {
    digits: [u8; 24],
    count: usize,
    point: i32,
}

impl Digits {
    fn new(point: i32) -> Self {
        Self { digits: [0; 24], count: 0, point }
    }

    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.count) {
            *place = digit;
            self.count += 1;
        }
    }

    fn as_slice(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or(&[])
    }

    fn last_is_odd(&self) -> bool {
        self.as_slice().last().is_some_and(|d| d % 2 == 1)
    }

    /// Adds one in the last place.
    fn round_up(&mut self) {
        let count = self.count;
        let Some(digits) = self.digits.get_mut(..count) else { return };
        for digit in digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        // All were nines.
        if let Some(first) = digits.first_mut() {
            *first = 1;
        }
        self.point += 1;
    }
}

fn write(negative: bool, nan: bool, infinite: bool, out: &mut String, finite: impl FnOnce() -> Option<Digits>) {
    if nan {
        out.push_str("NaN");
        return;
    }
    if negative {
        out.push('-');
    }
    if infinite {
        out.push_str("Infinity");
        return;
    }
    match finite() {
        None => out.push_str("0.0"),
        Some(digits) => lay_out(digits.as_slice(), digits.point, out),
    }
}

/// Plain from 0.001 to below 10,000,000, else with an exponent; always a digit before and after the point.
fn lay_out(digits: &[u8], point: i32, out: &mut String) {
    let push = |out: &mut String, digits: &[u8]| out.extend(digits.iter().map(|d| char::from(b'0' + d)));
    let or_zero = |out: &mut String, digits: &[u8]| match digits {
        [] => out.push('0'),
        digits => push(out, digits),
    };
    match usize::try_from(point) {
        Ok(whole @ 1..=7) => {
            let (before, after) = digits.split_at(whole.min(digits.len()));
            push(out, before);
            out.extend(std::iter::repeat_n('0', whole - before.len()));
            out.push('.');
            or_zero(out, after);
        }
        _ if (-2..=0).contains(&point) => {
            out.push_str("0.");
            out.extend((point..0).map(|_| '0'));
            push(out, digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1.min(digits.len()));
            push(out, first);
            out.push('.');
            or_zero(out, rest);
            out.push('E');
            super::write_integer(i64::from(point) - 1, out);
        }
    }
}

/// Bits of 5^n, rounded up.
fn bits_of_5_pow(n: i32) -> i32 {
    const BITS: [i32; 27] = [
        0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61,
    ];
    usize::try_from(n).ok().and_then(|n| BITS.get(n)).copied().unwrap_or(n * 3)
}

/// The digits of `fraction × 2^(exponent − 52)`, where `fraction` has 53 bits of which the first is set and
/// the first `significant` count. `None` for 0.
fn digits(fraction: u64, exponent: i32, significant: i32) -> Option<Digits> {
    if fraction == 0 {
        return None;
    }
    let tail = i32::try_from(fraction.trailing_zeros()).unwrap_or(0);
    let fraction_bits = 53 - tail;
    // Bits right of the binary point.
    let tiny = (fraction_bits - exponent - 1).max(0);
    if tiny == 0 && exponent <= 62 {
        let whole = if exponent >= 52 { fraction << (exponent - 52) } else { fraction >> (52 - exponent) };
        let cut = if exponent > significant { decimal_digits_of_2_pow(exponent - significant - 1) } else { 0 };
        return Some(whole_digits(whole, cut));
    }

    // The number is B/S × 10^scale, and M/S is half the distance to its neighbours.
    let scale = estimated_scale(fraction, exponent);
    let b5 = (-scale).max(0);
    let s5 = scale.max(0);
    let (mut b2, mut s2) = (b5 + tiny + exponent, s5 + tiny);
    let mut m2 = b2 - significant;
    b2 -= fraction_bits - 1;
    let common = b2.min(s2);
    b2 -= common;
    s2 -= common;
    m2 -= common;
    if fraction_bits == 1 {
        // Below a power of two the neighbour is twice as near.
        m2 -= 1;
    }
    if m2 < 0 {
        b2 -= m2;
        s2 -= m2;
        m2 = 0;
    }
    let fraction = fraction >> tail;
    let b_bits = fraction_bits + b2 + bits_of_5_pow(b5);
    let s_bits = s2 + 1 + bits_of_5_pow(s5 + 1);
    let widest = b_bits.max(s_bits);
    let fives = Fives { fraction, b5, b2, s5, s2, m2 };
    Some(if widest < 32 {
        fives.generate_i32(scale)
    } else if widest < 64 {
        fives.generate_i64(scale)
    } else {
        fives.generate_wide(scale, widest)
    })
}

/// How many decimal digits 2^n surely has behind its first.
fn decimal_digits_of_2_pow(n: i32) -> u32 {
    if n <= 1 { 0 } else { 2_u64.checked_pow(n.unsigned_abs()).map_or(0, u64::ilog10) }
}

/// A whole number without its last `cut` digits, rounded half up, and without trailing zeros.
fn whole_digits(mut whole: u64, cut: u32) -> Digits {
    let mut dropped = cut;
    if cut > 0 {
        let by = 10_u64.pow(cut);
        let residue = whole % by;
        whole /= by;
        if residue >= by / 2 {
            whole += 1;
        }
    }
    while whole != 0 && whole.is_multiple_of(10) {
        whole /= 10;
        dropped += 1;
    }
    let count = if whole == 0 { 1 } else { whole.ilog10() + 1 };
    let mut digits = Digits::new(i32::try_from(count + dropped).unwrap_or(i32::MAX));
    for place in (0..count).rev() {
        digits.push(u8::try_from(whole / 10_u64.pow(place) % 10).unwrap_or(0));
    }
    digits
}

/// The decimal exponent of the first digit, perhaps one too high: the tangent of log10 at 1.5.
#[allow(clippy::cast_possible_truncation, reason = "the logarithm of a double fits an i32")]
fn estimated_scale(fraction: u64, exponent: i32) -> i32 {
    let mantissa = f64::from_bits(1023 << 52 | fraction & ((1 << 52) - 1));
    let estimate =
        (mantissa - 1.5) * 0.289_529_654 + 0.176_091_259 + f64::from(exponent) * 0.301_029_995_663_981;
    estimate.floor() as i32
}

/// B = fraction × 5^b5 × 2^b2, S = 5^s5 × 2^s2, M = 5^b5 × 2^m2.
struct Fives {
    fraction: u64,
    b5: i32,
    b2: i32,
    s5: i32,
    s2: i32,
    m2: i32,
}

/// Generates digits in a machine word. `m` may overflow: then it is surely greater than the rest.
macro_rules! generate {
    ($name:ident, $word:ty) => {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            clippy::cast_sign_loss,
            reason = "the bits were counted before: all but m fit the word, exponents are small and digits below 10"
        )]
        fn $name(&self, mut scale: i32) -> Digits {
            let five = |n: i32| (5 as $word).wrapping_pow(n as u32);
            let mut b = ((self.fraction as $word).wrapping_mul(five(self.b5))).wrapping_shl(self.b2 as u32);
            let s = five(self.s5).wrapping_shl(self.s2 as u32);
            let mut m = five(self.b5).wrapping_shl(self.m2 as u32);
            let tens = s.wrapping_mul(10);
            let mut digits = Digits::new(0);
            let mut q = b / s;
            b = (b % s).wrapping_mul(10);
            m = m.wrapping_mul(10);
            let mut low = b < m;
            let mut high = b.wrapping_add(m) > tens;
            if q == 0 && !high {
                scale -= 1;
            } else {
                digits.push(q as u8);
            }
            if !(-3..8).contains(&scale) {
                low = false;
                high = false;
            }
            while !low && !high {
                q = b / s;
                b = (b % s).wrapping_mul(10);
                m = m.wrapping_mul(10);
                if m > 0 {
                    low = b < m;
                    high = b.wrapping_add(m) > tens;
                } else {
                    low = true;
                    high = true;
                }
                digits.push(q as u8);
            }
            digits.point = scale + 1;
            finish(digits, low, high, (b.wrapping_shl(1)).cmp(&tens))
        }
    };
}

impl Fives {
    generate!(generate_i32, i32);
    generate!(generate_i64, i64);

    /// Generates digits in numbers of any width. Unlike in a machine word, a sum that equals 10 S counts as high.
    #[allow(clippy::cast_sign_loss, reason = "the exponents of B, S and M are not negative")]
    fn generate_wide(&self, mut scale: i32, _bits: i32) -> Digits {
        let power = |five: i32, two: i32| Wide::from(1).times_5_pow(five as u32).shifted(two as u32);
        let s = power(self.s5, self.s2);
        let mut b = Wide::from(self.fraction).times_5_pow(self.b5 as u32).shifted(self.b2 as u32);
        let mut m = power(self.b5, self.m2).times(10);
        let tens = s.clone().times(10);
        let mut digits = Digits::new(0);
        let mut q = b.divide(&s);
        b = b.times(10);
        let mut low = b < m;
        let mut high = b.sum(&m) >= tens;
        if q == 0 && !high {
            scale -= 1;
        } else {
            digits.push(q);
        }
        if !(-3..8).contains(&scale) {
            low = false;
            high = false;
        }
        while !low && !high {
            q = b.divide(&s);
            b = b.times(10);
            m = m.times(10);
            low = b < m;
            high = b.sum(&m) >= tens;
            digits.push(q);
        }
        digits.point = scale + 1;
        let doubled = b.shifted(1);
        finish(digits, low, high, doubled.cmp(&tens))
    }
}

/// Rounds the last digit by why generation stopped; `half` compares twice the rest with one unit of it.
fn finish(mut digits: Digits, low: bool, high: bool, half: std::cmp::Ordering) -> Digits {
    use std::cmp::Ordering;
    let up = match (high, low, half) {
        (false, ..) | (true, true, Ordering::Less) => false,
        (true, true, Ordering::Equal) => digits.last_is_odd(),
        (true, false, _) | (true, true, Ordering::Greater) => true,
    };
    if up {
        digits.round_up();
    }
    digits
}
