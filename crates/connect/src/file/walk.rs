//! The files of a path: one file, all of a directory's, or all that a pattern matches, in the order of their names.
//!
//! Directories are listed when the walk comes to them, so what is held is the names of the directories on the way,
//! end to end in one allocation each.

use std::fs;
use std::path::{Path, PathBuf};

use millstream_engine::{Error, ErrorKind, Result};

use super::glob::{Segment, is_hidden, is_pattern, parse_segment};
use crate::failure::io_error;

/// How deep directories may be nested: a link that leads back up would have no end.
const DEPTH_MAX: usize = 32;

/// Goes through the files below a path.
pub(crate) struct Walk {
    /// What remains of the path's own directories, the innermost last.
    levels: Vec<Level>,
    /// The parts of the pattern.
    segments: Vec<Segment>,
    /// A path that is one file.
    single: Option<PathBuf>,
}

/// A directory that is being walked through.
struct Level {
    directory: PathBuf,
    names: Names,
    wanted: Wanted,
}

/// Which entries of a directory are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// All that are not hidden.
    All,
    /// Those that match one of these parts of the pattern.
    Segments(Vec<usize>),
}

/// Names end to end, in order.
#[derive(Default)]
struct Names {
    text: String,
    /// Where each name ends in `text`, and whether it is a directory's.
    entries: Vec<(u32, u32, bool)>,
    next: usize,
}

impl Walk {
    /// The files of `path`, which may be a pattern or a `file:` URI.
    ///
    /// # Errors
    /// A path that does not exist, another scheme, a wrong pattern.
    pub fn new(path: &str) -> Result<Self> {
        let path = local_path(path)?;
        let mut walk = Self { levels: Vec::new(), segments: Vec::new(), single: None };
        let metadata = fs::metadata(path);
        if let Err(error) = &metadata
            && is_pattern(path)
            && error.kind() != std::io::ErrorKind::PermissionDenied
        {
            walk.start_pattern(path)?;
            return Ok(walk);
        }
        match metadata {
            Ok(metadata) if metadata.is_dir() => walk.enter(PathBuf::from(path), Wanted::All)?,
            Ok(_) => walk.single = Some(PathBuf::from(path)),
            Err(error) => return Err(io_error(&error, &format!("cannot read '{path}'"))),
        }
        Ok(walk)
    }

    fn start_pattern(&mut self, path: &str) -> Result<()> {
        let mut base = PathBuf::from(if path.starts_with('/') { "/" } else { "." });
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next_if(|part| !is_pattern(part)) {
            if base == Path::new(".") { base = PathBuf::from(part) } else { base.push(part) }
        }
        self.segments = parts.map(parse_segment).collect::<Result<_>>()?;
        if !base.is_dir() {
            return Err(Error::new(
                ErrorKind::Unavailable,
                format!("no file matches '{path}': the directory '{}' does not exist", base.display()),
            ));
        }
        let first = self.reach(vec![0]);
        self.enter(base, Wanted::Segments(first))
    }

    /// The next file, and whether its name came from listing a directory.
    pub fn next(&mut self) -> Result<Option<PathBuf>> {
        if let Some(path) = self.single.take() {
            return Ok(Some(path));
        }
        while let Some(level) = self.levels.last_mut() {
            let Some((name, is_directory)) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            let path = level.directory.join(name);
            let wanted = match &level.wanted {
                Wanted::All if is_hidden(name) => continue,
                Wanted::All => Wanted::All,
                Wanted::Segments(states) => {
                    let mut next = Vec::new();
                    let mut is_match = false;
                    for &state in states {
                        let Some(segment) = self.segments.get(state).filter(|s| s.matches(name)) else {
                            continue;
                        };
                        match segment {
                            Segment::AnyDirectories => next.push(state),
                            Segment::Name(_) if state + 1 == self.segments.len() => is_match = true,
                            Segment::Name(_) => next.push(state + 1),
                        }
                    }
                    match (is_match, is_directory) {
                        // A directory that the whole pattern matches is read with all that is in it.
                        (true, _) => Wanted::All,
                        (false, true) if !next.is_empty() => Wanted::Segments(self.reach(next)),
                        // `**` at the end stands for the files, too.
                        (false, false) if self.ends_with_any(&next) => Wanted::All,
                        _ => continue,
                    }
                }
            };
            if is_directory {
                self.enter(path, wanted)?;
            } else {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    fn ends_with_any(&self, states: &[usize]) -> bool {
        let last = self.segments.len() - 1;
        states.contains(&last) && self.segments.last() == Some(&Segment::AnyDirectories)
    }

    /// The states that can be reached without a name: `**` may stand for nothing.
    fn reach(&self, mut states: Vec<usize>) -> Vec<usize> {
        let mut at = 0;
        while let Some(&state) = states.get(at) {
            if self.segments.get(state) == Some(&Segment::AnyDirectories) && state + 1 < self.segments.len() {
                states.push(state + 1);
            }
            at += 1;
        }
        states.sort_unstable();
        states.dedup();
        states
    }

    fn enter(&mut self, directory: PathBuf, wanted: Wanted) -> Result<()> {
        if self.levels.len() == DEPTH_MAX {
            return Err(Error::new(
                ErrorKind::Full,
                format!(
                    "directories are nested more than {DEPTH_MAX} deep at '{}'; does a link lead back?",
                    directory.display()
                ),
            ));
        }
        let names = Names::list(&directory)
            .map_err(|e| io_error(&e, &format!("cannot list the directory '{}'", directory.display())))?;
        self.levels.push(Level { directory, names, wanted });
        Ok(())
    }
}

impl Names {
    fn list(directory: &Path) -> std::io::Result<Self> {
        let mut names = Self::default();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            // A link is what it leads to; one that leads nowhere is found missing when it is opened.
            let is_directory = if kind.is_symlink() {
                fs::metadata(entry.path()).is_ok_and(|m| m.is_dir())
            } else {
                kind.is_dir()
            };
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| {
                std::io::Error::other(format!("the name {} is not valid UTF-8", name.display()))
            })?;
            let start = names.text.len();
            names.text.push_str(name);
            let place = |at| u32::try_from(at).map_err(|_| std::io::Error::other("its names exceed 4 GiB"));
            names.entries.push((place(start)?, place(names.text.len())?, is_directory));
        }
        let text = &names.text;
        names.entries.sort_unstable_by(|a, b| part(text, *a).cmp(part(text, *b)));
        Ok(names)
    }

    fn next(&mut self) -> Option<(&str, bool)> {
        let entry = *self.entries.get(self.next)?;
        self.next += 1;
        Some((part(&self.text, entry), entry.2))
    }
}

fn part(text: &str, (start, end, _): (u32, u32, bool)) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
}

