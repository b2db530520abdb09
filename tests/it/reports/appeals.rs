//! Who is banned or muted asks for another look.

use serde_json::{Value, json};

use super::{queue, staff, try_resolve};
use crate::moderation::{MODERATION, act, admin};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::test_app::TestApp;

const APPEALS: &str = "/api/v1/canvases/main/appeals";

fn mine(who: &Actor) -> Value {
    who.get(&format!("{APPEALS}/mine")).expect(200)
}

fn appeal(who: &Actor, text: &str) -> Answer {
    who.post(APPEALS, &json!({ "text": text }))
}

fn ban(root: &Actor, player: &Actor, until: &str) -> Value {
    let player = player.id().to_string();
    act(
        root,
        &json!({ "kind": "ban", "player": player, "until": until }),
    )
}

pub(super) fn check_the_way_of_an_appeal(app: &TestApp) {
    const UNTIL: &str = "2126-01-31T12:00:00.000Z";
    let player = app.player("Banned");
    let root = admin(app, "Judge");
    let (helper, moderator) = (staff(app, &root, "helper"), staff(app, &root, "moderator"));
    let nothing = json!({ "ban": null, "mute": null, "appeals": [] });
    assert_eq!(mine(&player), nothing);
    appeal(&player, "why?").expect_error(409, "nothing_to_appeal");

    let banned = ban(&root, &player, UNTIL);
    player.try_place("a", 1, 1, 5).expect_error(403, "banned");
    let told = &mine(&player)["ban"];
    assert_eq!(told["reason"], "because");
    assert_eq!(told["until"], UNTIL);
    assert_eq!(
        (&told["act"], &told["since"]),
        (&banned["id"], &banned["at"])
    );
    let kept = appeal(&player, "  I was\r\nat school ").expect(201);
    assert_eq!(kept["kind"], "ban_appeal");
    appeal(&player, "again").expect_error(409, "already_appealed");
    let entry = &queue(&root)[0];
    assert_eq!(entry["kind"], "ban_appeal");
    assert_eq!(entry["concerns"]["name"], "Banned");
    assert_eq!(entry["against"], banned["id"]);
    try_resolve(&helper, entry, "denied", "no").expect_error(403, "not_a_moderator");
    try_resolve(&moderator, entry, "acted", "no").expect_error(400, "invalid_resolution");
    try_resolve(&moderator, entry, "denied", "It was you.").expect(200);
    let own = &mine(&player)["appeals"][0];
    assert_eq!(own["text"], "I was\nat school");
    assert_eq!(own["answer"]["outcome"], "denied");
    assert_eq!(own["answer"]["answer"], "It was you.");
    appeal(&player, "please").expect_error(409, "already_appealed");

    // Another ban is another matter, and an accepted appeal lifts it.
    let again = ban(&root, &player, "2127-01-31T12:00:00Z");
    assert_eq!(mine(&player)["ban"]["act"], again["id"]);
    appeal(&player, "please").expect(201);
    let entry = &queue(&moderator)[0];
    let accepted = try_resolve(&moderator, entry, "accepted", "Welcome back.").expect(200);
    let lifted = format!("{MODERATION}/acts/{}", accepted["answer"]["act"]);
    let lifted = root.get(&lifted).expect(200);
    assert_eq!(lifted["act"]["kind"], "unban");
    assert_eq!(lifted["by"]["name"], "moderator");
    let now = mine(&player);
    assert_eq!(now["ban"], Value::Null);
    assert_eq!(now["appeals"][0]["answer"]["act"], lifted["id"]);
    player.play();
    player.place(1, 1, 5);
}

#[test]
fn a_ban_is_appealed_against_once_and_lifted_by_an_act() {
    check_the_way_of_an_appeal(&TestApp::start());
}

#[test]
fn a_mute_is_appealed_against_beside_a_ban() {
    let app = TestApp::start();
    let player = app.player("Loud");
    let root = admin(&app, "Root");
    let mute = json!({ "kind": "mute", "player": player.id().to_string() });
    let muted = act(&root, &mute);
    ban(&root, &player, "2126-01-31T12:00:00Z");
    assert_eq!(mine(&player)["mute"]["act"], muted["id"]);
    assert_eq!(appeal(&player, "first").expect(201)["kind"], "ban_appeal");
    assert_eq!(appeal(&player, "second").expect(201)["kind"], "mute_appeal");
    appeal(&player, "third").expect_error(409, "already_appealed");
    let entry = &queue(&root)[0];
    assert_eq!(entry["kind"], "mute_appeal");
    try_resolve(&root, entry, "accepted", "Speak.").expect(200);
    assert_eq!(mine(&player)["mute"], Value::Null);
    assert_eq!(mine(&player)["ban"]["reason"], "because");
}

#[test]
fn an_appeal_lifts_no_other_ban_than_its_own_and_nobody_judges_themselves() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let moderator = staff(&app, &root, "moderator");
    ban(&root, &moderator, "2126-01-31T12:00:00Z");
    appeal(&moderator, "let me be").expect(201);
    let entry = &queue(&root)[0];
    try_resolve(&moderator, entry, "accepted", "I agree.").expect_error(403, "concerns_you");
    let newer = ban(&root, &moderator, "2127-01-31T12:00:00Z");
    let accepted = try_resolve(&root, entry, "accepted", "That one was wrong.").expect(200);
    assert_eq!(accepted["answer"]["act"], Value::Null);
    assert_eq!(mine(&moderator)["ban"]["act"], newer["id"]);
}

#[test]
fn of_two_who_accept_at_once_one_lifts_the_ban() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let player = app.player("Banned");
    ban(&root, &player, "2126-01-31T12:00:00Z");
    appeal(&player, "please").expect(201);
    let entry = &queue(&root)[0];
    let path = format!("{MODERATION}/reports/{}/resolution", entry["id"]);
    let answer = json!({ "outcome": "accepted", "answer": "Welcome back." });
    let answers = root.post_at_once(&path, &vec![answer; 6]);
    let statuses: Vec<u16> = answers.iter().map(Answer::status).collect();
    let won = statuses.iter().filter(|status| **status == 200);
    assert_eq!(won.count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)));
    let acts = root.get(&format!("{MODERATION}/acts")).expect(200);
    let acts = acts["acts"].as_array().unwrap();
    let lifted = acts.iter().filter(|act| act["act"]["kind"] == "unban");
    assert_eq!(lifted.count(), 1);
}

#[test]
fn who_is_banned_signs_in_and_reads_why() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let body = json!({ "name": "Banned", "refresh": "bearer" });
    let signed_in = app
        .guest()
        .post("/api/v1/auth/anonymous", &body)
        .expect(200);
    let id = &signed_in["player"]["id"];
    act(&root, &json!({ "kind": "ban", "player": id }));
    let bearer = format!("Bearer {}", signed_in["refresh_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let renewed = app
        .guest()
        .send("POST", "/api/v1/auth/refresh", &headers, "")
        .expect(200);
    let token = renewed["access_token"].as_str().unwrap();
    let banned = app
        .guest()
        .with_token(token, id.as_str().unwrap().parse().unwrap());
    let told = mine(&banned);
    assert_eq!(told["ban"]["reason"], "because");
    assert_eq!(told["ban"]["until"], Value::Null);
    appeal(&banned, "x".repeat(1_001).as_str()).expect_error(400, "invalid_report");
    appeal(&banned, "").expect_error(400, "invalid_report");
    appeal(&banned, "סליחה").expect(201);
    app.guest()
        .post(APPEALS, &json!({ "text": "x" }))
        .expect_error(401, "unauthorized");
}
