//! The Telegram bot against a Bot API server that keeps Telegram's rules.

use fake_telegram::{FakeTelegram, Person, Shown, TOKEN};

use crate::support::test_app::TestApp;
use crate::telegram::by_mini_app;

/// A gateway that is the bot of `telegram`, with further settings.
pub(crate) fn bot_of(telegram: &FakeTelegram, settings: &[(&str, &str)]) -> TestApp {
    let url = telegram.url();
    let mut all = vec![
        ("roles", "gateway,projector,bot"),
        ("auth.telegram_bot_token", TOKEN),
        ("telegram.api_url", url.as_str()),
        ("auth.anonymous", "on"),
    ];
    all.extend(settings);
    TestApp::with(&all)
}

/// The sides of a picture.
fn sides(shown: &Shown) -> (u32, u32) {
    let png = shown.picture.as_deref().expect("a picture");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (side(16), side(20))
}

fn ada(telegram: &FakeTelegram) -> Person {
    telegram.person(7, "en")
}

#[test]
fn whoever_starts_is_told_what_this_is_in_their_language() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[("public_url", "https://canvas.example.org")]);
    let told = ada(&telegram).asks("/start");
    assert!(
        told.text.starts_with("A canvas of 32×24 cells"),
        "{}",
        told.text
    );
    assert!(
        told.text.contains("Your Telegram number: 7"),
        "{}",
        told.text
    );
    assert!(!told.text.contains("/newgame"), "{}", told.text);
    let page = told.button("Open the canvas").web_app.as_deref();
    assert_eq!(page, Some("https://canvas.example.org/mini-app"));
    let told = telegram.person(8, "ru").asks("/start");
    assert!(told.text.starts_with("Полотно 32×24"), "{}", told.text);
    let in_group = telegram.person(9, "de").in_group(-5).asks("/start");
    let url = in_group.button("Open the canvas").url.as_deref();
    assert_eq!(url, Some("https://canvas.example.org/"));
}

#[test]
fn without_a_public_address_there_is_no_button() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    assert!(ada(&telegram).asks("/start").buttons.is_empty());
}

#[test]
fn the_canvas_and_a_cell_are_shown_as_pictures() {
    let telegram = FakeTelegram::start();
    let app = bot_of(&telegram, &[("public_url", "https://canvas.example.org")]);
    app.player("Ève <b>").place(3, 4, 5);
    let mut ada = ada(&telegram);
    let canvas = ada.asks("/canvas");
    assert!(canvas.text.starts_with("main · round 1"), "{}", canvas.text);
    assert_eq!(sides(&canvas), (32 * 32, 24 * 32));
    let cell = ada.asks("/canvas 3 4");
    assert!(cell.text.starts_with("Cell 3, 4 · #"), "{}", cell.text);
    assert!(
        cell.text.contains("\u{2068}Ève <b>\u{2069}"),
        "{}",
        cell.text
    );
    let page = cell.button("Open the canvas").web_app.as_deref();
    assert_eq!(
        page,
        Some("https://canvas.example.org/mini-app?x=3&y=4&scale=16")
    );
    let empty = ada.asks("/canvas 0 0");
    assert!(
        empty.text.contains("nobody has placed here"),
        "{}",
        empty.text
    );
    let outside = ada.asks("/canvas 32 0");
    assert_eq!(
        outside.text,
        "There is no such cell: x goes from 0 to 31, y from 0 to 23."
    );
    let wrong = ada.asks("/canvas here");
    assert!(
        wrong.text.starts_with("Write it like this:"),
        "{}",
        wrong.text
    );
}

