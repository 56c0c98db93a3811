//! Names that are nearly right: what "did you mean" proposes.

/// How many candidates are looked at.
const CANDIDATES_MAX: usize = 10_000;

/// The longest name that is compared, in characters.
const NAME_MAX: usize = 64;

/// The candidate that is written most like `wanted`, if one is like it at all: the same in another case, or a
/// few slips away (one for short names, up to a third of the letters for long ones). The first of equals.
pub fn nearest<S: AsRef<str>>(wanted: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let wanted_folded: Vec<char> = wanted.to_lowercase().chars().take(NAME_MAX + 1).collect();
    if wanted_folded.len() > NAME_MAX {
        return None;
    }
    let allowed = (wanted_folded.len() / 3).max(1);
    let mut best: Option<(usize, String)> = None;
    for candidate in candidates.into_iter().take(CANDIDATES_MAX) {
        let candidate = candidate.as_ref();
        let folded: Vec<char> = candidate.to_lowercase().chars().take(NAME_MAX + 1).collect();
        if folded.len() > NAME_MAX || folded.len().abs_diff(wanted_folded.len()) > allowed {
            continue;
        }
        let slips = distance(&wanted_folded, &folded);
        // A name of which nothing is left is not like another.
        if slips <= allowed
            && slips < wanted_folded.len().max(folded.len())
            && best.as_ref().is_none_or(|(least, _)| slips < *least)
        {
            best = Some((slips, candidate.to_owned()));
        }
    }
    best.map(|(_, name)| name)
}

/// `; did you mean 'x'?`, or nothing.
pub fn did_you_mean<S: AsRef<str>>(wanted: &str, candidates: impl IntoIterator<Item = S>) -> String {
    nearest(wanted, candidates).map_or_else(String::new, |name| format!("; did you mean '{name}'?"))
}

/// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment distance).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_previous: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&previous, j) + usize::from(x != y);
            let mut least = replaced.min(at(&previous, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                least = least.min(at(&before_previous, j - 1) + 1);
            }
            row.push(least);
        }
        before_previous = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins() {
        let names = ["user", "users", "logins", "ts"];
        assert_eq!(nearest("usr", names), Some("user".to_owned()));
        assert_eq!(nearest("USERS", names), Some("users".to_owned()));
        assert_eq!(nearest("lgoins", names), Some("logins".to_owned()));
        assert_eq!(nearest("customer", names), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("", names), None);
    }

    #[test]
    fn very_long_names_are_not_compared() {
        let long = "x".repeat(100_000);
        assert_eq!(nearest(&long, [&long]), None);
    }
}
