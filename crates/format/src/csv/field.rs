//! The text of fields, and their values.

use std::borrow::Cow;

use arrow_array::ArrayRef;
use arrow_buffer::NullBufferBuilder;
use millstream_expr::types::{DataType, Kind};

use super::Marks;
use crate::column::{Column, Values, Views};
use crate::decoder::Decoded;
use crate::error::Result;
use crate::fill::{Problems, Selected, add, primitives};
use crate::options::CsvOptions;
use crate::problem::Problem;
use crate::rows::Place;
use crate::text::temporal::{self, Style};
use crate::text::{base64, decimal, float, integer, trim};

const NO_WHOLE_NUMBER: Problem = Problem::Value("a whole number that fits the type was expected");
const NO_NUMBER: Problem = Problem::Value("a number was expected");
const NO_DATE: Problem = Problem::Value("a date such as 2024-01-31 was expected");
const NO_TIME: Problem = Problem::Value("a time such as 23:59:59 was expected");
const NO_TIMESTAMP: Problem = Problem::Value("a timestamp such as 2024-01-31 23:59:59.123 was expected");
const NO_BASE64: Problem = Problem::Value("base64 was expected");
const NO_ELEMENT: Problem = Problem::Value("the row has another number of fields than its type");
const NOT_UTF8: Problem = Problem::Malformed("the text is not UTF-8");
const NOT_SIMPLE: Problem = Problem::Value("a simple type was expected");

/// How fields are converted.
#[derive(Debug)]
pub(super) struct Conversion {
    marks: Marks,
    null_literal: Option<Vec<u8>>,
    separator: Vec<u8>,
    ignore_errors: bool,
}

impl Conversion {
    pub(super) fn new(options: &CsvOptions, marks: Marks) -> Self {
        Self {
            marks,
            null_literal: options.null_literal.as_ref().map(|literal| literal.clone().into_bytes()),
            separator: options.array_element_delimiter.clone().into_bytes(),
            ignore_errors: options.ignore_parse_errors,
        }
    }

    /// The column of what is selected, or of element `element` of the rows in it.
    pub(super) fn column(
        &self,
        data_type: &DataType,
        element: Option<usize>,
        selected: Selected<'_>,
    ) -> Result<Decoded> {
        let mut problems = Problems::new(self.ignore_errors, false);
        let mut column = Column::new(data_type, selected.len());
        self.fill(data_type, element, selected, &mut column, &mut problems);
        let array = match (column.finish(), &data_type.kind) {
            // Arrow has checked the text, all at once; which rows are at fault takes another look.
            (Err(_), Kind::Char { .. } | Kind::VarChar { .. }) => {
                self.checked_texts(data_type, element, selected, &mut problems)?
            }
            (array, _) => array?,
        };
        Ok(Decoded { array, problems: problems.found })
    }

    fn fill(
        &self,
        data_type: &DataType,
        element: Option<usize>,
        selected: Selected<'_>,
        column: &mut Column,
        problems: &mut Problems,
    ) {
        let Column { values, nulls, .. } = column;
        match (&data_type.kind, values) {
            (Kind::BigInt, Values::Int64(values)) if element.is_none() => {
                primitives(selected, values, nulls, problems, |text| self.number(text, integer::parse));
            }
            (Kind::Int, Values::Int32(values)) if element.is_none() => {
                primitives(selected, values, nulls, problems, |text| self.number(text, narrow));
            }
            (_, Values::Text(views)) => self.texts(element, selected, views, nulls, problems, false),
            _ => selected.each(|row, place| {
                let before = column.len();
                let added = match place {
                    Place::Text(text) => self.cell(text, element, data_type, column),
                    _ => {
                        column.push_null();
                        Ok(())
                    }
                };
                if let Err(problem) = added {
                    problems.add(row, problem);
                    column.truncate(before);
                    column.push_null();
                }
            }),
        }
    }

