//! The other acts, and the record of all.

use serde_json::{Value, json};

use super::{
    MODERATION, act, admin, cell, looked_at, preview, try_act, try_preview, try_undo, undo,
};
use crate::support::test_app::TestApp;

#[test]
fn a_preview_is_confirmed_once_by_who_made_it_for_what_it_showed() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let (root, other) = (admin(&app, "Root"), admin(&app, "Other"));
    ada.place(1, 1, 5);
    let erase = json!({ "kind": "erase_region", "region": "0,0,4,4" });
    let seen = preview(&root, &erase);
    try_act(&other, &erase, Some(&seen)).expect_error(409, "preview_gone");
    let elsewhere = json!({ "kind": "erase_region", "region": "0,0,5,5" });
    try_act(&root, &elsewhere, Some(&seen)).expect_error(409, "preview_gone");
    // A preview that was given for something else is used up.
    try_act(&root, &erase, Some(&seen)).expect_error(409, "preview_gone");
    let forged = json!({ "id": "0".repeat(32) });
    try_act(&root, &erase, Some(&forged)).expect_error(409, "preview_gone");
    let junk = json!({ "id": "../../etc" });
    try_act(&root, &erase, Some(&junk)).expect_error(409, "preview_gone");
    root.get(&format!("{MODERATION}/previews/nothing/picture.png"))
        .expect_error(409, "preview_gone");
    let picture = seen["picture"].as_str().unwrap();
    root.get(picture).expect_error(409, "preview_gone");
    looked_at(&root, &erase);
}

#[test]
fn of_two_admins_at_once_one_acts_and_the_other_looks_again() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let (root, other) = (admin(&app, "Root"), admin(&app, "Other"));
    ada.place(1, 1, 5);
    let clear = json!({ "kind": "clear_canvas" });
    let (first, second) = (preview(&root, &clear), preview(&other, &clear));
    try_act(&root, &clear, Some(&first)).expect(201);
    try_act(&other, &clear, Some(&second)).expect_error(409, "overtaken");
    // Pressed twice at once, a preview is confirmed once.
    ada.place(2, 2, 5);
    let seen = preview(&root, &clear);
    let body = json!({ "act": clear, "reason": "", "preview": seen["id"] });
    let answers = root.post_at_once(&format!("{MODERATION}/acts"), &vec![body; 8]);
    let done = answers.iter().filter(|answer| answer.status() == 201);
    assert_eq!(done.count(), 1);
}

#[test]
fn an_erasure_is_undone_where_nobody_placed_since() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let root = admin(&app, "Root");
    let version = ada.place(1, 1, 5);
    ada.place(2, 1, 6);
    ada.place(9, 9, 6);
    let erase = json!({ "kind": "erase_region", "region": "0,0,4,4", "color": 3 });
    let seen = preview(&root, &erase);
    assert_eq!(seen["cells"], 16);
    let (_, done) = looked_at(&root, &erase);
    assert_eq!(done["outcome"]["cells"], 16);
    assert_eq!((cell(&app, 1, 1).0, cell(&app, 9, 9).0), (3, 6));
    bob.place(2, 1, 8);
    let undone = undo(&root, &done);
    assert_eq!(undone["outcome"]["cells"], 15);
    assert_eq!(cell(&app, 1, 1), (5, json!("Ada"), json!(version)));
    assert_eq!(cell(&app, 2, 1).0, 8);
    for region in ["0,0,0,4", "30,0,3,1", "0,0,99,99"] {
        let wrong = json!({ "kind": "erase_region", "region": region });
        try_preview(&root, &wrong).expect_error(400, "invalid_act");
    }
    let wrong = json!({ "kind": "erase_region", "region": "0,0,1,1", "color": 250 });
    try_preview(&root, &wrong).expect_error(400, "invalid_act");
}

#[test]
fn protected_regions_refuse_players_with_the_reason() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let root = admin(&app, "Root");
    let protect = json!({ "kind": "protect_region", "region": "4,4,2,2" });
    let done = act(&root, &protect);
    try_act(&root, &protect, None).expect_error(409, "nothing_to_do");
    let refused = ada.try_place("a", 5, 5, 5).expect_error(403, "protected");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("because"), "{message}");
    ada.place(6, 5, 5);
    let told = &ada.canvas()["protected"];
    assert_eq!(
        told[0]["region"],
        json!({ "x": 4, "y": 4, "width": 2, "height": 2 })
    );
    undo(&root, &done);
    ada.place(5, 5, 5);
    assert_eq!(ada.canvas()["protected"], json!([]));
    let again = act(&root, &protect);
    let since = &ada.canvas()["protected"][0]["since"];
    let ended = act(
        &root,
        &json!({ "kind": "unprotect_region", "protection": since }),
    );
    ada.place(4, 4, 5);
    undo(&root, &ended);
    ada.try_place("b", 4, 5, 5).expect_error(403, "protected");
    try_undo(&root, &again).expect_error(409, "nothing_to_do");
}

