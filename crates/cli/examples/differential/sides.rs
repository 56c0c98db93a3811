//! What each side says of each expression: its type, and for each row a value or a failure.

use std::path::Path;

use crate::ask::{Answer, Engine};
use crate::table::ROW_COUNT;

/// Expressions in one SELECT.
const TOGETHER: usize = 15;

/// Statements in one run of a command.
const STATEMENTS_MAX: usize = 1500;

/// What a side says of an expression.
#[derive(Clone, Debug)]
pub enum Said {
    /// It is refused before anything runs.
    Refused(String),
    /// Its type, and what became of each row.
    Evaluated {
        /// The type, as printed.
        data_type: String,
        /// For each row its value as JSON text, the message of its failure, or none where it was not asked for.
        rows: Vec<Option<Result<String, String>>>,
    },
}

/// A side.
pub struct Side<'a> {
    engine: &'a Engine,
    definition: &'a str,
    settings: &'a [String],
    folder: &'a Path,
}

/// Rows of one expression to ask for.
struct Question {
    expression: usize,
    /// Only these rows, by their `id`; all of them, if none.
    only: Option<Vec<usize>>,
}

impl<'a> Side<'a> {
    /// An engine that is given the table's definition first, and these SET statements.
    pub fn new(engine: &'a Engine, definition: &'a str, settings: &'a [String], folder: &'a Path) -> Self {
        Self { engine, definition, settings, folder }
    }

    /// What ours says: each expression is asked for by itself, and row by row where it fails.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub fn one_by_one(&self, expressions: &[String]) -> Result<Vec<Said>, String> {
        let whole: Vec<String> = expressions.iter().map(|e| format!("SELECT {e} AS v FROM edge")).collect();
        let answers = self.ask(&whole)?;
        let mut said = Vec::with_capacity(expressions.len());
        let (mut failed, mut singles) = (Vec::new(), Vec::new());
        for (index, (answer, expression)) in answers.iter().zip(expressions).enumerate() {
            match &answer.error {
                Some(error) if answer.types.is_empty() => said.push(Said::Refused(error.clone())),
                None => said.push(Said::Evaluated {
                    data_type: answer.types.first().cloned().unwrap_or_default(),
                    rows: column(answer, 0).into_iter().map(|value| Some(Ok(value))).collect(),
                }),
                Some(_) => {
                    said.push(Said::Evaluated {
                        data_type: answer.types.first().cloned().unwrap_or_default(),
                        rows: Vec::new(),
                    });
                    failed.push(index);
                    singles.extend(
                        (1..=ROW_COUNT)
                            .map(|row| format!("SELECT {expression} AS v FROM edge WHERE id = {row}")),
                    );
                }
            }
        }
        let mut answers = self.ask(&singles)?.into_iter();
        for index in failed {
            let found = answers.by_ref().take(ROW_COUNT).map(|answer| Some(first(answer))).collect();
            if let Some(Said::Evaluated { rows, .. }) = said.get_mut(index) {
                *rows = found;
            }
        }
        Ok(said)
    }

    /// What the other side says to these expressions, each asked for by itself.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub fn again(&self, expressions: &[String], said: &mut [Said], which: &[usize]) -> Result<(), String> {
        let alone = |expression: &usize| vec![Question { expression: *expression, only: None }];
        let groups: Vec<Vec<Question>> = which.iter().map(alone).collect();
        let statements: Vec<String> = groups.iter().map(|group| statement(group, expressions)).collect();
        let answers = self.ask(&statements)?;
        let mut anew: Vec<Option<Said>> = vec![None; expressions.len()];
        for (group, answer) in groups.iter().zip(&answers) {
            take(group, answer, &mut anew);
        }
        for (place, said) in said.iter_mut().zip(anew) {
            if let Some(said) = said {
                *place = said;
            }
        }
        Ok(())
    }

    /// What the other side says. Many expressions stand in one statement, unless marked in `alone`; those of a statement that fails are asked for in fewer and
    /// fewer. Where `ours` says that rows fail, one of them is asked for by itself, and those that do not together.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub fn together(
        &self,
        expressions: &[String],
        ours: &[Said],
        alone: &[bool],
        failing_one_in: usize,
    ) -> Result<Vec<Said>, String> {
        let mut said: Vec<Option<Said>> = vec![None; expressions.len()];
        let (mut groups, mut plain, mut partly) = (Vec::new(), Vec::new(), Vec::new());
        for (expression, ours) in ours.iter().enumerate() {
            match ours {
                Said::Refused(_) => groups.push(vec![Question { expression, only: None }]),
                Said::Evaluated { rows, .. } => {
                    let fails = |row: &usize| matches!(rows.get(row - 1), Some(Some(Err(_))));
                    let failing: Vec<usize> = (1..=ROW_COUNT).filter(fails).collect();
                    let Some(row) = failing.get(expression % failing.len().max(1)) else {
                        let question = Question { expression, only: None };
                        if alone.get(expression) == Some(&true) {
                            groups.push(vec![question]);
                        } else {
                            plain.push(question);
                        }
                        continue;
                    };
                    let rest: Vec<usize> = (1..=ROW_COUNT).filter(|row| !failing.contains(row)).collect();
                    if !rest.is_empty() {
                        partly.push(Question { expression, only: Some(rest) });
                    }
                    if expression % failing_one_in.max(1) == 0 {
                        groups.push(vec![Question { expression, only: Some(vec![*row]) }]);
                    }
                }
            }
        }
        for questions in [plain, partly] {
            groups.extend(split(questions, TOGETHER));
        }
        while !groups.is_empty() {
            eprintln!(
                "asking for {} expressions in {} statements",
                groups.iter().map(Vec::len).sum::<usize>(),
                groups.len()
            );
            let statements: Vec<String> = groups.iter().map(|group| statement(group, expressions)).collect();
            let answers = self.ask(&statements)?;
            let mut again = Vec::new();
            for (group, answer) in groups.into_iter().zip(answers) {
                if answer.error.is_some() && group.len() > 1 {
                    let smaller = group.len().div_ceil(5);
                    again.extend(split(group, smaller));
                } else {
                    take(&group, &answer, &mut said);
                }
            }
            groups = again;
        }
        let missing = || Said::Evaluated { data_type: String::new(), rows: vec![None; ROW_COUNT] };
        Ok(said.into_iter().map(|said| said.unwrap_or_else(missing)).collect())
    }

    fn ask(&self, statements: &[String]) -> Result<Vec<Answer>, String> {
        let mut all = Vec::with_capacity(statements.len());
        let before = self.settings.len() + 1;
        while let Some(rest) = statements.get(all.len()..).filter(|rest| !rest.is_empty()) {
            let next = rest.get(..STATEMENTS_MAX.min(rest.len())).unwrap_or_default();
            let mut script = self.settings.to_vec();
            script.push(self.definition.to_owned());
            script.extend_from_slice(next);
            let answers = self.engine.ask(&script, self.folder)?;
            let done = answers.iter().skip(before).take_while(|answer| answer.is_some()).count();
            if done == 0 {
                // The process ended over this statement.
                all.push(Answer { error: Some("no answer".to_owned()), ..Answer::default() });
                continue;
            }
            all.extend(answers.into_iter().skip(before).flatten().take(done));
        }
        Ok(all)
    }
}

