//! Following a path through a JSON value.

use super::cursor::{Cursor, Malformed, first_value};
use super::path::Step;
use super::string::decode;
use super::tree::Tree;

/// The value at the end of the path, or of paths that can lead to many an array of all; none where a path that leads to one
/// value leads nowhere.
pub(super) fn select<'v>(value: &Tree<'v>, root: &Tree<'v>, steps: &[Step]) -> Option<Tree<'v>> {
    select_or_fail(value, root, steps, false)
}

/// The same; with `strict`, none, too, where the steps before the first one that can lead to many do not lead on.
pub(super) fn select_or_fail<'v>(
    value: &Tree<'v>,
    root: &Tree<'v>,
    steps: &[Step],
    strict: bool,
) -> Option<Tree<'v>> {
    let mut found = Selection::default();
    let single = steps.iter().take_while(|step| matches!(step, Step::Member(_) | Step::Element(_))).count();
    match steps.get(..single).filter(|_| strict && single < steps.len()) {
        Some(first) if !leads_on(value, first, steps.get(single)) => found.failed = true,
        _ => follow(value, root, steps, &mut found),
    }
    match is_definite(steps) {
        _ if found.failed => None,
        true => found.values.pop(),
        false => Some(Tree::Array(found.values)),
    }
}

/// Whether single steps lead somewhere, and to a value to which `next` can be applied.
fn leads_on<'v>(value: &Tree<'v>, first: &[Step], next: Option<&Step>) -> bool {
    let Some((step, rest)) = first.split_first() else {
        return match next {
            Some(Step::Elements(_) | Step::Slice(..)) => matches!(value, Tree::Array(_)),
            Some(Step::Members(_)) => matches!(value, Tree::Object(_)),
            Some(Step::Filter(_)) => matches!(value, Tree::Array(_) | Tree::Object(_)),
            _ => true,
        };
    };
    match (step, value) {
        (Step::Member(name), Tree::Object(_)) => {
            value.member(name).is_some_and(|member| leads_on(member, rest, next))
        }
        // A place behind the end of an array is no fault: it leads to no values.
        (Step::Element(position), Tree::Array(elements)) => place(*position, elements.len())
            .and_then(|at| elements.get(at))
            .is_none_or(|element| leads_on(element, rest, next)),
        _ => false,
    }
}

/// What a path leads to.
#[derive(Default)]
struct Selection<'v> {
    values: Vec<Tree<'v>>,
    /// A function could not be computed.
    failed: bool,
}

impl<'v> Selection<'v> {
    fn push(&mut self, value: Tree<'v>) {
        self.values.push(value);
    }
}

fn is_definite(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(index, step)| match step {
        Step::Member(_) | Step::Element(_) | Step::Call(_) => true,
        // An object of members at the end, else a path for each member.
        Step::Members(_) => index + 1 == steps.len(),
        Step::Elements(_) | Step::Slice(..) | Step::Wildcard | Step::Descend | Step::Filter(_) => false,
    })
}

fn follow<'v>(value: &Tree<'v>, root: &Tree<'v>, steps: &[Step], found: &mut Selection<'v>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(value.clone());
        return;
    };
    match (step, value) {
        (Step::Member(name), Tree::Object(_)) => {
            if let Some(member) = value.member(name) {
                follow(member, root, rest, found);
            }
        }
        (Step::Members(names), Tree::Object(members)) => {
            if rest.is_empty() {
                let of_name = |name: &String| members.iter().find(|(key, _)| key == name).cloned();
                found.push(Tree::Object(names.iter().filter_map(of_name).collect()));
            } else {
                for member in names.iter().filter_map(|name| value.member(name)) {
                    follow(member, root, rest, found);
                }
            }
        }
        (Step::Element(position), Tree::Array(elements)) => {
            if let Some(element) = place(*position, elements.len()).and_then(|at| elements.get(at)) {
                follow(element, root, rest, found);
            }
        }
        (Step::Elements(positions), Tree::Array(elements)) => {
            for element in
                positions.iter().filter_map(|position| elements.get(place(*position, elements.len())?))
            {
                follow(element, root, rest, found);
            }
        }
        (Step::Slice(from, to), Tree::Array(elements)) => {
            let bound = |position: i64| match position {
                0.. => usize::try_from(position).unwrap_or(usize::MAX).min(elements.len()),
                _ => place(position, elements.len()).unwrap_or(0),
            };
            let range = from.map_or(0, bound)..to.map_or(elements.len(), bound);
            for element in elements.get(range).unwrap_or_default() {
                follow(element, root, rest, found);
            }
        }
        (Step::Wildcard, Tree::Array(elements)) => {
            elements.iter().for_each(|element| follow(element, root, rest, found));
        }
        (Step::Wildcard, Tree::Object(members)) => {
            members.iter().for_each(|(_, member)| follow(member, root, rest, found));
        }
        (Step::Descend, Tree::Array(elements)) => {
            follow(value, root, rest, found);
            elements.iter().for_each(|element| follow(element, root, steps, found));
        }
        (Step::Descend, Tree::Object(members)) => {
            follow(value, root, rest, found);
            members.iter().for_each(|(_, member)| follow(member, root, steps, found));
        }
        (Step::Filter(filter), Tree::Array(elements)) => {
            for element in elements.iter().filter(|element| filter.accepts(element, root)) {
                follow(element, root, rest, found);
            }
        }
        (Step::Filter(filter), Tree::Object(_)) if filter.accepts(value, root) => {
            follow(value, root, rest, found);
        }
        (Step::Call(call), value) => match call.apply(value, root) {
            Some(result) => follow(&result, root, rest, found),
            None => found.failed = true,
        },
        _ => {}
    }
}

