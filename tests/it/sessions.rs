//! Staying signed in and signing out, as a browser and as a program.

use std::net::TcpStream;

use event_store::UnixMs;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::feed::Feed;
use crate::support::test_app::TestApp;

const SIGN_IN: &str = "/api/v1/auth/anonymous";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGOUT: &str = "/api/v1/auth/logout";
const EVERYWHERE: &str = "/api/v1/auth/logout-everywhere";

/// Signs in as a program does; the answer has the refresh token.
fn sign_in(app: &TestApp) -> Value {
    let body = json!({ "name": "Ada", "refresh": "bearer" });
    app.guest().post(SIGN_IN, &body).expect(200)
}

fn post_with_token(guest: &Actor, path: &str, token: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    guest.send("POST", path, &[("authorization", &authorization)], "")
}

fn refresh(app: &TestApp, token: &Value) -> Answer {
    post_with_token(&app.guest(), REFRESH, token.as_str().unwrap())
}

/// The player of these tokens.
fn actor(app: &TestApp, signed_in: &Value) -> Actor {
    let player = signed_in["player"]["id"].as_str().unwrap();
    let token = signed_in["access_token"].as_str().unwrap();
    app.guest().with_token(token, player.parse().unwrap())
}

/// Name and value of the cookie that an answer sets, and its attributes.
fn cookie_of(answer: &Answer) -> (String, Vec<String>) {
    let cookie = answer.header("set-cookie");
    let mut parts = cookie.split("; ").map(str::to_owned);
    let pair = parts.next().unwrap();
    let mut attributes: Vec<String> = parts.collect();
    attributes.sort();
    (pair, attributes)
}

fn is_cleared(answer: &Answer) -> bool {
    let (pair, attributes) = cookie_of(answer);
    pair == "__Host-refresh=" && attributes.contains(&"Max-Age=0".to_owned())
}

#[test]
fn a_browser_stays_signed_in_by_a_cookie_that_no_script_reads() {
    let app = TestApp::start();
    let guest = app.guest();
    let answer = guest.post(SIGN_IN, &json!({ "name": "Ada" }));
    let body = answer.expect(200);
    assert_eq!(body["session"], 1);
    assert_eq!(body.get("refresh_token"), None);
    assert_eq!(answer.header("cache-control"), "no-store");
    let (cookie, attributes) = cookie_of(&answer);
    assert!(cookie.starts_with("__Host-refresh="), "{cookie}");
    assert_eq!(
        attributes,
        [
            "HttpOnly",
            "Max-Age=604800",
            "Path=/",
            "SameSite=Strict",
            "Secure"
        ]
    );

    let others = format!("a=b; {cookie}; c=d");
    let answer = guest.send("POST", REFRESH, &[("cookie", &others)], "");
    let fresh = answer.expect(200);
    assert_eq!(fresh["player"], body["player"]);
    assert_eq!(fresh["session"], 2);
    assert_eq!(fresh.get("refresh_token"), None);
    let (successor, _) = cookie_of(&answer);
    assert_ne!(successor, cookie);
    let me = actor(&app, &fresh).get("/api/v1/me").expect(200);
    assert_eq!(me["session"], 2);
}

#[test]
fn without_tls_and_off_this_machine_the_cookie_is_a_plain_one() {
    for (public_url, name, is_secure) in [
        ("http://canvas.example.org", "pixelwars-refresh=", false),
        ("https://canvas.example.org", "__Host-refresh=", true),
        ("http://localhost:8080", "__Host-refresh=", true),
    ] {
        let app = TestApp::with(&[("public_url", public_url), ("auth.anonymous", "on")]);
        let answer = app.guest().post(SIGN_IN, &json!({ "name": "Ada" }));
        let (cookie, attributes) = cookie_of(&answer);
        assert!(cookie.starts_with(name), "{cookie}");
        assert_eq!(attributes.contains(&"Secure".to_owned()), is_secure);
        assert!(attributes.contains(&"HttpOnly".to_owned()));
        assert!(attributes.contains(&"SameSite=Strict".to_owned()));
        let answer = app
            .guest()
            .send("POST", REFRESH, &[("cookie", &cookie)], "");
        answer.expect(200);
    }
}

