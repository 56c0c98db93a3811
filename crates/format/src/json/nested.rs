//! Values one at a time, those inside of arrays, maps and rows included.

use millstream_expr::functions::write_variant;
use millstream_expr::java_map;
use millstream_expr::types::{DataType, Field, Kind};

use super::decode::Conversion;
use super::lex::{self, Token};
use super::scalar;
use super::strict::{self, NO_COLON, skip_blanks};
use crate::column::{Column, Values};
use crate::fill::{NO_OBJECT, add};
use crate::problem::Problem;

const NO_ARRAY: Problem = Problem::Value("an array was expected");

impl Conversion {
    /// Adds the value that `text` is to `column`. After an error the column may hold a part of it.
    pub(super) fn value(
        &self,
        text: &[u8],
        data_type: &DataType,
        column: &mut Column,
    ) -> Result<(), Problem> {
        match &data_type.kind {
            Kind::Row(fields) => self.row(text, fields, column),
            Kind::Array(element) => self.array(text, element, column),
            Kind::Map(key, value) => self.map(text, key, value, column),
            Kind::Multiset(element) => self.map(text, element, &DataType::new(Kind::Int), column),
            kind => self.scalar(text, kind, column),
        }
    }

    /// As [`Conversion::value`], for what stands inside of something else: a value that does not convert is
    /// NULL alone, where errors are ignored.
    fn inner(&self, text: &[u8], data_type: &DataType, column: &mut Column) -> Result<(), Problem> {
        let before = column.len();
        match self.value(lex::trim(text), data_type, column) {
            Err(Problem::Value(_)) if self.ignore_errors => {
                column.truncate(before);
                column.push_null();
                Ok(())
            }
            other => other,
        }
    }

    fn row(&self, text: &[u8], fields: &[Field], column: &mut Column) -> Result<(), Problem> {
        if !self.is_container(text, b'{', NO_OBJECT, column)? {
            return Ok(());
        }
        let mut values: Vec<Option<&[u8]>> = vec![None; fields.len()];
        entries(text, |name, value| {
            if let Some(index) = fields.iter().position(|field| field.name.as_bytes() == name)
                && let Some(place) = values.get_mut(index)
            {
                *place = Some(value);
            }
        })?;
        let Column { values: Values::Row(columns), nulls, .. } = column else { return Err(NO_OBJECT) };
        for ((field, value), column) in fields.iter().zip(values).zip(columns) {
            match value {
                Some(value) => self.inner(value, &field.data_type, column)?,
                None if self.fail_on_missing => return Err(Problem::Missing),
                None => column.push_null(),
            }
        }
        nulls.append_non_null();
        Ok(())
    }

    fn array(&self, text: &[u8], element: &DataType, column: &mut Column) -> Result<(), Problem> {
        if !self.is_container(text, b'[', NO_ARRAY, column)? {
            return Ok(());
        }
        let Values::List { element: elements, .. } = &mut column.values else { return Err(NO_ARRAY) };
        let mut at = skip_blanks(text, 1);
        while text.get(at).is_some_and(|b| *b != b']') {
            let end = strict::check_value(text, at).map_err(|(_, problem)| problem)?;
            self.inner(text.get(at..end).unwrap_or(&[]), element, elements)?;
            at = skip_blanks(text, end);
            if text.get(at) == Some(&b',') {
                at = skip_blanks(text, at + 1);
            }
        }
        column.end_list().map_err(|_| NO_ARRAY)
    }

