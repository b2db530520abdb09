//! Resets by Telegram: confirmed by the canvas's name, seen by all at once, and undone.

use std::time::{Duration, Instant};

use crate::bot_orders::{GONE, Scene};
use crate::support::feed::Frame;

#[test]
fn a_new_game_is_asked_for_confirmed_by_name_and_undone() {
    let scene = Scene::start();
    scene.app.player("Ada").place(3, 3, 5);
    let mut admin = scene.admin();
    let asked = admin.asks("/newgame 20x10 Second “try” <b>");
    assert!(
        asked.text.starts_with("Open a new round of 20×10"),
        "{}",
        asked.text
    );
    assert!(asked.text.contains("Changes 1 cell"), "{}", asked.text);
    assert!(
        asked.text.contains("\u{2068}Ada\u{2069} – 1 cell"),
        "{}",
        asked.text
    );
    assert_eq!(admin.taps(&asked, "Do it"), "");
    assert!(admin.reads().text.contains("send me the canvas's name"));
    let wrong = admin.asks("Main");
    assert!(
        wrong.text.starts_with("That is not its name"),
        "{}",
        wrong.text
    );
    assert_eq!(scene.canvas()["round"], 1);
    let done = admin.asks(" main ");
    assert!(
        done.is_edit && done.text.starts_with("Done: Open a new round"),
        "{done:?}"
    );
    let canvas = scene.canvas();
    assert_eq!(
        (&canvas["round"], &canvas["width"]),
        (&2.into(), &20.into())
    );
    assert_eq!(canvas["title"], "Second “try” <b>");

    assert_eq!(admin.taps(&done, "Undo"), "");
    let undone = admin.reads();
    assert!(
        undone.text.starts_with("Undone: Open a new round"),
        "{undone:?}"
    );
    assert!(undone.buttons.is_empty());
    let canvas = scene.canvas();
    assert_eq!(
        (&canvas["round"], &canvas["width"]),
        (&3.into(), &32.into())
    );
    assert_eq!(scene.color(3, 3), 5);
    let again = admin.taps_data(done.message, done.data("Undo"));
    assert!(again.contains("it was undone already"), "{again}");
    assert_eq!(scene.canvas()["round"], 3);
}

#[test]
fn a_cleared_canvas_is_seen_at_once_and_comes_back() {
    let scene = Scene::start();
    let ada = scene.app.player("Ada");
    let mut version = 0;
    for x in 0..10 {
        version = ada.place(x, 0, 5);
    }
    let mut feed = ada.feed();
    let mut admin = scene.admin();
    let asked = admin.asks("/clear");
    assert!(
        asked
            .text
            .contains("Changes 10 cells, 10 of them to nothing"),
        "{}",
        asked.text
    );
    admin.taps(&asked, "Do it");
    admin.reads();
    let begun = Instant::now();
    admin.writes("main");
    let cleared = loop {
        if let Frame::Delta { to, .. } = feed.next()
            && to > version
        {
            break begun.elapsed();
        }
    };
    assert!(cleared < Duration::from_secs(2), "{cleared:?}");
    println!("cleared within {cleared:?} of the confirmation");
    let done = admin.reads();
    assert!(
        done.text.starts_with("Done: Clear the canvas (no. 1)"),
        "{}",
        done.text
    );
    assert_eq!(scene.events_after(version), ["RegionErased"]);
    assert_eq!(scene.color(0, 0), 31);
    ada.place(0, 0, 7);
    admin.taps(&done, "Undo");
    let undone = admin.reads();
    assert!(undone.text.starts_with("Undone: Clear"), "{}", undone.text);
    assert_eq!((scene.color(0, 0), scene.color(1, 0)), (7, 5));
}

#[test]
fn a_new_game_reaches_every_client_within_two_seconds() {
    let scene = Scene::start();
    let ada = scene.app.player("Ada");
    ada.place(1, 1, 5);
    let mut feed = ada.feed();
    let mut admin = scene.admin();
    let asked = admin.asks("/newgame");
    admin.taps(&asked, "Do it");
    admin.reads();
    let begun = Instant::now();
    admin.writes("main");
    while !matches!(feed.next(), Frame::Round(_)) {}
    let told = begun.elapsed();
    assert!(told < Duration::from_secs(2), "{told:?}");
    println!("a new round was told within {told:?} of the confirmation");
    assert_eq!(scene.color(1, 1), 31);
}

#[test]
fn what_was_cancelled_is_not_done_any_more() {
    let scene = Scene::start();
    scene.app.player("Ada").place(2, 2, 5);
    let mut admin = scene.admin();
    let asked = admin.asks("/clear");
    let data = asked.data("Do it").to_owned();
    admin.taps(&asked, "Do it");
    let name = admin.reads();
    admin.taps(&name, "Cancel");
    assert_eq!(admin.reads().text, "Cancelled. Nothing was done.");
    assert_eq!(admin.taps_data(asked.message, &data), GONE);
    let told = admin.asks("main");
    assert!(
        told.text.starts_with("There is no such command"),
        "{told:?}"
    );
    assert_eq!(scene.color(2, 2), 5);
}

#[test]
fn of_two_admins_who_press_at_once_one_clears() {
    let scene = Scene::start();
    scene.app.player("Ada").place(2, 2, 5);
    let mut first = scene.admin();
    let mut second = scene.telegram.person(2, "ru");
    let asked = [first.asks("/clear"), second.asks("/clear")];
    first.taps(&asked[0], "Do it");
    second.taps(&asked[1], "Выполнить");
    first.reads();
    second.reads();
    first.writes("main");
    second.writes("main");
    let came = [first.reads().text, second.reads().text];
    let done = came
        .iter()
        .filter(|text| text.starts_with("Done:") || text.starts_with("Сделано:"));
    assert_eq!(done.count(), 1, "{came:?}");
    let too_late = ["Somebody acted meanwhile", "Кто-то успел раньше"];
    let refused = came
        .iter()
        .filter(|text| too_late.iter().any(|told| text.starts_with(told)));
    assert_eq!(refused.count(), 1, "{came:?}");
    assert_eq!(scene.events_after(2), ["RegionErased"]);
}
