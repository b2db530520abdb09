//! Open data over HTTP: whole, in parts, compressed, and by no more clients than there is room for.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use event_store::event::RegionErased;
use event_store::{Event, PaletteIndex, Region, RoundId, UnixMs};
use serde_json::Value;

use crate::support::DEADLINE;
use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::test_app::TestApp;

const EXPORT: &str = "/api/v1/canvases/main/export";

const FORMATS: [&str; 5] = ["rplace2022", "rplace2023", "pxls", "ndjson", "pixelwars"];

/// The same number as in `src/http/exports.rs`.
const MAX_EXPORTS: usize = 4;

/// Erases everything with a colour; 768 lines of a Pxls log.
fn erase(app: &TestApp, color: u8) {
    app.append_unseen(
        UnixMs(1_649_007_502_250),
        Event::RegionErased(RegionErased {
            round: RoundId(1),
            region: Region {
                x: 0,
                y: 0,
                width: 32,
                height: 24,
            },
            color: PaletteIndex(color),
            by: None,
            reason: String::new(),
        }),
    );
}

fn of(app: &TestApp, query: &str, headers: &[(&str, &str)]) -> Answer {
    app.guest().get_with(&format!("{EXPORT}?{query}"), headers)
}

#[test]
fn every_form_tells_what_happened_under_pseudonyms() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    ada.place(3, 4, 5);
    let version = bob.place(5, 4, 6);
    ada.try_undo(2).expect(200);
    for format in FORMATS {
        let answer = of(&app, &format!("format={format}"), &[]);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(answer.header("x-canvas-version"), "4");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        let file = answer.header("content-disposition");
        assert!(file.starts_with("attachment; filename=\"main-"), "{file}");
        let text = answer.text();
        for hidden in [ada.id().to_string(), bob.id().to_string()] {
            assert!(!text.contains(&hidden), "{hidden} in {text}");
        }
        assert!(!text.contains("Ada") && !text.contains("Bob"), "{text}");
        let again = of(&app, &format!("format={format}"), &[]);
        assert_eq!(again.text(), text);
        let etag = answer.header("etag");
        let known = of(
            &app,
            &format!("format={format}"),
            &[("if-none-match", etag)],
        );
        assert_eq!((known.status(), known.body.len()), (304, 0));
    }
    let ndjson = of(&app, "format=ndjson", &[]);
    assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
    let events: Vec<Value> = ndjson
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "RoundOpened",
            "PlacementMade",
            "PlacementMade",
            "PlacementUndone"
        ]
    );
    assert_eq!(
        events[1]["player"], events[3]["player"],
        "one name in one round"
    );
    assert_ne!(events[1]["player"], events[2]["player"]);
    let later = of(&app, &format!("format=ndjson&from={version}"), &[]);
    assert_eq!(later.text().lines().count(), 2);
    let part = of(&app, "format=ndjson&from=2&region=5,4,1,1", &[]);
    assert_eq!(part.text().lines().count(), 1);
}

#[test]
fn a_download_that_broke_off_goes_on_while_the_round_runs() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    for x in 0..20 {
        ada.place(x, 0, 5);
    }
    let first = of(&app, "format=pxls", &[]);
    let (whole, version) = (
        first.text().to_owned(),
        first.header("x-canvas-version").to_owned(),
    );
    let etag = first.header("etag").to_owned();
    ada.place(0, 1, 5);
    let query = format!("format=pxls&to={version}");
    let total = whole.len();
    for from in [0, 1, 100, total - 1] {
        let range = format!("bytes={from}-");
        let rest = of(&app, &query, &[("range", &range), ("if-range", &etag)]);
        assert_eq!((rest.status(), rest.text()), (206, &whole[from..]));
        let expected = format!("bytes {from}-{}/{total}", total - 1);
        assert_eq!(rest.header("content-range"), expected);
        assert_eq!(rest.header("content-length"), (total - from).to_string());
        assert_eq!(rest.header("etag"), etag);
    }
    let middle = of(&app, &query, &[("range", "bytes=5-9")]);
    assert_eq!((middle.status(), middle.text()), (206, &whole[5..10]));
    let end = of(
        &app,
        &query,
        &[("range", "bytes=-7"), ("accept-encoding", "gzip")],
    );
    assert_eq!((end.status(), end.text()), (206, &whole[total - 7..]));
    let beyond = of(&app, &query, &[("range", &format!("bytes={total}-"))]);
    beyond.expect_error(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{total}"));
    // What has changed since, or is not fixed, comes whole.
    for headers in [
        [("range", "bytes=5-"), ("if-range", &etag)],
        [("range", "bytes=5-"), ("accept", "*/*")],
    ] {
        let changed = of(&app, "format=pxls", &headers);
        assert_eq!(changed.status(), 200);
        assert_eq!(changed.text().lines().count(), 21);
    }
    let rest = of(
        &app,
        &format!("format=pxls&from={}", version.parse::<u64>().unwrap() + 1),
        &[],
    );
    assert_eq!(rest.text().lines().count(), 1);
}

