//! JSON_EXISTS.

use super::found::{Found, find, paths, text_and_path};
use crate::error::{Error, Result};
use crate::functions::kernel::{Bool, Str, map};
use crate::functions::signature::{Signature, no_overload};
use crate::functions::{Arguments, Overload};
use crate::types::Kind;

pub(super) fn resolve(call: &Arguments<'_>) -> Result<Overload> {
    let (Some([text, path]), [_, _, behavior]) = (text_and_path(call), call.types) else {
        return no_overload();
    };
    let typed = Signature::of(vec![text, path, behavior.clone()]).returns_nullable(Kind::Boolean);
    typed.fallible().kernel(|arguments| {
        let paths = paths(arguments)?;
        Ok(map::<(Str, Str, Str), Bool, _>(move |(text, path, on_error)| {
            paths.with(path, |path| match (find(text, path), on_error) {
                (Found::Value(_), _) | (Found::Failed(_), "TRUE") => Ok(Some(true)),
                (Found::Nothing, _) | (Found::Failed(_), "FALSE") => Ok(Some(false)),
                (Found::Failed(_), "UNKNOWN") => Ok(None),
                (Found::Failed(message), _) => Err(Error::runtime(format!("JSON_EXISTS: {message}"))),
            })?
        }))
    })
}