fn split(questions: Vec<Question>, size: usize) -> Vec<Vec<Question>> {
    let mut groups: Vec<Vec<Question>> = Vec::new();
    for question in questions {
        // What reads some of the rows stands apart: there a value that fails is not asked for.
        match groups.last_mut() {
            Some(group) if group.len() < size => group.push(question),
            _ => groups.push(vec![question]),
        }
    }
    groups
}

fn statement(group: &[Question], expressions: &[String]) -> String {
    let alone = group.len() == 1;
    let mut filter = String::new();
    let mut columns = Vec::with_capacity(group.len());
    for (number, question) in group.iter().enumerate() {
        let expression = expressions.get(question.expression).map_or("NULL", String::as_str);
        let rows = question.only.as_ref().map(|rows| {
            let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
            rows.join(", ")
        });
        columns.push(match rows {
            Some(rows) if alone => {
                filter = format!(" WHERE id IN ({rows})");
                format!("{expression} AS v{number}")
            }
            Some(rows) => format!("CASE WHEN id IN ({rows}) THEN {expression} END AS v{number}"),
            None => format!("{expression} AS v{number}"),
        });
    }
    format!("SELECT {} FROM edge{filter}", columns.join(", "))
}

fn take(group: &[Question], answer: &Answer, said: &mut [Option<Said>]) {
    for (number, question) in group.iter().enumerate() {
        let Some(slot) = said.get_mut(question.expression) else { continue };
        if let (Some(error), true) = (&answer.error, answer.types.is_empty()) {
            *slot = Some(Said::Refused(error.clone()));
            continue;
        }
        let data_type = answer.types.get(number).cloned().unwrap_or_default();
        if slot.is_none() {
            *slot = Some(Said::Evaluated { data_type: String::new(), rows: vec![None; ROW_COUNT] });
        }
        let Some(Said::Evaluated { data_type: known, rows }) = slot.as_mut() else { continue };
        // Within CASE everything may be NULL: a type from elsewhere says more.
        if known.is_empty() || question.only.is_none() || group.len() == 1 {
            *known = data_type;
        }
        let wanted: Vec<usize> = question.only.clone().unwrap_or_else(|| (1..=ROW_COUNT).collect());
        let filtered = group.len() == 1 && question.only.is_some();
        let mut values = column(answer, number).into_iter();
        if !filtered {
            let all: Vec<String> = values.collect();
            values =
                wanted.iter().filter_map(|row| all.get(row - 1).cloned()).collect::<Vec<_>>().into_iter();
        }
        for row in wanted {
            let value = match (values.next(), &answer.error) {
                (Some(value), _) => Ok(value),
                (None, Some(error)) => Err(error.clone()),
                (None, None) => Err("no row".to_owned()),
            };
            if let Some(place) = rows.get_mut(row - 1) {
                let failed = value.is_err();
                *place = Some(value);
                if failed {
                    break;
                }
            }
        }
    }
}

fn column(answer: &Answer, number: usize) -> Vec<String> {
    answer.rows.iter().filter_map(|row| row.get(number).cloned()).collect()
}

fn first(answer: Answer) -> Result<String, String> {
    match (column(&answer, 0).pop(), answer.error) {
        (_, Some(error)) => Err(error),
        (Some(value), None) => Ok(value),
        (None, None) => Err("no row".to_owned()),
    }
}
