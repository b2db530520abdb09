//! What people tell the operator is kept, the same on SQLite and on Postgres, and nowhere else.

use event_store::{PlayerId, UnixMs};
use pixelwars::feedback::{
    Category, FeedbackDraft, FeedbackId, FeedbackStore, Message, SubmitError,
};
use pixelwars::players::PlayerStore;
use serde_json::{Value, json};

use crate::players::{sqlite_store, store_at};
use crate::support::answer::Answer;
use crate::support::postgres::Postgres;
use crate::support::test_app::TestApp;

const FEEDBACK: &str = "/api/v1/feedback";

const NOW: UnixMs = UnixMs(1_800_000_000_000);

/// Nobody is exempt.
const NO_EXEMPTION: (&str, &str) = ("limits.exempt", "192.0.2.0/24");

/// This machine is a proxy that is believed.
const BEHIND_A_PROXY: (&str, &str) = ("limits.trusted_proxies", "127.0.0.0/8");

fn message(text: &str) -> Message {
    let draft = FeedbackDraft {
        category: Category::Bug,
        text: text.to_owned(),
        contact: Some("ada@example.org".to_owned()),
        player: Some(PlayerId::from_bits(0x0123_4567_89ab_cdef)),
        canvas: Some("main".to_owned()),
        version: Some(7),
        x: Some(3),
        y: Some(4),
    };
    draft.check().unwrap()
}

