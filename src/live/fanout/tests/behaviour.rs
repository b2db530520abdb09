//! What every fan-out does: order, identity, control frames, closing.

use std::time::{Duration, Instant};

use tungstenite::Message;

use super::server::{BOTH, PATIENT, Server, until};
use crate::live::fanout::{CloseCode, EndReason, Ended, Frame, Timing};

#[test]
fn every_client_gets_every_frame_in_order() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let mut clients: Vec<_> = (0..40).map(|_| server.connect().0).collect();
        for number in 0..500 {
            server.broadcast(&format!("frame {number}"));
            if number % 20 == 19 {
                // No more than the queue of a socket at once: this test is not about being late.
                for client in &mut clients {
                    for expected in number - 19..=number {
                        assert_eq!(client.next_text(), format!("frame {expected}"), "{kind:?}");
                    }
                }
            }
        }
        let count = 40 * 501;
        until("all frames counted", || {
            server.fanout.stats().frames >= count
        });
        assert_eq!(server.fanout.stats().resyncs, 0);
        assert_eq!(server.fanout.stats().connections, 40);
    }
}

#[test]
fn a_client_gets_exactly_the_frames_broadcast_after_its_adoption() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let mut clients = Vec::new();
        for number in 0..60 {
            server.broadcast(&format!("frame {number}"));
            clients.push(super::server::Client::open(
                std::net::TcpStream::connect(server.address).unwrap(),
            ));
            server.adopted();
            server.broadcast(&format!("late {number}"));
        }
        for (number, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.next(), b"hello", "{kind:?}");
            assert_eq!(client.next_text(), format!("late {number}"), "{kind:?}");
            if number < 59 {
                assert_eq!(
                    client.next_text(),
                    format!("frame {}", number + 1),
                    "{kind:?}"
                );
            }
        }
    }
}

#[test]
fn a_frame_for_one_comes_after_the_broadcasts_before_it() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut one, id) = server.connect();
        let (mut other, _) = server.connect();
        server.broadcast("before");
        server
            .fanout
            .send_to(id, Frame::binary(b"for one"))
            .unwrap();
        assert_eq!(one.next_text(), "before", "{kind:?}");
        assert_eq!(one.next_text(), "for one", "{kind:?}");
        server.broadcast("after");
        assert_eq!(one.next_text(), "after", "{kind:?}");
        assert_eq!(other.next_text(), "before", "{kind:?}");
        assert_eq!(other.next_text(), "after", "{kind:?}");
    }
}

#[test]
fn a_ping_is_answered_and_a_close_is_echoed() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut client, id) = server.connect();
        client
            .0
            .send(Message::Ping("are you there".into()))
            .unwrap();
        assert_eq!(
            client.0.read().unwrap(),
            Message::Pong("are you there".into())
        );
        client.0.close(None).unwrap();
        assert_eq!(client.close_code(), 1005, "{kind:?}");
        assert_eq!(
            server.ended(1),
            [Ended {
                id,
                reason: EndReason::ClientClosed
            }],
            "{kind:?}"
        );
        assert_eq!(server.fanout.stats().connections, 0);
    }
}

#[test]
fn a_client_that_vanishes_is_gone() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (client, id) = server.connect();
        drop(client);
        assert_eq!(
            server.ended(1),
            [Ended {
                id,
                reason: EndReason::Gone
            }],
            "{kind:?}"
        );
    }
}

#[test]
fn messages_and_broken_frames_close_with_their_code() {
    // (first bytes that a client sends, close code, end)
    let cases: [(&[u8], u16, EndReason); 4] = [
        (
            &[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'],
            1008,
            EndReason::PolicyViolation,
        ),
        (&[0x82, 0xFF, 0x7F, 0xFF], 1008, EndReason::PolicyViolation),
        (&[0x89, 0x00], 1002, EndReason::ProtocolError),
        (&[0xF9, 0x80, 0, 0, 0, 0], 1002, EndReason::ProtocolError),
    ];
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        for (bytes, code, reason) in cases {
            let (mut client, id) = server.connect();
            client.write_raw(bytes);
            assert_eq!(client.close_code(), code, "{kind:?} {bytes:?}");
            drop(client);
            assert_eq!(
                server.ended(1),
                [Ended { id, reason }],
                "{kind:?} {bytes:?}"
            );
        }
    }
}

