//! What bounds one client, from outside.
//!
//! Requests of these tests come from loopback, which is exempt unless a test says otherwise; with
//! loopback as a trusted proxy they come from wherever `x-forwarded-for` says.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use event_store::UnixMs;
use serde_json::{Value, json};

use crate::support::actor::{Actor, PLACEMENTS};
use crate::support::answer::Answer;
use crate::support::feed::Feed;
use crate::support::sse::EventStream;
use crate::support::test_app::TestApp;
use crate::support::{DEADLINE, eventually};

const SIGN_IN: &str = "/api/v1/auth/anonymous";
const STREAM: &str = "/api/v1/canvases/main/events/stream";
const FEED: &str = "/api/v1/canvases/main/feed";

/// Nobody is exempt.
const NO_EXEMPTION: (&str, &str) = ("limits.exempt", "192.0.2.0/24");

/// This machine is a proxy that is believed.
const BEHIND_A_PROXY: (&str, &str) = ("limits.trusted_proxies", "127.0.0.0/8");

/// Signs in as somebody new at `address`, as a trusted proxy tells of it, with further headers.
fn sign_in_from(guest: &Actor, address: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![
        ("content-type", "application/json"),
        ("x-forwarded-for", address),
    ];
    headers.extend(more);
    guest.send("POST", SIGN_IN, &headers, r#"{"name":"Ada"}"#)
}

/// How many answers have each code; those that are no errors count as `ok`.
fn codes(answers: &[Answer]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for answer in answers {
        let code = match answer.status() {
            200..400 => "ok".to_owned(),
            _ => answer.error()["error"]["code"].as_str().unwrap().to_owned(),
        };
        *counts.entry(code).or_default() += 1;
    }
    counts
}

#[test]
fn of_a_thousand_sign_ins_a_second_from_one_address_few_get_through() {
    const BURST: usize = 30;
    let names = ("auth.anonymous_per_prefix", "100000");
    let app = TestApp::with(&[NO_EXEMPTION, BEHIND_A_PROXY, names]);
    let guest = app.guest();
    let begun = UnixMs::now();
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.extend(guest.post_at_once(SIGN_IN, &vec![json!({ "name": "Ada" }); 100]));
    }
    let seconds = (UnixMs::now().ms_since(begun) / 1_000 + 1) as usize;
    let codes = codes(&answers);
    assert!(
        codes["ok"] >= BURST && codes["ok"] <= BURST + seconds,
        "{codes:?}"
    );
    assert_eq!(codes["rate_limited"], 1_000 - codes["ok"], "{codes:?}");
    let limited = answers
        .iter()
        .find(|answer| answer.status() == 429)
        .unwrap();
    let retry_after_ms = limited.error()["retry_after_ms"].as_u64().unwrap();
    assert!((1..=1_000).contains(&retry_after_ms), "{retry_after_ms}");
    // The crowd costs nobody else anything.
    sign_in_from(&guest, "203.0.113.9", &[]).expect(200);
    guest.get("/api/v1/canvases").expect(200);
}

#[test]
fn a_crowd_of_subnets_is_limited_and_its_neighbours_are_not() {
    let burst = ("limits.sign_ins_burst", "3");
    let app = TestApp::with(&[BEHIND_A_PROXY, burst]);
    let guest = app.guest();
    let sign_in = |address: String| sign_in_from(&guest, &address, &[]);
    let one_subnet: Vec<_> = (0..12)
        .map(|host| sign_in(format!("2001:db8:1:100::{host:x}")))
        .collect();
    let allowed = codes(&one_subnet)["ok"];
    assert!((3..9).contains(&allowed), "{allowed} from one subnet");
    // Its flood has used up nothing of what the customer and the site may.
    sign_in("2001:db8:1:101::1".to_owned()).expect(200);
    sign_in("2001:db8:1:200::1".to_owned()).expect(200);
    let one_site: Vec<_> = (0..60)
        .map(|subnet| sign_in(format!("2001:db8:2:{subnet:x}00::1")))
        .collect();
    let allowed = codes(&one_site)["ok"];
    assert!((12..40).contains(&allowed), "{allowed} from one site");
    sign_in("2001:db8:3:100::1".to_owned()).expect(200);
}

#[test]
fn a_head_beyond_its_bounds_is_refused() {
    let app = TestApp::start();
    let guest = app.guest();
    let large = "x".repeat(17 << 10);
    let too_large = guest.get_with("/livez", &[("x-large", &large)]);
    assert_eq!(too_large.status(), 431);
    let too_many = guest.get_with("/livez", &[("x-many", "1"); 101]);
    assert_eq!(too_many.status(), 431);
    let enough = guest.get_with("/livez", &[("x-many", "1"); 50]);
    assert_eq!(enough.status(), 200);
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let app = TestApp::start();
    let mut socket = std::net::TcpStream::connect(app.address()).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    let head = format!(
        "POST {SIGN_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: 99\r\n\r\n{{"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"body_too_slow\""), "{answer}");
}

