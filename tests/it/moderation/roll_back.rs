//! Taking somebody's work off the canvas.

use serde_json::{Value, json};

use super::{
    MODERATION, act, admin, cell, looked_at, preview, try_act, try_preview, try_undo, undo,
};
use crate::support::test_app::TestApp;

fn of(player: &crate::support::actor::Actor) -> Value {
    json!({ "kind": "roll_back", "players": [player.id().to_string()] })
}

#[test]
fn a_vandal_s_work_goes_and_what_was_there_comes_back() {
    let app = TestApp::start();
    let (ada, bob, vandal) = (app.player("Ada"), app.player("Bob"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let first = ada.place(1, 1, 5);
    ada.place(2, 1, 5);
    for x in 0..4 {
        vandal.place(x, 1, 9);
    }
    vandal.place(1, 1, 10);
    // Bob has repaired one of them: his work stays.
    let repaired = bob.place(2, 1, 6);

    let seen = preview(&root, &of(&vandal));
    assert_eq!(
        (&seen["cells"], &seen["to_background"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(seen["removed_players"], 1);
    assert_eq!(seen["removed"][0]["cells"], 3);
    assert_eq!(seen["removed"][0]["player"]["name"], "Vandal");
    assert_eq!(seen["restored"][0]["player"]["name"], "Ada");
    assert_eq!(seen["restored"][0]["cells"], 1);
    assert_eq!(
        seen["bounds"],
        json!({ "x": 0, "y": 1, "width": 4, "height": 1 })
    );
    let picture = root.get(seen["picture"].as_str().unwrap());
    assert_eq!(picture.status(), 200);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(cell(&app, 1, 1).0, 10, "a preview does nothing");

    let done = try_act(&root, &of(&vandal), Some(&seen)).expect(201);
    assert_eq!(done["outcome"]["cells"], 3);
    assert_eq!(cell(&app, 1, 1), (5, json!("Ada"), json!(first)));
    assert_eq!(cell(&app, 2, 1), (6, json!("Bob"), json!(repaired)));
    let background = cell(&app, 20, 20);
    assert_eq!(
        (cell(&app, 0, 1), cell(&app, 3, 1)),
        (background.clone(), background)
    );
    let nothing = try_preview(&root, &of(&vandal));
    nothing.expect_error(409, "nothing_to_do");

    // Ada builds on; the undo leaves that alone and brings back the rest.
    ada.place(3, 1, 7);
    let undone = undo(&root, &done);
    assert_eq!(undone["undoes"], done["id"]);
    assert_eq!(undone["outcome"]["cells"], 2);
    assert_eq!(cell(&app, 1, 1).0, 10);
    assert_eq!(cell(&app, 1, 1).1, "Vandal");
    assert_eq!((cell(&app, 0, 1).0, cell(&app, 3, 1).0), (9, 7));
    try_undo(&root, &done).expect_error(409, "not_undoable");
    try_undo(&root, &undone).expect_error(409, "not_undoable");
    let read = root
        .get(&format!("{MODERATION}/acts/{}", done["id"]))
        .expect(200);
    assert_eq!(read["undone_by"], undone["id"]);
}

#[test]
fn work_is_chosen_by_region_and_time_too() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let root = admin(&app, "Root");
    ada.place(0, 0, 5);
    let middle = bob.place(1, 0, 5);
    ada.place(2, 0, 6);
    bob.place(3, 5, 6);
    let cells = |act: &Value| preview(&root, act)["cells"].clone();
    assert_eq!(
        cells(&json!({ "kind": "roll_back", "region": "0,0,32,1" })),
        3
    );
    assert_eq!(cells(&json!({ "kind": "roll_back", "from": middle })), 3);
    assert_eq!(cells(&json!({ "kind": "roll_back", "to": middle })), 2);
    let mix = json!({ "kind": "roll_back", "from": middle, "region": "0,0,32,1",
        "players": [ada.id().to_string()] });
    assert_eq!(cells(&mix), 1);
    for wrong in [
        json!({ "kind": "roll_back" }),
        json!({ "kind": "roll_back", "region": "0,0,33,1" }),
        json!({ "kind": "roll_back", "region": "0,0,0,1" }),
        json!({ "kind": "roll_back", "from": 4, "to": 3 }),
    ] {
        try_preview(&root, &wrong).expect_error(400, "invalid_act");
    }
    for wrong in [
        json!({ "kind": "roll_back", "players": ["me"] }),
        json!({ "kind": "roll_back", "region": "here" }),
        json!({ "kind": "roll_back", "since": 3 }),
        json!({ "kind": "burn" }),
    ] {
        try_preview(&root, &wrong).expect_error(400, "malformed_json");
    }
}

#[test]
fn undos_erasures_and_earlier_roll_backs_are_looked_through() {
    let app = TestApp::start();
    let (ada, bob, vandal) = (app.player("Ada"), app.player("Bob"), app.player("Vandal"));
    let root = admin(&app, "Root");
    // An undo brings the vandal's work back to the top.
    ada.place(0, 0, 5);
    vandal.place(0, 0, 9);
    let undone = bob.place(0, 0, 6);
    bob.try_undo(undone).expect(200);
    // An erasure is what was there before.
    ada.place(1, 0, 5);
    looked_at(
        &root,
        &json!({ "kind": "erase_region", "region": "1,0,1,1", "color": 3 }),
    );
    vandal.place(1, 0, 9);
    let (_, done) = looked_at(&root, &of(&vandal));
    assert_eq!(done["outcome"]["cells"], 2);
    assert_eq!(cell(&app, 0, 0).0, 5);
    assert_eq!(cell(&app, 1, 0).0, 3);
    // What came back by a roll-back is Ada's, and found again as hers.
    let (_, second) = looked_at(&root, &of(&ada));
    assert_eq!(second["outcome"]["cells"], 1);
    assert_eq!(cell(&app, 0, 0).2, Value::Null);
}

#[test]
fn a_restart_changes_nothing() {
    let mut app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    ada.place(4, 4, 5);
    vandal.place(4, 4, 9);
    vandal.place(5, 4, 9);
    app.restart();
    let root = root.at(app.address());
    let (_, done) = looked_at(&root, &of(&vandal));
    assert_eq!(cell(&app, 4, 4).0, 5);
    app.restart();
    let root = root.at(app.address());
    undo(&root, &done);
    assert_eq!(cell(&app, 4, 4).0, 9);
}

#[test]
fn a_ban_can_take_the_work_along() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    ada.place(0, 0, 5);
    vandal.place(0, 0, 9);
    let ban = json!({ "kind": "ban", "player": vandal.id().to_string(), "roll_back": true });
    try_act(&root, &ban, None).expect_error(409, "preview_needed");
    let (_, done) = looked_at(&root, &ban);
    assert_eq!(cell(&app, 0, 0).0, 5);
    let refused = vandal.try_place("x", 3, 3, 4).expect_error(403, "banned");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("because"), "{message}");
    undo(&root, &done);
    assert_eq!(cell(&app, 0, 0).0, 9);
    vandal.play();
    vandal.place(3, 3, 4);
    let gentle = json!({ "kind": "ban", "player": vandal.id().to_string(),
        "until": "2999-01-01T00:00:00Z" });
    act(&root, &gentle);
    vandal.try_place("y", 3, 4, 4).expect_error(403, "banned");
    assert_eq!(cell(&app, 3, 3).0, 4);
    act(
        &root,
        &json!({ "kind": "unban", "player": vandal.id().to_string() }),
    );
    vandal.play();
    vandal.place(3, 4, 4);
}
