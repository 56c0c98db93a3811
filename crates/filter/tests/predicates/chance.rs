//! Records and predicates drawn from a seed.

use millstream_expr::Expr;
use millstream_expr::types::{DataType, Kind};

use super::{all_of, call, long, one_of, text};

/// A small generator of numbers (splitmix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// Text of few characters, so that literals are found often.
    pub fn words(&mut self) -> String {
        let parts = [
            "ab", "a", "b", "/", "\"", "\\", "é", "1", "1e2", "-", " ", "\t", "true", "x,y", "{", "😀", "%",
            "cd",
        ];
        (0..self.below(4)).map(|_| self.of(&parts)).collect()
    }

    /// A JSON string that says `text`, with escapes here and there.
    pub fn string(&mut self, text: &str, escapes: bool) -> String {
        let mut out = String::from("\"");
        for character in text.chars() {
            if escapes && self.once_in(6) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
                continue;
            }
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '/' if self.once_in(2) => out.push_str("\\/"),
                '\t' if self.once_in(2) => out.push_str("\\t"),
                other => out.push(other),
            }
        }
        out + "\""
    }

    fn blank(&mut self) -> &'static str {
        if self.once_in(8) { self.of(&[" ", "  ", "\t"]) } else { "" }
    }

    /// Any JSON value.
    pub fn value(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => {
                self.of(&["1", "-0", "2.50", "1e2", "-7", "12345678901234567890", "1E400", "0.1"]).to_owned()
            }
            1 => self.of(&["true", "false", "null"]).to_owned(),
            2..=5 => {
                let words = self.words();
                self.string(&words, true)
            }
            6 => {
                let parts: Vec<String> = (0..self.below(3)).map(|_| self.value(depth - 1)).collect();
                format!("[{}{}]", self.blank(), parts.join(if self.once_in(2) { "," } else { " , " }))
            }
            _ => self.object(depth - 1),
        }
    }

    /// An object with fields that the test knows, and others.
    pub fn object(&mut self, depth: usize) -> String {
        let mut parts = Vec::new();
        for _ in 0..self.below(5) {
            let key = self.of(&["s", "t", "n", "r", "a", "b", "c", "d", "x", "sx", "a longer key than most"]);
            let escaped = self.once_in(10);
            let key = if escaped { self.string(key, true) } else { format!("\"{key}\"") };
            let value = self.value(depth);
            parts.push(format!("{}{key}{}:{}{value}", self.blank(), self.blank(), self.blank()));
        }
        format!("{{{}{}}}", parts.join(","), self.blank())
    }

    /// An object whose field `id` comes first.
    pub fn record(&mut self, id: usize) -> String {
        let rest = self.object(3);
        let rest = rest.strip_prefix('{').unwrap();
        let comma = if rest.trim_start() == "}" { "" } else { "," };
        format!("{{\"id\":{id}{comma}{rest}")
    }

    /// Lines of records; with `hostile`, some of them broken.
    pub fn lines(&mut self, count: usize, hostile: bool) -> Vec<u8> {
        let mut out = Vec::new();
        for id in 0..count {
            let mut line = self.record(id).into_bytes();
            if self.once_in(20) {
                let more = self.record(id + 1000);
                line = format!("[{},{more}]", String::from_utf8(line).unwrap()).into_bytes();
            }
            if hostile && self.once_in(5) {
                let at = self.below(line.len());
                match self.below(4) {
                    0 => drop(line.remove(at)),
                    1 => line.insert(
                        at,
                        *self.of(&[b"\"", b"{", b"}", b",", b"\\", b"\xff", b":", b"\x0c"]).first().unwrap(),
                    ),
                    2 => line.truncate(at),
                    _ => line[at] = b'"',
                }
            }
            out.extend_from_slice(&line);
            out.extend_from_slice(self.of(&[&b"\n"[..], b"\n", b"\n", b"\r\n", b"\n\n"]));
        }
        if self.once_in(3) {
            while out.last().is_some_and(|b| b.is_ascii_whitespace()) {
                out.pop();
            }
        }
        out
    }

    /// A predicate over text columns `texts` and number columns `numbers`.
    pub fn predicate(&mut self, texts: &[usize], numbers: &[usize], depth: usize) -> Expr {
        let choices = if depth == 0 { 8 } else { 12 };
        match self.below(choices) {
            0 | 1 => {
                let words = self.words();
                call("=", vec![self.text_column(texts), text(&words)])
            }
            2 | 3 => {
                let mut pattern = String::new();
                for _ in 0..=self.below(2) {
                    pattern.push_str(self.of(&["%", "", "_"]));
                    // A backslash would be an escape beside `_`.
                    pattern.push_str(&self.words().replace(['%', '_', '\\'], ""));
                }
                pattern.push_str(self.of(&["%", ""]));
                call("LIKE", vec![self.text_column(texts), text(&pattern)])
            }
            4 => {
                let name = self.of(&["STARTSWITH", "ENDSWITH"]);
                let words = self.words();
                call(name, vec![self.text_column(texts), text(&words)])
            }
            5 => {
                let members: Vec<String> = (0..=self.below(3)).map(|_| self.words()).collect();
                let column = self.text_column(texts);
                let equal = members.iter().map(|word| call("=", vec![column.clone(), text(word)]));
                one_of(equal.collect())
            }
            6 => {
                let column = numbers[self.below(numbers.len())];
                let column = Expr::column(column, DataType::new(Kind::BigInt));
                call(self.of(&[">", "=", "<"]), vec![column, long(self.below(100) as i64)])
            }
            7 => {
                let words = self.words().to_uppercase();
                call("=", vec![call("UPPER", vec![self.text_column(texts)]), text(&words)])
            }
            8 => call("NOT", vec![self.predicate(texts, numbers, depth - 1)]),
            9 => call("IS NULL", vec![self.text_column(texts)]),
            10 => one_of((0..2).map(|_| self.predicate(texts, numbers, depth - 1)).collect()),
            _ => all_of((0..2).map(|_| self.predicate(texts, numbers, depth - 1)).collect()),
        }
    }

    fn text_column(&mut self, texts: &[usize]) -> Expr {
        Expr::column(texts[self.below(texts.len())], DataType::string())
    }
}
