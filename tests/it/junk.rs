//! Whatever a stranger sends: no fault of the server, no panic, and errors in the one form.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::DEADLINE;
use crate::support::answer::Answer;
use crate::support::test_app::TestApp;

const CASES: u32 = 1_000;

/// Every route but the event stream, which does not end.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/docs"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/me"),
    ("POST", "/api/v1/auth/anonymous"),
    ("GET", "/api/v1/canvases"),
    ("GET", "/api/v1/canvases/{}"),
    ("GET", "/api/v1/canvases/{}/snapshots/latest"),
    ("GET", "/api/v1/canvases/{}/snapshots/{}"),
    ("GET", "/api/v1/canvases/{}/events"),
    ("GET", "/api/v1/canvases/{}/catch-up"),
    ("GET", "/api/v1/canvases/{}/image.png"),
    ("GET", "/api/v1/canvases/{}/export"),
    ("GET", "/api/v1/canvases/{}/cells/{}/{}"),
    ("POST", "/api/v1/canvases/{}/placements"),
    ("POST", "/api/v1/canvases/{}/placements/{}/undo"),
    ("POST", "/api/v1/canvases/{}/play"),
    ("POST", "/api/v1/canvases/{}/leave"),
    ("GET", "/api/v1/canvases/{}/feed"),
    ("POST", "/api/v1/canvases/{}/reports"),
    ("POST", "/api/v1/canvases/{}/appeals"),
    ("GET", "/api/v1/canvases/{}/appeals/mine"),
    ("GET", "/api/v1/canvases/{}/moderation/reports"),
    ("GET", "/api/v1/canvases/{}/moderation/reports/{}"),
    (
        "POST",
        "/api/v1/canvases/{}/moderation/reports/{}/resolution",
    ),
    ("GET", "/api/v1/canvases/{}/moderation/players/{}"),
    ("GET", "/api/v1/canvases/{}/moderation/bans"),
    ("GET", "/api/v1/me/reports"),
    ("POST", "/api/v1/{}/{}"),
    ("GET", "/{}/{}"),
];

const PARAMETERS: &[&str] = &[
    "after", "round", "limit", "version", "time", "region", "scale", "before", "format", "from",
    "to", "nonsense",
];

const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "authorization",
    "content-type",
    "if-none-match",
    "last-event-id",
    "origin",
    "sec-websocket-protocol",
    "sec-websocket-key",
    "upgrade",
    "range",
];

/// A request that a client library can still send.
#[derive(Clone, Debug)]
struct Junk {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// What stands in a path, a query or a header: often nearly right.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(vec![
            "main", "0", "1", "2", "-1", "1e9", "65535", "65536", "4294967296",
            "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "18446744073709551616", "0,0,1,1", "65535,65535,65535,65535",
            "2022-04-04T00:00:00Z", "-009999-01-01T00:00:00Z", "+262142-01-01T00:00:00Z", "NaN",
            "application/json", "application/msgpack", "zstd", "gzip;q=-1", "Bearer x", "W/\"1\"",
            "pxls", "ndjson", "bytes=1-",
        ]).prop_map(str::to_owned),
        2 => any::<i64>().prop_map(|number| number.to_string()),
        2 => "[ -~]{0,20}",
        1 => "\\PC{0,10}",
    ]
}

/// A word that is often a number near those that count.
fn number() -> impl Strategy<Value = String> {
    prop_oneof![3 => (0..40u8).prop_map(|number| number.to_string()), 1 => word()]
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => (byte as char).to_string(),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(escape).collect()
}

