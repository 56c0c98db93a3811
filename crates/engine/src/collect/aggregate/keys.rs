//! Group keys: from columns to group numbers, and back.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{DataType, TimeUnit};

use super::table::{Hasher, NumberTable};
use crate::error::{Error, ErrorKind, Result};

/// The keys of all groups. A group's number is its place in the order of first appearance.
pub(super) enum Keys {
    /// No keys: one group of everything.
    Global,
    /// One key of eight bytes at the most.
    Number(NumberKeys),
    /// One string.
    Text(TextKeys),
    /// Anything else, in arrow-row's form.
    Rows(RowKeys),
}

/// Numbers, dates and times.
pub(super) struct NumberKeys {
    data_type: DataType,
    hasher: Hasher,
    table: NumberTable,
    values: Vec<i64>,
    /// The group of NULL; its place in `values` holds nothing that counts.
    null: Option<u32>,
}

/// Strings, end to end.
pub(super) struct TextKeys {
    is_text: bool,
    bytes: BytesKeys,
    null: Option<u32>,
}

pub(super) struct RowKeys {
    converter: RowConverter,
    bytes: BytesKeys,
}

/// Byte strings, end to end.
pub(super) struct BytesKeys {
    hasher: Hasher,
    table: NumberTable,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// For keys of these physical types.
    pub fn new(types: &[DataType], seed: u64) -> Result<Self> {
        let hasher = Hasher::new(seed);
        Ok(match types {
            [] => Self::Global,
            [one] if is_number(one) => Self::Number(NumberKeys {
                data_type: one.clone(),
                hasher,
                table: NumberTable::new(),
                values: Vec::new(),
                null: None,
            }),
            [one @ (DataType::Utf8View | DataType::BinaryView)] => Self::Text(TextKeys {
                is_text: *one == DataType::Utf8View,
                bytes: BytesKeys::new(hasher),
                null: None,
            }),
            several => Self::Rows(RowKeys { converter: converter(several)?, bytes: BytesKeys::new(hasher) }),
        })
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Global => 1,
            Self::Number(keys) => keys.values.len(),
            Self::Text(keys) => keys.bytes.len(),
            Self::Rows(keys) => keys.bytes.len(),
        }
    }

    /// Writes the group of each row to `groups`; new keys become new groups.
    pub fn assign(&mut self, columns: &[ArrayRef], rows: usize, groups: &mut Vec<u32>) -> Result<()> {
        groups.clear();
        match self {
            Self::Global => groups.resize(rows, 0),
            Self::Number(keys) => keys.assign(first(columns)?, groups)?,
            Self::Text(keys) => keys.assign(first(columns)?, groups)?,
            Self::Rows(keys) => {
                let converted = keys.converter.convert_columns(columns)?;
                for row in &converted {
                    groups.push(keys.bytes.number(row.as_ref())?);
                }
            }
        }
        Ok(())
    }

    /// The keys of the groups from `start`, `length` of them, as columns.
    pub fn columns(&self, start: usize, length: usize) -> Result<Vec<ArrayRef>> {
        Ok(match self {
            Self::Global => Vec::new(),
            Self::Number(keys) => vec![keys.column(start, length)],
            Self::Text(keys) => vec![keys.column(start, length)],
            Self::Rows(keys) => {
                let parser = keys.converter.parser();
                let rows = (start..start + length).map(|number| parser.parse(keys.bytes.get(number)));
                keys.converter.convert_rows(rows)?
            }
        })
    }

    /// About how many bytes they take.
    pub fn memory(&self) -> usize {
        match self {
            Self::Global => 0,
            Self::Number(keys) => keys.table.memory() + keys.values.capacity() * 8,
            Self::Text(keys) => keys.bytes.memory(),
            Self::Rows(keys) => keys.bytes.memory() + keys.converter.size(),
        }
    }
}

impl NumberKeys {
    fn assign(&mut self, column: &ArrayRef, groups: &mut Vec<u32>) -> Result<()> {
        match &self.data_type {
            DataType::Int8 => self.assign_primitive(column.as_primitive::<Int8Type>(), groups),
            DataType::Int16 => self.assign_primitive(column.as_primitive::<Int16Type>(), groups),
            DataType::Int32 => self.assign_primitive(column.as_primitive::<Int32Type>(), groups),
            DataType::Date32 => self.assign_primitive(column.as_primitive::<Date32Type>(), groups),
            DataType::Time32(_) => {
                self.assign_primitive(column.as_primitive::<Time32MillisecondType>(), groups)
            }
            DataType::Timestamp(..) => {
                self.assign_primitive(column.as_primitive::<TimestampMicrosecondType>(), groups)
            }
            _ => self.assign_primitive(column.as_primitive::<Int64Type>(), groups),
        }
    }

    fn assign_primitive<T: ArrowPrimitiveType>(
        &mut self,
        column: &PrimitiveArray<T>,
        groups: &mut Vec<u32>,
    ) -> Result<()>
    where
        T::Native: Into<i64>,
    {
        groups.reserve(column.len());
        for (row, &value) in column.values().iter().enumerate() {
            let next = number(self.values.len())?;
            let key = if column.is_null(row) { 0 } else { value.into() };
            let group = if column.is_null(row) {
                *self.null.get_or_insert(next)
            } else {
                let (values, null) = (&self.values, self.null);
                self.table.find_or_insert(self.hasher.number(key.cast_unsigned()), next, |n| {
                    values.get(n as usize) == Some(&key) && null != Some(n)
                })
            };
            if group == next {
                self.values.push(key);
            }
            groups.push(group);
        }
        Ok(())
    }

