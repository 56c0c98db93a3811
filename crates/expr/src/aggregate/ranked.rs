//! Values in their order, with how often each came: what MIN and MAX of rows that change, and PERCENTILE, keep.

use std::any::Any;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};

use super::list::bytes_of;
use super::rows::Taken;
use super::state::{Fixed, State, put_length, put_value};
use super::{Accumulator, argument, merged};
use crate::error::Result;
use crate::types::DataType;
use crate::value::Value;

/// A value with its place among those of its type: numbers as numbers, NaN behind all others; strings and bytes by
/// their bytes.
#[derive(Clone, Debug)]
struct Ranked(Value);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        use Value::{
            BigInt, Boolean, Bytes, Date, Decimal, Double, Float, Int, Milliseconds, Months, SmallInt,
            String, Time, Timestamp, TinyInt,
        };
        match (&self.0, &other.0) {
            (Boolean(a), Boolean(b)) => a.cmp(b),
            (TinyInt(a), TinyInt(b)) => a.cmp(b),
            (SmallInt(a), SmallInt(b)) => a.cmp(b),
            (Int(a), Int(b)) | (Date(a), Date(b)) | (Time(a), Time(b)) | (Months(a), Months(b)) => a.cmp(b),
            (BigInt(a), BigInt(b)) | (Milliseconds(a), Milliseconds(b)) => a.cmp(b),
            (Float(a), Float(b)) => a.total_cmp(b),
            (Double(a), Double(b)) => a.total_cmp(b),
            (Decimal(a), Decimal(b)) | (Timestamp(a), Timestamp(b)) => a.cmp(b),
            (String(a), String(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Bytes(a), Bytes(b)) => a.cmp(b),
            // Values of one column are of one form, so these are equal only to themselves.
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// The values of a group, least first.
#[derive(Clone, Default)]
pub(super) struct Ranks {
    /// A count is less than 0 while a row was taken away that has not been added yet.
    counts: BTreeMap<Ranked, i64>,
}

impl Ranks {
    /// Each value that is there, with how often.
    pub(super) fn present(&self) -> impl DoubleEndedIterator<Item = (&Value, i64)> {
        self.counts.iter().filter(|(_, count)| **count > 0).map(|(value, count)| (&value.0, *count))
    }

    fn bytes(&self) -> usize {
        self.counts.keys().map(|value| entry_bytes(&value.0)).sum()
    }
}

fn entry_bytes(value: &Value) -> usize {
    bytes_of(value) + size_of::<i64>()
}

/// Reads the value that a row brings, and how often it counts; `None` where it brings none.
pub(super) type Read = Arc<dyn Fn(&[ArrayRef], usize) -> Result<Option<(Value, i64)>> + Send + Sync>;

/// What is given of a group.
pub(super) type Outcome = Arc<dyn Fn(&Ranks) -> Value + Send + Sync>;

/// Reads the first argument, of this type, where it is not NULL.
pub(super) fn values(data_type: DataType) -> Read {
    let read = super::list::values(data_type);
    Arc::new(move |arguments, row| Ok(read(arguments, row)?.map(|value| (value, 1))))
}

/// An accumulator that keeps all values of its groups in their order.
#[derive(Clone)]
pub(super) struct Ranking {
    returns: DataType,
    read: Read,
    result: Outcome,
    groups: Vec<Ranks>,
    /// Of the values.
    bytes: usize,
}

impl Ranking {
    pub(super) fn new(returns: DataType, read: Read, result: Outcome) -> Self {
        Self { returns, read, result, groups: Vec::new(), bytes: 0 }
    }

    fn grow(&mut self, groups_total: usize) {
        self.groups.resize(groups_total.max(self.groups.len()), Ranks::default());
    }

    fn add(&mut self, group: usize, value: Value, more: i64) {
        let Some(ranks) = self.groups.get_mut(group) else { return };
        let bytes = entry_bytes(&value);
        match ranks.counts.entry(Ranked(value)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(more);
                self.bytes += bytes;
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                *entry.get_mut() = entry.get().saturating_add(more);
                if *entry.get() == 0 {
                    entry.remove();
                    self.bytes = self.bytes.saturating_sub(bytes);
                }
            }
        }
    }
}

impl Accumulator for Ranking {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.grow(groups_total);
        // The first argument is the value; whatever NULLs of others mean, it must not be NULL.
        let column = argument(arguments, 0, Some)?;
        let mut result = Ok(());
        let read = Arc::clone(&self.read);
        Taken::without_nulls(groups, keep, std::slice::from_ref(column)).each(|row, group| {
            if result.is_ok() {
                match read(arguments, row) {
                    Ok(None) => {}
                    Ok(Some((value, count))) => self.add(group, value, if retract { -count } else { count }),
                    Err(error) => result = Err(error),
                }
            }
        });
        result
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for (ranks, group) in other.groups.into_iter().zip(groups) {
            for (value, count) in ranks.counts {
                self.add(*group as usize, value.0, count);
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let results: Vec<Value> =
            self.groups.iter().take(groups_total).map(|ranks| (self.result)(ranks)).collect();
        Value::column(&results, &self.returns)
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(ranks) = self.groups.get(group) {
            put_length(ranks.counts.len(), state);
            for (value, count) in &ranks.counts {
                put_value(&value.0, state);
                count.put(state);
            }
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        let mut ranks = Ranks::default();
        if let Some(mut state) = State::of(state) {
            for _ in 0..state.length()? {
                let (value, count) = (state.value()?, i64::get(&mut state)?);
                ranks.counts.insert(Ranked(value), count);
            }
            state.end()?;
        }
        self.grow(group + 1);
        if let Some(slot) = self.groups.get_mut(group) {
            self.bytes += ranks.bytes();
            self.bytes = self.bytes.saturating_sub(std::mem::replace(slot, ranks).bytes());
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Ranks>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
