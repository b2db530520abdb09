//! New rounds, and the way back.

use serde_json::json;

use super::{admin, cell, looked_at, preview, try_act, try_preview, try_undo, undo};
use crate::support::test_app::TestApp;

#[test]
fn a_new_game_empties_the_canvas_and_its_undo_brings_it_back() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let root = admin(&app, "Root");
    ada.place(1, 1, 5);
    ada.place(2, 3, 6);
    let new = json!({ "kind": "open_round", "title": "Second", "width": 16, "height": 8,
        "max_charges": 2, "regain_ms": 0 });
    let seen = preview(&root, &new);
    assert_eq!(
        (&seen["cells"], &seen["removed_players"]),
        (&json!(2), &json!(1))
    );
    let (_, done) = looked_at(&root, &new);
    assert_eq!(done["outcome"]["round"], 2);
    let canvas = ada.canvas();
    assert_eq!(
        (&canvas["title"], &canvas["width"]),
        (&json!("Second"), &json!(16))
    );
    ada.place(0, 0, 9);
    let undone = undo(&root, &done);
    let canvas = ada.canvas();
    assert_eq!(
        (&canvas["round"], &canvas["width"]),
        (&json!(3), &json!(32))
    );
    assert_eq!(undone["outcome"]["cells"], 2);
    assert_eq!((cell(&app, 1, 1).0, cell(&app, 2, 3).0), (5, 6));
    ada.place(1, 1, 7);
    try_undo(&root, &done).expect_error(409, "not_undoable");
    for wrong in [
        json!({ "kind": "open_round", "width": 0 }),
        json!({ "kind": "open_round", "background": 99 }),
        json!({ "kind": "open_round", "palette": ["#000000", "#000000"] }),
        json!({ "kind": "open_round", "title": "x".repeat(201) }),
        json!({ "kind": "open_round", "mask": "AAAA" }),
        json!({ "kind": "open_round", "max_charges": 0 }),
    ] {
        try_preview(&root, &wrong).expect_error(400, "invalid_act");
    }
}

#[test]
fn a_closed_round_can_go_on_as_a_new_one() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let root = admin(&app, "Root");
    ada.place(1, 1, 5);
    let close = json!({ "kind": "close_round" });
    try_act(&root, &close, None).expect_error(409, "preview_needed");
    let (_, done) = looked_at(&root, &close);
    ada.try_place("x", 2, 2, 5)
        .expect_error(409, "round_closed");
    let erase = json!({ "kind": "erase_region", "region": "0,0,1,1" });
    try_preview(&root, &erase).expect_error(409, "no_round");
    undo(&root, &done);
    assert_eq!(cell(&app, 1, 1).0, 5);
    ada.place(2, 2, 5);
}

#[test]
fn a_clear_is_seen_by_those_who_watch_and_undone_with_all_authors() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let root = admin(&app, "Root");
    let version = ada.place(1, 1, 5);
    let mut feed = ada.feed();
    let (seen, done) = looked_at(&root, &json!({ "kind": "clear_canvas" }));
    assert_eq!(seen["cells"], 1);
    let after = done["version_after"].as_u64().unwrap();
    feed.reach(after);
    assert_eq!(cell(&app, 1, 1).1, json!(null));
    undo(&root, &done);
    assert_eq!(cell(&app, 1, 1), (5, json!("Ada"), json!(version)));
}
