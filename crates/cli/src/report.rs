//! A failure, told to a person: what, the line of SQL with the place marked, the mend.

use millstream_sql::syntax::ast::LineColumn;
use unicode_width::UnicodeWidthStr;

use crate::session::Failure;

/// Columns of the terminal that a line of SQL is shown in; a longer one is cut around the place.
const SHOWN_MAX: usize = 120;

/// The longest stretch that is marked.
const MARK_MAX: usize = 60;

/// `error: …`, and under it the line of `text` with the place marked.
pub fn describe(failure: &Failure, text: &str) -> String {
    let mut told = format!("error: {}\n", failure.message);
    let Some(span) = failure.place else { return told };
    let place = LineColumn::of(text, span.start);
    let start = (span.start as usize).min(text.len());
    let before = text.get(..start).unwrap_or("");
    let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let line = text.get(line_start..).unwrap_or("");
    let line = line.get(..line.find(['\n', '\r']).unwrap_or(line.len())).unwrap_or("");
    if line.trim().is_empty() {
        return told;
    }
    let at = start - line_start;
    let marked = span.slice(text);
    let marked = marked.get(..marked.find(['\n', '\r']).unwrap_or(marked.len())).unwrap_or("");
    let (shown_before, shown_after) = window(line, at);
    let shown_before = shown_before.replace('\t', " ");
    let shown_after = shown_after.replace('\t', " ");
    let marks = marked.width().clamp(1, MARK_MAX).min(shown_after.width().max(1));
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    told.push_str(&format!("{margin} |\n{number} | {shown_before}{shown_after}\n"));
    told.push_str(&format!("{margin} | {}{}\n", " ".repeat(shown_before.width()), "^".repeat(marks)));
    told
}

/// The parts of a line before and behind the place that are shown.
fn window(line: &str, at: usize) -> (String, String) {
    let (before, after) = line.split_at_checked(at).unwrap_or((line, ""));
    let room_before = SHOWN_MAX / 2;
    let skipped = before.chars().count().saturating_sub(room_before);
    let shown_before = if skipped > 0 {
        format!("…{}", before.chars().skip(skipped).collect::<String>())
    } else {
        before.to_owned()
    };
    let room_after = SHOWN_MAX - shown_before.chars().count().min(SHOWN_MAX);
    let shown_after = if after.chars().count() > room_after {
        format!("{}…", after.chars().take(room_after).collect::<String>())
    } else {
        after.to_owned()
    };
    (shown_before, shown_after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Phase;
    use millstream_sql::syntax::ast::Span;

    fn told(text: &str, start: u32, end: u32) -> String {
        let failure = Failure {
            phase: Phase::Validation,
            kind: "invalid",
            message: "column 'usr' not found in table 'logins'; did you mean 'user'?".to_owned(),
            place: Some(Span::new(start, end)),
        };
        describe(&failure, text)
    }

    #[test]
    fn the_place_is_marked() {
        assert_eq!(
            told("SELECT a,\n  usr\nFROM logins", 12, 15),
            "error: column 'usr' not found in table 'logins'; did you mean 'user'?\n  |\n2 |   usr\n  |   ^^^\n"
        );
    }

    #[test]
    fn a_place_at_the_end_has_one_mark() {
        assert!(told("SELECT", 6, 6).ends_with("1 | SELECT\n  |       ^\n"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("SELECT '{}', usr, '{}'", "x".repeat(500), "y".repeat(500));
        let told = told(&text, 511, 514);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines[2].chars().count() < 140, "{told}");
        let mark = lines[3].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[2].chars().skip(mark).take(3).collect::<String>(), "usr", "{told}");
    }

    #[test]
    fn wide_characters_and_tabs_keep_the_mark_in_place() {
        let told = told("SELECT '日本',\tusr", 17, 20);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[2], "1 | SELECT '日本', usr");
        assert_eq!(lines[3], format!("  | {}^^^", " ".repeat(15)));
    }
}
