//! Reports that are not taken.

use serde_json::{Value, json};

use super::{REPORTS, own, queue, report_player, staff, try_report, try_resolve};
use crate::moderation::{MODERATION, act, admin, undo};
use crate::support::test_app::TestApp;

/// Nobody is exempt.
const NO_EXEMPTION: (&str, &str) = ("limits.exempt", "192.0.2.0/24");

#[test]
fn reports_that_break_a_rule_are_refused() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let theirs = vandal.id().to_string();
    let with = |members: Value| {
        let mut report = json!({ "category": "other" });
        let report_members = report.as_object_mut().unwrap();
        report_members.extend(members.as_object().unwrap().clone());
        try_report(&ada, &report)
    };
    for wrong in [
        json!({}),
        json!({ "x": 1 }),
        json!({ "y": 1, "player": theirs }),
        json!({ "x": 1, "y": 1, "player": theirs }),
        json!({ "player": "ada" }),
        json!({ "player": "" }),
        json!({ "player": ada.id().to_string() }),
        json!({ "player": theirs, "text": "é".repeat(1_001) }),
        json!({ "player": theirs, "text": "x".repeat(4_096) }),
        json!({ "player": theirs, "text": "a\u{0}b" }),
        json!({ "player": theirs, "text": "a\u{1b}[31mb" }),
    ] {
        with(wrong).expect_error(400, "invalid_report");
    }
    for (x, y) in [(-1, 0), (0, 24), (32, 0), (65_536, 0), (i64::MAX, i64::MIN)] {
        let outside = with(json!({ "x": x, "y": y }));
        outside.expect_error(400, "out_of_bounds");
    }
    for version in [99, u64::MAX] {
        let yet_to_come = with(json!({ "x": 1, "y": 1, "version": version }));
        yet_to_come.expect_error(404, "version_not_found");
        let yet_to_come = with(json!({ "player": theirs, "version": version }));
        yet_to_come.expect_error(404, "version_not_found");
    }
    let nobody = with(json!({ "player": "0000000000000009" }));
    nobody.expect_error(404, "player_not_found");
    for wrong in [
        json!({ "category": "rude", "player": theirs }),
        json!({ "player": theirs, "reporter": theirs }),
        json!({ "player": 5 }),
        json!({ "x": "1", "y": 1 }),
        json!({ "player": theirs, "text": 5 }),
        json!({ "category": "appeal", "player": theirs }),
    ] {
        with(wrong).expect_error(400, "malformed_json");
    }
    let elsewhere = "/api/v1/canvases/other/reports";
    let report = json!({ "player": theirs, "category": "other" });
    ada.post(elsewhere, &report)
        .expect_error(404, "canvas_not_found");
    app.guest()
        .post(REPORTS, &report)
        .expect_error(401, "unauthorized");
    assert_eq!(queue(&root), Vec::<Value>::new());
    let longest = "é".repeat(1_000);
    with(json!({ "player": theirs, "text": longest })).expect(201);
    assert_eq!(own(&ada)[0]["text"], longest);
}

#[test]
fn answers_that_break_a_rule_are_refused() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let helper = staff(&app, &root, "helper");
    report_player(&ada, &vandal);
    report_player(&ada, &helper);
    let entries = queue(&root);
    let (of_helper, of_vandal) = (&entries[0], &entries[1]);
    let long = "x".repeat(1_001);
    for (outcome, answer) in [
        ("acted", ""),
        ("acted", " \n"),
        ("acted", long.as_str()),
        ("dismissed", "a\u{7}b"),
        ("accepted", "fine"),
        ("denied", "no"),
    ] {
        let refused = try_resolve(&helper, of_vandal, outcome, answer);
        refused.expect_error(400, "invalid_resolution");
    }
    try_resolve(&helper, of_vandal, "undecided", "x").expect_error(400, "malformed_json");
    try_resolve(&helper, of_helper, "dismissed", "It was not me.")
        .expect_error(403, "concerns_you");
    let told = helper.get(&format!("{MODERATION}/reports/{}", of_helper["id"]));
    told.expect_error(403, "concerns_you");
    let unknown = json!({ "id": 999 });
    try_resolve(&helper, &unknown, "acted", "x").expect_error(404, "report_not_found");
    let path = format!("{MODERATION}/reports/{}/resolution", of_vandal["id"]);
    let foreign = json!({ "outcome": "acted", "answer": "x", "act": 999 });
    helper
        .post(&path, &foreign)
        .expect_error(404, "act_not_found");
    for path in ["reports/999", "reports/-1"] {
        let answer = helper.get(&format!("{MODERATION}/{path}"));
        answer.expect_error(404, "report_not_found");
    }
    assert_eq!(queue(&root).len(), 2, "nothing was answered");
}

#[test]
fn muted_players_are_not_heard_and_told_why() {
    let app = TestApp::start();
    let (liar, vandal) = (app.player("Liar"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let mute = json!({ "kind": "mute", "player": liar.id().to_string() });
    let muted = act(&root, &mute);
    let report = json!({ "player": vandal.id().to_string(), "category": "script" });
    let feedback = json!({ "category": "idea", "text": "x" });
    let told = [(REPORTS, &report), ("/api/v1/feedback", &feedback)];
    for (path, body) in told {
        let refused = liar.post(path, body).expect_error(403, "muted");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains("because"), "{message}");
    }
    app.guest().post("/api/v1/feedback", &feedback).expect(201);
    undo(&root, &muted);
    for (path, body) in told {
        liar.post(path, body).expect(201);
    }
}

#[test]
fn a_flood_of_reports_is_limited() {
    let app = TestApp::with(&[NO_EXEMPTION]);
    let vandal = app.afk_player("Vandal");
    let ada = app.afk_player("Ada");
    let report = json!({ "player": vandal.id().to_string(), "category": "other" });
    let statuses = |who: &crate::support::actor::Actor, path: &str, body: &Value| {
        let answers: Vec<u16> = (0..12).map(|_| who.post(path, body).status()).collect();
        answers.iter().filter(|status| **status == 429).count()
    };
    assert_eq!(statuses(&ada, REPORTS, &report), 2);
    let refused = ada.post(REPORTS, &report);
    let refused = refused.expect_error(429, "rate_limited");
    assert!(refused["retry_after_ms"].as_u64().is_some());
    let appeal = "/api/v1/canvases/main/appeals";
    assert_eq!(statuses(&ada, appeal, &json!({ "text": "x" })), 12);
}

#[test]
fn a_player_has_so_many_reports_waiting() {
    let app = TestApp::start();
    let (ada, bob) = (app.player("Ada"), app.player("Bob"));
    let root = admin(&app, "Root");
    let report = |x: u16| json!({ "x": x, "y": 0, "category": "other" });
    for x in 0..20 {
        try_report(&ada, &report(x)).expect(201);
    }
    try_report(&ada, &report(20)).expect_error(409, "too_many_reports");
    try_report(&ada, &report(19)).expect(200);
    try_report(&bob, &report(20)).expect(201);
    let entry = &queue(&root)[1];
    try_resolve(&root, entry, "dismissed", "It is only a cell.").expect(200);
    try_report(&ada, &report(20)).expect(201);
}
