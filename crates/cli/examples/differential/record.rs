//! Some of the expressions on which both sides agree, as a file of the SQL suite without answers: `tests/record.py` fills them in.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use crate::compare::Difference;
use crate::node::Node;
use crate::sides::Said;

/// Columns of one query.
const TOGETHER: usize = 5;

/// The file: the table, then queries over it. Of each head as many are taken as of any other, as far as there are such.
pub fn skeleton(
    nodes: &[Rc<Node>],
    ours: &[Said],
    differences: &[Option<Difference>],
    count: usize,
    zone: &str,
) -> String {
    let mut by_head: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for ((node, said), difference) in nodes.iter().zip(ours).zip(differences) {
        let fails = match said {
            Said::Refused(_) => true,
            Said::Evaluated { rows, .. } => rows.iter().flatten().any(Result::is_err),
        };
        if difference.is_none() {
            by_head.entry(&node.head).or_default().push((&node.text, fails));
        }
    }
    let (mut values, mut failing, mut turn) = (Vec::new(), Vec::new(), 0);
    while values.len() + failing.len() < count {
        let before = values.len() + failing.len();
        for expressions in by_head.values() {
            match expressions.get(turn) {
                Some((text, false)) => values.push(*text),
                // Failures say little: one in four.
                Some((text, true)) if turn % 4 == 0 => failing.push(*text),
                _ => {}
            }
        }
        turn += 1;
        if values.len() + failing.len() == before && by_head.values().all(|e| e.len() <= turn) {
            break;
        }
    }
    let mut file = String::from(
        "# Expressions made at random over a table of edge values; `cargo run --example differential` made them, Flink answered.\n\n",
    );
    let _ = write!(file, "statement ok\nSET 'table.local-time-zone' = '{zone}'\n\n");
    let _ =
        write!(file, "statement ok\n{}\n", crate::table::definition(std::path::Path::new("$DATA/edge.json")));
    for columns in values.chunks(TOGETHER) {
        let _ = write!(file, "\nquery nosort\nSELECT {}\nFROM edge\n----\n", columns.join(",\n  "));
    }
    for text in failing {
        let _ = write!(file, "\nstatement error\nSELECT {text} FROM edge\n");
    }
    file
}
