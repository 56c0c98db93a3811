//! SET and RESET.

use millstream_expr::{DataType, Field, Value};

use super::{Action, Rows, Session};
use crate::error::Result;
use crate::syntax::ast::{SetOption, Span};

impl Session {
    /// SET: without a key all that is set is shown.
    pub(super) fn set(&mut self, option: Option<&SetOption>, span: Span) -> Result<Action> {
        match option {
            Some(option) => {
                self.config.set(&option.key, &option.value).map_err(|e| e.at(span))?;
                Ok(Action::Done)
            }
            None => Ok(Action::Rows(self.settings())),
        }
    }

    /// RESET: without a key all is reset.
    pub(super) fn reset(&mut self, key: Option<&str>) -> Action {
        match key {
            Some(key) => self.config.reset(key),
            None => self.config.reset_all(),
        }
        Action::Done
    }

    /// The keys that are set, with their values.
    fn settings(&self) -> Rows {
        let values = self.config.values();
        Rows {
            schema: [Field::new("key", DataType::string()), Field::new("value", DataType::string())].into(),
            rows: values
                .iter()
                .map(|(k, v)| vec![Value::from(k.as_str()), Value::from(v.as_str())])
                .collect(),
        }
    }
}
