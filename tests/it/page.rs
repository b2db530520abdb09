//! The page that `npm run build` made, which these tests need, as browsers fetch it.

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::test_app::TestApp;

/// From how many bytes on the build makes compressed copies (`web/vite.config.ts`).
const COMPRESSED_FROM: usize = 1_024;

/// The paths of the document's own scripts and styles.
fn assets(document: &str) -> Vec<String> {
    let attributes = document.split(['"', '\'']);
    let paths = attributes.filter(|value| value.contains("assets/"));
    let paths: Vec<String> = paths.map(str::to_owned).collect();
    assert!(!paths.is_empty(), "run `make web`: {document}");
    paths
}

fn fetch(guest: &Actor, path: &str, accepted: &str) -> Answer {
    let answer = guest.get_with(path, &[("accept-encoding", accepted)]);
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.header("vary"), "accept-encoding", "{path}");
    answer
}

#[test]
fn scripts_come_compressed_and_are_kept_for_ever() {
    let app = TestApp::start();
    let guest = app.guest();
    let document = fetch(&guest, "/", "identity");
    for path in assets(document.text()) {
        let plain = fetch(&guest, &path, "identity");
        assert_eq!(plain.header("content-encoding"), "");
        let immutable = "public, max-age=31536000, immutable";
        assert_eq!(plain.header("cache-control"), immutable);
        if !path.ends_with(".js") || plain.body.len() < COMPRESSED_FROM {
            continue;
        }
        let media_type = "text/javascript; charset=utf-8";
        assert_eq!(plain.header("content-type"), media_type);
        for (accepted, encoding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip")] {
            let compressed = fetch(&guest, &path, accepted);
            assert_eq!(compressed.header("content-encoding"), encoding);
            assert_eq!(compressed.header("content-type"), media_type);
            assert!(compressed.body.len() < plain.body.len(), "{path}");
            assert_ne!(compressed.header("etag"), plain.header("etag"));
        }
        for copy in [".br", ".gz"] {
            let copy = guest.get(&format!("{path}{copy}"));
            copy.expect_error(404, "not_found");
        }
    }
}

#[test]
fn the_document_is_asked_for_each_time_and_sent_when_it_is_new() {
    let app = TestApp::start();
    let guest = app.guest();
    for path in ["/", "/index.html", "/rules", "/mini-app"] {
        let document = fetch(&guest, path, "identity");
        assert_eq!(document.header("cache-control"), "no-cache");
        assert_eq!(document.header("content-type"), "text/html; charset=utf-8");
        let known = [
            ("accept-encoding", "identity"),
            ("if-none-match", document.header("etag")),
        ];
        let again = guest.get_with(path, &known);
        assert_eq!((again.status(), again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), document.header("etag"));
        let policy = again.header("content-security-policy");
        assert_eq!(policy, document.header("content-security-policy"));
        let head = guest.send("HEAD", path, &[("accept-encoding", "identity")], "");
        assert_eq!((head.status(), head.body.len()), (200, 0));
        let length = document.body.len().to_string();
        assert_eq!(head.header("content-length"), length);
    }
}

#[test]
fn the_document_names_its_files_from_the_root() {
    let app = TestApp::start();
    let document = fetch(&app.guest(), "/mini-app", "identity");
    for path in assets(document.text()) {
        assert!(path.starts_with("/assets/"), "{path}");
    }
}

#[test]
fn pages_may_use_what_the_game_needs() {
    let app = TestApp::start();
    let page = app.guest().get("/");
    let permissions = page.header("permissions-policy");
    for needed in [
        "autoplay",
        "clipboard-write",
        "fullscreen",
        "vibrate",
        "web-share",
        "screen-wake-lock",
    ] {
        assert!(!permissions.contains(needed), "{permissions}");
    }
    let policy = page.header("content-security-policy");
    for allowed in ["manifest-src 'self';", "worker-src 'self' blob:;"] {
        assert!(policy.contains(allowed), "{policy}");
    }
}
