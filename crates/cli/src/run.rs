//! `run`: statements in order, then the end.

use std::io::IsTerminal;
use std::sync::Arc;

use millstream_connect::{LogStore, StandardConnectors};
use millstream_engine::ErrorKind;
use millstream_sql::syntax::ast::ClientCommand;

use crate::args::{DataArgs, OutputForm, RunArgs, SessionArgs};
use crate::data::DataFolder;
use crate::exit::Exit;
use crate::output::Printer;
use crate::script::Script;
use crate::session::{Interrupt, Observer, Outcome, Session};
use crate::statements;
use crate::{exit, interrupts, script};

/// Runs the scripts of the command line.
pub fn run(args: &RunArgs) -> Exit {
    let scripts = match script::read(&args.script) {
        Ok(scripts) => scripts,
        Err(error) => return exit::usage(&error.to_string()),
    };
    let interrupt = Interrupt::default();
    interrupts::stop_jobs(&interrupt);
    with_data(&args.data, |log| {
        let session = session(&args.session, log, interrupt.clone());
        session.map_or_else(|exit| exit, |session| execute(args, &scripts, session, &interrupt))
    })
}

/// Runs the statements.
fn execute(args: &RunArgs, scripts: &[Script], mut session: Session, interrupt: &Interrupt) -> Exit {
    let form = args.output.unwrap_or_else(|| {
        if std::io::stdout().is_terminal() { OutputForm::Table } else { OutputForm::Jsonl }
    });
    let mut printer = Printer::new(form);
    let mut all_well = true;
    'scripts: for script in scripts {
        for statement in statements::of(&script.text) {
            match session.execute(statement, &script.text, &mut printer) {
                Ok(Outcome::Done) => {}
                Ok(Outcome::Failed) => all_well = false,
                // QUIT ends a script, as in Flink's client; HELP and CLEAR have no meaning without a prompt.
                Ok(Outcome::Client(ClientCommand::Quit)) => break 'scripts,
                Ok(Outcome::Client(_)) => {}
                Err(error) => return output_gone(&error),
            }
            if !all_well && !args.keep_going {
                // What was started before has no end of its own.
                interrupt.request();
            }
            if interrupt.is_requested() {
                break 'scripts;
            }
        }
    }
    finish(&mut session, &mut printer, interrupt, all_well)
}

/// Gives the log of the data folder, or one in memory, to `work`, and closes it afterwards.
pub fn with_data(args: &DataArgs, work: impl FnOnce(LogStore) -> Exit) -> Exit {
    let Some(folder) = &args.data else { return work(LogStore::default()) };
    let data = match DataFolder::open(folder) {
        Ok(data) => data,
        Err(error) => return exit::failure(&error.message),
    };
    let exit = work(LogStore::on(data.log().clone()));
    data.close(exit)
}

/// A session with the settings of the command line.
///
/// # Errors
/// The exit status, when a setting is wrong; the user has been told.
pub fn session(args: &SessionArgs, log: LogStore, interrupt: Interrupt) -> Result<Session, Exit> {
    let connectors = Arc::new(StandardConnectors::new(log.clone()));
    let mut session = Session::new(connectors, log, interrupt);
    for (key, value) in &args.set {
        session.set(key, value).map_err(|error| exit::usage(&format!("--set {key}: {}", error.message)))?;
    }
    Ok(session)
}

/// How the program ends when its output cannot be written. A reader that has seen enough (`| head`) is no failure.
pub fn output_gone(error: &millstream_engine::Error) -> Exit {
    match error.kind {
        ErrorKind::Closed => Exit::Success,
        _ => exit::failure(&error.message),
    }
}

/// Waits for what runs beside; the exit status of the run.
fn finish(session: &mut Session, printer: &mut dyn Observer, interrupt: &Interrupt, all_well: bool) -> Exit {
    let interrupted = interrupt.is_requested();
    match session.wait(printer) {
        Ok(well) if !(well && all_well) => Exit::Failure,
        // The signal may come while the end is waited for.
        Ok(_) if interrupted || interrupt.is_requested() => Exit::Interrupted,
        Ok(_) => Exit::Success,
        Err(error) => output_gone(&error),
    }
}