#[test]
fn a_program_gets_its_refresh_token_in_the_body_and_sends_it_as_bearer() {
    let app = TestApp::start();
    let ada = sign_in(&app);
    assert_eq!(ada["refresh_expires_in"], 604_800);
    let answer = refresh(&app, &ada["refresh_token"]);
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
    let fresh = answer.expect(200);
    assert_eq!(fresh["session"], 2);
    assert_ne!(fresh["refresh_token"], ada["refresh_token"]);
    actor(&app, &fresh).get("/api/v1/me").expect(200);

    let wrong = json!({ "name": "Ada", "refresh": "somehow" });
    let refused = app.guest().post(SIGN_IN, &wrong);
    refused.expect_error(400, "malformed_json");
}

#[test]
fn of_a_cookie_and_a_bearer_token_the_bearer_token_wins() {
    let app = TestApp::start();
    let (ada, other) = (sign_in(&app), sign_in(&app));
    let cookie = format!("__Host-refresh={}", ada["refresh_token"].as_str().unwrap());
    let bearer = format!("Bearer {}", other["refresh_token"].as_str().unwrap());
    let both = [("cookie", cookie.as_str()), ("authorization", &bearer)];
    let fresh = app.guest().send("POST", REFRESH, &both, "").expect(200);
    assert_eq!(fresh["player"], other["player"]);
    assert!(fresh["refresh_token"].is_string());
}

#[test]
fn no_refresh_token_or_a_wrong_one_is_told() {
    let app = TestApp::start();
    let guest = app.guest();
    for path in [REFRESH, LOGOUT] {
        let refused = guest.send("POST", path, &[], "");
        refused.expect_error(401, "refresh_token_missing");
        for wrong in ["x", "a.b", &"x".repeat(5_000)] {
            let refused = post_with_token(&guest, path, wrong);
            refused.expect_error(401, "refresh_token_invalid");
        }
        let access_token = sign_in(&app)["access_token"].clone();
        let refused = post_with_token(&guest, path, access_token.as_str().unwrap());
        refused.expect_error(401, "refresh_token_invalid");
    }
    let never_issued = format!("{}.{}", "A".repeat(22), "A".repeat(43));
    let refused = post_with_token(&guest, REFRESH, &never_issued);
    refused.expect_error(401, "refresh_token_invalid");
    let cookie = format!("__Host-refresh={never_issued}");
    let refused = guest.send("POST", REFRESH, &[("cookie", &cookie)], "");
    refused.expect_error(401, "refresh_token_invalid");
    assert!(is_cleared(&refused));
    let other_name = format!("refresh={never_issued}");
    let refused = guest.send("POST", REFRESH, &[("cookie", &other_name)], "");
    refused.expect_error(401, "refresh_token_missing");
}

#[test]
fn an_expired_refresh_token_says_so() {
    let app = TestApp::start();
    for (seconds, is_over) in [(-60, false), (1, true)] {
        let a_week_ago = UnixMs::now().plus_ms(-(604_800 + seconds) * 1_000);
        let ada = app.signed_in_since(a_week_ago);
        let answer = refresh(&app, &json!(ada.refresh_token.expose()));
        match is_over {
            true => drop(answer.expect_error(401, "refresh_token_expired")),
            false => drop(answer.expect(200)),
        }
    }
}

#[test]
fn a_reused_refresh_token_ends_the_sign_in_and_a_predecessor_gives_the_same_successor() {
    let app = TestApp::start();
    let first = sign_in(&app);
    let second = refresh(&app, &first["refresh_token"]).expect(200);
    let again = refresh(&app, &first["refresh_token"]).expect(200);
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    assert_eq!(again["session"], second["session"]);
    let third = refresh(&app, &second["refresh_token"]).expect(200);

    let reused = refresh(&app, &first["refresh_token"]);
    reused.expect_error(401, "refresh_token_reused");
    let refused = refresh(&app, &third["refresh_token"]);
    refused.expect_error(401, "session_revoked");
    for tokens in [&first, &second, &third] {
        let refused = actor(&app, tokens).get("/api/v1/me");
        refused.expect_error(401, "session_revoked");
    }
}

