//! Columns and constants for the words of signatures.

use std::fmt;
use std::sync::Arc;

use arrow_array::ArrayRef;
use millstream_expr::functions::Function;
use millstream_expr::types::{IntervalField, IntervalResolution};
use millstream_expr::{DataType, Kind, Value};

/// Rows of a batch.
pub const ROWS: usize = 8192;

/// An argument: a column, or a constant.
#[derive(Clone)]
pub struct Input {
    pub data_type: DataType,
    pub column: Option<ArrayRef>,
    pub constant: Option<Value>,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.constant {
            Some(Value::String(text)) => write!(f, "'{text}'"),
            Some(Value::Int(number)) => write!(f, "{number}"),
            Some(_) => f.write_str("NULL"),
            None => write!(f, "{}", self.data_type),
        }
    }
}

/// A multiplicative walk: spread out, and the same on every machine.
fn walk(row: usize) -> i32 {
    i32::try_from(row * 7_919 % 100_003).unwrap()
}

/// A column of the values that `value` gives for the places of a walk.
fn column(kind: Kind, value: impl Fn(i32) -> Value) -> Input {
    let data_type = DataType::new(kind);
    let values: Vec<Value> = (0..ROWS).map(|row| value(walk(row))).collect();
    let column = Value::column(&values, &data_type).unwrap();
    Input { data_type, column: Some(column), constant: None }
}

fn word(text: &str) -> Input {
    let length = u32::try_from(text.len()).unwrap();
    Input {
        data_type: DataType::not_null(Kind::Char { length }),
        column: None,
        constant: Some(Value::String(text.into())),
    }
}

fn number(value: i32) -> Input {
    Input { data_type: DataType::not_null(Kind::Int), column: None, constant: Some(Value::Int(value)) }
}

/// What can stand for a word of a function's signature, what fits best first.
pub fn candidates(function: &Function, name: &str) -> Vec<Input> {
    if let Some(constant) = name.strip_prefix('\'') {
        return vec![word(constant.trim_end_matches('\''))];
    }
    match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "null" => vec![Input { data_type: DataType::string(), column: None, constant: Some(Value::Null) }],
        "value" | "element" => vec![bigints(), texts(function), doubles()],
        "numeric" | "number" => vec![bigints(), doubles(), decimals()],
        "base" | "percentage" => vec![doubles()],
        "count" if function.name == "REPEAT" => vec![number(3)],
        "integer" | "count" | "seconds" | "from" | "to" | "seed" | "bound" | "days" => {
            vec![small_ints(), bigints(), timestamps(6), word("ab"), number(5)]
        }
        "boolean" | "condition" | "ascending" => vec![booleans()],
        "string" | "url" | "json" => vec![texts(function)],
        "key" if function.name == "ITEM" => vec![word("a")],
        "key" => vec![word("a"), small_ints()],
        "bytes" | "binary" => vec![bytes()],
        "datetime" | "timestamp" | "date" => vec![timestamps(3), dates(), texts(function)],
        "interval" => vec![intervals(false), intervals(true)],
        "constant" => vec![number(5)],
        "array" if function.name == "ELEMENT" => {
            let kind = Kind::Array(Arc::new(DataType::new(Kind::Int)));
            vec![column(kind, |n| Value::Array(vec![Value::Int(n)]))]
        }
        "array" | "keys" | "values" => vec![int_lists(), text_lists()],
        "map" => vec![maps()],
        "variant" => {
            vec![column(Kind::Variant, |n| Value::String(format!("{{\"a\":{n},\"b\":[1,2]}}").into()))]
        }
        "pattern" => vec![word("%x%")],
        "regex" => vec![word("([0-9]+)-(a|b)")],
        "pair_regex" | "pair_separator" => vec![word(",")],
        "key_value_regex" | "key_value_separator" => vec![word("=")],
        "path" => vec![word("$.b.c")],
        "format" if function.name == "PRINTF" => vec![word("%s: %d")],
        "format" => vec![word("yyyy-MM-dd HH:mm:ss")],
        "unit" => vec![word("HOUR")],
        "charset" => vec![word("UTF-8")],
        "from_zone" => vec![word("UTC")],
        "to_zone" => vec![word("Asia/Tokyo")],
        "separator" | "delimiter" | "padding" => vec![word("-")],
        "part" if function.name == "PARSE_URL" => vec![word("HOST")],
        "part" | "characters" => vec![word("x"), word(" ")],
        "replacement" => vec![word("yz")],
        "start" | "end" if function.name.starts_with("DATE") => vec![texts(function), dates()],
        "start" | "end" if function.name.ends_with("WITH") => vec![word("12"), bytes()],
        "index" if function.name == "ELT" || function.name == "ITEM" => vec![number(1)],
        "index" | "group" => vec![number(1)],
        "start" | "length" | "digits" | "precision" | "end" => vec![number(3)],
        "bits" => vec![number(256)],
        other => vec![word(other)],
    }
}

