//! History over HTTP: the files, and what is found in them.

use event_store::event::RegionErased;
use event_store::{Event, PaletteIndex, PlayerId, Region, RoundId, Version};
use projections::history::segment::SegmentFile;
use projections::history::{Keyframe, chain};
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::test_app::TestApp;

const CANVAS: &str = "/api/v1/canvases/main";

fn get(app: &TestApp, path: &str) -> Answer {
    app.guest().get(&format!("{CANVAS}/{path}"))
}

/// The manifest, once history has come to `version`.
fn manifest(app: &TestApp, version: Version) -> Value {
    eventually("history is read", || {
        let answer = get(app, "history");
        let is_ready = answer.status() == 200 && answer.json()["version"] == version.0;
        is_ready.then(|| answer.expect(200))
    })
}

/// A log of two rounds: placements, an undo and an erasure in the first, one placement after.
fn two_rounds(app: &TestApp) -> (Version, PlayerId) {
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    ada.place(1, 2, 5);
    bob.place(2, 2, 6);
    let undone = bob.place(1, 2, 6);
    bob.try_undo(undone).expect(200);
    app.append(Event::RegionErased(RegionErased {
        round: RoundId(1),
        region: Region {
            x: 0,
            y: 0,
            width: 4,
            height: 1,
        },
        color: PaletteIndex(9),
        by: None,
        reason: "test".to_owned(),
    }));
    app.open_round(&app.round_plan());
    eventually("the round is open here", || {
        (app.guest().get(CANVAS).expect(200)["round"] == 2).then_some(())
    });
    let last = app.player("Cid").place(3, 3, 4);
    (Version(last), bob.id())
}

#[test]
fn a_round_that_is_over_is_a_segment_and_a_keyframe() {
    let mut app = TestApp::start();
    let (last, _) = two_rounds(&app);
    let mut seen = None;
    for _ in 0..2 {
        let manifest = manifest(&app, last);
        let segments = manifest["segments"].as_array().unwrap();
        assert_eq!(segments.len(), 1, "{manifest}");
        let segment = &segments[0];
        assert_eq!(segment["first"], 1);
        assert_eq!(manifest["rounds"][0]["last_segment"], 1);
        assert_eq!(manifest["rounds"][1]["first_segment"], Value::Null);
        assert_eq!(manifest["open"]["round"], 2);
        assert_eq!(manifest["chain"], segment["chain"]);
        let answer = get(&app, "history/segments/1");
        assert_eq!(answer.status(), 200);
        assert!(answer.header("cache-control").contains("immutable"));
        let file = SegmentFile::read(&answer.body).unwrap();
        let hash = file.content_hash().unwrap();
        assert_eq!(segment["hash"], hash.to_hex().to_string());
        let decoded = file.decode().unwrap();
        assert_eq!(decoded.last().0, segment["last"]);
        // Pseudonyms, not accounts.
        let players: Vec<u32> = decoded
            .placements
            .iter()
            .map(|made| made.player.0)
            .collect();
        assert_eq!(players, [1, 2, 2]);
        let keyframe = get(&app, &format!("history/keyframes/{}", segment["last"]));
        assert_eq!(keyframe.status(), 200);
        let keyframe_hash = blake3::hash(&keyframe.body);
        assert_eq!(
            segment["keyframe"]["hash"],
            keyframe_hash.to_hex().to_string()
        );
        let keyframe = Keyframe::decode(&keyframe.body).unwrap();
        let mut field = None;
        decoded.fold(&mut field, decoded.times.len() as u32);
        assert_eq!(field, Some(keyframe.field));
        let link = chain::link(chain::BEGINNING, hash, Some(keyframe_hash));
        assert_eq!(manifest["chain"], link.to_hex().to_string());
        let open = get(&app, "history/segments/open");
        assert_eq!(open.header("x-canvas-version"), last.to_string());
        let known = [("if-none-match", open.header("etag"))];
        let path = format!("{CANVAS}/history/segments/open");
        let again = app.guest().get_with(&path, &known);
        assert_eq!((again.status(), again.body.len()), (304, 0));
        assert_eq!(SegmentFile::read(&open.body).unwrap().header().last(), last);
        if let Some(seen) = seen.replace(manifest.clone()) {
            assert_eq!(seen, manifest, "a restart changes nothing");
        }
        app.restart();
    }
}

