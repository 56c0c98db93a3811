//! Character properties of Java's regular expressions: `\p{…}`.

use super::class::Escape;
use super::java::Rewriter;
use crate::error::Result;

/// `\p{name}`, and `\P{name}` where `negated`.
pub(super) fn property(rewriter: &mut Rewriter<'_>, negated: bool) -> Result<Escape> {
    let name = name(rewriter)?;
    let not = if negated { "^" } else { "" };
    let flags = rewriter.flags();
    let posix = match flags.unicode_classes.then(|| unicode_class(&name)).flatten() {
        Some(unicode) => Some(unicode),
        None => ascii_class(&name),
    };
    if let Some(inside) = posix.or_else(|| java_class(&name)) {
        // Java's case insensitivity makes the classes of one case hold both.
        let inside = match inside {
            "a-z" | "A-Z" if flags.ignore_case => "A-Za-z",
            other => other,
        };
        return Ok(Escape::Class(format!("[{not}{inside}]")));
    }
    let prefixed = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
    if let Some(block) = prefixed(&["In", "blk=", "block="]) {
        return match block_of(block) {
            Some((first, last)) => Ok(Escape::Class(format!(r"[{not}\x{{{first:x}}}-\x{{{last:x}}}]"))),
            None => Err(rewriter.unsupported(&format!("the block {block}"))),
        };
    }
    let named = prefixed(&["Is", "script=", "sc=", "general_category=", "gc="]);
    let known = named.unwrap_or(&name);
    let class = format!(r"[{not}\p{{{known}}}]");
    // Without a prefix only the short names of categories stand.
    let is_name =
        known.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && (named.is_some() || known.len() <= 2);
    if is_name && regex::Regex::new(&class).is_ok() {
        return Ok(Escape::Class(class));
    }
    Err(match name.starts_with("java") {
        true => rewriter.unsupported(&format!("the character property {name}")),
        false => rewriter.invalid(&format!("unknown character property {name}")),
    })
}

/// The name behind `\p`: a letter, or what stands in braces.
fn name(rewriter: &mut Rewriter<'_>) -> Result<String> {
    let mut name = String::new();
    if rewriter.ahead(0) != Some('{') {
        name.extend(rewriter.ahead(0));
        rewriter.skip(1);
        return Ok(name);
    }
    rewriter.skip(1);
    loop {
        let Some(character) = rewriter.ahead(0) else {
            return Err(rewriter.invalid("unclosed character family"));
        };
        rewriter.skip(1);
        if character == '}' {
            return Ok(name);
        }
        name.push(character);
    }
}

/// What the POSIX classes hold without `(?U)`.
fn ascii_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x{0}-\x{7f}",
        "Alpha" => "A-Za-z",
        "Digit" => "0-9",
        "Alnum" => "0-9A-Za-z",
        "Punct" => r"!-/:-@\[-`\{-~",
        "Graph" => "!-~",
        "Print" => r"\x{20}-~",
        "Blank" => r"\t\x{20}",
        "Cntrl" => r"\x{0}-\x{1f}\x{7f}",
        "XDigit" => "0-9A-Fa-f",
        "Space" => r"\t-\r\x{20}",
        _ => return None,
    })
}

/// What the POSIX classes, and `\d`, `\w` and `\s`, hold with `(?U)`.
pub(super) fn unicode_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => r"\p{Lowercase}",
        "Upper" => r"\p{Uppercase}",
        "Alpha" => r"\p{Alphabetic}",
        "Digit" | "d" => r"\p{Nd}",
        "Alnum" => r"\p{Alphabetic}\p{Nd}",
        "Punct" => r"\p{P}",
        "Graph" => r"[^\p{White_Space}\p{Cc}\p{Cn}]",
        "Print" => r"[[^\p{White_Space}\p{Cc}\p{Cn}]\p{Zs}]",
        "Blank" => r"\t\p{Zs}",
        "Cntrl" => r"\p{Cc}",
        "XDigit" => r"\p{Nd}\p{Hex_Digit}",
        "Space" | "s" => r"\p{White_Space}",
        "w" => r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}",
        _ => return None,
    })
}

