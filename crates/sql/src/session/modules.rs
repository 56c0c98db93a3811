//! Modules: LOAD, UNLOAD, USE and SHOW.

use std::sync::Arc;

use millstream_expr::Value;
use millstream_expr::functions::Module;
use millstream_expr::types::{DataType, Field, Kind};

use super::Rows;
use super::show::text_column;
use crate::error::{Error, Result};
use crate::names::did_you_mean;
use crate::syntax::ast::{Ident, TableOption};

/// The modules of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    /// In the order in which functions are looked for in them.
    used: Vec<Module>,
    /// Loaded, and not in use.
    idle: Vec<Module>,
}

impl Default for Modules {
    fn default() -> Self {
        Self { used: vec![Module::Core], idle: Vec::new() }
    }
}

impl Modules {
    /// Those in use, in the order in which functions are looked for in them.
    pub fn used(&self) -> Arc<[Module]> {
        self.used.as_slice().into()
    }

    /// LOAD MODULE: what is loaded is in use, behind the others.
    pub(super) fn load(&mut self, name: &Ident, options: &[TableOption]) -> Result<()> {
        let Some(module) = Module::of_name(&name.value) else {
            let hint = did_you_mean(&name.value, Module::ALL.map(Module::name));
            return Err(Error::unsupported(format!(
                "there is no module '{}'{hint}; the modules there are: {}",
                name.value,
                Module::ALL.map(|module| format!("'{}'", module.name())).join(", ")
            ))
            .at(name.span));
        };
        if let Some(option) = options.first() {
            let message = format!("module '{}' has no options", name.value);
            return Err(Error::invalid(message).at(option.key_span));
        }
        if self.used.contains(&module) || self.idle.contains(&module) {
            return Err(Error::invalid(format!("module '{}' is loaded already", name.value)).at(name.span));
        }
        self.used.push(module);
        Ok(())
    }

    /// UNLOAD MODULE
    pub(super) fn unload(&mut self, name: &Ident) -> Result<()> {
        let module = self.loaded(name)?;
        if module == Module::Core {
            let message = "module 'core' cannot be unloaded: it holds the operators of the language";
            return Err(Error::unsupported(message).at(name.span));
        }
        self.used.retain(|known| *known != module);
        self.idle.retain(|known| *known != module);
        Ok(())
    }

    /// USE MODULES: exactly these are in use, in this order.
    pub(super) fn use_only(&mut self, names: &[Ident]) -> Result<()> {
        let mut used = Vec::with_capacity(names.len());
        for name in names {
            let module = self.loaded(name)?;
            if used.contains(&module) {
                return Err(
                    Error::invalid(format!("module '{}' is named more than once", name.value)).at(name.span)
                );
            }
            used.push(module);
        }
        if let (false, Some(name)) = (used.contains(&Module::Core), names.first()) {
            let message =
                "module 'core' must stay in use: it holds the operators of the language; name it, too";
            return Err(Error::unsupported(message).at(name.span));
        }
        let known = self.used.iter().chain(&self.idle).copied();
        self.idle = known.filter(|module| !used.contains(module)).collect();
        self.used = used;
        Ok(())
    }

    /// SHOW [FULL] MODULES
    pub(super) fn show(&self, full: bool) -> Rows {
        let mut columns = vec![text_column("module name")];
        if full {
            columns.push(Field::new("used", DataType::new(Kind::Boolean)));
        }
        let row = |module: &Module, used: bool| {
            let name = Value::from(module.name());
            if full { vec![name, Value::Boolean(used)] } else { vec![name] }
        };
        let used = self.used.iter().map(|module| row(module, true));
        let idle = self.idle.iter().filter(|_| full).map(|module| row(module, false));
        Rows { schema: columns.into(), rows: used.chain(idle).collect() }
    }

    fn loaded(&self, name: &Ident) -> Result<Module> {
        let known = self.used.iter().chain(&self.idle);
        known.clone().find(|module| module.name() == name.value).copied().ok_or_else(|| {
            let hint = did_you_mean(&name.value, known.map(|module| module.name()));
            let mend = match Module::of_name(&name.value) {
                Some(_) => format!("; load it with LOAD MODULE {}", name.value),
                None => hint,
            };
            Error::invalid(format!("module '{}' not found{mend}", name.value)).at(name.span)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::Span;

    fn name(name: &str) -> Ident {
        Ident { value: name.to_owned(), span: Span::default() }
    }

    #[test]
    fn modules_are_loaded_used_and_unloaded() {
        let mut modules = Modules::default();
        assert!(modules.load(&name("core"), &[]).is_err());
        assert!(modules.unload(&name("blink")).is_err());
        modules.load(&name("blink"), &[]).unwrap();
        assert_eq!(modules.used()[..], [Module::Core, Module::Blink]);
        modules.use_only(&[name("blink"), name("core")]).unwrap();
        assert_eq!(modules.used()[..], [Module::Blink, Module::Core]);
        assert!(modules.use_only(&[name("core"), name("core")]).is_err());
        assert!(modules.use_only(&[name("blink")]).is_err());
        modules.use_only(&[name("core")]).unwrap();
        assert_eq!(modules.used()[..], [Module::Core]);
        assert_eq!(modules.show(true).rows.len(), 2);
        assert_eq!(modules.show(false).rows.len(), 1);
        assert!(modules.load(&name("blink"), &[]).is_err());
        modules.unload(&name("blink")).unwrap();
        assert_eq!(modules.show(true).rows.len(), 1);
    }
}
