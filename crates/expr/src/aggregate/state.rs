//! How the state of a group stands in bytes: little-endian numbers, lengths before what has one, and values that say
//! what they are. Read back, it is checked: state comes from disks.

use crate::error::{Error, Result};
use crate::value::Value;

/// How deep a value may be nested. Types are not nested deeper.
const DEPTH_MAX: usize = 64;

/// A number of fixed width.
pub(super) trait Fixed: Copy {
    /// Appends it.
    fn put(self, state: &mut Vec<u8>);
    /// The next one of a state.
    fn get(state: &mut State<'_>) -> Result<Self>;
}

macro_rules! fixed {
    ($($number:ident),+) => {$(
        impl Fixed for $number {
            fn put(self, state: &mut Vec<u8>) {
                state.extend_from_slice(&self.to_le_bytes());
            }

            fn get(state: &mut State<'_>) -> Result<Self> {
                state.array().map(Self::from_le_bytes)
            }
        }
    )+};
}

fixed!(u8, u32, u64, i8, i16, i32, i64, i128, f32, f64);

impl Fixed for bool {
    fn put(self, state: &mut Vec<u8>) {
        state.push(u8::from(self));
    }

    fn get(state: &mut State<'_>) -> Result<Self> {
        match u8::get(state)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(broken()),
        }
    }
}

/// A number, or none.
impl<T: Fixed> Fixed for Option<T> {
    fn put(self, state: &mut Vec<u8>) {
        self.is_some().put(state);
        if let Some(value) = self {
            value.put(state);
        }
    }

    fn get(state: &mut State<'_>) -> Result<Self> {
        match bool::get(state)? {
            true => T::get(state).map(Some),
            false => Ok(None),
        }
    }
}

impl<A: Fixed, B: Fixed> Fixed for (A, B) {
    fn put(self, state: &mut Vec<u8>) {
        self.0.put(state);
        self.1.put(state);
    }

    fn get(state: &mut State<'_>) -> Result<Self> {
        Ok((A::get(state)?, B::get(state)?))
    }
}

impl<A: Fixed, B: Fixed, C: Fixed> Fixed for (A, B, C) {
    fn put(self, state: &mut Vec<u8>) {
        self.0.put(state);
        self.1.put(state);
        self.2.put(state);
    }

    fn get(state: &mut State<'_>) -> Result<Self> {
        Ok((A::get(state)?, B::get(state)?, C::get(state)?))
    }
}

/// Appends a length or a count.
pub(super) fn put_length(length: usize, state: &mut Vec<u8>) {
    (length as u64).put(state);
}

/// Appends bytes with their length.
pub(super) fn put_bytes(bytes: &[u8], state: &mut Vec<u8>) {
    put_length(bytes.len(), state);
    state.extend_from_slice(bytes);
}

/// The tags of values, one for each form of [`Value`].
mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const BOOLEAN: u8 = 1;
    pub(super) const TINY_INT: u8 = 2;
    pub(super) const SMALL_INT: u8 = 3;
    pub(super) const INT: u8 = 4;
    pub(super) const BIG_INT: u8 = 5;
    pub(super) const FLOAT: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const DECIMAL: u8 = 8;
    pub(super) const STRING: u8 = 9;
    pub(super) const BYTES: u8 = 10;
    pub(super) const DATE: u8 = 11;
    pub(super) const TIME: u8 = 12;
    pub(super) const TIMESTAMP: u8 = 13;
    pub(super) const MONTHS: u8 = 14;
    pub(super) const MILLISECONDS: u8 = 15;
    pub(super) const ARRAY: u8 = 16;
    pub(super) const MAP: u8 = 17;
    pub(super) const ROW: u8 = 18;
}

/// Appends a value: its tag, then what it is.
pub(super) fn put_value(value: &Value, state: &mut Vec<u8>) {
    fn number(tag: u8, number: impl Fixed, state: &mut Vec<u8>) {
        state.push(tag);
        number.put(state);
    }
    match value {
        Value::Null => state.push(tag::NULL),
        Value::Boolean(v) => number(tag::BOOLEAN, *v, state),
        Value::TinyInt(v) => number(tag::TINY_INT, *v, state),
        Value::SmallInt(v) => number(tag::SMALL_INT, *v, state),
        Value::Int(v) => number(tag::INT, *v, state),
        Value::BigInt(v) => number(tag::BIG_INT, *v, state),
        Value::Float(v) => number(tag::FLOAT, *v, state),
        Value::Double(v) => number(tag::DOUBLE, *v, state),
        Value::Decimal(v) => number(tag::DECIMAL, *v, state),
        Value::Date(v) => number(tag::DATE, *v, state),
        Value::Time(v) => number(tag::TIME, *v, state),
        Value::Timestamp(v) => number(tag::TIMESTAMP, *v, state),
        Value::Months(v) => number(tag::MONTHS, *v, state),
        Value::Milliseconds(v) => number(tag::MILLISECONDS, *v, state),
        Value::String(text) => {
            state.push(tag::STRING);
            put_bytes(text.as_bytes(), state);
        }
        Value::Bytes(bytes) => {
            state.push(tag::BYTES);
            put_bytes(bytes, state);
        }
        Value::Array(parts) => {
            state.push(tag::ARRAY);
            put_values(parts, state);
        }
        Value::Row(parts) => {
            state.push(tag::ROW);
            put_values(parts, state);
        }
        Value::Map(entries) => {
            state.push(tag::MAP);
            put_length(entries.len(), state);
            for (key, value) in entries {
                put_value(key, state);
                put_value(value, state);
            }
        }
    }
}