/// What the methods of `java.lang.Character` and Java's own names hold.
fn java_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "L1" => r"\x{0}-\x{ff}",
        "all" => r"\x{0}-\x{10ffff}",
        "javaLowerCase" => r"\p{Lowercase}",
        "javaUpperCase" => r"\p{Uppercase}",
        "javaAlphabetic" => r"\p{Alphabetic}",
        "javaLetter" => r"\p{L}",
        "javaDigit" => r"\p{Nd}",
        "javaLetterOrDigit" => r"\p{L}\p{Nd}",
        "javaSpaceChar" => r"\p{Z}",
        "javaTitleCase" => r"\p{Lt}",
        "javaISOControl" => r"\x{0}-\x{1f}\x{7f}-\x{9f}",
        "javaDefined" => r"\P{Cn}",
        "javaWhitespace" => {
            r"\t-\r\x{1c}-\x{20}\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}"
        }
        "LC" | "IsLC" => r"\p{Lu}\p{Ll}\p{Lt}",
        "LD" | "IsLD" => r"\p{L}\p{Nd}",
        _ => return None,
    })
}

/// The first and last character of a Unicode block; its name is taken in any case, with and without spaces, hyphens and underscores.
fn block_of(name: &str) -> Option<(u32, u32)> {
    let plain: String =
        name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    BLOCKS.iter().find(|(known, ..)| *known == plain).map(|(_, first, last)| (*first, *last))
}

/// The blocks of living scripts and of common symbols, after Unicode's `Blocks.txt`.
const BLOCKS: [(&str, u32, u32); 51] = [
    ("basiclatin", 0x0, 0x7f),
    ("latin1supplement", 0x80, 0xff),
    ("latinextendeda", 0x100, 0x17f),
    ("latinextendedb", 0x180, 0x24f),
    ("ipaextensions", 0x250, 0x2af),
    ("spacingmodifierletters", 0x2b0, 0x2ff),
    ("combiningdiacriticalmarks", 0x300, 0x36f),
    ("greek", 0x370, 0x3ff),
    ("greekandcoptic", 0x370, 0x3ff),
    ("cyrillic", 0x400, 0x4ff),
    ("cyrillicsupplement", 0x500, 0x52f),
    ("armenian", 0x530, 0x58f),
    ("hebrew", 0x590, 0x5ff),
    ("arabic", 0x600, 0x6ff),
    ("syriac", 0x700, 0x74f),
    ("thaana", 0x780, 0x7bf),
    ("devanagari", 0x900, 0x97f),
    ("bengali", 0x980, 0x9ff),
    ("gurmukhi", 0xa00, 0xa7f),
    ("gujarati", 0xa80, 0xaff),
    ("oriya", 0xb00, 0xb7f),
    ("tamil", 0xb80, 0xbff),
    ("telugu", 0xc00, 0xc7f),
    ("kannada", 0xc80, 0xcff),
    ("malayalam", 0xd00, 0xd7f),
    ("sinhala", 0xd80, 0xdff),
    ("thai", 0xe00, 0xe7f),
    ("lao", 0xe80, 0xeff),
    ("tibetan", 0xf00, 0xfff),
    ("myanmar", 0x1000, 0x109f),
    ("georgian", 0x10a0, 0x10ff),
    ("hanguljamo", 0x1100, 0x11ff),
    ("ethiopic", 0x1200, 0x137f),
    ("khmer", 0x1780, 0x17ff),
    ("mongolian", 0x1800, 0x18af),
    ("latinextendedadditional", 0x1e00, 0x1eff),
    ("greekextended", 0x1f00, 0x1fff),
    ("generalpunctuation", 0x2000, 0x206f),
    ("superscriptsandsubscripts", 0x2070, 0x209f),
    ("currencysymbols", 0x20a0, 0x20cf),
    ("letterlikesymbols", 0x2100, 0x214f),
    ("numberforms", 0x2150, 0x218f),
    ("arrows", 0x2190, 0x21ff),
    ("mathematicaloperators", 0x2200, 0x22ff),
    ("cjksymbolsandpunctuation", 0x3000, 0x303f),
    ("hiragana", 0x3040, 0x309f),
    ("katakana", 0x30a0, 0x30ff),
    ("cjkunifiedideographs", 0x4e00, 0x9fff),
    ("hangulsyllables", 0xac00, 0xd7af),
    ("halfwidthandfullwidthforms", 0xff00, 0xffef),
    ("emoticons", 0x1f600, 0x1f64f),
];
