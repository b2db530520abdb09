//! Reports of one subject are one entry, answered once and for all who told.

use serde_json::{Value, json};

use super::{REPORTS, own, queue, report_player, staff, try_report, try_resolve};
use crate::moderation::{MODERATION, act, admin};
use crate::support::postgres::Postgres;
use crate::support::test_app::TestApp;

#[test]
fn a_cell_is_shown_as_it_was_when_it_was_reported() {
    let app = TestApp::start();
    let (ada, bob, vandal) = (app.player("Ada"), app.player("Bob"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let version = vandal.place(5, 6, 5);
    let report = json!({ "x": 5, "y": 6, "version": version, "category": "offensive" });
    try_report(&ada, &report).expect(201);
    let other = json!({ "x": 5, "y": 6, "category": "griefing", "text": "לא יפה 🎨\u{202e}x" });
    try_report(&bob, &other).expect(201);
    let entries = queue(&root);
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!(entry["kind"], "cell");
    assert_eq!((&entry["x"], &entry["y"]), (&json!(5), &json!(6)));
    assert_eq!(entry["reporters"], 2);
    assert_eq!(entry["concerns"]["name"], "Vandal");
    assert_eq!(entry["region"], "0,0,32,24");
    let told = json!([
        { "category": "griefing", "count": 1 }, { "category": "offensive", "count": 1 },
    ]);
    assert_eq!(entry["categories"], told);
    let picture = root.get(entry["picture_url"].as_str().unwrap());
    assert_eq!(picture.status(), 200);
    assert_eq!(picture.header("content-type"), "image/png");

    // What is there now is another player's; what was there then is still the vandal's.
    bob.place(5, 6, 7);
    let carol = app.player("Carol");
    try_report(&carol, &report).expect(201);
    try_report(&vandal, &other).expect(201);
    let entries = queue(&root);
    let names: Vec<_> = entries
        .iter()
        .map(|entry| &entry["concerns"]["name"])
        .collect();
    assert_eq!(names, ["Bob", "Vandal"]);
    assert_eq!(entries[1]["reporters"], 3);
    let path = format!("{MODERATION}/reports/{}", entries[1]["id"]);
    let whole = root.get(&path).expect(200);
    let reports = whole["reports"].as_array().unwrap();
    let reporters: Vec<_> = reports
        .iter()
        .map(|report| &report["reporter"]["name"])
        .collect();
    assert_eq!(reporters, ["Carol", "Bob", "Ada"]);
    assert_eq!(reports[1]["text"], "לא יפה 🎨\u{202e}x");
    assert_eq!(reports[2]["version"], version);

    let background = json!({ "x": 31, "y": 23, "category": "other" });
    try_report(&ada, &background).expect(201);
    assert_eq!(queue(&root)[0]["concerns"], Value::Null);
}

#[test]
fn telling_the_same_twice_is_one_report() {
    let app = TestApp::start();
    let (ada, vandal) = (app.player("Ada"), app.player("Vandal"));
    let root = admin(&app, "Root");
    let first = report_player(&ada, &vandal);
    let again = json!({ "player": vandal.id().to_string(), "category": "script" });
    assert_eq!(try_report(&ada, &again).expect(200), first);
    let bob = app.player("Bob");
    let at_once = bob.post_at_once(REPORTS, &vec![again; 8]);
    let made = at_once.iter().filter(|answer| answer.status() == 201);
    assert_eq!(made.count(), 1);
    assert!(at_once.iter().all(|answer| answer.status() <= 201));
    let entries = queue(&root);
    assert_eq!((entries.len(), &entries[0]["reporters"]), (1, &json!(2)));
    assert_eq!(own(&ada).len(), 1);
}

fn check_the_way_of_a_report(app: &TestApp) {
    let (ada, bob, vandal) = (app.player("Ada"), app.player("Bob"), app.player("Vandal"));
    let root = admin(app, "Root");
    let helper = staff(app, &root, "helper");
    report_player(&ada, &vandal);
    report_player(&bob, &vandal);
    assert_eq!(own(&ada)[0]["answer"], Value::Null);
    let muted = act(
        &helper,
        &json!({ "kind": "mute", "player": vandal.id().to_string() }),
    );
    let entry = &queue(&helper)[0];
    let resolution = format!("{MODERATION}/reports/{}/resolution", entry["id"]);
    let decided = json!({ "outcome": "acted", "answer": " Thank you.\r\n", "act": muted["id"] });
    let answered = helper.post(&resolution, &decided).expect(200);
    assert_eq!(answered["state"], "done");
    assert_eq!(answered["resolved_by"]["name"], "helper");
    for reporter in [&ada, &bob] {
        let answer = &own(reporter)[0]["answer"];
        assert_eq!(answer["outcome"], "acted");
        assert_eq!(answer["answer"], "Thank you.");
        assert_eq!(answer["act"], muted["id"]);
    }
    assert_eq!(queue(&helper), Vec::<Value>::new());
    let done = helper.get(&format!("{MODERATION}/reports?state=done"));
    assert_eq!(done.expect(200)["entries"][0]["id"], entry["id"]);

    // The second is told who was faster.
    let second = try_resolve(&root, entry, "dismissed", "No.");
    let refused = second.expect_error(409, "already_resolved");
    let message = refused["error"]["message"].as_str().unwrap();
    assert_eq!(message, "helper was faster: acted");
    assert_eq!(own(&ada)[0]["answer"]["outcome"], "acted");

    // A new report opens it again; the old one keeps its answer.
    report_player(&ada, &vandal);
    let again = &queue(&helper)[0];
    assert_eq!(again["id"], entry["id"]);
    assert_eq!(
        (&again["reopened"], &again["reporters"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(again["answer"], Value::Null);
    let told: Vec<_> = own(&ada)
        .iter()
        .map(|report| report["answer"]["outcome"].clone())
        .collect();
    assert_eq!(told, [Value::Null, json!("acted")]);
    let at_once = root.post_at_once(
        &resolution,
        &vec![json!({ "outcome": "dismissed", "answer": "Once is enough." }); 6],
    );
    let won = at_once.iter().filter(|answer| answer.status() == 200);
    assert_eq!(won.count(), 1);
    assert!(
        at_once
            .iter()
            .all(|answer| [200, 409].contains(&answer.status()))
    );
    assert_eq!(own(&ada)[0]["answer"]["outcome"], "dismissed");
    assert_eq!(own(&bob)[0]["answer"]["outcome"], "acted");
}

#[test]
fn an_answer_reaches_all_who_told_and_a_new_report_opens_it_again() {
    check_the_way_of_a_report(&TestApp::start());
}

#[test]
fn reports_are_kept_in_postgres() {
    let postgres = Postgres::start();
    let app = TestApp::with(&[("database", &postgres.url())]);
    check_the_way_of_a_report(&app);
    super::appeals::check_the_way_of_an_appeal(&app);
    super::desk::check_feedback_is_answered(&app);
    let (ada, vandal) = (app.player("Ada"), app.player("Eve"));
    let version = vandal.place(3, 3, 5);
    let report = json!({ "x": 3, "y": 3, "version": version, "category": "griefing" });
    let first = try_report(&ada, &report).expect(201);
    assert_eq!(try_report(&ada, &report).expect(200), first);
    let root = admin(&app, "Second");
    assert_eq!(queue(&root)[0]["concerns"]["name"], "Eve");
    let facts = root.get(&format!("{MODERATION}/players/{}", vandal.id()));
    assert_eq!(
        facts.expect(200)["reports"],
        json!({ "open": 1, "done": 0 })
    );
}

#[test]
fn the_queue_has_pages_with_the_newest_first() {
    let app = TestApp::start();
    let root = admin(&app, "Root");
    let ada = app.player("Ada");
    let others: Vec<_> = (0..5)
        .map(|number| app.player(&format!("Other{number}")))
        .collect();
    for other in &others {
        report_player(&ada, other);
    }
    let mut seen = Vec::new();
    let mut path = format!("{MODERATION}/reports?limit=2");
    loop {
        let page = root.get(&path).expect(200);
        let entries = page["entries"].as_array().unwrap();
        seen.extend(
            entries
                .iter()
                .map(|entry| entry["concerns"]["name"].clone()),
        );
        let Some(next) = page["next_before"].as_i64() else {
            break;
        };
        path = format!("{MODERATION}/reports?limit=2&before={next}");
    }
    assert_eq!(seen, ["Other4", "Other3", "Other2", "Other1", "Other0"]);
    report_player(&others[0], &others[1]);
    assert_eq!(queue(&root)[0]["concerns"]["name"], "Other1");
    let own = ada.get("/api/v1/me/reports?limit=3").expect(200);
    let next = own["next_before"].as_i64().unwrap();
    let rest = ada.get(&format!("/api/v1/me/reports?limit=3&before={next}"));
    let rest = rest.expect(200);
    assert_eq!(rest["reports"].as_array().unwrap().len(), 2);
    assert_eq!(rest["next_before"], Value::Null);
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "before=x",
        "state=waiting",
    ] {
        let answer = root.get(&format!("{MODERATION}/reports?{query}"));
        answer.expect_error(400, "invalid_request");
    }
}
