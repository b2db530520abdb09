//! Rules about Rust code: who may name whom, and who reads the environment.

use crate::source_text::{code_only, has_word};
use crate::tree::{Finding, Tree};

/// Code that must not know other code. Arrows point one way:
/// `http → live, placements, players, rounds → projections → event-store`.
struct Arrow {
    /// The start of the paths of the code that the rule is about.
    from: &'static str,
    /// Crates that it must not name.
    crates: &'static [&'static str],
    /// Modules of its own crate that it must not name.
    modules: &'static [&'static str],
}

const EDGES: &[&str] = &["http", "cli", "bench"];

const ARROWS: &[Arrow] = &[
    Arrow {
        from: "event-store/",
        crates: &["projections", "pixelwars", "axum"],
        modules: &[],
    },
    Arrow {
        from: "projections/",
        crates: &["pixelwars", "axum"],
        modules: &[],
    },
    Arrow {
        from: "src/config/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/auth/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/accounts/",
        crates: &["axum"],
        modules: &["http", "cli", "bench", "auth"],
    },
    Arrow {
        from: "src/feedback/",
        crates: &["axum"],
        modules: &["http", "cli", "bench", "auth", "accounts"],
    },
    Arrow {
        from: "src/players/",
        crates: &["axum"],
        modules: &["http", "cli", "bench", "auth", "accounts"],
    },
    Arrow {
        from: "src/exchange/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/placements/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/rounds/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/human_check/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/timelapse/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/limits/",
        crates: &["axum"],
        modules: EDGES,
    },
    Arrow {
        from: "src/live/",
        crates: &[],
        modules: EDGES,
    },
    Arrow {
        from: "src/http/",
        crates: &[],
        modules: &["cli", "bench"],
    },
];

/// Where the environment may be read: the settings, and the search for servers to test against.
const ENVIRONMENT_READERS: &[&str] = &["src/config/", "event-store/src/testing/"];

/// Code that names a crate or module which stands above it.
pub(crate) fn arrows_that_turn_back(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for arrow in ARROWS {
        let is_meant = |path: &str| path.starts_with(arrow.from);
        for file in tree.rust().filter(|file| is_meant(&file.path)) {
            let code = code_only(&file.text);
            for (at, line) in code.lines().enumerate() {
                for name in arrow.crates.iter().filter(|name| has_word(line, name)) {
                    let what = format!("{} must not know crate `{name}`", arrow.from);
                    findings.push(Finding::at(&file.path, at + 1, what));
                }
            }
            for (line, module) in own_modules_named(&code) {
                if arrow.modules.contains(&module.as_str()) {
                    let what = format!("{} must not know `crate::{module}`", arrow.from);
                    findings.push(Finding::at(&file.path, line, what));
                }
            }
        }
        let manifest = format!("{}Cargo.toml", arrow.from);
        for (number, line) in tree
            .file(&manifest)
            .into_iter()
            .flat_map(|file| file.lines())
        {
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if arrow.crates.contains(&dependency) {
                let what = format!("{} must not depend on `{dependency}`", arrow.from);
                findings.push(Finding::at(&manifest, number, what));
            }
        }
    }
    findings
}

/// The modules `m` in every `crate::m` and `crate::{m, …}`, each with its line.
fn own_modules_named(code: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        let group = rest.strip_prefix('{');
        let mut depth = 1_usize;
        let mut expects_name = true;
        let mut offset = at + start.len() + usize::from(group.is_some());
        for c in group.unwrap_or(rest).chars() {
            if expects_name && (c.is_alphabetic() || c == '_') {
                let line = code[..offset].matches('\n').count() + 1;
                let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
                named.push((line, code[offset..].chars().take_while(is_part).collect()));
                expects_name = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => expects_name = depth == 1,
                _ => {}
            }
            let is_over = if group.is_some() {
                depth == 0
            } else {
                !expects_name
            };
            if is_over {
                break;
            }
            offset += c.len_utf8();
        }
    }
    named
}

/// Code that reads the environment outside of [`ENVIRONMENT_READERS`].
pub(crate) fn environment_readers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        if ENVIRONMENT_READERS
            .iter()
            .any(|allowed| file.path.starts_with(allowed))
        {
            continue;
        }
        for (at, line) in code_only(&file.text).lines().enumerate() {
            if ["env::var", "env::vars", "env::var_os"]
                .iter()
                .any(|call| has_word(line, call))
            {
                let what = "settings are read in src/config only";
                findings.push(Finding::at(&file.path, at + 1, what));
            }
        }
    }
    findings
}

#[test]
fn a_use_of_a_module_above_is_found_alone_and_in_a_group() {
    let tree = Tree::of(&[
        ("src/live/hub.rs", "use crate::http::frame::Frame;\n"),
        (
            "src/live/ok.rs",
            "// crate::http\nuse crate::live::{http, cli};\n",
        ),
        (
            "src/players/a.rs",
            "use crate::{\n    live::{Hub, http},\n    cli::serve,\n};\n",
        ),
    ]);
    let found: Vec<String> = arrows_that_turn_back(&tree)
        .iter()
        .map(Finding::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "src/players/a.rs:3: src/players/ must not know `crate::cli`",
            "src/live/hub.rs:1: src/live/ must not know `crate::http`",
        ]
    );
}

#[test]
fn a_dependency_on_a_crate_above_is_found() {
    let tree = Tree::of(&[(
        "event-store/Cargo.toml",
        "[dependencies]\naxum.workspace = true\n",
    )]);
    assert_eq!(arrows_that_turn_back(&tree).len(), 1);
}

#[test]
fn reading_the_environment_elsewhere_is_found() {
    let code = "fn a() { let _ = std::env::var(NAME); }\n";
    let tree = Tree::of(&[("src/cli/serve.rs", code), ("src/config/mod.rs", code)]);
    assert_eq!(environment_readers(&tree).len(), 1);
}
