//! JSON paths in the dialect of Jayway JsonPath, which Flink uses: `lax $.store.book[0].title`, `$..price`, `$.a[?(@.b > 1)]`.

use super::call::Call;
use super::filter::Filter;
use super::operand::Operand;

/// A path with its mode.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonPath {
    /// Whether it is `lax`: what is not there is NULL and no error. Without a word it is strict.
    pub lax: bool,
    /// From the root down; an error says why the text is no path. Flink finds that out row by row, and treats it as an error of the row.
    pub steps: Result<Vec<Step>, String>,
}

/// A step from a value to others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// `.name`, `['name']`.
    Member(String),
    /// `['a', 'b']`: an object of these members.
    Members(Vec<String>),
    /// `[0]`, `[-1]`: from the end where it is negative.
    Element(i64),
    /// `[0, 2]`.
    Elements(Vec<i64>),
    /// `[1:3]`, `[-2:]`, `[:2]`: the second one is excluded.
    Slice(Option<i64>, Option<i64>),
    /// `.*`, `[*]`.
    Wildcard,
    /// `..`: the next step, at the value and at everything in it.
    Descend,
    /// `[?(…)]`.
    Filter(Filter),
    /// `.length()`, `.sum($.a)`, …
    Call(Call),
}

impl JsonPath {
    /// The path that is written.
    pub fn parse(text: &str) -> Self {
        let (lax, path) = mode(text);
        Self { lax, steps: steps(path) }
    }

    /// Its steps, if each leads to one value at the most.
    pub fn simple_steps(&self) -> Option<&[Step]> {
        let steps = self.steps.as_ref().ok()?;
        steps.iter().all(|step| matches!(step, Step::Member(_) | Step::Element(_))).then_some(steps)
    }
}

/// `lax` or `strict` in any case, then white space, then the path.
fn mode(text: &str) -> (bool, &str) {
    let trimmed = text.trim_start();
    for (word, lax) in [("lax", true), ("strict", false)] {
        let Some((found, rest)) = trimmed.split_at_checked(word.len()) else { continue };
        let path = rest.trim_start();
        if found.eq_ignore_ascii_case(word) && path.len() < rest.len() && !path.is_empty() {
            return (lax, path);
        }
    }
    (false, text)
}

/// The steps of a path. A path that does not begin with `$` begins with `$.`.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    if text.ends_with('.') {
        return Err("a path must not end with '.'".to_owned());
    }
    let mut reader = match text.strip_prefix(['$', '@']) {
        Some(rest) => Reader { rest, steps: Vec::new() },
        None => Reader { rest: text, steps: Vec::new() },
    };
    if !text.starts_with(['$', '@']) {
        reader.after_dot()?;
    }
    while !reader.rest.is_empty() && reader.rest != "[" {
        reader.step()?;
    }
    let mut steps = reader.steps;
    // A function at the end of a path that begins with `..` is one of all that it leads to.
    if let ([Step::Descend, ..], Some(Step::Call(call))) = (steps.as_slice(), steps.last()) {
        let call = call.clone();
        steps.pop();
        return Ok(vec![Step::Call(call.of_path(steps))]);
    }
    Ok(steps)
}

/// The arguments behind the opening parenthesis of a call, and what follows the closing one.
fn arguments<'a>(name: &str, text: &'a str) -> Result<(Vec<Operand>, &'a str), String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.starts_with(')') {
        if !found.is_empty() {
            rest = rest
                .strip_prefix(',')
                .ok_or_else(|| format!("the call of {name} is not closed"))?
                .trim_start();
        }
        let (operand, behind) = Operand::parse(rest)?;
        found.push(operand);
        rest = behind.trim_start();
    }
    Ok((found, rest.strip_prefix(')').unwrap_or(rest)))
}

