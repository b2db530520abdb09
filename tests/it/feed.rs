//! The live feed.

use std::net::TcpStream;

use event_store::event::{CooldownChanged, Region, RegionErased};
use event_store::{CooldownRule, Event, PaletteIndex, RoundId, UnixMs};
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::board::Board;
use crate::support::eventually;
use crate::support::feed::{Feed, Frame, Received};
use crate::support::test_app::TestApp;

/// Both writers: what holds for the feed holds for each.
const WRITERS: [&str; 2] = ["shards", "tasks"];

fn connect(actor: &Actor) -> TcpStream {
    TcpStream::connect(actor.address()).unwrap()
}

/// Asks for the feed, and is refused.
fn refused(actor: &Actor, headers: &[(&'static str, &str)]) -> (u16, Value) {
    let Err(response) = Feed::handshake(connect(actor), headers) else {
        panic!("was let in");
    };
    let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap();
    assert_eq!(body["error"]["request_id"], id);
    (response.status().as_u16(), body["error"]["code"].clone())
}

/// A client's board, kept by the algorithm of `docs/API.md`.
fn follow(board: &mut Board, reader: &Actor, frame: Frame) {
    match frame {
        Frame::Delta { to, .. } if to <= board.version => {}
        Frame::Delta { after, to, bin } if after == board.version => board.apply(after, to, &bin),
        Frame::Delta { .. } | Frame::Resync(_) => catch_up(board, reader),
        Frame::Hello { .. } | Frame::Online { .. } => {}
        frame @ (Frame::Round(_)
        | Frame::Snapshot { .. }
        | Frame::Status { .. }
        | Frame::Notice { .. }) => panic!("not expected: {frame:?}"),
    }
}

fn catch_up(board: &mut Board, reader: &Actor) {
    let (after, round) = (board.version(), board.round);
    let path = format!("/api/v1/canvases/main/catch-up?after={after}&round={round}");
    match Frame::decode(&reader.get(&path).body) {
        Frame::Delta { after, to, bin } => board.apply(after, to, &bin),
        Frame::Snapshot {
            url,
            version,
            to,
            bin,
            ..
        } => {
            *board = Board::from_snapshot(&reader.get(&url).body);
            board.apply(version, to, &bin);
        }
        frame @ (Frame::Hello { .. }
        | Frame::Round(_)
        | Frame::Online { .. }
        | Frame::Status { .. }
        | Frame::Notice { .. }
        | Frame::Resync(_)) => panic!("not expected: {frame:?}"),
    }
}

#[test]
fn a_hello_comes_first_and_then_what_changes() {
    for writer in WRITERS {
        let app = TestApp::with(&[("feed.writer", writer)]);
        let (ada, bob) = (app.player("Ada"), app.player("Bob"));
        let mut feed = ada.feed();
        let hello = Frame::Hello {
            round: 1,
            version: 1,
        };
        assert_eq!(feed.receive(), Received::Frame(hello));
        bob.place(3, 1, 5);
        let (after, to, bin) = (1, 2, vec![35, 5]);
        assert_eq!(feed.next(), Frame::Delta { after, to, bin });
        // Two sockets, one of whom came later.
        let hello = Frame::Hello {
            round: 1,
            version: 2,
        };
        assert_eq!(bob.feed().receive(), Received::Frame(hello));
    }
}

#[test]
fn deltas_follow_each_other_under_load_and_make_the_canvas() {
    const PLAYERS: u16 = 4;
    const EACH: u16 = 24;
    for writer in WRITERS {
        let settings = [("feed.writer", writer), ("snapshots.interval_events", "1")];
        let app = TestApp::with(&settings);
        let viewer = app.player("a viewer");
        let mut feed = viewer.feed();
        assert!(matches!(feed.next(), Frame::Hello { version: 1, .. }));
        let mut board = viewer.snapshot();
        std::thread::scope(|scope| {
            for number in 0..PLAYERS {
                let player = app.player("one of many");
                // All on the same cells, so that they overwrite each other.
                scope.spawn(move || {
                    for x in 0..EACH {
                        let id = format!("{x}");
                        let color = (number + x) as u8 % 32;
                        let placed = player.try_place(&id, x % 8, 0, color);
                        assert!(matches!(placed.status(), 201 | 409), "{:?}", placed.body);
                    }
                });
            }
        });
        let last = viewer.canvas()["version"].as_u64().unwrap();
        while board.version < last {
            let Frame::Delta { after, to, bin } = feed.next() else {
                panic!("not a delta");
            };
            board.apply(after, to, &bin);
        }
        let shown = eventually("a snapshot of the end", || {
            let shown = viewer.snapshot();
            (shown.version == last).then_some(shown)
        });
        assert!(board == shown, "the deltas make another canvas");
    }
}

#[test]
fn a_slow_reader_is_told_to_catch_up_and_can() {
    // More than may wait for a socket, and each as large as its buffers.
    const FRAMES: u8 = 40;
    let app = TestApp::with(&[("canvas.width", "250"), ("canvas.height", "100")]);
    let (slow, brisk) = (app.player("slow"), app.player("brisk"));
    let mut board = slow.snapshot();
    // A client that reads nothing for a while, with a small buffer.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&slow.address().into()).unwrap();
    let mut stalled = Feed::open(socket.into(), &slow.ticket());
    let mut feed = brisk.feed();
    assert!(matches!(feed.next(), Frame::Hello { version: 1, .. }));
    let mut brisk_board = board.clone();
    for number in 0..FRAMES {
        let erased = RegionErased {
            round: RoundId(1),
            region: Region {
                x: 0,
                y: 0,
                width: 250,
                height: 100,
            },
            color: PaletteIndex(number % 2),
            by: None,
            reason: String::new(),
        };
        let version = app.append_unseen(UnixMs::now(), Event::RegionErased(erased));
        while brisk_board.version() < version {
            let Frame::Delta { after, to, bin } = feed.next() else {
                panic!("the brisk reader misses nothing");
            };
            brisk_board.apply(after, to, &bin);
        }
    }
    let mut resyncs = 0;
    while board.version < brisk_board.version {
        let frame = stalled.next();
        resyncs += u32::from(matches!(frame, Frame::Resync(_)));
        follow(&mut board, &slow, frame);
    }
    assert!(resyncs > 0, "the slow reader got everything");
    assert!(board == brisk_board, "the slow reader has another canvas");
}

#[test]
fn a_ticket_opens_one_socket() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let ticket = ada.ticket();
    let alone: &[_] = &[("sec-websocket-protocol", ticket.as_str())];
    let (_feed, response) = Feed::handshake(connect(&ada), alone).ok().unwrap();
    assert_eq!(
        response.headers()["sec-websocket-protocol"],
        ticket.as_str()
    );
    let invalid = (401, json!("invalid_ticket"));
    assert_eq!(refused(&ada, alone), invalid, "used");
    let unknown = "A".repeat(27);
    for offer in [unknown.as_str(), "pixelwars.v1", "x, y", "pixelwars.v1,"] {
        let offer = &[("sec-websocket-protocol", offer)];
        assert_eq!(refused(&ada, offer), invalid);
    }
    assert_eq!(refused(&ada, &[]), invalid);
}

#[test]
fn the_feed_is_a_websocket() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let path = "/api/v1/canvases/main/feed";
    let ticket = ada.ticket();
    let offer = [("sec-websocket-protocol", ticket.as_str())];
    ada.get_with(path, &offer)
        .expect_error(426, "upgrade_required");
    ada.get(path).expect_error(401, "invalid_ticket");
    ada.get("/api/v1/canvases/other/feed")
        .expect_error(404, "canvas_not_found");
    ada.get(&format!("{path}?after=x"))
        .expect_error(400, "invalid_request");
}

