//! An expression that was made, with what is needed to say which part of it is to blame.

use std::rc::Rc;

use millstream_expr::types::{DataType, Kind};

/// An expression as text.
pub struct Node {
    /// The text, ready to stand as an argument: in parentheses where it needs them.
    pub text: String,
    /// The function or form at its head; a column or literal has none.
    pub head: String,
    /// The type, if it has one.
    pub data_type: Option<DataType>,
    /// Its arguments.
    pub arguments: Vec<Rc<Node>>,
    /// Whether a column stands in it.
    pub reads: bool,
    /// How deep calls stand within each other.
    pub depth: usize,
}

impl Node {
    /// A column or a literal.
    pub fn leaf(text: impl Into<String>, data_type: DataType, reads: bool) -> Rc<Self> {
        Rc::new(Self {
            text: text.into(),
            head: String::new(),
            data_type: Some(data_type),
            arguments: Vec::new(),
            reads,
            depth: 0,
        })
    }

    /// A part of which only the text is known.
    pub fn part(text: &str) -> Rc<Self> {
        Rc::new(Self {
            text: text.to_owned(),
            head: String::new(),
            data_type: None,
            arguments: Vec::new(),
            reads: true,
            depth: 0,
        })
    }

    /// The head with the classes of the arguments: what kind of expression it is.
    pub fn shape(&self) -> String {
        let classes: Vec<String> =
            self.arguments.iter().map(|a| a.data_type.as_ref().map_or("?".to_owned(), class)).collect();
        format!("{} ({})", self.head, classes.join(", "))
    }
}

/// The class of a type: its name without lengths, digits and nullability.
pub fn class(data_type: &DataType) -> String {
    match &data_type.kind {
        Kind::Array(element) => format!("ARRAY<{}>", class(element)),
        Kind::Multiset(element) => format!("MULTISET<{}>", class(element)),
        Kind::Map(key, value) => format!("MAP<{}, {}>", class(key), class(value)),
        Kind::Row(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| class(&field.data_type)).collect();
            format!("ROW<{}>", fields.join(", "))
        }
        Kind::IntervalYearMonth(_) => "MONTHS".to_owned(),
        Kind::IntervalDayTime(_) => "MILLISECONDS".to_owned(),
        _ => {
            let name = data_type.to_string();
            let end = name.find(['(', ' ']).unwrap_or(name.len());
            name.get(..end).unwrap_or_default().to_owned()
        }
    }
}
