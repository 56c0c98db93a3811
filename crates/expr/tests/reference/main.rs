//! `docs/functions` says what the registry says: an index, and a page for each chapter.
//! `UPDATE_DOCS=1 cargo test -p millstream-expr --test reference` writes it anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chapters;
mod coverage;
mod pages;

use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn the_reference_is_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions");
    let pages = pages::all();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let written: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    assert!(written.keys().eq(pages.keys()), "docs/functions has other files; UPDATE_DOCS=1 writes it anew");
    for (name, text) in &pages {
        assert!(
            written.get(name) == Some(text),
            "docs/functions/{name} is not what the registry says; UPDATE_DOCS=1 writes it anew"
        );
    }
}
