//! Seats, the queue, and what sockets are told of them.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use event_store::event::{PlayerBanned, PlayerUnbanned};
use event_store::{Event, UnixMs};
use serde_json::json;

use crate::support::actor::{Actor, PLACEMENTS};
use crate::support::eventually;
use crate::support::feed::{Feed, Frame, Received};
use crate::support::test_app::TestApp;

const TWO_SEATS: &[(&str, &str)] = &[("max_players", "2")];

/// Long enough for a test to do something, short enough to wait for.
const SHORT: &[(&str, &str)] = &[("players.afk_after_ms", "1500")];

fn expect_afk(feed: &mut Feed) {
    assert_eq!(feed.status(), ("afk".to_owned(), 0, 0));
    assert_eq!(feed.close_code(), 1000);
}

/// What the socket is told of why it ends, and the code it ends with.
fn notice_and_code(feed: &mut Feed) -> (String, u16) {
    let mut told = String::new();
    loop {
        match feed.receive() {
            Received::Frame(Frame::Notice { kind, .. }) => told = kind,
            Received::Frame(_) => {}
            Received::Closed(code) => return (told, code),
        }
    }
}

fn banned(player: &Actor) -> Event {
    Event::PlayerBanned(PlayerBanned {
        player: player.id(),
        until: None,
        by: None,
        reason: "raster bots".to_owned(),
    })
}

#[test]
fn nobody_places_without_a_seat() {
    let app = TestApp::start();
    let ada = app.afk_player("Ada");
    let refused = ada.try_place("a", 0, 0, 5);
    refused.expect_error(409, "not_playing");
    let played = ada.play();
    assert_eq!(played["status"], "playing");
    assert_eq!(played["position"], 0);
    let placed = ada.try_place("a", 0, 0, 5).expect(201);
    let until = placed["playing_until"].as_str().unwrap();
    assert!(until >= played["until"].as_str().unwrap());
    let version = placed["version"].as_u64().unwrap();
    ada.leave();
    ada.try_undo(version).expect_error(409, "not_playing");
    let again = ada.try_place("a", 0, 0, 5).expect(201);
    assert_eq!(again["version"], version, "a retry needs no seat");
    assert_eq!(again["playing_until"], json!(null));
    ada.leave();
}

