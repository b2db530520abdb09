//! What the staff sees, and who of them.

use serde_json::{Value, json};

use super::{queue, report_player, staff, try_resolve};
use crate::moderation::{MODERATION, act, admin};
use crate::support::eventually;
use crate::support::test_app::TestApp;

#[test]
fn each_role_sees_its_own_and_nothing_else() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let player = app.player("Player");
    report_player(&root, &player);
    player
        .post(
            "/api/v1/feedback",
            &json!({ "category": "idea", "text": "x" }),
        )
        .expect(201);
    let (helper, moderator) = (
        staff(&app, &root, "helper"),
        staff(&app, &root, "moderator"),
    );
    let ranks = [&player, &helper, &moderator, &root];
    let facts = format!("players/{}", player.id());
    for (path, least) in [
        ("reports", 1),
        ("reports/1", 1),
        ("bans", 1),
        (facts.as_str(), 1),
        ("feedback", 3),
    ] {
        let path = format!("{MODERATION}/{path}");
        app.guest().get(&path).expect_error(401, "unauthorized");
        for (rank, who) in ranks.iter().enumerate() {
            let answer = who.get(&path);
            match rank >= least {
                true => drop(answer.expect(200)),
                false => drop(answer.expect_error(403, "not_a_moderator")),
            }
        }
    }
    let resolution = format!("{MODERATION}/reports/1/resolution");
    let feedback = format!("{MODERATION}/feedback/1/answer");
    let dismissed = json!({ "outcome": "dismissed", "answer": "x" });
    let answer = json!({ "answer": "x" });
    for (path, body, least) in [(resolution, dismissed, 1), (feedback, answer, 3)] {
        let guest = app.guest().post(&path, &body);
        guest.expect_error(401, "unauthorized");
        for (rank, who) in ranks.iter().enumerate().take(least + 1) {
            let answered = who.post(&path, &body);
            match rank >= least {
                true => drop(answered.expect(200)),
                false => drop(answered.expect_error(403, "not_a_moderator")),
            }
        }
    }
    for path in ["/api/v1/me/reports", "/api/v1/me/feedback"] {
        app.guest().get(path).expect_error(401, "unauthorized");
        player.get(path).expect(200);
    }
}

pub(super) fn check_feedback_is_answered(app: &TestApp) {
    let (ada, bob) = (app.player("Writer"), app.player("Reader"));
    let root = admin(app, "Operator");
    let told = json!({ "category": "bug", "text": "It blinks", "contact": "@ada", "x": 3, "y": 4 });
    let kept = ada.post("/api/v1/feedback", &told).expect(201);
    let guests = json!({ "category": "idea", "text": "More red" });
    app.guest().post("/api/v1/feedback", &guests).expect(201);
    let own = ada.get("/api/v1/me/feedback").expect(200);
    assert_eq!(own["feedback"][0]["answer"], Value::Null);
    let list = format!("{MODERATION}/feedback");
    let open = root.get(&list).expect(200);
    assert_eq!(open["feedback"][0]["player"], Value::Null);
    let first = &open["feedback"][1];
    assert_eq!(
        (&first["id"], &first["contact"]),
        (&kept["id"], &json!("@ada"))
    );
    assert_eq!(first["player"]["name"], "Writer");

    let path = format!("{list}/{}/answer", kept["id"]);
    for wrong in ["", "a\u{0}b", &"x".repeat(1_001)] {
        let refused = root.post(&path, &json!({ "answer": wrong }));
        refused.expect_error(400, "invalid_resolution");
    }
    let answered = root.post(&path, &json!({ "answer": "It no longer does." }));
    assert_eq!(answered.expect(200)["answered_by"]["name"], "Operator");
    let again = root.post(&path, &json!({ "answer": "Again." }));
    let refused = again.expect_error(409, "already_resolved");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("Operator"), "{message}");
    let unknown = format!("{list}/999/answer");
    root.post(&unknown, &json!({ "answer": "x" }))
        .expect_error(404, "feedback_not_found");

    let own = ada.get("/api/v1/me/feedback").expect(200);
    assert_eq!(own["feedback"][0]["answer"], "It no longer does.");
    assert!(!own.to_string().contains("Operator"), "{own}");
    let others = bob.get("/api/v1/me/feedback").expect(200);
    assert_eq!(others["feedback"], json!([]));
    let open = root.get(&list).expect(200);
    assert_eq!(open["feedback"].as_array().unwrap().len(), 1);
    let done = root.get(&format!("{list}?state=done")).expect(200);
    assert_eq!(done["feedback"][0]["id"], kept["id"]);
}

