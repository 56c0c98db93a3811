//! Where the history of the prompt is kept.

use std::path::PathBuf;

/// The file of the history, its folder made; nothing where there is no place for it.
pub fn file() -> Option<PathBuf> {
    let folder = data_folder()?.join("millstream");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// The folder for the user's data, by the rules of the system.
fn data_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(folder) = set("XDG_DATA_HOME") {
        return Some(folder);
    }
    let home = set("HOME")?;
    Some(if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else {
        home.join(".local/share")
    })
}
