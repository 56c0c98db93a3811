//! Expressions at random: forms and functions over columns, literals, and what has been made before.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use millstream_expr::types::DataType;

use crate::chance::Chance;
use crate::forms::{FORMS, words};
use crate::node::{Node, class};
use crate::planner::Planner;
use crate::signatures::{Callable, callables};

/// The longest text of an expression, in bytes.
const TEXT_BYTES_MAX: usize = 400;

/// The most calls within each other.
const DEPTH_MAX: usize = 4;

/// Literals, each of the type that it says by itself.
const LITERALS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "7",
    "100",
    "-2147483648",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "1.5",
    "-0.05",
    "2.50",
    "0.0",
    "123456789012345678901234567890.12345678",
    "1e0",
    "-2.5e-3",
    "1e308",
    "TRUE",
    "FALSE",
    "''",
    "'a'",
    "'abc'",
    "' x '",
    "'1'",
    "'-12.5'",
    "'2024-02-29'",
    "'😀é'",
    "'true'",
    "CAST('b' AS VARCHAR(4))",
    "x'00ff'",
    "x''",
    "DATE '2024-02-29'",
    "DATE '1969-12-31'",
    "TIME '23:59:59'",
    "TIMESTAMP '2024-03-31 02:30:00.123'",
    "TIMESTAMP '0001-01-01 00:00:00'",
    "INTERVAL '1' DAY",
    "INTERVAL '-1' MONTH",
    "INTERVAL '1-2' YEAR TO MONTH",
    "INTERVAL '1 02:03:04.567' DAY TO SECOND(3)",
    "INTERVAL '90' MINUTE",
    "INTERVAL '0.001' SECOND(3)",
    "INTERVAL '10' YEAR",
    "CAST(NULL AS INT)",
    "CAST(NULL AS STRING)",
    "CAST(NULL AS TIMESTAMP(3))",
    "NULL",
    "ARRAY[1, 2]",
    "ARRAY['a', NULL]",
    "MAP['a', 1]",
    "CAST(1 AS TINYINT)",
    "CAST(1 AS BIGINT)",
    "CAST(2.5 AS FLOAT)",
    "CAST(1 AS DECIMAL(38, 0))",
];

/// Expressions over columns that are as good as columns: their types cannot be read from files.
const DERIVED: &[&str] = &[
    "(ti * INTERVAL '1' MONTH)",
    "(j * INTERVAL '1' DAY)",
    "(si * INTERVAL '1' SECOND)",
    "(si * INTERVAL '1' HOUR)",
    "CAST(ai AS ARRAY<BIGINT>)",
    "r.a",
    "r.b",
    "r2.n",
    "r2.x",
    "xr.a",
    "ai[1]",
    "mi['a']",
    "CAST(i AS DECIMAL(12, 1))",
    "CAST(f AS DOUBLE)",
    "CAST(s AS VARCHAR(2))",
    "CAST(z AS CHAR(3))",
    "CAST(s AS BYTES)",
];

/// Makes expressions.
pub struct Generator {
    chance: Chance,
    planner: Planner,
    /// What can stand as an argument, by the class of its type.
    columns: BTreeMap<String, Vec<Rc<Node>>>,
    literals: BTreeMap<String, Vec<Rc<Node>>>,
    made: BTreeMap<String, Vec<Rc<Node>>>,
    classes: Vec<String>,
    callables: Vec<Callable>,
    seen: HashSet<String>,
}

impl Generator {
    /// A generator over the planner's table.
    ///
    /// # Errors
    /// When the table cannot be planned.
    pub fn new(seed: u64, mut planner: Planner) -> Result<Self, String> {
        let mut chance = Chance::new(seed);
        let (mut columns, mut literals) = (BTreeMap::new(), BTreeMap::new());
        for field in planner.columns()? {
            add(&mut columns, Node::leaf(&*field.name, field.data_type, true));
        }
        for text in DERIVED {
            let data_type = planner.type_of(text).ok_or_else(|| format!("{text} is refused"))?;
            add(&mut columns, Node::leaf(*text, data_type, true));
        }
        for text in LITERALS {
            // A bare NULL has no type, but is an argument nevertheless.
            let data_type =
                planner.type_of(text).unwrap_or_else(|| DataType::new(millstream_expr::Kind::Null));
            add(&mut literals, Node::leaf(*text, data_type, false));
        }
        let classes: Vec<String> = columns.keys().cloned().collect();
        let types: Vec<DataType> =
            columns.values().filter_map(|nodes: &Vec<Rc<Node>>| nodes.first()?.data_type.clone()).collect();
        let callables = callables(&types, &mut chance);
        Ok(Self {
            chance,
            planner,
            columns,
            literals,
            made: BTreeMap::new(),
            classes,
            callables,
            seen: HashSet::new(),
        })
    }

