//! The chapters, and what stands in each.

use millstream_expr::aggregate;
use millstream_expr::functions::{self, Category, Example, FORMS, Function, Module};

/// A page of the reference.
pub struct Chapter {
    /// The name of its file.
    pub file: &'static str,
    pub title: &'static str,
    /// What stands above the entries.
    pub introduction: &'static str,
    pub entries: Vec<Entry>,
}

/// What is written of a function, an operator or a form.
pub struct Entry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub signatures: &'static [&'static str],
    pub summary: &'static str,
    pub examples: &'static [Example],
}

/// The chapters of scalar functions, in their order.
pub const CHAPTERS: &[(Category, &str, &str)] = &[
    (Category::Comparison, "comparison.md", "Comparison"),
    (Category::Logical, "logic.md", "Logic"),
    (Category::Arithmetic, "arithmetic.md", "Arithmetic"),
    (Category::String, "strings.md", "Strings"),
    (Category::Temporal, "time.md", "Dates and times"),
    (Category::Conditional, "conditions.md", "Conditions"),
    (Category::Conversion, "conversions.md", "Conversions"),
    (Category::Collection, "collections.md", "Arrays, maps and rows"),
    (Category::Json, "json.md", "JSON"),
    (Category::Variant, "variant.md", "VARIANT"),
    (Category::ValueConstruction, "constructors.md", "Constructors"),
    (Category::Hash, "digests.md", "Digests"),
    (Category::Bitwise, "bits.md", "Bits"),
    (Category::Table, "tables.md", "Tables"),
    (Category::Grouping, "grouping.md", "Grouping sets"),
    (Category::Auxiliary, "others.md", "Others"),
];

/// Every chapter that has entries, in its order.
pub fn all() -> Vec<Chapter> {
    let scalar = CHAPTERS.iter().map(|(category, file, title)| {
        let functions = functions::all().filter(|f| f.category == *category).map(of_function);
        let forms = FORMS.iter().filter(|form| form.category == *category).map(|form| Entry {
            name: form.name,
            aliases: &[],
            signatures: form.signatures,
            summary: form.summary,
            examples: form.examples,
        });
        Chapter { file, title, introduction: "", entries: functions.chain(forms).collect() }
    });
    let mut chapters: Vec<Chapter> = scalar.filter(|chapter| !chapter.entries.is_empty()).collect();
    chapters.push(Chapter {
        file: "aggregates.md",
        title: "Aggregates",
        introduction: "The examples are over a column `x` of 1, 3 and NULL.",
        entries: aggregates_of(Module::Core),
    });
    let blink = Module::Blink.functions().chain(Module::Blink.table_functions()).map(of_function);
    chapters.push(Chapter {
        file: "blink.md",
        title: "The module blink",
        introduction: "Functions of Blink and rsqldb that Flink does not have. They are there after `LOAD MODULE blink`. Table functions stand \
                       in FROM: `FROM t, LATERAL TABLE(STRING_SPLIT(s, ',')) AS u(part)`; their examples show the rows as an array.",
        entries: blink.chain(aggregates_of(Module::Blink)).collect(),
    });
    for chapter in &mut chapters {
        chapter.entries.sort_by_key(|entry| entry.name);
    }
    chapters
}

fn of_function(function: &'static Function) -> Entry {
    Entry {
        name: function.name,
        aliases: function.aliases,
        signatures: function.signatures,
        summary: function.summary,
        examples: function.examples,
    }
}

fn aggregates_of(module: Module) -> Vec<Entry> {
    let entries = aggregate::of_module(module).map(|function| Entry {
        name: function.name,
        aliases: function.aliases,
        signatures: function.signatures,
        summary: function.summary,
        examples: function.examples,
    });
    entries.collect()
}

#[test]
fn every_function_stands_in_a_chapter() {
    for function in functions::all() {
        assert!(CHAPTERS.iter().any(|(category, ..)| *category == function.category), "{}", function.name);
    }
}
