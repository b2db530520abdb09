//! Signing in from a Telegram Mini App, with launch data as Telegram makes it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use event_store::UnixMs;
use futures_util::FutureExt as _;
use pixelwars::accounts::AccountStore;
use pixelwars::auth::{InitDataVerifier, MiniApp, MiniAppError};
use pixelwars::config::SecretText;
use serde_json::{Value, json};
use sqlx::Connection as _;
use url::form_urlencoded::Serializer;

use crate::accounts::Gateway;
use crate::oidc::gateway_with;
use crate::players::store_at;
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::browser::Browser;
use crate::support::fake_oidc::FakeOidc;
use crate::support::test_app::TestApp;

const TELEGRAM: &str = "/api/v1/auth/telegram";
const BOT_TOKEN: &str = fake_telegram::TOKEN;

fn gateway() -> TestApp {
    TestApp::with(&[("auth.telegram_bot_token", BOT_TOKEN)])
}

fn now_s() -> i64 {
    UnixMs::now().0 / 1_000
}

/// The fields of a launch by person 7, `age_s` seconds ago; each launch has another query id.
fn fields(age_s: i64, query_id: &str) -> BTreeMap<String, String> {
    let user = json!({ "id": 7, "first_name": "Ada", "last_name": "L.", "language_code": "en" });
    BTreeMap::from([
        ("query_id".to_owned(), query_id.to_owned()),
        ("user".to_owned(), user.to_string()),
        ("auth_date".to_owned(), (now_s() - age_s).to_string()),
        ("signature".to_owned(), "c2lnbmF0dXJl".to_owned()),
    ])
}

/// Launch data with a right hash.
fn signed(fields: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let secret = hmac::sign(
        &hmac::Key::new(HMAC_SHA256, b"WebAppData"),
        BOT_TOKEN.as_bytes(),
    );
    let key = hmac::Key::new(HMAC_SHA256, secret.as_ref());
    let hash = hmac::sign(&key, lines.join("\n").as_bytes());
    let digits: Vec<String> = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut data = Serializer::new(String::new());
    data.extend_pairs(fields)
        .append_pair("hash", &digits.concat());
    data.finish()
}

fn launch(query_id: &str) -> String {
    signed(&fields(0, query_id))
}

fn hand_in(app: &TestApp, init_data: &str, refresh_token: Option<&Value>) -> Answer {
    let mut body = json!({ "init_data": init_data });
    if let Some(token) = refresh_token {
        body["refresh_token"] = token.clone();
    }
    app.guest().post(TELEGRAM, &body)
}

/// Person 7, “Ada L.”, who has opened the Mini App at a gateway of this bot's.
pub(crate) fn by_mini_app(app: &TestApp) -> Actor {
    let ada = hand_in(app, &launch("by_mini_app"), None).expect(200);
    let id = ada["player"]["id"].as_str().unwrap().parse().unwrap();
    let token = ada["access_token"].as_str().unwrap();
    app.guest().with_token(token, id)
}

#[test]
fn a_launch_signs_in_with_tokens_in_the_body() {
    let app = gateway();
    let answer = hand_in(&app, &launch("a"), None);
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
    let ada = answer.expect(200);
    assert_eq!(ada["player"]["name"], "Ada L.");
    assert_eq!(ada["session"], 1);
    let token = ada["access_token"].as_str().unwrap();
    let authorization = format!("Bearer {token}");
    let me = app
        .guest()
        .get_with("/api/v1/me", &[("authorization", &authorization)]);
    let me = me.expect(200);
    assert_eq!(me["identities"][0]["provider"], "telegram");

    let refresh = format!("Bearer {}", ada["refresh_token"].as_str().unwrap());
    let headers = [("authorization", refresh.as_str())];
    let refreshed = app
        .guest()
        .send("POST", "/api/v1/auth/refresh", &headers, "");
    let refreshed = refreshed.expect(200);
    assert_eq!(refreshed["session"], 2);

    let next = hand_in(&app, &launch("b"), None).expect(200);
    assert_eq!(next["player"], ada["player"]);
    assert_eq!(next["session"], 3);
}

#[test]
fn a_launch_and_the_web_login_are_one_person() {
    let fake = FakeOidc::start();
    let app = gateway_with(
        &fake,
        &["telegram"],
        &[("auth.telegram_bot_token", BOT_TOKEN)],
    );
    let by_app = hand_in(&app, &launch("a"), None).expect(200);
    let claims = json!({ "sub": "another", "id": 7, "name": "Ada" });
    fake.behave(|behaviour| behaviour.person = claims);
    let by_web = Browser::of(&app).sign_in("telegram");
    assert_eq!(by_web["player"], by_app["player"]);
}

#[test]
fn a_launch_is_used_once_and_again_only_by_its_own_refresh_token() {
    let mut app = gateway();
    let data = launch("a");
    let first = hand_in(&app, &data, None).expect(200);
    hand_in(&app, &data, None).expect_error(401, "init_data_replayed");
    let other = hand_in(&app, &launch("b"), None).expect(200);
    for token in [
        &other["refresh_token"],
        &first["access_token"],
        &json!(""),
        &json!("a.b"),
    ] {
        let refused = hand_in(&app, &data, Some(token));
        refused.expect_error(401, "init_data_replayed");
    }
    let renewed = hand_in(&app, &data, Some(&first["refresh_token"])).expect(200);
    assert_eq!(renewed["player"], first["player"]);
    assert_ne!(renewed["refresh_token"], first["refresh_token"]);
    // The other fields' order and spelling make no other launch of it.
    let mut parts: Vec<&str> = data.split('&').collect();
    parts.reverse();
    let reordered = parts.join("&");
    hand_in(&app, &reordered, None).expect_error(401, "init_data_replayed");
    app.restart();
    hand_in(&app, &data, None).expect_error(401, "init_data_replayed");
    hand_in(&app, &data, Some(&renewed["refresh_token"])).expect(200);
    hand_in(&app, &launch("c"), Some(&json!("not looked at"))).expect(200);
}