#[test]
fn a_flood_of_pings_is_cut_off() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut client, id) = server.connect();
        client.write_raw(&[0x89, 0x80, 1, 2, 3, 4].repeat(200));
        assert_eq!(client.close_code(), 1008, "{kind:?}");
        drop(client);
        let ended = server.ended(1);
        assert_eq!(
            ended,
            [Ended {
                id,
                reason: EndReason::PolicyViolation
            }],
            "{kind:?}"
        );
    }
}

#[test]
fn a_close_follows_what_was_queued_before_it() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut client, id) = server.connect();
        server
            .fanout
            .send_to(id, Frame::binary(b"the reason"))
            .unwrap();
        let code = CloseCode::new(4001).unwrap();
        server
            .fanout
            .close(id, code, "signed in elsewhere")
            .unwrap();
        assert_eq!(client.next_text(), "the reason", "{kind:?}");
        assert_eq!(client.close_code(), 4001, "{kind:?}");
        drop(client);
        assert_eq!(
            server.ended(1),
            [Ended {
                id,
                reason: EndReason::ServerClosed
            }],
            "{kind:?}"
        );
        // A connection that is over takes nothing, and that is no error.
        server
            .fanout
            .send_to(id, Frame::binary(b"too late"))
            .unwrap();
    }
}

#[test]
fn a_drain_closes_all_over_its_spread() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let clients: Vec<_> = (0..20).map(|_| server.connect().0).collect();
        let started_at = Instant::now();
        let spread = Duration::from_secs(1);
        server.fanout.close_all(CloseCode::SERVICE_RESTART, spread);
        let mut first = spread;
        std::thread::scope(|scope| {
            let readers: Vec<_> = clients
                .into_iter()
                .map(|mut client| scope.spawn(move || (client.close_code(), started_at.elapsed())))
                .collect();
            for reader in readers {
                let (code, at) = reader.join().unwrap();
                assert_eq!(code, 1012, "{kind:?}");
                first = first.min(at);
            }
        });
        assert!(
            started_at.elapsed() >= spread.mul_f64(0.9),
            "{kind:?}: all closed at once"
        );
        assert!(first < spread, "{kind:?}: none closed before the end");
        let ended = server.ended(20);
        assert!(
            ended.iter().all(|ended| ended.reason == EndReason::Drained),
            "{kind:?}"
        );
    }
}

#[test]
fn a_shutdown_says_goodbye() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut client, id) = server.connect();
        server.broadcast("last");
        server.fanout.shutdown();
        server.fanout.shutdown();
        assert_eq!(client.next_text(), "last", "{kind:?}");
        assert_eq!(client.close_code(), 1001, "{kind:?}");
        client.read_to_end();
        assert_eq!(
            server.ended(1),
            [Ended {
                id,
                reason: EndReason::Drained
            }],
            "{kind:?}"
        );
    }
}

#[test]
fn a_silent_client_is_pinged_then_closed() {
    let timing = Timing {
        ping_every: Duration::from_millis(100),
        silent_max: Duration::from_millis(1500),
        ..PATIENT
    };
    for kind in BOTH {
        let mut server = Server::start(kind, timing);
        let (mut alive, _) = server.connect();
        let (silent, id) = server.connect();
        let ended = std::thread::scope(|scope| {
            let reader = scope.spawn(move || while alive.0.read().is_ok() {});
            let ended = server.ended(1);
            server.fanout.shutdown();
            reader.join().unwrap();
            ended
        });
        assert_eq!(
            ended,
            [Ended {
                id,
                reason: EndReason::Silent
            }],
            "{kind:?}"
        );
        drop(silent);
    }
}
