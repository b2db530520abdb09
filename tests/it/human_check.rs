//! Proofs of work: at sign-in, and of players who place like a script.

use std::time::{Duration, Instant};

use altcha::{Challenge, Payload, SolveChallengeOptions, solve_challenge};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::UnixMs;
use pixelwars::moderation::AdminCode;
use serde_json::{Value, json};

use crate::moderation::{MODERATION, act};
use crate::support::actor::Actor;
use crate::support::eventually;
use crate::support::test_app::{TestApp, placement};

const SIGN_IN: &str = "/api/v1/auth/anonymous";
const CHALLENGE: &str = "/api/v1/auth/challenge";
const GIVE: &str = "/api/v1/me/human-check";

/// Proofs are asked for, and cost a client of a test little.
const ON: &[(&str, &str)] = &[
    ("human_check", "altcha"),
    ("human_check_cost", "2"),
    ("human_check_digits", "1"),
];

/// A challenge, solved.
fn solved(guest: &Actor) -> Payload {
    let answer = guest.get(CHALLENGE);
    assert_eq!(answer.header("cache-control"), "no-store");
    let challenge: Challenge = serde_json::from_value(answer.expect(200)).unwrap();
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge));
    Payload {
        solution: solution.unwrap().unwrap(),
        challenge,
    }
}

fn text(payload: &Payload) -> String {
    STANDARD.encode(serde_json::to_vec(payload).unwrap())
}

/// Somebody who signed in with a proof and took a seat.
fn player(app: &TestApp, name: &str) -> Actor {
    let guest = app.guest();
    let body = json!({ "name": name, "proof": text(&solved(&guest)) });
    let answer = guest.post(SIGN_IN, &body).expect(200);
    let id = answer["player"]["id"].as_str().unwrap().parse().unwrap();
    let player = guest.with_token(answer["access_token"].as_str().unwrap(), id);
    player.play();
    player
}

#[test]
fn a_sign_in_takes_one_proof() {
    let app = TestApp::with(ON);
    let guest = app.guest();
    let ways = guest.get_json("/api/v1/auth");
    let told = json!({ "kind": "altcha", "challenge_url": CHALLENGE });
    assert_eq!(ways["human_check"], told);
    guest
        .post(SIGN_IN, &json!({ "name": "Ada" }))
        .expect_error(403, "human_check_required");
    let proof = text(&solved(&guest));
    let body = json!({ "name": "Ada", "proof": proof });
    guest.post(SIGN_IN, &body).expect(200);
    let again = guest.post(SIGN_IN, &body);
    again.expect_error(400, "human_check_failed");
}

#[test]
fn a_proof_that_was_not_worked_for_signs_nobody_in() {
    let app = TestApp::with(ON);
    let guest = app.guest();
    let refused = |proof: String| {
        let refused = guest.post(SIGN_IN, &json!({ "name": "Ada", "proof": proof }));
        refused.expect_error(400, "human_check_failed");
    };
    refused(String::new());
    refused("junk".to_owned());
    refused(STANDARD.encode("{}"));
    let mut wrong = solved(&guest);
    wrong.solution.counter += 1;
    refused(text(&wrong));
    let mut forged = solved(&guest);
    forged.challenge.parameters.key_prefix = String::new();
    refused(text(&forged));
    let mut longer = solved(&guest);
    longer.challenge.parameters.expires_at = Some(i64::MAX / 1_000);
    refused(text(&longer));
    let foreign = solved(&TestApp::with(ON).guest());
    refused(text(&foreign));
}

#[test]
fn a_proof_outlives_a_restart() {
    let mut app = TestApp::with(ON);
    let proof = text(&solved(&app.guest()));
    app.restart();
    let body = json!({ "name": "Ada", "proof": proof });
    app.guest().post(SIGN_IN, &body).expect(200);
}

#[test]
fn without_the_setting_no_proof_is_asked_for() {
    let app = TestApp::start();
    let guest = app.guest();
    assert_eq!(guest.get_json("/api/v1/auth")["human_check"], Value::Null);
    guest.get(CHALLENGE).expect_error(404, "not_found");
    let ada = app.player("Ada");
    ada.place(0, 0, 5);
    ada.post(GIVE, &json!({ "proof": "" })).expect(200);
}

/// A player who has placed row by row at a steady pace until a minute ago.
fn place_like_a_script(app: &TestApp, player: &Actor) {
    const PLACEMENTS: u16 = 60;
    let start = UnixMs::now().plus_ms(-(i64::from(PLACEMENTS) + 1) * 20_000);
    for number in 0..PLACEMENTS {
        let at = start.plus_ms(i64::from(number) * 20_000);
        let event = placement(player.id(), number % 30, number / 30, 7);
        match number + 1 == PLACEMENTS {
            true => app.append_at(at, event),
            false => app.append_unseen(at, event),
        };
    }
}