struct Reader<'a> {
    rest: &'a str,
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix("..") {
            self.rest = rest;
            self.steps.push(Step::Descend);
            return self.after_dot();
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            return self.after_dot();
        }
        if self.rest.starts_with('[') {
            return self.bracket();
        }
        Err(format!("'.' or '[' was expected before '{}'", self.rest))
    }

    fn after_dot(&mut self) -> Result<(), String> {
        if self.rest.starts_with('[') {
            return self.bracket();
        }
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            self.steps.push(Step::Wildcard);
            return Ok(());
        }
        let end = self.rest.find(['.', '[', '(', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(format!("a name was expected before '{rest}'"));
        }
        if rest.starts_with([' ', '\t', '\n', '\r']) {
            return Err(format!("a name with white space is written ['{name} …']"));
        }
        if let Some(behind) = rest.strip_prefix('(') {
            let (arguments, behind) = arguments(name, behind)?;
            self.rest = behind;
            self.steps.push(Step::Call(Call::of(name, arguments)?));
            return Ok(());
        }
        self.rest = rest;
        self.steps.push(Step::Member(name.to_owned()));
        Ok(())
    }

    fn bracket(&mut self) -> Result<(), String> {
        let inside = self.rest.strip_prefix('[').unwrap_or(self.rest).trim_start();
        if inside.starts_with(['\'', '"']) {
            return self.quoted_members(inside);
        }
        if let Some(filter) = inside.strip_prefix('?') {
            let (filter, rest) = Filter::parse(filter)?;
            self.steps.push(Step::Filter(filter));
            return self.close(rest);
        }
        if let Some(rest) = inside.strip_prefix('*') {
            self.steps.push(Step::Wildcard);
            return self.close(rest);
        }
        let (content, rest) = inside.split_once(']').ok_or("a bracket is not closed")?;
        self.rest = rest;
        let number = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| format!("'{text}' is no position in an array"))
        };
        let step = if let Some((from, to)) = content.split_once(':') {
            let bound = |text: &str| if text.trim().is_empty() { Ok(None) } else { number(text).map(Some) };
            Step::Slice(bound(from)?, bound(to)?)
        } else {
            match content.split(',').map(number).collect::<Result<Vec<_>, _>>()?.as_slice() {
                [position] => Step::Element(*position),
                positions => Step::Elements(positions.to_vec()),
            }
        };
        self.steps.push(step);
        Ok(())
    }

    fn quoted_members(&mut self, inside: &str) -> Result<(), String> {
        let mut rest = inside;
        let mut names = Vec::new();
        loop {
            let (name, behind) = quoted(rest)?;
            names.push(name);
            rest = behind.trim_start();
            match rest.strip_prefix(',') {
                Some(behind) => rest = behind.trim_start(),
                None => break,
            }
        }
        let step = match (names.pop(), names.is_empty()) {
            (Some(only), true) => Step::Member(only),
            (last, _) => {
                names.extend(last);
                Step::Members(names)
            }
        };
        self.steps.push(step);
        self.close(rest)
    }

    fn close(&mut self, rest: &str) -> Result<(), String> {
        let rest = rest.trim_start();
        let behind = rest.strip_prefix(']').ok_or_else(|| format!("']' was expected before '{rest}'"))?;
        let start = self.rest.len() - behind.len();
        self.rest = self.rest.get(start..).unwrap_or("");
        Ok(())
    }
}

/// A text in single or double quotes, a backslash before what stands for itself; and what follows it.
pub(super) fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut characters = text.chars();
    let Some(quote @ ('\'' | '"')) = characters.next() else {
        return Err(format!("a quote was expected before '{text}'"));
    };
    let mut found = String::new();
    while let Some(c) = characters.next() {
        match c {
            '\\' => found.extend(characters.next()),
            c if c == quote => return Ok((found, characters.as_str())),
            c => found.push(c),
        }
    }
    Err(format!("the quote of {text} is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str) -> Step {
        Step::Member(name.to_owned())
    }

    #[test]
    fn paths_are_read_as_jayway_reads_them() {
        let found = |text: &str| steps(text).unwrap();
        assert_eq!(found("$"), []);
        assert_eq!(found("$.a.b-c"), [member("a"), member("b-c")]);
        assert_eq!(found("a"), [member("a")]);
        assert_eq!(found("$.['a b'][\"c.d\"]"), [member("a b"), member("c.d")]);
        assert_eq!(found("$[0].[-1]"), [Step::Element(0), Step::Element(-1)]);
        assert_eq!(
            found("$.a[0, 2][1:][:-1]"),
            [
                member("a"),
                Step::Elements(vec![0, 2]),
                Step::Slice(Some(1), None),
                Step::Slice(None, Some(-1))
            ]
        );
        assert_eq!(
            found("$.*[*]..a..[0]"),
            [Step::Wildcard, Step::Wildcard, Step::Descend, member("a"), Step::Descend, Step::Element(0)]
        );
        assert_eq!(found("$['a', 'b']"), [Step::Members(vec!["a".to_owned(), "b".to_owned()])]);
        assert_eq!(found("$.a.length()").len(), 2);
        assert_eq!(found("$.sum($.a.length(), 2, \"x)\").b").len(), 2);
        assert_eq!(found("$..p.sum()").len(), 1);
        assert_eq!(found("$.a["), [member("a")]);
    }

    #[test]
    fn malformed_paths_say_why() {
        for wrong in [
            "", "$.", "$..", "$a", "$.a b", "$.a[x]", "$.a['b'", "$['a]", "$.a[0", "$.most()", "$.sum(",
            "$.sum(1",
        ] {
            assert!(steps(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_word_before_the_path_is_its_mode() {
        assert!(JsonPath::parse("lax $.a").lax);
        assert!(JsonPath::parse("  LAX\n$.a").lax);
        assert!(!JsonPath::parse("strict $.a").lax);
        assert_eq!(JsonPath::parse("strict $.a").steps, Ok(vec![member("a")]));
        assert!(!JsonPath::parse("$.a").lax);
        assert!(JsonPath::parse("lax$.a").steps.is_ok());
    }
}
