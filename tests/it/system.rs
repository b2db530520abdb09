//! What every route has in common, and those for operators.

use std::collections::HashSet;

use event_store::UnixMs;

use crate::support::test_app::TestApp;

#[test]
fn operators_see_life_readiness_and_numbers() {
    let app = TestApp::start();
    let guest = app.guest();
    for path in ["/livez", "/readyz"] {
        let answer = guest.get(path);
        assert_eq!((answer.status(), answer.text()), (200, "ok\n"));
    }
    app.player("Ada").place(0, 0, 5);
    let metrics = guest.get("/metrics");
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4");
    for name in [
        "canvas_http_seconds",
        "canvas_placements_total",
        "canvas_version",
    ] {
        assert!(metrics.text().contains(name), "{name}");
    }
}

#[test]
fn metrics_have_a_listener_of_their_own_when_one_is_set() {
    let app = TestApp::with(&[("metrics_listen", "127.0.0.1:0")]);
    let page = app.guest().get("/metrics");
    assert!(!page.text().contains("canvas_version"));
}

#[test]
fn what_is_not_there_is_told_in_the_one_form() {
    let app = TestApp::start();
    let guest = app.guest();
    for path in [
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/canvases",
        "/api/v1/canvases/main/x",
    ] {
        guest.get(path).expect_error(404, "not_found");
        guest
            .send("POST", path, &[], "")
            .expect_error(404, "not_found");
    }
    guest.get("/no-such.file").expect_error(404, "not_found");
    guest
        .get("/api/v1/canvases/other")
        .expect_error(404, "canvas_not_found");
    let long = "x".repeat(5_000);
    let refused = guest.get(&format!("/api/v1/canvases/{long}"));
    let body = refused.expect_error(404, "canvas_not_found");
    assert!(body["error"]["message"].as_str().unwrap().len() < 200);
}

#[test]
fn a_wrong_method_is_told_everywhere() {
    let app = TestApp::start();
    let guest = app.guest();
    let of_get = [
        "/livez",
        "/readyz",
        "/metrics",
        "/docs",
        "/",
        "/index.html",
        "/api/v1/openapi.json",
        "/api/v1/canvases",
        "/api/v1/canvases/main",
        "/api/v1/canvases/main/events",
        "/api/v1/me",
    ];
    for path in of_get {
        for method in ["POST", "DELETE", "PATCH", "BREW"] {
            let refused = guest.send(method, path, &[], "");
            refused.expect_error(405, "method_not_allowed");
        }
    }
    let refused = guest.get("/api/v1/canvases/main/placements");
    refused.expect_error(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), "POST");
    let refused = guest.send("POST", "/livez", &[], "");
    assert_eq!(refused.header("allow"), "GET,HEAD");
}

#[test]
fn every_answer_has_an_id_of_its_own_and_the_security_headers() {
    let app = TestApp::start();
    let guest = app.guest();
    let mut ids = HashSet::new();
    for path in [
        "/livez",
        "/",
        "/docs",
        "/api/v1/canvases",
        "/api/v1/nothing",
    ] {
        let answer = guest.get_with(path, &[("x-request-id", "mine")]);
        let id = answer.header("x-request-id");
        assert!(id.len() == 16 && ids.insert(id.to_owned()), "{path}: {id}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
    }
}

#[test]
fn a_head_request_gets_no_body() {
    let app = TestApp::start();
    let guest = app.guest();
    for (path, status) in [
        ("/api/v1/canvases", 200),
        ("/api/v1/nothing", 404),
        ("/livez", 200),
    ] {
        let answer = guest.send("HEAD", path, &[], "");
        assert_eq!((answer.status(), answer.body.len()), (status, 0), "{path}");
    }
}

#[test]
fn the_canvas_tells_what_a_client_needs() {
    let app = TestApp::with(&[("canvas.title", "a test")]);
    let guest = app.guest();
    let canvas = guest.canvas();
    let mut masked = canvas.clone();
    masked["opened_at"] = "[when]".into();
    insta::assert_json_snapshot!("canvas", masked);
    let opened_at = canvas["opened_at"].as_str().unwrap();
    let opened_at = pixelwars::http::parse_rfc3339(opened_at).unwrap();
    assert!((0..60_000).contains(&UnixMs::now().ms_since(opened_at)));
    let list = guest.get_json("/api/v1/canvases");
    assert_eq!(list["canvases"], serde_json::json!([canvas]));
}
