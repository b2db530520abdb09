//! What a client that does not read costs, and whom.

use std::time::Duration;

use super::server::{BOTH, Client, PATIENT, Server, narrow, until};
use crate::live::fanout::{EndReason, Ended, Timing};

/// A frame so large that a few fill what the kernel holds for one socket.
fn large(number: usize) -> String {
    format!("{number:08} {}", "x".repeat(64 * 1024))
}

/// Broadcasts until a client that does not read is blocked, and its queue is over.
fn block(server: &Server, reader: &mut Client) -> usize {
    let mut count = 0;
    while count < 400 {
        server.broadcast(&large(count));
        assert_eq!(reader.next_text(), large(count), "the reader must not wait");
        count += 1;
    }
    until("one connection blocked", || {
        server.fanout.stats().blocked == 1
    });
    count
}

#[test]
fn a_stalled_client_gets_a_resync_and_slows_nobody() {
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut reader, _) = server.connect();
        let (mut stalled, _) = server.connect_over(narrow(server.address));
        let count = block(&server, &mut reader);
        server.broadcast("newest");
        assert_eq!(reader.next_text(), "newest");

        // What the kernel and a half-written frame held comes first, then the resync.
        let mut expected = 0;
        let resync = loop {
            let text = stalled.next_text();
            if text.starts_with("resync") {
                break text;
            }
            assert_eq!(text, large(expected), "{kind:?}");
            expected += 1;
        };
        assert_eq!(resync, "resync newest", "{kind:?}");
        assert!(
            expected < count / 2,
            "{kind:?}: {expected} of {count} frames were held"
        );
        assert_eq!(server.fanout.stats().resyncs, 1, "{kind:?}");

        until("nothing blocked", || server.fanout.stats().blocked == 0);
        server.broadcast("and on");
        assert_eq!(stalled.next_text(), "and on", "{kind:?}");
    }
}

#[test]
fn an_overrun_never_hides_a_gap() {
    const LAST: usize = 20_000;
    for kind in BOTH {
        let mut server = Server::start(kind, PATIENT);
        let (mut client, _) = server.connect();
        std::thread::scope(|scope| {
            let server = &server;
            scope.spawn(move || {
                for number in 0..=LAST {
                    server.broadcast(&number.to_string());
                }
            });
            let mut known = None;
            while known != Some(LAST) {
                let text = client.next_text();
                if let Some(number) = text.strip_prefix("resync ") {
                    known = known.max(number.parse().ok());
                } else {
                    let number = text.parse().unwrap();
                    let expected = known.map_or(0, |known| known + 1);
                    assert!(number <= expected, "{kind:?}: {number} follows {known:?}");
                    known = known.max(Some(number));
                }
            }
        });
    }
}

#[test]
fn a_client_that_stays_blocked_is_closed() {
    let timing = Timing {
        blocked_max: Duration::from_millis(300),
        ..PATIENT
    };
    for kind in BOTH {
        let mut server = Server::start(kind, timing);
        let (mut reader, _) = server.connect();
        let (stalled, id) = server.connect_over(narrow(server.address));
        let mut ended = Vec::new();
        let mut count = 0;
        until("the stalled client closed", || {
            server.broadcast(&large(count));
            assert_eq!(reader.next_text(), large(count), "{kind:?}");
            count += 1;
            ended.extend(server.fanout.take_ended());
            !ended.is_empty()
        });
        assert_eq!(
            ended,
            [Ended {
                id,
                reason: EndReason::Blocked
            }],
            "{kind:?}"
        );
        drop(stalled);
    }
}
