//! What the planner asks about the world outside, answered by the connectors.

use millstream_engine::{Connectors, JobContext};
use millstream_sql::config::Configuration;
use millstream_sql::plan::{Node, Plan, Scan};
use millstream_sql::session::Environment;
use millstream_sql::{Error, ErrorKind, Result};

/// The connectors, as the planner sees them.
pub struct ConnectorEnvironment<'a> {
    /// Makes sources and sinks.
    pub connectors: &'a dyn Connectors,
}

impl Environment for ConnectorEnvironment<'_> {
    fn is_bounded(&self, scan: &Scan, config: &Configuration) -> Result<bool> {
        self.connectors.is_bounded(scan, &JobContext::new(config, 0)).map_err(planning_error)
    }

    fn describe(&self, scan: &Scan, config: &Configuration) -> Result<Vec<String>> {
        self.connectors.describe(scan, &JobContext::new(config, 0)).map_err(planning_error)
    }
}

/// Whether the rows of a plan come to an end.
///
/// # Errors
/// When a table's options name no connector, or are wrong.
pub fn is_bounded(plan: &Plan, environment: &dyn Environment, config: &Configuration) -> Result<bool> {
    match &plan.node {
        Node::Scan(scan) => Ok(scan.limit.is_some() || environment.is_bounded(scan, config)?),
        Node::Values(_) => Ok(true),
        Node::Project { input, .. }
        | Node::Filter { input, .. }
        | Node::Aggregate { input, .. }
        | Node::Correlate { input, .. }
        | Node::Lookup { input, .. } => is_bounded(input, environment, config),
        Node::Sort { input, fetch, keys, .. } => {
            Ok((keys.is_empty() && fetch.is_some()) || is_bounded(input, environment, config)?)
        }
        Node::UnionAll { inputs } => {
            for input in inputs {
                if !is_bounded(input, environment, config)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// A connector's refusal, as an error of planning.
fn planning_error(error: millstream_engine::Error) -> Error {
    use millstream_engine::ErrorKind as Engine;
    let kind = match error.kind {
        Engine::Invalid | Engine::Data | Engine::Unavailable | Engine::Full | Engine::Closed => {
            ErrorKind::Invalid
        }
        Engine::Unsupported => ErrorKind::Unsupported,
        Engine::Internal => ErrorKind::Internal,
    };
    Error { kind, message: error.message, span: None }
}
