//! The part of `deny.toml` that needs no network: licences and banned crates.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::tree::{Finding, Tree};

/// What this test reads of `deny.toml`.
#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<BannedCrate>,
}

#[derive(Deserialize)]
struct BannedCrate {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

impl Policy {
    fn read(tree: &Tree) -> Self {
        let file = tree.file("deny.toml").expect("deny.toml is at the root");
        toml::from_str(&file.text).expect("deny.toml has the shape that this test reads")
    }

    /// Why something with this licence may not be used; `None` when it may.
    fn fault_of(&self, licence: &str) -> Option<String> {
        let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
            return Some(format!("licence `{licence}` is no SPDX expression"));
        };
        let is_allowed = expression.evaluate(|requirement| {
            let id = requirement.license.id().map(|id| id.name);
            requirement.addition.is_none()
                && id.is_some_and(|id| self.licenses.allow.iter().any(|allowed| allowed == id))
        });
        (!is_allowed).then(|| format!("licence `{licence}` is not allowed by deny.toml"))
    }
}

/// Crates in the build of this machine that `deny.toml` bans, or whose licence it does not allow.
pub(crate) fn refused_crates(tree: &Tree) -> Vec<Finding> {
    let policy = Policy::read(tree);
    let mut findings = Vec::new();
    for (package, licence) in crates_in_the_build() {
        let name = package.split(' ').next().unwrap_or_default();
        if let Some(banned) = policy.bans.deny.iter().find(|banned| banned.name == name) {
            let what = format!("{package} is banned: {}", banned.reason);
            findings.push(Finding::in_file("Cargo.lock", what));
        }
        if let Some(fault) = policy.fault_of(&licence) {
            findings.push(Finding::in_file(
                "Cargo.lock",
                format!("{package}: {fault}"),
            ));
        }
    }
    findings
}

/// Every crate that cargo builds here, as (`name version`, licence). Unlike Cargo.lock, the list
/// leaves out what no enabled feature asks for.
fn crates_in_the_build() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .current_dir(Tree::root())
        .args([
            "tree",
            "--workspace",
            "--locked",
            "--offline",
            "--prefix",
            "none",
        ])
        .args(["--edges", "normal,build,dev", "--format", "{p}\t{l}"])
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree failed: {errors}");
    let list = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    let mut crates: Vec<(String, String)> = list
        .lines()
        .filter_map(|line| line.trim_end_matches(" (*)").split_once('\t'))
        .map(|(package, licence)| (package.to_owned(), licence.to_owned()))
        .collect();
    crates.sort();
    crates.dedup();
    assert!(
        crates.len() > 50,
        "cargo tree listed only {} crates",
        crates.len()
    );
    crates
}

/// What these tests read of a lock file of npm.
#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Package>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Package {
    license: Option<String>,
    dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
}

impl Lock {
    /// The folders of all packages that the page depends on, and that they depend on. Peers are not
    /// followed: some name the tools that they can be built with.
    fn published(&self) -> BTreeSet<String> {
        let mut published = BTreeSet::new();
        // The empty name is the page itself.
        let mut to_follow = vec![String::new()];
        while let Some(folder) = to_follow.pop() {
            let Some(package) = self.packages.get(&folder) else {
                continue;
            };
            let optional = package.optional_dependencies.keys();
            let names = package.dependencies.keys().chain(optional);
            for found in names.filter_map(|name| self.folder_of(name, &folder)) {
                if published.insert(found.clone()) {
                    to_follow.push(found);
                }
            }
        }
        published
    }

    /// The folder of the package that `name` means to the one in `folder`: the nearest, as Node.js
    /// looks for it.
    fn folder_of(&self, name: &str, folder: &str) -> Option<String> {
        let mut around = folder;
        loop {
            let found = match around {
                "" => format!("node_modules/{name}"),
                around => format!("{around}/node_modules/{name}"),
            };
            if self.packages.contains_key(&found) {
                return Some(found);
            }
            let (outer, _) = around.rsplit_once("node_modules/")?;
            around = outer.trim_end_matches('/');
        }
    }
}

/// Packages that the page is made of whose licence `deny.toml` does not allow. Tools that only
/// build or test it are not part of what is published.
pub(crate) fn refused_page_packages(tree: &Tree) -> Vec<Finding> {
    let policy = Policy::read(tree);
    let path = "web/package-lock.json";
    let file = tree.file(path).expect("the page has a lock file");
    let lock: Lock = serde_json::from_str(&file.text).expect("npm writes lock files as JSON");
    let published = lock.published().into_iter();
    published
        .filter_map(|folder| {
            let licence = lock.packages.get(&folder)?.license.as_deref();
            let fault = policy.fault_of(licence.unwrap_or("none given"))?;
            Some(Finding::in_file(path, format!("{folder}: {fault}")))
        })
        .collect()
}

#[test]
fn the_page_is_made_of_what_it_depends_on_and_not_of_peers() {
    let lock = r#"{"packages": {
        "": {"dependencies": {"a": "1"}, "devDependencies": {"tool": "1"}},
        "node_modules/a": {"dependencies": {"b": "2"}, "peerDependencies": {"tool": "1"}},
        "node_modules/a/node_modules/b": {"optionalDependencies": {"c": "1", "gone": "1"}},
        "node_modules/b": {},
        "node_modules/c": {"dependencies": {"a": "1"}},
        "node_modules/tool": {}
    }}"#;
    let lock: Lock = serde_json::from_str(lock).unwrap();
    let published = lock.published();
    let published: Vec<&str> = published.iter().map(String::as_str).collect();
    let expected = [
        "node_modules/a",
        "node_modules/a/node_modules/b",
        "node_modules/c",
    ];
    assert_eq!(published, expected);
}

#[test]
fn a_choice_of_licences_needs_one_allowed_and_a_sum_needs_all() {
    let policy = Policy {
        licenses: Licenses {
            allow: vec!["MIT".to_owned()],
        },
        bans: Bans { deny: Vec::new() },
    };
    assert!(policy.fault_of("MIT/GPL-3.0-only").is_none());
    assert!(policy.fault_of("MIT OR GPL-3.0-only").is_none());
    assert!(policy.fault_of("MIT AND GPL-3.0-only").is_some());
    assert!(policy.fault_of("none given").is_some());
}
