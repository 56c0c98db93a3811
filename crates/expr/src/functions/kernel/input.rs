//! How kernels read columns: typed views, the same for a value a row and for one value that stands for all.

use std::marker::PhantomData;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, StringViewArray};
use arrow_buffer::NullBuffer;

use crate::error::{Error, Result};
use crate::eval::Column;

/// A kind of column that kernels read. Arrow's primitive types are inputs of themselves.
pub(crate) trait Input: 'static {
    /// The values of a column.
    type Values<'a>: 'a;
    /// One of them.
    type Item<'a>;
    /// Whether a NULL of this argument makes the result NULL, as is the rule.
    const STRICT: bool = true;
    /// The array's values; `None` if it is of another type.
    fn values(array: &ArrayRef) -> Option<Self::Values<'_>>;
    /// The value at `row`, which is below the array's length.
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> Self::Item<'a>;
}

impl<P: ArrowPrimitiveType> Input for P {
    type Values<'a> = &'a [P::Native];
    type Item<'a> = P::Native;

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        array.as_primitive_opt::<P>().map(|array| array.values().as_ref())
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> Self::Item<'a> {
        values[row]
    }
}

/// CHAR and VARCHAR.
pub(crate) struct Str;

impl Input for Str {
    type Values<'a> = &'a StringViewArray;
    type Item<'a> = &'a str;

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        array.as_string_view_opt()
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> &'a str {
        values.value(row)
    }
}

/// BINARY and VARBINARY.
pub(crate) struct Bytes;

impl Input for Bytes {
    type Values<'a> = &'a BinaryViewArray;
    type Item<'a> = &'a [u8];

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        array.as_binary_view_opt()
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> &'a [u8] {
        values.value(row)
    }
}

/// BOOLEAN.
pub(crate) struct Bool;

impl Input for Bool {
    type Values<'a> = &'a BooleanArray;
    type Item<'a> = bool;

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        array.as_boolean_opt()
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> Self::Item<'a> {
        values.value(row)
    }
}

/// TIMESTAMP or TIMESTAMP_LTZ of any precision, as [`Instant`]s.
pub(crate) struct Stamp;

/// A point on a time line: microseconds since 1970-01-01 00:00:00 (of the wall clock, or UTC) and the
/// nanoseconds, 0 to 999, within that microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    /// Whole microseconds, rounded down.
    pub(crate) micros: i64,
    /// Nanoseconds beyond them, 0 to 999.
    pub(crate) nanos: u16,
}

impl Instant {
    /// The instant this many nanoseconds after 1970-01-01 00:00:00.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "years 0001 to 9999 fit an i64 of microseconds"
    )]
    pub(crate) fn from_nanos(nanos: i128) -> Self {
        Self { micros: nanos.div_euclid(1000) as i64, nanos: nanos.rem_euclid(1000) as u16 }
    }

    /// Nanoseconds since 1970-01-01 00:00:00.
    pub(crate) fn as_nanos(self) -> i128 {
        i128::from(self.micros) * 1000 + i128::from(self.nanos)
    }
}

/// The values of a [`Stamp`] column.
pub(crate) enum Stamps<'a> {
    /// Precision 0 to 6.
    Micros(&'a [i64]),
    /// Precision 7 to 9.
    Nanos(&'a [i128]),
}

impl Input for Stamp {
    type Values<'a> = Stamps<'a>;
    type Item<'a> = Instant;

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        match array.as_primitive_opt::<TimestampMicrosecondType>() {
            Some(micros) => Some(Stamps::Micros(micros.values())),
            None => array.as_primitive_opt::<Decimal128Type>().map(|nanos| Stamps::Nanos(nanos.values())),
        }
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> Self::Item<'a> {
        match values {
            Stamps::Micros(micros) => Instant { micros: micros[row], nanos: 0 },
            Stamps::Nanos(nanos) => Instant::from_nanos(nanos[row]),
        }
    }
}

/// Any column, read as an array and a row in it.
pub(crate) struct Any;

impl Input for Any {
    type Values<'a> = &'a ArrayRef;
    type Item<'a> = (&'a ArrayRef, usize);

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        Some(array)
    }

    #[inline]
    fn item<'a>(values: &Self::Values<'a>, row: usize) -> (&'a ArrayRef, usize) {
        (values, row)
    }
}

