//! Placing cells.

use event_store::event::{CanvasLocked, CanvasUnlocked, PlayerBanned, PlayerUnbanned, RoundClosed};
use event_store::{Event, Mask, RoundId, UnixMs};
use serde_json::{Value, json};

use crate::support::actor::PLACEMENTS;
use crate::support::test_app::TestApp;

/// A minute: no charge comes back while a test runs.
const SLOW: &[(&str, &str)] = &[("canvas.regain_ms", "60000")];

/// `count` cells in a row, each under an id of its own.
fn batch(count: u16) -> Value {
    let placement = |x: u16| json!({ "id": format!("b{x}"), "x": x % 32, "y": x / 32, "color": 3 });
    json!({ "placements": (0..count).map(placement).collect::<Vec<_>>() })
}

/// The answer with what differs from run to run masked.
fn masked(mut answer: Value) -> Value {
    for key in ["at", "undo_until", "playing_until", "next_charge_at"] {
        if answer[key].is_string() {
            answer[key] = json!("<time>");
        }
    }
    answer
}

#[test]
fn a_placement_is_numbered_and_shown() {
    let app = TestApp::with(SLOW);
    let placed = app.player("Ada").try_place("first", 3, 4, 5);
    insta::assert_json_snapshot!("a_placement", masked(placed.expect(201)));
    let cell = app.guest().get("/api/v1/canvases/main/cells/3/4");
    assert_eq!(cell.expect(200)["color"], 5);
}

#[test]
fn a_batch_is_placed_in_order() {
    let app = TestApp::start();
    let placed = app.player("Ada").post(PLACEMENTS, &batch(3));
    insta::assert_json_snapshot!("a_batch", masked(placed.expect(201)));
}

#[test]
fn a_retry_gets_the_first_version_and_costs_nothing() {
    let mut app = TestApp::with(&[("canvas.regain_ms", "60000"), ("canvas.max_charges", "2")]);
    let ada = app.player("Ada");
    let first = ada.try_place("one", 1, 1, 5).expect(201);
    assert_eq!(first["charges"], 1);
    assert_eq!(ada.try_place("one", 1, 1, 5).expect(201), first);
    // Another cell and colour under the same id are still the same placement.
    assert_eq!(ada.try_place("one", 9, 9, 6).expect(201), first);
    let second = ada.try_place("two", 2, 1, 5).expect(201);
    assert_eq!(second["charges"], 0);
    ada.try_place("three", 3, 1, 5)
        .expect_error(429, "cooling_down");
    let again = ada.try_place("one", 1, 1, 5).expect(201);
    assert_eq!(again["version"], first["version"]);
    app.restart();
    let ada = ada.at(app.address());
    let again = ada.try_place("two", 2, 1, 5).expect(201);
    assert_eq!(again["version"], second["version"]);
    assert_eq!(
        ada.canvas()["version"],
        second["version"],
        "nothing was added"
    );
    assert_eq!(ada.play()["status"], "playing");
    ada.try_place("three", 3, 1, 5)
        .expect_error(429, "cooling_down");
    // Another player's ids are another's.
    let bob = app.player("Bob").try_place("one", 1, 2, 5).expect(201);
    assert_ne!(bob["version"], first["version"]);
}

#[test]
fn a_batch_sent_again_with_one_more_places_only_that_one() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let two = ada.post(PLACEMENTS, &batch(2)).expect(201);
    let three = ada.post(PLACEMENTS, &batch(3)).expect(201);
    for at in 0..2 {
        assert_eq!(three["placements"][at], two["placements"][at]);
    }
    assert_eq!(ada.canvas()["version"], 4);
}

#[test]
fn a_cooldown_says_when_to_come_back() {
    let app = TestApp::with(SLOW);
    let ada = app.player("Ada");
    let placed = ada.try_place("one", 1, 1, 5).expect(201);
    let refused = ada.try_place("two", 2, 2, 5);
    let body = refused.expect_error(429, "cooling_down");
    let wait_ms = body["retry_after_ms"].as_u64().unwrap();
    assert!((50_000..=60_000).contains(&wait_ms), "{wait_ms}");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains(placed["next_charge_at"].as_str().unwrap()));
    assert_eq!(ada.canvas()["version"], 2);
}

#[test]
fn one_charge_is_spent_once_by_many_requests() {
    let app = TestApp::with(SLOW);
    let ada = app.player("Ada");
    let one = |x: u16| json!({ "id": format!("id-{x}"), "x": x, "y": 0, "color": 7 });
    let bodies: Vec<Value> = (0..32).map(one).collect();
    let answers = ada.post_at_once(PLACEMENTS, &bodies);
    let made = answers.iter().filter(|answer| answer.status() == 201);
    assert_eq!(made.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status() != 201) {
        answer.expect_error(429, "cooling_down");
    }
    assert_eq!(ada.canvas()["version"], 2);
}

#[test]
fn the_same_request_sent_many_times_at_once_is_one_placement() {
    let app = TestApp::with(SLOW);
    let ada = app.player("Ada");
    let body = json!({ "id": "same", "x": 1, "y": 1, "color": 7 });
    for answer in ada.post_at_once(PLACEMENTS, &vec![body; 16]) {
        assert_eq!(answer.expect(201)["version"], 2);
    }
}