#[test]
fn tools_on_this_machine_have_no_limits_and_forwarded_requests_do() {
    let app = TestApp::with(&[("limits.sign_ins_burst", "2"), BEHIND_A_PROXY]);
    let guest = app.guest();
    for _ in 0..20 {
        guest.post(SIGN_IN, &json!({ "name": "Ada" })).expect(200);
    }
    let claims_loopback: Vec<_> = (0..9)
        .map(|_| sign_in_from(&guest, "127.0.0.1", &[]))
        .collect();
    assert!(codes(&claims_loopback)["rate_limited"] > 0);
}

#[test]
fn a_forged_address_is_not_believed() {
    let app = TestApp::with(&[("limits.sign_ins_burst", "2")]);
    let guest = app.guest();
    let forged = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "x", "", "::1"];
    let answers = forged.map(|address| sign_in_from(&guest, address, &[]));
    assert!(codes(&answers)["rate_limited"] >= 3);
    // A proxy's own entry counts, not what the client wrote before it.
    let app = TestApp::with(&[("limits.sign_ins_burst", "2"), BEHIND_A_PROXY]);
    let guest = app.guest();
    let forged = (1..9).map(|number| format!("198.51.100.{number}, 203.0.113.9"));
    let answers: Vec<_> = forged
        .map(|list| sign_in_from(&guest, &list, &[]))
        .collect();
    assert!(codes(&answers)["rate_limited"] >= 4);
}

#[test]
fn an_account_is_limited_wherever_it_is() {
    let burst = ("limits.account_writes_burst", "5");
    let rate = ("limits.account_writes_per_s", "1");
    let app = TestApp::with(&[burst, rate, BEHIND_A_PROXY]);
    let ada = app.player("Ada");
    let place = |number: usize| {
        let address = format!("203.0.113.{number}");
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", address.as_str()),
        ];
        let body = json!({ "id": number.to_string(), "x": number, "y": 0, "color": 5 });
        ada.send("POST", PLACEMENTS, &headers, body.to_string())
    };
    let answers: Vec<_> = (0..20).map(place).collect();
    let codes = codes(&answers);
    assert!(codes["ok"] >= 5 && codes["rate_limited"] >= 5, "{codes:?}");
    let headers = [("x-forwarded-for", "203.0.113.99")];
    ada.get_with("/api/v1/me", &headers).expect(200);
    app.player("Bob").place(0, 1, 5);
    ada.place(0, 2, 5);
}

#[test]
fn an_account_asks_about_itself_so_often_wherever_it_is() {
    let burst = ("limits.account_reads_burst", "5");
    let rate = ("limits.account_reads_per_s", "1");
    let app = TestApp::with(&[burst, rate, BEHIND_A_PROXY]);
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let ask = |who: &Actor, number: usize| {
        let address = format!("203.0.113.{number}");
        who.get_with("/api/v1/me", &[("x-forwarded-for", address.as_str())])
    };
    let answers: Vec<_> = (0..20).map(|number| ask(&ada, number)).collect();
    let codes = codes(&answers);
    assert!(codes["ok"] >= 5 && codes["rate_limited"] >= 5, "{codes:?}");
    ask(&bob, 99).expect(200);
}

#[test]
fn feeds_and_sign_outs_of_one_address_are_limited() {
    let writes = [("limits.writes_burst", "3"), ("limits.writes_per_s", "1")];
    let refreshes = [
        ("limits.refreshes_burst", "3"),
        ("limits.refreshes_per_s", "1"),
    ];
    let settings = [&writes[..], &refreshes[..], &[BEHIND_A_PROXY]].concat();
    let app = TestApp::with(&settings);
    let guest = app.guest();
    let ask = |method: &str, path: &str, address: &str| {
        guest.send(method, path, &[("x-forwarded-for", address)], "")
    };
    for (method, path, refused) in [
        ("GET", FEED, "invalid_ticket"),
        ("POST", "/api/v1/auth/logout", "refresh_token_missing"),
    ] {
        let asked = |_| ask(method, path, "203.0.113.1");
        let answers: Vec<_> = (0..12).map(asked).collect();
        let codes = codes(&answers);
        assert!(codes[refused] >= 3, "{codes:?}");
        assert!(codes["rate_limited"] >= 3, "{codes:?}");
        let other = ask(method, path, "203.0.113.2");
        assert_eq!(other.error()["error"]["code"], refused);
    }
}

#[test]
fn writes_of_an_address_are_limited_whatever_the_route() {
    let burst = ("limits.writes_burst", "4");
    let rate = ("limits.writes_per_s", "1");
    let app = TestApp::with(&[burst, rate, BEHIND_A_PROXY]);
    let guest = app.guest();
    let headers = [("x-forwarded-for", "203.0.113.9")];
    let paths = [PLACEMENTS, "/api/v1/canvases/main/play", "/api/v1/nothing"];
    let answers: Vec<_> = (0..15)
        .map(|number| guest.send("POST", paths[number % 3], &headers, ""))
        .collect();
    assert!(codes(&answers)["rate_limited"] >= 5);
    for _ in 0..30 {
        guest.get_with("/api/v1/canvases", &headers).expect(200);
    }
}