    /// A whole number, by way of the shortest path for one that stands there as it is.
    #[inline]
    fn number<T>(&self, text: &[u8], parse: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, Problem> {
        if self.null_literal.is_none()
            && let Some(value) = parse(text)
        {
            return Ok(Some(value));
        }
        let text = self.plain(text);
        if self.is_null(&text) {
            return Ok(None);
        }
        parse(trim(&text)).map(Some).ok_or(NO_WHOLE_NUMBER)
    }

    #[cold]
    fn checked_texts(
        &self,
        data_type: &DataType,
        element: Option<usize>,
        selected: Selected<'_>,
        problems: &mut Problems,
    ) -> Result<ArrayRef> {
        let mut column = Column::new(data_type, selected.len());
        problems.found.clear();
        if let Column { values: Values::Text(views), nulls, .. } = &mut column {
            self.texts(element, selected, views, nulls, problems, true);
        }
        column.finish()
    }

    fn texts(
        &self,
        element: Option<usize>,
        selected: Selected<'_>,
        views: &mut Views,
        nulls: &mut NullBufferBuilder,
        problems: &mut Problems,
        check: bool,
    ) {
        selected.each(|row, place| {
            let text = match place {
                Place::Text(text) => self.plain(text),
                _ => {
                    views.push_empty();
                    nulls.append_null();
                    return;
                }
            };
            let found = match element {
                None => Ok(Some(text.as_ref())),
                Some(index) => self.element(&text, index),
            };
            let found = match found {
                Ok(Some(text)) if check && std::str::from_utf8(text).is_err() => Err(NOT_UTF8),
                Ok(found) => Ok(found.filter(|text| !self.is_null(text))),
                Err(problem) => Err(problem),
            };
            match found {
                Ok(Some(text)) => {
                    views.push(text);
                    nulls.append_non_null();
                }
                other => {
                    if let Err(problem) = other {
                        problems.add(row, problem);
                    }
                    views.push_empty();
                    nulls.append_null();
                }
            }
        });
    }

    /// The text without quotes and escapes.
    #[inline]
    fn plain<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let quoted = self.marks.quote.is_some() && text.first().copied() == self.marks.quote;
        if !quoted && self.marks.escape.is_none() {
            return Cow::Borrowed(text);
        }
        self.unescaped(text, quoted)
    }

    fn unescaped<'t>(&self, text: &'t [u8], quoted: bool) -> Cow<'t, [u8]> {
        let mut inner = text;
        if quoted {
            inner = inner.get(1..).unwrap_or(&[]);
            while let [rest @ .., b' ' | b'\t'] = inner {
                inner = rest;
            }
            if inner.last().copied() == self.marks.quote {
                inner = inner.get(..inner.len() - 1).unwrap_or(&[]);
            }
        }
        let escapes = |b: &u8| (quoted && Some(*b) == self.marks.quote) || Some(*b) == self.marks.escape;
        if !inner.iter().any(escapes) {
            return Cow::Borrowed(inner);
        }
        let mut out = Vec::with_capacity(inner.len());
        let mut bytes = inner.iter();
        while let Some(byte) = bytes.next() {
            if Some(*byte) == self.marks.escape {
                // A name of a control character, or the character itself.
                out.extend(bytes.next().map(|byte| match byte {
                    b'0' => 0,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => *other,
                }));
            } else {
                if quoted && Some(*byte) == self.marks.quote {
                    // The second of two quotes.
                    bytes.next();
                }
                out.push(*byte);
            }
        }
        Cow::Owned(out)
    }

    #[inline]
    fn is_null(&self, text: &[u8]) -> bool {
        self.null_literal.as_deref() == Some(text)
    }

    /// Element `index` of the row that `text` is; `None` in one that is NULL because it is empty.
    fn element<'t>(&self, text: &'t [u8], index: usize) -> Result<Option<&'t [u8]>, Problem> {
        if text.is_empty() || self.is_null(text) {
            return Ok(None);
        }
        match self.split(text).nth(index) {
            None if !self.ignore_errors => Err(NO_ELEMENT),
            found => Ok(found),
        }
    }

    /// The elements of an array or row.
    fn split<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = &'t [u8]> {
        let separator = self.separator.clone();
        let mut rest = Some(text);
        std::iter::from_fn(move || {
            let current = rest?;
            let found = if separator.is_empty() { None } else { memchr::memmem::find(current, &separator) };
            match found {
                Some(at) => {
                    rest = current.get(at + separator.len()..);
                    current.get(..at)
                }
                None => rest.take(),
            }
        })
    }

    /// Adds the value of a field, or of element `element` of the row in it.
    fn cell(
        &self,
        text: &[u8],
        element: Option<usize>,
        data_type: &DataType,
        column: &mut Column,
    ) -> Result<(), Problem> {
        let text = self.plain(text);
        match element {
            None => self.value(&text, data_type, column),
            Some(index) => match self.element(&text, index)? {
                Some(text) => self.value(text, data_type, column),
                None => {
                    column.push_null();
                    Ok(())
                }
            },
        }
    }

    fn value(&self, text: &[u8], data_type: &DataType, column: &mut Column) -> Result<(), Problem> {
        if self.is_null(text) {
            column.push_null();
            return Ok(());
        }
        match &data_type.kind {
            Kind::Array(element) => {
                let Values::List { element: elements, .. } = &mut column.values else {
                    return Err(NOT_SIMPLE);
                };
                if !text.is_empty() {
                    self.split(text).try_for_each(|text| self.inner(text, element, elements))?;
                }
                column.end_list().map_err(|_| NOT_SIMPLE)
            }
            Kind::Row(_) if text.is_empty() => {
                column.push_null();
                Ok(())
            }
            Kind::Row(fields) => {
                let Column { values: Values::Row(columns), nulls, .. } = column else {
                    return Err(NOT_SIMPLE);
                };
                let mut parts = self.split(text);
                for (field, column) in fields.iter().zip(columns.iter_mut()) {
                    match parts.next() {
                        Some(part) => self.inner(part, &field.data_type, column)?,
                        None if self.ignore_errors => column.push_null(),
                        None => return Err(NO_ELEMENT),
                    }
                }
                if parts.next().is_some() && !self.ignore_errors {
                    return Err(NO_ELEMENT);
                }
                nulls.append_non_null();
                Ok(())
            }
            kind => scalar(text, kind, column),
        }
    }

    /// A value inside of another: NULL alone where it does not convert and errors are ignored.
    fn inner(&self, text: &[u8], data_type: &DataType, column: &mut Column) -> Result<(), Problem> {
        let before = column.len();
        match self.value(text, data_type, column) {
            Err(Problem::Value(_)) if self.ignore_errors => {
                column.truncate(before);
                column.push_null();
                Ok(())
            }
            other => other,
        }
    }
}