/// The path that a `path` option means: as it stands, or without `file:`.
///
/// # Errors
/// Schemes of file systems that are not local.
pub(crate) fn local_path(path: &str) -> Result<&str> {
    if let Some(rest) = path.strip_prefix("file:") {
        // file:/a, file:///a, file://localhost/a
        return match rest.strip_prefix("//") {
            Some(rest) if rest.starts_with('/') => Ok(rest),
            Some(rest) => rest.strip_prefix("localhost").filter(|p| p.starts_with('/')).ok_or_else(|| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("the path '{path}' is on another host: only local files can be read and written"),
                )
            }),
            None => Ok(rest),
        };
    }
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme)
            if !scheme.is_empty()
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) =>
        {
            Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the scheme '{scheme}:' of the path '{path}' is not supported: only local files can be read and written"
                ),
            ))
        }
        _ if path.is_empty() => Err(Error::new(
            ErrorKind::Invalid,
            "the option 'path' is empty: it takes a file, a directory or a pattern",
        )),
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(root: &Path, path: &str) -> Vec<String> {
        let full =
            if path.is_empty() { root.display().to_string() } else { format!("{}/{path}", root.display()) };
        let mut walk = Walk::new(&full).unwrap();
        std::iter::from_fn(|| walk.next().unwrap())
            .map(|p| p.strip_prefix(root).unwrap().display().to_string())
            .collect()
    }

    #[test]
    fn directories_and_patterns() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for file in [
            "b.json",
            "a.json",
            "sub/c.json",
            "sub/d.csv",
            "sub/deep/e.json",
            "_hid/x.json",
            ".y.json",
            "dt=1/f.json",
        ] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "{}").unwrap();
        }
        std::os::unix::fs::symlink(root.join("sub/deep"), root.join("zlink")).unwrap();
        let all =
            ["a.json", "b.json", "dt=1/f.json", "sub/c.json", "sub/d.csv", "sub/deep/e.json", "zlink/e.json"];
        assert_eq!(files(root, ""), all);
        assert_eq!(files(root, "a.json"), ["a.json"]);
        assert_eq!(files(root, ".y.json"), [".y.json"]);
        assert_eq!(files(root, "*.json"), ["a.json", "b.json"]);
        assert_eq!(files(root, "s*"), ["sub/c.json", "sub/d.csv", "sub/deep/e.json"]);
        assert_eq!(files(root, "*/*.json"), ["dt=1/f.json", "sub/c.json", "zlink/e.json"]);
        let any = ["a.json", "b.json", "dt=1/f.json", "sub/c.json", "sub/deep/e.json", "zlink/e.json"];
        assert_eq!(files(root, "**/*.json"), any);
        assert_eq!(files(root, "**/deep/*"), ["sub/deep/e.json"]);
        assert_eq!(files(root, "**"), all);
        assert_eq!(files(root, "{a,b}.json"), ["a.json", "b.json"]);
        assert_eq!(files(root, "nothing*"), Vec::<String>::new());
    }

    #[test]
    fn uris() {
        for uri in ["file:/a/b", "file:///a/b", "file://localhost/a/b", "/a/b"] {
            assert_eq!(local_path(uri).unwrap(), "/a/b");
        }
        assert_eq!(local_path("a:b/c").unwrap(), "a:b/c");
        assert!(local_path("s3://bucket/x").unwrap_err().message.contains("scheme 's3:'"));
        assert!(local_path("file://other/x").is_err());
        assert!(local_path("").is_err());
    }

    #[test]
    fn a_link_that_leads_back_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        let mut walk = Walk::new(root.path().to_str().unwrap()).unwrap();
        assert!(walk.next().is_err());
    }
}
