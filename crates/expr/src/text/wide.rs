//! Whole numbers of some thousand bits, for the digits of very large and very small doubles.

use std::cmp::Ordering;

/// A whole number: 32 bits to a limb, the lowest first, the highest not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wide(Vec<u32>);

impl From<u64> for Wide {
    fn from(value: u64) -> Self {
        let mut wide = Self(vec![low(value), low(value >> 32)]);
        wide.trim();
        wide
    }
}

/// The low 32 bits.
#[allow(clippy::cast_possible_truncation, reason = "the high bits are carried by the caller")]
fn low(value: u64) -> u32 {
    value as u32
}

impl Wide {
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// `self × by`.
    pub fn times(mut self, by: u32) -> Self {
        let mut carry = 0;
        for limb in &mut self.0 {
            let product = u64::from(*limb) * u64::from(by) + carry;
            *limb = low(product);
            carry = product >> 32;
        }
        if carry > 0 {
            self.0.push(low(carry));
        }
        self
    }

    /// `self × 5^n`.
    pub fn times_5_pow(mut self, mut n: u32) -> Self {
        while n > 0 {
            let step = n.min(13);
            self = self.times(5_u32.pow(step));
            n -= step;
        }
        self
    }

    /// `self × 2^n`.
    pub fn shifted(self, n: u32) -> Self {
        if self.0.is_empty() {
            return self;
        }
        let mut limbs = vec![0; usize::try_from(n / 32).unwrap_or(0)];
        let mut carry = 0;
        for limb in self.0 {
            let moved = u64::from(limb) << (n % 32) | carry;
            limbs.push(low(moved));
            carry = moved >> 32;
        }
        limbs.push(low(carry));
        let mut wide = Self(limbs);
        wide.trim();
        wide
    }

    /// `self + other`.
    pub fn sum(&self, other: &Self) -> Self {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut limbs = Vec::with_capacity(long.0.len() + 1);
        let mut carry = 0;
        for (i, limb) in long.0.iter().enumerate() {
            let sum = u64::from(*limb) + u64::from(short.0.get(i).copied().unwrap_or(0)) + carry;
            limbs.push(low(sum));
            carry = sum >> 32;
        }
        if carry > 0 {
            limbs.push(low(carry));
        }
        Self(limbs)
    }

    /// Leaves `self % by` and gives `self / by`, which must be a digit.
    pub fn divide(&mut self, by: &Self) -> u8 {
        let mut quotient = 0;
        while quotient < 9 && *self >= *by {
            self.subtract(by);
            quotient += 1;
        }
        quotient
    }

    /// Takes `other`, which is not greater, away.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (i, limb) in self.0.iter_mut().enumerate() {
            let taken = u64::from(other.0.get(i).copied().unwrap_or(0)) + borrow;
            let rest = (u64::from(*limb) | 1 << 32) - taken;
            *limb = low(rest);
            borrow = 1 - (rest >> 32);
        }
        self.trim();
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_add_subtract_and_divide() {
        let power = Wide::from(1).times_5_pow(100).shifted(100);
        let mut seven = power.clone().times(7).sum(&Wide::from(12_345_678_901));
        assert_eq!(seven.divide(&power), 7);
        assert_eq!(seven, Wide::from(12_345_678_901));
        assert!(power > seven);
        assert_eq!(Wide::from(3).shifted(33), Wide::from(3 << 33));
    }
}
