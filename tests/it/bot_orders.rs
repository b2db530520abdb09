//! Orders by Telegram: asked for, confirmed, done once, and undone.

use fake_telegram::{FakeTelegram, Person, Shown};
use serde_json::Value;

use crate::bot::bot_of;
use crate::support::test_app::TestApp;

const ADMINS: (&str, &str) = ("telegram.admins", "1:admin,2:admin,3:moderator,4:helper");

/// What is said of a button that does nothing any more.
pub(crate) const GONE: &str =
    "This button was used, is too old, or is not yours. Nothing was done.";

pub(crate) struct Scene {
    pub(crate) telegram: FakeTelegram,
    pub(crate) app: TestApp,
}

impl Scene {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let telegram = FakeTelegram::start();
        let mut all = vec![ADMINS];
        all.extend(settings);
        let app = bot_of(&telegram, &all);
        Self { telegram, app }
    }

    pub(crate) fn admin(&self) -> Person {
        self.telegram.person(1, "en")
    }

    pub(crate) fn canvas(&self) -> Value {
        self.app.guest().canvas()
    }

    /// The colour of a cell.
    pub(crate) fn color(&self, x: u16, y: u16) -> u64 {
        let path = format!("/api/v1/canvases/main/cells/{x}/{y}");
        let cell = self.app.guest().get_json(&path);
        cell["color"].as_u64().unwrap()
    }

    /// The kinds of events after a version.
    pub(crate) fn events_after(&self, version: u64) -> Vec<String> {
        let path = format!("/api/v1/canvases/main/events?after={version}");
        let page = self.app.guest().get_json(&path);
        let events = page["events"].as_array().unwrap().iter();
        events
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Asks for a reset, confirms it and sends the canvas's name; gives what came of it.
fn reset(admin: &mut Person, order: &str) -> Shown {
    let asked = admin.asks(order);
    assert!(asked.picture.is_some(), "{asked:?}");
    assert_eq!(admin.taps(&asked, "Do it"), "");
    let name = admin.reads();
    assert!(
        name.is_edit && name.text.contains("send me the canvas's name"),
        "{name:?}"
    );
    let done = admin.asks("main");
    assert_eq!((done.message, done.is_edit), (asked.message, true));
    done
}

#[test]
fn buttons_hold_once_for_one_person_and_only_as_they_were_made() {
    let scene = Scene::start();
    scene.app.player("Eve").place(2, 2, 5);
    let mut admin = scene.admin();
    let asked = admin.asks("/rollback Eve");
    assert!(
        asked
            .text
            .starts_with("Roll back the work of \u{2068}Eve\u{2069}?"),
        "{asked:?}"
    );
    let data = asked.data("Do it").to_owned();
    let mut other = scene.telegram.person(2, "en");
    other.asks("/status");
    assert_eq!(other.taps_data(asked.message, &data), GONE);
    for forged in [
        "",
        "do:",
        "do:0",
        "undo:999",
        "drop table acts",
        "\u{202e}",
        &"x".repeat(64),
    ] {
        let said = other.taps_data(asked.message, forged);
        assert!(
            said == GONE || said.contains("there is no act 999"),
            "{forged}: {said}"
        );
    }
    let flipped = data.replace(&data[3..4], if &data[3..4] == "0" { "1" } else { "0" });
    assert_eq!(admin.taps_data(asked.message, &flipped), GONE);
    assert_eq!(scene.color(2, 2), 5);

    assert_eq!(admin.taps(&asked, "Do it"), "");
    let done = admin.reads();
    assert!(done.text.contains("Changed 1 cell."), "{done:?}");
    assert_eq!(admin.taps_data(asked.message, &data), GONE);
    assert_eq!(
        other.taps_data(done.message, done.data("Undo")),
        "That is not your order. Nothing was done."
    );
    let stranger = scene.telegram.person(9, "en");
    stranger.opens_chat();
    for data in [data.as_str(), done.data("Undo")] {
        assert_eq!(
            stranger.taps_data(done.message, data),
            "You may not give orders here."
        );
    }
    let in_group = scene.telegram.person(1, "en").in_group(-5);
    let said = in_group.taps_data(done.message, done.data("Undo"));
    assert_eq!(said, "I take orders in a private chat only.");
    assert_eq!(scene.color(2, 2), 31);
    assert_eq!(scene.events_after(2), ["CellsRestored"]);
}

#[test]
fn orders_take_a_role_and_a_private_chat() {
    let mut scene = Scene::start();
    let mut stranger = scene.telegram.person(9, "en");
    for order in ["/clear", "/ban", "/status", "/newgame 5x5", "/undo"] {
        assert_eq!(
            stranger.asks(order).text,
            "You may not give orders here.",
            "{order}"
        );
    }
    let mut moderator = scene.telegram.person(3, "en");
    for order in ["/clear", "/newgame", "/cooldown 5"] {
        assert_eq!(
            moderator.asks(order).text,
            "That takes the role admin.",
            "{order}"
        );
    }
    let mut helper = scene.telegram.person(4, "ru");
    assert_eq!(
        helper.asks("/lock").text,
        "Для этого нужна роль: модератор."
    );
    assert!(helper.asks("/status").text.contains("Баны: 0"));
    let mut group = scene.admin().in_group(-5);
    assert_eq!(
        group.asks("/clear").text,
        "I take orders in a private chat only."
    );

    let mut admin = scene.admin();
    let asked = admin.asks("/clear");
    let locked = moderator.asks("/lock a raid");
    scene.app.restart_with(&[("telegram.admins", "2:admin")]);
    assert_eq!(admin.taps(&asked, "Do it"), "You may not give orders here.");
    assert_eq!(
        moderator.taps(&locked, "Undo"),
        "You may not give orders here."
    );
    assert_eq!(admin.asks("/unlock").text, "You may not give orders here.");
    assert_eq!(scene.canvas()["locked"], true);
    let commands = scene
        .telegram
        .eventually("the orders are listed no more", |telegram| {
            let commands = telegram.registry().commands(1, "en");
            (commands.len() == 5).then_some(commands)
        });
    assert!(!commands.contains(&"clear".to_owned()));
}

#[test]
fn orders_that_take_nothing_away_are_done_at_once() {
    let scene = Scene::start();
    let ada = scene.app.player("Ada");
    ada.place(1, 1, 5);
    let mut admin = scene.admin();
    let locked = admin.asks("/lock <b>raid</b> \u{202e}now");
    assert!(
        locked.text.starts_with("Done: Lock the canvas (no. 1)"),
        "{locked:?}"
    );
    ada.try_place("a", 2, 2, 5)
        .expect_error(423, "canvas_locked");
    assert!(
        admin
            .asks("/status")
            .text
            .contains("Locked: \u{2068}<b>raid</b> now\u{2069}")
    );
    let unlocked = admin.asks("/unlock");
    assert!(unlocked.text.starts_with("Done: Unlock"), "{unlocked:?}");
    let again = admin.asks("/unlock");
    assert!(again.text.starts_with("Nothing was done:"), "{again:?}");
    assert!(again.buttons.is_empty());

    admin.asks("/cooldown 2,5 6");
    let rule = scene.canvas()["cooldown"].clone();
    assert_eq!(
        (&rule["regain_ms"], &rule["max_charges"]),
        (&2_500.into(), &6.into())
    );
    let undone = admin.asks("/undo");
    assert!(undone.text.starts_with("Undone: Cooldown"), "{undone:?}");
    assert_eq!(scene.canvas()["cooldown"]["regain_ms"], 0);

    admin.asks("/announce Привет, 👾! <i>\u{2067}hi</i>");
    let told = scene.canvas()["announcement"]["text"].clone();
    assert_eq!(told, "Привет, 👾! <i>\u{2067}hi</i>");
    let long = format!("/announce {}", "я".repeat(4_086));
    let refused = admin.asks(&long);
    assert!(refused.text.starts_with("Nothing was done:"), "{refused:?}");
}

#[test]
fn players_are_banned_by_name_or_id() {
    let scene = Scene::start();
    let ada = scene.app.player("Ada");
    let mut admin = scene.admin();
    let banned = admin.asks("/ban Ada 24 a \"script\"");
    assert!(
        banned.text.contains("Ban \u{2068}Ada\u{2069} until "),
        "{banned:?}"
    );
    ada.try_place("b", 3, 3, 5).expect_error(403, "banned");
    assert_eq!(admin.taps(&banned, "Undo"), "");
    assert!(admin.reads().text.starts_with("Undone: Ban"));
    ada.play();
    ada.place(4, 4, 5);
    let id = ada.id().to_string();
    assert!(
        admin
            .asks(&format!("/ban {id} spam"))
            .text
            .starts_with("Done: Ban")
    );
    assert!(
        admin
            .asks("/unban Ada")
            .text
            .starts_with("Done: Lift the ban")
    );
    assert_eq!(
        admin.asks("/unban Nobody").text,
        "There is no player called \u{2068}Nobody\u{2069}."
    );
    scene.app.player("Ada");
    let several = admin.asks("/ban Ada x");
    assert!(
        several
            .text
            .starts_with("Several are called \u{2068}Ada\u{2069}"),
        "{several:?}"
    );
    assert!(several.text.contains(&id), "{several:?}");
}

#[test]
fn a_roll_back_by_region_and_minutes_and_its_undo() {
    let scene = Scene::start();
    let (ada, eve) = (scene.app.player("Ada"), scene.app.player("Eve"));
    ada.place(1, 1, 5);
    eve.place(1, 1, 6);
    eve.place(20, 20, 6);
    let mut admin = scene.admin();
    let asked = admin.asks("/rollback 0,0,10,10 60");
    assert!(
        asked
            .text
            .starts_with("Roll back in 0,0,10,10 since version 1?"),
        "{asked:?}"
    );
    admin.taps(&asked, "Do it");
    let done = admin.reads();
    assert!(done.text.contains("Changed 1 cell."), "{done:?}");
    assert_eq!((scene.color(1, 1), scene.color(20, 20)), (31, 6));
    let undone = admin.asks("/undo");
    assert!(undone.text.starts_with("Undone: Roll back"), "{undone:?}");
    assert_eq!(scene.color(1, 1), 6);
    let nothing = admin.asks("/rollback 30,20,2,2");
    assert!(nothing.text.starts_with("Nothing was done:"), "{nothing:?}");
    let outside = admin.asks("/rollback 30,20,20,20");
    assert!(outside.text.starts_with("Nothing was done:"), "{outside:?}");
    assert_eq!(
        admin.asks("/undo").text,
        "There is no order of yours that can be undone."
    );
}

#[test]
fn the_state_and_a_picture_are_told_with_links() {
    let scene = Scene::with(&[("public_url", "https://canvas.example.org")]);
    let mut admin = scene.admin();
    let shown = admin.asks("/snapshot");
    assert!(shown.picture.is_some());
    let link = "https://canvas.example.org/api/v1/canvases/main/image.png?version=1";
    assert_eq!(shown.text, format!("Version 1\n{link}"));
    admin.asks("/lock");
    let status = admin.asks("/status");
    assert!(
        status.text.starts_with("main · round 1 (locked)"),
        "{}",
        status.text
    );
    assert!(
        status.text.contains("telegram:1: Lock the canvas"),
        "{}",
        status.text
    );
    for wrong in [
        "/cooldown soon",
        "/ban",
        "/rollback",
        "/announce",
        "/clear now",
    ] {
        let told = admin.asks(wrong);
        assert!(
            told.text.starts_with("Write it like this:"),
            "{wrong}: {told:?}"
        );
    }
    // A new game needs no round to run; it begins as it is written.
    let done = reset(&mut admin, "/newgame 8х8 Восемь");
    assert!(
        done.text.contains("Before: https://canvas.example.org/"),
        "{done:?}"
    );
    assert_eq!(scene.canvas()["title"], "Восемь");
}