#[test]
fn who_places_like_a_script_gives_a_proof_and_places_on() {
    let app = TestApp::with(ON);
    let (ada, bob) = (player(&app, "Ada"), player(&app, "Bob"));
    place_like_a_script(&app, &ada);
    let refused = eventually("the log was read", || {
        let answer = ada.try_place("first", 0, 9, 5);
        (answer.status() == 403).then_some(answer)
    });
    refused.expect_error(403, "human_check_required");
    bob.place(1, 9, 5);
    ada.post(GIVE, &json!({ "proof": "junk" }))
        .expect_error(400, "human_check_failed");
    let again = ada.try_place("second", 0, 10, 5);
    again.expect_error(403, "human_check_required");
    let given = ada.post(GIVE, &json!({ "proof": text(&solved(&ada)) }));
    assert!(given.expect(200)["until"].is_string());
    ada.place(0, 11, 5);
}

#[test]
fn who_is_verified_is_asked_for_nothing() {
    let app = TestApp::with(ON);
    let (ada, root) = (player(&app, "Ada"), player(&app, "Root"));
    let code = AdminCode::of(app.folder()).issue().unwrap();
    root.post(&format!("{MODERATION}/claim"), &json!({ "code": code }))
        .expect(200);
    place_like_a_script(&app, &ada);
    // Outside the canvas, so that nothing is placed and the pace stays what it was.
    let told = |status: u16| {
        eventually("it holds", || {
            let answer = ada.try_place("outside", 99, 9, 5);
            (answer.status() == status).then_some(answer)
        })
    };
    told(403).expect_error(403, "human_check_required");
    let named = |kind: &str| json!({ "kind": kind, "player": ada.id().to_string() });
    let begun = Instant::now();
    act(&root, &named("verify"));
    told(400).expect_error(400, "out_of_bounds");
    act(&root, &named("unverify"));
    told(403).expect_error(403, "human_check_required");
    act(&root, &named("verify"));
    told(400);
    ada.place(0, 9, 5);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn only_moderators_see_how_players_behave() {
    let of_old = event_store::PlayerId::of_name("of old").to_string();
    let app = TestApp::with(&[("moderators", &of_old)]);
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    bob.place(9, 9, 3);
    place_like_a_script(&app, &ada);
    let moderator = app.player_since(UnixMs::now());
    let of = |player: &Actor| format!("/api/v1/canvases/main/players/{}/behaviour", player.id());
    let behaviour = eventually("the log was read", || {
        let answer = moderator.get(&of(&ada));
        (answer.status() != 503).then(|| answer.expect(200))
    });
    assert_eq!(behaviour["player"]["name"], "Ada");
    assert_eq!(behaviour["placements"], 60);
    assert_eq!(behaviour["mean_interval_ms"], 20_000.0);
    assert_eq!(behaviour["interval_deviation_ms"], 0.0);
    assert!(behaviour["raster_share"].as_f64().unwrap() > 0.9);
    assert_eq!(behaviour["risk"], 70);
    let of_bob = moderator.get(&of(&bob)).expect(200);
    assert_eq!(of_bob["mean_interval_ms"], Value::Null);
    assert_eq!(of_bob["risk"], 0);
    let riskiest = moderator.get("/api/v1/canvases/main/behaviour").expect(200);
    assert_eq!(riskiest["players"], json!([behaviour]));

    for limit in ["0", "101", "x"] {
        let path = format!("/api/v1/canvases/main/behaviour?limit={limit}");
        moderator.get(&path).expect_error(400, "invalid_request");
    }
    let unknown = "/api/v1/canvases/main/players/0000000000000009/behaviour";
    moderator.get(unknown).expect_error(404, "player_not_found");
    let junk = "/api/v1/canvases/main/players/ada/behaviour";
    moderator.get(junk).expect_error(400, "invalid_request");
    for path in [of(&ada), "/api/v1/canvases/main/behaviour".to_owned()] {
        bob.get(&path).expect_error(403, "not_a_moderator");
        app.guest().get(&path).expect_error(401, "unauthorized");
    }
}

#[test]
fn how_players_behave_is_known_again_after_a_restart() {
    let of_old = event_store::PlayerId::of_name("of old").to_string();
    let mut app = TestApp::with(&[("moderators", &of_old)]);
    let ada = app.player("Ada");
    place_like_a_script(&app, &ada);
    app.restart();
    let moderator = app.player_since(UnixMs::now());
    let riskiest = eventually("the log was read", || {
        let answer = moderator.get("/api/v1/canvases/main/behaviour");
        (answer.status() != 503).then(|| answer.expect(200))
    });
    assert_eq!(riskiest["players"][0]["placements"], 60);
}