/// The index of a position that counts from the end where it is negative.
fn place(position: i64, length: usize) -> Option<usize> {
    match position {
        0.. => usize::try_from(position).ok(),
        _ => length.checked_sub(usize::try_from(position.unsigned_abs()).ok()?),
    }
}

/// The text of the value at the end of a path of members and elements. The whole text is checked, and nothing is built.
pub(super) fn locate<'a>(text: &'a str, steps: &[Step]) -> Result<Option<&'a str>, Malformed> {
    let mut cursor = Cursor::new(text);
    cursor.next();
    let start = cursor.at();
    let found = seek(&mut cursor, steps)?;
    cursor.end_of_text(cursor.since(start))?;
    Ok(found)
}

fn seek<'a>(cursor: &mut Cursor<'a>, steps: &[Step]) -> Result<Option<&'a str>, Malformed> {
    let next = cursor.next();
    let Some((step, rest)) = steps.split_first() else {
        let start = cursor.at();
        cursor.skip()?;
        return Ok(Some(cursor.since(start)));
    };
    let mut found = None;
    match (step, next) {
        (Step::Member(name), Some(b'{')) => cursor.members(|cursor, key| {
            let same = if key.escaped { decode(key) == name.as_str() } else { key.text == name };
            if same {
                // Of members with the same key the last one counts.
                found = seek(cursor, rest)?;
                Ok(())
            } else {
                cursor.skip()
            }
        })?,
        (Step::Element(position), Some(b'[')) => {
            let wanted = match position {
                0.. => usize::try_from(*position).ok(),
                _ => {
                    let mut length = 0;
                    cursor.clone().elements(|cursor, _| {
                        length += 1;
                        cursor.skip()
                    })?;
                    place(*position, length)
                }
            };
            cursor.elements(|cursor, at| {
                if Some(at) == wanted {
                    found = seek(cursor, rest)?;
                    Ok(())
                } else {
                    cursor.skip()
                }
            })?;
        }
        _ => cursor.skip()?,
    }
    Ok(found)
}

/// Whether the first value of a text is well formed, and its first character.
pub(super) fn first_character(text: &str) -> Option<u8> {
    first_value(text).ok().and_then(|value| value.as_bytes().first().copied())
}

#[cfg(test)]
mod tests {
    use super::super::path::steps;
    use super::*;

    fn selected(text: &str, path: &str) -> String {
        let tree = Tree::parse(text).unwrap();
        let steps = steps(path).unwrap();
        let mut out = String::new();
        match select(&tree, &tree, &steps) {
            Some(found) => found.write(&mut out),
            None => out.push_str("nothing"),
        }
        out
    }

    #[test]
    fn paths_lead_where_jayway_goes() {
        let numbers = r#"{"a":[1,2,3,4,5]}"#;
        assert_eq!(selected(numbers, "$.a[-1]"), "5");
        assert_eq!(selected(numbers, "$.a[0,2]"), "[1,3]");
        assert_eq!(selected(numbers, "$.a[1:3]"), "[2,3]");
        assert_eq!(selected(numbers, "$.a[-2:]"), "[4,5]");
        assert_eq!(selected(numbers, "$.a[:2]"), "[1,2]");
        assert_eq!(selected(numbers, "$.a[7:9]"), "[]");
        assert_eq!(selected(numbers, "$.a[9]"), "nothing");
        assert_eq!(selected(numbers, "$.a.b"), "nothing");
        assert_eq!(selected(numbers, "$.a.length()"), "5");
        let nested = r#"{"a":{"b":1,"c":{"b":2}}}"#;
        assert_eq!(selected(nested, "$..b"), "[1,2]");
        assert_eq!(selected(nested, "$..*"), r#"[{"b":1,"c":{"b":2}},1,{"b":2},2]"#);
        assert_eq!(selected(nested, "$.a['c','b','z']"), r#"{"b":1,"c":{"b":2}}"#);
        assert_eq!(selected(nested, "$.a.*"), r#"[1,{"b":2}]"#);
        assert_eq!(selected(r#"{"a":[{"c":null},{"d":1},{"c":"x"}]}"#, "$.a[*].c"), r#"[null,"x"]"#);
    }

    #[test]
    fn filters_choose() {
        let shop = r#"{"s":[{"p":5,"n":"x"},{"p":15,"n":"y"},{"p":15}],"max":10}"#;
        assert_eq!(selected(shop, "$.s[?(@.p > 10)].n"), r#"["y"]"#);
        assert_eq!(selected(shop, "$.s[?(@.p < $.max)].n"), r#"["x"]"#);
        assert_eq!(selected(shop, "$.s[?(@.n == 'x')].p"), "[5]");
        assert_eq!(selected(shop, "$.s[?(@.n)].p"), "[5,15]");
        assert_eq!(selected(shop, "$.s[?(!(@.n))].p"), "[15]");
        assert_eq!(selected(shop, "$.s[?(@.p > 10 && @.n == 'y' || @.p == 5)].p"), "[5,15]");
    }

    #[test]
    fn a_simple_path_is_located_in_the_text() {
        let text = r#"{"a": [1, {"b": "x", "\u0062": [2]}], "a": [0, {"b": {"c" : 1 }}]} tail"#;
        let found = |path: &str| locate(text, &steps(path).unwrap());
        assert_eq!(found("$.a[1].b"), Ok(Some(r#"{"c" : 1 }"#)));
        assert_eq!(found("$.a[-1].b.c"), Ok(Some("1")));
        assert_eq!(found("$.a[2]"), Ok(None));
        assert_eq!(found("$.z"), Ok(None));
        assert!(locate(r#"{"a": 1, "b": }"#, &steps("$.a").unwrap()).is_err());
    }
}
