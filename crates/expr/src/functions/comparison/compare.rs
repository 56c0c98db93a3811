//! The kernels of `=`, `<>`, `<`, `<=`, `>` and `>=`.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType,
};
use arrow_array::{BooleanArray, Datum, Scalar};
use arrow_buffer::i256;
use arrow_schema::{DataType as Arrow, TimeUnit};

use super::bits::{test_each, test_pairs};
use super::equality;
use crate::error::{Error, Result};
use crate::eval::{Column, Primitives, valid_in_all};
use crate::functions::vector::{arity, like};
use crate::functions::{Kernel, KernelArguments};
use crate::types::Kind;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Operator {
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The same comparison with the sides exchanged.
    fn flipped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }
}

type Compare = fn(Operator, &Column, &Column) -> Result<BooleanArray>;

pub(super) fn kernel(operator: Operator, known: &KernelArguments<'_>) -> Result<Kernel> {
    let [left, right] = known.types else {
        return Err(Error::internal("a comparison of other than two values"));
    };
    if let (Kind::Decimal { scale: a, .. }, Kind::Decimal { scale: b, .. }) = (&left.kind, &right.kind)
        && a != b
    {
        let scales = (u32::from(a.max(b) - a), u32::from(a.max(b) - b));
        return Ok(over(move |x, y| rescaled(operator, scales, x, y)));
    }
    if left.kind.is_nested() {
        let equal = equality::Equality::new(left, right)?;
        return Ok(over(move |x, y| equal.compare(x, y, operator == Operator::Ne)));
    }
    let compare: Compare = match left.physical() {
        Arrow::Null => |_, _, _| Ok(BooleanArray::new_null(1)),
        Arrow::Int8 => numbers::<Int8Type>,
        Arrow::Int16 => numbers::<Int16Type>,
        Arrow::Int32 => numbers::<Int32Type>,
        Arrow::Int64 => numbers::<Int64Type>,
        Arrow::Float32 => numbers::<Float32Type>,
        Arrow::Float64 => numbers::<Float64Type>,
        Arrow::Decimal128(..) => numbers::<Decimal128Type>,
        Arrow::Date32 => numbers::<Date32Type>,
        Arrow::Time32(TimeUnit::Millisecond) => numbers::<Time32MillisecondType>,
        Arrow::Timestamp(TimeUnit::Microsecond, None) => numbers::<TimestampMicrosecondType>,
        Arrow::Boolean | Arrow::Utf8View | Arrow::BinaryView => by_arrow,
        other => return Err(Error::unsupported(format!("comparing columns of {other}"))),
    };
    Ok(over(move |x, y| compare(operator, x, y)))
}

/// The kernel for DOUBLEs one of which has been a DECIMAL: Flink orders them by Java's `Double.compare`, which puts -0.0 before 0.0 and
/// NaN, which equals itself, behind all.
pub(super) fn kernel_beside_decimal(operator: Operator) -> Kernel {
    over(move |left, right| {
        let (a, b) = (Primitives::<Float64Type>::new(left)?, Primitives::<Float64Type>::new(right)?);
        let rows = if left.is_constant() { b.values().len() } else { a.values().len() };
        let holds: fn(Ordering) -> bool = match operator {
            Operator::Eq => Ordering::is_eq,
            Operator::Ne => Ordering::is_ne,
            Operator::Lt => Ordering::is_lt,
            Operator::Le => Ordering::is_le,
            Operator::Gt => Ordering::is_gt,
            Operator::Ge => Ordering::is_ge,
        };
        let values = arrow_buffer::BooleanBuffer::collect_bool(rows, |row| {
            let (x, y) = (a.value(row), b.value(row));
            let order = x.partial_cmp(&y).filter(|order| order.is_ne());
            holds(order.unwrap_or_else(|| {
                (x.is_nan(), !x.is_sign_negative()).cmp(&(y.is_nan(), !y.is_sign_negative()))
            }))
        });
        Ok(BooleanArray::new(values, valid_in_all(&[left, right])))
    })
}

/// A kernel that compares two columns neither of which is NULL throughout.
fn over(compare: impl Fn(&Column, &Column) -> Result<BooleanArray> + Send + Sync + 'static) -> Kernel {
    Box::new(move |_, arguments, _| {
        let [left, right] = arguments else { return Err(arity(2, arguments)) };
        if left.is_constant_null() || right.is_constant_null() {
            return Ok(Column::null(&Arrow::Boolean));
        }
        let constant = left.is_constant() && right.is_constant();
        Ok(like(constant, Arc::new(compare(left, right)?)))
    })
}

