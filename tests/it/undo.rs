//! Taking a placement back.

use event_store::event::RoundClosed;
use event_store::{Event, RoundId, UnixMs};

use crate::support::test_app::{TestApp, placement};

#[test]
fn an_undo_restores_the_cell_and_gives_the_charge_back_once() {
    let app = TestApp::with(&[("canvas.regain_ms", "60000"), ("canvas.max_charges", "2")]);
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    bob.place(1, 1, 4);
    let version = ada.place(1, 1, 5);
    let undone = ada.try_undo(version).expect(200);
    assert_eq!(undone["charges"], 2);
    assert_eq!(undone["version"], 4);
    let cell = ada.get_json("/api/v1/canvases/main/cells/1/1");
    assert_eq!(cell["color"], 4);
    assert_eq!(cell["player"]["name"], "Bob");
    let again = ada.try_undo(version).expect(200);
    assert_eq!(again, undone, "doing it twice is doing it once");
    assert_eq!(ada.canvas()["version"], 4);
}

#[test]
fn only_a_placement_of_ones_own_can_be_undone() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let version = ada.place(1, 1, 5);
    bob.try_undo(version).expect_error(403, "not_yours");
    ada.try_undo(1).expect_error(404, "undo_unknown");
    ada.try_undo(0).expect_error(404, "undo_unknown");
    ada.try_undo(u64::MAX).expect_error(404, "undo_unknown");
    let elsewhere = ada.send("POST", "/api/v1/canvases/other/placements/2/undo", &[], "");
    elsewhere.expect_error(404, "canvas_not_found");
}

#[test]
fn a_placement_that_was_placed_over_stays() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let version = ada.place(1, 1, 5);
    bob.place(1, 1, 6);
    ada.try_undo(version).expect_error(409, "undo_overwritten");
}

#[test]
fn after_five_seconds_it_is_too_late() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let before = UnixMs::now().plus_ms(-5_001);
    let version = app.append_at(before, placement(ada.id(), 1, 1, 5));
    ada.try_undo(version.0).expect_error(409, "undo_too_late");
    // The server forgets it now, and still knows why.
    ada.place(2, 2, 5);
    ada.try_undo(version.0).expect_error(409, "undo_too_late");
    let bob = app.player("Bob");
    bob.try_undo(version.0).expect_error(403, "not_yours");
}

#[test]
fn a_closed_round_keeps_its_placements() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let version = ada.place(1, 1, 5);
    app.append(Event::RoundClosed(RoundClosed { round: RoundId(1) }));
    ada.try_undo(version).expect_error(409, "round_closed");
}

#[test]
fn an_undo_survives_a_restart_in_between() {
    let mut app = TestApp::start();
    let ada = app.player("Ada");
    let version = ada.place(1, 1, 5);
    let undone = ada.try_undo(version).expect(200);
    app.restart();
    let again = ada.at(app.address()).try_undo(version).expect(200);
    assert_eq!(again["version"], undone["version"]);
}
