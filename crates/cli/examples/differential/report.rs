//! What differs, by kind: by the innermost call that differs.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::json;

use crate::compare::Difference;
use crate::node::Node;

/// Kinds that are printed.
const KINDS_MAX: usize = 400;

/// Prints a summary; gives the lines of `mismatches.jsonl`, an object for each expression that differs.
pub fn write(
    nodes: &[Rc<Node>],
    differences: &[Option<Difference>],
    by_text: &BTreeMap<&str, Option<&Difference>>,
) -> String {
    let mut lines = String::new();
    let mut kinds: BTreeMap<(String, &'static str), (usize, String, String)> = BTreeMap::new();
    let (mut total, mut derived, mut broken) = (0, 0, 0);
    for (node, difference) in nodes.iter().zip(differences) {
        let Some(difference) = difference else { continue };
        match difference {
            Difference::OtherBreaks(_) => broken += 1,
            _ => total += 1,
        }
        let inner = node.arguments.iter().find_map(|argument| culprit(argument, by_text));
        let kind = json!({
            "expression": node.text,
            "shape": node.shape(),
            "difference": difference.name(),
            "detail": difference.detail(),
            "within": inner,
        });
        lines.push_str(&kind.to_string());
        lines.push('\n');
        if inner.is_some() {
            derived += usize::from(!matches!(difference, Difference::OtherBreaks(_)));
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
    println!(
        "{} compared, {total} differ ({derived} of them because a part of them does); for {broken} more Flink breaks",
        nodes.len()
    );
    let mut sorted: Vec<_> = kinds.into_iter().collect();
    sorted.sort_by_key(|(_, (count, ..))| std::cmp::Reverse(*count));
    for ((head, difference), (count, text, detail)) in sorted.into_iter().take(KINDS_MAX) {
        println!("{count:5}  {difference}: {head}\n       {text}\n       {detail}");
    }
    lines
}

/// The innermost part that differs by itself.
fn culprit(node: &Rc<Node>, by_text: &BTreeMap<&str, Option<&Difference>>) -> Option<String> {
    let inner = node.arguments.iter().find_map(|argument| culprit(argument, by_text));
    let itself = || by_text.get(node.text.as_str()).copied().flatten().map(|_| node.text.clone());
    inner.or_else(itself)
}
