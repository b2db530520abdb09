//! From any version to now.

use event_store::event::{Region, RegionErased, RoundClosed};
use event_store::{Event, PaletteIndex, RoundId, UnixMs};
use serde_json::json;

use crate::support::board::Board;
use crate::support::feed::Frame;
use crate::support::test_app::TestApp;

fn path(after: u64, round: u32) -> String {
    format!("/api/v1/canvases/main/catch-up?after={after}&round={round}")
}

#[test]
fn recent_versions_get_a_delta_in_both_forms() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    for (x, color) in [(1, 5), (2, 6), (1, 7)] {
        ada.place(x, 0, color);
    }
    let guest = app.guest();
    let delta = guest.get_json(&path(1, 1));
    let expected = json!({ "type": "delta", "after": 1, "to": 4, "cells": [[1, 7], [2, 6]] });
    assert_eq!(delta, expected);
    let answer = guest.get(&path(1, 1));
    assert_eq!(answer.header("content-type"), "application/msgpack");
    assert_eq!(answer.header("cache-control"), "no-store");
    let bin = vec![1, 7, 1, 6];
    let (after, to) = (1, 4);
    assert_eq!(Frame::decode(&answer.body), Frame::Delta { after, to, bin });
    let nothing = guest.get_json(&path(4, 1));
    assert_eq!(
        nothing,
        json!({ "type": "delta", "after": 4, "to": 4, "cells": [] })
    );
}

#[test]
fn a_version_from_before_a_reshape_gets_a_snapshot() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    ada.place(1, 0, 5);
    let size = event_store::event::Size::new(40, 30).unwrap();
    let round = RoundId(1);
    let expanded = event_store::event::CanvasExpanded { round, size };
    let reshaped = app.append(Event::CanvasExpanded(expanded));
    ada.place(39, 29, 6);
    let answer = app.guest().get(&path(2, 1));
    let Frame::Snapshot {
        round,
        version,
        url,
        to,
        bin,
    } = Frame::decode(&answer.body)
    else {
        panic!("no snapshot");
    };
    assert!(version >= reshaped.0);
    assert_eq!((round, to), (1, 4));
    let mut board = Board::from_snapshot(&app.guest().get(&url).body);
    assert_eq!((board.version, board.round), (version, 1));
    board.apply(version, to, &bin);
    assert_eq!(board.cells.len(), 40 * 30);
    assert_eq!((board.cells[1], board.cells[40 * 30 - 1]), (5, 6));
    let json = app.guest().get_json(&path(2, 1));
    assert_eq!(json["type"], "snapshot");
    assert_eq!(json["snapshot"]["url"], url);
}

#[test]
fn a_reader_of_a_past_round_gets_the_new_one() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let old = ada.place(1, 0, 5);
    app.append(Event::RoundClosed(RoundClosed { round: RoundId(1) }));
    let closed = app.guest().get_json(&path(old, 1));
    assert_eq!(
        closed["type"], "delta",
        "a closed round goes on until another begins"
    );
    let opened = app.open_round(&app.round_plan());
    ada.see(opened);
    let answer = app.guest().get_json(&path(old, 1));
    assert_eq!(answer["type"], "round");
    assert_eq!(answer["info"]["round"], 2);
    let Frame::Round(info) = Frame::decode(&app.guest().get(&path(old, 1)).body) else {
        panic!("no round");
    };
    assert_eq!(info["round"], 2);
    assert_eq!(info["snapshot"]["url"], answer["info"]["snapshot"]["url"]);
    let delta = app.guest().get_json(&path(opened.0, 2));
    assert_eq!(delta["type"], "delta");
}

#[test]
fn a_delta_tells_erased_regions_and_undone_placements() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let placed = ada.place(31, 23, 5);
    ada.try_undo(placed).expect(200);
    let erased = RegionErased {
        round: RoundId(1),
        region: Region {
            x: 30,
            y: 0,
            width: 9,
            height: 1,
        },
        color: PaletteIndex(2),
        by: None,
        reason: String::new(),
    };
    app.append_at(UnixMs::now(), Event::RegionErased(erased));
    let delta = app.guest().get_json(&path(1, 1));
    let background = app.guest().snapshot().cells[0];
    assert_eq!(delta["cells"], json!([[30, 2], [31, 2], [767, background]]));
}

#[test]
fn positions_that_never_were_are_told() {
    let app = TestApp::start();
    let guest = app.guest();
    let ahead = guest.get(&path(2, 1)).expect_error(409, "version_ahead");
    assert!(ahead["retry_after_ms"].is_u64());
    guest
        .get(&path(u64::MAX, 1))
        .expect_error(409, "version_ahead");
    guest.get(&path(1, 2)).expect_error(400, "invalid_request");
    guest.get(&path(1, 0)).expect_error(400, "invalid_request");
    for query in [
        "",
        "?after=1",
        "?round=1",
        "?after=x&round=1",
        "?after=1&round=-1",
    ] {
        let refused = guest.get(&format!("/api/v1/canvases/main/catch-up{query}"));
        refused.expect_error(400, "invalid_request");
    }
    let empty = TestApp::with(&[("roles", "gateway")]);
    empty.guest().get(&path(0, 0)).expect_error(409, "no_round");
}