#[test]
fn a_seat_comes_with_the_charges_that_are_left() {
    let app = TestApp::with(&[("canvas.max_charges", "2"), ("canvas.regain_ms", "4000")]);
    let ada = app.afk_player("Ada");
    let full = ada.play();
    assert_eq!(
        (&full["charges"], &full["max_charges"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(full["next_charge_at"], json!(null));
    let placed = ada.try_place("a", 0, 0, 5).expect(201);
    let again = ada.play();
    for field in ["version", "charges", "max_charges", "next_charge_at"] {
        assert_eq!(again[field], placed[field], "{field}");
    }
    assert_eq!(again["charges"], 1);
    assert_eq!(
        app.player("Bob").play()["charges"],
        2,
        "charges are one's own"
    );
    eventually("the charge comes back", || {
        (ada.play()["charges"] == 2).then_some(())
    });
}

#[test]
fn with_two_seats_the_third_waits_and_is_told_of_every_step() {
    let app = TestApp::with(TWO_SEATS);
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let mut of_ada = ada.feed();
    assert_eq!(of_ada.status().0, "playing");
    let (cleo, dan) = (app.afk_player("Cleo"), app.afk_player("Dan"));
    let played = cleo.play();
    assert_eq!(
        (&played["status"], &played["position"]),
        (&json!("queued"), &json!(1))
    );
    assert_eq!(dan.play()["position"], 2);
    let (mut of_cleo, mut of_dan) = (cleo.feed(), dan.feed());
    assert!(matches!(of_cleo.next(), Frame::Hello { .. }));
    assert_eq!(of_dan.status(), ("queued".to_owned(), 2, 0));
    cleo.try_place("c", 1, 1, 5)
        .expect_error(409, "not_playing");
    let made = ada.place(3, 3, 7);
    let Frame::Delta { to, .. } = of_cleo.next() else {
        panic!("the queue does not see the live canvas");
    };
    assert_eq!(to, made);
    bob.leave();
    let (status, position, until_ms) = of_cleo.status();
    assert_eq!((status.as_str(), position), ("playing", 0));
    assert!(until_ms > UnixMs::now().0);
    cleo.place(1, 1, 5);
    let online = app.guest().canvas()["online"].clone();
    assert_eq!(
        (&online["players"], &online["queued"]),
        (&json!(2), &json!(1))
    );
}

#[test]
fn positions_are_told_as_the_queue_moves() {
    let app = TestApp::with(&[("max_players", "1")]);
    let ada = app.player("Ada");
    let waiting: Vec<Actor> = (0..3).map(|_| app.afk_player("waiting")).collect();
    for (position, player) in (1..).zip(&waiting) {
        assert_eq!(player.play()["position"], position);
    }
    let mut last = waiting[2].feed();
    assert_eq!(last.status(), ("queued".to_owned(), 3, 0));
    waiting[0].leave();
    assert_eq!(last.status(), ("queued".to_owned(), 2, 0));
    ada.leave();
    assert_eq!(last.status(), ("queued".to_owned(), 1, 0));
    waiting[1].leave();
    assert_eq!(last.status().0, "playing");
}

#[test]
fn a_full_queue_says_when_to_try_again() {
    let app = TestApp::with(&[("max_players", "1"), ("players.max_queued", "1")]);
    let (_ada, bob, cleo) = (
        app.player("Ada"),
        app.afk_player("Bob"),
        app.afk_player("Cleo"),
    );
    assert_eq!(bob.play()["status"], "queued");
    let full = cleo.try_play();
    full.expect_error(503, "queue_full");
    assert!(full.parts.headers.contains_key("retry-after"));
    bob.leave();
    assert_eq!(cleo.play()["status"], "queued");
}

#[test]
fn a_seat_ends_some_time_after_the_last_game_action() {
    let app = TestApp::with(SHORT);
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    let (_, _, first_until) = feed.status();
    eventually("some of the time passes", || {
        (UnixMs::now().0 > first_until - 1_000).then_some(())
    });
    let placed = ada.try_place("a", 0, 0, 5).expect(201);
    let until: jiff::Timestamp = placed["playing_until"].as_str().unwrap().parse().unwrap();
    expect_afk(&mut feed);
    let late_ms = UnixMs::now().0 - until.as_millisecond();
    assert!((0..1_000).contains(&late_ms), "{late_ms} ms late");
    assert!(until.as_millisecond() > first_until);
    ada.try_place("b", 1, 0, 5).expect_error(409, "not_playing");
    assert_eq!(ada.play()["status"], "playing");
}

#[test]
fn a_reload_resumes_the_same_seat_and_its_clock_goes_on() {
    let app = TestApp::with(TWO_SEATS);
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    let before = feed.status();
    drop(feed);
    eventually("the server notices", || {
        let metrics = app.guest().get("/metrics");
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        text.contains("reason=\"gone\"").then_some(())
    });
    let _bob = app.player("Bob");
    assert_eq!(
        app.afk_player("Cleo").play()["status"],
        "queued",
        "both are taken"
    );
    assert_eq!(
        ada.feed().status(),
        before,
        "the activity clock is untouched"
    );
    ada.place(0, 0, 5);
}

#[test]
fn a_second_socket_takes_over_and_the_first_is_told() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut first = ada.feed();
    let status = first.status();
    let mut second = ada.feed();
    assert_eq!(notice_and_code(&mut first), ("taken_over".to_owned(), 4001));
    assert_eq!(second.status(), status);
    ada.place(0, 0, 5);
    assert!(matches!(
        second.next(),
        Frame::Hello { .. } | Frame::Delta { .. }
    ));
    let online = app.guest().canvas()["online"].clone();
    assert_eq!(online["players"], 1, "one seat");
}

#[test]
fn a_ban_ends_the_seat_within_a_second() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    assert_eq!(feed.status().0, "playing");
    let begun = Instant::now();
    app.append(banned(&ada));
    assert_eq!(feed.status().0, "afk");
    assert_eq!(feed.close_code(), 4003);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let refused = ada.try_play().expect_error(403, "banned");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("raster bots"), "{message}");
    ada.try_place("a", 0, 0, 5).expect_error(403, "banned");
    app.append(Event::PlayerUnbanned(PlayerUnbanned {
        player: ada.id(),
        by: None,
        reason: String::new(),
    }));
    assert_eq!(ada.play()["status"], "playing");
}

#[test]
fn a_ban_in_the_queue_lets_the_next_one_forward() {
    let app = TestApp::with(&[("max_players", "1")]);
    let (_ada, bob, cleo) = (
        app.player("Ada"),
        app.afk_player("Bob"),
        app.afk_player("Cleo"),
    );
    bob.play();
    let mut of_bob = bob.feed();
    assert_eq!(cleo.play()["position"], 2);
    let mut of_cleo = cleo.feed();
    assert_eq!(of_cleo.status().1, 2);
    app.append(banned(&bob));
    assert_eq!(notice_and_code(&mut of_bob), ("banned".to_owned(), 4003));
    assert_eq!(of_cleo.status(), ("queued".to_owned(), 1, 0));
}