/// Appends values with how many they are.
pub(super) fn put_values(values: &[Value], state: &mut Vec<u8>) {
    put_length(values.len(), state);
    for value in values {
        put_value(value, state);
    }
}

/// A state that is read from its start.
pub(super) struct State<'a> {
    rest: &'a [u8],
}

impl<'a> State<'a> {
    /// The state in these bytes; none where there are none, which is the state of no rows.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        (!bytes.is_empty()).then_some(Self { rest: bytes })
    }

    /// Checks that all has been read.
    pub(super) fn end(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(broken()) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk::<N>().ok_or_else(broken)?;
        self.rest = rest;
        Ok(*array)
    }

    /// The next bytes that stand behind their length.
    pub(super) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(broken)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next string.
    pub(super) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| broken())
    }

    /// The next length or count. What has one takes a byte at least, so it is never longer than the rest.
    pub(super) fn length(&mut self) -> Result<usize> {
        let length = u64::get(self)?;
        usize::try_from(length).ok().filter(|length| *length <= self.rest.len()).ok_or_else(broken)
    }

    /// The next value.
    pub(super) fn value(&mut self) -> Result<Value> {
        self.value_at(0)
    }

    /// The next values that stand behind their count.
    pub(super) fn values(&mut self) -> Result<Vec<Value>> {
        self.values_at(0)
    }

    fn values_at(&mut self, depth: usize) -> Result<Vec<Value>> {
        let count = self.length()?;
        (0..count).map(|_| self.value_at(depth)).collect()
    }

    fn value_at(&mut self, depth: usize) -> Result<Value> {
        if depth > DEPTH_MAX {
            return Err(broken());
        }
        Ok(match u8::get(self)? {
            tag::NULL => Value::Null,
            tag::BOOLEAN => Value::Boolean(bool::get(self)?),
            tag::TINY_INT => Value::TinyInt(i8::get(self)?),
            tag::SMALL_INT => Value::SmallInt(i16::get(self)?),
            tag::INT => Value::Int(i32::get(self)?),
            tag::BIG_INT => Value::BigInt(i64::get(self)?),
            tag::FLOAT => Value::Float(f32::get(self)?),
            tag::DOUBLE => Value::Double(f64::get(self)?),
            tag::DECIMAL => Value::Decimal(i128::get(self)?),
            tag::STRING => Value::from(self.text()?),
            tag::BYTES => Value::Bytes(self.bytes()?.into()),
            tag::DATE => Value::Date(i32::get(self)?),
            tag::TIME => Value::Time(i32::get(self)?),
            tag::TIMESTAMP => Value::Timestamp(i128::get(self)?),
            tag::MONTHS => Value::Months(i32::get(self)?),
            tag::MILLISECONDS => Value::Milliseconds(i64::get(self)?),
            tag::ARRAY => Value::Array(self.values_at(depth + 1)?),
            tag::ROW => Value::Row(self.values_at(depth + 1)?),
            tag::MAP => {
                let count = self.length()?;
                let entry = |_| Ok((self.value_at(depth + 1)?, self.value_at(depth + 1)?));
                Value::Map((0..count).map(entry).collect::<Result<_>>()?)
            }
            _ => return Err(broken()),
        })
    }
}

/// The error for bytes that no `encode` wrote.
pub(super) fn broken() -> Error {
    Error::internal("the state of an aggregate is not one that this aggregate wrote")
}

/// Appends the number of a group; nothing where there is no such group yet.
pub(super) fn encode_slot<T: Fixed>(slots: &[T], group: usize, state: &mut Vec<u8>) {
    if let Some(slot) = slots.get(group) {
        slot.put(state);
    }
}

/// Puts the number of a state, or `nothing`, which stands for no rows, into the group.
pub(super) fn decode_slot<T: Fixed>(
    slots: &mut Vec<T>,
    group: usize,
    state: &[u8],
    nothing: T,
) -> Result<()> {
    let value = match State::of(state) {
        None => nothing,
        Some(mut state) => {
            let value = T::get(&mut state)?;
            state.end()?;
            value
        }
    };
    if slots.len() <= group {
        slots.resize(group + 1, nothing);
    }
    if let Some(slot) = slots.get_mut(group) {
        *slot = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_through_bytes() {
        let value = Value::Row(vec![
            Value::Null,
            Value::Map(vec![("k".into(), Value::Array(vec![Value::Double(-0.0), Value::Boolean(true)]))]),
            Value::Bytes([1, 2].as_slice().into()),
            Value::Timestamp(-1),
            Value::Decimal(i128::MAX),
        ]);
        let mut bytes = Vec::new();
        put_value(&value, &mut bytes);
        let mut state = State::of(&bytes).unwrap();
        assert_eq!(state.value().unwrap(), value);
        state.end().unwrap();
        for cut in 1..bytes.len() {
            assert!(State::of(&bytes[..cut]).unwrap().value().is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn lengths_beyond_the_state_are_refused() {
        let mut bytes = vec![tag::ARRAY];
        u64::MAX.put(&mut bytes);
        assert!(State::of(&bytes).unwrap().value().is_err());
    }
}
