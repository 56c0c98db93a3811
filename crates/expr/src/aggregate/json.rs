//! JSON_OBJECTAGG and JSON_ARRAYAGG.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray};

use super::list::{Form, List, Read};
use super::rows::Taken;
use super::state::{State, put_bytes, put_length};
use super::{Accumulator, AggregateFunction, AggregateOverload, argument, merged, overload};
use crate::error::{Error, Result};
use crate::functions::json::{Member, write_object};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Example};
use crate::types::{DataType, Kind};
use crate::value::Value;

/// The type of the results. They may be longer, as in Flink.
const RESULT: Kind = Kind::VarChar { length: 2000 };

/// Where the key of a member stands among the arguments, behind the two clauses; its value stands behind it.
const KEY: usize = 2;

pub(super) static FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction {
        name: "JSON_OBJECTAGG",
        aliases: &[],
        signatures: &["JSON_OBJECTAGG([KEY] key VALUE value [{ NULL | ABSENT } ON NULL])"],
        summary: "A JSON object of the keys, which are strings, and the values; `{}` where there are no rows. NULLs become null, or are \
                  left out. JSON_OBJECT, JSON_ARRAY and JSON(text) as value are put in as JSON. Fails where a key is NULL or comes \
                  twice.",
        examples: &[Example(
            "JSON_OBJECTAGG(KEY COALESCE(CAST(x AS STRING), '-') VALUE x)",
            "{\"-\":null,\"1\":1,\"3\":3}",
        )],
        resolve: resolve_object,
    },
    AggregateFunction {
        name: "JSON_ARRAYAGG",
        aliases: &[],
        signatures: &["JSON_ARRAYAGG(value [{ NULL | ABSENT } ON NULL])"],
        summary: "A JSON array of the values in the order in which the rows come; `[]` where there are none. NULLs are left out, or \
                  become null. JSON_OBJECT, JSON_ARRAY and JSON(text) as value are put in as JSON.",
        examples: &[
            Example("JSON_ARRAYAGG(x)", "[1,3]"),
            Example("JSON_ARRAYAGG(x NULL ON NULL)", "[1,3,null]"),
        ],
        resolve: resolve_array,
    },
];

/// The clauses that stand before the values: whether NULLs are left out, and whether values are JSON already.
fn clauses(literals: &[Option<Value>]) -> Result<(bool, bool)> {
    match literals {
        [Some(Value::String(on_null)), Some(Value::String(how)), ..] => {
            Ok((on_null.as_ref() == "ABSENT", how.as_ref() == "j"))
        }
        _ => no_overload(),
    }
}

/// How values of a type become members.
fn member(data_type: &DataType, is_json: bool) -> Result<Member> {
    if is_json { Ok(Member::Text) } else { Member::value(data_type) }
}

/// The JSON of a row's value; `None` where it is NULL and left out.
fn json_of(member: &Member, column: &ArrayRef, row: usize, absent: bool) -> Result<Option<String>> {
    let mut text = String::new();
    Ok(match member.write(column, row, &mut text)? {
        true => Some(text),
        false if absent => None,
        false => Some("null".to_owned()),
    })
}

fn filled(
    signature: Signature,
    make: impl Fn() -> Box<dyn Accumulator> + Send + Sync + 'static,
) -> AggregateOverload {
    AggregateOverload { null_when_empty: false, ..overload(signature, DataType::not_null(RESULT), make) }
}

fn resolve_array(call: &Arguments<'_>) -> Result<AggregateOverload> {
    let (absent, is_json) = clauses(call.literals)?;
    let [_, _, value] = call.types else { return no_overload() };
    let member = member(value, is_json)?;
    let read: Read = Arc::new(move |arguments, row| {
        let json = json_of(&member, argument(arguments, KEY, Some)?, row, absent)?;
        Ok(json.map(|text| Value::String(text.into())))
    });
    let list = List::new(DataType::new(RESULT), Form::Json, read);
    Ok(filled(Signature::of(call.types.to_vec()), move || Box::new(list.clone())))
}

fn resolve_object(call: &Arguments<'_>) -> Result<AggregateOverload> {
    let (absent, is_json) = clauses(call.literals)?;
    let [_, _, key, value] = call.types else { return no_overload() };
    if !key.kind.is_character() {
        return no_overload();
    }
    let member = Arc::new(member(value, is_json)?);
    Ok(filled(Signature::of(call.types.to_vec()), move || {
        Box::new(Objects { absent, member: Arc::clone(&member), groups: Vec::new(), bytes: 0 })
    }))
}

