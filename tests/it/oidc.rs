//! Signing in at a provider, as browsers do.

use pixelwars::auth::ReturnPath;
use serde_json::json;

use crate::support::browser::{Browser, person};
use crate::support::fake_oidc::{Answers, CLIENT_ID, CLIENT_SECRET, FakeOidc, Signing};
use crate::support::test_app::TestApp;

const ATTEMPT: &str = "__Host-sign-in";

/// A gateway where one can sign in at these providers, which are all the same one, behaving alike.
pub(crate) fn gateway_with(fake: &FakeOidc, providers: &[&str], more: &[(&str, &str)]) -> TestApp {
    let keys = |provider: &str| {
        let key = |name: &str| format!("auth.{provider}.{name}");
        [
            (key("issuer"), fake.issuer().to_owned()),
            (key("client_id"), CLIENT_ID.to_owned()),
            (key("client_secret"), CLIENT_SECRET.to_owned()),
        ]
    };
    let settings: Vec<(String, String)> = providers.iter().copied().flat_map(keys).collect();
    let mut settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    settings.extend_from_slice(more);
    let app = TestApp::with(&settings);
    for provider in providers {
        let path = format!("/api/v1/auth/{provider}/callback");
        fake.register(&format!("http://{}{path}", app.address()));
    }
    app
}

fn google() -> (FakeOidc, TestApp) {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google"], &[]);
    (fake, app)
}

#[test]
fn the_ways_to_sign_in_are_listed() {
    let fake = FakeOidc::start();
    let more = [
        ("auth.oidc.name", "Example"),
        ("auth.telegram_bot_token", "1:secret"),
    ];
    let app = gateway_with(&fake, &["google", "telegram", "oidc"], &more);
    let ways = app.guest().get("/api/v1/auth").expect(200);
    let provider = |id: &str, name: &str| {
        let start_url = format!("/api/v1/auth/{id}/start");
        json!({ "id": id, "name": name, "start_url": start_url })
    };
    assert_eq!(ways["anonymous"], true);
    assert_eq!(ways["telegram_mini_app"], true);
    assert_eq!(ways["human_check"], serde_json::Value::Null);
    let expected = [
        provider("google", "Google"),
        provider("telegram", "Telegram"),
        provider("oidc", "Example"),
    ];
    assert_eq!(ways["providers"], json!(expected));
    let bare = TestApp::with(&[("auth.anonymous", "off")]);
    let ways = bare.guest().get("/api/v1/auth").expect(200);
    assert_eq!(ways["anonymous"], false);
    assert_eq!(ways["telegram_mini_app"], false);
    assert_eq!(ways["providers"], json!([]));
}

#[test]
fn a_provider_that_is_not_set_up_is_unknown() {
    let (_fake, app) = google();
    for path in [
        "telegram/start",
        "oidc/callback?code=1",
        "nobody/start",
        "anonymous/start",
    ] {
        let refused = app.guest().get(&format!("/api/v1/auth/{path}"));
        refused.expect_error(404, "provider_unknown");
    }
    let link = app.player("Ada").post("/api/v1/auth/oidc/link", &json!({}));
    link.expect_error(404, "provider_unknown");
}

#[test]
fn somebody_signs_in_and_comes_back_as_the_same_player() {
    let (fake, app) = google();
    let mut browser = Browser::of(&app);
    let end = browser.follow("/api/v1/auth/google/start?return_to=/canvas%3Fx%3D1%23zoom");
    assert_eq!(end, "/canvas?x=1&sign_in=google#zoom");
    assert_eq!(browser.cookie(ATTEMPT), None);
    let ada = browser.refresh();
    assert_eq!(ada["player"]["name"], "Ada");
    assert!(ada.get("refresh_token").is_none(), "it stays in the cookie");

    let mut elsewhere = Browser::of(&app);
    let again = elsewhere.sign_in("google");
    assert_eq!(again["player"], ada["player"]);
    assert!(again["session"].as_u64() > ada["session"].as_u64());

    fake.behave(|behaviour| behaviour.person = person("person-2", "Ada"));
    let namesake = Browser::of(&app).sign_in("google");
    assert_ne!(namesake["player"]["id"], ada["player"]["id"]);
}

#[test]
fn an_account_outlives_a_restart() {
    let fake = FakeOidc::start();
    let mut app = gateway_with(&fake, &["google"], &[]);
    let before = Browser::of(&app).sign_in("google");
    app.restart();
    let callback = format!("http://{}/api/v1/auth/google/callback", app.address());
    fake.register(&callback);
    let after = Browser::of(&app).sign_in("google");
    assert_eq!(after["player"], before["player"]);
}