/// A route's method, or another one now and then, and its path with words in it.
fn route() -> impl Strategy<Value = (&'static str, String)> {
    let others = vec![
        "GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "X",
    ];
    let other = proptest::option::weighted(0.1, proptest::sample::select(others));
    let route = proptest::sample::select(ROUTES);
    let segments = (word(), number(), number());
    let is_main = proptest::bool::weighted(0.9);
    let parameter = (proptest::sample::select(PARAMETERS), number());
    let query = proptest::collection::vec(parameter, 0..4);
    // Bytes that are no UTF-8 when they are unescaped.
    let tail = proptest::option::weighted(0.1, Just("%ff%00"));
    (other, route, segments, is_main, query, tail).prop_map(
        |(other, (method, path), (first, second, third), is_main, query, tail)| {
            let first = if is_main { "main" } else { &first };
            let mut path = path.to_owned();
            for segment in [first, &second, &third] {
                path = path.replacen("{}", &escaped(segment), 1);
            }
            path.push_str(tail.unwrap_or_default());
            for (at, (name, value)) in query.iter().enumerate() {
                let mark = if at == 0 { '?' } else { '&' };
                path.push_str(&format!("{mark}{name}={}", escaped(value)));
            }
            (other.unwrap_or(method), path)
        },
    )
}

fn placement() -> impl Strategy<Value = serde_json::Value> {
    let column = prop_oneof![3 => 0..32i64, 1 => any::<i64>()];
    let parts = (word(), column, -1..25i16, 0..40u8);
    parts.prop_map(
        |(id, x, y, color)| serde_json::json!({ "id": id, "x": x, "y": y, "color": color }),
    )
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let batch = proptest::collection::vec(placement(), 0..70)
        .prop_map(|placements| serde_json::json!({ "placements": placements }));
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}:,\"a-z0-9]{0,40}".prop_map(String::into_bytes),
        placement().prop_map(|body| body.to_string().into_bytes()),
        batch.prop_map(|body| body.to_string().into_bytes()),
        word().prop_map(|name| serde_json::json!({ "name": name }).to_string().into_bytes()),
    ]
}

fn junk() -> impl Strategy<Value = Junk> {
    let printable = word().prop_map(|text| text.replace(|c: char| !(' '..='~').contains(&c), "?"));
    let header = (proptest::sample::select(HEADERS), printable);
    let headers = proptest::collection::vec(header, 0..4);
    let is_json = proptest::bool::weighted(0.7);
    (route(), headers, is_json, body()).prop_map(|((method, path), mut headers, is_json, body)| {
        headers.retain(|(name, _)| !(is_json && *name == "content-type"));
        if is_json {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Junk {
            method,
            path,
            headers,
            body,
        }
    })
}

fn is_lawful(answer: &Answer, method: &str) {
    assert_ne!(answer.status(), 500);
    assert_eq!(answer.header("x-request-id").len(), 16);
    // The answer to HEAD has no body by definition.
    if answer.status() >= 400 && method != "HEAD" {
        answer.error();
    }
}

#[test]
fn no_request_is_answered_by_a_fault() {
    let app = TestApp::start();
    let actors = [app.guest(), app.player("Ada")];
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let run = TestRunner::new(config).run(&(junk(), 0..2usize), |(request, actor)| {
        let headers = request.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let Junk { method, path, .. } = &request;
        let answer = actors[actor].send(method, path, &headers, request.body.clone());
        is_lawful(&answer, method);
        Ok(())
    });
    run.unwrap();
    app.player("Bob").place(31, 23, 5);
}

#[test]
fn the_event_stream_refuses_junk_like_everything_else() {
    let app = TestApp::start();
    let guest = app.guest();
    for query in [
        "?after=",
        "?after=-1",
        "?after=x",
        "?after=18446744073709551616",
        "?after=%ff",
    ] {
        let path = format!("/api/v1/canvases/main/events/stream{query}");
        guest.get(&path).expect_error(400, "invalid_request");
    }
    for id in ["", "-1", "18446744073709551616", "1 2"] {
        let path = "/api/v1/canvases/main/events/stream";
        let refused = guest.get_with(path, &[("last-event-id", id)]);
        refused.expect_error(400, "invalid_request");
    }
}

#[test]
fn bytes_that_are_no_http_end_the_connection_and_nothing_else() {
    let app = TestApp::start();
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let junk: [&[u8]; 8] = [
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST /api/v1/auth/anonymous HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n",
        long.as_bytes(),
        many.as_bytes(),
    ];
    for bytes in junk {
        let mut stream = TcpStream::connect(app.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        // The server may hang up before it has read everything.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let head = answer.lines().next().unwrap_or_default();
        assert!(!head.contains(" 5"), "{head}");
    }
    assert_eq!(app.guest().get("/livez").status(), 200);
}