    fn map(&self, text: &[u8], key: &DataType, value: &DataType, column: &mut Column) -> Result<(), Problem> {
        if !self.is_container(text, b'{', NO_OBJECT, column)? {
            return Ok(());
        }
        // The first place of a key and its last value count. The order is that in which Flink reads them.
        let mut places = std::collections::HashMap::new();
        let mut found: Vec<(Vec<u8>, &[u8])> = Vec::new();
        entries(text, |name, value| {
            let place = *places.entry(name.to_vec()).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, earlier)) => *earlier = value,
                None => found.push((name.to_vec(), value)),
            }
        })?;
        let Values::Map { key: keys, value: values, .. } = &mut column.values else { return Err(NO_OBJECT) };
        let hashes: Vec<i32> = found.iter().map(|(name, _)| java_map::flink_hash(name)).collect();
        for place in java_map::hash_order(&hashes, 0) {
            let Some((name, text)) = found.get(place) else { continue };
            match (&key.kind, &mut keys.values) {
                (Kind::Char { .. } | Kind::VarChar { .. }, Values::Text(views)) => views.push(name),
                _ => return Err(NO_OBJECT),
            }
            keys.nulls.append_non_null();
            self.inner(text, value, values)?;
        }
        column.end_list().map_err(|_| NO_OBJECT)
    }

    /// Whether `text` is a container that opens with `open`, checked whole. If it is `null`, a NULL has been added.
    fn is_container(
        &self,
        text: &[u8],
        open: u8,
        problem: Problem,
        column: &mut Column,
    ) -> Result<bool, Problem> {
        match Token::of(text)? {
            Token::Null => {
                column.push_null();
                Ok(false)
            }
            Token::Container(text) if text.first() == Some(&open) => {
                let end = strict::check_value(text, 0).map_err(|(_, problem)| problem)?;
                if end == text.len() { Ok(true) } else { Err(lex::BAD_TOKEN) }
            }
            _ => Err(problem),
        }
    }

    fn scalar(&self, text: &[u8], kind: &Kind, column: &mut Column) -> Result<(), Problem> {
        let Column { values, nulls, .. } = column;
        let style = self.style;
        let is_valid = match (kind, values) {
            (Kind::Boolean, Values::Boolean(values)) => {
                let value = scalar::boolean(text)?;
                values.append(value.unwrap_or(false));
                value.is_some()
            }
            (Kind::Timestamp { precision }, Values::Decimal(values)) => {
                add(values, scalar::timestamp(text, style, false)?.map(|instant| instant.nanos(*precision)))
            }
            (Kind::TimestampLtz { precision }, Values::Decimal(values)) => {
                add(values, scalar::timestamp(text, style, true)?.map(|instant| instant.nanos(*precision)))
            }
            (Kind::Timestamp { precision }, Values::Int64(values)) => {
                add(values, scalar::micros(text, style, false, *precision)?)
            }
            (Kind::TimestampLtz { precision }, Values::Int64(values)) => {
                add(values, scalar::micros(text, style, true, *precision)?)
            }
            (Kind::Decimal { precision, scale }, Values::Decimal(values)) => {
                add(values, scalar::decimal(text, *precision, *scale)?)
            }
            (Kind::Date, Values::Int32(values)) => add(values, scalar::date(text)?),
            (Kind::Time { .. }, Values::Int32(values)) => add(values, scalar::time(text)?),
            (_, Values::Int8(values)) => add(values, scalar::byte(text)?),
            (_, Values::Int16(values)) => add(values, scalar::short(text)?),
            (_, Values::Int32(values)) => add(values, scalar::int(text)?),
            (_, Values::Int64(values)) => add(values, scalar::long(text)?),
            (_, Values::Float32(values)) => add(values, scalar::floating(text)?),
            (_, Values::Float64(values)) => add(values, scalar::floating(text)?),
            (Kind::Variant, Values::Text(views)) => {
                let json = variant(text)?;
                views.push(json.as_deref().unwrap_or_default().as_bytes());
                json.is_some()
            }
            (_, Values::Text(views)) => {
                let mut scratch = Vec::new();
                let text = self.text(text, &mut scratch)?;
                views.push(text.unwrap_or(&[]));
                text.is_some()
            }
            (_, Values::Binary(views)) => {
                let mut scratch = Vec::new();
                let found = scalar::bytes(text, &mut scratch)?;
                views.push(&scratch);
                found.is_some()
            }
            // Of the type NULL there is nothing else.
            _ => Token::of(text).map(|_| false)?,
        };
        if is_valid {
            nulls.append_non_null();
        } else {
            nulls.append_null();
        }
        Ok(())
    }
}

/// The text of the VARIANT that a JSON value is, NULL for null. Of equal keys the last counts, as everywhere in this format.
fn variant(json: &[u8]) -> Result<Option<String>, Problem> {
    const NO_VARIANT: Problem = Problem::Value("a value of JSON was expected");
    let json = std::str::from_utf8(json).map_err(|_| NO_VARIANT)?;
    if json == "null" {
        return Ok(None);
    }
    let mut out = String::new();
    write_variant(json, true, &mut out).map_err(|_| NO_VARIANT)?;
    Ok(Some(out))
}

/// `found` with each key and value of an object that has been checked.
fn entries<'t>(text: &'t [u8], mut found: impl FnMut(&[u8], &'t [u8])) -> Result<(), Problem> {
    let mut at = skip_blanks(text, 1);
    while text.get(at).is_some_and(|b| *b != b'}') {
        let (Token::String { raw, escaped }, length) = Token::scalar(text.get(at..).unwrap_or(&[]))? else {
            return Err(lex::BAD_TOKEN);
        };
        let mut name = Vec::new();
        if escaped {
            lex::unescape(raw, &mut name)?;
        }
        at = skip_blanks(text, at + length);
        if text.get(at) != Some(&b':') {
            return Err(NO_COLON);
        }
        let start = skip_blanks(text, at + 1);
        let end = strict::check_value(text, start).map_err(|(_, problem)| problem)?;
        found(if escaped { &name } else { raw }, text.get(start..end).unwrap_or(&[]));
        at = skip_blanks(text, end);
        if text.get(at) == Some(&b',') {
            at = skip_blanks(text, at + 1);
        }
    }
    Ok(())
}
