//! The Telegram bot against a Bot API server that keeps Telegram's rules.

use fake_telegram::{FakeTelegram, Person, Shown, TOKEN};

use crate::support::test_app::TestApp;

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
    assert!(told.text.starts_with("A canvas of 32×24 cells"), "{}", told.text);
    assert!(told.text.contains("Your Telegram number: 7"), "{}", told.text);
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
    assert!(cell.text.contains("\u{2068}Ève <b>\u{2069}"), "{}", cell.text);
    let page = cell.button("Open the canvas").web_app.as_deref();
    assert_eq!(page, Some("https://canvas.example.org/mini-app?x=3&y=4&scale=16"));
    let empty = ada.asks("/canvas 0 0");
    assert!(empty.text.contains("nobody has placed here"), "{}", empty.text);
    let outside = ada.asks("/canvas 32 0");
    assert_eq!(outside.text, "There is no such cell: x goes from 0 to 31, y from 0 to 23.");
    let wrong = ada.asks("/canvas here");
    assert!(wrong.text.starts_with("Write it like this:"), "{}", wrong.text);
}
