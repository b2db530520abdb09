//! Rules about the documents: what they point at exists.

use std::path::{Component, Path, PathBuf};

use crate::tree::{Finding, SourceFile, Tree};

/// A path in a code span is checked when it starts with one of these; others may be URLs,
/// subjects or files of a running server.
const CHECKED_STARTS: &[&str] = &[
    ".ci/",
    ".config/",
    ".github/",
    "benches/",
    "deploy/",
    "docs/",
    "event-store/",
    "migrations/",
    "projections/",
    "scripts/",
    "src/",
    "tests/",
    "web/",
];

/// What the build makes.
const GENERATED: &[&str] = &["web/dist", "web/node_modules"];

/// Links to files and headings, and paths in code spans, that lead nowhere.
pub(crate) fn dead_references(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in tree.files.iter().filter(|file| file.has_extension(&["md"])) {
        for (number, line) in prose(document) {
            for target in link_targets(line) {
                if let Some(what) = fault_of_link(tree, document, target) {
                    findings.push(Finding::at(&document.path, number, what));
                }
            }
            for span in line.split('`').skip(1).step_by(2) {
                if is_checked_path(span) && !exists(Path::new(span.trim_end_matches('/'))) {
                    let what = format!("`{span}` does not exist");
                    findings.push(Finding::at(&document.path, number, what));
                }
            }
        }
    }
    findings
}

/// The numbered lines outside of fenced blocks.
fn prose(document: &SourceFile) -> impl Iterator<Item = (usize, &str)> {
    let mut is_fenced = false;
    document.lines().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}

/// What stands in the brackets of `[text](target)`.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
}

fn fault_of_link(tree: &Tree, document: &SourceFile, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        PathBuf::from(&document.path)
    } else {
        normalized(&Path::new(document.folder()).join(file))
    };
    if tree.file(&path.to_string_lossy()).is_none() && !exists(&path) {
        return Some(format!(
            "link to `{target}`: there is no {}",
            path.display()
        ));
    }
    let linked = tree.file(&path.to_string_lossy())?;
    let has_heading = anchor.is_empty()
        || !linked.has_extension(&["md"])
        || headings(linked).any(|slug| slug == anchor);
    (!has_heading).then(|| format!("link to `{target}`: there is no such heading"))
}

/// The anchors of the headings, formed as GitHub does: lower case, punctuation dropped, blanks to
/// hyphens.
fn headings(document: &SourceFile) -> impl Iterator<Item = String> {
    prose(document)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
}

fn is_checked_path(span: &str) -> bool {
    CHECKED_STARTS.iter().any(|start| span.starts_with(start))
        && !GENERATED
            .iter()
            .any(|generated| span.starts_with(generated))
        && !span.contains(['<', '>', '{', '*', ' ', '…', '$', ':'])
}

fn exists(path: &Path) -> bool {
    Tree::root().join(path).exists()
}

/// Takes `.` and `..` out of a relative path.
fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}

#[test]
fn dead_links_headings_and_paths_are_found() {
    let text = "# A title, here\n[ok](../Cargo.toml) [ok](#a-title-here) [no](#gone)\n\
                [no](gone.md) `src/lib.rs` `src/gone.rs` `web/dist/index.html`\n\
                ```\n[in a fence](gone.md)\n```\n";
    let found = dead_references(&Tree::of(&[("docs/A.md", text)]));
    let found: Vec<String> = found.iter().map(Finding::to_string).collect();
    assert_eq!(
        found,
        [
            "docs/A.md:2: link to `#gone`: there is no such heading",
            "docs/A.md:3: link to `gone.md`: there is no docs/gone.md",
            "docs/A.md:3: `src/gone.rs` does not exist",
        ]
    );
}