#[test]
fn of_many_who_hand_in_one_launch_at_once_one_is_signed_in() {
    let app = gateway();
    let body = json!({ "init_data": launch("a") });
    let answers = app.guest().post_at_once(TELEGRAM, &vec![body; 16]);
    let signed_in = answers.iter().filter(|answer| answer.status() == 200);
    assert_eq!(signed_in.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status() != 200) {
        answer.expect_error(401, "init_data_replayed");
    }
}

/// A Mini App on a database of its own, which is at the address, and what reads its launches.
async fn mini_app() -> (tempfile::TempDir, String, MiniApp, AccountStore) {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("pixelwars.db").display());
    let sign_in = Gateway::new(&store_at(&url).await, false).sign_in;
    let accounts = sign_in.accounts().clone();
    let verifier = InitDataVerifier::new(&SecretText::new(BOT_TOKEN), 3_600);
    (folder, url, MiniApp::new(verifier, sign_in), accounts)
}

fn fingerprint(data: &str) -> String {
    let verifier = InitDataVerifier::new(&SecretText::new(BOT_TOKEN), 3_600);
    verifier.verify(data, UnixMs::now()).unwrap().fingerprint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_leaves_no_launch_half_used() {
    let (_folder, _, mini_app, accounts) = mini_app().await;
    let data = launch("a");
    // It is begun, and dropped before it has come to anything.
    let cut = mini_app.sign_in(&data, None, UnixMs::now()).now_or_never();
    assert!(cut.is_none());
    let fingerprint = fingerprint(&data);
    let opened = async {
        while accounts
            .session_of_launch(&fingerprint)
            .await
            .unwrap()
            .is_none()
        {
            tokio::task::yield_now().await;
        }
    };
    let opened = tokio::time::timeout(Duration::from_secs(10), opened);
    opened.await.expect("the launch has opened its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_whose_session_could_not_be_noted_is_not_used() {
    let (_folder, url, mini_app, _) = mini_app().await;
    let mut database = sqlx::AnyConnection::connect(&url).await.unwrap();
    let refuse = "create trigger refuse before update on telegram_launches \
        begin select raise(abort, 'refused'); end";
    sqlx::query(refuse).execute(&mut database).await.unwrap();
    let data = launch("a");
    let refused = mini_app.sign_in(&data, None, UnixMs::now()).await;
    assert!(matches!(refused, Err(MiniAppError::Unavailable(_))));
    sqlx::query("drop trigger refuse")
        .execute(&mut database)
        .await
        .unwrap();
    let signed_in = mini_app.sign_in(&data, None, UnixMs::now()).await.unwrap();
    let live = "select id from login_sessions where revoked_at is null";
    let live = sqlx::query_scalar::<_, String>(live);
    let live = live.fetch_all(&mut database).await.unwrap();
    assert_eq!(live, [signed_in.login_session.to_string()]);
}

#[test]
fn wrong_launch_data_is_refused() {
    let app = gateway();
    let data = launch("a");
    let tampered = data.replace("Ada", "Eve");
    assert_ne!(tampered, data);
    let (date, twin) = (now_s(), format!("{data}&auth_date={}", now_s()));
    let without_signature = data
        .split('&')
        .filter(|part| !part.starts_with("signature="))
        .collect::<Vec<_>>()
        .join("&");
    let nobody = signed(&BTreeMap::from([(
        "auth_date".to_owned(),
        date.to_string(),
    )]));
    let long = format!("{data}&x={}", "x".repeat(9_000));
    for wrong in [
        "",
        "hash=",
        "é",
        &tampered,
        &twin,
        &without_signature,
        &nobody,
        &long,
    ] {
        hand_in(&app, wrong, None).expect_error(401, "init_data_invalid");
    }
    for age_s in [3_601, 100_000, -120] {
        let data = signed(&fields(age_s, "a"));
        hand_in(&app, &data, None).expect_error(401, "init_data_expired");
    }
    // A clock that is a minute ahead, and a launch of almost an hour ago.
    for (age_s, query_id) in [(-50, "b"), (3_500, "c")] {
        let data = signed(&fields(age_s, query_id));
        hand_in(&app, &data, None).expect(200);
    }
    for body in [
        json!({}),
        json!({ "init_data": 7 }),
        json!({ "init_data": data, "more": 1 }),
    ] {
        let refused = app.guest().post(TELEGRAM, &body);
        refused.expect_error(400, "malformed_json");
    }
    hand_in(&app, &data, None).expect(200);
}

#[test]
fn how_old_a_launch_may_be_is_a_setting() {
    let strict = TestApp::with(&[
        ("auth.telegram_bot_token", BOT_TOKEN),
        ("auth.telegram_init_data_max_age_s", "60"),
    ]);
    let data = signed(&fields(70, "a"));
    hand_in(&strict, &data, None).expect_error(401, "init_data_expired");
}

#[test]
fn without_a_bot_there_is_no_mini_app() {
    let app = TestApp::start();
    hand_in(&app, &launch("a"), None).expect_error(404, "provider_unknown");
}