#[test]
fn players_are_told_about_themselves_and_about_the_round() {
    let telegram = FakeTelegram::start();
    let app = bot_of(
        &telegram,
        &[("canvas.max_charges", "3"), ("canvas.regain_ms", "3600000")],
    );
    let mut ada = ada(&telegram);
    let stranger = ada.asks("/me");
    assert!(
        stranger.text.starts_with("You have not played yet"),
        "{}",
        stranger.text
    );
    assert_eq!(
        ada.asks("/top").text,
        "Nobody has placed anything in this round yet."
    );

    let launched = by_mini_app(&app);
    launched.play();
    launched.place(1, 1, 5);
    app.player("\u{5d0}\u{5d1} & Co").place(2, 2, 5);
    let me = telegram.eventually("the placement is counted", |_| {
        let me = ada.asks("/me");
        me.text.contains("in this round: 1").then_some(me)
    });
    assert!(
        me.text.starts_with("\u{2068}Ada L.\u{2069}\n"),
        "{}",
        me.text
    );
    assert!(
        me.text.contains("Charges: 2 of 3, the next in 60 min"),
        "{}",
        me.text
    );
    let top = ada.asks("/top");
    assert!(
        top.text.starts_with("Most placements in round 1\n"),
        "{}",
        top.text
    );
    assert!(
        top.text.contains("\u{2068}\u{5d0}\u{5d1} & Co\u{2069} – 1"),
        "{}",
        top.text
    );
    let stats = ada.asks("/stats");
    assert!(
        stats
            .text
            .starts_with("main · round 1 (open)\n32×24 cells, 32 colours"),
        "{}",
        stats.text
    );
    assert!(
        stats.text.contains("Placements: 2 by 2 players"),
        "{}",
        stats.text
    );
    assert!(stats.text.contains("Here now: 2 playing"), "{}", stats.text);
}

#[test]
fn commands_are_listed_for_everybody_and_for_each_who_gives_orders() {
    let telegram = FakeTelegram::start();
    let helper = telegram.person(70, "ru");
    helper.opens_chat();
    let admin = telegram.person(71, "en");
    admin.opens_chat();
    let admins = "70:helper,71:admin,72:moderator";
    let settings = [
        ("telegram.admins", admins),
        ("public_url", "https://canvas.example.org"),
    ];
    let _app = bot_of(&telegram, &settings);
    let button = telegram.eventually("the bot registers", |telegram| {
        let button = telegram.registry().menu_button;
        (!button.is_null()).then_some(button)
    });
    assert_eq!(
        button["web_app"]["url"],
        "https://canvas.example.org/mini-app"
    );
    let registry = telegram.registry();
    let everybody = ["start", "canvas", "me", "top", "stats"];
    for language in ["en", "ru", "de"] {
        assert_eq!(registry.commands(9, language), everybody);
        // Somebody who has no chat with the bot yet.
        assert_eq!(registry.commands(72, language), everybody);
        let of_helper = registry.commands(70, language);
        assert_eq!(of_helper[5..], ["status", "snapshot"]);
        assert_eq!(registry.commands(71, language).len(), 17);
    }
    let mut late = telegram.person(72, "en");
    assert!(late.asks("/start").text.contains("Your orders:"));
    assert_eq!(telegram.registry().commands(72, "en").len(), 12);
}

#[test]
fn what_is_no_command_is_told_apart_in_private_and_left_alone_in_groups() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    let mut ada = ada(&telegram);
    let hint = "There is no such command. /start lists those there are.";
    let long = "\u{1f3a8}я".repeat(1_365);
    for text in ["hello", "/nothing", "/", "\u{202e}/start", long.as_str()] {
        assert_eq!(ada.asks(text).text, hint, "{text}");
    }
    let mut group = ada.in_group(-9);
    for text in ["hello", "/nothing", "/start@another_bot"] {
        group.writes(text);
    }
    // The answer to the last is the first.
    let told = group.asks("/canvas@pixel_test_bot x");
    assert!(
        told.text.starts_with("Write it like this:"),
        "{}",
        told.text
    );
    assert_eq!(group.unread(), 0);
}

#[test]
fn who_writes_too_much_is_told_once_and_others_are_answered() {
    let telegram = FakeTelegram::start();
    let _app = bot_of(&telegram, &[]);
    let mut group = ada(&telegram).in_group(-9);
    for _ in 0..40 {
        group.writes("/start@another_bot");
    }
    assert!(group.reads().text.starts_with("Slower, please"));
    let mut bob = telegram.person(8, "en");
    assert!(!bob.asks("/stats").text.is_empty());
    assert_eq!(group.unread(), 0);
}