#[test]
fn a_client_that_talks_is_shut_out() {
    for writer in WRITERS {
        let app = TestApp::with(&[("feed.writer", writer)]);
        let mut feed = app.player("Ada").feed();
        feed.say("hello");
        assert_eq!(feed.close_code(), 1008);
    }
}

#[test]
fn who_leaves_is_let_go() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let (mut of_ada, mut of_bob) = (ada.feed(), bob.feed());
    assert!(matches!(of_ada.next(), Frame::Hello { .. }));
    assert!(matches!(of_bob.next(), Frame::Hello { .. }));
    let left = ada.post("/api/v1/canvases/main/leave", &Value::Null);
    assert_eq!(left.expect(200), json!({ "status": "afk" }));
    assert_eq!(of_ada.close_code(), 1000);
    drop(of_ada);
    bob.place(0, 0, 5);
    assert!(matches!(of_bob.next(), Frame::Delta { .. }));
    eventually("one player is left", || {
        (bob.canvas()["online"]["players"] == 1).then_some(())
    });
}

#[test]
fn a_stopping_server_asks_to_come_back() {
    for writer in WRITERS {
        let mut app = TestApp::with(&[("feed.writer", writer)]);
        let mut feeds: Vec<Feed> = (0..8).map(|_| app.player("Ada").feed()).collect();
        for feed in &mut feeds {
            assert!(matches!(feed.next(), Frame::Hello { .. }));
        }
        let readers = feeds
            .into_iter()
            .map(|mut feed| std::thread::spawn(move || feed.close_code()));
        let readers: Vec<_> = readers.collect();
        app.stop();
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 1012, "{writer}");
        }
    }
}

