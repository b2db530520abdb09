//! The files of the repository, as the rules see them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no source: what git ignores, and git's own.
const SKIPPED_FOLDERS: &[&str] = &[
    ".git",
    ".tools",
    "target",
    "node_modules",
    "dist",
    "coverage",
    "test-results",
    "corpus",
    "artifacts",
];

/// One broken rule.
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    /// A finding about a whole file.
    pub(crate) fn in_file(path: &str, what: impl Into<String>) -> Self {
        Self::at(path, 1, what)
    }

    /// A finding at a line, counted from 1.
    pub(crate) fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A text file.
pub(crate) struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the file's extension is one of `extensions`.
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        self.name()
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// The folder that the file is in; empty for the root.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The lines with their numbers, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
    }
}

/// Every text file of the repository, sorted by path.
pub(crate) struct Tree {
    pub(crate) files: Vec<SourceFile>,
}

impl Tree {
    /// Where the repository is.
    pub(crate) fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// Reads the files of this repository.
    pub(crate) fn read() -> Self {
        let mut files = Vec::new();
        let mut folders = vec![Self::root().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder) {
                if path.is_symlink() {
                    continue;
                }
                if path.is_dir() {
                    if !is_skipped(&path) {
                        folders.push(path);
                    }
                } else if let Ok(text) = fs::read_to_string(&path) {
                    files.push(SourceFile {
                        path: relative(&path),
                        text,
                    });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.len() > 10, "the repository's files were not found");
        Self { files }
    }

    /// A tree of made-up files, for the tests of the rules.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| SourceFile {
                path: (*path).to_owned(),
                text: (*text).to_owned(),
            })
            .collect();
        Self { files }
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.has_extension(&["rs"]))
    }

    /// The file at `path`.
    pub(crate) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()))
}

fn is_skipped(folder: &Path) -> bool {
    // The data folder of `make run` stands at the root; a module may be called data.
    let is_data = folder == Tree::root().join("data");
    is_data
        || folder
            .file_name()
            .is_some_and(|name| SKIPPED_FOLDERS.iter().any(|skipped| name == *skipped))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(Tree::root())
        .expect("the walk starts at the root")
        .to_string_lossy()
        .replace('\\', "/")
}
