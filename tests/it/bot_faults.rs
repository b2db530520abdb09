//! What goes wrong between the bot and Telegram: the game goes on, and the bot comes back.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use event_store::testing::NatsServer;
use fake_telegram::{FakeTelegram, TOKEN};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::bot::bot_of;
use crate::support::test_app::TestApp;

/// Waits until the bot has asked for updates.
fn polled(telegram: &FakeTelegram) {
    telegram.eventually("the bot asks for updates", |telegram| {
        (telegram.calls("getUpdates") > 0).then_some(())
    });
}

#[test]
fn the_game_goes_on_and_the_bot_comes_back_whatever_telegram_does() {
    let telegram = FakeTelegram::start();
    telegram.trouble(|trouble| trouble.status = Some(502));
    let app = bot_of(&telegram, &[]);
    let ada = app.player("Ada");
    let mut person = telegram.person(7, "en");
    let mut column = 0;
    let mut game_goes_on = || {
        column += 1;
        let begun = Instant::now();
        ada.place(column, 0, 5);
        assert!(begun.elapsed() < Duration::from_secs(1));
    };
    telegram.eventually("the bot tries", |telegram| {
        (telegram.calls("getMe") > 0).then_some(())
    });
    game_goes_on();
    telegram.trouble(|trouble| trouble.status = None);
    assert!(person.asks("/stats").text.starts_with("main"));

    telegram.trouble(|trouble| trouble.is_revoked = true);
    let tries = telegram.calls("getMe");
    telegram.eventually("the bot begins again", |telegram| {
        (telegram.calls("getMe") > tries).then_some(())
    });
    game_goes_on();
    telegram.trouble(|trouble| trouble.is_revoked = false);
    assert!(person.asks("/stats").text.starts_with("main"));

    telegram.trouble(|trouble| trouble.hangs = true);
    person.writes("/top");
    game_goes_on();
    drop(app);
}

#[test]
fn an_answer_that_comes_too_fast_comes_later() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    telegram.trouble(|trouble| trouble.too_fast = (2, 1));
    let mut person = telegram.person(7, "en");
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(telegram.calls("sendMessage"), 3);
}

#[test]
fn answers_keep_the_limits_of_telegram() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    telegram.trouble(|trouble| trouble.has_limits = true);
    let mut people: Vec<_> = (1..=40)
        .map(|account| telegram.person(account, "en"))
        .collect();
    for person in &mut people {
        person.writes("/start");
    }
    people[0].writes("/stats");
    for person in &mut people {
        assert!(person.reads().text.contains("/canvas"));
    }
    assert!(people[0].reads().text.starts_with("main"));
    // None was refused, so none was sent twice.
    assert_eq!(telegram.calls("sendMessage"), 41);
}

#[test]
fn updates_that_come_again_are_answered_once() {
    let telegram = FakeTelegram::start();
    let app = bot_of(&telegram, &[("telegram.admins", "7:admin")]);
    telegram.trouble(|trouble| trouble.repeats_updates = true);
    let mut person = telegram.person(7, "en");
    for order in ["/lock", "/unlock", "/lock"] {
        let done = person.asks(order);
        assert!(done.text.starts_with("Done:"), "{done:?}");
    }
    let polls = telegram.calls("getUpdates");
    telegram.eventually("updates come again", |telegram| {
        (telegram.calls("getUpdates") > polls + 3).then_some(())
    });
    assert_eq!(person.unread(), 0);
    assert_eq!(app.guest().canvas()["version"], 4);
}

#[test]
fn updates_of_other_kinds_and_shapes_hold_nothing_up() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    let mut person = telegram.person(7, "en");
    assert!(person.asks("/stats").text.starts_with("main"));
    let chat = json!({ "id": 7, "type": "private", "first_name": "Ada" });
    let bot = json!({ "id": 5, "is_bot": true, "first_name": "Bot" });
    for update in [
        json!({ "message": {} }),
        json!({ "message": { "message_id": 1, "date": 1, "chat": chat } }),
        json!({ "message": { "message_id": 2, "date": 1, "chat": chat, "from": bot, "text": "/start" } }),
        json!({ "callback_query": { "id": "1", "from": bot, "chat_instance": "1", "data": "x" } }),
        json!({ "message": "a text" }),
    ] {
        telegram.push(&update);
    }
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(person.unread(), 0);
}

#[test]
fn somebody_who_blocks_the_bot_holds_nobody_up() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    let mut person = telegram.person(7, "en");
    person.asks("/start");
    person.writes("/canvas");
    person.blocks();
    assert!(
        telegram
            .person(15, "en")
            .asks("/stats")
            .text
            .starts_with("main")
    );
}

#[test]
fn somebody_elses_webhook_is_taken_away() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    polled(&telegram);
    telegram.set_webhook_as_somebody_else("http://127.0.0.1:9/");
    let mut person = telegram.person(7, "en");
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(telegram.webhook(), None);
}

#[test]
fn of_two_processes_on_one_data_directory_one_is_the_bot_and_the_other_follows() {
    let telegram = FakeTelegram::start();
    let mut first = bot_of(&telegram, &[]);
    polled(&telegram);
    let _second = first.neighbour(&[]);
    let mut person = telegram.person(7, "en");
    for _ in 0..3 {
        assert!(person.asks("/stats").text.starts_with("main"));
    }
    // Both know the bot's name only if both were it.
    assert_eq!(telegram.calls("getMe"), 1);
    first.stop();
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(telegram.calls("getMe"), 2);
    assert_eq!(person.unread(), 0);
}

#[test]
fn with_nats_another_process_takes_over_within_seconds() {
    let runtime = Runtime::new().unwrap();
    let nats = runtime.block_on(NatsServer::start());
    let telegram = FakeTelegram::start();
    let url = nats.url();
    let settings = [("event_store", url.as_str())];
    let first = bot_of(&telegram, &settings);
    polled(&telegram);
    let _second = first.neighbour(&[]);
    let mut person = telegram.person(7, "en");
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(telegram.calls("getMe"), 1);
    // It ends without giving the lease back.
    drop(first);
    let begun = Instant::now();
    assert!(person.asks("/stats").text.starts_with("main"));
    assert!(
        begun.elapsed() < Duration::from_secs(12),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(telegram.calls("getMe"), 2);
}

#[test]
fn a_webhook_takes_what_telegram_sends_and_nothing_else() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (listen, public) = (
        format!("127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}"),
    );
    let telegram = FakeTelegram::start();
    let settings = [
        ("telegram.updates", "webhook"),
        ("listen", listen.as_str()),
        ("public_url", public.as_str()),
    ];
    let app = bot_of(&telegram, &settings);
    let mut person = telegram.person(7, "en");
    assert!(person.asks("/stats").text.starts_with("main"));
    assert_eq!(telegram.calls("getUpdates"), 0);
    let path = "/api/v1/telegram/updates";
    assert_eq!(telegram.webhook(), Some(format!("{public}{path}")));
    let forged = json!({ "update_id": 1, "message": "x" });
    let guest = app.guest();
    guest.post(path, &forged).expect_error(401, "unauthorized");
    for secret in ["", "wrong", TOKEN, &"0".repeat(64), &"x".repeat(5_000)] {
        let headers = [("x-telegram-bot-api-secret-token", secret)];
        let refused = guest.send("POST", path, &headers, forged.to_string());
        refused.expect_error(401, "unauthorized");
    }
    assert_eq!(person.unread(), 0);
    let without = TestApp::start();
    without
        .guest()
        .post(path, &forged)
        .expect_error(404, "not_found");
}