    fn column(&self, start: usize, length: usize) -> ArrayRef {
        let end = start + length;
        match &self.data_type {
            DataType::Int8 => self.primitive::<Int8Type>(start, end),
            DataType::Int16 => self.primitive::<Int16Type>(start, end),
            DataType::Int32 => self.primitive::<Int32Type>(start, end),
            DataType::Date32 => self.primitive::<Date32Type>(start, end),
            DataType::Time32(_) => self.primitive::<Time32MillisecondType>(start, end),
            DataType::Timestamp(..) => self.primitive::<TimestampMicrosecondType>(start, end),
            _ => self.primitive::<Int64Type>(start, end),
        }
    }

    fn primitive<T: ArrowPrimitiveType>(&self, start: usize, end: usize) -> ArrayRef
    where
        T::Native: TryFrom<i64>,
    {
        let null = self.null.map(|n| n as usize);
        let values = self.values.get(start..end).unwrap_or_default();
        Arc::new(
            (start..)
                .zip(values)
                // What came out of the type fits into it.
                .map(|(n, &value)| if Some(n) == null { None } else { T::Native::try_from(value).ok() })
                .collect::<PrimitiveArray<T>>(),
        )
    }
}

impl TextKeys {
    fn assign(&mut self, column: &ArrayRef, groups: &mut Vec<u32>) -> Result<()> {
        groups.reserve(column.len());
        if self.is_text {
            let column = column.as_string_view();
            (0..column.len()).try_for_each(|row| {
                let key = column.is_valid(row).then(|| column.value(row).as_bytes());
                groups.push(self.number(key)?);
                Ok(())
            })
        } else {
            let column = column.as_binary_view();
            (0..column.len()).try_for_each(|row| {
                let key = column.is_valid(row).then(|| column.value(row));
                groups.push(self.number(key)?);
                Ok(())
            })
        }
    }

    fn number(&mut self, key: Option<&[u8]>) -> Result<u32> {
        match (key, self.null) {
            (Some(key), null) => self.bytes.number_unless(key, null),
            (None, Some(null)) => Ok(null),
            (None, None) => {
                let null = number(self.bytes.ends.len())?;
                self.bytes.ends.push(self.bytes.bytes.len());
                self.null = Some(null);
                Ok(null)
            }
        }
    }

    fn column(&self, start: usize, length: usize) -> ArrayRef {
        let keys = (start..start + length)
            .map(|number| (self.null.map(|n| n as usize) != Some(number)).then(|| self.bytes.get(number)));
        if self.is_text {
            let mut builder = StringViewBuilder::with_capacity(length);
            for key in keys {
                // What was a string when it came in is one now.
                builder.append_option(key.map(|key| std::str::from_utf8(key).unwrap_or_default()));
            }
            Arc::new(builder.finish())
        } else {
            let mut builder = BinaryViewBuilder::with_capacity(length);
            for key in keys {
                builder.append_option(key);
            }
            Arc::new(builder.finish())
        }
    }
}

impl BytesKeys {
    pub fn new(hasher: Hasher) -> Self {
        Self { hasher, table: NumberTable::new(), bytes: Vec::new(), ends: Vec::new() }
    }

    /// The number of `key`; a new key becomes a new number.
    pub fn number(&mut self, key: &[u8]) -> Result<u32> {
        self.number_unless(key, None)
    }

    /// The number of `key`, which is not `other`, a number without a key.
    fn number_unless(&mut self, key: &[u8], other: Option<u32>) -> Result<u32> {
        let next = number(self.ends.len())?;
        let (bytes, ends) = (&self.bytes, &self.ends);
        let found = self.table.find_or_insert(self.hasher.bytes(key), next, |n| {
            slice(bytes, ends, n as usize) == key && other != Some(n)
        });
        if found == next {
            self.bytes.extend_from_slice(key);
            self.ends.push(self.bytes.len());
        }
        Ok(found)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The key of a number.
    pub fn get(&self, number: usize) -> &[u8] {
        slice(&self.bytes, &self.ends, number)
    }

    pub fn memory(&self) -> usize {
        self.table.memory() + self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], number: usize) -> &'a [u8] {
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(number).copied().unwrap_or(start);
    bytes.get(start..end).unwrap_or_default()
}

/// The row form of columns of these types.
pub(super) fn converter(types: &[DataType]) -> Result<RowConverter> {
    let fields: Vec<_> = types.iter().map(|t| SortField::new(t.clone())).collect();
    if !RowConverter::supports_fields(&fields) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "GROUP BY and DISTINCT over a MAP or MULTISET are not supported",
        ));
    }
    Ok(RowConverter::new(fields)?)
}

fn is_number(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Date32
            | DataType::Time32(TimeUnit::Millisecond)
            | DataType::Timestamp(TimeUnit::Microsecond, None)
    )
}

fn first(columns: &[ArrayRef]) -> Result<&ArrayRef> {
    columns.first().ok_or_else(|| Error::new(ErrorKind::Internal, "a group key without a column"))
}

fn number(count: usize) -> Result<u32> {
    u32::try_from(count)
        .ok()
        .filter(|n| *n < u32::MAX - 1)
        .ok_or_else(|| Error::new(ErrorKind::Full, "GROUP BY has more than 4,294,967,293 groups"))
}
