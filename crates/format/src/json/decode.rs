//! Columns from the places of their values.

use arrow_array::ArrayRef;
use arrow_buffer::NullBufferBuilder;
use millstream_expr::types::{DataType, Kind};

use super::compact::{self, Fractions};
use super::lex::{self, Token};
use super::scalar::{self, Converted};
use super::strict::{self, NOT_UTF8};
use crate::column::{Column, Values, Views};
use crate::decoder::Decoded;
use crate::error::Result;
use crate::fill::{Problems, Selected, primitives};
use crate::options::{JsonOptions, TimestampStandard};
use crate::rows::Place;
use crate::text::temporal::Style;

/// How values are converted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversion {
    pub(super) style: Style,
    pub(super) fractions: Fractions,
    pub(super) ignore_errors: bool,
    pub(super) fail_on_missing: bool,
}

/// Without the white space around it, which most values do not have.
#[inline]
fn trimmed(text: &[u8]) -> &[u8] {
    match text {
        [first, .., last] if *first > b' ' && *last > b' ' => text,
        [only] if *only > b' ' => text,
        _ => lex::trim(text),
    }
}

impl Conversion {
    pub(super) fn new(options: &JsonOptions, fractions: Fractions) -> Self {
        Self {
            style: match options.timestamp_standard {
                TimestampStandard::Sql => Style::Sql,
                TimestampStandard::Iso8601 => Style::Iso,
            },
            fractions,
            ignore_errors: options.ignore_parse_errors,
            fail_on_missing: options.fail_on_missing_field,
        }
    }

    /// The column of what is selected. Where a value is wrong there is a NULL, and a problem unless it is to be ignored.
    pub(super) fn column(&self, data_type: &DataType, selected: Selected<'_>) -> Result<Decoded> {
        let mut problems = Problems::new(self.ignore_errors, self.fail_on_missing);
        let mut column = Column::new(data_type, selected.len());
        self.fill(data_type, selected, &mut column, &mut problems);
        let array = match (column.finish(), &data_type.kind) {
            // Arrow has checked the text, all at once; which rows are at fault takes another look.
            (Err(_), Kind::Char { .. } | Kind::VarChar { .. }) => {
                self.checked_texts(data_type, selected, &mut problems)?
            }
            (array, _) => array?,
        };
        Ok(Decoded { array, problems: problems.found })
    }

    fn fill(
        &self,
        data_type: &DataType,
        selected: Selected<'_>,
        column: &mut Column,
        problems: &mut Problems,
    ) {
        /// Fills the values of a primitive type by a function of their trimmed text.
        macro_rules! by {
            ($values:ident, $nulls:ident, $convert:expr) => {
                primitives(selected, $values, $nulls, problems, |text| $convert(trimmed(text)))
            };
        }
        let style = self.style;
        let Column { values, nulls, .. } = column;
        match (&data_type.kind, values) {
            (Kind::BigInt | Kind::IntervalDayTime(_), Values::Int64(values)) => {
                by!(values, nulls, scalar::long)
            }
            (Kind::Date, Values::Int32(values)) => by!(values, nulls, scalar::date),
            (Kind::Time { .. }, Values::Int32(values)) => by!(values, nulls, scalar::time),
            (_, Values::Int32(values)) => by!(values, nulls, scalar::int),
            (_, Values::Int16(values)) => by!(values, nulls, scalar::short),
            (_, Values::Int8(values)) => by!(values, nulls, scalar::byte),
            (_, Values::Float32(values)) => by!(values, nulls, scalar::floating),
            (_, Values::Float64(values)) => by!(values, nulls, scalar::floating),
            (Kind::Decimal { precision, scale }, Values::Decimal(values)) => {
                by!(values, nulls, |text| scalar::decimal(text, *precision, *scale));
            }
            (Kind::Timestamp { precision }, Values::Int64(values)) => {
                by!(values, nulls, |text| scalar::micros(text, style, false, *precision));
            }
            (Kind::TimestampLtz { precision }, Values::Int64(values)) => {
                by!(values, nulls, |text| scalar::micros(text, style, true, *precision));
            }
            (Kind::Char { .. } | Kind::VarChar { .. }, Values::Text(views)) => {
                self.texts(selected, views, nulls, problems, false);
            }
            _ => self.one_by_one(data_type, selected, column, problems),
        }
    }

    /// A column of strings, each of which is checked before it is added.
    #[cold]
    fn checked_texts(
        &self,
        data_type: &DataType,
        selected: Selected<'_>,
        problems: &mut Problems,
    ) -> Result<ArrayRef> {
        let mut column = Column::new(data_type, selected.len());
        problems.found.clear();
        if let Column { values: Values::Text(views), nulls, .. } = &mut column {
            self.texts(selected, views, nulls, problems, true);
        }
        column.finish()
    }

    fn texts(
        &self,
        selected: Selected<'_>,
        views: &mut Views,
        nulls: &mut NullBufferBuilder,
        problems: &mut Problems,
        check: bool,
    ) {
        let mut scratch = Vec::new();
        selected.each(|row, place| {
            let converted = match place {
                Place::Text(text) => {
                    let text = trimmed(text);
                    if let [b'"', inner @ .., b'"'] = text
                        && !check
                        && memchr::memchr2(b'"', b'\\', inner).is_none()
                    {
                        Ok(Some(inner))
                    } else {
                        self.text(text, &mut scratch)
                    }
                }
                place => {
                    problems.absent(row, &place);
                    Ok(None)
                }
            };
            match converted {
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

    /// The text that a value is in a STRING column, which is UTF-8.
    pub(super) fn text<'t>(&self, text: &'t [u8], scratch: &'t mut Vec<u8>) -> Converted<&'t [u8]> {
        scratch.clear();
        match Token::of(text)? {
            Token::Null => Ok(None),
            Token::True | Token::False | Token::Number { .. } => Ok(Some(text)),
            Token::String { raw, .. } if std::str::from_utf8(raw).is_err() => Err(NOT_UTF8),
            Token::String { raw, escaped: false } => Ok(Some(raw)),
            Token::String { raw, escaped: true } => {
                lex::unescape(raw, scratch)?;
                Ok(Some(scratch))
            }
            Token::Container(text) => {
                strict::check_value(text, 0).map_err(|(_, problem)| problem)?;
                compact::write(text, 0, self.fractions, scratch)?;
                Ok(Some(scratch))
            }
        }
    }

    /// A column of a type that is not worth a loop of its own.
    fn one_by_one(
        &self,
        data_type: &DataType,
        selected: Selected<'_>,
        column: &mut Column,
        problems: &mut Problems,
    ) {
        selected.each(|row, place| {
            let Place::Text(text) = place else {
                problems.absent(row, &place);
                column.push_null();
                return;
            };
            let before = column.len();
            if let Err(problem) = self.value(trimmed(text), data_type, column) {
                problems.add(row, problem);
                column.truncate(before);
                column.push_null();
            }
        });
    }
}
