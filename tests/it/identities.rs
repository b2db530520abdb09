//! Linking several ways to sign in to one player, and taking them away.

use serde_json::{Value, json};

use crate::oidc::gateway_with;
use crate::support::browser::{Browser, person};
use crate::support::fake_oidc::FakeOidc;
use crate::support::test_app::TestApp;

/// Links an account at a provider, and tells where the browser ends.
fn link(browser: &mut Browser, token: &str, provider: &str) -> String {
    let path = format!("/api/v1/auth/{provider}/link");
    let begun = browser.post_as(token, &path, &json!({ "return_to": "/me" }));
    let begun = begun.expect(200);
    browser.follow(begun["url"].as_str().unwrap())
}

fn token(signed_in: &Value) -> &str {
    signed_in["access_token"].as_str().unwrap()
}

fn providers(app: &TestApp, token: &str) -> Vec<String> {
    let authorization = format!("Bearer {token}");
    let me = app
        .guest()
        .get_with("/api/v1/me", &[("authorization", &authorization)]);
    let me = me.expect(200);
    let identities = me["identities"].as_array().unwrap().iter();
    identities
        .map(|identity| identity["provider"].as_str().unwrap().to_owned())
        .collect()
}

fn unlink(app: &TestApp, token: &str, provider: &str) -> crate::support::answer::Answer {
    let authorization = format!("Bearer {token}");
    let path = format!("/api/v1/me/identities/{provider}");
    app.guest()
        .send("DELETE", &path, &[("authorization", &authorization)], "")
}

#[test]
fn a_linked_account_signs_in_as_the_same_player() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google", "oidc"], &[]);
    let mut browser = Browser::of(&app);
    let ada = browser.sign_in("google");
    assert_eq!(providers(&app, token(&ada)), ["google"]);
    fake.behave(|behaviour| behaviour.person = person("other-1", "A. L."));
    assert_eq!(link(&mut browser, token(&ada), "oidc"), "/me?linked=oidc");
    assert_eq!(providers(&app, token(&ada)), ["google", "oidc"]);
    // Once more changes nothing.
    assert_eq!(link(&mut browser, token(&ada), "oidc"), "/me?linked=oidc");
    let by_other = Browser::of(&app).sign_in("oidc");
    assert_eq!(by_other["player"], ada["player"]);
}

#[test]
fn somebody_with_nothing_but_a_name_can_get_a_way_back() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google"], &[]);
    let bob = app.player("Bob");
    assert_eq!(
        link(&mut Browser::of(&app), bob.token(), "google"),
        "/me?linked=google"
    );
    let back = Browser::of(&app).sign_in("google");
    assert_eq!(back["player"]["id"], bob.id().to_string());
    assert_eq!(back["player"]["name"], "Bob");
}

#[test]
fn an_account_of_another_player_cannot_be_linked() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google"], &[]);
    let ada = Browser::of(&app).sign_in("google");
    let bob = app.player("Bob");
    let end = link(&mut Browser::of(&app), bob.token(), "google");
    assert_eq!(end, "/me?sign_in=google&sign_in_error=identity_taken");
    assert_eq!(providers(&app, bob.token()), [""; 0]);
    assert_eq!(Browser::of(&app).sign_in("google")["player"], ada["player"]);
}

#[test]
fn a_link_needs_the_browser_that_began_it() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google"], &[]);
    let bob = app.player("Bob");
    let begun = bob.post("/api/v1/auth/google/link", &json!({})).expect(200);
    let mut other = Browser::of(&app);
    let end = other.follow(begun["url"].as_str().unwrap());
    assert_eq!(other.refusal_at("google", &end), "sign_in_expired");
    assert_eq!(providers(&app, bob.token()), [""; 0]);
    let guest = app.guest().post("/api/v1/auth/google/link", &json!({}));
    guest.expect_error(401, "unauthorized");
}

#[test]
fn a_link_ends_with_the_sign_in_that_began_it() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google"], &[]);
    let mut browser = Browser::of(&app);
    let bob = app.player("Bob");
    let link = "/api/v1/auth/google/link";
    let begun = browser.post_as(bob.token(), link, &json!({ "return_to": "/me" }));
    let begun = begun.expect(200);
    let left = bob.post("/api/v1/auth/logout-everywhere", &json!(null));
    assert_eq!(left.status(), 204);
    let end = browser.follow(begun["url"].as_str().unwrap());
    assert_eq!(end, "/me?sign_in=google&sign_in_error=session_revoked");
    // Nothing was linked: the account at the provider leads to a player of its own.
    let stranger = Browser::of(&app).sign_in("google");
    assert_ne!(stranger["player"]["id"], bob.id().to_string());
}

#[test]
fn the_last_way_in_stays() {
    let fake = FakeOidc::start();
    let app = gateway_with(&fake, &["google", "oidc"], &[]);
    let mut browser = Browser::of(&app);
    let ada = browser.sign_in("google");
    unlink(&app, token(&ada), "google").expect_error(409, "last_identity");
    unlink(&app, token(&ada), "oidc").expect_error(404, "identity_not_found");
    unlink(&app, token(&ada), "nobody").expect_error(404, "identity_not_found");
    // Two accounts at one provider count as that one way.
    for subject in ["person-2", "other-1"] {
        let provider = if subject == "other-1" {
            "oidc"
        } else {
            "google"
        };
        fake.behave(|behaviour| behaviour.person = person(subject, "Ada"));
        link(&mut browser, token(&ada), provider);
    }
    assert_eq!(unlink(&app, token(&ada), "google").status(), 204);
    assert_eq!(providers(&app, token(&ada)), ["oidc"]);
    unlink(&app, token(&ada), "oidc").expect_error(409, "last_identity");
    assert_eq!(Browser::of(&app).sign_in("oidc")["player"], ada["player"]);
    // What was taken away is free for somebody new.
    fake.behave(|behaviour| behaviour.person = person("person-2", "Cy"));
    let new = Browser::of(&app).sign_in("google");
    assert_ne!(new["player"]["id"], ada["player"]["id"]);
    app.guest()
        .send("DELETE", "/api/v1/me/identities/google", &[], "")
        .expect_error(401, "unauthorized");
}
