//! The connectors by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_engine::{Connectors, Error, ErrorKind, JobContext, LookupTable, Result, Sink, Source};
use millstream_expr::types::Field;
use millstream_sql::catalog::{Table, TableColumnKind};
use millstream_sql::names::did_you_mean;
use millstream_sql::plan::Scan;

use crate::blackhole::{self, Blackhole};
use crate::file::{self, FileSink};
use crate::generate::{self, datagen, nexmark};
use crate::log::{self, LogSink, LogStore};
use crate::options::Options;
use crate::pipe::input;
use crate::pipe::sink::{self, Stdout};
use crate::print::{self, Print};

/// The connectors that this program has, by their names in the option `connector`.
#[derive(Clone, Debug, Default)]
pub struct StandardConnectors {
    log: LogStore,
}

impl StandardConnectors {
    /// With the topics of a log.
    pub fn new(log: LogStore) -> Self {
        Self { log }
    }
}

/// Names that may stand in the option `connector`.
const SOURCES: &[&str] = &["datagen", "filesystem", "log", "nexmark", "stdin"];
const SINKS: &[&str] = &["blackhole", "filesystem", "log", "print", "stdout"];

/// Which way rows go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

impl Connectors for StandardConnectors {
    fn sources(&self, scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
        match connector(&scan.table, &scan.options, Way::In)? {
            "datagen" => datagen::sources(scan, context),
            "nexmark" => nexmark::sources(scan, context),
            "stdin" => input::sources(scan, context),
            "filesystem" => file::sources(scan, context),
            "log" => log::sources(scan, context, &self.log),
            _ => Err(unknown(&scan.table, &scan.options, Way::In)),
        }
    }

    fn sink(
        &self,
        table: &Arc<Table>,
        overwrite: bool,
        is_bounded: bool,
        context: &JobContext,
    ) -> Result<Box<dyn Sink>> {
        let name = connector(table, &table.options, Way::Out)?;
        if overwrite && name != "filesystem" {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "INSERT OVERWRITE INTO '{}' is not possible: connector '{name}' cannot replace rows",
                    table.path.name
                ),
            ));
        }
        match name {
            "blackhole" => {
                Options::check(&table.path.name, &table.options, &blackhole::OPTIONS)?;
                Ok(Box::new(Blackhole))
            }
            "filesystem" => {
                Ok(Box::new(FileSink::new(table, written_fields(table), overwrite, is_bounded, context)?))
            }
            "log" => Ok(Box::new(LogSink::new(table, context, &self.log)?)),
            "print" => {
                let options = Options::check(&table.path.name, &table.options, &print::OPTIONS)?;
                Ok(Box::new(Print::new(&options, written_fields(table), context.lanes)?))
            }
            "stdout" => {
                let name = &table.path.name;
                let options = Options::check(name, &table.options, &sink::OPTIONS)?;
                Ok(Box::new(Stdout::new(name, &options, written_fields(table))?))
            }
            _ => Err(unknown(table, &table.options, Way::Out)),
        }
    }

    fn lookup(&self, scan: &Scan, context: &JobContext) -> Result<Box<dyn LookupTable>> {
        match connector(&scan.table, &scan.options, Way::In)? {
            "log" => log::lookup(scan, context, &self.log),
            name => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "table '{}' cannot be looked up in: its connector is '{name}', and only those of connector 'log' can",
                    scan.table.path.name
                ),
            )),
        }
    }

    fn is_bounded(&self, scan: &Scan, _: &JobContext) -> Result<bool> {
        match connector(&scan.table, &scan.options, Way::In)? {
            "datagen" => datagen::is_bounded(scan),
            "nexmark" => nexmark::is_bounded(scan),
            "filesystem" => Ok(true),
            "log" => log::is_bounded(scan),
            "stdin" => Ok(false),
            _ => Err(unknown(&scan.table, &scan.options, Way::In)),
        }
    }

    fn describe(&self, scan: &Scan, context: &JobContext) -> Result<Vec<String>> {
        match connector(&scan.table, &scan.options, Way::In)? {
            "datagen" | "nexmark" => Ok(generate::describe(scan)),
            "filesystem" => file::describe(scan, context),
            "log" => log::describe(scan, context),
            "stdin" => input::describe(scan, context),
            _ => Err(unknown(&scan.table, &scan.options, Way::In)),
        }
    }
}

/// The columns that an INSERT fills, in order.
fn written_fields(table: &Table) -> Vec<Field> {
    table
        .columns
        .iter()
        .filter(|column| match &column.kind {
            TableColumnKind::Physical => true,
            TableColumnKind::Computed(_) => false,
            TableColumnKind::Metadata { is_virtual, .. } => !is_virtual,
        })
        .map(|column| Field::new(column.name.clone(), column.data_type.clone()))
        .collect()
}

fn connector<'a>(table: &Table, options: &'a BTreeMap<String, String>, way: Way) -> Result<&'a str> {
    match options.get("connector").map(String::as_str) {
        Some(name) if names(way).contains(&name) => Ok(name),
        _ => Err(unknown(table, options, way)),
    }
}

fn names(way: Way) -> &'static [&'static str] {
    match way {
        Way::In => SOURCES,
        Way::Out => SINKS,
    }
}

fn unknown(table: &Table, options: &BTreeMap<String, String>, way: Way) -> Error {
    let table = &table.path.name;
    let (verb, other) = match way {
        Way::In => ("read", Way::Out),
        Way::Out => ("written", Way::In),
    };
    let names_here = names(way).join(", ");
    let message = match options.get("connector").map(String::as_str) {
        None => format!(
            "table '{table}' lacks the option 'connector'; those that can be {verb} have one of {names_here}"
        ),
        Some(name) if names(other).contains(&name) => format!(
            "table '{table}' cannot be {verb}: its connector is '{name}'; those that can be {verb} have one of {names_here}"
        ),
        Some(name) => format!(
            "unknown connector '{name}' of table '{table}'{}; the connectors that can be {verb} are {names_here}",
            did_you_mean(name, names(way))
        ),
    };
    Error::new(ErrorKind::Invalid, message)
}
