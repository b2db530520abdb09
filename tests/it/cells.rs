//! One cell and its history.

use event_store::event::RegionErased;
use event_store::{Event, PaletteIndex, Region, RoundId};
use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::test_app::TestApp;

const CELL: &str = "/api/v1/canvases/main/cells/1/2";

/// The cell, once the history has been read after the start.
fn cell(app: &TestApp, query: &str) -> Value {
    eventually("the history is read", || {
        let answer = app.guest().get(&format!("{CELL}{query}"));
        let is_whole = answer.status() != 503 && answer.json()["truncated"] != true;
        is_whole.then(|| answer.expect(200))
    })
}

fn versions(cell: &Value) -> Vec<u64> {
    let entries = cell["history"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["version"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_cell_nobody_has_set_has_no_history() {
    let app = TestApp::start();
    let mut cell = cell(&app, "");
    cell["color"] = json!("<background>");
    insta::assert_json_snapshot!("untouched_cell", cell);
}

#[test]
fn a_cell_tells_who_set_it_and_when() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    ada.place(1, 2, 5);
    bob.place(2, 2, 5);
    let version = bob.place(1, 2, 6);
    ada.place(1, 2, 7);
    let cell = cell(&app, "");
    assert_eq!(cell["color"], 7);
    assert_eq!(
        cell["player"],
        json!({ "id": ada.id().to_string(), "name": "Ada" })
    );
    assert_eq!(versions(&cell), [5, 4, 2]);
    let second = &cell["history"][1];
    assert_eq!(second["version"], version);
    assert_eq!(second["player"]["name"], "Bob");
    assert_eq!(second["type"], "PlacementMade");
    assert_eq!(second["color"], 6);
    assert_eq!(cell["at"], cell["history"][0]["at"]);
}

#[test]
fn a_history_comes_in_pages_and_outlives_a_restart() {
    let mut app = TestApp::start();
    let ada = app.player("Ada");
    for color in 1..=5 {
        ada.place(1, 2, color);
    }
    ada.try_undo(6).expect(200);
    let erased = RegionErased {
        round: RoundId(1),
        region: Region {
            x: 0,
            y: 0,
            width: 9,
            height: 9,
        },
        color: PaletteIndex(9),
        by: None,
        reason: "test".to_owned(),
    };
    app.append(Event::RegionErased(erased));
    for _ in 0..2 {
        let first = cell(&app, "?limit=3");
        assert_eq!(versions(&first), [8, 7, 6]);
        assert_eq!(first["player"], Value::Null);
        let kinds: Vec<_> = first["history"].as_array().unwrap().iter().collect();
        assert_eq!(kinds[0]["type"], "RegionErased");
        assert_eq!(kinds[1]["type"], "PlacementUndone");
        assert_eq!(
            kinds[1]["color"], 4,
            "the colour that the undo brought back"
        );
        let before = first["next_before"].as_u64().unwrap();
        let second = cell(&app, &format!("?limit=3&before={before}"));
        assert_eq!(versions(&second), [5, 4, 3]);
        let before = second["next_before"].as_u64().unwrap();
        let third = cell(&app, &format!("?before={before}"));
        assert_eq!(versions(&third), [2]);
        assert_eq!(third["next_before"], Value::Null);
        assert_eq!(third["truncated"], false);
        app.restart();
    }
}

#[test]
fn a_cell_that_is_not_there_is_told() {
    let app = TestApp::start();
    let refused = |path: &str, status: u16, code: &str| {
        let path = format!("/api/v1/canvases/main/cells/{path}");
        app.guest().get(&path).expect_error(status, code);
    };
    refused("32/0", 400, "out_of_bounds");
    refused("0/24", 400, "out_of_bounds");
    refused("65535/65535", 400, "out_of_bounds");
    refused("65536/0", 400, "out_of_bounds");
    refused("-1/0", 400, "out_of_bounds");
    refused("a/0", 400, "invalid_request");
    refused("1/2?limit=0", 400, "invalid_request");
    refused("1/2?limit=101", 400, "invalid_request");
    refused("1/2?before=x", 400, "invalid_request");
    let elsewhere = app.guest().get("/api/v1/canvases/other/cells/0/0");
    elsewhere.expect_error(404, "canvas_not_found");
    let empty = TestApp::with(&[("roles", "gateway")]);
    empty.guest().get(CELL).expect_error(409, "no_round");
}
