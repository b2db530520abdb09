//! Rules about tests: none is switched off, and none waits by the clock.

use crate::source_text::{code_only, has_word};
use crate::tree::{Finding, SourceFile, Tree};

/// Calls that switch web tests off, or all but one.
const SWITCHES: &[&str] = &[
    ".only(",
    ".skip(",
    ".skipIf(",
    ".todo(",
    ".fixme(",
    "xit(",
    "xdescribe(",
    "fdescribe(",
];

/// Tests that do not run, or that keep others from running.
pub(crate) fn switched_off_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (at, line) in code_only(&file.text).lines().enumerate() {
            if line.contains("#[ignore") || line.contains("cfg(any())") {
                let what = "a test that does not run proves nothing: mend it or delete it";
                findings.push(Finding::at(&file.path, at + 1, what));
            }
        }
    }
    for file in tree.files.iter().filter(|file| is_web_test(file)) {
        for (number, line) in file.lines() {
            if let Some(switch) = SWITCHES.iter().find(|switch| line.contains(*switch)) {
                let what = format!("`{switch}…)` switches tests off");
                findings.push(Finding::at(&file.path, number, what));
            }
        }
    }
    findings
}

/// Tests that sleep. A function that polls a condition may, when it has a `deadline`; so may a test
/// with paused time, since nobody waits for it, and one about time itself, which says so in a
/// comment right above: `// Time is …`.
pub(crate) fn sleeping_tests(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let what = "sleeps: poll a condition in a function that has a `deadline`";
    for file in tree.rust() {
        let code = code_only(&file.text);
        let lines: Vec<&str> = file.text.lines().collect();
        let mut is_test = is_rust_test(file);
        let mut has_deadline = false;
        let mut is_paused = false;
        for (at, line) in code.lines().enumerate() {
            is_test |= line.contains("#[cfg(test)]");
            if line.contains("#[tokio::test") {
                is_paused = line.contains("start_paused = true");
            }
            if declares_function(line) {
                has_deadline = false;
            }
            has_deadline |= has_word(line, "deadline");
            // An import alone waits for nothing.
            let sleeps = line.contains("sleep(") || line.contains("sleep_until(");
            let is_the_point = at > 0 && lines[at - 1].trim_start().starts_with("// Time is ");
            if is_test && sleeps && !has_deadline && !is_paused && !is_the_point {
                findings.push(Finding::at(&file.path, at + 1, what));
            }
            if line.trim() == "#[test]" {
                is_paused = false;
            }
        }
    }
    for file in tree.files.iter().filter(|file| is_web_test(file)) {
        for (number, line) in file.lines() {
            if line.contains("waitForTimeout(") {
                findings.push(Finding::at(&file.path, number, what));
            }
        }
    }
    findings
}

fn is_web_test(file: &SourceFile) -> bool {
    file.path.starts_with("web/")
        && file.has_extension(&["ts", "js", "mjs"])
        && (file.name().contains(".test.")
            || file.name().contains(".spec.")
            || file.path.contains("/e2e/")
            || file.path.contains("/tests/"))
}

fn is_rust_test(file: &SourceFile) -> bool {
    file.path
        .split('/')
        .any(|part| matches!(part, "tests" | "testing" | "tests.rs"))
}

fn declares_function(line: &str) -> bool {
    line.split_once("fn ")
        .is_some_and(|(before, _)| before.is_empty() || before.ends_with(' '))
}

#[test]
fn switched_off_tests_are_found_and_iterators_are_not() {
    let tree = Tree::of(&[
        ("src/a.rs", "#[test]\n#[ignore]\nfn a() {}\n"),
        ("src/b.rs", "fn b() { [1].iter().skip(1); }\n"),
        ("web/src/c.test.ts", "it.only('c', () => {})\n"),
        ("web/src/d.ts", "values.skip(1)\n"),
    ]);
    assert_eq!(switched_off_tests(&tree).len(), 2);
}

#[test]
fn sleeping_is_found_in_tests_and_allowed_where_time_is_bounded_or_the_point() {
    let sleep = "    tokio::time::sleep(DELAY).await;\n}\n";
    let point = "    // Time is what this limit is about.\n";
    let files = [
        ("tests/a.rs", format!("async fn a() {{\n{sleep}")),
        ("tests/f.rs", format!("async fn f() {{\n{point}{sleep}")),
        (
            "tests/b.rs",
            format!("async fn b() {{\n    let deadline = soon();\n{sleep}"),
        ),
        (
            "tests/c.rs",
            format!("#[tokio::test(start_paused = true)]\nasync fn c() {{\n{sleep}"),
        ),
        ("src/d.rs", format!("async fn backoff() {{\n{sleep}")),
        (
            "src/e.rs",
            format!("#[cfg(test)]\nasync fn e() {{\n{sleep}"),
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    let found: Vec<String> = sleeping_tests(&Tree::of(&files))
        .iter()
        .map(Finding::to_string)
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("tests/a.rs:2") && found[1].starts_with("src/e.rs:3"));
}