#[test]
fn telegram_people_are_known_by_the_claim_id() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["telegram"], &[]);
    let sign_in = |claims: serde_json::Value| {
        fake.behave(|behaviour| behaviour.person = claims);
        Browser::of(&app).sign_in("telegram")["player"]["id"].clone()
    };
    let one = sign_in(json!({ "sub": "111", "id": 7, "name": "Ada" }));
    assert_eq!(
        one,
        sign_in(json!({ "sub": "222", "id": "7", "name": "Ada L." }))
    );
    assert_ne!(
        one,
        sign_in(json!({ "sub": "111", "id": 8, "name": "Ada" }))
    );
    fake.behave(|behaviour| behaviour.person = json!({ "sub": "111", "name": "Ada" }));
    assert_eq!(Browser::of(&app).refusal("telegram"), "id_token_invalid");
}

#[test]
fn google_may_leave_out_the_scheme_of_its_issuer() {
    let (fake, app) = google();
    let without_scheme = fake.issuer().trim_start_matches("http://").to_owned();
    fake.behave(|behaviour| behaviour.claims = json!({ "iss": without_scheme }));
    Browser::of(&app).sign_in("google");
}

#[test]
fn a_token_that_does_not_hold_signs_nobody_in() {
    let (fake, app) = google();
    let mut browser = Browser::of(&app);
    for signing in [
        Signing::None,
        Signing::PublicKeyAsSecret,
        Signing::AnotherKey,
        Signing::UnknownId,
        Signing::ThenChanged,
    ] {
        fake.behave(|behaviour| behaviour.signing = signing);
        assert_eq!(browser.refusal("google"), "id_token_invalid", "{signing:?}");
    }
    fake.behave(|behaviour| behaviour.signing = Signing::Published);
    for claims in [
        json!({ "iss": "https://accounts.google.com" }),
        json!({ "aud": "another" }),
        json!({ "nonce": "another" }),
        json!({ "exp": 1_000_000_000 }),
        json!({ "iat": 4_000_000_000_i64, "exp": 4_000_000_300_i64 }),
        json!({ "sub": null }),
    ] {
        fake.behave(|behaviour| behaviour.claims = claims.clone());
        assert_eq!(browser.refusal("google"), "id_token_invalid", "{claims}");
    }
    fake.behave(|behaviour| behaviour.claims = json!({}));
    browser.sign_in("google");
}

#[test]
fn an_email_that_is_not_verified_is_told() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google", "oidc"], &[]);
    for verified in [json!(false), json!(null)] {
        fake.behave(|behaviour| behaviour.claims = json!({ "email_verified": verified }));
        for provider in ["google", "oidc"] {
            assert_eq!(Browser::of(&app).refusal(provider), "email_not_verified");
        }
    }
}

#[test]
fn a_provider_without_emails_signs_people_in_where_the_settings_say_so() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["oidc"], &[("auth.oidc.email", "ignored")]);
    fake.behave(|behaviour| behaviour.claims = json!({ "email_verified": null }));
    Browser::of(&app).sign_in("oidc");
}

#[test]
fn whoever_gives_up_at_the_provider_comes_back() {
    let (fake, app) = google();
    fake.behave(|behaviour| behaviour.agrees = false);
    let mut browser = Browser::of(&app);
    let end = browser.follow("/api/v1/auth/google/start?return_to=/canvas");
    assert_eq!(
        end,
        "/canvas?sign_in=google&sign_in_error=sign_in_cancelled"
    );
    assert_eq!(browser.refusal_at("google", &end), "sign_in_cancelled");
}

#[test]
fn a_provider_that_fails_is_told_at_each_step() {
    for broken in ["discovery", "token", "keys"] {
        let (fake, app) = google();
        fake.behave(|behaviour| match broken {
            "discovery" => behaviour.discovery = Answers::Fails,
            "token" => behaviour.token = Answers::Fails,
            _ => behaviour.keys = Answers::Fails,
        });
        let mut browser = Browser::of(&app);
        assert_eq!(
            browser.refusal("google"),
            "provider_unavailable",
            "{broken}"
        );
    }
}

#[test]
fn keys_that_cannot_be_fetched_any_more_still_serve() {
    let (fake, app) = google();
    Browser::of(&app).sign_in("google");
    fake.behave(|behaviour| {
        (behaviour.keys, behaviour.discovery) = (Answers::Fails, Answers::Fails)
    });
    Browser::of(&app).sign_in("google");
}

#[test]
fn an_answer_is_taken_in_the_browser_that_asked_and_nowhere_else() {
    let (_fake, app) = google();
    let (mut ada, mut eve) = (Browser::of(&app), Browser::of(&app));
    let adas = ada.follow_to_callback("/api/v1/auth/google/start");
    let end = eve.follow(&adas);
    assert_eq!(eve.refusal_at("google", &end), "sign_in_expired");
    // Eve begins a sign-in of her own, and answers it with Ada's code.
    eve.follow_to_callback("/api/v1/auth/google/start");
    let end = eve.follow(&adas);
    assert_eq!(eve.refusal_at("google", &end), "sign_in_mismatch");
    // Ada's is as good as before.
    assert_eq!(ada.follow(&adas), "/?sign_in=google");
    let mut late = Browser::of(&app);
    let end = late.follow(&adas);
    assert_eq!(late.refusal_at("google", &end), "sign_in_expired");
}

