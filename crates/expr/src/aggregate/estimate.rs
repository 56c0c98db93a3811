//! APPROX_COUNT_DISTINCT: HyperLogLog (Flajolet et al. 2007) with Flink's hashes and registers, so that it counts small numbers as
//! Flink does: linearly. Of larger numbers it is the estimate of Ertl 2017 ("New cardinality estimation algorithms for
//! HyperLogLog sketches", section 4), where Flink corrects Flajolet's by tables.

use std::any::Any;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, BooleanArray, Int64Array};

use super::rows::Taken;
use super::state::{Fixed, State, broken, put_length};
use super::xxh64::xxh64;
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::Example;
use crate::functions::signature::{Family, no_overload};
use crate::types::{DataType, Kind};

/// Bits of a hash that choose a register: Flink's number for a relative error of 1 %.
const INDEX_BITS: u32 = 14;

const REGISTERS: usize = 1 << INDEX_BITS;

/// The seed of Flink's hashes.
const SEED: u64 = 42;

/// Up to this number, what the empty registers tell is nearer to the truth than the full ones.
const LINEAR_MAX: f64 = 15_500.0;

/// So many registers are kept as a list; more, as all there are.
const FEW_MAX: usize = 2048;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[AggregateFunction {
    name: "APPROX_COUNT_DISTINCT",
    aliases: &[],
    signatures: &["APPROX_COUNT_DISTINCT(value)"],
    summary: "About how many different values there are that are not NULL, with a relative error of 1 %, in 16 KiB at the most. Takes \
              numbers, strings and datetimes. Up to 15,500 it gives what Flink gives; beyond that both estimate differently. Rows \
              that change cannot be counted so.",
    examples: &[Example("APPROX_COUNT_DISTINCT(x)", "2")],
    resolve: |call| {
        let signature = call.take(&[Family::Any])?;
        let kind = signature.kind(0).clone();
        if !(kind.is_numeric() || kind.is_character() || kind.is_datetime()) {
            return no_overload();
        }
        let overload = overload(signature, DataType::not_null(Kind::BigInt), move || {
            Box::new(Estimate { of: kind.clone(), groups: Vec::new() })
        });
        Ok(AggregateOverload { null_when_empty: false, ..overload })
    },
}];

/// The hash of a number as Flink's, which takes numbers of 32 and of 64 bits for their bytes.
fn number(value: impl Fixed) -> u64 {
    let mut bytes = Vec::with_capacity(size_of::<u64>());
    value.put(&mut bytes);
    xxh64(&bytes, SEED)
}

/// The hash of a DECIMAL: of up to 18 digits as of a number, of more as of the bytes of Java's `BigInteger`.
fn decimal(value: i128, precision: u8) -> u64 {
    if precision <= 18
        && let Ok(value) = i64::try_from(value)
    {
        return number(value);
    }
    let bytes = value.to_be_bytes();
    let sign = if value < 0 { u8::MAX } else { 0 };
    let is_padding = |at: usize| {
        bytes.get(at) == Some(&sign) && bytes.get(at + 1).is_some_and(|next| (next ^ sign) & 0x80 == 0)
    };
    let padding = (0..bytes.len()).take_while(|at| is_padding(*at)).count();
    xxh64(bytes.get(padding..).unwrap_or_default(), SEED)
}

/// Calls `take` with the hash of the value of each row.
fn hashes(column: &ArrayRef, kind: &Kind, taken: &Taken<'_>, mut take: impl FnMut(usize, u64)) -> Result<()> {
    macro_rules! each {
        ($type:ty, |$value:ident| $hash:expr) => {{
            let values = column.as_primitive_opt::<$type>().ok_or_else(misfit)?.values();
            taken.each(|row, group| {
                let $value = values[row];
                take(group, $hash);
            });
        }};
    }
    match kind {
        Kind::TinyInt => each!(Int8Type, |v| number(i32::from(v))),
        Kind::SmallInt => each!(Int16Type, |v| number(i32::from(v))),
        Kind::Int => each!(Int32Type, |v| number(v)),
        Kind::BigInt => each!(Int64Type, |v| number(v)),
        Kind::Float => each!(Float32Type, |v| number(v)),
        Kind::Double => each!(Float64Type, |v| number(v)),
        Kind::Date => each!(Date32Type, |v| number(v)),
        Kind::Time { .. } => each!(Time32MillisecondType, |v| number(v)),
        Kind::Decimal { precision, .. } => each!(Decimal128Type, |v| decimal(v, *precision)),
        Kind::Timestamp { .. } | Kind::TimestampLtz { .. } => {
            match column.as_primitive_opt::<TimestampMicrosecondType>() {
                Some(_) => each!(TimestampMicrosecondType, |v| number(v)),
                None => each!(Decimal128Type, |v| xxh64(&v.to_le_bytes(), SEED)),
            }
        }
        _ => {
            let values = column.as_string_view_opt().ok_or_else(misfit)?;
            taken.each(|row, group| take(group, xxh64(values.value(row).as_bytes(), SEED)));
        }
    }
    Ok(())
}

fn misfit() -> Error {
    Error::internal("APPROX_COUNT_DISTINCT got a column of another type than it was made for")
}

/// For each register the longest run of leading zeros, plus one, of the hashes that fell into it; 0 where none did.
#[derive(Clone)]
enum Sketch {
    /// Ordered by register, none of them 0.
    Few(Vec<(u16, u8)>),
    All(Box<[u8]>),
}

impl Default for Sketch {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Sketch {
    #[allow(clippy::cast_possible_truncation, reason = "14 bits, and at most 51 zeros")]
    fn add(&mut self, hash: u64) {
        let register = (hash >> (u64::BITS - INDEX_BITS)) as u16;
        // A bit behind those of the hash bounds the run.
        let run = ((hash << INDEX_BITS) | (1 << (INDEX_BITS - 1))).leading_zeros() as u8 + 1;
        self.raise(register, run);
    }

