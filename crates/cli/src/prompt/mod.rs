//! `sql`: a prompt, with history, completion and statements of many lines.

mod history;
mod line_editor;
mod words;

use millstream_sql::syntax::ast::ClientCommand;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use crate::args::{OutputForm, SqlArgs};
use crate::exit::Exit;
use crate::output::Printer;
use crate::session::{Interrupt, Outcome, Session};
use crate::statements;
use crate::{exit, interrupts, run};
use line_editor::{SqlHelper, as_statements};
use words::Words;

/// Statements that the history keeps.
const HISTORY_MAX: usize = 10_000;

/// What HELP says.
const HELP: &str = "\
Statements end with ';' and may have many lines. Tab completes, the arrow keys go through the history.

HELP              this text
QUIT, EXIT        end (or Ctrl-D)
CLEAR             clear the screen
SET 'k' = 'v'     set a configuration key; SET alone lists what is set, RESET takes it back
CREATE TABLE …    name a file or a pipe; SHOW TABLES and DESCRIBE tell what there is
SELECT …          run a query; Ctrl-C stops it
EXPLAIN …         how a query would run
INSERT INTO …     write the rows of a query to a table
";

type SqlEditor = Editor<SqlHelper, FileHistory>;

/// Reads and runs statements until QUIT or the end of input.
pub fn run(args: &SqlArgs) -> Exit {
    let interrupt = Interrupt::default();
    interrupts::stop_jobs(&interrupt);
    run::with_data(&args.data, |log| match run::session(&args.session, log, interrupt.clone()) {
        Ok(session) => with_editor(args, session, &interrupt),
        Err(exit) => exit,
    })
}

fn with_editor(args: &SqlArgs, mut session: Session, interrupt: &Interrupt) -> Exit {
    let mut editor = match editor() {
        Ok(editor) => editor,
        Err(error) => return exit::failure(&format!("cannot read from the terminal: {error}")),
    };
    let history = history::file();
    if let Some(file) = &history {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
    let mut printer = Printer::for_prompt(args.output.unwrap_or(OutputForm::Table));
    let exit = converse(&mut editor, &mut session, &mut printer, interrupt);
    if let Some(file) = &history {
        // A history that cannot be kept is no reason to fail.
        let _ = editor.save_history(file);
    }
    exit
}

fn editor() -> rustyline::Result<SqlEditor> {
    let config = Config::builder()
        .max_history_size(HISTORY_MAX)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .build();
    Editor::with_config(config)
}

fn converse(
    editor: &mut SqlEditor,
    session: &mut Session,
    printer: &mut Printer,
    interrupt: &Interrupt,
) -> Exit {
    loop {
        editor.set_helper(Some(SqlHelper { words: Words::of(session.planner()) }));
        let typed = match editor.readline("millstream> ") {
            Ok(typed) => typed,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return exit::failure(&format!("cannot read from the terminal: {error}")),
        };
        if typed.trim().is_empty() {
            continue;
        }
        // Not kept: no reason to fail.
        let _ = editor.add_history_entry(typed.as_str());
        interrupt.reset();
        let text = as_statements(&typed);
        for statement in statements::of(&text) {
            match session.execute(statement, &text, printer) {
                Ok(Outcome::Done) => {}
                Ok(Outcome::Failed) => break,
                Ok(Outcome::Client(ClientCommand::Quit)) => return leave(session, printer, interrupt),
                Ok(Outcome::Client(ClientCommand::Help)) => printer.say(HELP),
                Ok(Outcome::Client(ClientCommand::Clear)) => {
                    let _ = editor.clear_screen();
                }
                Err(error) => return run::output_gone(&error),
            }
            if interrupt.is_requested() {
                break;
            }
        }
    }
    leave(session, printer, interrupt)
}

/// What still runs beside the prompt is stopped: nobody is there to stop it later.
fn leave(session: &mut Session, printer: &mut Printer, interrupt: &Interrupt) -> Exit {
    interrupt.request();
    match session.wait(printer) {
        Ok(true) => Exit::Success,
        Ok(false) => Exit::Failure,
        Err(error) => run::output_gone(&error),
    }
}