/// An argument whose NULLs the function sees, as `None`.
pub(crate) struct Nullable<I>(PhantomData<I>);

impl<I: Input> Input for Nullable<I> {
    type Values<'a> = (I::Values<'a>, Option<&'a NullBuffer>);
    type Item<'a> = Option<I::Item<'a>>;
    const STRICT: bool = false;

    fn values(array: &ArrayRef) -> Option<Self::Values<'_>> {
        Some((I::values(array)?, array.nulls()))
    }

    #[inline]
    fn item<'a>((values, nulls): &Self::Values<'a>, row: usize) -> Option<I::Item<'a>> {
        match nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(I::item(values, row)),
        }
    }
}

/// One argument of a call, over the rows of a batch.
pub(crate) struct Lane<'a, I: Input> {
    values: I::Values<'a>,
    /// The array's NULLs.
    nulls: Option<&'a NullBuffer>,
    /// All ones, or 0 for a constant: so that every row reads its only value.
    mask: usize,
}

impl<'a, I: Input> Lane<'a, I> {
    /// The argument as what the kernel takes it for.
    pub(crate) fn of(column: &'a Column) -> Result<Self> {
        let (array, mask) = match column {
            Column::Array(array) => (array, usize::MAX),
            Column::Constant(array) => (array, 0),
        };
        let values = I::values(array).ok_or_else(|| {
            Error::internal(format!(
                "a kernel got a column of the Arrow type {}, which it does not take",
                array.data_type()
            ))
        })?;
        Ok(Self { values, nulls: array.nulls(), mask })
    }

    /// The value at `row`: where it is NULL, an arbitrary one.
    #[inline]
    pub(crate) fn item(&self, row: usize) -> I::Item<'a> {
        I::item(&self.values, row & self.mask)
    }

    /// The value at `row`, `None` where it is NULL.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<I::Item<'a>> {
        let row = row & self.mask;
        match self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(I::item(&self.values, row)),
        }
    }
}

/// The arguments of a call: a tuple of [`Input`]s.
pub(crate) trait Inputs: 'static {
    /// A lane for each.
    type Lanes<'a>;
    /// A value of each.
    type Items<'a>;
    /// Whether each one's NULLs make the result NULL.
    const STRICT: &'static [bool];
    /// The lanes of a call's arguments.
    fn lanes(columns: &[Column]) -> Result<Self::Lanes<'_>>;
    /// The values at `row`.
    fn items<'a>(lanes: &Self::Lanes<'a>, row: usize) -> Self::Items<'a>;
}

/// The error for a call with another number of arguments than its kernel takes.
fn arity(columns: &[Column]) -> Error {
    Error::internal(format!("a kernel got {} arguments, which it does not take", columns.len()))
}

macro_rules! inputs {
    ($($input:ident $lane:ident),+) => {
        impl<$($input: Input),+> Inputs for ($($input,)+) {
            type Lanes<'a> = ($(Lane<'a, $input>,)+);
            type Items<'a> = ($($input::Item<'a>,)+);
            const STRICT: &'static [bool] = &[$($input::STRICT),+];

            fn lanes(columns: &[Column]) -> Result<Self::Lanes<'_>> {
                let [$($lane),+] = columns else { return Err(arity(columns)) };
                Ok(($(Lane::<$input>::of($lane)?,)+))
            }

            #[inline]
            fn items<'a>(($($lane,)+): &Self::Lanes<'a>, row: usize) -> Self::Items<'a> {
                ($($lane.item(row),)+)
            }
        }
    };
}

impl Inputs for () {
    type Lanes<'a> = ();
    type Items<'a> = ();
    const STRICT: &'static [bool] = &[];

    fn lanes(columns: &[Column]) -> Result<()> {
        if columns.is_empty() { Ok(()) } else { Err(arity(columns)) }
    }

    #[inline]
    fn items<'a>((): &Self::Lanes<'a>, _: usize) -> Self::Items<'a> {}
}

inputs!(A a);
inputs!(A a, B b);
inputs!(A a, B b, C c);
inputs!(A a, B b, C c, D d);