#[test]
fn two_tabs_that_refresh_at_once_both_stay_signed_in() {
    let app = TestApp::start();
    let ada = sign_in(&app);
    let token = ada["refresh_token"].as_str().unwrap();
    let tab = app.guest().with_token(token, actor(&app, &ada).id());
    let answers = tab.post_at_once(REFRESH, &[Value::Null, Value::Null, Value::Null]);
    let bodies: Vec<Value> = answers.iter().map(|answer| answer.expect(200)).collect();
    for body in &bodies {
        assert_eq!(body["session"], 2);
        assert_eq!(body["refresh_token"], bodies[0]["refresh_token"]);
    }
    refresh(&app, &bodies[0]["refresh_token"]).expect(200);
}

#[test]
fn a_refresh_token_outlives_a_restart() {
    let mut app = TestApp::start();
    let ada = sign_in(&app);
    app.restart();
    let fresh = refresh(&app, &ada["refresh_token"]).expect(200);
    assert_eq!(fresh["player"], ada["player"]);
    let token = fresh["refresh_token"].as_str().unwrap();
    let left = post_with_token(&app.guest(), LOGOUT, token);
    assert_eq!(left.status(), 204);
    app.restart();
    let refused = actor(&app, &fresh).get("/api/v1/me");
    refused.expect_error(401, "session_revoked");
}

#[test]
fn a_logout_ends_the_sign_in_at_once_and_clears_the_browser() {
    let app = TestApp::start();
    let ada = sign_in(&app);
    let player = actor(&app, &ada);
    player.play();
    player.place(1, 1, 5);
    let token = ada["refresh_token"].as_str().unwrap();
    let cookie = format!("__Host-refresh={token}");
    for _ in 0..2 {
        let left = app.guest().send("POST", LOGOUT, &[("cookie", &cookie)], "");
        assert_eq!(left.status(), 204);
        assert!(is_cleared(&left));
        assert_eq!(left.header("clear-site-data"), "\"cache\"");
    }
    for (method, path) in [
        ("GET", "/api/v1/me"),
        ("POST", crate::support::actor::PLACEMENTS),
        ("POST", "/api/v1/canvases/main/play"),
        ("POST", EVERYWHERE),
    ] {
        let refused = player.send(method, path, &[], "");
        refused.expect_error(401, "session_revoked");
    }
    refresh(&app, &ada["refresh_token"]).expect_error(401, "session_revoked");
}

#[test]
fn a_logout_everywhere_needs_an_access_token_and_ends_what_it_says() {
    let app = TestApp::start();
    let (ada, other) = (sign_in(&app), sign_in(&app));
    let refused = app.guest().send("POST", EVERYWHERE, &[], "");
    refused.expect_error(401, "unauthorized");
    let left = actor(&app, &ada).send("POST", EVERYWHERE, &[], "");
    assert_eq!(left.status(), 204);
    assert!(is_cleared(&left));
    let refused = actor(&app, &ada).get("/api/v1/me");
    refused.expect_error(401, "session_revoked");
    refresh(&app, &ada["refresh_token"]).expect_error(401, "session_revoked");
    actor(&app, &other).get("/api/v1/me").expect(200);
}

#[test]
fn a_logout_is_known_at_every_gateway() {
    let app = TestApp::start();
    let elsewhere = app.neighbour(&[]);
    let ada = sign_in(&app);
    let player = actor(&elsewhere, &ada);
    player.get("/api/v1/me").expect(200);
    let token = ada["refresh_token"].as_str().unwrap();
    let left = post_with_token(&app.guest(), LOGOUT, token);
    assert_eq!(left.status(), 204);
    let refused = eventually("the other gateway refuses the token", || {
        let answer = player.get("/api/v1/me");
        (answer.status() != 200).then_some(answer)
    });
    refused.expect_error(401, "session_revoked");
}

#[test]
fn a_ticket_of_a_sign_in_that_was_ended_opens_nothing() {
    let app = TestApp::start();
    let ada = sign_in(&app);
    let ticket = actor(&app, &ada).ticket();
    let token = ada["refresh_token"].as_str().unwrap();
    let left = post_with_token(&app.guest(), LOGOUT, token);
    assert_eq!(left.status(), 204);
    let stream = TcpStream::connect(app.address()).unwrap();
    let offered = format!("pixelwars.v1, {ticket}");
    let headers = [("sec-websocket-protocol", offered.as_str())];
    let Err(response) = Feed::handshake(stream, &headers) else {
        panic!("was let in");
    };
    assert_eq!(response.status(), 401);
    let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["error"]["code"], "session_revoked");
}
