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

fn write(
    negative: bool,
    nan: bool,
    infinite: bool,
    out: &mut String,
    finite: impl FnOnce() -> Option<Digits>,
) {
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
        0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59,
        61,
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
        let cut =
            if exponent > significant { decimal_digits_of_2_pow(exponent - significant - 1) } else { 0 };
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
    } else if widest < 120 {
        fives.generate_i128(scale)
    } else {
        fives.generate_wide(scale)
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
#[allow(clippy::approx_constant, reason = "Java's factors, which have a few digits less")]
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

/// Generates digits in a machine word. `m` may overflow it: then it is surely greater than the rest.
macro_rules! generate {
    ($name:ident, $word:ty, $reaches:tt) => {
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
            let mut high = b.wrapping_add(m) $reaches tens;
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
                    high = b.wrapping_add(m) $reaches tens;
                } else {
                    low = true;
                    high = true;
                }
                digits.push(q as u8);
            }
            digits.point = scale + 1;
            finish(digits, low, high, b.wrapping_shl(1).wrapping_sub(tens).cmp(&0))
        }
    };
}

impl Fives {
    // Beyond 64 bits, a sum that equals 10 S counts as high. So it is in Java.
    generate!(generate_i32, i32, >);
    generate!(generate_i64, i64, >);
    generate!(generate_i128, i128, >=);

    /// Generates digits in numbers of any width.
    #[allow(clippy::cast_sign_loss, reason = "the exponents of B, S and M are not negative")]
    fn generate_wide(&self, mut scale: i32) -> Digits {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits and what Java 17 prints for them; about half are numbers for which it does not print the fewest digits.
    const DOUBLES: &[(u64, &str)] = &[
        (0x43D8ABCD40C340C8, "7.1109606238607852E18"),
        (0x1, "4.9E-324"),
        (0x43B63402BA7CDAC4, "1.59990676760525312E18"),
        (0xC3BE13DD58C60B9F, "-2.16731921904485146E18"),
        (0xC3D2C6DF317CC47F, "-5.4120565668442266E18"),
        (0xC3BC594973624280, "-2.04274466590782259E18"),
        (0x43DD259CAC375892, "8.4010282588602552E18"),
        (0x43C865C53C485D6A, "3.5160561845216758E18"),
        (0x3A00000000000000, "2.5243548967072378E-29"),
        (0xC3D3BBD26F123A0E, "-5.6878459274180833E18"),
        (0xC3C05BF9EEBAAA46, "-2.3576210624335411E18"),
        (0x43C510BC77DC32C7, "3.0358405948106051E18"),
        (0x3FEE72C600000000, "0.9515104293823242"),
        (0x3FD7541C0778F8A8, "0.36450863580456394"),
        (0xBDA72502E97D808A, "-1.0524934479999999E-11"),
        (0x4082E35C28F5C28F, "604.42"),
        (0x44B5A6A11203EBF6, "1.02243462E23"),
        (0xBFF69251E0000000, "-1.4107226133346558"),
        (0x95CFCE9AC, "1.9868743441E-313"),
        (0xBFF60D7780000000, "-1.3782877922058105"),
        (0x3FCA2DFCD7274064, "0.20452843194516668"),
        (0x2770000000000000, "9.913835302014255E-119"),
        (0xBFD3611240000000, "-0.3027997612953186"),
        (0xBF741A27790BC9A8, "-0.0049077550799999994"),
        (0x3FF0000000000000, "1.0"),
        (0x3F50624DD2F1A9FC, "0.001"),
        (0x3F505E1C15097C81, "9.99E-4"),
        (0x416312D000000000, "1.0E7"),
        (0x416312CFE0000000, "9999999.0"),
        (0x8000000000000000, "-0.0"),
        (0x4059000000000000, "100.0"),
        (0x7FF0000000000000, "Infinity"),
        (0x1, "4.9E-324"),
    ];
    const FLOATS: &[(u32, &str)] = &[
        (0x1A800000, "5.293956E-23"),
        (0x5C800000, "2.88230376E17"),
        (0x3C800000, "0.015625"),
        (0x4A800000, "4194304.0"),
        (0xDD7E9355, "-1.1465062E18"),
        (0x5E205092, "2.88797339E18"),
        (0x4331B5C3, "177.71"),
        (0xD800000, "7.888609E-31"),
        (0xEF0AEFA6, "-4.299865E28"),
        (0xEA7018D5, "-7.2564866E25"),
        (0x5EEB9EC3, "8.489111E18"),
        (0xAF33F1E1, "-1.6365888E-10"),
        (0x3A000000, "4.8828125E-4"),
        (0x3B000000, "0.001953125"),
        (0xBD64AD17, "-0.055829134"),
    ];

    #[test]
    fn numbers_print_as_java_prints_them() {
        for (bits, expected) in DOUBLES {
            let mut out = String::new();
            write_double(f64::from_bits(*bits), &mut out);
            assert_eq!(out, *expected);
        }
        for (bits, expected) in FLOATS {
            let mut out = String::new();
            write_float(f32::from_bits(*bits), &mut out);
            assert_eq!(out, *expected);
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for bits in (0..u64::MAX).step_by(7_919 << 44).chain((0..1 << 20).step_by(999)) {
            let value = f64::from_bits(bits);
            let mut out = String::new();
            write_double(value, &mut out);
            assert!(value.is_nan() || out.parse() == Ok(value), "{out}");
        }
    }
}
