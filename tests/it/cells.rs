//! One cell and its history.

use event_store::event::{CanvasExpanded, CellContent, CellsRestored, RegionErased, RestoredCell};
use event_store::event::{RoundClosed, Size};
use event_store::{Cell, Event, PaletteIndex, Region, RoundId, Version};
use serde_json::{Value, json};

use crate::support::eventually;
use crate::support::test_app::TestApp;

const CELLS: &str = "/api/v1/canvases/main/cells";
const CELL: &str = "/api/v1/canvases/main/cells/1/2";

/// The cell, once the history has been read after the start.
fn cell(app: &TestApp, query: &str) -> Value {
    told(app, &format!("1/2{query}"))
}

/// Some cell, once the history has been read after the start.
fn told(app: &TestApp, path: &str) -> Value {
    eventually("the history is read", || {
        let answer = app.guest().get(&format!("{CELLS}/{path}"));
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

/// A moderator paints the upper left corner, so wide and high, with colour 9.
fn erasure(round: u32, (width, height): (u16, u16)) -> Event {
    Event::RegionErased(RegionErased {
        round: RoundId(round),
        region: Region {
            x: 0,
            y: 0,
            width,
            height,
        },
        color: PaletteIndex(9),
        by: None,
        reason: "test".to_owned(),
    })
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
    app.append(erasure(1, (9, 9)));
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

/// Two rounds; the versions of the first are 1 to 9:
///
/// 2. Ada places 5 on cell 1/2
/// 3. Bob places 6 on it
/// 4. and takes that back
/// 5. a moderator paints more than there is of the canvas
/// 6. which grows by 8 columns after that
/// 7. Bob places 4 on a new cell, 35/2
/// 8. a moderator gives cell 1/2 back to Ada
/// 9. the round is closed
fn two_rounds(app: &TestApp) -> u64 {
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let placed = ada.place(1, 2, 5);
    let undone = bob.place(1, 2, 6);
    bob.try_undo(undone).expect(200);
    app.append(erasure(1, (40, 24)));
    let size = Size {
        width: 40,
        height: 24,
    };
    let round = RoundId(1);
    app.append(Event::CanvasExpanded(CanvasExpanded { round, size }));
    bob.place(35, 2, 4);
    app.append(Event::CellsRestored(CellsRestored {
        round,
        cells: vec![RestoredCell {
            cell: Cell::new(1, 2),
            content: CellContent {
                color: PaletteIndex(5),
                author: Some(ada.id()),
                version: Version(placed),
            },
        }],
        by: None,
        reason: "test".to_owned(),
    }));
    let closed = app.append(Event::RoundClosed(RoundClosed { round }));
    assert_eq!(closed, Version(9));
    app.open_round(&app.round_plan());
    eventually("the next round is open here", || {
        let canvas = app.guest().get("/api/v1/canvases/main").expect(200);
        (canvas["round"] == 2).then_some(())
    });
    app.player("Cid").place(1, 2, 7)
}

#[test]
fn a_cell_of_a_round_that_is_over_is_told() {
    let mut app = TestApp::start();
    let newest = two_rounds(&app);
    for _ in 0..2 {
        let restored = told(&app, "1/2?round=1");
        assert_eq!(
            (&restored["round"], &restored["color"]),
            (&json!(1), &json!(5))
        );
        assert_eq!(restored["player"]["name"], "Ada");
        assert_eq!(restored["version"], 2);
        assert_eq!(versions(&restored), [8, 5, 4, 3, 2]);
        assert_eq!(restored["at"], restored["history"][4]["at"]);
        let from: Vec<_> = (0..4)
            .map(|at| restored["history"][at]["from"].clone())
            .collect();
        assert_eq!(from, [9, 5, 6, 5]);
        let page = told(&app, "1/2?round=1&limit=2&before=5");
        assert_eq!(versions(&page), [4, 3]);
        assert_eq!(
            (&page["next_before"], &page["version"]),
            (&json!(3), &json!(2))
        );
        let erased = told(&app, "31/2?round=1");
        assert_eq!(
            (&erased["color"], &erased["version"]),
            (&json!(9), &json!(5))
        );
        assert_eq!(erased["player"], Value::Null);
        let added = told(&app, "35/2?round=1");
        assert_eq!(
            (&added["color"], &added["player"]["name"]),
            (&json!(4), &json!("Bob"))
        );
        assert_eq!(versions(&added), [7], "the erasure was before the cell");
        let untouched = told(&app, "36/2?round=1");
        assert_eq!(
            (&untouched["version"], &untouched["at"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(versions(&untouched), [0u64; 0]);
        let new = told(&app, "1/2?round=2");
        assert_eq!((&new["color"], versions(&new)), (&json!(7), vec![newest]));
        assert_eq!(new, told(&app, "1/2"));
        app.restart();
    }
}

#[test]
fn a_cell_at_any_version_is_told() {
    let app = TestApp::start();
    let newest = two_rounds(&app);
    let at = |version: u64| {
        let cell = told(&app, &format!("1/2?version={version}"));
        (
            cell["color"].clone(),
            cell["player"]["name"].clone(),
            versions(&cell),
        )
    };
    let untouched = at(1);
    assert_eq!((untouched.1, untouched.2), (Value::Null, vec![]));
    assert_eq!(at(3), (json!(6), json!("Bob"), vec![3, 2]));
    assert_eq!(at(4), (json!(5), json!("Ada"), vec![4, 3, 2]));
    assert_eq!(at(6), (json!(9), Value::Null, vec![5, 4, 3, 2]));
    assert_eq!(at(9), (json!(5), json!("Ada"), vec![8, 5, 4, 3, 2]));
    assert_eq!((at(10).1, at(10).2), (Value::Null, vec![]));
    assert_eq!(at(newest), (json!(7), json!("Cid"), vec![newest]));
}

#[test]
fn a_moment_that_a_cell_does_not_have_is_told() {
    let app = TestApp::start();
    let newest = two_rounds(&app);
    told(&app, "1/2");
    let refused = |path: &str, status: u16, code: &str| {
        let answer = app.guest().get(&format!("{CELLS}/{path}"));
        answer.expect_error(status, code);
    };
    refused("40/2?round=1", 400, "out_of_bounds");
    refused("35/2?version=5", 400, "out_of_bounds");
    refused("35/2", 400, "out_of_bounds");
    refused("-1/2?round=1", 400, "out_of_bounds");
    refused("1/2?round=0", 404, "round_not_found");
    refused("1/2?round=3", 404, "round_not_found");
    refused("1/2?round=x", 400, "invalid_request");
    refused("1/2?round=4294967296", 400, "invalid_request");
    refused("1/2?version=0", 404, "version_not_found");
    refused(
        &format!("1/2?version={}", newest + 1),
        404,
        "version_not_found",
    );
    refused("1/2?version=5&round=2", 400, "invalid_request");
    let empty = TestApp::with(&[("roles", "gateway")]);
    let unopened = empty.guest().get(&format!("{CELL}?round=1"));
    unopened.expect_error(409, "no_round");
}
