//! Patterns, formats and paths: compiled once where they are constant, and kept for a while where they are not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::functions::KernelArguments;
use crate::value::Value;

/// How many compiled texts are kept of an argument that varies.
const KEPT_MAX: usize = 64;

/// Compiles a text.
type Compile<T> = Box<dyn Fn(&str) -> Result<T> + Send + Sync>;

/// What the texts of an argument are compiled to.
pub(crate) enum Compiled<T> {
    /// The argument is constant.
    Constant(T),
    /// It varies: texts are compiled as they come.
    Varying {
        /// Compiles a text.
        compile: Compile<T>,
        /// The texts seen last.
        kept: Mutex<HashMap<Arc<str>, Arc<T>>>,
    },
}

impl<T> Compiled<T> {
    /// Compiles argument `index` of a call if it is constant, else keeps `compile` for its values. A constant NULL
    /// counts as varying: it is never compiled.
    pub(crate) fn argument(
        arguments: &KernelArguments<'_>,
        index: usize,
        compile: impl Fn(&str) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Self> {
        Ok(match arguments.constants.get(index) {
            Some(Some(Value::String(text))) => Self::Constant(compile(text)?),
            _ => Self::Varying { compile: Box::new(compile), kept: Mutex::default() },
        })
    }

    /// Applies `function` to what `text`, a value of the argument, is compiled to.
    #[inline]
    pub(crate) fn with<R>(&self, text: &str, function: impl FnOnce(&T) -> R) -> Result<R> {
        match self {
            Self::Constant(compiled) => Ok(function(compiled)),
            Self::Varying { compile, kept } => {
                let found = kept.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
                let compiled = match found {
                    Some(compiled) => compiled,
                    None => {
                        let compiled = Arc::new(compile(text)?);
                        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                        if kept.len() >= KEPT_MAX {
                            kept.clear();
                        }
                        kept.insert(text.into(), Arc::clone(&compiled));
                        compiled
                    }
                };
                Ok(function(&compiled))
            }
        }
    }
}