fn small_ints() -> Input {
    column(Kind::Int, |n| Value::Int(n % 100 + 1))
}

fn bigints() -> Input {
    column(Kind::BigInt, |n| Value::BigInt(i64::from(n) + 1))
}

fn doubles() -> Input {
    column(Kind::Double, |n| Value::Double(f64::from(n) / 99_000.0))
}

fn decimals() -> Input {
    column(Kind::Decimal { precision: 12, scale: 2 }, |n| Value::Decimal(i128::from(n) + 100))
}

fn booleans() -> Input {
    column(Kind::Boolean, |n| Value::Boolean(n % 3 == 0))
}

fn dates() -> Input {
    column(Kind::Date, |n| Value::Date(n % 30_000))
}

fn timestamps(precision: u8) -> Input {
    let nanos = |n: i32| (1_600_000_000_000 + i128::from(n) * 1_234_567) * 1_000_000;
    column(Kind::Timestamp { precision }, move |n| Value::Timestamp(nanos(n)))
}

fn bytes() -> Input {
    column(DataType::bytes().kind, |n| Value::Bytes(format!("12{n:x}").into_bytes().into()))
}

fn texts(function: &Function) -> Input {
    column(DataType::string().kind, |n| Value::String(text(n, function).into()))
}

fn intervals(months: bool) -> Input {
    let field = |resolution| IntervalField { resolution, precision: 4, fraction: 3 };
    match months {
        true => column(Kind::IntervalYearMonth(field(IntervalResolution::YearToMonth)), |n| {
            Value::Months(n % 100)
        }),
        false => column(Kind::IntervalDayTime(field(IntervalResolution::DayToSecond)), |n| {
            Value::Milliseconds(i64::from(n) * 1000)
        }),
    }
}

fn int_lists() -> Input {
    column(Kind::Array(Arc::new(DataType::new(Kind::Int))), |n| {
        Value::Array((1..=5).map(|i| Value::Int(n * i % 50)).collect())
    })
}

fn text_lists() -> Input {
    column(Kind::Array(Arc::new(DataType::string())), |n| {
        Value::Array((1..=5).map(|i| Value::String(format!("text {}", n * i % 50).into())).collect())
    })
}

fn maps() -> Input {
    let kind = Kind::Map(Arc::new(DataType::string()), Arc::new(DataType::new(Kind::Int)));
    column(kind, |n| {
        let entry = |key: &str, value: i32| (Value::String(key.into()), Value::Int(value));
        Value::Map(vec![entry("a", n), entry("b", 2), entry(&n.to_string(), 3)])
    })
}

/// A text that the function can read.
fn text(n: i32, function: &Function) -> String {
    match function.name {
        name if name.starts_with("JSON_UNQUOTE") => format!("\"quoted\\n{n}\""),
        name if name.contains("JSON") => {
            format!("{{\"a\": {n}, \"b\": {{\"c\": \"text {n}\", \"d\": [1, 2]}}}}")
        }
        "TO_DATE" => format!("20{:02}-02-2{}", n % 90 + 10, n % 9),
        "TO_TIMESTAMP" | "TO_TIMESTAMP_LTZ" | "UNIX_TIMESTAMP" | "CONVERT_TZ" | "DATE_FORMAT"
        | "DATEDIFF" | "DATE_ADD" | "DATE_SUB" => {
            format!("20{:02}-02-2{} 12:{:02}:56", n % 90 + 10, n % 9, n % 60)
        }
        "PARSE_URL" => format!("https://user@host{n}.example.com:80/path/{n}?a=1&key={n}#ref"),
        "FROM_BASE64" => format!("aGVsbG8gd29yb{}Q=", char::from(b'A' + u8::try_from(n % 26).unwrap())),
        "UNHEX" | "HEX" => format!("{n:06x}"),
        "STR_TO_MAP" | "KEYVALUE" | "MULTI_KEYVALUE" => format!("a={n},b=2,c={}", n / 2),
        _ => format!("{n}-a text of {n} characters x"),
    }
}