#[test]
fn feedback_is_answered_once_and_read_by_who_wrote_it() {
    check_feedback_is_answered(&TestApp::start());
}

#[test]
fn the_staff_knows_a_player_s_work_acts_and_reports() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    for x in 0..4 {
        vandal.place(x, 0, 5);
    }
    ada.place(0, 0, 7);
    report_player(&ada, &vandal);
    try_resolve(&root, &queue(&root)[0], "acted", "Thanks.").expect(200);
    let report = json!({ "x": 1, "y": 0, "category": "griefing" });
    super::try_report(&ada, &report).expect(201);
    let player = vandal.id().to_string();
    let named = |kind: &str| json!({ "kind": kind, "player": player });
    act(&root, &named("verify"));
    let muted = act(&root, &named("mute"));
    let banned = act(&root, &named("ban"));
    act(
        &root,
        &json!({ "kind": "announce", "text": format!("\"{player}\" is banned") }),
    );

    let path = format!("{MODERATION}/players/{player}");
    let facts = eventually("history is read", || {
        let facts = root.get(&path).expect(200);
        facts["placements"].is_u64().then_some(facts)
    });
    assert_eq!(facts["name"], "Vandal");
    assert_eq!(facts["origin"], "anonymous");
    assert_eq!(facts["role"], "player");
    assert_eq!(
        (&facts["placements"], &facts["cells_held"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(facts["placements_are_more"], false);
    assert_eq!(facts["ban"]["act"], banned["id"]);
    assert_eq!(facts["mute"]["act"], muted["id"]);
    assert!(facts["verified_at"].is_string());
    assert_eq!(facts["reports"], json!({ "open": 1, "done": 1 }));
    let acts = facts["acts"].as_array().unwrap();
    let kinds: Vec<_> = acts.iter().map(|act| &act["act"]["kind"]).collect();
    assert_eq!(kinds, ["ban", "mute", "verify"]);
    let devices = facts["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 1);
    assert!(devices[0]["last_used_at"].is_string());

    let of_ada = root.get(&format!("{MODERATION}/players/{}", ada.id()));
    let of_ada = of_ada.expect(200);
    assert_eq!(
        (&of_ada["ban"], &of_ada["mute"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(of_ada["acts"], json!([]));
    let unknown = root.get(&format!("{MODERATION}/players/0000000000000009"));
    unknown.expect_error(404, "player_not_found");
    let junk = root.get(&format!("{MODERATION}/players/ada"));
    junk.expect_error(400, "invalid_request");
}

#[test]
fn the_bans_in_force_are_listed_page_by_page() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let mut banned: Vec<String> = Vec::new();
    for number in 0..3 {
        let player = app.player(&format!("Vandal{number}")).id().to_string();
        act(&root, &json!({ "kind": "ban", "player": player }));
        banned.push(player);
    }
    act(
        &root,
        &json!({ "kind": "unban", "player": banned.remove(1) }),
    );
    banned.sort();
    let first = root.get(&format!("{MODERATION}/bans?limit=1")).expect(200);
    assert_eq!(first["count"], 2);
    assert_eq!(first["bans"][0]["player"]["player"], banned[0]);
    assert_eq!(first["bans"][0]["reason"], "because");
    assert_eq!(first["bans"][0]["by"]["name"], "Root");
    assert!(first["bans"][0]["act"].is_i64());
    assert_eq!(first["next_after"], banned[0]);
    let second = root.get(&format!("{MODERATION}/bans?limit=1&after={}", banned[0]));
    let second = second.expect(200);
    assert_eq!(second["bans"][0]["player"]["player"], banned[1]);
    assert_eq!(second["next_after"], Value::Null);
    for query in ["after=x", "limit=0"] {
        let answer = root.get(&format!("{MODERATION}/bans?{query}"));
        answer.expect_error(400, "invalid_request");
    }
}
