//! What every function of the registry costs: nanoseconds per row at 8192 rows, on one core, with inputs made after its signatures.
//!
//! `cargo bench -p millstream-expr --bench functions [NAME…]`
//!
//! Marked with `SLOW` is what takes more than 200 ns a row without a regular expression, JSON or a format to blame.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench measures time, prints, and fails by panicking"
)]

mod inputs;
mod signatures;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::ArrayRef;
use inputs::{Input, ROWS, candidates};
use jiff::tz::TimeZone;
use millstream_expr::functions::{Arguments, Category, Function, Module};
use millstream_expr::{Call, CastMode, DataType, EvalContext, Evaluator, Expr, ExprKind, Value};

/// How long each call is measured, after it ran a while unmeasured.
const MEASURED: Duration = Duration::from_millis(20);

/// What a row may cost, in nanoseconds.
const LIMIT: f64 = 200.0;

/// How many overloads of a signature are measured.
const OVERLOADS_MAX: usize = 3;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let (mut slow, mut unmeasured) = (Vec::new(), Vec::new());
    let mut functions: Vec<&Function> =
        Module::ALL.into_iter().flat_map(|m| m.functions().chain(m.table_functions())).collect();
    functions.sort_by_key(|function| (function.category, function.name));
    for function in functions {
        if !wanted.is_empty() && !wanted.iter().any(|name| name.eq_ignore_ascii_case(function.name)) {
            continue;
        }
        let mut measured = 0;
        for signature in signatures::of(function) {
            for (inputs, evaluator) in overloads(function, &signature) {
                let Some(nanos) = measure(&evaluator, &columns(&inputs)) else { continue };
                let types: Vec<String> = inputs.iter().map(Input::to_string).collect();
                let is_slow = nanos > LIMIT && !is_excused(function);
                println!(
                    "{:<22} {nanos:>9.1} ns/row  {:<44}{}",
                    function.name,
                    types.join(", "),
                    if is_slow { " SLOW" } else { "" }
                );
                if is_slow {
                    slow.push(function.name);
                }
                measured += 1;
            }
        }
        if measured == 0 {
            unmeasured.push(function.name);
        }
    }
    slow.dedup();
    assert!(unmeasured.is_empty(), "not measured, for none of the inputs fits: {}", unmeasured.join(", "));
    println!("{} above {LIMIT} ns a row: {}", slow.len(), slow.join(", "));
}

/// Whether a function may take longer: it follows a regular expression, reads or writes JSON, or reads or writes dates
/// after a format.
fn is_excused(function: &Function) -> bool {
    let words = function.signatures.join(" ");
    matches!(function.category, Category::Json | Category::Variant)
        || ["regex", "format", "json", "SIMILAR", "zone"].iter().any(|word| words.contains(word))
}

fn columns(inputs: &[Input]) -> Vec<ArrayRef> {
    inputs.iter().filter_map(|input| input.column.clone()).collect()
}

/// The overloads of a function that take some of the inputs which the words of a signature allow.
fn overloads(function: &'static Function, words: &[&str]) -> Vec<(Vec<Input>, Evaluator)> {
    let choices: Vec<Vec<Input>> = words.iter().map(|word| candidates(function, word)).collect();
    let total: usize = choices.iter().map(Vec::len).product();
    let mut found: Vec<(Vec<Input>, Evaluator)> = Vec::new();
    for number in 0..total {
        let mut rest = number;
        let inputs: Vec<Input> = choices
            .iter()
            .rev()
            .map(|of_word| {
                let chosen = of_word.get(rest % of_word.len()).cloned().unwrap();
                rest /= of_word.len();
                chosen
            })
            .collect();
        let inputs: Vec<Input> = inputs.into_iter().rev().collect();
        // One overload for each type of the first argument.
        let first = |inputs: &[Input]| inputs.first().map(|input| input.data_type.kind.clone());
        if found.len() >= OVERLOADS_MAX || found.iter().any(|(known, _)| first(known) == first(&inputs)) {
            continue;
        }
        found.extend(evaluator(function, &inputs).map(|evaluator| (inputs, evaluator)));
    }
    found
}

fn evaluator(function: &'static Function, inputs: &[Input]) -> Option<Evaluator> {
    let types: Vec<DataType> = inputs.iter().map(|input| input.data_type.clone()).collect();
    let literals: Vec<Option<Value>> = inputs.iter().map(|input| input.constant.clone()).collect();
    let overload = function.overload(&Arguments { types: &types, literals: &literals }).ok()?;
    let mut index = 0;
    let arguments = inputs
        .iter()
        .zip(&overload.arguments)
        .map(|(input, wanted)| {
            let expr = match &input.constant {
                Some(value) => Expr::literal(value.clone(), input.data_type.kind.clone()),
                None => {
                    index += 1;
                    Expr::column(index - 1, input.data_type.clone())
                }
            };
            if expr.data_type.same_kind(wanted) {
                expr
            } else {
                Expr::cast(expr, wanted.clone(), CastMode::Implicit)
            }
        })
        .collect();
    let data_type = overload.returns.clone();
    let call = Call { function, overload: Arc::new(overload), arguments };
    Evaluator::new(&[Expr { kind: ExprKind::Call(call), data_type }], &TimeZone::UTC).ok()
}

/// Nanoseconds per row; none where a value cannot be computed.
fn measure(evaluator: &Evaluator, columns: &[ArrayRef]) -> Option<f64> {
    let context = EvalContext { now_micros: 1_709_210_096_789_000, seed: 1 };
    let run = || evaluator.evaluate(&context, std::hint::black_box(columns), ROWS);
    std::hint::black_box(run().ok()?);
    let started = Instant::now();
    let mut batches = 0_u32;
    // The fastest batch: what else runs on the machine only ever makes one slower.
    let mut fastest = Duration::MAX;
    while started.elapsed() < MEASURED || batches < 3 {
        let batch = Instant::now();
        std::hint::black_box(run().unwrap());
        fastest = fastest.min(batch.elapsed());
        batches += 1;
    }
    Some(fastest.as_secs_f64() * 1e9 / 8192.0)
}
