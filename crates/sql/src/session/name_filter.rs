//! The LIKE of SHOW: which names are shown.

use crate::syntax::ast::LikeFilter;

/// Whether a SHOW with this filter shows `name`.
pub(super) fn shows(filter: Option<&LikeFilter>, name: &str) -> bool {
    let Some(filter) = filter else { return true };
    let matched = if filter.case_insensitive {
        matches(&filter.pattern.value.to_lowercase(), &name.to_lowercase())
    } else {
        matches(&filter.pattern.value, name)
    };
    matched != filter.negated
}

/// SQL's LIKE: `%` is any characters, `_` any one, `\` takes the next one as it is.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // After a `%`: where the pattern goes on, and from where in the text it has been tried.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let (step, literal) = match pattern.get(p) {
            Some('\\') if pattern.get(p + 1).is_some() => (2, pattern.get(p + 1)),
            Some('%') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('_') => (1, None),
            Some(other) => (1, Some(other)),
            None => (0, None),
        };
        match text.get(t) {
            None if step == 0 => return true,
            Some(c) if step > 0 && literal.is_none_or(|l| l == c) => {
                p += step;
                t += 1;
            }
            _ => match retry {
                Some((after, from)) if from < text.len() => {
                    retry = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("a%", "abc"),
            ("%c", "abc"),
            ("a_c", "abc"),
            ("%", ""),
            ("a\\_b", "a_b"),
            ("%b%c", "abbc"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a%", "ba"), ("a_c", "ac"), ("", "a"), ("a\\_b", "axb"), ("%b", "abc"), ("_", "")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
