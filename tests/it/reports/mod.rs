//! What players tell of each other, and what the staff answers.

mod appeals;
mod bad_reports;
mod desk;
mod queue;

use serde_json::{Value, json};

use crate::moderation::{MODERATION, act};
use crate::support::actor::Actor;
use crate::support::answer::Answer;
use crate::support::eventually;
use crate::support::test_app::TestApp;

const REPORTS: &str = "/api/v1/canvases/main/reports";

/// Sends a report, once history is read.
fn try_report(who: &Actor, report: &Value) -> Answer {
    eventually("history is read", || {
        let answer = who.post(REPORTS, report);
        (answer.status() != 503).then_some(answer)
    })
}

/// Reports a player whom nobody has reported for the same.
fn report_player(who: &Actor, player: &Actor) -> Value {
    let player = player.id().to_string();
    let report = json!({ "player": player, "category": "griefing", "text": "paints over us" });
    try_report(who, &report).expect(201)
}

/// Somebody to whom `root` gave a role.
fn staff(app: &TestApp, root: &Actor, role: &str) -> Actor {
    let somebody = app.player(role);
    let player = somebody.id().to_string();
    act(
        root,
        &json!({ "kind": "set_role", "player": player, "role": role }),
    );
    somebody
}

/// The entries that wait.
fn queue(who: &Actor) -> Vec<Value> {
    let page = who.get(&format!("{MODERATION}/reports")).expect(200);
    page["entries"].as_array().unwrap().clone()
}

fn try_resolve(who: &Actor, entry: &Value, outcome: &str, answer: &str) -> Answer {
    let path = format!("{MODERATION}/reports/{}/resolution", entry["id"]);
    who.post(&path, &json!({ "outcome": outcome, "answer": answer }))
}

fn own(who: &Actor) -> Vec<Value> {
    let page = who.get("/api/v1/me/reports").expect(200);
    page["reports"].as_array().unwrap().clone()
}