#[test]
fn a_new_round_is_told_and_goes_on_with_deltas() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    assert!(matches!(feed.next(), Frame::Hello { .. }));
    let mut plan = app.round_plan();
    plan.title = "the second".to_owned();
    let opened = app.open_round(&plan);
    let Frame::Round(info) = feed.next() else {
        panic!("not a round");
    };
    assert_eq!(info["round"], 2);
    assert_eq!(info["title"], "the second");
    assert_eq!(info["version"], opened.0);
    assert_eq!(info["palette"], ada.canvas()["palette"]);
    let version = ada.place(1, 0, 5);
    let (after, to, bin) = (opened.0, version, vec![1, 5]);
    assert_eq!(feed.next(), Frame::Delta { after, to, bin });
}

#[test]
fn a_new_rule_is_told_without_a_gap_between_deltas() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    assert!(matches!(feed.next(), Frame::Hello { version: 1, .. }));
    let cooldown = CooldownRule {
        max_charges: 9,
        regain_ms: 1,
    };
    let round = RoundId(1);
    app.append(Event::CooldownChanged(CooldownChanged { round, cooldown }));
    let Frame::Round(info) = feed.next() else {
        panic!("not a round");
    };
    assert_eq!(
        info["cooldown"],
        json!({ "max_charges": 9, "regain_ms": 1 })
    );
    assert_eq!(
        feed.next(),
        Frame::Delta {
            after: 1,
            to: 2,
            bin: vec![]
        }
    );
}

#[test]
fn a_full_server_refuses_before_the_upgrade() {
    let app = TestApp::with(&[("limits.max_connections", "1")]);
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    assert!(matches!(feed.next(), Frame::Hello { .. }));
    // A refused upgrade keeps its ticket; one that still got through has spent it.
    let mut ticket = ada.ticket();
    let response = eventually("the server counts the first one", || {
        let offer = [("sec-websocket-protocol", ticket.as_str())];
        let response = Feed::handshake(connect(&ada), &offer).err();
        if response.is_none() {
            ticket = ada.ticket();
        }
        response
    });
    assert_eq!(response.status(), 503);
    drop(feed);
    eventually("there is room again", || {
        let offer = [("sec-websocket-protocol", ticket.as_str())];
        Feed::handshake(connect(&ada), &offer).ok()
    });
}