#[test]
fn a_device_becomes_so_many_players_a_day() {
    let app = TestApp::with(&[BEHIND_A_PROXY, ("auth.anonymous", "on")]);
    let guest = app.guest();
    let first = sign_in_from(&guest, "203.0.113.1", &[]);
    first.expect(200);
    let cookie = first.set_cookie("__Host-device");
    let (cookie, attributes) = cookie.split_once("; ").unwrap();
    let mut attributes: Vec<&str> = attributes.split("; ").collect();
    attributes.sort_unstable();
    let expected = [
        "HttpOnly",
        "Max-Age=31536000",
        "Path=/",
        "SameSite=Lax",
        "Secure",
    ];
    assert_eq!(attributes, expected);
    let known = [("cookie", cookie)];
    for number in 2..=5 {
        let again = sign_in_from(&guest, &format!("203.0.113.{number}"), &known);
        again.expect(200);
        let set = again.set_cookie("__Host-device");
        assert_eq!(set, "", "the device is known");
    }
    let refused = sign_in_from(&guest, "203.0.113.6", &known);
    let body = refused.expect_error(429, "too_many_accounts");
    let day_ms = 24 * 60 * 60 * 1_000;
    assert!(body["retry_after_ms"].as_u64().unwrap() > day_ms - 60_000);
    sign_in_from(&guest, "203.0.113.6", &[]).expect(200);
}

#[test]
fn an_address_becomes_so_many_players_a_day_and_wrong_names_are_none() {
    let per_prefix = ("auth.anonymous_per_prefix", "3");
    let app = TestApp::with(&[BEHIND_A_PROXY, per_prefix]);
    let guest = app.guest();
    let headers = [
        ("content-type", "application/json"),
        ("x-forwarded-for", "203.0.113.1"),
    ];
    for _ in 0..5 {
        let wrong = guest.send("POST", SIGN_IN, &headers, r#"{"name":""}"#);
        wrong.expect_error(400, "invalid_name");
    }
    for _ in 0..3 {
        sign_in_from(&guest, "203.0.113.1", &[]).expect(200);
    }
    let made_up = [("cookie", "a=b; __Host-device=AAAAAAAAAAAAAAAAAAAAAA")];
    for more in [&[][..], &made_up] {
        let refused = sign_in_from(&guest, "203.0.113.1", more);
        refused.expect_error(429, "too_many_accounts");
    }
    sign_in_from(&guest, "203.0.113.2", &[]).expect(200);
}

#[test]
fn an_address_holds_so_many_connections_and_gets_its_places_back() {
    let most = ("limits.connections_per_prefix", "2");
    let app = TestApp::with(&[NO_EXEMPTION, most]);
    let ada = app.player("Ada");
    let stream = EventStream::open(&app.guest(), None);
    let feed = ada.feed();
    let refused = app.guest().get(STREAM);
    refused.expect_error(503, "too_many_connections");
    let ticket = ada.ticket();
    let connect = || {
        let socket = std::net::TcpStream::connect(app.address()).unwrap();
        Feed::handshake(socket, &[("sec-websocket-protocol", &ticket)])
    };
    assert_eq!(connect().err().unwrap().status(), 503);
    drop(stream);
    // The refused handshake has not spent its ticket.
    let second = eventually("the stream's place is free", || connect().ok());
    drop((feed, second));
    eventually("the sockets' places are free", || {
        let free = Feed::handshake(
            std::net::TcpStream::connect(app.address()).unwrap(),
            &[("sec-websocket-protocol", &ada.ticket())],
        );
        free.ok()
    });
}

#[test]
fn connections_are_counted_by_client_and_not_by_proxy() {
    let most = ("limits.connections_per_prefix", "1");
    let app = TestApp::with(&[BEHIND_A_PROXY, most]);
    let open = |address: &str| {
        let ada = app.player("Ada");
        let ticket = ada.ticket();
        let socket = std::net::TcpStream::connect(app.address()).unwrap();
        let headers = [
            ("sec-websocket-protocol", ticket.as_str()),
            ("x-forwarded-for", address),
        ];
        Feed::handshake(socket, &headers).map(|(feed, _)| feed)
    };
    let _first = open("203.0.113.1").ok().unwrap();
    let _second = open("203.0.113.2").ok().unwrap();
    assert_eq!(open("203.0.113.2").err().unwrap().status(), 503);
}

#[test]
fn what_was_asked_too_often_is_done_once_the_wait_is_over() {
    let burst = ("limits.writes_burst", "1");
    let rate = ("limits.writes_per_s", "5");
    let app = TestApp::with(&[burst, rate, BEHIND_A_PROXY]);
    let ada = app.player("Ada");
    let leave = || {
        let headers = [("x-forwarded-for", "203.0.113.9")];
        ada.send("POST", "/api/v1/canvases/main/leave", &headers, "")
    };
    leave().expect(200);
    let limited = leave().expect_error(429, "rate_limited");
    assert!(limited["retry_after_ms"].as_u64().unwrap() <= 200);
    let left: Value = eventually("the wait is over", || {
        let answer = leave();
        (answer.status() == 200).then(|| answer.json())
    });
    assert_eq!(left["status"], "afk");
}