async fn check_every_behaviour(players: &PlayerStore) {
    let feedback = FeedbackStore::of(players);
    let whole = message("line one\n\tДва 🎨 'two'; drop table feedback; --");
    let bare = Message {
        contact: None,
        player: None,
        place: Default::default(),
        ..message("x")
    };
    let first = feedback.submit(&whole, NOW).await.unwrap();
    let second = feedback.submit(&bare, NOW.plus_ms(1)).await.unwrap();
    assert_eq!((first, second), (FeedbackId(1), FeedbackId(2)));
    let all = feedback.page(FeedbackId(0), 10).await.unwrap();
    let kept: Vec<_> = all
        .iter()
        .map(|one| (one.id, one.at, &one.message))
        .collect();
    let told = [(first, NOW, &whole), (second, NOW.plus_ms(1), &bare)];
    assert_eq!(kept, told);
    assert_eq!(feedback.page(FeedbackId(0), 1).await.unwrap(), all[..1]);
    assert_eq!(feedback.page(first, 10).await.unwrap(), all[1..]);
    assert_eq!(feedback.page(second, 10).await.unwrap(), []);

    let full = feedback.submit_within(2, &bare, NOW).await;
    assert!(matches!(full, Err(SubmitError::Full)), "{full:?}");
    assert_eq!(feedback.forget_up_to(second).await.unwrap(), 2);
    assert_eq!(feedback.forget_up_to(second).await.unwrap(), 0);
    let next = feedback.submit_within(2, &bare, NOW).await.unwrap();
    assert!(next > second, "a number is never given twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_kept_in_sqlite() {
    let (_folder, players) = sqlite_store().await;
    check_every_behaviour(&players).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_kept_in_postgres() {
    let postgres = Postgres::start();
    let players = store_at(&postgres.url()).await;
    check_every_behaviour(&players).await;
}

/// What `pixelwars admin feedback` shows of the data of `app`.
fn shown(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pixelwars"));
    command.args(["admin", "feedback", "--data-dir"]);
    command.arg(app.folder()).args(arguments);
    // A settings file of whoever runs the tests must not count.
    let output = command.current_dir(app.folder()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn guests_and_players_tell_and_the_operator_reads() {
    let app = TestApp::start();
    let guest = app.guest();
    let answer = guest.post(
        FEEDBACK,
        &json!({ "category": "idea", "text": " More\r\nred " }),
    );
    let receipt = answer.expect(201);
    assert_eq!(receipt["id"], 1);
    let at = receipt["at"].as_str().unwrap();
    let ada = app.afk_player("Ada");
    let told = json!({
        "category": "bug", "text": "It blinks", "contact": "@ada",
        "canvas": "main", "version": 1, "x": 3, "y": 4,
    });
    assert_eq!(ada.post(FEEDBACK, &told).expect(201)["id"], 2);

    let all: Value = serde_json::from_str(&shown(&app, &["--json"])).unwrap();
    let [first, second] = &all["feedback"].as_array().unwrap()[..] else {
        panic!("two messages: {all}");
    };
    let guests = json!({
        "id": 1, "at": at, "category": "idea", "text": "More\nred", "contact": null,
        "player": null, "canvas": null, "version": null, "x": null, "y": null,
    });
    assert_eq!(*first, guests);
    let player = json!({ "id": ada.id().to_string(), "name": "Ada" });
    assert_eq!(second["player"], player);
    for member in told.as_object().unwrap().keys() {
        assert_eq!(second[member], told[member], "{member}");
    }
    let text = shown(&app, &["--after", "1", "--limit", "5"]);
    let line = "bug, Ada, canvas main, version 1, cell (3, 4), contact @ada\n    It blinks\n";
    assert!(text.starts_with("#2 ") && text.contains(line), "{text}");
    let none = shown(&app, &["--after", "2"]);
    assert_eq!(none, "no feedback after number 2\n");
    let metrics = guest.get("/metrics");
    let counted = "canvas_feedback_total{category=\"bug\"}";
    assert!(metrics.text().contains(counted));
}

#[test]
fn feedback_that_breaks_a_rule_is_refused() {
    let app = TestApp::start();
    let guest = app.guest();
    let with = |member: &str, value: Value| {
        let mut body = json!({ "category": "other", "text": "x" });
        body[member] = value;
        guest.post(FEEDBACK, &body)
    };
    for (member, value) in [
        ("text", json!("")),
        ("text", json!(" \n")),
        ("text", json!("é".repeat(4_001))),
        ("text", json!("a\u{0}b")),
        ("text", json!("a\u{1b}[31mb")),
        ("contact", json!("a\nb")),
        ("contact", json!("é".repeat(201))),
        ("x", json!(1)),
        ("version", json!(u64::MAX)),
    ] {
        with(member, value).expect_error(400, "invalid_feedback");
    }
    for (member, value) in [
        ("text", Value::Null),
        ("text", json!(5)),
        ("category", json!("praise")),
        ("category", Value::Null),
        ("version", json!(-1)),
        ("x", json!("1")),
        ("id", json!(1)),
        ("player", json!("0123456789abcdef")),
    ] {
        with(member, value).expect_error(400, "malformed_json");
    }
    with("canvas", json!("other")).expect_error(404, "canvas_not_found");
    let huge = with("text", json!("x".repeat(70_000)));
    huge.expect_error(413, "body_too_large");
    let plain = guest.send("POST", FEEDBACK, &[("content-type", "text/plain")], "{}");
    plain.expect_error(415, "unsupported_media_type");
    let read = guest.get(FEEDBACK);
    read.expect_error(405, "method_not_allowed");
    let all = shown(&app, &[]);
    assert_eq!(all, "no feedback after number 0\n");
}

#[test]
fn feedback_with_a_token_that_does_not_hold_is_refused() {
    let app = TestApp::start();
    let forged = app.guest().with_token("junk", PlayerId::from_bits(1));
    let told = json!({ "category": "bug", "text": "x" });
    let refused = forged.post(FEEDBACK, &told);
    refused.expect_error(401, "unauthorized");
    let expired = app.player_since(UnixMs::now().plus_ms(-7_200_000));
    let refused = expired.post(FEEDBACK, &told);
    refused.expect_error(401, "token_expired");
    assert_eq!(shown(&app, &[]), "no feedback after number 0\n");
}

/// How many of these were kept, and how many came too often.
fn counts(answers: &[Answer]) -> (usize, usize) {
    let of = |status: u16| {
        let answers = answers.iter();
        answers.filter(|answer| answer.status() == status).count()
    };
    (of(201), of(429))
}

#[test]
fn a_flood_of_feedback_is_limited_by_network_and_by_account() {
    let app = TestApp::with(&[NO_EXEMPTION, BEHIND_A_PROXY]);
    let guest = app.guest();
    let told = json!({ "category": "abuse", "text": "x" }).to_string();
    let tell = |who: &crate::support::actor::Actor, address: &str| {
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", address),
        ];
        who.send("POST", FEEDBACK, &headers, told.clone())
    };
    let flood: Vec<_> = (0..20).map(|_| tell(&guest, "203.0.113.1")).collect();
    assert_eq!(counts(&flood), (5, 15));
    let refused = flood[19].expect_error(429, "rate_limited");
    let retry_after_ms = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=120_000).contains(&retry_after_ms), "{retry_after_ms}");
    let ada = app.afk_player("Ada");
    let travelling: Vec<_> = (0..9)
        .map(|host| tell(&ada, &format!("198.51.100.{host}")))
        .collect();
    assert_eq!(counts(&travelling), (5, 4));
    tell(&guest, "203.0.113.2").expect(201);
}
