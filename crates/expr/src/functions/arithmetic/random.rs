//! RAND, RAND_INTEGER and UUID.
//!
//! Without a seed of their own they draw from the batch's ([`EvalContext::seed`]). With a constant seed they
//! give the numbers of Java's `Random` in turn, one for each row that is evaluated.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{ArrayRef, PrimitiveArray};

use crate::error::{Error, Result};
use crate::eval::{Column, EvalContext, Primitives};
use crate::functions::kernel::collect_text;
use crate::functions::signature::{Family, STRING};
use crate::functions::{Category, Determinism, Example, Function, Kernel, KernelArguments};
use crate::types::Kind;
use crate::value::Value;

/// The entries of this room.
pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "RAND",
        aliases: &[],
        category: Category::Arithmetic,
        signatures: &["RAND()", "RAND(seed)"],
        summary: "A random DOUBLE from 0.0 to below 1.0. Calls with the same constant seed give the same sequence of \
                  numbers, that of Java's generator.",
        examples: &[Example("RAND(1)", "0.7308781907032909"), Example("RAND() < 1", "TRUE")],
        determinism: Determinism::Random,
        resolve: |call| {
            call.take_optional(&[], &[Family::Int])?.returns(Kind::Double).kernel(|known| {
                Ok(match Seed::of(known, known.types.len() == 1)? {
                    Seed::Batch => batch::<Float64Type>(|word, _| Ok(unit(word))),
                    Seed::Constant(random) => {
                        seeded::<Float64Type>(random, |random, _| Ok(random.next_double()))
                    }
                    Seed::Varying => varying::<Float64Type>(|random, _| Ok(random.next_double())),
                })
            })
        },
    },
    Function {
        name: "RAND_INTEGER",
        aliases: &[],
        category: Category::Arithmetic,
        signatures: &["RAND_INTEGER(bound)", "RAND_INTEGER(seed, bound)"],
        summary: "A random INT from 0 to below the bound, which must be positive. Calls with the same constant seed \
                  and bound give the same sequence of numbers, that of Java's generator.",
        examples: &[Example("RAND_INTEGER(1, 10)", "5"), Example("RAND_INTEGER(1)", "0")],
        determinism: Determinism::Random,
        resolve: |call| {
            call.take_optional(&[Family::Int], &[Family::Int])?.returns(Kind::Int).fallible().kernel(
                |known| {
                    Ok(match Seed::of(known, known.types.len() == 2)? {
                        Seed::Batch => batch::<Int32Type>(|word, bound| below(word, positive(bound)?)),
                        Seed::Constant(random) => seeded::<Int32Type>(random, |random, bound| {
                            Ok(random.next_below(positive(bound)?))
                        }),
                        Seed::Varying => {
                            varying::<Int32Type>(|random, bound| Ok(random.next_below(positive(bound)?)))
                        }
                    })
                },
            )
        },
    },
    Function {
        name: "UUID",
        aliases: &[],
        category: Category::String,
        signatures: &["UUID()"],
        summary: "A random universally unique identifier (RFC 4122, version 4).",
        examples: &[Example("CHAR_LENGTH(UUID())", "36")],
        determinism: Determinism::Random,
        resolve: |call| {
            call.take(&[])?.returns_not_null(STRING).kernel(|_| {
                Ok(Box::new(|context: &EvalContext, _: &[Column], rows: usize| {
                    let column = collect_text(rows, |row, out| {
                        write_uuid([word(context, 2 * row), word(context, 2 * row + 1)], out);
                        Ok(Some(()))
                    })?;
                    Ok(Column::Array(column))
                }))
            })
        },
    },
];

/// What a call draws from.
enum Seed {
    /// The batch's seed.
    Batch,
    /// A generator that goes on from row to row.
    Constant(JavaRandom),
    /// A generator for each row.
    Varying,
}

impl Seed {
    /// The seed is the first argument, if the call has one.
    fn of(known: &KernelArguments<'_>, given: bool) -> Result<Self> {
        Ok(match known.constants.first() {
            _ if !given => Self::Batch,
            Some(Some(Value::Int(seed))) => Self::Constant(JavaRandom::new((*seed).into())),
            Some(_) => Self::Varying,
            None => return Err(Error::internal("a seed that is no argument")),
        })
    }
}