#[test]
fn files_that_are_not_there_are_told() {
    let app = TestApp::start();
    manifest(&app, Version(1));
    get(&app, "history/segments/1").expect_error(404, "segment_not_found");
    get(&app, "history/segments/0").expect_error(404, "segment_not_found");
    get(&app, "history/segments/x").expect_error(400, "invalid_request");
    get(&app, "history/keyframes/1").expect_error(404, "keyframe_not_found");
    let elsewhere = app.guest().get("/api/v1/canvases/other/history");
    elsewhere.expect_error(404, "canvas_not_found");
    let empty = TestApp::with(&[("roles", "gateway")]);
    manifest(&empty, Version(0));
    get(&empty, "history/segments/open").expect_error(404, "segment_not_found");
}

#[test]
fn what_a_player_did_and_what_happened_in_a_region_is_found() {
    let mut app = TestApp::start();
    let (last, bob) = two_rounds(&app);
    for _ in 0..2 {
        manifest(&app, last);
        let found = |query: &str| -> Vec<u64> {
            let page = get(&app, &format!("history/events?{query}")).expect(200);
            assert_eq!(page["next_before"], Value::Null);
            let events = page["events"].as_array().unwrap().iter();
            events
                .map(|event| event["version"].as_u64().unwrap())
                .collect()
        };
        assert_eq!(found(&format!("round=1&player={bob}")), [5, 4, 3]);
        assert_eq!(found("round=1"), [6, 5, 4, 3, 2]);
        assert_eq!(found("round=1&region=1,2,1,1"), [5, 4, 2]);
        assert_eq!(found("round=1&region=3,0,9,1"), [6]);
        assert_eq!(found("round=1&region=9,9,9,9"), [0u64; 0]);
        assert_eq!(found(""), [last.0]);
        assert_eq!(found(&format!("player={bob}")), [0u64; 0]);
        app.restart();
    }
    manifest(&app, last);
    let page = get(&app, "history/events?round=1&limit=2").expect(200);
    assert_eq!(page["next_before"], 5);
    get(&app, "history/events?limit=0").expect_error(400, "invalid_request");
    get(&app, "history/events?player=x").expect_error(400, "invalid_request");
    get(&app, "history/events?region=1").expect_error(400, "invalid_request");
    get(&app, "history/events?round=9").expect_error(409, "no_round");
}

#[test]
fn two_versions_are_compared() {
    let app = TestApp::start();
    let (last, _) = two_rounds(&app);
    manifest(&app, last);
    let diff = get(&app, "diff?from=1&to=6").expect(200);
    assert_eq!(diff["changed"], 6);
    assert_eq!(
        diff["region"],
        json!({"x": 0, "y": 0, "width": 4, "height": 3})
    );
    let back = get(&app, "diff?from=4&to=2").expect(200);
    assert_eq!(back["changed"], 2);
    let part = get(&app, "diff?from=1&to=6&region=0,0,4,1").expect(200);
    assert_eq!(part["changed"], 4);
    let same = get(&app, "diff?from=3&to=3").expect(200);
    assert_eq!(
        (&same["changed"], &same["region"]),
        (&json!(0), &Value::Null)
    );
    get(&app, "diff?from=1&to=99").expect_error(404, "version_not_found");
    get(&app, "diff?from=0&to=1").expect_error(404, "version_not_found");
    get(&app, "diff?from=1").expect_error(400, "invalid_request");
}