/// Compares as Java does: for floats, NaN is neither less, equal nor greater, and -0.0 equals 0.0.
fn numbers<T: ArrowPrimitiveType>(operator: Operator, left: &Column, right: &Column) -> Result<BooleanArray>
where
    T::Native: PartialOrd,
{
    let (a, b) = (Primitives::<T>::new(left)?, Primitives::<T>::new(right)?);
    let values = match (a.constant().flatten(), b.constant().flatten()) {
        (None, None) => {
            let (a, b) = (a.values(), b.values());
            match operator {
                Operator::Eq => test_pairs(a, b, |x, y| x == y),
                Operator::Ne => test_pairs(a, b, |x, y| x != y),
                Operator::Lt => test_pairs(a, b, |x, y| x < y),
                Operator::Le => test_pairs(a, b, |x, y| x <= y),
                Operator::Gt => test_pairs(a, b, |x, y| x > y),
                Operator::Ge => test_pairs(a, b, |x, y| x >= y),
            }
        }
        (Some(constant), None) => against(operator.flipped(), b.values(), constant),
        (_, Some(constant)) => against(operator, a.values(), constant),
    };
    Ok(BooleanArray::new(values, valid_in_all(&[left, right])))
}

fn against<T: Copy + PartialOrd>(
    operator: Operator,
    values: &[T],
    constant: T,
) -> arrow_buffer::BooleanBuffer {
    match operator {
        Operator::Eq => test_each(values, |v| v == constant),
        Operator::Ne => test_each(values, |v| v != constant),
        Operator::Lt => test_each(values, |v| v < constant),
        Operator::Le => test_each(values, |v| v <= constant),
        Operator::Gt => test_each(values, |v| v > constant),
        Operator::Ge => test_each(values, |v| v >= constant),
    }
}

/// Booleans, strings and bytes: Arrow orders them as Flink does, FALSE first and by unsigned bytes.
fn by_arrow(operator: Operator, left: &Column, right: &Column) -> Result<BooleanArray> {
    use arrow_ord::cmp;
    let compare = match operator {
        Operator::Eq => cmp::eq,
        Operator::Ne => cmp::neq,
        Operator::Lt => cmp::lt,
        Operator::Le => cmp::lt_eq,
        Operator::Gt => cmp::gt,
        Operator::Ge => cmp::gt_eq,
    };
    let scalar = |column: &Column| Scalar::new(Arc::clone(column.array()));
    Ok(match (left, right) {
        (Column::Array(a), Column::Array(b)) => compare(a as &dyn Datum, b as &dyn Datum)?,
        (Column::Array(a), Column::Constant(_)) => compare(a as &dyn Datum, &scalar(right))?,
        (Column::Constant(_), Column::Array(b)) => compare(&scalar(left), b as &dyn Datum)?,
        (Column::Constant(a), Column::Constant(b)) => compare(a as &dyn Datum, b as &dyn Datum)?,
    })
}

/// DECIMALs of different scales, each widened by a power of ten: 38 digits and 38 more fit 256 bits.
fn rescaled(operator: Operator, scales: (u32, u32), left: &Column, right: &Column) -> Result<BooleanArray> {
    let (a, b) = (Primitives::<Decimal128Type>::new(left)?, Primitives::<Decimal128Type>::new(right)?);
    let ten = i256::from_i128(10);
    let (by_left, by_right) = (ten.wrapping_pow(scales.0), ten.wrapping_pow(scales.1));
    let widened = |value: i128, by: i256| i256::from_i128(value).wrapping_mul(by);
    let rows = if left.is_constant() { b.values().len() } else { a.values().len() };
    let values = arrow_buffer::BooleanBuffer::collect_bool(rows, |row| {
        let (x, y) = (widened(a.value(row), by_left), widened(b.value(row), by_right));
        match operator {
            Operator::Eq => x == y,
            Operator::Ne => x != y,
            Operator::Lt => x < y,
            Operator::Le => x <= y,
            Operator::Gt => x > y,
            Operator::Ge => x >= y,
        }
    });
    Ok(BooleanArray::new(values, valid_in_all(&[left, right])))
}