#[test]
fn a_stolen_code_is_of_no_use() {
    let (fake, app) = google();
    for checks_verifier in [true, false] {
        fake.behave(|behaviour| behaviour.checks_verifier = checks_verifier);
        let (mut ada, mut eve) = (Browser::of(&app), Browser::of(&app));
        let adas = ada.follow_to_callback("/api/v1/auth/google/start");
        let eves = eve.follow_to_callback("/api/v1/auth/google/start");
        let code = |callback: &str| {
            let url = url::Url::parse(callback).unwrap();
            let mut parameters = url.query_pairs();
            let found = parameters.find(|(name, _)| name == "code");
            found.unwrap().1.into_owned()
        };
        let forged = eves.replace(&code(&eves), &code(&adas));
        assert_ne!(forged, eves);
        let end = eve.follow(&forged);
        // When the provider does not look at the verifier, the nonce tells.
        let expected = if checks_verifier {
            "provider_refused"
        } else {
            "id_token_invalid"
        };
        assert_eq!(eve.refusal_at("google", &end), expected);
    }
}

#[test]
fn a_changed_attempt_or_answer_is_refused() {
    let (_fake, app) = google();
    let mut browser = Browser::of(&app);
    let callback = browser.follow_to_callback("/api/v1/auth/google/start");
    let sealed = browser.cookie(ATTEMPT).unwrap().to_owned();
    let changed = format!("{}{}", &sealed[..sealed.len() - 4], "AAAA");
    browser.set_cookie(ATTEMPT, &changed);
    let end = browser.follow(&callback);
    assert_eq!(browser.refusal_at("google", &end), "sign_in_expired");
    for (answer, code) in [
        ("", "sign_in_mismatch"),
        ("?code=x", "sign_in_mismatch"),
        ("?code=x&state=", "sign_in_mismatch"),
        ("?state=a&state=b", "provider_refused"),
        ("?%ff=%ff&code=%00", "sign_in_mismatch"),
    ] {
        browser.set_cookie(ATTEMPT, &sealed);
        let end = browser.follow(&format!("/api/v1/auth/google/callback{answer}"));
        assert_eq!(browser.refusal_at("google", &end), code, "{answer}");
    }
    browser.set_cookie(ATTEMPT, &sealed);
    let end = browser.follow(&format!("{callback}&more={}", "x".repeat(9_000)));
    assert_eq!(browser.refusal_at("google", &end), "provider_refused");
    browser.set_cookie(ATTEMPT, &sealed);
    assert_eq!(browser.follow(&callback), "/?sign_in=google");
}

#[test]
fn an_attempt_at_one_provider_cannot_be_ended_at_another() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google", "oidc"], &[]);
    let mut browser = Browser::of(&app);
    let callback = browser.follow_to_callback("/api/v1/auth/google/start");
    let end = browser.follow(&callback.replace("/google/", "/oidc/"));
    assert_eq!(browser.refusal_at("oidc", &end), "sign_in_expired");
}

#[test]
fn nobody_is_sent_to_another_server() {
    let (_fake, app) = google();
    for address in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil",
    ] {
        let start = format!("/api/v1/auth/google/start?return_to={address}");
        app.guest().get(&start).expect_error(400, "invalid_request");
        let decoded = address.replace("%5C", "\\").replace("%09", "\t");
        assert!(ReturnPath::try_from(decoded).is_err());
    }
    let link = json!({ "return_to": "https://evil.example" });
    let link = app.player("Ada").post("/api/v1/auth/google/link", &link);
    link.expect_error(400, "invalid_request");
    // A foreign name of this server would make the provider send codes there.
    let start = [("host", "evil.example")];
    let refused = app.guest().get_with("/api/v1/auth/google/start", &start);
    assert_eq!(refused.status(), 303);
    let back = "/?sign_in=google&sign_in_error=invalid_request";
    assert_eq!(refused.header("location"), back);
}

#[test]
fn without_loopback_and_tls_the_address_of_the_settings_counts() {
    let fake = FakeOidc::start();
    let app = gateway_with(
        &fake,
        &["google"],
        &[("public_url", "https://canvas.example.org")],
    );
    let start = app.guest().get("/api/v1/auth/google/start");
    assert_eq!(start.status(), 303);
    let redirect_uri = "redirect_uri=https%3A%2F%2Fcanvas.example.org%2Fapi%2Fv1%2Fauth%2Fgoogle%2F\
        callback";
    assert!(start.header("location").contains(redirect_uri));
}
