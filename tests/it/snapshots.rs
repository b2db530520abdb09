//! All cells at one version, over HTTP.

use std::io::Read as _;

use crate::support::board::Board;
use crate::support::eventually;
use crate::support::test_app::TestApp;

#[test]
fn the_latest_leads_to_an_immutable_snapshot() {
    let app = TestApp::start();
    let guest = app.guest();
    let latest = guest.get("/api/v1/canvases/main/snapshots/latest");
    assert_eq!(latest.status(), 307);
    assert_eq!(latest.header("cache-control"), "public, max-age=1");
    let url = latest.header("location");
    assert_eq!(url, "/api/v1/canvases/main/snapshots/1");
    let snapshot = guest.get(url);
    assert_eq!(snapshot.status(), 200);
    assert_eq!(snapshot.header("content-type"), "application/octet-stream");
    let forever = "public, max-age=31536000, immutable";
    assert_eq!(snapshot.header("cache-control"), forever);
    assert_eq!(snapshot.header("vary"), "accept-encoding");
    let board = Board::from_snapshot(&snapshot.body);
    assert_eq!((board.version, board.round), (1, 1));
    assert_eq!(board.cells.len(), 32 * 24);
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let app = TestApp::start();
    let guest = app.guest();
    for path in ["latest", "1"].map(|end| format!("/api/v1/canvases/main/snapshots/{end}")) {
        let etag = guest.get(&path).header("etag").to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
            let again = guest.get_with(&path, &[("if-none-match", &known)]);
            assert_eq!(again.status(), 304, "{known}");
            assert_eq!(again.header("etag"), etag);
            assert!(again.body.is_empty());
        }
        let other = guest.get_with(&path, &[("if-none-match", "\"7\"")]);
        assert_ne!(other.status(), 304);
    }
}

#[test]
fn every_encoding_holds_the_same_bytes() {
    let app = TestApp::start();
    let guest = app.guest();
    let path = "/api/v1/canvases/main/snapshots/1";
    let plain = guest.get(path).body;
    for name in ["zstd", "br", "gzip"] {
        let answer = guest.get_with(path, &[("accept-encoding", name)]);
        assert_eq!(answer.header("content-encoding"), name);
        let sent = &answer.body[..];
        let mut bytes = Vec::new();
        match name {
            "zstd" => zstd::stream::copy_decode(sent, &mut bytes).unwrap(),
            "br" => brotli::BrotliDecompress(&mut { sent }, &mut bytes).unwrap(),
            _ => {
                let mut decoder = flate2::read::GzDecoder::new(sent);
                decoder.read_to_end(&mut bytes).unwrap();
            }
        }
        assert_eq!(bytes, plain, "{name}");
    }
    let refused = guest.get_with(path, &[("accept-encoding", "zstd;q=0, identity")]);
    assert_eq!(refused.header("content-encoding"), "");
    assert_eq!(refused.body, plain);
}

#[test]
fn snapshots_follow_the_canvas_and_outlive_a_restart() {
    let mut app = TestApp::with(&[("snapshots.interval_events", "5")]);
    let ada = app.player("Ada");
    for x in 0..10 {
        ada.place(x, 3, 5);
    }
    let board = eventually("a snapshot of the placements", || {
        let board = ada.snapshot();
        (board.version >= 6).then_some(board)
    });
    let shown = usize::try_from(board.version).unwrap() - 1;
    let row = &board.cells[3 * 32..3 * 32 + shown];
    assert!(row.iter().all(|color| *color == 5), "{row:?}");
    app.restart();
    let kept = format!("/api/v1/canvases/main/snapshots/{}", board.version);
    assert_eq!(Board::from_snapshot(&app.guest().get(&kept).body), board);
}

#[test]
fn a_snapshot_that_is_not_kept_is_not_found() {
    let app = TestApp::start();
    let guest = app.guest();
    let path = |end: &str| format!("/api/v1/canvases/main/snapshots/{end}");
    guest
        .get(&path("999"))
        .expect_error(404, "snapshot_not_found");
    guest
        .get(&path("18446744073709551615"))
        .expect_error(404, "snapshot_not_found");
    guest
        .get(&path("first"))
        .expect_error(400, "invalid_request");
    let elsewhere = guest.get("/api/v1/canvases/other/snapshots/1");
    elsewhere.expect_error(404, "canvas_not_found");
    let empty = TestApp::with(&[("roles", "gateway")]);
    let latest = empty.guest().get(&path("latest"));
    latest.expect_error(404, "snapshot_not_found");
}
