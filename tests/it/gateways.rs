//! Two gateways on one log of a real NATS server, as behind a load balancer.

use std::net::TcpStream;

use event_store::testing::NatsServer;
use tokio::runtime::Runtime;

use crate::support::actor::Actor;
use crate::support::eventually;
use crate::support::feed::{Feed, Frame, Received};
use crate::support::test_app::TestApp;

/// Two gateways, and the server between them.
struct Pair {
    a: TestApp,
    b: TestApp,
    _nats: NatsServer,
    _runtime: Runtime,
}

impl Pair {
    fn start(settings: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let nats = runtime.block_on(NatsServer::start());
        let url = nats.url();
        let mut all = vec![("event_store", url.as_str())];
        all.extend(settings);
        let a = TestApp::with(&all);
        let b = a.neighbour(&[("roles", "gateway")]);
        Self {
            a,
            b,
            _nats: nats,
            _runtime: runtime,
        }
    }

    /// The same person at the other gateway.
    fn at_b(&self, player: &Actor) -> Actor {
        player.at(self.b.address())
    }

    fn online(&self) -> (u64, u64) {
        let players = |app: &TestApp| app.guest().canvas()["online"]["players"].as_u64();
        (players(&self.a).unwrap(), players(&self.b).unwrap())
    }
}

fn code_of(feed: &mut Feed) -> u16 {
    loop {
        if let Received::Closed(code) = feed.receive() {
            return code;
        }
    }
}

#[test]
fn a_player_who_comes_by_another_gateway_keeps_the_seat_and_its_clock() {
    let pair = Pair::start(&[("max_players", "1")]);
    let ada = pair.a.player("Ada");
    let mut of_a = ada.feed();
    let (_, _, until) = of_a.status();
    // The other gateway has no seat left of its own.
    let _bob = pair.b.player("Bob");
    let at_b = pair.at_b(&ada);
    let mut of_b = at_b.feed();
    assert_eq!(code_of(&mut of_a), 4001);
    let (status, _, moved_until) = eventually("the seat comes along", || {
        Some(of_b.status()).filter(|told| told.0 == "playing")
    });
    assert_eq!(status, "playing");
    // What is handed over is the time that is left, so the way takes some of it.
    let moved_ms = moved_until - until;
    assert!((-50..1_000).contains(&moved_ms), "{moved_ms} ms later");
    at_b.place(0, 0, 5);
    eventually("one seat is left", || {
        (pair.online() == (0, 2)).then_some(())
    });
}

#[test]
fn a_ticket_opens_one_socket_at_any_gateway() {
    let pair = Pair::start(&[]);
    let ada = pair.a.player("Ada");
    let ticket = ada.ticket();
    let stream = TcpStream::connect(pair.b.address()).unwrap();
    let mut feed = Feed::open(stream, &ticket);
    assert_eq!(feed.status().0, "playing");
    let offer = format!("pixelwars.v1, {ticket}");
    for app in [&pair.a, &pair.b] {
        let stream = TcpStream::connect(app.address()).unwrap();
        let again = Feed::handshake(stream, &[("sec-websocket-protocol", &offer)]);
        assert_eq!(again.err().unwrap().status(), 401);
    }
    eventually("the seat moved", || (pair.online() == (0, 1)).then_some(()));
}

#[test]
fn placements_at_another_gateway_keep_the_seat() {
    let pair = Pair::start(&[("players.afk_after_ms", "2500")]);
    let ada = pair.a.player("Ada");
    let mut feed = ada.feed();
    let (_, _, first_until) = feed.status();
    let at_b = pair.at_b(&ada);
    let stranger = pair.b.afk_player("Bob");
    stranger
        .try_place("x", 9, 9, 5)
        .expect_error(409, "not_playing");
    let mut column = 0;
    eventually("the first deadline passes", || {
        column += 1;
        at_b.place(column % 32, column / 32, 5);
        let now = event_store::UnixMs::now().0;
        (now > first_until + 500).then_some(())
    });
    ada.place(0, 20, 5);
    assert_eq!(
        feed.status().0,
        "afk",
        "and it ends when nothing happens any more"
    );
    assert_eq!(code_of(&mut feed), 1000);
    eventually("the other gateway hears of it", || {
        let refused = at_b.try_place("y", 0, 21, 5);
        (refused.status() == 409).then_some(())
    });
}

#[test]
fn a_ticket_that_outlived_its_seat_brings_none_along() {
    let pair = Pair::start(&[]);
    let ada = pair.a.player("Ada");
    let ticket = ada.ticket();
    ada.leave();
    let offer = format!("pixelwars.v1, {ticket}");
    let stream = TcpStream::connect(pair.b.address()).unwrap();
    let refused = Feed::handshake(stream, &[("sec-websocket-protocol", &offer)]);
    assert_eq!(refused.err().unwrap().status(), 401);
    assert_eq!(pair.online(), (0, 0));
}

#[test]
fn a_seat_ends_with_its_gateway_also_where_its_player_places() {
    let mut pair = Pair::start(&[]);
    let ada = pair.a.player("Ada");
    let at_b = pair.at_b(&ada);
    at_b.place(0, 0, 5);
    pair.a.stop();
    let mut column = 0;
    eventually("the other gateway hears of it", || {
        column += 1;
        let answer = at_b.try_place(&format!("{column}"), column % 32, 1 + column / 32, 6);
        (answer.status() == 409).then_some(())
    });
    assert_eq!(at_b.play()["status"], "playing");
}

#[test]
fn a_full_queue_lets_somebody_with_a_seat_elsewhere_in() {
    let pair = Pair::start(&[("max_players", "1"), ("players.max_queued", "0")]);
    let ada = pair.a.player("Ada");
    let _bob = pair.b.player("Bob");
    let stranger = pair.b.afk_player("Cleo");
    stranger.try_play().expect_error(503, "queue_full");
    let at_b = pair.at_b(&ada);
    assert_eq!(at_b.play()["status"], "playing");
    eventually("the seat moved", || (pair.online() == (0, 2)).then_some(()));
}

#[test]
fn leaving_at_one_gateway_leaves_everywhere() {
    let pair = Pair::start(&[]);
    let ada = pair.a.player("Ada");
    let mut feed = ada.feed();
    assert!(matches!(feed.next(), Frame::Hello { .. }));
    pair.at_b(&ada).leave();
    assert_eq!(code_of(&mut feed), 1000);
    eventually("nobody plays", || (pair.online() == (0, 0)).then_some(()));
}

#[test]
fn a_player_who_comes_to_both_gateways_at_once_ends_with_one_seat() {
    let pair = Pair::start(&[]);
    for round in 0..10 {
        let ada = pair.a.afk_player(&format!("Ada {round}"));
        let at_b = pair.at_b(&ada);
        std::thread::scope(|scope| {
            scope.spawn(|| ada.play());
            scope.spawn(|| at_b.play());
        });
        eventually("one of the two lets go", || {
            let (a, b) = pair.online();
            (a + b == 1).then_some(())
        });
        ada.place(round, 0, 5);
        at_b.place(round, 1, 5);
        ada.leave();
        eventually("none is left", || (pair.online() == (0, 0)).then_some(()));
    }
}
