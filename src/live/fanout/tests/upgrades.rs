//! The handshake, and streams that are not TCP.

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    sync::Arc,
};

use axum::http::{HeaderValue, Request};
use tokio::net::UnixListener;
use tungstenite::{Message, client::IntoClientRequest};

use super::server::{DEADLINE, Kind, PATIENT, PROTOCOL, Server, router, until};
use crate::live::fanout::{EndReason, Fanout, Frame, Options, Shards, UpgradeError, upgrade};

/// A handshake that is right.
fn handshake() -> Request<()> {
    Request::get("/feed")
        .header("connection", "keep-alive, Upgrade")
        .header("upgrade", "WebSocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(())
        .unwrap()
}

fn error_of(change: impl FnOnce(&mut Request<()>)) -> UpgradeError {
    let mut request = handshake();
    change(&mut request);
    let (mut parts, ()) = request.into_parts();
    upgrade(&mut parts, None, |_| ()).unwrap_err()
}

#[test]
fn each_fault_of_a_handshake_has_its_error() {
    let set = |name: &'static str, value: &'static str| {
        error_of(|request| {
            request
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        })
    };
    assert_eq!(
        error_of(|request| *request.method_mut() = "POST".parse().unwrap()),
        UpgradeError::Method
    );
    assert_eq!(
        error_of(|request| *request.version_mut() = axum::http::Version::HTTP_10),
        UpgradeError::HttpVersion
    );
    assert_eq!(set("connection", "keep-alive"), UpgradeError::Connection);
    assert_eq!(set("upgrade", "h2c"), UpgradeError::Upgrade);
    assert_eq!(
        set("sec-websocket-version", "8"),
        UpgradeError::WebSocketVersion
    );
    assert_eq!(set("sec-websocket-key", "c2hvcnQ="), UpgradeError::Key);
    assert_eq!(
        set("sec-websocket-key", "not base64 not base64 24"),
        UpgradeError::Key
    );
    assert_eq!(error_of(|_| ()), UpgradeError::NotUpgradable);
}

#[test]
fn the_accept_key_is_that_of_the_specification() {
    // The example of RFC 6455 §1.3, over a real connection.
    let server = Server::start(Kind::Shards, PATIENT);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(
            b"GET /feed HTTP/1.1\r\nhost: canvas.test\r\nconnection: Upgrade\r\n\
            upgrade: websocket\r\nsec-websocket-version: 13\r\n\
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(answer.starts_with("http/1.1 101"), "{answer}");
    assert!(
        answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
        "{answer}"
    );
}

#[test]
fn the_chosen_subprotocol_is_answered() {
    let server = Server::start(Kind::Shards, PATIENT);
    let mut request = "ws://canvas.test/feed".into_client_request().unwrap();
    let asked = HeaderValue::from_static("pixels, ticket.abc");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", asked);
    let stream = TcpStream::connect(server.address).unwrap();
    let (_, response) = tungstenite::client(request, stream).unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], PROTOCOL);
}

#[test]
fn bytes_sent_right_behind_the_handshake_are_read() {
    let mut server = Server::start(Kind::Shards, PATIENT);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let mut bytes = b"GET /feed HTTP/1.1\r\nhost: canvas.test\r\nconnection: Upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec();
    bytes.extend([0x88, 0x80, 1, 2, 3, 4]);
    stream.write_all(&bytes).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let id = server.adopted();
    let ended = server.ended(1);
    assert_eq!(
        (ended[0].id, ended[0].reason),
        (id, EndReason::ClientClosed)
    );
}

#[test]
fn a_unix_stream_is_served_beside_the_shards() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options {
        shards: 1,
        connections_max: 10,
        timing: PATIENT,
    };
    let fanout = Arc::new(Shards::start(options, runtime.handle().clone()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feed.sock");
    let (router, mut adopted) = router(fanout.clone());
    let listener = {
        let _runtime = runtime.enter();
        UnixListener::bind(&path).unwrap()
    };
    runtime.spawn(async { axum::serve(listener, router).await });

    let stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let (mut client, _) = tungstenite::client("ws://canvas.test/feed", stream).unwrap();
    let id = adopted.blocking_recv().unwrap();
    fanout.broadcast(Frame::binary(b"to all"), Frame::binary(b"resync"));
    fanout.send_to(id, Frame::binary(b"to one")).unwrap();
    for expected in ["hello", "to all", "to one"] {
        assert_eq!(client.read().unwrap(), Message::binary(expected));
    }
    assert_eq!(fanout.stats().connections, 1);
    drop(client);
    until("the connection ended", || {
        fanout.take_ended().iter().any(|ended| ended.id == id)
    });
}