fn narrow<T: TryFrom<i64>>(text: &[u8]) -> Option<T> {
    integer::parse(text).and_then(|value| T::try_from(value).ok())
}

/// Adds the value that `text` is.
fn scalar(text: &[u8], kind: &Kind, column: &mut Column) -> Result<(), Problem> {
    let Column { values, nulls, .. } = column;
    let timestamp = |utc| temporal::parse_timestamp(text, Style::Sql, utc).ok_or(NO_TIMESTAMP);
    let is_valid = match (kind, values) {
        (Kind::Boolean, Values::Boolean(values)) => {
            values.append(trim(text).eq_ignore_ascii_case(b"true"));
            true
        }
        (Kind::Decimal { precision, scale }, Values::Decimal(values)) => {
            add(values, decimal::parse(text, *precision, *scale).ok_or(NO_NUMBER)?)
        }
        (Kind::Timestamp { precision }, Values::Decimal(values)) => {
            add(values, Some(timestamp(false)?.nanos(*precision)))
        }
        (Kind::TimestampLtz { precision }, Values::Decimal(values)) => {
            add(values, Some(timestamp(true)?.nanos(*precision)))
        }
        (Kind::Timestamp { precision }, Values::Int64(values)) => {
            add(values, Some(timestamp(false)?.micros(*precision).ok_or(NO_TIMESTAMP)?))
        }
        (Kind::TimestampLtz { precision }, Values::Int64(values)) => {
            add(values, Some(timestamp(true)?.micros(*precision).ok_or(NO_TIMESTAMP)?))
        }
        (Kind::Date, Values::Int32(values)) => {
            add(values, Some(temporal::parse_lenient_date(text).ok_or(NO_DATE)?))
        }
        (Kind::Time { precision }, Values::Int32(values)) => {
            add(values, Some(temporal::parse_iso_time(text, *precision).ok_or(NO_TIME)?))
        }
        (_, Values::Int8(values)) => add(values, Some(narrow(trim(text)).ok_or(NO_WHOLE_NUMBER)?)),
        (_, Values::Int16(values)) => add(values, Some(narrow(trim(text)).ok_or(NO_WHOLE_NUMBER)?)),
        (_, Values::Int32(values)) => add(values, Some(narrow(trim(text)).ok_or(NO_WHOLE_NUMBER)?)),
        (_, Values::Int64(values)) => add(values, Some(narrow(trim(text)).ok_or(NO_WHOLE_NUMBER)?)),
        (_, Values::Float32(values)) => add(values, Some(float::parse(text).ok_or(NO_NUMBER)?)),
        (_, Values::Float64(values)) => add(values, Some(float::parse(text).ok_or(NO_NUMBER)?)),
        (_, Values::Text(views)) => {
            if std::str::from_utf8(text).is_err() {
                return Err(NOT_UTF8);
            }
            views.push(text);
            true
        }
        (_, Values::Binary(views)) => {
            let mut bytes = Vec::new();
            base64::decode(text, &mut bytes).ok_or(NO_BASE64)?;
            views.push(&bytes);
            true
        }
        // Of the type NULL there is nothing else.
        (Kind::Null, _) => false,
        _ => return Err(NOT_SIMPLE),
    };
    if is_valid {
        nulls.append_non_null();
    } else {
        nulls.append_null();
    }
    Ok(())
}