    /// Some new expressions. Of those that the binder refuses, one in `refused_one_in` is among them.
    pub fn wave(&mut self, count: usize, refused_one_in: usize) -> Vec<Rc<Node>> {
        let mut wave = Vec::new();
        let mut idle = 0;
        while wave.len() < count && idle < 1_000_000 {
            idle += 1;
            let made = if self.chance.percent(40) { self.call() } else { self.form() };
            let Some(mut node) = made else { continue };
            if !node.reads
                || node.text.len() > TEXT_BYTES_MAX
                || node.depth > DEPTH_MAX
                || self.seen.contains(&node.text)
            {
                continue;
            }
            node.data_type = self.planner.type_of(&node.text);
            if node.data_type.is_none() && self.chance.below(refused_one_in) != 0 {
                continue;
            }
            self.seen.insert(node.text.clone());
            wave.push(Rc::new(node));
        }
        wave
    }

    /// Calls of every function with a NULL in each place in turn: a NULL without a type may be refused there.
    pub fn with_nulls(&mut self) -> Vec<Rc<Node>> {
        let mut made = Vec::new();
        for callable in &self.callables {
            let mut places = HashSet::new();
            for combination in &callable.combinations {
                let columns: Vec<Rc<Node>> = combination
                    .iter()
                    .filter_map(|class| self.columns.get(self.classes.get(*class)?)?.first().cloned())
                    .collect();
                for place in 0..columns.len() {
                    let mut arguments = columns.clone();
                    let Some(slot) = arguments.get_mut(place) else { continue };
                    *slot = Node::leaf("NULL", DataType::new(millstream_expr::Kind::Null), false);
                    if columns.len() > 1 && places.insert((columns.len(), place, class_of(&columns, place))) {
                        let texts: Vec<&str> = arguments.iter().map(|a| a.text.as_str()).collect();
                        made.push(over(
                            format!("{}({})", callable.name, texts.join(", ")),
                            callable.name,
                            arguments,
                        ));
                    }
                }
            }
        }
        made.into_iter().map(Rc::new).collect()
    }

    /// Lets later expressions have these as arguments.
    pub fn keep(&mut self, node: &Rc<Node>) {
        if node.data_type.is_some() && node.depth < DEPTH_MAX {
            add(&mut self.made, Rc::clone(node));
        }
    }

    fn call(&mut self) -> Option<Node> {
        let at = self.chance.below(self.callables.len());
        let callable = self.callables.get(at)?;
        let name = callable.name;
        let mut combination: Vec<usize> = self.chance.pick(&callable.combinations)?.clone();
        if self.chance.percent(4) && !combination.is_empty() {
            let place = self.chance.below(combination.len());
            let other = self.chance.below(self.classes.len());
            *combination.get_mut(place)? = other;
        }
        let mut arguments = Vec::new();
        for class in combination {
            let class = self.classes.get(class)?.clone();
            let argument = self.another(|this| this.argument(&class), &arguments)?;
            arguments.push(argument);
        }
        let texts: Vec<&str> = arguments.iter().map(|a| a.text.as_str()).collect();
        Some(over(format!("{name}({})", texts.join(", ")), name, arguments))
    }