#[test]
fn what_is_compressed_is_the_same_text() {
    let app = TestApp::start();
    (0..10).for_each(|color| erase(&app, color));
    app.guest().see(event_store::Version(11));
    let plain = of(&app, "format=pxls", &[]);
    assert_eq!(plain.text().lines().count(), 7_680);
    let zstd = of(&app, "format=pxls", &[("accept-encoding", "gzip, zstd")]);
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert_eq!(zstd::decode_all(&zstd.body[..]).unwrap(), plain.body);
    let gzip = of(&app, "format=pxls", &[("accept-encoding", "gzip")]);
    let mut text = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&gzip.body[..]);
    decoder.read_to_end(&mut text).unwrap();
    assert_eq!(text, plain.body);
    for encoded in [&zstd, &gzip] {
        assert_eq!(encoded.header("accept-ranges"), "none");
        assert_eq!(encoded.header("vary"), "accept-encoding");
        assert_ne!(encoded.header("etag"), plain.header("etag"));
    }
    let path = format!("{EXPORT}?format=pxls");
    let head = app.guest().send("HEAD", &path, &[], "");
    assert_eq!(head.header("content-length"), plain.body.len().to_string());
}

#[test]
fn what_cannot_be_exported_is_told() {
    let app = TestApp::start();
    app.player("Ada").place(0, 0, 5);
    for (query, status, code) in [
        ("", 400, "invalid_request"),
        ("format=png", 400, "invalid_request"),
        ("format=pxls&region=1,2,3", 400, "invalid_request"),
        ("format=pxls&region=1,2,0,3", 400, "invalid_request"),
        ("format=pxls&from=2&to=1", 400, "invalid_request"),
        ("format=pxls&from=-1", 400, "invalid_request"),
        ("format=ndjson&to=99", 404, "version_not_found"),
        ("format=ndjson&round=2", 404, "round_not_found"),
        ("format=pxls&to=0", 409, "no_round"),
        ("format=rplace2017", 409, "format_unsuitable"),
    ] {
        of(&app, query, &[]).expect_error(status, code);
    }
    let elsewhere = app.guest().get("/api/v1/canvases/other/export?format=pxls");
    elsewhere.expect_error(404, "canvas_not_found");
}

/// A client that has read the head of an answer, and reads no more.
struct SlowClient(BufReader<TcpStream>);

impl SlowClient {
    fn open(app: &TestApp, query: &str) -> Self {
        let mut stream = TcpStream::connect(app.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let request = format!("GET {EXPORT}?{query} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut client = Self(BufReader::new(stream));
        let mut line = String::new();
        client.0.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        client
    }

    /// Everything that is left, and whether it came to its end.
    fn ends_whole(mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).is_ok() && rest.ends_with(b"\r\n0\r\n\r\n")
    }
}

#[test]
fn slow_clients_hold_no_more_than_their_places_and_give_them_back_when_they_leave() {
    let mut app = TestApp::start();
    // Some 15 MB, more than the buffers of a connection take.
    (0..300).for_each(|number| erase(&app, (number % 30) as u8));
    app.guest().see(event_store::Version(301));
    let query = "format=pxls";
    let mut slow: Vec<SlowClient> = (0..MAX_EXPORTS)
        .map(|_| SlowClient::open(&app, query))
        .collect();
    let refused = of(&app, query, &[]);
    let error = refused.expect_error(503, "too_many_exports");
    assert!(error["retry_after_ms"].as_u64() > Some(0));
    let metrics = app.guest().get("/metrics");
    let running = metrics
        .text()
        .lines()
        .find(|line| line.starts_with("canvas_exports "));
    assert_eq!(running, Some("canvas_exports 4"));
    // Who leaves makes room.
    slow.pop();
    let whole = eventually("there is room again", || {
        let answer = of(&app, query, &[]);
        (answer.status() == 200).then_some(answer)
    });
    assert_eq!(whole.text().lines().count(), 300 * 768);
    let one = slow.pop().unwrap();
    app.stop();
    assert!(
        !one.ends_whole(),
        "an export that the server broke off looks whole"
    );
}
