//! The log, in pages and as a stream.

use event_store::event;
use serde_json::json;

use crate::support::eventually;
use crate::support::sse::EventStream;
use crate::support::test_app::TestApp;

const EVENTS: &str = "/api/v1/canvases/main/events";

/// A player of a name that is not drawn by chance.
fn numbered(app: &TestApp, count: u16) {
    let ada = app.player("Ada");
    for x in 0..count {
        ada.place(x, 0, 5);
    }
}

#[test]
fn json_events_come_in_pages() {
    let app = TestApp::start();
    numbered(&app, 4);
    let guest = app.guest();
    let mut after = 0;
    let mut versions = Vec::new();
    loop {
        let page = guest.get_json(&format!("{EVENTS}?after={after}&limit=2"));
        assert_eq!(page["last"], 5);
        let events = page["events"].as_array().unwrap();
        let Some(last) = events.last() else {
            assert_eq!(page["next_after"], after);
            break;
        };
        assert_eq!(page["next_after"], last["version"]);
        versions.extend(
            events
                .iter()
                .map(|event| event["version"].as_u64().unwrap()),
        );
        after = page["next_after"].as_u64().unwrap();
    }
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let beyond = guest.get_json(&format!("{EVENTS}?after=99"));
    assert_eq!(beyond["events"], json!([]));
    assert_eq!(beyond["next_after"], 99);
}

#[test]
fn a_json_event_has_its_documented_form() {
    let app = TestApp::start();
    numbered(&app, 1);
    let mut page = app.guest().get_json(EVENTS);
    for event in page["events"].as_array_mut().unwrap() {
        event["at"] = json!("<time>");
        if event["player"].is_string() {
            event["player"] = json!("<player>");
        }
        if event["palette"].is_array() {
            event["palette"] = json!("<palette>");
        }
    }
    insta::assert_json_snapshot!("json_events", page);
}

#[test]
fn msgpack_events_are_those_of_the_log() {
    let app = TestApp::start();
    numbered(&app, 3);
    let answer = app.guest().get(&format!("{EVENTS}?after=1"));
    assert_eq!(answer.header("content-type"), "application/msgpack");
    let mut rest = &answer.body[..];
    assert_eq!(rmp::decode::read_array_len(&mut rest).unwrap(), 3);
    let page = app.guest().get_json(&format!("{EVENTS}?after=1"));
    for expected in page["events"].as_array().unwrap() {
        assert_eq!(rmp::decode::read_array_len(&mut rest).unwrap(), 2);
        let version: u64 = rmp::decode::read_int(&mut rest).unwrap();
        assert_eq!(expected["version"], version);
        // An event is an array of its own: this one's length is where the next begins.
        let length = event_bytes(rest);
        let (_, event) = event::decode(&rest[..length]).unwrap();
        assert_eq!(expected["type"], event.kind().name());
        rest = &rest[length..];
    }
    assert!(rest.is_empty());
}

/// The length of the MessagePack value at the start of `bytes`.
fn event_bytes(bytes: &[u8]) -> usize {
    let mut cursor = std::io::Cursor::new(bytes);
    let mut reader = rmp_serde::Deserializer::new(&mut cursor);
    let skipped: serde::de::IgnoredAny = serde::Deserialize::deserialize(&mut reader).unwrap();
    let _ = skipped;
    cursor.position() as usize
}

#[test]
fn a_wrong_page_is_told() {
    let app = TestApp::start();
    let guest = app.guest();
    for query in [
        "limit=0",
        "limit=10001",
        "limit=-1",
        "after=x",
        "after=-1",
        "limit=",
    ] {
        let refused = guest.get(&format!("{EVENTS}?{query}"));
        refused.expect_error(400, "invalid_request");
    }
    let all = guest.get_json(&format!("{EVENTS}?after={}", u64::MAX));
    assert_eq!(all["events"], json!([]));
    let elsewhere = guest.get("/api/v1/canvases/other/events");
    elsewhere.expect_error(404, "canvas_not_found");
}

#[test]
fn the_stream_tells_what_happens_from_now_on() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    ada.place(0, 0, 5);
    let mut stream = EventStream::open(&app.guest(), None);
    let version = ada.place(1, 0, 5);
    let event = stream.next().unwrap();
    assert_eq!(event.id, version);
    assert_eq!(event.data["type"], "PlacementMade");
    assert_eq!(event.data["player"], ada.id().to_string());
    let page = app.guest().get_json(&format!("{EVENTS}?after=2"));
    assert_eq!(page["events"][0], event.data);
}

#[test]
fn a_stream_resumes_after_the_last_event_id_without_a_gap() {
    let app = TestApp::start();
    numbered(&app, 3);
    let mut stream = EventStream::open(&app.guest(), Some(0));
    let ids: Vec<u64> = (0..4).map(|_| stream.next().unwrap().id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    drop(stream);
    let mut stream = EventStream::open(&app.guest(), Some(2));
    assert_eq!(stream.next().unwrap().id, 3);
    let refused = app
        .guest()
        .get_with(&format!("{EVENTS}/stream"), &[("last-event-id", "x")]);
    refused.expect_error(400, "invalid_request");
}

#[test]
fn a_stream_misses_nothing_while_many_place() {
    const PLAYERS: u16 = 4;
    const EACH: u16 = 20;
    let app = TestApp::start();
    let mut streams = [Some(0), None].map(|resume| EventStream::open(&app.guest(), resume));
    std::thread::scope(|scope| {
        for number in 0..PLAYERS {
            let player = app.player("one of many");
            scope.spawn(move || (0..EACH).for_each(|x| _ = player.place(x, number, 5)));
        }
    });
    let last = u64::from(PLAYERS * EACH) + 1;
    let seen = streams.each_mut().map(|stream| -> Vec<u64> {
        let mut ids = vec![stream.next().unwrap().id];
        while ids.last() < Some(&last) {
            ids.push(stream.next().unwrap().id);
        }
        ids
    });
    assert_eq!(seen[0], (1..=last).collect::<Vec<_>>());
    assert_eq!(seen[1], (2..=last).collect::<Vec<_>>());
}

#[test]
fn a_stream_ends_when_the_server_stops() {
    let mut app = TestApp::start();
    let mut stream = EventStream::open(&app.guest(), None);
    app.stop();
    assert_eq!(stream.next(), None);
}

#[test]
fn readers_of_the_stream_are_counted() {
    let app = TestApp::start();
    let stream = EventStream::open(&app.guest(), None);
    assert_eq!(app.guest().canvas()["online"]["watching"], 1);
    drop(stream);
    // The server notices when it writes.
    numbered(&app, 2);
    eventually("the reader is gone", || {
        (app.guest().canvas()["online"]["watching"] == 0).then_some(())
    });
}