/// A 64-bit word for a row (SplitMix64).
fn word(context: &EvalContext, row: usize) -> u64 {
    let mut z = context.seed.wrapping_add((row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A double of 53 random bits, from 0.0 to below 1.0.
#[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * 2_f64.powi(-53)
}

/// A number below the bound, each as likely as the others but for one part in 2^32.
fn below(word: u64, bound: i32) -> Result<i32> {
    let scaled = u128::from(word) * u128::from(bound.unsigned_abs());
    i32::try_from(scaled >> 64).map_err(|_| Error::internal("a random number beyond its bound"))
}

fn positive(bound: i32) -> Result<i32> {
    if bound > 0 {
        Ok(bound)
    } else {
        Err(Error::runtime(format!("RAND_INTEGER got the bound {bound}; it must be positive")))
    }
}

/// The bound of each row: the last argument. RAND has none.
fn bounds(arguments: &[Column]) -> Result<Option<Primitives<'_, Int32Type>>> {
    arguments.last().map(Primitives::new).transpose()
}

fn collect<T: arrow_array::ArrowPrimitiveType>(
    rows: usize,
    valid: impl Fn(usize) -> bool,
    mut value: impl FnMut(usize) -> Result<T::Native>,
) -> Result<Column> {
    let values: PrimitiveArray<T> = (0..rows)
        .map(|row| if valid(row) { value(row).map(Some) } else { Ok(None) })
        .collect::<Result<_>>()?;
    let array: ArrayRef = Arc::new(values);
    Ok(Column::Array(array))
}

/// Draws from the batch's seed.
fn batch<T: arrow_array::ArrowPrimitiveType>(
    draw: impl Fn(u64, i32) -> Result<T::Native> + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |context, arguments, rows| {
        let bounds = bounds(arguments)?;
        let bound = |row| bounds.as_ref().map_or(Some(0), |b| b.get(row));
        collect::<T>(
            rows,
            |row| bound(row).is_some(),
            |row| draw(word(context, row), bound(row).unwrap_or(0)),
        )
    })
}

/// Draws from a generator that goes on from row to row.
fn seeded<T: arrow_array::ArrowPrimitiveType>(
    random: JavaRandom,
    draw: impl Fn(&mut JavaRandom, i32) -> Result<T::Native> + Send + Sync + 'static,
) -> Kernel {
    let random = Mutex::new(random);
    Box::new(move |_, arguments, rows| {
        let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
        let bounds = bounds(arguments)?;
        let bound = |row| bounds.as_ref().map_or(Some(0), |b| b.get(row));
        collect::<T>(rows, |row| bound(row).is_some(), |row| draw(&mut random, bound(row).unwrap_or(0)))
    })
}

/// Draws the first number of a generator for each row.
fn varying<T: arrow_array::ArrowPrimitiveType>(
    draw: impl Fn(&mut JavaRandom, i32) -> Result<T::Native> + Send + Sync + 'static,
) -> Kernel {
    Box::new(move |_, arguments, rows| {
        let Some(seeds) = arguments.first() else { return Err(Error::internal("a seed is missing")) };
        let (seeds, bounds) = (Primitives::<Int32Type>::new(seeds)?, bounds(arguments)?);
        let bound = |row| bounds.as_ref().map_or(Some(0), |b| b.get(row));
        collect::<T>(
            rows,
            |row| seeds.get(row).is_some() && bound(row).is_some(),
            |row| draw(&mut JavaRandom::new(seeds.value(row).into()), bound(row).unwrap_or(0)),
        )
    })
}

/// The generator of `java.util.Random`: Knuth's linear congruences of 48 bits, as its documentation gives them.
struct JavaRandom(u64);

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ Self::MULTIPLIER) & Self::MASK)
    }

    /// The highest `bits` bits of the next state, at most 32.
    fn next(&mut self, bits: u32) -> u64 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(11) & Self::MASK;
        self.0 >> (48 - bits)
    }

    fn next_double(&mut self) -> f64 {
        let bits = (self.next(26) << 27) + self.next(27);
        unit(bits << 11)
    }

    fn next_below(&mut self, bound: i32) -> i32 {
        let bound = u64::from(bound.unsigned_abs());
        if bound.is_power_of_two() {
            return i32::try_from((bound * self.next(31)) >> 31).unwrap_or(0);
        }
        loop {
            let bits = self.next(31);
            let value = bits % bound;
            // Bits of the last, incomplete round of numbers are drawn again, lest small numbers be likelier.
            if bits - value + (bound - 1) < 1 << 31 {
                return i32::try_from(value).unwrap_or(0);
            }
        }
    }
}

/// Appends the identifier of 128 random bits, of which six say that it is of version 4 and its variant.
fn write_uuid(words: [u64; 2], out: &mut String) {
    let high = words[0] & !0xF000 | 0x4000;
    let low = words[1] & !(0b11 << 62) | 0b10 << 62;
    let bits = u128::from(high) << 64 | u128::from(low);
    for nibble in 0..32 {
        if matches!(nibble, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        let digit = u32::try_from(bits >> (124 - 4 * nibble) & 0xF).unwrap_or(0);
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_give_the_numbers_of_java() {
        let mut random = JavaRandom::new(1);
        assert_eq!(random.next_double(), 0.730_878_190_703_290_9);
        assert_eq!(random.next_double(), 0.410_080_811_492_201_66);
        let mut random = JavaRandom::new(1);
        assert_eq!([(); 5].map(|()| random.next_below(10)), [5, 8, 7, 3, 4]);
        let mut random = JavaRandom::new(42);
        assert_eq!([(); 4].map(|()| random.next_below(16)), [11, 0, 10, 0]);
    }

    #[test]
    fn identifiers_say_their_version() {
        let mut out = String::new();
        write_uuid([0, u64::MAX], &mut out);
        assert_eq!(out, "00000000-0000-4000-bfff-ffffffffffff");
    }
}
