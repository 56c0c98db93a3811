//! Answers of the other side that are known to be wrong: what differs because of them is counted apart.
//!
//! Each is a fault of Flink's own code, told in `docs/compatibility-flink.md`. A rule names the forms in which it shows and what its
//! answers look like; whatever else differs in such a form still counts.

use crate::compare::Difference;
use crate::node::Node;

/// Forms in which Flink gives what stands in its memory in place of a NULL.
const FORGET_NULL: &[&str] = &[
    "{span} + {span}",
    "{span} - {span}",
    "{array}[{smallint}]",
    "{map}[{str}]",
    "ELEMENT",
    "TRY_CAST({any} AS {type})",
];

/// Forms in which it does so for the elements of arrays.
const FORGET_NULL_ELEMENTS: &[&str] = &[
    "ARRAY_UNION",
    "ARRAY_INTERSECT",
    "ARRAY_EXCEPT",
    "TRY_CAST({any} AS {type})",
    "CASE WHEN {bool} THEN {any} WHEN {bool} THEN {same} END",
];

/// What stands there: the values that its variables begin with.
const BEGINNINGS: &[&str] = &["-1", "-1.0", "0", "false", "\"\""];

/// Forms whose DECIMAL result has another scale than its type says, where the digits are no literal.
const MISTAKE_SCALE: &[&str] =
    &["ROUND({num}, {smallint})", "TRUNCATE({num}, {smallint})", "ROUND", "TRUNCATE"];

/// Forms in which a ROW that is NULL is taken for equal to any other.
const TAKE_NULL_FOR_EQUAL: &[&str] = &["{any} IS DISTINCT FROM {same}", "{any} IS NOT DISTINCT FROM {same}"];

/// Forms in which the numbers and dates in maps are equal only if they are the same object in its memory, with the answer that says
/// that they are not.
const COMPARE_OBJECTS: &[(&str, &str)] = &[
    ("{any} = {same}", "false"),
    ("{any} = {any}", "false"),
    ("{any} <> {same}", "true"),
    ("{any} IS DISTINCT FROM {same}", "true"),
    ("{any} IS NOT DISTINCT FROM {same}", "false"),
    ("{any} IN ({same}, {same})", "false"),
    ("{any} NOT IN ({same}, {same})", "true"),
    ("{any} IN ({same}, {same}, {same})", "false"),
    ("{any} NOT IN ({same}, {same}, {same})", "true"),
];

/// Columns of maps with numbers in the table, and what makes such maps.
const MAPS: &[&str] = &["mi", "xm", "MAP[", "MAP_UNION(", "MAP_FROM_ARRAYS("];

/// Columns of rows in the table.
const ROWS: &[&str] = &["r", "xr", "r2"];

/// The fault that explains a difference, if there is one.
pub fn fault(node: &Node, difference: &Difference) -> Option<&'static str> {
    if let Difference::OtherFails(_, error) = difference {
        let cuts = ["TRIM", "PAD"].iter().any(|name| node.head.contains(name));
        return (cuts && error.contains("/ by zero"))
            .then_some("an empty string of characters is divided by");
    }
    let Difference::Value(_, ours, other) = difference else { return None };
    if FORGET_NULL.contains(&node.head.as_str()) && ours == "null" && is_beginning(other) {
        return Some("a NULL is forgotten");
    }
    let elements = FORGET_NULL_ELEMENTS.contains(&node.head.as_str()) && other.starts_with('[');
    if elements && nulls(ours) > nulls(other) && zeros(other) > zeros(ours) {
        return Some("a NULL is forgotten");
    }
    let digits_vary = || node.arguments.get(1).is_some_and(|digits| digits.text.parse::<i64>().is_err());
    let decimal = |value: &str| value == "null" || is_decimal(value);
    let of_rows = || node.arguments.iter().any(|side| ROWS.contains(&side.text.as_str()));
    let seems_equal = if node.head.contains(" NOT ") { "true" } else { "false" };
    if TAKE_NULL_FOR_EQUAL.contains(&node.head.as_str()) && of_rows() && other == seems_equal {
        return Some("a NULL row is taken for equal");
    }
    let of_maps = || node.arguments.iter().any(|side| MAPS.iter().any(|map| side.text.starts_with(map)));
    if COMPARE_OBJECTS.contains(&(node.head.as_str(), other)) && of_maps() {
        return Some("numbers in maps are compared as objects");
    }
    if MISTAKE_SCALE.contains(&node.head.as_str()) && digits_vary() && decimal(ours) && decimal(other) {
        return Some("the scale of a DECIMAL is mistaken");
    }
    None
}

fn nulls(value: &str) -> usize {
    value.matches("null").count()
}

/// Elements of an array that are 0, or a whole value that is NULL and has none.
fn zeros(value: &str) -> usize {
    let elements = value.trim_matches(['[', ']']).split(',');
    elements.filter(|element| matches!(element.trim_matches('"'), "0" | "0.0")).count()
}

fn is_beginning(value: &str) -> bool {
    BEGINNINGS.contains(&value) || (is_decimal(value) && !value.contains(|c| ('1'..='9').contains(&c)))
}

/// Whether it is the text of a DECIMAL.
fn is_decimal(value: &str) -> bool {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or_default();
    let digits = inner.strip_prefix('-').unwrap_or(inner);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}
