//! Who one is.

use event_store::UnixMs;
use serde_json::json;

use crate::support::actor::PLACEMENTS;
use crate::support::test_app::TestApp;

const SIGN_IN: &str = "/api/v1/auth/anonymous";

#[test]
fn a_name_gives_a_token_that_says_who_one_is() {
    let app = TestApp::start();
    let ada = app.guest().post(SIGN_IN, &json!({ "name": " Ada " }));
    let ada = ada.expect(200);
    assert_eq!(ada["expires_in"], 900);
    assert_eq!(ada["player"]["name"], "Ada");
    let player = app.afk_player("Ada");
    let me = player.get("/api/v1/me").expect(200);
    let expected = json!({
        "id": player.id().to_string(), "name": "Ada", "session": 1, "identities": [],
        "status": "afk", "position": 0, "until": null,
    });
    assert_eq!(me, expected);
    assert_ne!(me["id"], ada["player"]["id"], "a name is nobody's own");
}

#[test]
fn a_token_outlives_a_restart() {
    let mut app = TestApp::start();
    let ada = app.player("Ada");
    app.restart();
    ada.at(app.address()).get("/api/v1/me").expect(200);
}

#[test]
fn a_wrong_name_or_body_is_told() {
    let app = TestApp::start();
    let guest = app.guest();
    for name in ["", "  ", "a\nb", &"x".repeat(33)] {
        let refused = guest.post(SIGN_IN, &json!({ "name": name }));
        refused.expect_error(400, "invalid_name");
    }
    for body in [
        json!({}),
        json!({ "name": 1 }),
        json!({ "name": "a", "b": 1 }),
        json!([]),
    ] {
        guest
            .post(SIGN_IN, &body)
            .expect_error(400, "malformed_json");
    }
    let plain = guest.send("POST", SIGN_IN, &[("content-type", "text/plain")], "Ada");
    plain.expect_error(415, "unsupported_media_type");
}

#[test]
fn anonymous_sign_in_can_be_off() {
    let app = TestApp::with(&[("auth.anonymous", "off")]);
    let refused = app.guest().post(SIGN_IN, &json!({ "name": "Ada" }));
    refused.expect_error(403, "anonymous_off");
}

#[test]
fn what_needs_a_player_refuses_guests_and_wrong_tokens() {
    let app = TestApp::start();
    let (guest, ada) = (app.guest(), app.player("Ada"));
    let needs_player = [
        ("GET", "/api/v1/me"),
        ("POST", PLACEMENTS),
        ("POST", "/api/v1/canvases/main/placements/1/undo"),
        ("POST", "/api/v1/canvases/main/play"),
        ("POST", "/api/v1/canvases/main/leave"),
    ];
    let forged = format!("{}x", ada.token());
    let (head, _) = ada.token().rsplit_once('.').unwrap();
    let unsigned = format!("{head}.");
    for (method, path) in needs_player {
        guest
            .send(method, path, &[], "")
            .expect_error(401, "unauthorized");
        for token in [forged.as_str(), &unsigned, "", "a.b.c", "é"] {
            let authorization = format!("Bearer {token}");
            let refused = guest.send(method, path, &[("authorization", &authorization)], "");
            refused.expect_error(401, "unauthorized");
        }
        let basic = guest.send(method, path, &[("authorization", "Basic YTpi")], "");
        basic.expect_error(401, "unauthorized");
    }
}

#[test]
fn an_expired_token_says_so() {
    let app = TestApp::start();
    app.player_since(UnixMs::now())
        .get("/api/v1/me")
        .expect(200);
    let long_ago = UnixMs::now().plus_ms(-3_600_000);
    let refused = app.player_since(long_ago).get("/api/v1/me");
    refused.expect_error(401, "token_expired");
}