    fn form(&mut self) -> Option<Node> {
        let form = *self.chance.pick(FORMS)?;
        let (mut text, mut arguments, mut latest) = (String::new(), Vec::new(), String::new());
        let mut rest = form;
        while let Some((before, behind)) = rest.split_once('{') {
            let (slot, behind) = behind.split_once('}')?;
            text.push_str(before);
            rest = behind;
            let argument = match words(slot) {
                [] => self.another(|this| this.slot(slot, &latest), &arguments)?,
                words => {
                    let word = *self.chance.pick(words)?;
                    let data_type = self.planner.type_of(word);
                    Rc::new(Node {
                        text: word.to_owned(),
                        head: String::new(),
                        reads: data_type.is_some()
                            && !word.starts_with('\'')
                            && !word.starts_with(|c: char| c.is_ascii_digit() || c == '-'),
                        data_type,
                        arguments: Vec::new(),
                        depth: 0,
                    })
                }
            };
            if slot == "any" {
                latest = argument.data_type.as_ref().map(class)?;
            }
            text.push_str(&argument.text);
            arguments.push(argument);
        }
        text.push_str(rest);
        let is_call = form.split_once('(').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        }) && form.ends_with(')');
        let closed = is_call || form.ends_with(']') || form.starts_with("CASE");
        Some(over(if closed { text } else { format!("({text})") }, form, arguments))
    }

    /// An argument that does not stand there already: a planner may take `x = x` for TRUE.
    fn another(
        &mut self,
        mut make: impl FnMut(&mut Self) -> Option<Rc<Node>>,
        there: &[Rc<Node>],
    ) -> Option<Rc<Node>> {
        for _ in 0..4 {
            let made = make(self)?;
            if there.iter().all(|argument| argument.text != made.text) {
                return Some(made);
            }
        }
        None
    }

    fn slot(&mut self, slot: &str, latest: &str) -> Option<Rc<Node>> {
        let wanted: &[&str] = match slot {
            "bool" => &["BOOLEAN"],
            "int" => &["INT", "INT", "BIGINT", "TINYINT", "SMALLINT"],
            "num" => &[
                "INT", "BIGINT", "TINYINT", "SMALLINT", "DECIMAL", "DECIMAL", "DECIMAL", "FLOAT", "DOUBLE",
                "DOUBLE",
            ],
            "str" => &["STRING", "STRING", "STRING", "VARCHAR", "CHAR"],
            "bytes" => &["BYTES", "BINARY", "VARBINARY"],
            "time" => &["DATE", "TIME", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP_LTZ", "TIMESTAMP_LTZ"],
            "stamp" => &["TIMESTAMP"],
            "ltz" => &["TIMESTAMP_LTZ"],
            "date" => &["DATE"],
            "span" => &["MONTHS", "MILLISECONDS"],
            "row" => &["ROW<INT, STRING>"],
            _ => &[],
        };
        let class = match slot {
            "array" | "map" => {
                let prefix = if slot == "array" { "ARRAY" } else { "MAP" };
                let fit: Vec<String> =
                    self.classes.iter().filter(|c| c.starts_with(prefix)).cloned().collect();
                self.chance.pick(&fit)?.clone()
            }
            "same" if self.chance.percent(80) && !latest.is_empty() => latest.to_owned(),
            "same" if self.chance.percent(70) => self.relative(latest)?,
            _ if wanted.is_empty() => self.chance.pick(&self.classes)?.clone(),
            _ => (*self.chance.pick(wanted)?).to_owned(),
        };
        self.argument(&class)
    }

    /// A class that may mix with this one.
    fn relative(&mut self, of: &str) -> Option<String> {
        const FAMILIES: &[&[&str]] = &[
            &["TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE"],
            &["CHAR", "VARCHAR", "STRING"],
            &["BINARY", "VARBINARY", "BYTES"],
            &["DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "STRING"],
            &["MONTHS", "MILLISECONDS"],
        ];
        let family = FAMILIES.iter().find(|family| family.contains(&of))?;
        self.chance.pick(family).map(|class| (*class).to_owned())
    }

    fn argument(&mut self, class: &str) -> Option<Rc<Node>> {
        let kind = self.chance.below(100);
        let from = |map: &BTreeMap<String, Vec<Rc<Node>>>, chance: &mut Chance| {
            map.get(class).and_then(|nodes| chance.pick(nodes)).cloned()
        };
        let made = if kind < 35 { from(&self.made, &mut self.chance) } else { None };
        let literal = if (35..52).contains(&kind) {
            // A bare NULL may stand anywhere.
            if self.chance.percent(3) {
                Some(Node::leaf("NULL", DataType::new(millstream_expr::Kind::Null), false))
            } else {
                from(&self.literals, &mut self.chance)
            }
        } else {
            None
        };
        made.or(literal)
            .or_else(|| from(&self.columns, &mut self.chance))
            .or_else(|| from(&self.literals, &mut self.chance))
            .or_else(|| from(&self.made, &mut self.chance))
    }
}

fn class_of(nodes: &[Rc<Node>], place: usize) -> Option<String> {
    nodes.get(place)?.data_type.as_ref().map(|data_type| {
        let class = class(data_type);
        class.split('<').next().unwrap_or_default().to_owned()
    })
}

fn add(to: &mut BTreeMap<String, Vec<Rc<Node>>>, node: Rc<Node>) {
    if let Some(data_type) = &node.data_type {
        to.entry(class(data_type)).or_default().push(node);
    }
}

fn over(text: String, head: &str, arguments: Vec<Rc<Node>>) -> Node {
    Node {
        text,
        head: head.to_owned(),
        data_type: None,
        reads: arguments.iter().any(|a| a.reads),
        depth: 1 + arguments.iter().map(|a| a.depth).max().unwrap_or(0),
        arguments,
    }
}