    fn raise(&mut self, register: u16, run: u8) {
        match self {
            Self::Few(few) => match few.binary_search_by_key(&register, |(known, _)| *known) {
                Ok(at) => {
                    if let Some((_, longest)) = few.get_mut(at) {
                        *longest = run.max(*longest);
                    }
                }
                Err(_) if few.len() >= FEW_MAX => {
                    let mut all = vec![0; REGISTERS].into_boxed_slice();
                    for (known, run) in few.iter().chain([&(register, run)]) {
                        if let Some(slot) = all.get_mut(usize::from(*known)) {
                            *slot = *run;
                        }
                    }
                    *self = Self::All(all);
                }
                Err(at) => few.insert(at, (register, run)),
            },
            Self::All(all) => {
                if let Some(longest) = all.get_mut(usize::from(register)) {
                    *longest = run.max(*longest);
                }
            }
        }
    }

    /// The registers that are not 0.
    fn full(&self) -> Vec<(u16, u8)> {
        match self {
            Self::Few(few) => few.clone(),
            Self::All(all) => (0..).zip(all.iter().copied()).filter(|(_, run)| *run > 0).collect(),
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "an estimate is far below 2^53"
    )]
    fn count(&self) -> i64 {
        let full = self.full();
        let (registers, empty) = (REGISTERS as f64, (REGISTERS - full.len()) as f64);
        if empty > 0.0 {
            let linear = registers * (registers / empty).ln();
            if linear <= LINEAR_MAX {
                return linear.round() as i64;
            }
        }
        let longest = u64::BITS - INDEX_BITS + 1;
        let mut runs = vec![0.0_f64; longest as usize + 1];
        for (_, run) in &full {
            if let Some(count) = runs.get_mut(usize::from(*run)) {
                *count += 1.0;
            }
        }
        let saturated = runs.last().copied().unwrap_or(0.0);
        let mut sum = registers * tau(1.0 - saturated / registers);
        for count in runs.iter().rev().skip(1).take(longest as usize - 1) {
            sum = 0.5 * (sum + count);
        }
        sum += registers * sigma(empty / registers);
        (registers * registers / (2.0 * 2.0_f64.ln() * sum)).round() as i64
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Few(few) => few.capacity() * size_of::<(u16, u8)>(),
            Self::All(all) => all.len(),
        }
    }
}

fn sigma(mut x: f64) -> f64 {
    let (mut y, mut z) = (1.0, x);
    if x >= 1.0 {
        return f64::INFINITY;
    }
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

struct Estimate {
    of: Kind,
    groups: Vec<Sketch>,
}

impl Estimate {
    fn grow(&mut self, groups_total: usize) {
        self.groups.resize(groups_total.max(self.groups.len()), Sketch::default());
    }
}

impl Accumulator for Estimate {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        if retract {
            return Err(Error::unsupported(
                "APPROX_COUNT_DISTINCT of rows that change is not supported: it cannot forget what it has seen; use \
                 COUNT(DISTINCT …)",
            ));
        }
        self.grow(groups_total);
        let sketches = &mut self.groups;
        let taken = Taken::without_nulls(groups, keep, arguments);
        hashes(argument(arguments, 0, Some)?, &self.of, &taken, |group, hash| {
            if let Some(sketch) = sketches.get_mut(group) {
                sketch.add(hash);
            }
        })
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for (theirs, group) in other.groups.iter().zip(groups) {
            if let Some(own) = self.groups.get_mut(*group as usize) {
                for (register, run) in theirs.full() {
                    own.raise(register, run);
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let counts = self.groups.iter().take(groups_total).map(Sketch::count);
        Ok(Arc::new(Int64Array::from_iter_values(counts)))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(sketch) = self.groups.get(group) {
            let full = sketch.full();
            put_length(full.len(), state);
            for (register, run) in full {
                state.extend_from_slice(&register.to_le_bytes());
                state.push(run);
            }
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut sketch = Sketch::default();
        if let Some(mut state) = State::of(state) {
            for _ in 0..state.length()? {
                let (low, high, run) = (u8::get(&mut state)?, u8::get(&mut state)?, u8::get(&mut state)?);
                let register = u16::from_le_bytes([low, high]);
                if usize::from(register) >= REGISTERS || u32::from(run) > u64::BITS {
                    return Err(broken());
                }
                sketch.raise(register, run);
            }
            state.end()?;
        }
        self.grow(group + 1);
        if let Some(slot) = self.groups.get_mut(group) {
            *slot = sketch;
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Sketch>() + self.groups.iter().map(Sketch::bytes).sum::<usize>()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_near_the_truth() {
        let mut sketch = Sketch::default();
        let mut added = 0_i64;
        for (until, error) in
            [(0, 0.0), (10, 0.0), (1000, 0.01), (15_000, 0.02), (100_000, 0.03), (1_000_000, 0.03)]
        {
            while added < until {
                sketch.add(number(added));
                added += 1;
            }
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let off = (sketch.count() - until).abs() as f64;
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let allowed = error * until as f64;
            assert!(off <= allowed, "{} for {until}", sketch.count());
        }
    }

    #[test]
    fn decimals_of_many_digits_hash_as_their_shortest_bytes() {
        assert_eq!(decimal(1, 20), xxh64(&[1], SEED));
        assert_eq!(decimal(-1, 20), xxh64(&[0xff], SEED));
        assert_eq!(decimal(128, 20), xxh64(&[0, 128], SEED));
        assert_eq!(decimal(128, 18), number(128_i64));
    }
}
