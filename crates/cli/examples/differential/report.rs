//! What differs, by kind: by the innermost call that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::json;

use crate::compare::Difference;
use crate::defects;
use crate::node::Node;

/// Kinds that are printed.
const KINDS_MAX: usize = 400;

/// What was compared, by its text.
type ByText<'a> = BTreeMap<&'a str, (&'a Node, &'a Difference)>;

/// How much differs, and why.
#[derive(Default)]
struct Counts {
    differ: usize,
    derived: usize,
    broken: usize,
    faults: BTreeMap<&'static str, usize>,
}

/// Prints a summary; gives the lines of `mismatches.jsonl`, an object for each expression that differs.
pub fn write(nodes: &[Rc<Node>], differences: &[Option<Difference>]) -> String {
    let mut by_text = ByText::new();
    for (node, difference) in nodes.iter().zip(differences) {
        if let Some(difference) = difference {
            by_text.insert(node.text.as_str(), (node, difference));
        }
    }
    let mut lines = String::new();
    let mut counts = Counts::default();
    let mut kinds: BTreeMap<(String, &'static str), (usize, String, String)> = BTreeMap::new();
    for (node, difference) in nodes.iter().zip(differences) {
        let Some(difference) = difference else { continue };
        let inner = culprit(node, &by_text);
        let (guilty, cause) = inner.unwrap_or((node, difference));
        let fault = defects::fault(guilty, cause);
        match (difference, cause, fault) {
            (_, _, Some(fault)) => *counts.faults.entry(fault).or_default() += 1,
            (Difference::OtherBreaks(_), ..) | (_, Difference::OtherBreaks(_), _) => counts.broken += 1,
            _ => {
                counts.differ += 1;
                counts.derived += usize::from(inner.is_some());
            }
        }
        let line = json!({
            "expression": node.text,
            "shape": node.shape(),
            "difference": difference.name(),
            "detail": difference.detail(),
            "within": inner.map(|(node, _)| &node.text),
            "because": cause.name(),
            "fault": fault,
        });
        lines.push_str(&line.to_string());
        lines.push('\n');
        if inner.is_some() || fault.is_some() {
            continue;
        }
        let kind = kinds
            .entry((node.head.clone(), difference.name()))
            .or_insert_with(|| (0, node.text.clone(), difference.detail()));
        kind.0 += 1;
        if node.text.len() < kind.1.len() {
            (kind.1, kind.2) = (node.text.clone(), difference.detail());
        }
    }
    print(nodes.len(), &counts, kinds);
    lines
}

fn print(compared: usize, counts: &Counts, kinds: BTreeMap<(String, &'static str), (usize, String, String)>) {
    println!(
        "{compared} compared, {} differ ({} of them because a part of them does)",
        counts.differ, counts.derived
    );
    println!("for {} more Flink breaks", counts.broken);
    for (fault, count) in &counts.faults {
        println!("for {count} more Flink is known to be wrong: {fault}");
    }
    let mut sorted: Vec<_> = kinds.into_iter().collect();
    sorted.sort_by_key(|(_, (count, ..))| std::cmp::Reverse(*count));
    for ((head, difference), (count, text, detail)) in sorted.into_iter().take(KINDS_MAX) {
        println!("{count:5}  {difference}: {head}\n       {text}\n       {detail}");
    }
}

/// The innermost part that differs by itself.
fn culprit<'a>(node: &'a Node, by_text: &ByText<'a>) -> Option<(&'a Node, &'a Difference)> {
    let mut seen = BTreeSet::new();
    within(node, by_text, &mut seen)
}

fn within<'a>(
    node: &'a Node,
    by_text: &ByText<'a>,
    seen: &mut BTreeSet<&'a str>,
) -> Option<(&'a Node, &'a Difference)> {
    node.arguments.iter().find_map(|argument| {
        if !seen.insert(&argument.text) {
            return None;
        }
        // Of answers that were kept, a part is known by its text alone.
        match by_text.get(argument.text.as_str()) {
            Some((whole, difference)) => within(whole, by_text, seen).or(Some((whole, difference))),
            None => within(argument, by_text, seen),
        }
    })
}
