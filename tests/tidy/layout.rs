//! Rules about files: their size, names, ends of lines, and what they must not speak of.

use std::collections::BTreeMap;

use crate::tree::{Finding, SourceFile, Tree};

/// The most lines of a source file; half of it is the aim.
const MAX_FILE_LINES: usize = 600;

/// The most columns of a line of Rust. rustfmt keeps to it in code, not in comments and strings.
const MAX_RUST_COLUMNS: usize = 100;

/// Names that say nothing about what is inside.
const VAGUE_STEMS: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "stuff",
];

const CODE_EXTENSIONS: &[&str] = &["rs", "ts", "vue", "js", "mjs", "sh", "py", "sql", "css"];

/// Files that a program writes; they are as that program leaves them.
fn is_generated(file: &SourceFile) -> bool {
    file.has_extension(&["lock", "snap"])
        || file.name() == "package-lock.json"
        || file.name().starts_with("LICENSE-")
        || ["openapi.json", "schema.d.ts"].contains(&file.name())
}

/// Source files with more lines than [`MAX_FILE_LINES`].
pub(crate) fn long_files(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.has_extension(CODE_EXTENSIONS) && !is_generated(file))
        .filter_map(|file| {
            let lines = file.text.lines().count();
            let what = format!("{lines} lines, at most {MAX_FILE_LINES}: split by subject");
            (lines > MAX_FILE_LINES).then(|| Finding::in_file(&file.path, what))
        })
        .collect()
}

/// Lines of Rust wider than [`MAX_RUST_COLUMNS`]; a line with a web address may be.
pub(crate) fn wide_rust_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (number, line) in file.lines() {
            let columns = line.chars().count();
            if columns > MAX_RUST_COLUMNS && !line.contains("https://") {
                let what = format!("{columns} columns, at most {MAX_RUST_COLUMNS}");
                findings.push(Finding::at(&file.path, number, what));
            }
        }
    }
    findings
}

/// Trailing blanks, carriage returns, and files without exactly one newline at their end.
pub(crate) fn untidy_ends(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| !is_generated(file)) {
        for (number, line) in file.text.split('\n').enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                findings.push(Finding::at(
                    &file.path,
                    number + 1,
                    "blank at the end of the line",
                ));
            }
        }
        let is_tidy =
            file.text.is_empty() || (file.text.ends_with('\n') && !file.text.ends_with("\n\n"));
        if !is_tidy {
            let last = file.text.lines().count().max(1);
            findings.push(Finding::at(
                &file.path,
                last,
                "file must end with one newline",
            ));
        }
    }
    findings
}

/// Code files with a name out of [`VAGUE_STEMS`].
pub(crate) fn vague_names(tree: &Tree) -> Vec<Finding> {
    let is_vague = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part);
        VAGUE_STEMS.contains(&stem)
    };
    tree.files
        .iter()
        .filter(|file| file.has_extension(CODE_EXTENSIONS) && file.path.split('/').any(is_vague))
        .map(|file| {
            let what = "the name says nothing: name the thing, or put it beside its caller";
            Finding::in_file(&file.path, what)
        })
        .collect()
}

/// Migrations that one database has and the other has not, and migrations with an unordered name.
pub(crate) fn unpaired_migrations(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut pairs: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.has_extension(&["sql"]))
    {
        let Some((parent, database)) = file.folder().rsplit_once('/') else {
            continue;
        };
        if !parent.ends_with("migrations") {
            continue;
        }
        pairs
            .entry((parent, file.name()))
            .or_default()
            .push(database);
        let stamp = file.name().split('_').next().unwrap_or_default();
        if stamp.len() != 14 || !stamp.bytes().all(|byte| byte.is_ascii_digit()) {
            let what = "the name must be YYYYMMDDHHMMSS_verb_noun.sql";
            findings.push(Finding::in_file(&file.path, what));
        }
    }
    for ((parent, name), databases) in pairs {
        for database in ["postgres", "sqlite"] {
            if !databases.contains(&database) {
                let path = format!("{parent}/{database}/{name}");
                let what = format!("missing: only {} has it", databases.join(", "));
                findings.push(Finding::in_file(&path, what));
            }
        }
    }
    findings
}

/// Paths of somebody's machine: home folders, and the folder that this checkout is in.
pub(crate) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut banned: Vec<String> = ["home", "root", "Users"]
        .iter()
        .map(|folder| format!("/{folder}/"))
        .collect();
    // A checkout right under `/` has a name too short to look for.
    if Tree::root().components().count() > 2 {
        banned.push(Tree::root().to_string_lossy().into_owned());
    }
    let mut findings = Vec::new();
    for file in &tree.files {
        for (number, line) in file.lines() {
            if let Some(path) = banned.iter().find(|path| line.contains(path.as_str())) {
                let what = format!("names `{path}`, which exists on one machine only");
                findings.push(Finding::at(&file.path, number, what));
            }
        }
    }
    findings
}

/// Notes to come back that name no issue to come back for.
pub(crate) fn loose_ends(tree: &Tree) -> Vec<Finding> {
    // Put together here so that this file does not find itself.
    let to_do = ["TO", "DO"].concat();
    let others = [
        ["FIX", "ME"].concat(),
        ["HA", "CK:"].concat(),
        ["XX", "X:"].concat(),
    ];
    let mut findings = Vec::new();
    let files = tree
        .files
        .iter()
        .filter(|file| file.has_extension(CODE_EXTENSIONS));
    for file in files.filter(|file| !is_generated(file)) {
        for (number, line) in file.lines() {
            let names_issue = line.contains(&format!("{to_do}(#"));
            if line.contains(&to_do) && !names_issue || others.iter().any(|o| line.contains(o)) {
                let what = format!("write {to_do}(#issue): what, or do it now");
                findings.push(Finding::at(&file.path, number, what));
            }
        }
    }
    findings
}

#[test]
fn a_migration_of_one_database_only_is_found() {
    let sql = "select 1;\n";
    let tree = Tree::of(&[
        ("migrations/sqlite/20260101000000_create_accounts.sql", sql),
        (
            "migrations/postgres/20260101000000_create_accounts.sql",
            sql,
        ),
        ("migrations/sqlite/20260102000000_add_bans.sql", sql),
    ]);
    let findings = unpaired_migrations(&tree);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .to_string()
            .starts_with("migrations/postgres/20260102000000_add_bans.sql")
    );
}

#[test]
fn trailing_blanks_and_missing_newlines_are_found() {
    let tree = Tree::of(&[
        ("a.rs", "fn a() {} \n"),
        ("b.rs", "fn b() {}"),
        ("c.rs", "\n\n"),
    ]);
    assert_eq!(untidy_ends(&tree).len(), 3);
}

#[test]
fn a_folder_with_a_vague_name_is_found() {
    assert_eq!(
        vague_names(&Tree::of(&[("src/utils/mod.rs", ""), ("src/uti.rs", "")])).len(),
        1
    );
}