#[test]
fn what_cannot_be_placed_is_told_by_its_own_code() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    ada.place(1, 1, 5);
    ada.try_place("a", 1, 1, 5).expect_error(409, "unchanged");
    ada.try_place("a", 32, 0, 5)
        .expect_error(400, "out_of_bounds");
    ada.try_place("a", 0, 24, 5)
        .expect_error(400, "out_of_bounds");
    ada.try_place("a", 0, 0, 32)
        .expect_error(400, "not_in_palette");
    ada.try_place("a", 0, 0, 255)
        .expect_error(400, "not_in_palette");
    ada.try_place("", 0, 0, 5)
        .expect_error(400, "invalid_placement_id");
    ada.try_place("a b", 0, 0, 5)
        .expect_error(400, "invalid_placement_id");
    for (x, y, code) in [(-1, 0, "out_of_bounds"), (0, 70_000, "out_of_bounds")] {
        let body = json!({ "id": "a", "x": x, "y": y, "color": 5 });
        ada.post(PLACEMENTS, &body).expect_error(400, code);
    }
    let body = json!({ "id": "a", "x": 0, "y": 0, "color": -1 });
    ada.post(PLACEMENTS, &body)
        .expect_error(400, "not_in_palette");
    let mut twice = batch(2);
    twice["placements"][1] = json!({ "id": "other", "x": 0, "y": 0, "color": 4 });
    ada.post(PLACEMENTS, &twice)
        .expect_error(400, "repeated_cell");
    ada.post(PLACEMENTS, &batch(0))
        .expect_error(400, "empty_batch");
    ada.post(PLACEMENTS, &batch(65))
        .expect_error(400, "batch_too_large");
    assert_eq!(ada.canvas()["version"], 2, "nothing else was placed");
}

#[test]
fn a_batch_beyond_the_most_charges_can_never_be_placed() {
    let app = TestApp::with(SLOW);
    let refused = app.player("Ada").post(PLACEMENTS, &batch(2));
    refused.expect_error(400, "batch_too_large");
}

#[test]
fn one_wrong_placement_keeps_the_whole_batch_out() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut wrong = batch(3);
    wrong["placements"][2]["color"] = json!(200);
    ada.post(PLACEMENTS, &wrong)
        .expect_error(400, "not_in_palette");
    assert_eq!(ada.canvas()["version"], 1);
}

#[test]
fn a_body_that_cannot_be_read_is_told_why() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let json = [("content-type", "application/json; charset=utf-8")];
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"id\":1,\"x\":1,\"y\":1,\"color\":1}",
        &deep,
    ] {
        let refused = ada.send("POST", PLACEMENTS, &json, body.to_owned());
        refused.expect_error(400, "malformed_json");
    }
    let large = ada.send("POST", PLACEMENTS, &json, " ".repeat((64 << 10) + 1));
    large.expect_error(413, "body_too_large");
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        let refused = ada.send("POST", PLACEMENTS, &[("content-type", kind)], "{}");
        refused.expect_error(415, "unsupported_media_type");
    }
    ada.send("POST", PLACEMENTS, &[], "{}")
        .expect_error(415, "unsupported_media_type");
    let elsewhere = ada.post("/api/v1/canvases/other/placements", &batch(1));
    elsewhere.expect_error(404, "canvas_not_found");
}

#[test]
fn bans_locks_and_closed_rounds_are_told_apart() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let reason = "a test".to_owned();
    let until = UnixMs::now().plus_ms(600_000);
    app.append(Event::PlayerBanned(PlayerBanned {
        player: ada.id(),
        until: Some(until),
        by: None,
        reason: reason.clone(),
    }));
    let banned = ada.try_place("a", 0, 0, 5).expect_error(403, "banned");
    assert!(
        banned["error"]["message"]
            .as_str()
            .unwrap()
            .contains(&reason)
    );
    app.player("Bob").place(0, 0, 4);
    app.append(Event::PlayerUnbanned(PlayerUnbanned {
        player: ada.id(),
        by: None,
        reason: String::new(),
    }));
    assert_eq!(ada.play()["status"], "playing");
    ada.place(0, 0, 5);
    let by = None;
    app.append(Event::CanvasLocked(CanvasLocked { by, reason }));
    ada.try_place("b", 0, 0, 6)
        .expect_error(423, "canvas_locked");
    assert_eq!(ada.canvas()["locked"], true);
    let reason = String::new();
    app.append(Event::CanvasUnlocked(CanvasUnlocked { by, reason }));
    ada.place(0, 0, 6);
    app.append(Event::RoundClosed(RoundClosed { round: RoundId(1) }));
    ada.try_place("c", 0, 0, 7)
        .expect_error(409, "round_closed");
    assert_eq!(ada.canvas()["open"], false);
}

#[test]
fn a_cell_under_the_mask_is_not_open() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut plan = app.round_plan();
    plan.mask = Some(Mask::new((0..32 * 24).map(|index| index != 0)));
    let opened = app.open_round(&plan);
    ada.see(opened);
    ada.try_place("a", 0, 0, 5).expect_error(403, "not_open");
    ada.place(1, 0, 5);
}

#[test]
fn without_a_round_there_is_nothing_to_place_on() {
    let app = TestApp::with(&[("roles", "gateway")]);
    let ada = app.player("Ada");
    ada.try_place("a", 0, 0, 5).expect_error(409, "no_round");
    assert_eq!(ada.canvas()["round"], Value::Null);
}
