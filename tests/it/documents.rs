//! The documents say what the program does.

use std::path::Path;

use pixelwars::http::error::ErrorCode;
use pixelwars::http::openapi_document;

use crate::support::test_app::TestApp;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("the document is there")
}

#[test]
fn the_openapi_document_is_the_approved_one() {
    let mut document = openapi_document().to_pretty_json().unwrap();
    document.push('\n');
    if read("openapi.json") != document {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        std::fs::write(&fresh, &document).unwrap();
        let fresh = fresh.display();
        panic!(
            "the interface is not the one of docs/openapi.json; to approve it, look at the \
             difference and run\n    cp {fresh} docs/openapi.json"
        );
    }
}

#[test]
fn the_server_offers_the_approved_document() {
    let app = TestApp::start();
    let approved: serde_json::Value = serde_json::from_str(&read("openapi.json")).unwrap();
    assert_eq!(app.guest().get_json("/api/v1/openapi.json"), approved);
    let page = app.guest().get("/docs");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let paths = approved["paths"].as_object().unwrap();
    assert!(paths.len() > 10);
    for path in paths.keys() {
        assert!(page.text().contains(path), "{path} is missing on /docs");
        assert!(
            read("API.md").contains(path.as_str()),
            "{path} is missing in docs/API.md"
        );
    }
}

#[test]
fn the_table_of_errors_has_every_code_with_its_status() {
    let text = read("API.md");
    let rows = text.lines().filter_map(|line| {
        let mut columns = line.split('|').map(str::trim).skip(1);
        let code = columns.next()?.strip_prefix('`')?.strip_suffix('`')?;
        let status: u16 = columns.next()?.parse().ok()?;
        Some((code.to_owned(), status))
    });
    let mut documented: Vec<_> = rows.collect();
    let all = ErrorCode::ALL.iter();
    let mut offered: Vec<_> = all
        .map(|code| (code.as_str().to_owned(), code.status().as_u16()))
        .collect();
    documented.sort();
    offered.sort();
    assert_eq!(documented, offered);
}

#[test]
fn the_table_of_bad_input_names_tests_and_codes_that_exist() {
    let text = read("API.md");
    let (_, section) = text.split_once("\n## Bad input\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut rows = 0;
    for line in section.lines().filter(|line| line.contains("::")) {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, _, _, codes, test, _] = columns.as_slice() else {
            panic!("a row has four columns: {line}");
        };
        for code in codes.split(", ").filter(|code| !code.is_empty()) {
            let is_known = ErrorCode::ALL
                .iter()
                .any(|known| code.trim_matches('`') == known.as_str());
            assert!(is_known, "{line}");
        }
        let (file, name) = test.trim_matches('`').rsplit_once("::").unwrap();
        // A test from outside, or one beside the code that it is about.
        let file = file.replace("::", "/");
        let is_there = ["tests/it", "src"].iter().any(|folder| {
            let file = format!("{}/{folder}/{file}.rs", env!("CARGO_MANIFEST_DIR"));
            let source = std::fs::read_to_string(file).unwrap_or_default();
            source.contains(&format!("fn {name}()"))
        });
        assert!(is_there, "there is no such test: {line}");
        rows += 1;
    }
    assert!(rows >= 20, "{rows} rows");
}