#[test]
fn locks_rules_and_announcements_are_acts_that_can_be_undone() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let root = admin(&app, "Root");
    let locked = act(&root, &json!({ "kind": "lock_canvas" }));
    ada.try_place("a", 1, 1, 5)
        .expect_error(423, "canvas_locked");
    try_act(&root, &json!({ "kind": "lock_canvas" }), None).expect_error(409, "nothing_to_do");
    undo(&root, &locked);
    ada.place(1, 1, 5);

    let slower = json!({ "kind": "change_cooldown", "max_charges": 3, "regain_ms": 60_000 });
    let changed = act(&root, &slower);
    assert_eq!(
        ada.canvas()["cooldown"],
        json!({ "max_charges": 3, "regain_ms": 60_000 })
    );
    undo(&root, &changed);
    assert_eq!(ada.canvas()["cooldown"]["regain_ms"], 0);
    let wrong = json!({ "kind": "change_cooldown", "max_charges": 0, "regain_ms": 1 });
    try_act(&root, &wrong, None).expect_error(400, "invalid_act");

    let said = |text: &str| json!({ "kind": "announce", "text": text });
    act(&root, &said("tea at five"));
    let second = act(&root, &said("שלום 🎨"));
    assert_eq!(ada.canvas()["announcement"]["text"], "שלום 🎨");
    undo(&root, &second);
    assert_eq!(ada.canvas()["announcement"]["text"], "tea at five");
    act(&root, &said(""));
    assert_eq!(ada.canvas()["announcement"], Value::Null);
    try_act(&root, &said(&"x".repeat(1_001)), None).expect_error(400, "invalid_act");
    let long = json!({ "act": said("a"), "reason": "x".repeat(501) });
    root.post(&format!("{MODERATION}/acts"), &long)
        .expect_error(400, "invalid_act");
}

#[test]
fn the_canvas_and_its_palette_grow_and_stay_grown() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let grown = act(
        &root,
        &json!({ "kind": "expand_canvas", "width": 40, "height": 24 }),
    );
    assert_eq!(root.canvas()["width"], 40);
    try_undo(&root, &grown).expect_error(409, "not_undoable");
    for (width, height, code) in [(39, 24, 400), (0, 1, 400), (9_000, 24, 400), (40, 24, 409)] {
        let act = json!({ "kind": "expand_canvas", "width": width, "height": height });
        assert_eq!(try_act(&root, &act, None).status(), code, "{act}");
    }
    let colors = root.canvas()["palette"].as_array().unwrap().len();
    act(
        &root,
        &json!({ "kind": "extend_palette", "colors": ["#123456", "#654321"] }),
    );
    assert_eq!(
        root.canvas()["palette"].as_array().unwrap().len(),
        colors + 2
    );
    for wrong in [json!(["#123456"]), json!(["red"])] {
        let act = json!({ "kind": "extend_palette", "colors": wrong });
        try_act(&root, &act, None).expect_error(400, "invalid_act");
    }
}

#[test]
fn everybody_can_read_what_was_done_and_only_the_staff_by_whom() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    vandal.place(1, 1, 5);
    looked_at(
        &root,
        &json!({ "kind": "roll_back", "players": [vandal.id().to_string()] }),
    );
    act(
        &root,
        &json!({ "kind": "protect_region", "region": "4,4,2,2" }),
    );
    try_act(&root, &json!({ "kind": "unlock_canvas" }), None).expect_error(409, "nothing_to_do");
    let log = app.guest().get(&format!("{MODERATION}/log")).expect(200);
    let entries = log["entries"].as_array().unwrap();
    let kinds: Vec<&str> = entries
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["protect_region", "roll_back"]);
    assert_eq!(entries[1]["reason"], "because");
    assert_eq!(entries[1]["cells"], 1);
    assert!(entries[1]["version_before"].as_u64() < entries[1]["version_after"].as_u64());
    assert_eq!(entries[0]["act"]["region"], "4,4,2,2");
    let text = log.to_string();
    for hidden in [vandal.id().to_string(), root.id().to_string()] {
        assert!(!text.contains(&hidden), "{text}");
    }
    ada.get(&format!("{MODERATION}/acts"))
        .expect_error(403, "not_a_moderator");
    let acts = root.get(&format!("{MODERATION}/acts?limit=2")).expect(200);
    assert_eq!(acts["acts"][1]["by"]["name"], "Root");
    assert_eq!(acts["acts"][0]["state"], "failed");
    let next = acts["next_before"].as_i64().unwrap();
    let rest = root
        .get(&format!("{MODERATION}/acts?before={next}"))
        .expect(200);
    assert_eq!(rest["next_before"], Value::Null);
    root.get(&format!("{MODERATION}/acts?limit=201"))
        .expect_error(400, "invalid_request");
    root.get(&format!("{MODERATION}/acts/999"))
        .expect_error(404, "act_not_found");

    let open = TestApp::with(&[("moderation_log_names", "shown")]);
    let (vandal, root) = (open.player("Vandal"), admin(&open, "Root"));
    act(
        &root,
        &json!({ "kind": "ban", "player": vandal.id().to_string() }),
    );
    let log = open.guest().get(&format!("{MODERATION}/log")).expect(200);
    assert_eq!(log["entries"][0]["concerns"]["name"], "Vandal");
    assert_eq!(log["entries"][0]["by"]["name"], "Root");
}