struct Objects {
    absent: bool,
    member: Arc<Member>,
    /// Keys, and their values as JSON.
    groups: Vec<HashMap<Box<str>, Box<str>>>,
    /// Of the members.
    bytes: usize,
}

fn member_bytes(key: &str, value: &str) -> usize {
    2 * size_of::<Box<str>>() + key.len() + value.len()
}

impl Objects {
    fn grow(&mut self, groups_total: usize) {
        self.groups.resize(groups_total.max(self.groups.len()), HashMap::new());
    }

    fn add(&mut self, group: usize, key: &str, value: &str) -> Result<()> {
        let Some(members) = self.groups.get_mut(group) else { return Ok(()) };
        if members.insert(key.into(), value.into()).is_some() {
            return Err(Error::runtime(format!(
                "JSON_OBJECTAGG: the key '{key}' comes twice; group by it, or make keys unique"
            )));
        }
        self.bytes += member_bytes(key, value);
        Ok(())
    }

    fn remove(&mut self, group: usize, key: &str) {
        if let Some(value) = self.groups.get_mut(group).and_then(|members| members.remove(key)) {
            self.bytes = self.bytes.saturating_sub(member_bytes(key, &value));
        }
    }

    fn row(&mut self, arguments: &[ArrayRef], row: usize, group: usize, retract: bool) -> Result<()> {
        let keys = argument(arguments, KEY, |array| array.as_string_view_opt())?;
        if keys.is_null(row) {
            return Err(Error::runtime("JSON_OBJECTAGG: a key is NULL"));
        }
        let key = keys.value(row);
        let value = json_of(&self.member, argument(arguments, KEY + 1, Some)?, row, self.absent)?;
        match value {
            None => Ok(()),
            Some(_) if retract => {
                self.remove(group, key);
                Ok(())
            }
            Some(value) => self.add(group, key, &value),
        }
    }
}

impl Accumulator for Objects {
    fn update(
        &mut self,
        arguments: &[ArrayRef],
        groups: &[u32],
        groups_total: usize,
        keep: Option<&BooleanArray>,
        retract: bool,
    ) -> Result<()> {
        self.grow(groups_total);
        let mut result = Ok(());
        Taken::without_nulls(groups, keep, &[]).each(|row, group| {
            if result.is_ok() {
                result = self.row(arguments, row, group, retract);
            }
        });
        result
    }

    fn merge(&mut self, other: Box<dyn Accumulator>, groups: &[u32], groups_total: usize) -> Result<()> {
        let other = merged::<Self>(other)?;
        self.grow(groups_total);
        for (members, group) in other.groups.iter().zip(groups) {
            for (key, value) in members {
                self.add(*group as usize, key, value)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, groups_total: usize) -> Result<ArrayRef> {
        self.grow(groups_total);
        let mut column = StringViewBuilder::with_capacity(groups_total);
        let mut text = String::new();
        for members in self.groups.iter().take(groups_total) {
            text.clear();
            write_object(members.iter().map(|(key, value)| (&**key, &**value)).collect(), &mut text);
            column.try_append_value(&text)?;
        }
        Ok(Arc::new(column.finish()))
    }

    fn encode(&self, group: usize, state: &mut Vec<u8>) -> Result<()> {
        if let Some(members) = self.groups.get(group) {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable();
            put_length(members.len(), state);
            for (key, value) in members {
                put_bytes(key.as_bytes(), state);
                put_bytes(value.as_bytes(), state);
            }
        }
        Ok(())
    }

    fn decode(&mut self, group: usize, state: &[u8]) -> Result<()> {
        self.grow(group + 1);
        let old = self.groups.get_mut(group).map(std::mem::take).unwrap_or_default();
        self.bytes -= old.iter().map(|(key, value)| member_bytes(key, value)).sum::<usize>();
        if let Some(mut state) = State::of(state) {
            for _ in 0..state.length()? {
                let (key, value) = (state.text()?, state.text()?);
                self.add(group, key, value)?;
            }
            state.end()?;
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<HashMap<Box<str>, Box<str>>>() + self.bytes
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
