//! What pages of other sites cannot do, and what browsers are told.

use serde_json::json;

use crate::support::actor::Actor;
use crate::support::feed::Feed;
use crate::support::test_app::TestApp;

const SIGN_IN: &str = "/api/v1/auth/anonymous";

/// The status of a sign-in with these headers.
fn sign_in(guest: &Actor, headers: &[(&str, &str)]) -> u16 {
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    let answer = guest.send("POST", SIGN_IN, &all, r#"{"name":"Ada"}"#);
    if answer.status() != 200 {
        answer.expect_error(403, "cross_site");
    }
    answer.status()
}

#[test]
fn pages_of_other_sites_cannot_write() {
    let app = TestApp::with(&[("allowed_origins", "https://other.example.org")]);
    let guest = app.guest();
    let own = format!("http://{}", app.address());
    assert_eq!(sign_in(&guest, &[]), 200, "a program");
    for site in ["same-origin", "none"] {
        assert_eq!(sign_in(&guest, &[("sec-fetch-site", site)]), 200);
    }
    for site in ["cross-site", "same-site", "x"] {
        assert_eq!(sign_in(&guest, &[("sec-fetch-site", site)]), 403);
        let claims = [("sec-fetch-site", site), ("origin", "https://evil.example")];
        assert_eq!(sign_in(&guest, &claims), 403);
        let named = [
            ("sec-fetch-site", site),
            ("origin", "https://other.example.org"),
        ];
        assert_eq!(sign_in(&guest, &named), 200, "the operator named it");
    }
    assert_eq!(sign_in(&guest, &[("origin", &own)]), 200, "an old browser");
    for origin in [
        "https://evil.example",
        "null",
        "https://other.example.org.evil.example",
    ] {
        assert_eq!(sign_in(&guest, &[("origin", origin)]), 403, "{origin}");
    }
    let cross_site = [("sec-fetch-site", "cross-site")];
    guest.get_with("/api/v1/canvases", &cross_site).expect(200);
    let refused = app.player("Ada").send(
        "POST",
        "/api/v1/canvases/main/leave",
        &[("sec-fetch-site", "cross-site")],
        "",
    );
    refused.expect_error(403, "cross_site");
}

/// The status of a handshake that browsers make for a page of `origin`.
fn open_feed(app: &TestApp, origin: &str, host: Option<&str>) -> u16 {
    let ticket = app.player("Ada").ticket();
    let offer = format!("pixelwars.v1, {ticket}");
    let mut headers = vec![
        ("sec-websocket-protocol", offer.as_str()),
        ("origin", origin),
    ];
    headers.extend(host.map(|host| ("host", host)));
    let socket = std::net::TcpStream::connect(app.address()).unwrap();
    match Feed::handshake(socket, &headers) {
        Ok(_) => 101,
        Err(response) => response.status().as_u16(),
    }
}

#[test]
fn only_named_pages_open_the_feed() {
    let app = TestApp::with(&[
        ("public_url", "https://canvas.example.org"),
        ("auth.anonymous", "on"),
        ("allowed_origins", "http://localhost:5173"),
    ]);
    let open = |origin: &str| open_feed(&app, origin, None);
    assert_eq!(open("https://canvas.example.org"), 101);
    assert_eq!(open("http://localhost:5173"), 101);
    for foreign in [
        "https://elsewhere.example",
        "null",
        "",
        "http://canvas.example.org",
        "https://canvas.example.org:8443",
        "https://canvas.example.org/",
        "https://canvas.example.org.evil.example",
        "https://evil.example?https://canvas.example.org",
        "https://sub.canvas.example.org",
        "https://canvas.example.orgg",
        "HTTPS://canvas.example.org",
        "http://localhost:51730",
    ] {
        assert_eq!(open(foreign), 403, "{foreign}");
    }
    let own = format!("http://{}", app.address());
    assert_eq!(open(&own), 403, "browsers see the public address only");
}

#[test]
fn a_name_that_somebody_points_at_this_machine_opens_nothing() {
    let app = TestApp::start();
    let port = app.address().port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}")] {
        let origin = format!("http://{host}");
        assert_eq!(open_feed(&app, &origin, Some(&host)), 403, "{host}");
    }
    for own in ["127.0.0.1", "localhost", "[::1]"] {
        let origin = format!("http://{own}:{port}");
        assert_eq!(open_feed(&app, &origin, None), 101, "{own}");
    }
    for foreign in [
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1".to_owned(),
    ] {
        assert_eq!(open_feed(&app, &foreign, None), 403, "{foreign}");
    }
}

#[test]
fn browsers_are_told_what_an_answer_may_do() {
    let app = TestApp::with(&[("public_url", "https://canvas.example.org")]);
    let guest = app.guest();
    for path in [
        "/",
        "/mini-app",
        "/api/v1/canvases",
        "/api/v1/nothing",
        "/docs",
    ] {
        let answer = guest.get(path);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000"
        );
        assert!(answer.header("permissions-policy").contains("camera=()"));
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; "),
            "{path}: {policy}"
        );
        let ancestors = policy.rsplit("; ").next().unwrap();
        assert!(
            ancestors.starts_with("frame-ancestors "),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
    let plain = TestApp::start().guest().get("/");
    assert_eq!(plain.header("strict-transport-security"), "");
}

#[test]
fn only_telegram_frames_the_mini_app_and_nobody_anything_else() {
    let app = TestApp::start();
    let ancestors = |path: &str| {
        let answer = app.guest().get(path);
        let policy = answer.header("content-security-policy").to_owned();
        policy.rsplit("; ").next().unwrap().to_owned()
    };
    let telegram = "frame-ancestors 'self' https://web.telegram.org";
    for path in [
        "/mini-app",
        "/mini-app/",
        "/mini-app/rules",
        "/mini-app?tgWebAppStartParam=x",
    ] {
        assert_eq!(ancestors(path), telegram, "{path}");
    }
    for path in ["/", "/mini-apps", "/x/mini-app", "/api/v1/canvases"] {
        assert_eq!(ancestors(path), "frame-ancestors 'none'", "{path}");
    }
    assert_eq!(json!(app.guest().get("/mini-app").status()), 200);
}

#[test]
fn the_page_reads_pictures_from_the_hosts_that_the_operator_names() {
    let sources = |app: &TestApp, path: &str| {
        let answer = app.guest().get(path);
        let policy = answer.header("content-security-policy");
        let mut directives = policy.split("; ");
        let connect = directives.find_map(|directive| directive.strip_prefix("connect-src "));
        connect.map(str::to_owned)
    };
    let app = TestApp::start();
    assert_eq!(sources(&app, "/").as_deref(), Some("'self'"));
    let hosts = "https://i.example.org,http://localhost:9000";
    let app = TestApp::with(&[("template_hosts", hosts)]);
    for path in ["/", "/rules", "/mini-app"] {
        let told = sources(&app, path);
        let named = "'self' https://i.example.org http://localhost:9000";
        assert_eq!(told.as_deref(), Some(named), "{path}");
    }
    assert_eq!(sources(&app, "/api/v1/canvases"), None);
}
