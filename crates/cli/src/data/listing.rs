//! Topics and groups, printed as the rows of a query are.

use std::io::IsTerminal;

use jiff::tz::TimeZone;
use millstream_engine::{Error, ErrorKind, Result};
use millstream_expr::types::Kind;
use millstream_expr::{DataType, Field, Value};
use millstream_sql::session::Rows;

use crate::args::{ListForm, OutputForm};
use crate::output::Printer;
use crate::session::{ResultInfo, show_rows};

/// Characters of a column of a table.
const COLUMN_WIDTH_MAX: usize = 100;

/// The form that is asked for, or the one for where it goes.
pub fn form_of(asked: Option<ListForm>) -> ListForm {
    asked.unwrap_or(if std::io::stdout().is_terminal() { ListForm::Table } else { ListForm::Jsonl })
}

/// A column.
pub fn column(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type)
}

/// A column of text.
pub fn text(name: &str) -> Field {
    column(name, DataType::string())
}

/// A column of whole numbers.
pub fn number(name: &str) -> Field {
    column(name, DataType::new(Kind::BigInt))
}

/// A number of something, as a value.
pub fn count(number: u64) -> Value {
    Value::BigInt(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Prints rows.
///
/// # Errors
/// Closed, when nobody reads them.
pub fn print(form: ListForm, columns: Vec<Field>, rows: Vec<Vec<Value>>) -> Result<()> {
    let rows = Rows { schema: columns.into(), rows };
    let info = ResultInfo {
        statement: 1,
        schema: rows.schema.clone(),
        streaming: false,
        time_zone: TimeZone::UTC,
        column_width_max: COLUMN_WIDTH_MAX,
    };
    let mut printer = Printer::new(match form {
        ListForm::Table => OutputForm::Table,
        ListForm::Jsonl => OutputForm::Jsonl,
    });
    let shown = show_rows(&rows, &info, &mut printer)?;
    shown.map_err(|failure| Error::new(ErrorKind::Internal, failure.message))
}

/// Prints one thing: in a table, a line for each thing there is to say about it.
///
/// # Errors
/// Closed, when nobody reads it.
pub fn print_one(form: ListForm, said: Vec<(Field, Value)>, lines: Vec<(String, String)>) -> Result<()> {
    match form {
        ListForm::Jsonl => {
            let (columns, row) = said.into_iter().unzip();
            print(form, columns, vec![row])
        }
        ListForm::Table => {
            let rows = lines.into_iter();
            let rows = rows.map(|(key, value)| vec![Value::from(key.as_str()), Value::from(value.as_str())]);
            print(form, vec![text("what"), text("value")], rows.collect())
        }
    }
}

/// Settings as a MAP.
pub fn settings(settings: &[(String, String)]) -> (Field, Value) {
    let pairs = settings.iter().map(|(key, value)| (Value::from(key.as_str()), Value::from(value.as_str())));
    let data_type = DataType::map(DataType::string(), DataType::string());
    (column("settings", data_type), Value::Map(pairs.collect()))
}