#[test]
fn a_ticket_of_a_seat_that_is_over_opens_nothing_for_long() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let ticket = ada.ticket();
    ada.leave();
    let mut feed = Feed::open(TcpStream::connect(app.address()).unwrap(), &ticket);
    expect_afk(&mut feed);
}

#[test]
fn after_a_restart_a_seat_is_asked_for_again() {
    let mut app = TestApp::start();
    let ada = app.player("Ada");
    ada.place(0, 0, 5);
    app.restart();
    let ada = ada.at(app.address());
    ada.try_place("b", 1, 0, 5).expect_error(409, "not_playing");
    assert_eq!(ada.play()["status"], "playing");
    ada.place(1, 0, 5);
}

#[test]
fn a_crowd_that_comes_at_once_gets_each_seat_once() {
    let app = TestApp::with(&[("max_players", "5")]);
    let crowd: Vec<Actor> = (0..20).map(|_| app.afk_player("crowd")).collect();
    let statuses: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = crowd
            .iter()
            .map(|player| scope.spawn(|| player.play()["status"].as_str().unwrap().to_owned()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let playing = statuses
        .iter()
        .filter(|status| *status == "playing")
        .count();
    assert_eq!(playing, 5);
    let body = json!({ "id": "x", "x": 0, "y": 0, "color": 5 });
    let answers: Vec<u16> = crowd
        .iter()
        .map(|player| player.post(PLACEMENTS, &body).status())
        .collect();
    let refused = answers.iter().filter(|status| **status == 409).count();
    assert!(refused >= 15, "{answers:?}");
}

#[test]
fn signing_out_ends_the_seat_and_its_socket() {
    let app = TestApp::start();
    let ada = app.player("Ada");
    let mut feed = ada.feed();
    assert_eq!(feed.status().0, "playing");
    let me = ada.get("/api/v1/me").expect(200);
    assert_eq!(
        (&me["status"], &me["position"]),
        (&json!("playing"), &json!(0))
    );
    assert!(me["until"].is_string());
    let left = ada.post("/api/v1/auth/logout-everywhere", &json!(null));
    assert_eq!(left.status(), 204);
    expect_afk(&mut feed);
    ada.try_place("a", 0, 0, 5)
        .expect_error(401, "session_revoked");
    assert_eq!(app.guest().canvas()["online"]["players"], 0);
}

#[test]
fn a_newer_session_takes_the_seat_and_the_older_one_has_to_refresh() {
    let app = TestApp::start();
    let body = json!({ "name": "Ada", "refresh": "bearer" });
    let signed_in = app
        .guest()
        .post("/api/v1/auth/anonymous", &body)
        .expect(200);
    let id = signed_in["player"]["id"].as_str().unwrap().parse().unwrap();
    let older = app
        .guest()
        .with_token(signed_in["access_token"].as_str().unwrap(), id);
    older.play();
    let mut of_older = older.feed();
    let bearer = format!("Bearer {}", signed_in["refresh_token"].as_str().unwrap());
    let refreshed = app.guest().send(
        "POST",
        "/api/v1/auth/refresh",
        &[("authorization", &bearer)],
        "",
    );
    let refreshed = refreshed.expect(200);
    assert_eq!(refreshed["session"], 2);
    let newer = older.with_token(refreshed["access_token"].as_str().unwrap(), id);
    older.place(0, 0, 5);
    assert_eq!(newer.play()["status"], "playing");
    assert_eq!(
        notice_and_code(&mut of_older),
        ("taken_over".to_owned(), 4001)
    );
    older.try_play().expect_error(409, "session_superseded");
    assert_eq!(newer.feed().status().0, "playing");
}

#[test]
fn a_queue_that_moves_wakes_the_server_a_few_times_and_no_more() {
    let app = TestApp::with(&[("max_players", "1")]);
    let turns = || {
        let metrics = app.guest().get("/metrics");
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("canvas_seat_task_turns_total "));
        line.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    let _ada = app.player("Ada");
    let waiting: Vec<Actor> = (0..5).map(|_| app.afk_player("waiting")).collect();
    for player in &waiting {
        player.play();
    }
    let mut last = waiting[4].feed();
    assert_eq!(last.status().1, 5);
    let before = turns();
    for player in &waiting[..4] {
        player.leave();
    }
    // The first step is told at once, the others together, a second later.
    eventually("the last one is first", || {
        (last.status().1 == 1).then_some(())
    });
    let woken = turns() - before;
    assert!(woken < 100, "{woken} times");
}
